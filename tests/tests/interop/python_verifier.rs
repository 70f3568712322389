//! `tests/interop/verify_ledger.py`, a verifier in another language written from docs/FORMATS.md
//! alone, over a directory that the `ledger` crate made: it accepts what is true and refuses what was
//! altered.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::{BASE64, HEXLOWER};
use ledger::{
    Log, MapHead, MapKey, NoteSignature, NoteSigner, PrefixMap, SignedCheckpoint, SoftwareSigner,
    TlogProof, WitnessKey, cosign, value_hash,
};
use tempfile::TempDir;

use crate::program::run;

const ORIGIN: &str = "receta.example/ledger";
const WITNESS: &str = "witness.example/w1";
/// Seconds since 1970 of the cosignature.
const TIME: u64 = 1_795_190_400;
/// Entries of the older tree, and of the newer: both more than a tile of tiles, so that the path
/// between them has hashes of three levels.
const SIZES: [u64; 2] = [65_800, 66_100];

const VERIFIED: Option<i32> = Some(0);
const REFUSED: Option<i32> = Some(1);

fn map_key(number: u32) -> MapKey {
    MapKey(value_hash(&number.to_be_bytes()).0)
}

fn witness(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_seed(WITNESS, &[seed; 32]).unwrap()
}

fn cosignature(checkpoint: &SignedCheckpoint, seed: u8) -> NoteSignature {
    cosign(checkpoint, TIME, &witness(seed)).unwrap()
}

/// A log with everything about it that can be verified, in files.
struct Evidence {
    folder: TempDir,
    key: String,
    witness: String,
}

impl Evidence {
    /// A log of these entries, each with the number `mark` in it, and of a map over all but the
    /// last.
    fn make(mark: u8) -> Self {
        let signer = SoftwareSigner::from_seed(ORIGIN, &[7; 32]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mut log = Log::open(&at("ledger"), ORIGIN).unwrap();
        let entry = |index: u64| [&[mark], index.to_be_bytes().as_slice()].concat();
        let grow = |log: &mut Log, entries: &[Vec<u8>]| {
            let staged = log.stage(entries).unwrap();
            log.adopt(staged).unwrap();
            let checkpoint = log.sign(&signer).unwrap();
            log.publish(&checkpoint).unwrap();
            checkpoint
        };
        let older = grow(&mut log, &(0..SIZES[0]).map(entry).collect::<Vec<_>>());
        let mut map = PrefixMap::new();
        for number in 0..1_000_u32 {
            map.insert(map_key(number), value_hash(&number.to_le_bytes()));
        }
        let head = MapHead {
            entries: SIZES[1] - 1,
            keys: map.len(),
            root: map.root(),
        };
        let mut entries: Vec<_> = (SIZES[0]..SIZES[1] - 1).map(entry).collect();
        entries.push(head.encode());
        let mut newer = grow(&mut log, &entries);
        newer.attach(cosignature(&newer, 9)).unwrap();

        let receipt = |index| {
            let proof = log.inclusion_proof(index, SIZES[1]).unwrap();
            TlogProof::new(proof, newer.clone()).unwrap().to_string()
        };
        let write = |name: &str, bytes: &[u8]| fs::write(at(name), bytes).unwrap();
        write("older", older.to_string().as_bytes());
        write("newer", newer.to_string().as_bytes());
        write("entry", &entry(1_234));
        write("receipt", receipt(1_234).as_bytes());
        write("head", &head.encode());
        write("head-receipt", receipt(SIZES[1] - 1).as_bytes());
        write("present", &map.prove(&map_key(17)).encode());
        write("value", &17_u32.to_le_bytes());
        write("absent", &map.prove(&map_key(5_000)).encode());
        Self {
            key: signer.verifier_key().to_string(),
            witness: WitnessKey::of(witness(9).verifier_key()).to_string(),
            folder,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the script in the folder of the evidence.
    fn verify(&self, command: &str, key: &str, arguments: &[&str]) -> Option<i32> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/verify_ledger.py");
        let output = run(Command::new("/usr/bin/python3")
            .arg(script)
            .arg(command)
            .args(["--key", key])
            .args(arguments)
            .current_dir(self.folder.path()));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_ne!(output.status.code(), Some(2), "{said}");
        output.status.code()
    }

    fn checkpoint(&self) -> Option<i32> {
        self.verify("checkpoint", &self.key, &["newer"])
    }

    fn cosigned(&self) -> Option<i32> {
        self.verify(
            "cosigned",
            &self.key,
            &["--witness", &self.witness, "newer"],
        )
    }

    fn inclusion(&self) -> Option<i32> {
        self.verify("inclusion", &self.key, &["entry", "receipt"])
    }

    fn consistency(&self) -> Option<i32> {
        self.verify("consistency", &self.key, &["older", "newer", "ledger"])
    }

    fn lookup(&self, number: u32, proof: &str, answer: &[&str]) -> Option<i32> {
        let key = HEXLOWER.encode(&map_key(number).0);
        let files = [key.as_str(), proof, "head", "head-receipt"];
        self.verify("map", &self.key, &[&files, answer].concat())
    }

    fn present(&self) -> Option<i32> {
        self.lookup(17, "present", &["--value", "value"])
    }

    fn absent(&self) -> Option<i32> {
        self.lookup(5_000, "absent", &["--absent"])
    }

    /// With `file` altered, the verification refuses; with the file as it was, it accepts again.
    fn refuses(
        &self,
        file: &str,
        alter: impl Fn(Vec<u8>) -> Vec<u8>,
        verification: impl Fn(&Self) -> Option<i32>,
    ) {
        let good = fs::read(self.file(file)).unwrap();
        let altered = alter(good.clone());
        assert_ne!(good, altered, "{file}");
        fs::write(self.file(file), &altered).unwrap();
        assert_eq!(verification(self), REFUSED, "{file}: {altered:02x?}");
        fs::write(self.file(file), good).unwrap();
    }
}

fn replace(from: &str, to: &str) -> impl Fn(Vec<u8>) -> Vec<u8> {
    move |bytes| {
        String::from_utf8(bytes)
            .unwrap()
            .replacen(from, to, 1)
            .into_bytes()
    }
}

/// One bit changed, `part` sixteenths into the file.
fn flip(part: usize) -> impl Fn(Vec<u8>) -> Vec<u8> {
    move |mut bytes| {
        let place = (bytes.len() - 1) * part / 16;
        bytes[place] ^= 4;
        bytes
    }
}

#[test]
fn python_accepts_what_is_true_and_refuses_what_was_altered() {
    let evidence = Evidence::make(1);
    assert_eq!(evidence.checkpoint(), VERIFIED);
    assert_eq!(evidence.cosigned(), VERIFIED);
    assert_eq!(evidence.inclusion(), VERIFIED);
    assert_eq!(evidence.consistency(), VERIFIED);
    assert_eq!(evidence.present(), VERIFIED);
    assert_eq!(evidence.absent(), VERIFIED);

    heads(&evidence);
    trees(&evidence);
    maps(&evidence);
}

fn heads(evidence: &Evidence) {
    let size = SIZES[1].to_string();
    evidence.refuses("newer", replace(&size, "66099"), Evidence::checkpoint);
    evidence.refuses("newer", replace(&size, "066100"), Evidence::checkpoint);
    evidence.refuses(
        "newer",
        replace(ORIGIN, "receta.example/other"),
        Evidence::checkpoint,
    );
    evidence.refuses("newer", replace("\n\n", "\n"), Evidence::checkpoint);
    let other = SoftwareSigner::from_seed(ORIGIN, &[8; 32]).unwrap();
    let other = other.verifier_key().to_string();
    assert_eq!(evidence.verify("checkpoint", &other, &["newer"]), REFUSED);

    let newer = SignedCheckpoint::parse(&fs::read(evidence.file("newer")).unwrap()).unwrap();
    let older = SignedCheckpoint::parse(&fs::read(evidence.file("older")).unwrap()).unwrap();
    let with = |line: NoteSignature| {
        move |_| {
            let mut bare = newer_without_cosignature(&newer_text(evidence));
            bare.attach(line.clone()).unwrap();
            bare.to_string().into_bytes()
        }
    };
    // Nobody's, of another checkpoint, of another witness of that name, of another time.
    let bare = |_| {
        newer_without_cosignature(&newer_text(evidence))
            .to_string()
            .into_bytes()
    };
    evidence.refuses("newer", bare, Evidence::cosigned);
    evidence.refuses("newer", with(cosignature(&older, 9)), Evidence::cosigned);
    evidence.refuses("newer", with(cosignature(&newer, 10)), Evidence::cosigned);
    let good = cosignature(&newer, 9);
    let mut blob = [&good.key_id().to_be_bytes(), good.signature()].concat();
    blob[11] ^= 1;
    let later = format!("— {WITNESS} {}", BASE64.encode(&blob));
    evidence.refuses(
        "newer",
        with(NoteSignature::parse(&later).unwrap()),
        Evidence::cosigned,
    );
}

fn newer_text(evidence: &Evidence) -> String {
    fs::read_to_string(evidence.file("newer")).unwrap()
}

/// The checkpoint without its last line.
fn newer_without_cosignature(text: &str) -> SignedCheckpoint {
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.contains(WITNESS))
        .collect();
    SignedCheckpoint::parse(format!("{}\n", lines.join("\n")).as_bytes()).unwrap()
}

fn trees(evidence: &Evidence) {
    evidence.refuses("entry", flip(8), Evidence::inclusion);
    evidence.refuses(
        "receipt",
        replace("index 1234", "index 1235"),
        Evidence::inclusion,
    );
    evidence.refuses(
        "receipt",
        replace("index 1234", "index 66100"),
        Evidence::inclusion,
    );
    let receipt = fs::read_to_string(evidence.file("receipt")).unwrap();
    let [first, second] = [2, 3].map(|line| format!("{}\n", receipt.lines().nth(line).unwrap()));
    evidence.refuses("receipt", replace(&first, ""), Evidence::inclusion);
    evidence.refuses(
        "receipt",
        replace(&first, &first.repeat(2)),
        Evidence::inclusion,
    );
    let (pair, swapped) = (format!("{first}{second}"), format!("{second}{first}"));
    evidence.refuses("receipt", replace(&pair, &swapped), Evidence::inclusion);

    let backwards = ["newer", "older", "ledger"];
    assert_eq!(
        evidence.verify("consistency", &evidence.key, &backwards),
        REFUSED
    );
    // The same key signed another history.
    let fork = Evidence::make(2);
    let forked = |_| fs::read(fork.file("older")).unwrap();
    evidence.refuses("older", forked, Evidence::consistency);
    for tile in ["0/257", "0/258.p/52", "1/001.p/2", "2/000.p/1"] {
        let tile = format!("ledger/tile/{tile}");
        // The first hash of each is one that the path is made of.
        evidence.refuses(&tile, flip(0), Evidence::consistency);
        let short = |bytes: Vec<u8>| bytes[..bytes.len() - 1].to_vec();
        evidence.refuses(&tile, short, Evidence::consistency);
    }
}

fn maps(evidence: &Evidence) {
    for part in 0..=16 {
        evidence.refuses("present", flip(part), Evidence::present);
        evidence.refuses("absent", flip(part), Evidence::absent);
    }
    evidence.refuses("value", flip(0), Evidence::present);
    evidence.refuses("head", flip(8), Evidence::absent);
    let trailing = |bytes: Vec<u8>| [&bytes[..], &[0]].concat();
    evidence.refuses("absent", trailing, Evidence::absent);
    // A true proof of another key, and true answers to the other question.
    assert_eq!(
        evidence.lookup(18, "present", &["--value", "value"]),
        REFUSED
    );
    assert_eq!(evidence.lookup(17, "absent", &["--absent"]), REFUSED);
    assert_eq!(evidence.lookup(17, "present", &["--absent"]), REFUSED);
    assert_eq!(
        evidence.lookup(5_000, "absent", &["--value", "value"]),
        REFUSED
    );
    // An entry that is no map head, with its own true receipt.
    for (file, other) in [("head", "entry"), ("head-receipt", "receipt")] {
        fs::copy(evidence.file(other), evidence.file(file)).unwrap();
    }
    assert_eq!(evidence.absent(), REFUSED);
}
