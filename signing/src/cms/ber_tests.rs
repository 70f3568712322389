//! Foreign BER becomes the DER that was signed, and nothing else does.

use der::Any;
use der::asn1::OctetString;
use proptest::prelude::*;

use super::CmsError;
use super::ber::{BerError, MAX_BYTES, MAX_DEPTH, import, to_der};
use super::build::sha256;
use super::cades::verify;
use super::openssl_tests::{efirma, openssl, signing_time_of};
use super::signed_data;
use super::test_signer::{CONTENT, check, edit, edit_signer, refusal, sign_with, signed};
use crate::ecdsa;
use crate::trust::Trust;
use crate::trust::test_pki::{LEAF_SEED, Pki};

/// A definite length in one, two or three octets, or the indefinite one.
#[derive(Debug, Clone, Copy)]
enum Style {
    Shortest,
    Padded,
    Indefinite,
}

fn wrap(tag: u8, value: &[u8], style: Style) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap().to_be_bytes();
    match style {
        Style::Shortest if value.len() < 128 => [&[tag, length[3]], value].concat(),
        Style::Shortest if value.len() < 256 => [&[tag, 0x81, length[3]], value].concat(),
        Style::Shortest => [&[tag, 0x82, length[2], length[3]], value].concat(),
        Style::Padded => [&[tag, 0x84], &length[..], value].concat(),
        Style::Indefinite => [&[tag, 0x80], value, &[0, 0]].concat(),
    }
}

/// Header's length and the value's, of DER.
fn split(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (start, length) = match der[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(der[2])),
        _ => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
    };
    (der[0], &der[start..start + length], &der[start + length..])
}

fn elements(mut value: &[u8]) -> Vec<&[u8]> {
    let mut found = vec![];
    while !value.is_empty() {
        let rest = split(value).2;
        found.push(&value[..value.len() - rest.len()]);
        value = rest;
    }
    found
}

/// The same signature in BER, by `choices`: lengths of every kind, strings in pieces, sets in
/// another order. `path` holds the positions down to this element; certificates stay.
fn to_ber(der: &[u8], path: &mut Vec<usize>, choices: &mut impl Iterator<Item = u8>) -> Vec<u8> {
    let mut choose = || choices.next().unwrap_or_default();
    let (tag, value, _) = split(der);
    let style = [Style::Shortest, Style::Padded, Style::Indefinite][usize::from(choose() % 3)];
    if matches!(tag, 0x04 | 0x0c) && choose() % 2 == 0 {
        let cut = usize::from(choose()) % (value.len() + 1);
        let pieces = [&value[..cut], &value[cut..]].map(|piece| wrap(4, piece, Style::Padded));
        let nested = wrap(0x24, &pieces[1], Style::Indefinite);
        return wrap(tag | 0x20, &[pieces[0].clone(), nested].concat(), style);
    }
    if tag & 0x20 == 0 {
        let definite = if choose() % 2 == 0 {
            Style::Padded
        } else {
            Style::Shortest
        };
        return wrap(tag, value, definite);
    }
    // ContentInfo, [0], SignedData, certificates.
    let are_certificates = path[..] == [1, 0, 3];
    let is_set = tag == 0x31 || are_certificates || (path.len() == 5 && tag == 0xa0);
    let mut children = vec![];
    for (position, child) in elements(value).into_iter().enumerate() {
        if are_certificates {
            children.push(child.to_vec());
            continue;
        }
        path.push(position);
        children.push(to_ber(child, path, choices));
        path.pop();
    }
    if is_set {
        children.reverse();
    }
    wrap(tag, &children.concat(), style)
}

fn ber(der: &[u8], choices: &[u8]) -> Vec<u8> {
    to_ber(der, &mut vec![], &mut choices.iter().copied().cycle())
}

#[test]
fn der_comes_out_as_it_was() {
    let p7s = signed(&Pki::new());
    assert_eq!(to_der(&p7s).as_ref(), Ok(&p7s));
    assert_eq!(import(CONTENT, &p7s), Ok(p7s));
}

#[test]
fn ber_is_refused_until_it_is_imported() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let foreign = ber(&p7s, &[2, 1, 0, 7]);
    assert_ne!(foreign, p7s);
    assert_eq!(refusal(&pki, &foreign), CmsError::NotDer);
    let imported = import(CONTENT, &foreign).unwrap();
    assert_eq!(imported, p7s);
    assert!(check(&pki, &imported).is_ok());
}

/// RFC 5652 §5.4: what is signed is the DER of the attributes. A signer that signed them in the
/// order it sent them signed something else.
#[test]
fn attributes_in_another_order_verify_only_if_their_der_was_signed() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let set = signed_data::parse(&p7s)
        .unwrap()
        .signer
        .signed_attributes
        .to_vec();
    let reversed: Vec<u8> = elements(&set)
        .into_iter()
        .rev()
        .flatten()
        .copied()
        .collect();
    let at = p7s
        .windows(set.len())
        .position(|window| window == set)
        .unwrap();
    let swap = |p7s: &[u8]| [&p7s[..at], &reversed, &p7s[at + set.len()..]].concat();
    assert_eq!(import(CONTENT, &swap(&p7s)), Ok(p7s.clone()));

    let signature = sign_with(LEAF_SEED, sha256(&wrap(0x31, &reversed, Style::Shortest)));
    let over_its_order = edit_signer(&p7s, |signer| {
        signer.signature = OctetString::new(ecdsa::to_der(&signature).unwrap()).unwrap();
    });
    let imported = import(CONTENT, &swap(&over_its_order)).unwrap();
    assert_eq!(refusal(&pki, &imported), CmsError::BadSignature);
}

#[test]
fn attached_content_is_left_out_if_it_is_the_document() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let attached = edit(&p7s, |signed_data| {
        let content = OctetString::new(CONTENT).unwrap();
        signed_data.encap_content_info.econtent = Some(Any::encode_from(&content).unwrap());
    });
    assert_eq!(refusal(&pki, &attached), CmsError::EncapsulatedContent);
    let foreign = ber(&attached, &[2, 2, 0, 9, 1]);
    assert_eq!(import(CONTENT, &foreign).as_ref(), Ok(&p7s));
    assert_eq!(to_der(&foreign), Ok(attached));
    let other = import(b"otro documento", &foreign);
    assert_eq!(other, Err(BerError::ContentMismatch));
}

/// A CA's encoding may not be DER in every corner; what was signed is what was sent.
#[test]
fn certificates_keep_their_octets() {
    let p7s = signed(&Pki::new());
    let odd = [0x30, 6, 0x01, 1, 1, 0x31, 1, 0];
    let with = |certificate: &[u8]| {
        let (_, info, _) = split(&p7s);
        let [oid, content] = elements(info)[..] else {
            panic!()
        };
        let mut fields: Vec<_> = elements(split(split(content).1).1)
            .into_iter()
            .map(<[u8]>::to_vec)
            .collect();
        fields[3] = wrap(0xa0, certificate, Style::Shortest);
        let content = wrap(0x30, &fields.concat(), Style::Shortest);
        let content = wrap(0xa0, &content, Style::Shortest);
        wrap(0x30, &[oid, &content].concat(), Style::Indefinite)
    };
    let kept = to_der(&with(&odd)).unwrap();
    assert!(kept.windows(odd.len()).any(|window| window == odd));
    for rewritten in [
        wrap(0x30, &odd[2..], Style::Indefinite),
        wrap(0x30, &odd[2..], Style::Padded),
    ] {
        let refused = to_der(&with(&rewritten));
        assert_eq!(refused, Err(BerError::CertificateNotDer));
    }
}

#[test]
fn values_become_der() {
    for (foreign, der) in [
        (&[0x01, 1, 0x01][..], &[0x01, 1, 0xff][..]),
        (&[0x01, 0x81, 1, 0], &[0x01, 1, 0]),
        (&[0x24, 0x80, 4, 1, 7, 4, 0, 4, 1, 8, 0, 0], &[4, 2, 7, 8]),
        (&[0x2c, 4, 4, 2, 0xc3, 0xb1], &[0x0c, 2, 0xc3, 0xb1]),
        (&[0x03, 2, 4, 0xff], &[0x03, 2, 4, 0xf0]),
        (
            &[0x23, 0x80, 3, 2, 0, 1, 3, 2, 7, 0xff, 0, 0],
            &[3, 3, 7, 1, 0x80],
        ),
        (&[0x23, 0], &[3, 1, 0]),
        (&[0x31, 6, 2, 1, 9, 2, 1, 3], &[0x31, 6, 2, 1, 3, 2, 1, 9]),
        (&[0xa5, 0x80, 0xa6, 0x80, 0, 0, 0, 0], &[0xa5, 2, 0xa6, 0]),
    ] {
        assert_eq!(to_der(foreign).as_deref(), Ok(der), "{foreign:02x?}");
    }
    let long = wrap(0x30, &wrap(4, &[1; 300], Style::Padded), Style::Padded);
    let der = wrap(0x30, &wrap(4, &[1; 300], Style::Shortest), Style::Shortest);
    assert_eq!(to_der(&long), Ok(der));
}

#[test]
fn each_reason_has_its_name() {
    use BerError as E;
    for (foreign, reason) in [
        (&[][..], E::Truncated),
        (&[0x30], E::Truncated),
        (&[0x30, 2, 5], E::Truncated),
        (&[0x30, 0x80, 5, 0], E::Truncated),
        (&[0x30, 0x82, 1], E::Truncated),
        (&[0x30, 0, 0], E::TrailingBytes),
        (&[0x30, 0x80, 0, 0, 0, 0], E::TrailingBytes),
        (&[0x3f, 0x21, 0], E::UnknownTag),
        (&[0x30, 2, 0x1f, 0], E::UnknownTag),
        (&[0x30, 0xff], E::ImpossibleLength),
        (&[0x30, 0x85, 0, 0, 0, 0, 0], E::ImpossibleLength),
        (&[0x04, 0x80, 0, 0], E::IndefinitePrimitive),
        (&[0x24, 4, 0x04, 0x80, 0, 0], E::IndefinitePrimitive),
        (&[0x30, 2, 0, 0], E::StrayEndOfContents),
        (&[0, 0], E::StrayEndOfContents),
        (&[0x10, 0], E::WrongForm),
        (&[0x11, 0], E::WrongForm),
        (&[0x22, 3, 2, 1, 1], E::WrongForm),
        (&[0x24, 3, 0x02, 1, 1], E::ForeignSegment),
        (&[0x2c, 3, 0x0c, 1, b'a'], E::ForeignSegment),
        (&[0x23, 3, 0x04, 1, 0], E::ForeignSegment),
        (&[0x03, 0], E::UnusedBits),
        (&[0x03, 2, 8, 0], E::UnusedBits),
        (&[0x03, 1, 1], E::UnusedBits),
        (&[0x23, 8, 3, 2, 1, 2, 3, 2, 0, 2], E::UnusedBits),
    ] {
        assert_eq!(to_der(foreign), Err(reason), "{foreign:02x?}");
    }
    assert_eq!(to_der(&vec![0x30; MAX_BYTES + 1]), Err(E::TooLarge));
}

/// Two octets a level: a file of half a megabyte would be a quarter of a million levels deep.
#[test]
fn nesting_bombs_are_too_deep() {
    let nested = |levels: usize| [[0x30, 0x80].repeat(levels), [0, 0].repeat(levels)].concat();
    assert!(to_der(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(to_der(&nested(MAX_DEPTH + 1)), Err(BerError::TooDeep));
    assert_eq!(
        to_der(&[0x30, 0x80].repeat(MAX_BYTES / 2)),
        Err(BerError::TooDeep)
    );
    assert_eq!(
        to_der(&[0x24, 0x80].repeat(MAX_BYTES / 2)),
        Err(BerError::TooDeep)
    );
}

/// `openssl cms -stream` writes indefinite lengths and the content in pieces. OpenSSL's own
/// rewriting of its file is the oracle, and its signature verifies after import.
#[test]
fn openssl_ber_becomes_openssl_der_and_verifies() {
    let Some((folder, store)) = efirma() else {
        return;
    };
    let path = folder.path();
    // Above one piece of OpenSSL's streaming.
    let document = b"receta ".repeat(5000);
    std::fs::write(path.join("content"), &document).unwrap();
    for detached in ["", " -nodetach"] {
        let sign = format!(
            "cms -sign -cades -binary -stream -outform DER -md sha256 -in content -signer \
             leaf.pem -inkey key.pem -out x.ber{detached}"
        );
        let said = openssl(path, &sign).unwrap();
        assert!(
            said.status.success(),
            "{}",
            String::from_utf8_lossy(&said.stderr)
        );
        let rewrite = "cms -cmsout -binary -inform DER -outform DER -in x.ber -out x.der";
        assert!(openssl(path, rewrite).unwrap().status.success());
        let read = |name| std::fs::read(path.join(name)).unwrap();
        let foreign = read("x.ber");
        assert_eq!(foreign[..2], [0x30, 0x80], "not an indefinite length");
        assert_eq!(to_der(&foreign).as_ref(), Ok(&read("x.der")));

        let imported = import(&document, &foreign).unwrap();
        let at = signing_time_of(&imported);
        let trust = Trust::Store(&store);
        assert!(verify(&document, &foreign, &trust, at).is_err());
        assert!(verify(&document, &imported, &trust, at).is_ok());
    }
}

proptest! {
    #[test]
    fn every_ber_form_of_a_signature_is_its_der(
        choices in proptest::collection::vec(any::<u8>(), 1..64),
    ) {
        let p7s = signed(&Pki::new());
        let foreign = ber(&p7s, &choices);
        prop_assert_eq!(to_der(&foreign), Ok(p7s.clone()));
        prop_assert_eq!(import(CONTENT, &foreign), Ok(p7s));
    }

    #[test]
    fn what_comes_out_comes_out_again(
        choices in proptest::collection::vec(any::<u8>(), 1..16),
        at in 0_usize..1200,
        change in proptest::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut foreign = ber(&signed(&Pki::new()), &choices);
        for (byte, new) in foreign.iter_mut().skip(at).zip(change) {
            *byte = new;
        }
        if let Ok(der) = to_der(&foreign) {
            prop_assert!(der.len() <= foreign.len());
            prop_assert_eq!(to_der(&der), Ok(der));
        }
    }
}
