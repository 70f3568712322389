//! Verification: what has become of the prescription whose QR the counter holds.

use audit::{Action, Outcome};
use jiff::civil::Date;
use prescription::dispense::{self, DispenseCommand, HandedOver, PharmacyFacts};
use prescription::{Clues, Packages, Prescription, Refusal};
use signing::cose::Kid;
use signing::qr::seal::SealError;
use signing::qr::{self, KeyHolder, ParsedQr, Payload, PrescriberKey, QrError};

use super::seal::qr_digest;
use super::{FlowError, Visitor, compromise, prescriber, signed_by};
use crate::app::App;
use crate::auth::Role;
use crate::store::StoredPrescription;

/// A prescription whose QR is authentic, and its state.
pub struct Verification {
    /// The prescription.
    pub stored: StoredPrescription,
    /// SHA-256 of the QR without seal.
    pub qr_digest: [u8; 32],
}

/// Verifies the QR `text` and reads the state of its prescription.
///
/// # Errors
/// [`FlowError::Qr`] for a QR that is not authentic; [`FlowError::WrongQr`] for one that is not the
/// one we issued.
pub async fn verify(app: &App, visitor: &Visitor, text: &str) -> Result<Verification, FlowError> {
    if !matches!(visitor.caller.role, Role::Pharmacy { .. }) {
        return Err(FlowError::Forbidden(
            "Sólo una farmacia consulta recetas por su QR.",
        ));
    }
    let (now, _) = app.now();
    let parsed = qr::read(text)?;
    // The QR claims a cédula; verification compares it with the certificate found by it.
    let signer = match key_of(app, &parsed).await {
        Ok(signer) => signer,
        Err(error) => {
            let folio = parsed.claimed().folio;
            visitor
                .note_refusal(app, Action::Verify, folio, &error)
                .await;
            return Err(error);
        }
    };
    let find = |kid: Kid| {
        signer
            .as_ref()
            .filter(|(known, _)| *known == kid)
            .map(|(_, key)| key.clone())
    };
    let verified = match sealed_by_any(app, |key| qr::verify(&parsed, find, key)) {
        Ok(verified) => verified,
        Err(error) => {
            let (folio, error) = (parsed.claimed().folio, FlowError::Qr(error));
            visitor
                .note_refusal(app, Action::Verify, folio, &error)
                .await;
            return Err(error);
        }
    };
    let folio = verified.payload().folio;
    let stored = app
        .store
        .prescription(folio)
        .await?
        .ok_or(FlowError::NotFound)?;
    let digest = qr_digest(&stored)?;
    if digest != *verified.qr_digest() {
        return Err(FlowError::WrongQr);
    }
    let sound = match compromise::check(app, &stored).await {
        Ok(()) => signed_by::check(app, &stored),
        found => found,
    };
    if let Err(error) = sound {
        visitor
            .note_refusal(app, Action::Verify, folio, &error)
            .await;
        return Err(error);
    }
    let draw = app.entropy.draw()?;
    let whom = (folio, Some(&stored.state.issued.patient));
    let access = visitor.record(draw.access, now, Action::Verify, whom, Outcome::Success)?;
    app.store.record_access(now, access).await?;
    Ok(Verification {
        stored,
        qr_digest: digest,
    })
}

/// The first day on which more of a line can be handed over at `pharmacy`, where it is not today: the
/// rules are asked, as they would be for one package.
#[must_use]
pub fn next_fill_on(app: &App, pharmacy: &Clues, state: &Prescription, line: u8) -> Option<Date> {
    let (now, _) = app.now();
    let command = DispenseCommand {
        at: now,
        on: app.day_at(pharmacy, now),
        lines: vec![HandedOver {
            line,
            packages: Packages::new(1),
            clave: None,
            brand: None,
            lot: None,
            expiry: None,
            retained_number: None,
        }],
    };
    let asking = PharmacyFacts {
        clues: pharmacy.clone(),
        controlled_licence: true,
        online: true,
        today: Vec::new(),
    };
    let refusals = dispense::decide(state, &command, &asking, &app.law).err()?;
    refusals.iter().find_map(|refusal| {
        let Refusal::TooEarly { from, .. } = refusal else {
            return None;
        };
        Some(*from)
    })
}

/// Tries the keys that may have sealed a QR, newest first: one of an earlier year was sealed by the
/// key of its log. What is wrong with anything but the seal, the first one says.
fn sealed_by_any<T>(
    app: &App,
    verify: impl Fn(&[u8; 32]) -> Result<T, QrError>,
) -> Result<T, QrError> {
    let mut refused = QrError::Seal(SealError::BadSignature);
    for key in app.seals.known() {
        match verify(key.public_key()) {
            Err(error @ QrError::Seal(SealError::BadSignature)) => refused = error,
            result => return result,
        }
    }
    Err(refused)
}

/// The key that the QR names: a wrapped one of ours, or one outside.
async fn key_of(app: &App, parsed: &ParsedQr) -> Result<Option<(Kid, PrescriberKey)>, FlowError> {
    match prescriber_key(app, parsed.claimed(), parsed.kid()).await? {
        Some(found) => Ok(Some(found)),
        None => outside_key(app, parsed).await,
    }
}

async fn prescriber_key(
    app: &App,
    claimed: &Payload,
    kid: Kid,
) -> Result<Option<(Kid, PrescriberKey)>, FlowError> {
    let certificate = match prescriber::certificate_of(app, claimed, kid).await {
        Ok(certificate) => certificate,
        Err(error @ (FlowError::RevocationUnknown(_) | FlowError::SignatureDistrusted(_))) => {
            return Err(error);
        }
        // Then the QR is refused as one by an unknown key.
        Err(_) => return Ok(None),
    };
    let key = PrescriberKey {
        spki_der: certificate.spki().to_vec(),
        holder: KeyHolder::Prescriber(claimed.cedula.clone()),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
    };
    Ok(Some((kid, key)))
}

/// The key of a QR that was not signed by a wrapped key of ours: the prescriber's own, or the
/// institution's. The certificate is judged at the instant of issue, which is at most minutes from
/// that of the seal: what was revoked since keeps its QRs.
async fn outside_key(
    app: &App,
    parsed: &ParsedQr,
) -> Result<Option<(Kid, PrescriberKey)>, FlowError> {
    let Some(known) = app.store.qr_certificate(*parsed.kid().as_bytes()).await? else {
        return Ok(None);
    };
    let at = parsed.claimed().issued_at;
    let trusted = app.trust.current().validate(&known.certificate, &[], at);
    Ok(trusted.ok().map(|trusted| {
        let key = PrescriberKey {
            spki_der: trusted.spki().to_vec(),
            holder: known
                .cedula
                .map_or(KeyHolder::Institution, KeyHolder::Prescriber),
            not_before: trusted.not_before(),
            not_after: trusted.not_after(),
        };
        (parsed.kid(), key)
    }))
}
