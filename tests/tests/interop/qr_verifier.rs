//! A verifier of the QR written from `docs/FORMATS.md`, as somebody would in another language: with
//! cryptographic primitives, base 32 and a small CBOR reader, and nothing of the `signing` crate.

use data_encoding::BASE32_NOPAD;
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};

use crate::cbor::{self, Item};

/// A prescriber whose certificate was checked.
pub(crate) struct Known {
    /// First 8 bytes of SHA-256 over the `SubjectPublicKeyInfo`.
    pub(crate) kid: Vec<u8>,
    /// Uncompressed point.
    pub(crate) point: Vec<u8>,
    /// None: the certificate represents an institution.
    pub(crate) cedula: Option<String>,
    /// Validity, seconds since 1970.
    pub(crate) valid: std::ops::RangeInclusive<u64>,
}

/// Clave, packages, fills, fraction, antibiotic, days of validity, numbers of the dosage.
pub(crate) type Line = (String, u64, u64, u64, bool, u64, Vec<u64>);

/// What a verified QR says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) folio: String,
    pub(crate) curp: String,
    pub(crate) name: String,
    pub(crate) cedula: String,
    pub(crate) clues: String,
    pub(crate) issued_at: u64,
    pub(crate) written_on: u64,
    pub(crate) lines: Vec<Line>,
    pub(crate) document: Vec<u8>,
    pub(crate) special_folio: Option<String>,
    /// Where the institution signed the QR: SHA-256 of the prescriber's CAdES.
    pub(crate) cades: Option<Vec<u8>>,
    pub(crate) index: u64,
    pub(crate) sealed_at: u64,
    pub(crate) digest: Vec<u8>,
}

/// Last second and last day of the year 9999, since 1970.
const LAST_DAY: u64 = 2_932_896;
/// A prescription is not issued later than it is sealed, give or take the clocks.
const SKEW: u64 = 300;

pub(crate) fn verify(text: &str, prescribers: &[Known], ledger: &[u8]) -> Option<Verified> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let base32 = compact.to_ascii_uppercase();
    let cose = BASE32_NOPAD
        .decode(base32.strip_prefix("RX1")?.as_bytes())
        .ok()?;
    let Item::Array(parts) = cbor::parse(cose.strip_prefix(&[0xd2])?)? else {
        return None;
    };
    let [
        Item::Bytes(protected),
        Item::Map(seal),
        Item::Bytes(payload),
        Item::Bytes(signature),
    ] = parts.as_slice()
    else {
        return None;
    };
    let kid = kid(protected)?;
    let known = prescribers.iter().find(|known| known.kid == kid)?;
    check_es256(known, protected, payload, signature)?;

    let unsealed = unsealed(protected, payload, signature);
    let digest = digest(&SHA256, &unsealed).as_ref().to_vec();
    let (index, sealed_at) = check_seal(seal, &digest, ledger)?;
    let read = read(payload, index, sealed_at, digest)?;
    let signer_fits = match &known.cedula {
        Some(cedula) => read.cades.is_none() && read.cedula == *cedula,
        None => read.cades.is_some(),
    };
    let fits =
        signer_fits && known.valid.contains(&sealed_at) && read.issued_at <= sealed_at + SKEW;
    fits.then_some(read)
}

/// `{1: -7, 4: kid}`, and nothing else.
fn kid(protected: &[u8]) -> Option<Vec<u8>> {
    let Item::Map(header) = cbor::parse(protected)? else {
        return None;
    };
    let [
        (Item::Uint(1), Item::Negative(6)),
        (Item::Uint(4), Item::Bytes(kid)),
    ] = header.as_slice()
    else {
        return None;
    };
    (kid.len() == 8).then(|| kid.clone())
}

/// Head of an item of major type 2 (byte string), shortest form.
fn bytes(out: &mut Vec<u8>, content: &[u8]) {
    let length = content.len();
    match u8::try_from(length) {
        Ok(short @ 0..=23) => out.push(0x40 | short),
        Ok(byte) => out.extend([0x58, byte]),
        Err(_) => {
            out.push(0x59);
            out.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    out.extend(content);
}

fn check_es256(known: &Known, protected: &[u8], payload: &[u8], signature: &[u8]) -> Option<()> {
    // n/2: a high S is refused.
    const HALF: [u8; 32] = [
        0x7f, 0xff, 0xff, 0xff, 0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92,
        0xa8,
    ];
    (signature.len() == 64 && signature[32..] <= HALF[..]).then_some(())?;
    let mut signed = vec![0x84, 0x6a];
    signed.extend(b"Signature1");
    bytes(&mut signed, protected);
    bytes(&mut signed, &[]);
    bytes(&mut signed, payload);
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &known.point);
    key.verify(&signed, signature).ok()
}

fn unsealed(protected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut out = vec![0xd2, 0x84];
    bytes(&mut out, protected);
    out.push(0xa0);
    bytes(&mut out, payload);
    bytes(&mut out, signature);
    out
}

fn check_seal(map: &[(Item, Item)], digest: &[u8], ledger: &[u8]) -> Option<(u64, u64)> {
    let [(Item::Negative(65_536), Item::Array(seal))] = map else {
        return None;
    };
    let [Item::Uint(index), Item::Uint(time), Item::Bytes(signature)] = seal.as_slice() else {
        return None;
    };
    let mut message = b"receta/seal/v1\0".to_vec();
    message.extend(digest);
    message.extend(index.to_be_bytes());
    message.extend(time.to_be_bytes());
    UnparsedPublicKey::new(&ED25519, ledger)
        .verify(&message, signature)
        .ok()?;
    (time / 86_400 <= LAST_DAY).then_some((*index, *time))
}

fn read(payload: &[u8], index: u64, sealed_at: u64, digest: Vec<u8>) -> Option<Verified> {
    let Item::Map(mut fields) = cbor::parse(payload)? else {
        return None;
    };
    let (mut cades, mut special) = (None, None);
    if let Some((Item::Uint(10), Item::Bytes(digest))) = fields.last() {
        (digest.len() == 32).then_some(())?;
        cades = Some(digest.clone());
        fields.pop();
    }
    if fields.len() == 9 {
        special = Some(special_folio(fields.pop()?)?);
    }
    let keys = fields.iter().map(|(key, _)| key.clone());
    keys.eq((1..=8).map(Item::Uint)).then_some(())?;
    let values: Vec<Item> = fields.into_iter().map(|(_, value)| value).collect();
    let [
        Item::Uint(1),
        Item::Bytes(folio),
        Item::Array(patient),
        Item::Array(prescriber),
        Item::Uint(issued_at),
        Item::Uint(written_on),
        Item::Array(lines),
        Item::Bytes(document),
    ] = values.as_slice()
    else {
        return None;
    };
    let [Item::Bytes(curp), Item::Text(name)] = patient.as_slice() else {
        return None;
    };
    let [cedula, Item::Bytes(clues)] = prescriber.as_slice() else {
        return None;
    };
    let name_fits = (1..=120).contains(&name.len()) && !name.chars().any(char::is_control);
    let dates_fit = *written_on <= LAST_DAY && issued_at / 86_400 <= LAST_DAY;
    let counts_fit = (1..=6).contains(&lines.len()) && document.len() == 32;
    (name_fits && dates_fit && counts_fit).then_some(())?;
    Some(Verified {
        folio: read_folio(folio)?,
        curp: number(curp, 12, 36, 18)?,
        name: name.clone(),
        cedula: read_cedula(cedula)?,
        clues: number(clues, 8, 36, 11).filter(|clues| is_clues(clues))?,
        issued_at: *issued_at,
        written_on: *written_on,
        lines: lines
            .iter()
            .map(|line| read_line(line, *written_on))
            .collect::<Option<_>>()?,
        document: document.clone(),
        special_folio: special,
        cades,
        index,
        sealed_at,
        digest,
    })
}

fn special_folio(field: (Item, Item)) -> Option<String> {
    let (Item::Uint(9), Item::Text(text)) = field else {
        return None;
    };
    let allowed = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'-';
    ((6..=30).contains(&text.len()) && text.bytes().all(allowed)).then_some(text)
}

/// The number in `bytes` of this length, in `count` digits of `base`.
fn number(bytes: &[u8], length: usize, base: u128, count: usize) -> Option<String> {
    (bytes.len() == length).then_some(())?;
    let mut number = bytes
        .iter()
        .fold(0_u128, |n, byte| (n << 8) | u128::from(*byte));
    let mut digits = Vec::new();
    for _ in 0..count {
        digits.push(char::from_digit(u32::try_from(number % base).ok()?, 36)?);
        number /= base;
    }
    let text: String = digits.iter().rev().collect();
    (number == 0).then(|| text.to_ascii_uppercase())
}

/// Fifteen characters of five bits, and the check character (Luhn modulo 32).
fn read_folio(bytes: &[u8]) -> Option<String> {
    const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = bytes
        .iter()
        .fold(0_u128, |n, byte| (n << 8) | u128::from(*byte));
    (bytes.len() == 10 && bits >> 75 == 0).then_some(())?;
    let mut values: Vec<usize> = (0..15)
        .rev()
        .map(|place| usize::try_from((bits >> (5 * place)) & 31).unwrap())
        .collect();
    let sum: usize = values
        .iter()
        .rev()
        .enumerate()
        .map(|(place, v)| {
            if place % 2 == 0 {
                (2 * v) / 32 + (2 * v) % 32
            } else {
                *v
            }
        })
        .sum();
    values.push((32 - sum % 32) % 32);
    Some(
        values
            .into_iter()
            .map(|value| char::from(CROCKFORD[value]))
            .collect(),
    )
}

/// A number, or a text where a number would lose a leading zero.
fn read_cedula(item: &Item) -> Option<String> {
    if let Item::Uint(number @ 1_000_000..=99_999_999) = item {
        return Some(number.to_string());
    }
    let Item::Text(text) = item else {
        return None;
    };
    let digits = (7..=8).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
    (digits && text.starts_with('0')).then(|| text.clone())
}

fn is_clues(text: &str) -> bool {
    let (letters, digits) = text.split_at(5);
    letters.bytes().all(|c| c.is_ascii_uppercase()) && digits.bytes().all(|c| c.is_ascii_digit())
}

fn read_line(item: &Item, written_on: u64) -> Option<Line> {
    let Item::Array(parts) = item else {
        return None;
    };
    let [
        Item::Bytes(clave),
        Item::Uint(packages @ 1..=0xffff_ffff),
        Item::Uint(fills @ 1..=255),
        Item::Uint(class @ 2..=13),
        Item::Uint(validity),
        Item::Array(dosage),
    ] = parts.as_slice()
    else {
        return None;
    };
    let digits = number(clave, 5, 10, 12)?;
    let clave = format!(
        "{}.{}.{}.{}",
        &digits[..3],
        &digits[3..6],
        &digits[6..10],
        &digits[10..]
    );
    (written_on.checked_add(*validity)? <= LAST_DAY).then_some(())?;
    let dosage = read_dosage(dosage)?;
    Some((
        clave,
        *packages,
        *fills,
        class / 2,
        class % 2 == 1,
        *validity,
        dosage,
    ))
}

fn read_dosage(items: &[Item]) -> Option<Vec<u64>> {
    let most = [0xffff_ffff, 14, 0xffff, 0xffff, 3, 0xffff, 14];
    let least = [0, 1, 0, 0, 1, 0, 1];
    let (numbers, as_needed) = items.split_at_checked(7)?;
    let mut read = Vec::new();
    for ((item, least), most) in numbers.iter().zip(least).zip(most) {
        let Item::Uint(number) = item else {
            return None;
        };
        (least..=most).contains(number).then_some(())?;
        read.push(*number);
    }
    match as_needed {
        [] => read.push(0),
        [Item::Bool(true)] => read.push(1),
        _ => return None,
    }
    Some(read)
}
