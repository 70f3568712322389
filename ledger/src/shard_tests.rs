//! Lists of shards: their text, how they grow, and whom they make believed.

use crate::checkpoint::TreeHead;
use crate::hash::leaf_hash;
use crate::note::{NoteError, SignedNote};
use crate::note_signer::{NoteSigner, SoftwareSigner};
use crate::shard_list::{Shard, ShardContradiction, ShardKeyError, ShardList, ShardListError};
use crate::shard_trust::{ShardFork, ShardRefusal, ShardTrust};
use crate::verifier_key::VerifierKey;

fn signer(year: u64, key: u8) -> SoftwareSigner {
    let origin = format!("ledger.example.mx/receta/{year}");
    SoftwareSigner::from_seed(&origin, &[key; 32]).unwrap()
}

fn key(year: u64, key: u8) -> VerifierKey {
    signer(year, key).verifier_key().clone()
}

fn end(size: u64) -> TreeHead {
    let root = leaf_hash(&size.to_be_bytes());
    TreeHead { size, root }
}

/// 2026 with 100 entries, 2027 with 50, and so on up to an open one; one key per shard.
fn years(version: u64, sizes: &[u64]) -> ShardList {
    let mut shards = Vec::new();
    let mut first = 0;
    for (year, size) in (2026..).zip(sizes) {
        shards.push(Shard::new(first, Some(end(*size)), vec![key(year, 1)]).unwrap());
        first += size;
    }
    let open = 2026 + sizes.len() as u64;
    shards.push(Shard::new(first, None, vec![key(open, 1)]).unwrap());
    ShardList::new(version, shards).unwrap()
}

fn signed(list: &ShardList, signers: &[SoftwareSigner]) -> SignedNote {
    let mut note = SignedNote::sign(list.to_string(), &signers[0]).unwrap();
    for signer in &signers[1..] {
        note.sign_also(signer).unwrap();
    }
    note
}

#[test]
fn the_text_round_trips() {
    let list = years(3, &[100, 50]);
    let text = list.to_string();
    assert!(text.starts_with("receta.shards/v1\n3\nshard ledger.example.mx/receta/2026 0 100 "));
    assert!(text.contains("\nshard ledger.example.mx/receta/2028 150 - - ledger"));
    assert_eq!(ShardList::parse(&text), Ok(list.clone()));
    let origin_at = |index| list.shard_of(index).map(Shard::origin);
    assert_eq!(origin_at(0), Some("ledger.example.mx/receta/2026"));
    assert_eq!(origin_at(99), Some("ledger.example.mx/receta/2026"));
    assert_eq!(origin_at(100), Some("ledger.example.mx/receta/2027"));
    assert_eq!(origin_at(1 << 40), Some("ledger.example.mx/receta/2028"));
}

#[test]
fn other_texts_are_refused() {
    let text = years(3, &[100]).to_string();
    let last = text.lines().last().unwrap();
    let key_error = |shard, reason| ShardListError::Key { shard, reason };
    for (altered, reason) in [
        (String::new(), ShardListError::Header),
        (text.replace("/v1", "/v2"), ShardListError::Header),
        (text.trim_end().to_owned(), ShardListError::Header),
        (text.replace("\n3\n", "\n0\n"), ShardListError::Version),
        (text.replace("\n3\n", "\n03\n"), ShardListError::Version),
        ("receta.shards/v1\n3\n".to_owned(), ShardListError::Count),
        (format!("{text}\n"), ShardListError::Form(3)),
        (text.replace(" 0 100 ", "  0 100 "), ShardListError::Form(1)),
        (text.replace(" 0 100 ", " 0 - "), ShardListError::Form(1)),
        (text.replace("- -", "- AAAA"), ShardListError::Form(2)),
        (
            text.replace("\nshard ", "\nShard "),
            ShardListError::Form(1),
        ),
        (
            text.replace(" 0 100 ", " 1 100 "),
            ShardListError::FirstIndex(1),
        ),
        (
            text.replace(" 100 - -", " 101 - -"),
            ShardListError::FirstIndex(2),
        ),
        (format!("{text}{last}\n"), ShardListError::Open(2)),
        (
            text.replace("2027 100", "2029 100"),
            key_error(2, ShardKeyError::OtherOrigin),
        ),
        (
            format!("{} {}\n", text.trim_end(), key(2027, 1)),
            key_error(2, ShardKeyError::Duplicate),
        ),
    ] {
        assert_eq!(ShardList::parse(&altered), Err(reason), "{altered}");
    }
    let same = Shard::new(0, Some(end(5)), vec![key(2026, 1)]).unwrap();
    let again = Shard::new(5, None, vec![key(2026, 2)]).unwrap();
    let twice = ShardList::new(1, vec![same, again]);
    assert_eq!(twice, Err(ShardListError::DuplicateOrigin(2)));
    let endless = Shard::new(0, Some(end(u64::MAX)), vec![key(2026, 1)]).unwrap();
    let beyond = Shard::new(u64::MAX, Some(end(1)), vec![key(2027, 1)]).unwrap();
    let overflow = ShardList::new(1, vec![endless, beyond]);
    assert_eq!(overflow, Err(ShardListError::FirstIndex(2)));
}

#[test]
fn one_pinned_key_leads_to_all_others() {
    let mut trust = ShardTrust::pinned(vec![key(2026, 1)]);
    assert_eq!(
        trust.keys_of("ledger.example.mx/receta/2026"),
        [key(2026, 1)]
    );
    assert!(trust.keys_of("ledger.example.mx/receta/2027").is_empty());
    // Each year: the new shard's key, and the one of the year before.
    for (version, sizes, year) in [(1, &[][..], 2026), (2, &[100], 2027), (3, &[100, 50], 2028)] {
        let signers = [signer(year, 1), signer(year - 1, 1)];
        trust
            .follow(&signed(&years(version, sizes), &signers))
            .unwrap();
        let newest = format!("ledger.example.mx/receta/{year}");
        assert_eq!(trust.keys_of(&newest), [key(year, 1)]);
    }
    // A key long out of use moves nobody, even together with a new one of its own.
    let rogue = signed(
        &years(4, &[100, 50, 7]),
        &[signer(2029, 1), signer(2026, 1)],
    );
    let refused = ShardRefusal::Note(NoteError::UnknownSigner);
    assert_eq!(trust.follow(&rogue), Err(refused));
}

#[test]
fn a_key_follows_another_within_a_shard() {
    let mut trust = ShardTrust::pinned(vec![key(2026, 1)]);
    let list = |version, keys| {
        let shard = Shard::new(0, None, keys).unwrap();
        ShardList::new(version, vec![shard]).unwrap()
    };
    trust
        .follow(&signed(&list(1, vec![key(2026, 1)]), &[signer(2026, 1)]))
        .unwrap();
    let both = list(2, vec![key(2026, 1), key(2026, 2)]);
    // The new key must sign too: it shows that it is in use.
    let unproven = trust.follow(&signed(&both, &[signer(2026, 1)]));
    assert_eq!(
        unproven,
        Err(ShardRefusal::NewestKey(NoteError::UnknownSigner))
    );
    trust
        .follow(&signed(&both, &[signer(2026, 1), signer(2026, 2)]))
        .unwrap();
    let origin = "ledger.example.mx/receta/2026";
    assert_eq!(trust.keys_of(origin), [key(2026, 1), key(2026, 2)]);
    let without_old = signed(&list(3, vec![key(2026, 2)]), &[signer(2026, 2)]);
    let refused = trust.follow(&without_old).unwrap_err();
    let reason = ShardContradiction::LostKey(origin.to_owned());
    assert!(
        matches!(&refused, ShardRefusal::Fork { reason: found, .. } if *found == reason),
        "{refused}"
    );
}

#[test]
fn strangers_and_unlisted_keys_are_not_believed() {
    let mut trust = ShardTrust::pinned(vec![key(2026, 1)]);
    let list = years(1, &[]);
    let strange = signed(&list, &[signer(2026, 9)]);
    let unknown = Err(ShardRefusal::Note(NoteError::UnknownSigner));
    assert_eq!(trust.follow(&strange), unknown);
    let altered = signed(&list, &[signer(2026, 1)]).to_string();
    let altered = altered.replace("\n1\n", "\n2\n");
    let altered = SignedNote::parse(altered.as_bytes()).unwrap();
    let bad = Err(ShardRefusal::Note(NoteError::BadSignature));
    assert_eq!(trust.follow(&altered), bad);
    let mut trust = ShardTrust::pinned(vec![key(2025, 1)]);
    let without = signed(&list, &[signer(2025, 1), signer(2026, 1)]);
    assert_eq!(trust.follow(&without), Err(ShardRefusal::SignerNotListed));
}

#[test]
fn contradictions_are_evidence() {
    let signers = [signer(2027, 1), signer(2026, 1)];
    let known = signed(&years(5, &[100]), &signers);
    let mut trust = ShardTrust::pinned(vec![key(2026, 1)]);
    trust.follow(&known).unwrap();
    let shard = "ledger.example.mx/receta/2026".to_owned();
    for (version, size, reason) in [
        (5, 101, ShardContradiction::SameVersion(5)),
        (6, 101, ShardContradiction::Rewritten(shard.clone())),
        (4, 101, ShardContradiction::Rewritten(shard)),
    ] {
        let other = signed(&years(version, &[size]), &signers);
        let ShardRefusal::Fork {
            reason: found,
            evidence,
        } = trust.follow(&other).unwrap_err()
        else {
            panic!("version {version} is a fork");
        };
        assert_eq!(found, reason);
        let read = ShardFork::parse(evidence.to_string().as_bytes()).unwrap();
        assert_eq!((&read, read.contradiction()), (&*evidence, Some(reason)));
        assert!(read.is_signed_by(&[key(2026, 1)]));
        assert!(!read.is_signed_by(&[key(2026, 9)]));
    }
    // The same list again is no news; one that was true before is no evidence.
    trust.follow(&known).unwrap();
    let before = signed(&years(4, &[]), &[signer(2026, 1)]);
    let older = ShardRefusal::Older {
        offered: 4,
        known: 5,
    };
    assert_eq!(trust.follow(&before), Err(older));
    assert!(
        ShardFork::parse(format!("receta.shards-fork/v1\n\n{known}\n{before}").as_bytes())
            .is_none()
    );
}
