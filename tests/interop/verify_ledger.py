#!/usr/bin/env python3
"""Verifies the ledger's evidence, written from docs/FORMATS.md alone.

Needs the standard library and `cryptography`. Exit code 0: verified, and what was verified is printed.
1: refused, with the reason. 2: called wrongly, or a file cannot be read.
"""

import argparse
import base64
import hashlib
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, WITNESS = 0x01, 0x04
EMPTY = bytes(32)


class Refused(Exception):
    """The evidence does not show what it should."""


def demand(condition, reason):
    if not condition:
        raise Refused(reason)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(f"not base64: {text!r}") from None
    demand(base64.b64encode(data).decode() == text, f"base64 with surplus bits: {text!r}")
    return data


def decimal(text):
    demand(text.isascii() and text.isdigit() and str(int(text)) == text, f"not a number: {text!r}")
    return int(text)


# --- signed notes, checkpoints, cosignatures


def parse_key(vkey, kind):
    """(name, key id, public key) of `<name>+<id>+<base64>`."""
    parts = vkey.strip().split("+", 2)
    demand(len(parts) == 3, "a key is written <name>+<id>+<base64>")
    name, key_id, typed = parts[0], parts[1], unbase64(parts[2])
    demand(len(typed) == 33 and typed[0] == kind, "not an Ed25519 key of this type")
    demand(sha256(name.encode(), b"\n", typed)[:4].hex() == key_id, "the key id is another key's")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(typed[1:])


def parse_note(data):
    """Text, and the (name, key id, signature) of each line."""
    try:
        text, found, lines = data.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        raise Refused("the note is not UTF-8") from None
    demand(found and lines.endswith("\n"), "the note has no signatures")
    signatures = []
    for line in lines.split("\n")[:-1]:
        words = line.split(" ")
        demand(len(words) == 3 and words[0] == "\u2014", f"not a signature line: {line!r}")
        blob = unbase64(words[2])
        demand(len(blob) > 4, "a signature line without a signature")
        signatures.append((words[1], blob[:4], blob[4:]))
    return text + "\n", signatures


def check(public_key, signature, message):
    try:
        public_key.verify(signature, message)
    except InvalidSignature:
        raise Refused("the signature does not verify") from None


def signature_of(signatures, name, key_id):
    found = [line[2] for line in signatures if line[:2] == (name, key_id)]
    demand(len(found) == 1, f"not signed once by {name}")
    return found[0]


def verify_checkpoint(data, vkey):
    """(origin, size, root) of a checkpoint that the log's key signed."""
    name, key_id, public_key = parse_key(vkey, LOG)
    text, signatures = parse_note(data)
    check(public_key, signature_of(signatures, name, key_id), text.encode())
    lines = text.split("\n")[:-1]
    demand(len(lines) >= 3 and lines[0] == name, "a checkpoint of another log")
    root = unbase64(lines[2])
    demand(len(root) == 32, "the root is not 32 bytes")
    return lines[0], decimal(lines[1]), root


def verify_cosignature(data, vkey):
    """(name, time) of a witness that cosigned."""
    name, key_id, public_key = parse_key(vkey, WITNESS)
    text, signatures = parse_note(data)
    timed = signature_of(signatures, name, key_id)
    demand(len(timed) == 72, "a cosignature is 8 bytes of time and 64 of signature")
    time = int.from_bytes(timed[:8], "big")
    check(public_key, timed[8:], f"cosignature/v1\ntime {time}\n{text}".encode())
    return name, time


# --- the tree of the log (RFC 9162, section 2.1)


def node(left, right):
    return sha256(b"\x01", left, right)


def split(count):
    """The largest power of two below `count`, which is more than 1."""
    return 1 << (count - 1).bit_length() - 1


def climb(position, last, path, steps):
    """Walks from `position` up to the root; `steps(sibling, is_left)` for each hash of the path."""
    for sibling in path:
        demand(last > 0, "the path is too long")
        if position & 1 or position == last:
            steps(sibling, True)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            steps(sibling, False)
        position, last = position >> 1, last >> 1
    demand(last == 0, "the path is too short")


def verify_inclusion(entry, index, size, path, root):
    demand(index < size, "no such entry")
    hashes = [sha256(b"\x00", entry)]

    def step(sibling, is_left):
        hashes.append(node(sibling, hashes[-1]) if is_left else node(hashes[-1], sibling))

    climb(index, size - 1, path, step)
    demand(hashes[-1] == root, "the entry is not in this tree")


def verify_consistency(first, second, first_root, second_root, path):
    demand(0 < first <= second, "the later tree is smaller, or the earlier one empty")
    if first == second:
        demand(not path and first_root == second_root, "two roots for one size: a fork")
        return
    if first & (first - 1) == 0:
        path = [first_root] + path
    demand(path, "the path is too short")
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    roots = [path[0], path[0]]

    def step(sibling, is_left):
        if is_left:
            roots[:] = node(sibling, roots[0]), node(sibling, roots[1])
        else:
            roots[1] = node(roots[1], sibling)

    climb(position, last, path[1:], step)
    demand(roots[0] == first_root, "the later tree does not contain the earlier one: a fork")
    demand(roots[1] == second_root, "the path does not lead to the later tree")


class Tiles:
    """The hashes of a tree of `size` entries, from the directory of its tiles."""

    def __init__(self, folder, size):
        self.folder, self.size = pathlib.Path(folder), size

    def read(self, level, number):
        count = self.size >> 8 * level
        width = min(256, count - 256 * number)
        digits = f"{number:0{-(-len(str(number)) // 3) * 3}d}"
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
        full = self.folder / "tile" / str(level) / name
        partial = full.with_name(f"{full.name}.p") / str(width)
        # Once a tile is full, its partial ones may be gone.
        data = (partial if width < 256 and partial.exists() else full).read_bytes()[: 32 * width]
        demand(len(data) == 32 * width, f"{full} is too short")
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def subtree(self, first, height):
        """Hash over the 2^height entries from `first` on."""
        level, rest = divmod(height, 8)
        at = first >> 8 * level
        hashes = self.read(level, at // 256)[at % 256 : at % 256 + (1 << rest)]
        while len(hashes) > 1:
            hashes = [node(*hashes[pair : pair + 2]) for pair in range(0, len(hashes), 2)]
        return hashes[0]

    def root(self, first, end):
        """Hash over the entries from `first` to `end`, a node of the tree."""
        count = end - first
        if count & (count - 1) == 0:
            return self.subtree(first, count.bit_length() - 1)
        middle = first + split(count)
        return node(self.root(first, middle), self.root(middle, end))

    def consistency(self, size, first=0, end=None, whole=True):
        """The path that shows that the first `size` entries are the beginning of all."""
        end = self.size if end is None else end
        if size == end:
            return [] if whole else [self.root(first, end)]
        middle = first + split(end - first)
        if size <= middle:
            return self.consistency(size, first, middle, whole) + [self.root(middle, end)]
        return self.consistency(size, middle, end, False) + [self.root(first, middle)]


def verify_receipt(data, entry, vkey):
    """Index of the entry, and the checkpoint's (origin, size, root)."""
    proof, found, note = data.partition(b"\n\n")
    lines = proof.decode("ascii", "replace").split("\n")
    demand(found and lines.pop(0) == "c2sp.org/tlog-proof@v1", "not a receipt")
    if lines and lines[0].startswith("extra "):
        lines.pop(0)
    demand(lines and lines[0].startswith("index "), "a receipt without an index")
    index, path = decimal(lines.pop(0)[6:]), [unbase64(line) for line in lines]
    demand(all(len(sibling) == 32 for sibling in path), "the path has something else than hashes")
    origin, size, root = verify_checkpoint(note, vkey)
    verify_inclusion(entry, index, size, path, root)
    return index, (origin, size, root)


# --- the map


def take_integer(data):
    """The CBOR integer that `data` begins with, in its shortest form, and the rest."""
    demand(data and data[0] < 28, "not an integer")
    width = 1 << data[0] - 24 if data[0] > 23 else 0
    number = int.from_bytes(data[1 : 1 + width], "big") if width else data[0]
    demand(len(data) > width, "an integer is cut off")
    demand(not width or number >= (24 if width == 1 else 1 << 4 * width), "a long integer")
    return number, data[1 + width :]


def parse_map_head(entry):
    """(entries, root, keys) of the entry that commits the map."""
    demand(entry[:6] == bytes([0xA5, 1, 1, 2, 16, 3]), "not a map head of version 1")
    entries, rest = take_integer(entry[6:])
    root, rest = rest[:36], rest[36:]
    demand(len(root) == 36 and root[:3] + root[35:] == b"\x04\x58\x20\x05", "not a map head")
    keys, rest = take_integer(rest)
    demand(not rest, "bytes follow the map head")
    return entries, root[3:35], keys


def bit(data, place):
    return data[place // 8] >> 7 - place % 8 & 1


def verify_map_proof(proof, key, root):
    """The value hash that `key` is bound to under `root`, or None."""
    demand(len(proof) >= 3 and proof[0] <= 2, "not a map proof")
    end, depth = proof[0], int.from_bytes(proof[1:3], "big")
    demand(depth <= (256 if end == 1 else 255), "the map proof is deeper than keys are long")
    width = -(-depth // 8)
    bitmap, rest = proof[3 : 3 + width], proof[3 + width :]
    demand(len(bitmap) == width, "the map proof is cut off")
    marks = [bit(bitmap, place) for place in range(8 * width)]
    demand(not any(marks[depth:]), "surplus bits")
    demand(depth == 0 or marks[depth - 1], "the deepest sibling is empty")
    demand(len(rest) == 32 * (end + sum(marks)), "the map proof has another length")
    hashes = [rest[at : at + 32] for at in range(0, len(rest), 32)]
    leaf, siblings = hashes[:end], iter(hashes[end:])
    demand(EMPTY not in hashes[end:], "an empty sibling is written out")
    if end == 2:
        common = all(bit(leaf[0], level) == bit(key, level) for level in range(depth))
        demand(leaf[0] != key and common, "the other leaf is not on the path of the key")
    own = [EMPTY, sha256(b"\x02", key, *leaf), sha256(b"\x02", *leaf)][end]
    for level in reversed(range(depth)):
        sibling = next(siblings) if marks[level] else EMPTY
        own = sha256(b"\x03", sibling, own) if bit(key, level) else sha256(b"\x03", own, sibling)
    demand(own == root, "the map proof leads to another root")
    return leaf[0] if end == 1 else None


# --- the command line


def read(path):
    return pathlib.Path(path).read_bytes()


def do_checkpoint(asked):
    print("checkpoint of {} with {} entries".format(*verify_checkpoint(read(asked.file), asked.key)))


def do_cosigned(asked):
    verify_checkpoint(read(asked.file), asked.key)
    for witness in asked.witness:
        print("cosigned by {} at {}".format(*verify_cosignature(read(asked.file), witness)))


def do_inclusion(asked):
    index, head = verify_receipt(read(asked.receipt), read(asked.entry), asked.key)
    print(f"entry {index} of {head[0]} with {head[1]} entries")


def do_consistency(asked):
    _, first, first_root = verify_checkpoint(read(asked.older), asked.key)
    _, second, second_root = verify_checkpoint(read(asked.newer), asked.key)
    demand(0 < first <= second, "the later tree is smaller, or the earlier one empty")
    path = Tiles(asked.folder, second).consistency(first)
    verify_consistency(first, second, first_root, second_root, path)
    print(f"the tree of {second} entries begins with the tree of {first}")


def do_map(asked):
    key = bytes.fromhex(asked.map_key)
    demand(len(key) == 32, "a key of the map has 32 bytes")
    head = read(asked.head)
    index, _ = verify_receipt(read(asked.receipt), head, asked.key)
    entries, root, keys = parse_map_head(head)
    demand(index == entries, "the map head is at another place than it says")
    bound = verify_map_proof(read(asked.proof), key, root)
    wanted = None if asked.absent else sha256(b"\x04", read(asked.value))
    said = "nothing" if bound is None else f"the value of hash {bound.hex()}"
    demand(bound == wanted, f"the key is bound to {said}")
    print(f"bound to {said}, after {entries} entries, among {keys} keys")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)

    def command(name, action, *files):
        made = commands.add_parser(name)
        made.add_argument("--key", required=True, help="the log's verifier key")
        for file in files:
            made.add_argument(file)
        made.set_defaults(action=action)
        return made

    command("checkpoint", do_checkpoint, "file")
    cosigned = command("cosigned", do_cosigned, "file")
    cosigned.add_argument("--witness", action="append", required=True, help="a witness's key")
    command("inclusion", do_inclusion, "entry", "receipt")
    command("consistency", do_consistency, "older", "newer", "folder")
    lookup = command("map", do_map, "map_key", "proof", "head", "receipt")
    answer = lookup.add_mutually_exclusive_group(required=True)
    answer.add_argument("--value", help="file with the value that the key should be bound to")
    answer.add_argument("--absent", action="store_true", help="the key should be bound to nothing")
    asked = parser.parse_args()
    try:
        asked.action(asked)
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as problem:
        print(f"cannot read: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
