//! Prescribers and officers with a passkey in software: how the tests' requests get their activation.

use activation::webauthn::{Assertion, Registration};
use p256::pkcs8::EncodePrivateKey;
use prescription::Cedula;
use rx_service::flow::activation::{
    Activated, ActivationUse, Asked, FactorAnswer, NewPasskey, OFFICER, Orderer, authorise,
    enrol_passkey, get_challenge, passkey_options, redeem,
};
use rx_service::office::Office;
use sha2::{Digest, Sha256};
use software_authenticator::SoftwarePasskey;

use crate::world::CEDULA;

/// The passkey of a person of the tests: always the same.
pub(crate) fn passkey(cedula: &str) -> SoftwarePasskey {
    let key = p256::SecretKey::from_slice(&Sha256::digest(cedula)).unwrap();
    let pkcs8 = key.to_pkcs8_der().unwrap();
    SoftwarePasskey::open(pkcs8.as_bytes(), "receta.example", "https://receta.example").unwrap()
}

/// Enrols it: the first one needs nobody, the others are ordered by the first.
pub(crate) async fn enrol(office: &Office, cedula: &str) {
    let whose: Cedula = cedula.parse().unwrap();
    let challenge = passkey_options(office, &whose, OFFICER).await.unwrap();
    let created = passkey(cedula).create(&challenge);
    let new = NewPasskey {
        label: "llave de prueba",
        given: Registration {
            client_data: &created.client_data,
            attestation: &created.attestation,
        },
    };
    let ordered;
    let by = if cedula == CEDULA {
        Orderer::First
    } else {
        ordered = activated(office, CEDULA, OFFICER, [1; 32]).await;
        Orderer::By(&ordered)
    };
    enrol_passkey(office, &whose, OFFICER, new, by)
        .await
        .unwrap();
}

/// A redeemed activation.
pub(crate) async fn activated(
    office: &Office,
    cedula: &str,
    client: &str,
    digest: [u8; 32],
) -> Activated {
    let token = token(office, cedula, client, &[digest]).await;
    let act = ActivationUse {
        client,
        digests: &[digest],
        per_prescription: true,
    };
    let whose = cedula.parse().unwrap();
    redeem(office, &whose, Some(&token), act, office.now().0)
        .await
        .unwrap()
}

/// An activation for `digests` at `client`, given with the passkey.
pub(crate) async fn token(
    office: &Office,
    cedula: &str,
    client: &str,
    digests: &[[u8; 32]],
) -> String {
    let asked = Asked {
        cedula: cedula.parse().unwrap(),
        client: client.to_owned(),
        digests: digests.to_vec(),
    };
    let challenge = get_challenge(office, &asked).await.unwrap();
    let answer = passkey(cedula).get(&challenge).unwrap();
    let given = Assertion {
        client_data: &answer.client_data,
        authenticator_data: &answer.authenticator_data,
        signature: &answer.signature,
    };
    let answer = FactorAnswer::Passkey(&answer.credential_id, given);
    authorise(office, &asked, answer).await.unwrap().token
}

/// An activation of an officer at the terminal; none for a stranger.
pub(crate) async fn officer(office: &Office, cedula: &str, digest: [u8; 32]) -> Option<String> {
    let factors = office.store.factors(&cedula.parse().unwrap()).await;
    if factors.unwrap().is_empty() {
        return None;
    }
    Some(token(office, cedula, OFFICER, &[digest]).await)
}

/// An officer's activation of an order, redeemed.
pub(crate) async fn ordering(office: &Office, cedula: &str) -> Activated {
    activated(office, cedula, OFFICER, [2; 32]).await
}
