//! The QR, in this process and on one core: what a counter does with a scanned text or a picture,
//! and what the service does to make them.

use anyhow::{Context, Result, ensure};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, UnparsedPublicKey,
};
use signing::qr::{QrSymbol, read, read_image, verify};

use super::figure::{Figure, share};
use super::measured::reached;
use super::part::{Part, time};
use super::qr_fixture::Fixture;
use super::qr_pictures;
use super::report::Report;

/// Longest time from text to verified prescription, in nanoseconds (issue 5).
const AIM: u64 = 150_000;
/// Pixels of a module, as the service draws them.
const MODULE_PIXELS: u32 = 6;

/// Measures and reports.
///
/// # Errors
/// The QR does not come back as it was.
pub(super) fn main() -> Result<Report> {
    let fixture = Fixture::new()?;
    let text = fixture.build()?;
    let symbol = QrSymbol::draw(&text)?;
    let png = symbol.to_png(MODULE_PIXELS)?;
    ensure!(read_image(&png)? == text, "the picture says something else");

    let verified = time(|| verify_text(&text, &fixture))?;
    let built = time(|| fixture.build())?;
    let drawn = time(|| Ok(QrSymbol::draw(&text)?.to_png(MODULE_PIXELS)?))?;
    let pictured = time(|| Ok(read_image(&png)?))?;
    let bare = bare_verifications()?;

    let mut report = Report::new("qr");
    report.section("the QR of three medicines");
    report.row("characters", Figure::Count(u64::try_from(text.len())?));
    report.row(
        "version, level M",
        Figure::Count(u64::try_from(symbol.version())?),
    );
    report.row("bytes of the PNG", Figure::Count(u64::try_from(png.len())?));
    verified.section(&mut report, "text to verified prescription");
    report.words("aim: p50 of 150 µs", reached(verified.times.p50 <= AIM));
    built.section(&mut report, "encode, sign, seal (keys in memory)");
    drawn.section(&mut report, "draw and write the PNG");
    pictured.section(&mut report, "PNG to text");
    bare.section(&mut report, "limit: bare P-256 and Ed25519 verification");
    let of_signatures = share(bare.times.p50, verified.times.p50, 100);
    report.row("measured / limit, by p50", Figure::Percent(of_signatures));
    qr_pictures::measure(&mut report)?;
    report.section("what limits it");
    let limit = "one processor, which never waits: first the two signatures, then base32 and CBOR";
    report.words("limit", limit);
    Ok(report)
}

fn verify_text(text: &str, fixture: &Fixture) -> Result<signing::qr::VerifiedPrescription> {
    let qr = read(text)?;
    Ok(verify(
        &qr,
        |_| Some(fixture.known.clone()),
        &fixture.ledger_key,
    )?)
}

/// The two signatures of a QR, and nothing else.
fn bare_verifications() -> Result<Part> {
    let message = [0x5a; 300];
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let no_key = "ring made no key";
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
        .ok()
        .context(no_key)?;
    let prescriber = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random)
        .ok()
        .context(no_key)?;
    let ledger = Ed25519KeyPair::from_seed_unchecked(&[3; 32])
        .ok()
        .context(no_key)?;
    let signature = prescriber
        .sign(&random, &message)
        .ok()
        .context("no signature")?;
    let seal = ledger.sign(&message);
    time(|| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, prescriber.public_key());
        key.verify(&message, signature.as_ref())
            .ok()
            .context("P-256")?;
        let key = UnparsedPublicKey::new(&ED25519, ledger.public_key());
        key.verify(&message, seal.as_ref()).ok().context("Ed25519")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixture_is_a_qr_that_verifies() {
        let fixture = Fixture::new().unwrap();
        let text = fixture.build().unwrap();
        let verified = verify_text(&text, &fixture).unwrap();
        assert_eq!(verified.payload().lines.len(), 3);
        assert_eq!(QrSymbol::draw(&text).unwrap().version(), 15);
    }

    #[test]
    fn the_bare_verifications_verify() {
        let part = bare_verifications().unwrap();
        assert!(part.times.p50 > 0 && part.times.p50 <= part.times.p99);
    }
}
