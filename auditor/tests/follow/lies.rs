//! A server that shows what is not so: told in Spanish, and nothing of it enters the mirror.

use std::fs;

use ledger::{Checkpoint, Hash, SignedCheckpoint, SoftwareSigner, TreeHead};

use crate::log::{ORIGIN, Site, files, key};
use crate::server::Reply;

/// Follows, expects a finding that says `words`, and the mirror as it was; then the server is
/// honest again and all is well.
fn refused(site: &Site, words: &str) {
    let before = files(&site.mirror());
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(1), "{words}: {outcome:?}");
    assert!(outcome.out.contains(words), "{words}: {outcome:?}");
    let named = |name: &str| {
        let find = |files: &[(std::path::PathBuf, Vec<u8>)]| {
            let found = files
                .iter()
                .find(|(path, _)| path == std::path::Path::new(name));
            found.map(|(_, bytes)| bytes.clone())
        };
        (find(&before), find(&files(&site.mirror())))
    };
    let (checkpoint_before, checkpoint) = named("checkpoint");
    assert_eq!(checkpoint_before, checkpoint, "{words}");
    site.server.be_honest();
    // What was verified before the lie may be there; all of it is of the honest log.
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(0), "{words}: {outcome:?}");
    assert_eq!(files(&site.mirror()), files(site.server.root()), "{words}");
}

fn altered(site: &Site, name: &str, byte: usize) -> Reply {
    let mut bytes = fs::read(site.server.root().join(name)).unwrap();
    bytes[byte] ^= 1;
    Reply::Bytes(bytes)
}

#[test]
fn a_wrong_tile_or_bundle() {
    for (name, words) in [
        ("tile/0/000", "tile/0/000 no lleva a la raíz firmada"),
        (
            "tile/0/002.p/188",
            "las losetas del borde no dan la raíz firmada",
        ),
        (
            "tile/1/000.p/2",
            "las losetas del borde no dan la raíz firmada",
        ),
        ("tile/entries/001", "entrada 256: en tile/entries/001"),
        (
            "tile/entries/002.p/188",
            "entrada 512: en tile/entries/002.p/188",
        ),
    ] {
        let site = Site::new(700);
        site.server.tell(name, altered(&site, name, 10));
        refused(&site, words);
    }
}

#[test]
fn a_tile_of_another_shape() {
    let site = Site::new(700);
    let bundle = fs::read(site.server.root().join("tile/entries/000")).unwrap();
    for (name, bytes) in [
        ("tile/0/000", vec![0; 8191]),
        ("tile/0/002.p/188", vec![]),
        ("tile/entries/000", bundle[..bundle.len() - 1].to_vec()),
        ("tile/entries/000", [bundle, vec![0]].concat()),
    ] {
        let site = Site::new(700);
        site.server.tell(name, Reply::Bytes(bytes));
        refused(&site, &format!("{name} está truncada"));
    }
}

#[test]
fn a_tile_that_is_missing() {
    for name in ["tile/0/000", "tile/entries/002.p/188", "tile/1/000.p/2"] {
        let site = Site::new(700);
        site.server.tell(name, Reply::Status(404, String::new()));
        refused(&site, &format!("falta {name}"));
    }
}

#[test]
fn a_file_that_is_too_large() {
    let site = Site::new(700);
    site.server.tell("tile/0/000", Reply::Bytes(vec![0; 8193]));
    refused(&site, "tile/0/000 excede los 8192 bytes");
    for name in [
        "checkpoint",
        "tile/0/000",
        "tile/1/000.p/2",
        "tile/entries/000",
    ] {
        let site = Site::new(700);
        site.server.tell(name, Reply::Endless);
        refused(&site, &format!("{name} excede"));
    }
}

fn signed(signer: &SoftwareSigner, origin: &str, size: u64) -> Reply {
    let head = TreeHead {
        size,
        root: Hash([7; 32]),
    };
    let checkpoint = Checkpoint::new(origin, head).unwrap();
    Reply::Bytes(
        SignedCheckpoint::sign(checkpoint, signer)
            .unwrap()
            .to_string()
            .into_bytes(),
    )
}

#[test]
fn a_checkpoint_that_is_not_the_logs() {
    let site = Site::new(300);
    assert_eq!(site.follow().code, Some(0));
    let honest = fs::read_to_string(site.server.root().join("checkpoint")).unwrap();
    let stranger = SoftwareSigner::from_seed("other.example", &[9; 32]).unwrap();
    let mut altered = honest.clone().into_bytes();
    altered[ORIGIN.len() + 1] ^= 1;
    for (reply, words) in [
        (Reply::Bytes(Vec::new()), "está dañado"),
        (Reply::Bytes(b"<html>".to_vec()), "está dañado"),
        (Reply::Bytes(vec![0xff; 500]), "está dañado"),
        (Reply::Bytes(honest.trim_end().into()), "está dañado"),
        (Reply::Bytes(altered), "no lo firmó la llave fijada"),
        (signed(&key(8), ORIGIN, 300), "no lo firmó la llave fijada"),
        (
            signed(&stranger, "other.example", 300),
            "no de «ledger.example.mx/receta»",
        ),
        (
            signed(&key(9), "other.example", 300),
            "no de «ledger.example.mx/receta»",
        ),
        (signed(&key(9), ORIGIN, u64::MAX), "más que cualquier árbol"),
    ] {
        site.server.tell("checkpoint", reply);
        refused(&site, words);
    }
}

/// The log signs a tree that nobody can have: its tiles cannot be made.
#[test]
fn a_signed_tree_without_files() {
    let site = Site::new(300);
    assert_eq!(site.follow().code, Some(0));
    site.server
        .tell("checkpoint", signed(&key(9), ORIGIN, 1 << 50));
    refused(&site, "falta tile/6/000.p/4");
}
