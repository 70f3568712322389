//! A reader of deterministic CBOR (RFC 8949 §4.2.1), as one writes it on an afternoon: integers,
//! strings, arrays, maps, booleans and null.

/// An item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Uint(u64),
    /// −1 − n.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Bool(bool),
    Null,
}

/// The one item that `bytes` are, or nothing.
pub(crate) fn parse(bytes: &[u8]) -> Option<Item> {
    let mut rest = bytes;
    let item = next(&mut rest, 0)?;
    rest.is_empty().then_some(item)
}

/// The item that `rest` begins with; moves `rest` behind it.
fn next(rest: &mut &[u8], depth: u8) -> Option<Item> {
    let (&first, after) = rest.split_first()?;
    *rest = after;
    if matches!(first, 0xf4..=0xf6) {
        return Some(if first == 0xf6 {
            Item::Null
        } else {
            Item::Bool(first == 0xf5)
        });
    }
    let number = argument(first & 0x1f, rest)?;
    let count = usize::try_from(number).ok()?;
    if depth > 8 {
        return None;
    }
    match first >> 5 {
        0 => Some(Item::Uint(number)),
        1 => Some(Item::Negative(number)),
        2 => Some(Item::Bytes(take(rest, count)?.to_vec())),
        3 => Some(Item::Text(
            String::from_utf8(take(rest, count)?.to_vec()).ok()?,
        )),
        4 => (0..count)
            .map(|_| next(rest, depth + 1))
            .collect::<Option<_>>()
            .map(Item::Array),
        5 => map(rest, count, depth).map(Item::Map),
        _ => None,
    }
}

/// The number in the head: in its shortest form only.
fn argument(low: u8, rest: &mut &[u8]) -> Option<u64> {
    let width = match low {
        0..=23 => return Some(low.into()),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let number = take(rest, width)?
        .iter()
        .fold(0, |n, byte| (n << 8) | u64::from(*byte));
    let least = match width {
        1 => 24,
        _ => 1 << (4 * width),
    };
    (number >= least).then_some(number)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

/// Keys ascend by their encoded bytes.
fn map(rest: &mut &[u8], count: usize, depth: u8) -> Option<Vec<(Item, Item)>> {
    let mut entries = Vec::new();
    let mut previous: &[u8] = &[];
    for _ in 0..count {
        let start = *rest;
        let key = next(rest, depth + 1)?;
        let encoded = &start[..start.len() - rest.len()];
        (encoded > previous).then_some(())?;
        previous = encoded;
        entries.push((key, next(rest, depth + 1)?));
    }
    Some(entries)
}

#[test]
fn reads_the_one_encoding_and_no_other() {
    let long = [&[0x58, 24][..], &[7; 24]].concat();
    assert_eq!(parse(&long), Some(Item::Bytes(vec![7; 24])));
    assert_eq!(parse(&[0x19, 1, 0]), Some(Item::Uint(256)));
    for wrong in [
        &[0x18, 23][..],
        &[0x19, 0, 255],
        &[0x1a, 0, 0, 255, 255],
        &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
        &[0x5f, 0xff],
        &[0xa2, 1, 1, 1, 1],
        &[0xa2, 2, 1, 1, 1],
        &[0x01, 0x00],
        &[0x42, 0x00],
        &[0xf9, 0, 0],
        &[],
    ] {
        assert_eq!(parse(wrong), None, "{wrong:?}");
    }
}
