//! The running service's log, recomputed from its entry bundles and read by another implementation
//! of the C2SP formats (Cloudflare's azul: `signed_note`, `tlog_tiles`).

use std::thread;

use receta_tests::ehr::{Acknowledged, Ehr};
use receta_tests::random::Random;
use receta_tests::running::Running;
use sandbox::client::Client;
use sandbox::seed::{Line, Prescription};
use sandbox::{Who, ledger_download};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Error, Tile, TileHashReader, TileReader};

use crate::rfc6962;
use crate::tlog_client::{Head, entries, parse_checkpoint, parse_proof, tile_path};

/// More than one full tile.
const ACTS: u64 = 300;
/// The witnesses of the sandbox, whose lines those who pin the log alone ignore.
const WITNESSES: usize = 2;
/// Clients at once.
const CLERKS: usize = 4;

#[test]
fn others_recompute_the_tree_and_verify_receipts() {
    let running = Running::start().unwrap();
    let steps = fill(&running);
    let client = running.world.client(Who::Pharmacy2).unwrap();
    let size = steps.iter().map(|step| step.index + 1).max().unwrap();
    let checkpoint = ledger_download::wait_for_size(&client, size).unwrap();
    let checkpoint = String::from_utf8(checkpoint).unwrap();
    let head = parse_checkpoint(&checkpoint);
    assert_eq!(head.origin, "receta.sandbox/ledger");
    // Each batch of acts ends with a map head.
    assert!(head.size as u64 > size && size > ACTS, "{}", head.size);

    let leaves: Vec<_> = entries(&client, head.size)
        .iter()
        .map(|entry| rfc6962::leaf(entry))
        .collect();
    assert_eq!(rfc6962::root(&leaves), head.root);
    hash_tiles_are_the_tree(&client, &leaves);
    receipts_lead_to_the_tree(&steps, &leaves);

    let vkey = std::fs::read_to_string(running.world.ledger_vkey()).unwrap();
    signed_note_opens(&checkpoint, vkey.trim(), &head, WITNESSES);
    for step in &steps {
        let receipt = parse_proof(&step.receipt);
        signed_note_opens(receipt.checkpoint, vkey.trim(), &head, 0);
    }
    tlog_tiles_proves(&Http(client), &head, &steps, &leaves);
}

/// Issues from several clients at once, so that batches of several entries come about.
fn fill(running: &Running) -> Vec<Acknowledged> {
    let lines = [Line::losartan, Line::clonazepam, Line::amoxicillin];
    let prescriptions: Vec<_> = (0..ACTS)
        .zip(lines.iter().cycle())
        .map(|(number, line)| running.prescription(number, vec![line()]).unwrap())
        .collect();
    let issue = |ehr: Ehr, part: &[Prescription]| {
        let answers = part.iter().map(|one| ehr.issue(one).unwrap());
        answers
            .map(|answer| Acknowledged::of(&answer).unwrap())
            .collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let clerks: Vec<_> = prescriptions
            .chunks(prescriptions.len() / CLERKS)
            .map(|part| {
                let ehr = running.ehr.clone();
                scope.spawn(move || issue(ehr, part))
            })
            .collect();
        clerks
            .into_iter()
            .flat_map(|clerk| clerk.join().unwrap())
            .collect()
    })
}

/// Level 0 holds the leaves, level 1 the root of each full tile below.
fn hash_tiles_are_the_tree(client: &Client, leaves: &[rfc6962::Hash]) {
    let tile = |level, index, width| client.fetch(&tile_path(level, index, width)).unwrap();
    for (index, part) in leaves.chunks(256).enumerate() {
        assert_eq!(tile("0", index, part.len()), part.concat());
    }
    let above: Vec<_> = leaves.chunks_exact(256).map(rfc6962::root).collect();
    assert_eq!(tile("1", 0, above.len()), above.concat());
}

fn receipts_lead_to_the_tree(steps: &[Acknowledged], leaves: &[rfc6962::Hash]) {
    for step in steps {
        let proof = parse_proof(&step.receipt);
        let then = parse_checkpoint(proof.checkpoint);
        assert_eq!(proof.index as u64, step.index);
        // The tree of the receipt is a beginning of the tree of today, and the path is the one.
        assert_eq!(rfc6962::root(&leaves[..then.size]), then.root);
        assert_eq!(proof.path, rfc6962::path(proof.index, &leaves[..then.size]));
        let leaf = leaves[proof.index];
        let reached = rfc6962::root_of_path(leaf, proof.index, then.size, &proof.path);
        assert_eq!(reached, Some(then.root));
    }
}

fn signed_note_opens(checkpoint: &str, vkey: &str, newest: &Head, cosignatures: usize) {
    let note = Note::from_bytes(checkpoint.as_bytes()).unwrap();
    let verifier = StandardVerifier::new(vkey).unwrap();
    let (known, unknown) = note
        .verify(&VerifierList::new(vec![Box::new(verifier)]))
        .unwrap();
    assert_eq!((known.len(), unknown.len()), (1, cosignatures));
    let read = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(read.origin(), newest.origin);
    let ours = parse_checkpoint(checkpoint);
    assert_eq!((read.size(), read.hash().0), (ours.size as u64, ours.root));
}

/// Their reader over our service.
struct Http(Client);

impl TileReader for Http {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        // The crate spells paths as Go's checksum database does, with the height: tile/8/0/000.
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "/ledger/tile/", 1);
            self.0.fetch(&path).unwrap()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn tlog_tiles_proves(http: &Http, head: &Head, steps: &[Acknowledged], leaves: &[rfc6962::Hash]) {
    let (size, root) = (head.size as u64, tlog_tiles::Hash(head.root));
    let reader = TileHashReader::new(size, root, http);
    let mut random = Random::new(6962);
    for _ in 0..20 {
        let step = &steps[random.position(steps.len())];
        let index = usize::try_from(step.index).unwrap();
        let leaf = tlog_tiles::Hash(leaves[index]);
        // They prove from our tiles,
        let proof = tlog_tiles::prove_record(size, step.index, &reader).unwrap();
        tlog_tiles::check_record(&proof, size, root, step.index, leaf).unwrap();
        // and accept the path in our receipt, under the head that it was given with,
        let receipt = parse_proof(&step.receipt);
        let then = parse_checkpoint(receipt.checkpoint);
        let (then_size, then_root) = (then.size as u64, tlog_tiles::Hash(then.root));
        let path: Vec<_> = receipt
            .path
            .iter()
            .map(|hash| tlog_tiles::Hash(*hash))
            .collect();
        tlog_tiles::check_record(&path, then_size, then_root, step.index, leaf).unwrap();
        // which they prove to be a beginning of the newest.
        let grown = tlog_tiles::prove_tree(size, then_size, &reader).unwrap();
        tlog_tiles::check_tree(&grown, size, root, then_size, then_root).unwrap();
    }
}
