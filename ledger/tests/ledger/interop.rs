//! Another implementation of the C2SP formats (Cloudflare's azul) reads what we write.

use ledger::{NoteSigner, TileDirectory, WitnessKey, cosign};
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{Checkpoint, Error, TileReader};

use crate::fixture::{ORIGIN, append, entry, open, publish, signer};

#[test]
fn signed_note_and_tlog_tiles_open_our_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 300);
    let bytes = publish(&mut log).to_string().into_bytes();

    let note = Note::from_bytes(&bytes).unwrap();
    let vkey = signer().verifier_key().to_string();
    let verifier = StandardVerifier::new(&vkey).unwrap();
    let (known, unknown) = note
        .verify(&VerifierList::new(vec![Box::new(verifier)]))
        .unwrap();
    assert_eq!((known.len(), unknown.len()), (1, 0));
    assert_eq!(known[0].name(), ORIGIN);

    let checkpoint = Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size()), (ORIGIN, 300));
    assert_eq!(checkpoint.hash().0, log.root().0);
}

/// C2SP tlog-cosignature written down once more, on top of their notes.
struct Cosignatures {
    name: String,
    public_key: [u8; 32],
}

impl Verifier for Cosignatures {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        signed_note::key_id(&self.name, &[&[4], self.public_key.as_slice()].concat())
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let (time, signature) = signature.split_at(8);
        let time = u64::from_be_bytes(time.try_into().unwrap());
        let message = [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat();
        let key = UnparsedPublicKey::new(&ED25519, &self.public_key);
        key.verify(&message, signature).is_ok()
    }
}

#[test]
fn signed_note_finds_our_cosignatures() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 5);
    let mut checkpoint = log.sign(&signer()).unwrap();
    let witness = ledger::SoftwareSigner::from_seed("witness.example/unam", &[9; 32]).unwrap();
    let line = cosign(&checkpoint, 1_679_315_147, &witness).unwrap();
    checkpoint.attach(line).unwrap();

    let note = Note::from_bytes(checkpoint.to_string().as_bytes()).unwrap();
    let theirs = Cosignatures {
        name: "witness.example/unam".to_owned(),
        public_key: *witness.verifier_key().public_key(),
    };
    let ours = WitnessKey::of(witness.verifier_key());
    let digest = Sha256::new()
        .chain_update(b"witness.example/unam\n\x04")
        .chain_update(theirs.public_key)
        .finalize();
    assert_eq!(ours.id().to_be_bytes(), digest[..4]);
    let (known, unknown) = note
        .verify(&VerifierList::new(vec![Box::new(theirs)]))
        .unwrap();
    assert_eq!((known.len(), unknown.len()), (1, 1));
    assert_eq!(known[0].id(), ours.id());
}

/// Their reader over our files: paths come from their `Tile`, bytes from our directory.
struct Files(TileDirectory);

impl TileReader for Files {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, Error> {
        // The crate spells paths as Go's checksum database does, with the height: tile/8/0/000.
        let read = |tile: &tlog_tiles::Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            std::fs::read(self.0.root().join(path)).unwrap()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn tlog_tiles_proves_entries_from_our_tiles() {
    const SIZE: u64 = 256 * 256 + 300;
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, SIZE);
    publish(&mut log);
    let root = tlog_tiles::Hash(log.root().0);
    let files = Files(TileDirectory::open(folder.path()).unwrap());
    let reader = tlog_tiles::TileHashReader::new(SIZE, root, &files);
    for index in [0, 255, 256, 65_535, 65_536, SIZE - 1] {
        let proof = tlog_tiles::prove_record(SIZE, index, &reader).unwrap();
        let leaf = tlog_tiles::record_hash(&entry(index));
        tlog_tiles::check_record(&proof, SIZE, root, index, leaf).unwrap();
        let ours = log.inclusion_proof(index, SIZE).unwrap();
        let theirs: Vec<[u8; 32]> = proof.iter().map(|hash| hash.0).collect();
        assert_eq!(
            ours.path.iter().map(|hash| hash.0).collect::<Vec<_>>(),
            theirs
        );
    }
}
