//! Evidence in text files, as witnesses, counters and followers keep it.

use std::fs;

use ledger::{
    Checkpoint, ForkEvidence, NoteSigner, Shard, ShardList, ShardTrust, SignedCheckpoint,
    SignedNote, SoftwareSigner, TreeHead, leaf_hash,
};

use crate::site::{ORIGIN, Site, log_key};
use crate::world::World;

fn checkpoint(size: u64, root: &[u8], signer: &SoftwareSigner) -> SignedCheckpoint {
    let root = leaf_hash(root);
    let checkpoint = Checkpoint::new(ORIGIN, TreeHead { size, root }).unwrap();
    SignedCheckpoint::sign(checkpoint, signer).unwrap()
}

/// Two histories of seven entries, by one key each.
fn fork(second: &SoftwareSigner) -> String {
    let (one, other) = (
        checkpoint(7, b"a", &log_key(9)),
        checkpoint(7, b"b", second),
    );
    let keys = [
        log_key(9).verifier_key().clone(),
        second.verifier_key().clone(),
    ];
    ForkEvidence::new(one, other, &keys).unwrap().to_string()
}

/// Two lists of one version: one names another key besides.
fn lists() -> String {
    let list = |seeds: &[u8]| {
        let keys = seeds
            .iter()
            .map(|seed| log_key(*seed).verifier_key().clone());
        let shard = Shard::new(0, None, keys.collect()).unwrap();
        let list = ShardList::new(1, vec![shard]).unwrap();
        let mut note = SignedNote::sign(list.to_string(), &log_key(seeds[0])).unwrap();
        for seed in &seeds[1..] {
            note.sign_also(&log_key(*seed)).unwrap();
        }
        note
    };
    let mut trust = ShardTrust::pinned(vec![log_key(9).verifier_key().clone()]);
    trust.follow(&list(&[9])).unwrap();
    match trust.follow(&list(&[9, 8])) {
        Err(ledger::ShardRefusal::Fork { evidence, .. }) => evidence.to_string(),
        other => panic!("{other:?}"),
    }
}

fn evidence(site: &Site, path: &str, key: &str) -> (u8, String) {
    let (code, text, err) = site.run(&["evidence", path, "--key", key]);
    (code, text + &err)
}

#[test]
fn a_file_is_checked_by_itself_and_within_its_directory() {
    let site = World::new().write();
    let folder = site.path("witness/evidence");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("0011-2233.fork"), fork(&log_key(9))).unwrap();
    fs::write(site.path("witness/dos-historias-7.txt"), fork(&log_key(9))).unwrap();
    fs::write(folder.join("listas-de-segmentos.txt"), lists()).unwrap();
    fs::write(folder.join("notas.txt"), "otra cosa").unwrap();
    let (code, text) = evidence(&site, "witness/evidence/0011-2233.fork", "ledger.vkey");
    assert_eq!(code, 1, "{text}");
    let words = "0011-2233.fork: PROBADO. BIFURCACIÓN: el registro ledger.example.mx/receta firmó \
                 dos historias distintas de 7 entradas";
    assert!(text.contains(words), "{text}");
    let (code, text) = evidence(&site, "witness", "ledger.vkey");
    assert_eq!((code, text.lines().count()), (1, 3), "{text}");
    assert_eq!(text.matches("PROBADO").count(), 3, "{text}");
    assert!(
        text.contains("son distintas y las dos dicen ser la versión 1"),
        "{text}"
    );
}

#[test]
fn a_key_of_before_counts_if_it_is_pinned_too() {
    let site = World::new().write();
    fs::write(site.path("dos.txt"), fork(&log_key(8))).unwrap();
    let (code, text) = evidence(&site, "dos.txt", "ledger.vkey");
    assert!(code == 1 && text.contains("NO PRUEBA NADA"), "{text}");
    assert!(text.contains("cualquiera pudo escribirlas"), "{text}");
    let keys = [8, 9].map(|seed| format!("log {}\n", log_key(seed).verifier_key()));
    fs::write(site.path("policy"), keys.concat() + "quorum none\n").unwrap();
    let (code, text, _) = site.run(&["evidence", "dos.txt", "--policy", "policy"]);
    assert!(code == 1 && text.contains("PROBADO"), "{text}");
}

#[test]
fn altered_files_prove_nothing() {
    let site = World::new().write();
    for good in [fork(&log_key(9)), lists()] {
        for byte in (0..good.len()).step_by(3) {
            let mut bytes = good.clone().into_bytes();
            bytes[byte] ^= 1;
            fs::write(site.path("altered"), &bytes).unwrap();
            let (code, text) = evidence(&site, "altered", "ledger.vkey");
            // The line of a key that nobody pinned is nobody's word.
            let last_line = good.trim_end().rfind('\n').unwrap();
            let unpinned = good.contains("shards-fork") && byte > last_line;
            assert_eq!(code, 1);
            assert!(
                unpinned || text.contains("NO PRUEBA NADA"),
                "{byte}: {text}"
            );
        }
    }
    let one = checkpoint(7, b"a", &log_key(9));
    let twice = format!("receta.fork/v1\n\n{one}\n{one}");
    fs::write(site.path("altered"), twice).unwrap();
    let (_, text) = evidence(&site, "altered", "ledger.vkey");
    assert!(text.contains("no se contradicen"), "{text}");
    fs::write(site.path("altered"), vec![b'x'; 1 << 22]).unwrap();
    let (_, text) = evidence(&site, "altered", "ledger.vkey");
    assert!(text.contains("demasiado grande"), "{text}");
    let (code, _) = evidence(&site, "nowhere", "ledger.vkey");
    assert_eq!(code, 2);
}
