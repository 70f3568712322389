//! Every check of §7.1 and §7.2, each with an answer that fails it and it alone.

use minicbor::Encoder;
use proptest::prelude::*;
use serde_json::{Value, json};
use software_authenticator::{Created, SoftwarePasskey, VERIFIED, attestation};

use super::*;

const CHALLENGE: [u8; 32] = [7; 32];
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

fn party() -> RelyingParty {
    RelyingParty {
        id: "receta.example".to_owned(),
        origins: vec![
            "https://receta.example".to_owned(),
            "https://expediente.receta.example".to_owned(),
        ],
    }
}

fn software() -> SoftwarePasskey {
    SoftwarePasskey::generate("receta.example", "https://receta.example").unwrap()
}

fn register_it(created: &Created) -> Result<Passkey, WebauthnError> {
    let given = Registration {
        client_data: &created.client_data,
        attestation: &created.attestation,
    };
    register(given, &CHALLENGE, &party())
}

fn registered(software: &SoftwarePasskey) -> Passkey {
    register_it(&software.create(&CHALLENGE)).unwrap()
}

/// An assertion with altered client data and authenticator data, rightly signed.
fn answer(
    software: &SoftwarePasskey,
    passkey: &Passkey,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
) -> Result<u32, WebauthnError> {
    let answer = software.sign(client_data, authenticator_data).unwrap();
    let given = Assertion {
        client_data: &answer.client_data,
        authenticator_data: &answer.authenticator_data,
        signature: &answer.signature,
    };
    verify(given, passkey, &CHALLENGE, &party())
}

#[test]
fn a_passkey_registers_and_answers() {
    let software = software();
    let passkey = registered(&software);
    assert_eq!(passkey.id, software.credential_id());
    let client_data = software.client_data("webauthn.get", &CHALLENGE);
    let data = software.authenticator_data(VERIFIED, 0);
    assert_eq!(answer(&software, &passkey, client_data, data), Ok(0));
}

#[test]
fn the_client_data_must_say_what_was_asked() {
    let software = software();
    let passkey = registered(&software);
    let good = software.client_data("webauthn.get", &CHALLENGE);
    let with = |member: &str, value: Value| {
        let mut data: Value = serde_json::from_slice(&good).unwrap();
        data[member] = value;
        data.to_string().into_bytes()
    };
    let twice = String::from_utf8(good.clone()).unwrap();
    let twice = twice.replacen('{', r#"{"origin":"https://receta.example","#, 1);
    let cases: Vec<(Vec<u8>, WebauthnError)> = vec![
        (b"{}".to_vec(), WebauthnError::ClientData),
        (b"[".to_vec(), WebauthnError::ClientData),
        (twice.into_bytes(), WebauthnError::ClientData),
        (
            with("padding", json!(" ".repeat(9000))),
            WebauthnError::ClientData,
        ),
        (with("type", json!("webauthn.create")), WebauthnError::Type),
        (with("type", json!("payment.get")), WebauthnError::Type),
        (with("challenge", json!("AAAA")), WebauthnError::Challenge),
        (
            with("origin", json!("https://receta.example.evil")),
            WebauthnError::Origin,
        ),
        (
            with("origin", json!("http://receta.example")),
            WebauthnError::Origin,
        ),
        (
            with("origin", json!("https://receta.example:8443")),
            WebauthnError::Origin,
        ),
        (with("crossOrigin", json!(true)), WebauthnError::CrossOrigin),
        (
            with("topOrigin", json!("https://evil.example")),
            WebauthnError::CrossOrigin,
        ),
    ];
    for (client_data, expected) in cases {
        let data = software.authenticator_data(VERIFIED, 0);
        let text = String::from_utf8_lossy(&client_data).into_owned();
        let found = answer(&software, &passkey, client_data, data);
        assert_eq!(found, Err(expected), "{text}");
    }
    // Another of our origins, and members that are new to us, are welcome.
    for welcome in [
        with("origin", json!("https://expediente.receta.example")),
        with("other_keys_can_be_added_here", json!("do not compare")),
    ] {
        let data = software.authenticator_data(VERIFIED, 0);
        assert_eq!(answer(&software, &passkey, welcome, data), Ok(0));
    }
}

#[test]
fn the_authenticator_must_have_verified_its_user_for_us() {
    let software = software();
    let passkey = registered(&software);
    let elsewhere = SoftwarePasskey::open(software.pkcs8(), "evil.example", "x").unwrap();
    let data = |flags| software.authenticator_data(flags, 0);
    let mut long = data(VERIFIED);
    long.push(0);
    let mut attested = data(VERIFIED | ATTESTED);
    attested.extend_from_slice(&[0; 16]);
    attested.extend_from_slice(&[0, 1, 9]);
    attested.extend_from_slice(&software.cose_key());
    let cases = [
        (
            elsewhere.authenticator_data(VERIFIED, 0),
            WebauthnError::RelyingParty,
        ),
        (data(0x04), WebauthnError::NotPresent),
        (data(0x01), WebauthnError::NotVerified),
        (
            data(VERIFIED)[..36].to_vec(),
            WebauthnError::AuthenticatorData,
        ),
        (long, WebauthnError::AuthenticatorData),
        (data(VERIFIED | ATTESTED), WebauthnError::AuthenticatorData),
        (
            data(VERIFIED | EXTENSIONS),
            WebauthnError::AuthenticatorData,
        ),
        (attested, WebauthnError::AuthenticatorData),
    ];
    for (data, expected) in cases {
        let client_data = software.client_data("webauthn.get", &CHALLENGE);
        let found = answer(&software, &passkey, client_data, data.clone());
        assert_eq!(found, Err(expected), "{data:02x?}");
    }
}

#[test]
fn extensions_are_read_over_and_do_not_nest_without_end() {
    let software = software();
    let passkey = registered(&software);
    let with = |cbor: &[u8]| {
        let mut data = software.authenticator_data(VERIFIED | EXTENSIONS, 0);
        data.extend_from_slice(cbor);
        let client_data = software.client_data("webauthn.get", &CHALLENGE);
        answer(&software, &passkey, client_data, data)
    };
    assert_eq!(with(&[0xa1, 0x61, b'a', 0xf5]), Ok(0));
    let deep = [vec![0xa1, 0x61, b'a'], vec![0x81; 2000], vec![0]].concat();
    for wrong in [&[0xbf, 0xff][..], &[0x01], &[0xa1, 0x61, b'a'], &deep] {
        assert_eq!(with(wrong), Err(WebauthnError::AuthenticatorData));
    }
}

#[test]
fn another_key_or_another_byte_does_not_verify() {
    let (software, other) = (software(), software());
    let passkey = registered(&software);
    let client_data = other.client_data("webauthn.get", &CHALLENGE);
    let found = answer(
        &other,
        &passkey,
        client_data,
        other.authenticator_data(VERIFIED, 0),
    );
    assert_eq!(found, Err(WebauthnError::Signature));

    let good = software.get(&CHALLENGE).unwrap();
    let mut raised = good.authenticator_data.clone();
    raised[36] ^= 1;
    let given = Assertion {
        client_data: &good.client_data,
        authenticator_data: &raised,
        signature: &good.signature,
    };
    let found = verify(given, &passkey, &CHALLENGE, &party());
    assert_eq!(found, Err(WebauthnError::Signature));
}

#[test]
fn a_counter_only_grows() {
    let software = software();
    let mut passkey = registered(&software);
    let at = |passkey: &Passkey, counter| {
        let client_data = software.client_data("webauthn.get", &CHALLENGE);
        let data = software.authenticator_data(VERIFIED, counter);
        answer(&software, passkey, client_data, data)
    };
    assert_eq!(at(&passkey, 5), Ok(5));
    passkey.counter = 5;
    for back in [5, 4, 0] {
        assert_eq!(at(&passkey, back), Err(WebauthnError::Counter), "{back}");
    }
    assert_eq!(at(&passkey, 6), Ok(6));
}

#[test]
fn an_attestation_is_of_format_none_and_nothing_more() {
    let software = software();
    let good = software.create(&CHALLENGE);
    let data = good.attestation[good.attestation.len() - 180..].to_vec();
    let encode = |write: &dyn Fn(&mut Encoder<&mut Vec<u8>>)| {
        let mut out = Vec::new();
        write(&mut Encoder::new(&mut out));
        out
    };
    let packed = encode(&|e| {
        let e = e.map(3).unwrap().str("fmt").unwrap().str("packed").unwrap();
        let e = e.str("attStmt").unwrap().map(1).unwrap();
        e.str("alg").unwrap().i8(-7).unwrap();
        e.str("authData").unwrap().bytes(&data).unwrap();
    });
    let named = encode(&|e| {
        let e = e.map(3).unwrap().str("fmt").unwrap().str("packed").unwrap();
        let e = e.str("attStmt").unwrap().map(0).unwrap();
        e.str("authData").unwrap().bytes(&data).unwrap();
    });
    let twice = encode(&|e| {
        let e = e.map(3).unwrap().str("fmt").unwrap().str("none").unwrap();
        let e = e.str("fmt").unwrap().str("none").unwrap();
        e.str("authData").unwrap().bytes(&data).unwrap();
    });
    let mut trailing = good.attestation.clone();
    trailing.push(0);
    let cases = [
        (packed, WebauthnError::Format),
        (named, WebauthnError::Format),
        (twice, WebauthnError::Attestation),
        (trailing, WebauthnError::Attestation),
        (Vec::new(), WebauthnError::Attestation),
        (vec![0xa3; 5000], WebauthnError::Attestation),
        (
            attestation(&software.authenticator_data(VERIFIED, 0)),
            WebauthnError::AuthenticatorData,
        ),
    ];
    for (attestation, expected) in cases {
        let created = Created {
            attestation,
            ..good.clone()
        };
        assert_eq!(register_it(&created), Err(expected));
    }
}

#[test]
fn a_key_is_p256_for_es256() {
    let software = software();
    let key = |numbers: [i64; 3], x: &[u8], y: &[u8]| {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out);
        let e = encoder.map(5).unwrap();
        for (label, number) in [1, 3, -1].into_iter().zip(numbers) {
            e.i64(label).unwrap().i64(number).unwrap();
        }
        e.i64(-2)
            .unwrap()
            .bytes(x)
            .unwrap()
            .i64(-3)
            .unwrap()
            .bytes(y)
            .unwrap();
        out
    };
    let (x, y) = ([1; 32], [2; 32]);
    let mut doubled = key([2, -7, 1], &x, &y);
    let place = doubled.iter().position(|byte| *byte == 0x22).unwrap();
    doubled[place] = 0x21;
    let cases = [
        key([2, -7, 2], &x, &y),
        key([2, -257, 1], &x, &y),
        key([1, -7, 1], &x, &y),
        key([2, -7, 1], &x[..31], &y),
        key([2, -7, 1], &[1; 33], &y),
        doubled,
        vec![0xa0],
    ];
    for cose in cases {
        let mut data = software.authenticator_data(VERIFIED | ATTESTED, 0);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 1, 9]);
        data.extend_from_slice(&cose);
        let created = Created {
            client_data: software.client_data("webauthn.create", &CHALLENGE),
            attestation: attestation(&data),
        };
        assert_eq!(
            register_it(&created),
            Err(WebauthnError::Key),
            "{cose:02x?}"
        );
    }
}

#[test]
fn a_credential_id_has_a_length() {
    let software = software();
    for length in [0_u16, 1024] {
        let mut data = software.authenticator_data(VERIFIED | ATTESTED, 0);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&length.to_be_bytes());
        data.extend(vec![9; usize::from(length)]);
        data.extend_from_slice(&software.cose_key());
        let created = Created {
            client_data: software.client_data("webauthn.create", &CHALLENGE),
            attestation: attestation(&data),
        };
        assert_eq!(register_it(&created), Err(WebauthnError::CredentialId));
    }
}

#[test]
fn a_point_off_the_curve_verifies_nothing() {
    let software = software();
    let mut point = [1; 65];
    point[0] = 4;
    let mut passkey = registered(&software);
    passkey.key = PublicKey::from_point(&point).unwrap();
    let client_data = software.client_data("webauthn.get", &CHALLENGE);
    let data = software.authenticator_data(VERIFIED, 0);
    let found = answer(&software, &passkey, client_data, data);
    assert_eq!(found, Err(WebauthnError::Signature));
}

#[test]
fn every_flipped_bit_of_a_registration_is_refused_or_is_another_key() {
    let software = software();
    let good = software.create(&CHALLENGE);
    let first = registered(&software);
    for place in 0..good.attestation.len() {
        let mut flipped = good.clone();
        flipped.attestation[place] ^= 1;
        // The AAGUID says nothing that we use; id, key and counter come out as other ones.
        if let Ok(passkey) = register_it(&flipped)
            && passkey == first
        {
            let data = good.attestation.len() - place;
            assert!((112..=127).contains(&data), "byte {place} means nothing");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let created = Created {
            client_data: software().client_data("webauthn.create", &CHALLENGE),
            attestation: attestation(&bytes),
        };
        prop_assert!(register_it(&created).is_err());
        let raw = Created { attestation: bytes, ..created };
        prop_assert!(register_it(&raw).is_err());
    }
}
