use proptest::prelude::*;

use super::*;

fn leaf() -> Leaf {
    Leaf {
        kind: LeafKind::Dispensed,
        pseudonym: Pseudonym([7; 16]),
        before: Phase::Active,
        after: Phase::Completed,
        controlled: vec![("040.000.2612.00".parse().unwrap(), Packages::new(2))],
        establishment: Some("HGIMB000011".parse().unwrap()),
        at: Timestamp::from_second(1_795_000_000).unwrap(),
        commitment: [9; 32],
        totals: Some(Totals {
            dispensed: 2,
            prescribed: 2,
        }),
        claimed: Vec::new(),
        released: vec![BlindedKey([3; 16])],
        erased: Vec::new(),
    }
}

/// A return, which may take places again.
fn returned(claimed: Vec<BlindedKey>) -> Leaf {
    Leaf {
        kind: LeafKind::Returned,
        before: Phase::Completed,
        after: Phase::PartiallyDispensed,
        claimed,
        released: Vec::new(),
        ..leaf()
    }
}

/// One leaf of each kind, with the fields that it has.
fn each_kind() -> Vec<Leaf> {
    let keys = vec![BlindedKey([1; 16]), BlindedKey([2; 16])];
    let of = |kind| Leaf { kind, ..leaf() };
    vec![
        Leaf {
            before: Phase::None,
            after: Phase::Active,
            claimed: keys.clone(),
            released: Vec::new(),
            ..of(LeafKind::Issued)
        },
        leaf(),
        Leaf {
            controlled: Vec::new(),
            released: keys,
            ..of(LeafKind::Cancelled)
        },
        Leaf {
            establishment: None,
            ..of(LeafKind::Expired)
        },
        Leaf {
            before: Phase::Completed,
            totals: None,
            released: Vec::new(),
            erased: vec![0, 23, 24, 70_000],
            ..of(LeafKind::Erased)
        },
        Leaf {
            released: Vec::new(),
            ..of(LeafKind::Suspended)
        },
        Leaf {
            released: Vec::new(),
            ..of(LeafKind::Resumed)
        },
        Leaf {
            released: Vec::new(),
            ..of(LeafKind::Transferred)
        },
        returned(vec![BlindedKey([1; 16])]),
    ]
}

#[test]
fn reads_back() {
    for leaf in each_kind() {
        assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
    }
    let changes_nothing = returned(Vec::new());
    let read = Leaf::decode(&changes_nothing.encode());
    assert_eq!(read, Ok(changes_nothing));
}

#[test]
fn the_format_does_not_drift() {
    let bytes = leaf().encode();
    assert_eq!(bytes[..4], [0xab, 0x01, 0x01, 0x02]);
    assert_eq!(bytes[101..106], [0x0a, 0x82, 0x02, 0x02, 0x0c]);
    assert_eq!(bytes.len(), 124);
}

#[test]
fn refuses_another_writing_of_the_same_content() {
    let mut longer = leaf().encode();
    // 0x18 0x01 is the integer 1 in two bytes.
    longer.splice(2..3, [0x18, 0x01]);
    assert_eq!(Leaf::decode(&longer), Err(LeafError::NotCanonical));
    let mut trailing = leaf().encode();
    trailing.push(0);
    assert_eq!(Leaf::decode(&trailing), Err(LeafError::NotCanonical));
    // An empty array is left out, so that it has no second writing.
    let mut empty = leaf().encode();
    empty[0] += 1;
    empty.extend([0x0d, 0x80]);
    assert_eq!(Leaf::decode(&empty), Err(LeafError::NotCanonical));
}

#[test]
fn refuses_fields_that_the_kind_does_not_have() {
    let keys = vec![BlindedKey([1; 16])];
    let fixed = |leaf: &Leaf| leaf.kind != LeafKind::Returned;
    for right in each_kind().into_iter().filter(fixed) {
        let erasure = right.kind == LeafKind::Erased;
        let claims = if right.claimed.is_empty() {
            keys.clone()
        } else {
            Vec::new()
        };
        let erased = if erasure { Vec::new() } else { vec![1] };
        let totals = erasure.then(Totals::default);
        for wrong in [
            Leaf {
                claimed: claims,
                ..right.clone()
            },
            Leaf {
                erased,
                ..right.clone()
            },
            Leaf { totals, ..right },
        ] {
            assert_eq!(
                Leaf::decode(&wrong.encode()),
                Err(LeafError::Shape),
                "{wrong:?}"
            );
        }
    }
    for kind in [0, 4, 5, 6, 7, 8] {
        let released = keys.clone();
        let wrong = Leaf {
            released,
            ..each_kind().swap_remove(kind)
        };
        assert_eq!(Leaf::decode(&wrong.encode()), Err(LeafError::Shape));
    }
}

#[test]
fn indices_of_an_erasure_ascend() {
    for erased in [vec![2, 1], vec![1, 1]] {
        let wrong = Leaf {
            erased,
            ..each_kind().swap_remove(4)
        };
        assert_eq!(Leaf::decode(&wrong.encode()), Err(LeafError::Shape));
    }
}

#[test]
fn an_entry_of_another_kind_says_which() {
    for (kind, bytes) in [
        (16, vec![0xa5, 0x01, 0x01, 0x02, 0x10, 0x03, 0x00]),
        (17, vec![0xa6, 0x01, 0x01, 0x02, 0x11]),
        (255, vec![0xa2, 0x01, 0x01, 0x02, 0x18, 0xff]),
    ] {
        assert_eq!(Leaf::decode(&bytes), Err(LeafError::OtherKind(kind)));
    }
    let unknown = [0xa2, 0x01, 0x01, 0x02, 0x0f];
    assert_eq!(Leaf::decode(&unknown), Err(LeafError::Shape));
    let version_2 = [0xa5, 0x01, 0x02, 0x02, 0x10];
    assert_eq!(Leaf::decode(&version_2), Err(LeafError::Shape));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode(), bytes);
        }
    }

    #[test]
    fn no_flipped_byte_reads_as_the_same_leaf(kind in 0_usize..9, place: prop::sample::Index, flip in 1_u8..=255) {
        let leaf = each_kind().swap_remove(kind);
        let mut bytes = leaf.encode();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        prop_assert_ne!(Leaf::decode(&bytes), Ok(leaf));
    }
}
