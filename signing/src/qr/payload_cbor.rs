//! The CBOR of a [`Payload`], key by key. `docs/FORMATS.md` describes it for other verifiers.
//!
//! Deterministic CBOR (RFC 8949 §4.2.1); in CDDL (RFC 8610):
//!
//! ```text
//! payload = {
//!   1: 1,                          ; version
//!   2: bstr .size 10,              ; folio
//!   3: [curp: bstr .size 12,
//!       name: tstr],               ; 1 to 120 bytes, no control characters (Unicode Cc)
//!   4: [cedula: 1000000..99999999 / tstr .regexp "0[0-9]{6,7}",
//!       clues: bstr .size 8],
//!   5: uint,                       ; instant of issue, seconds since 1970-01-01T00:00:00Z
//!   6: uint,                       ; date written, days since 1970-01-01
//!   7: [1*6 line],
//!   8: bstr .size 32,              ; SHA-256 of the signed document
//!   ? 9: tstr .regexp "[A-Z0-9-]{6,30}",  ; special folio
//!   ? 10: bstr .size 32,           ; the institution signed the QR: SHA-256 of the CAdES signature
//! }
//! line = [
//!   clave: bstr .size 5,
//!   packages: 1..4294967295,       ; of one fill
//!   fills: 1..255,                 ; the first included
//!   class: 2..13,                  ; twice the fraction, 1 to 6, plus 1 for an antibiotic
//!   validity: uint,                ; days from the date written to the last day to fill it
//!   dosage,
//! ]
//! dosage = [                       ; `dose` `unit`, `times` every `every` `period`s, for `days`
//!   dose: 0..4294967295,           ; thousandths of the unit
//!   unit: 1..14,                   ; numbers of `prescription::DoseUnit`
//!   times: 0..65535,
//!   every: 0..65535,
//!   period: 1..3,                  ; numbers of `prescription::Period`
//!   days: 0..65535,
//!   route: 1..14,                  ; numbers of `prescription::Route`
//!   ? as-needed: true,             ; absent otherwise, never false
//! ]
//! ```
//!
//! No date is after 9999-12-31. What is packed is one number, big-endian, with leading zeros:
//!
//! | Field | Number |
//! |---|---|
//! | folio | its 15 data characters, 5 bits each in Crockford's base 32: 75 bits, the top 5 of 80 zero. The reader computes the 16th, the check character |
//! | CURP | its 18 characters in base 36 (`0` to `9`, then `A` to `Z`) |
//! | CLUES | its 11 characters in base 36 |
//! | clave | its 12 digits: `040.000.2612.00` is 40 000 261 200 |
//!
//! A cédula is the integer of its 7 or 8 digits; one that starts with 0 is text, and no other is.
//! A reader encodes what it decoded and compares: a payload has one encoding.

use std::convert::Infallible;

use jiff::Timestamp;
use jiff::civil::Date;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use prescription::{
    Cedula, Dosage, DoseUnit, Folio, Fraction, Packages, Period, Route, SpecialFolio,
};

use super::packed::{self, CLAVE_BYTES, CLUES_BYTES, CURP_BYTES};
use super::payload::{
    EPOCH, MAX_LINES, Payload, PayloadError, PayloadLine, QrSigner, VERSION, date_after, days_after,
};
use crate::cose::deterministic;

type EncodeError = minicbor::encode::Error<Infallible>;
type Writer<'a> = Encoder<&'a mut Vec<u8>>;

/// The values that can fail to convert, converted before the first byte is written.
struct Converted {
    curp: [u8; CURP_BYTES],
    clues: [u8; CLUES_BYTES],
    issued_at: u64,
    written_on: u32,
    /// Clave and days of validity of each line.
    lines: Vec<([u8; CLAVE_BYTES], u32)>,
}

impl Converted {
    fn of(payload: &Payload) -> Result<Self, PayloadError> {
        let line = |line: &PayloadLine| {
            let clave = packed::pack_clave(&line.clave).ok_or(PayloadError::Clave)?;
            let validity =
                days_after(payload.written_on, line.valid_until).ok_or(PayloadError::ValidUntil)?;
            Ok((clave, validity))
        };
        Ok(Self {
            curp: packed::pack_curp(&payload.curp).ok_or(PayloadError::Curp)?,
            clues: packed::pack_clues(&payload.clues).ok_or(PayloadError::Clues)?,
            issued_at: u64::try_from(payload.issued_at.as_second())
                .map_err(|_| PayloadError::IssuedAt)?,
            written_on: days_after(EPOCH, payload.written_on).ok_or(PayloadError::WrittenOn)?,
            lines: payload
                .lines
                .iter()
                .map(line)
                .collect::<Result<_, PayloadError>>()?,
        })
    }
}

/// Encodes a payload whose bounds were checked.
pub(super) fn encode(payload: &Payload) -> Result<Vec<u8>, PayloadError> {
    let converted = Converted::of(payload)?;
    let mut out = Vec::with_capacity(384);
    let written = encode_map(&mut Encoder::new(&mut out), payload, &converted);
    debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
    Ok(out)
}

fn encode_map(e: &mut Writer<'_>, p: &Payload, converted: &Converted) -> Result<(), EncodeError> {
    let by_institution = matches!(p.signer, QrSigner::Institution { .. });
    e.map(8 + u64::from(p.special_folio.is_some()) + u64::from(by_institution))?;
    e.u8(1)?.u8(VERSION)?;
    e.u8(2)?.bytes(&p.folio.to_bits())?;
    e.u8(3)?.array(2)?.bytes(&converted.curp)?.str(&p.name)?;
    e.u8(4)?.array(2)?;
    encode_cedula(e, &p.cedula)?;
    e.bytes(&converted.clues)?;
    e.u8(5)?.u64(converted.issued_at)?;
    e.u8(6)?.u32(converted.written_on)?;
    e.u8(7)?.array(p.lines.len() as u64)?;
    for (line, (clave, validity)) in p.lines.iter().zip(&converted.lines) {
        e.array(6)?.bytes(clave)?.u32(line.packages.count())?;
        e.u8(line.fills)?
            .u8(line.fraction.number() * 2 + u8::from(line.antibiotic))?
            .u32(*validity)?;
        encode_dosage(e, &line.dosage)?;
    }
    e.u8(8)?.bytes(&p.document_digest)?;
    if let Some(special) = &p.special_folio {
        e.u8(9)?.str(special.as_str())?;
    }
    if let QrSigner::Institution { cades } = &p.signer {
        e.u8(10)?.bytes(cades)?;
    }
    Ok(())
}

/// A number would lose a leading zero, and with it the count of digits.
fn encode_cedula(e: &mut Writer<'_>, cedula: &Cedula) -> Result<(), EncodeError> {
    let text = cedula.as_str();
    match text.parse() {
        Ok(number) if !text.starts_with('0') => e.u32(number)?,
        _ => e.str(text)?,
    };
    Ok(())
}

fn encode_dosage(e: &mut Writer<'_>, dosage: &Dosage) -> Result<(), EncodeError> {
    e.array(7 + u64::from(dosage.as_needed))?
        .u32(dosage.dose_milli)?
        .u8(dosage.unit.number())?;
    e.u16(dosage.times)?
        .u16(dosage.every)?
        .u8(dosage.period.number())?;
    e.u16(dosage.days)?.u8(dosage.route.number())?;
    if dosage.as_needed {
        e.bool(true)?;
    }
    Ok(())
}

/// Decodes the fields; the caller checks bounds and canonical form.
pub(super) fn decode(bytes: &[u8]) -> Result<Payload, PayloadError> {
    deterministic::check(bytes)?;
    let d = &mut Decoder::new(bytes);
    let entries = d.map().map_err(shape)?;
    key(d, 1)?;
    if d.u8().map_err(|_| PayloadError::Version)? != VERSION {
        return Err(PayloadError::Version);
    }
    let optional = match entries {
        Some(entries @ 8..=10) => entries - 8,
        Some(_) | None => return Err(PayloadError::Shape),
    };
    key(d, 2)?;
    let folio = Folio::from_bits(byte_string(d)?).ok_or(PayloadError::Folio)?;
    key(d, 3)?;
    array(d, 2)?;
    let curp = packed::unpack_curp(byte_string(d)?).ok_or(PayloadError::Curp)?;
    let name = text(d)?.to_owned();
    key(d, 4)?;
    array(d, 2)?;
    let cedula = decode_cedula(d)?;
    let clues = packed::unpack_clues(byte_string(d)?).ok_or(PayloadError::Clues)?;
    key(d, 5)?;
    let seconds = d.i64().map_err(|_| PayloadError::IssuedAt)?;
    let issued_at = Timestamp::from_second(seconds).map_err(|_| PayloadError::IssuedAt)?;
    key(d, 6)?;
    let written_on = d
        .u32()
        .ok()
        .and_then(|days| date_after(EPOCH, days))
        .ok_or(PayloadError::WrittenOn)?;
    key(d, 7)?;
    let lines = decode_lines(d, written_on)?;
    key(d, 8)?;
    let document_digest = byte_string(d)?;
    let (special_folio, signer) = decode_optional(d, optional)?;
    Ok(Payload {
        folio,
        curp,
        name,
        cedula,
        clues,
        issued_at,
        written_on,
        lines,
        document_digest,
        special_folio,
        signer,
    })
}

/// The fields after the eighth, `count` of them. That none comes twice was checked before.
fn decode_optional(
    d: &mut Decoder<'_>,
    count: u64,
) -> Result<(Option<SpecialFolio>, QrSigner), PayloadError> {
    let (mut special_folio, mut signer) = (None, QrSigner::Prescriber);
    for _ in 0..count {
        match d.u8().map_err(shape)? {
            9 => special_folio = Some(text(d)?.parse().map_err(|_| PayloadError::SpecialFolio)?),
            10 => {
                signer = QrSigner::Institution {
                    cades: byte_string(d)?,
                };
            }
            _ => return Err(PayloadError::Shape),
        }
    }
    Ok((special_folio, signer))
}

/// The other form of a cédula than its own is found when the payload is encoded again.
fn decode_cedula(d: &mut Decoder<'_>) -> Result<Cedula, PayloadError> {
    let read = if d.datatype().map_err(shape)? == Type::String {
        text(d)?.parse()
    } else {
        let number = d.u32().map_err(|_| PayloadError::Cedula)?;
        number.to_string().parse()
    };
    read.map_err(|_| PayloadError::Cedula)
}

fn decode_lines(d: &mut Decoder<'_>, written_on: Date) -> Result<Vec<PayloadLine>, PayloadError> {
    let count = d.array().map_err(shape)?.unwrap_or_default();
    if !(1..=MAX_LINES as u64).contains(&count) {
        return Err(PayloadError::LineCount);
    }
    (0..count).map(|_| decode_line(d, written_on)).collect()
}

fn decode_line(d: &mut Decoder<'_>, written_on: Date) -> Result<PayloadLine, PayloadError> {
    array(d, 6)?;
    let clave = packed::unpack_clave(byte_string(d)?).ok_or(PayloadError::Clave)?;
    let packages = Packages::new(d.u32().map_err(|_| PayloadError::Packages)?);
    let fills = d.u8().map_err(|_| PayloadError::Fills)?;
    let class = d.u8().map_err(|_| PayloadError::Fraction)?;
    Ok(PayloadLine {
        clave,
        packages,
        fills,
        fraction: Fraction::from_number(class / 2).ok_or(PayloadError::Fraction)?,
        antibiotic: class % 2 == 1,
        valid_until: d
            .u32()
            .ok()
            .and_then(|days| date_after(written_on, days))
            .ok_or(PayloadError::ValidUntil)?,
        dosage: decode_dosage(d).ok_or(PayloadError::Dosage)?,
    })
}

fn decode_dosage(d: &mut Decoder<'_>) -> Option<Dosage> {
    let length = d.array().ok()?;
    if !matches!(length, Some(7 | 8)) {
        return None;
    }
    Some(Dosage {
        dose_milli: d.u32().ok()?,
        unit: DoseUnit::from_number(d.u8().ok()?)?,
        times: d.u16().ok()?,
        every: d.u16().ok()?,
        period: Period::from_number(d.u8().ok()?)?,
        days: d.u16().ok()?,
        route: Route::from_number(d.u8().ok()?)?,
        as_needed: length == Some(8) && d.bool().ok()?,
    })
}

fn key(d: &mut Decoder<'_>, expected: u8) -> Result<(), PayloadError> {
    if d.u8().map_err(shape)? == expected {
        Ok(())
    } else {
        Err(PayloadError::Shape)
    }
}

fn array(d: &mut Decoder<'_>, length: u64) -> Result<(), PayloadError> {
    if d.array().map_err(shape)? == Some(length) {
        Ok(())
    } else {
        Err(PayloadError::Shape)
    }
}

fn text<'a>(d: &mut Decoder<'a>) -> Result<&'a str, PayloadError> {
    d.str().map_err(shape)
}

fn byte_string<const N: usize>(d: &mut Decoder<'_>) -> Result<[u8; N], PayloadError> {
    let bytes = d.bytes().map_err(shape)?;
    bytes.try_into().map_err(|_| PayloadError::Shape)
}

fn shape(_: minicbor::decode::Error) -> PayloadError {
    PayloadError::Shape
}
