//! Properties of the payload's encoding: everything reads back, and only from its own bytes.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{Clave, Dosage, DoseUnit, Folio, Fraction, Packages, Period, Route};
use proptest::prelude::*;
use proptest::{collection, option, sample};

use super::fixture;
use super::payload::{EPOCH, Payload, PayloadLine, QrSigner, date_after};

prop_compose! {
    fn any_dosage()(
        dose_milli: u32,
        unit in sample::select(DoseUnit::ALL),
        times: u16,
        every: u16,
        period in sample::select(Period::ALL),
        days: u16,
        route in sample::select(Route::ALL),
        as_needed: bool,
    ) -> Dosage {
        Dosage { dose_milli, unit, times, every, period, days, route, as_needed }
    }
}

prop_compose! {
    fn any_line(written_on: Date)(
        clave in "[0-9]{3}\\.[0-9]{3}\\.[0-9]{4}\\.[0-9]{2}",
        packages in 1_u32..,
        fills in 1_u8..,
        fraction in sample::select(&Fraction::ALL[..]),
        antibiotic: bool,
        validity in 0_u32..900_000,
        dosage in any_dosage(),
    ) -> PayloadLine {
        PayloadLine {
            clave: clave.parse::<Clave>().unwrap(),
            packages: Packages::new(packages),
            fills,
            fraction,
            antibiotic,
            valid_until: date_after(written_on, validity).unwrap(),
            dosage,
        }
    }
}

prop_compose! {
    fn any_payload()(days in 0_u32..2_000_000)(
        written_on in Just(date_after(EPOCH, days).unwrap()),
        lines in collection::vec(any_line(date_after(EPOCH, days).unwrap()), 1..=6),
        folio in any::<[u8; 10]>(),
        curp in "[A-Z0-9]{18}",
        name in "[A-ZÑÁÉÍÓÚÜ. ]{1,60}",
        cedula in "[0-9]{7,8}",
        clues in "[A-Z]{5}[0-9]{6}",
        seconds in 0_i64..200_000_000_000,
        document_digest in any::<[u8; 32]>(),
        special_folio in option::of("[A-Z0-9-]{6,30}"),
        cades in option::of(any::<[u8; 32]>()),
    ) -> Payload {
        Payload {
            folio: Folio::from_random(folio),
            curp,
            name,
            cedula: cedula.parse().unwrap(),
            clues: clues.parse().unwrap(),
            issued_at: Timestamp::from_second(seconds).unwrap(),
            written_on,
            lines,
            document_digest,
            special_folio: special_folio.map(|folio| folio.parse().unwrap()),
            signer: cades.map_or(QrSigner::Prescriber, |cades| QrSigner::Institution { cades }),
        }
    }
}

proptest! {
    #[test]
    fn every_payload_reads_back(payload in any_payload()) {
        let bytes = payload.to_cbor().unwrap();
        prop_assert_eq!(Payload::from_cbor(&bytes), Ok(payload));
    }

    #[test]
    fn no_changed_byte_reads_as_the_same_payload(place: sample::Index, flip in 1_u8..=255) {
        let mut bytes = fixture::payload().to_cbor().unwrap();
        *place.get_mut(&mut bytes) ^= flip;
        prop_assert_ne!(Payload::from_cbor(&bytes), Ok(fixture::payload()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(noise: Vec<u8>, place: sample::Index, cut in 0_usize..20) {
        let mut spliced = fixture::payload().to_cbor().unwrap();
        let start = place.index(spliced.len());
        let end = (start + cut).min(spliced.len());
        spliced.splice(start..end, noise.clone());
        for bytes in [noise, spliced] {
            if let Ok(payload) = Payload::from_cbor(&bytes) {
                prop_assert_eq!(payload.to_cbor(), Ok(bytes));
            }
        }
    }
}
