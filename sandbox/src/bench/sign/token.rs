//! The process that has the token: measures and prints [`OnToken`] as JSON.

use anyhow::{Context, Result};
use cryptoki::context::Pkcs11;
use hsm::{Hsm, HsmConfig, HsmError, P256Signature, Secret, ceremony};
use rcgen::SubjectPublicKeyInfo;
use signing::cms::cades::build;

use super::super::part::{Part, time};
use super::super::process::Others;
use super::super::professional::{Professional, at};
use super::super::token::TokenArguments;
use super::super::trust::CONTENT;
use super::turns::{Operation, Repeat, measure};
use super::{OnToken, bare};

/// Sessions, as the service has them by default.
const SESSIONS: usize = 4;
const OBJECT: &str = "bench-p256";
const WRAPPING: [&str; 2] = ["bench-wrapping", "bench-wrapping-next"];
pub(super) const DIGEST: [u8; 32] = [7; 32];

/// Measures.
///
/// # Errors
/// The token refuses.
pub(crate) fn main(arguments: &TokenArguments) -> Result<()> {
    let others = Others::start()?;
    let hsm = open(arguments)?;
    let object = hsm.ensure_p256(OBJECT)?;
    let [wrapping, next] = [
        hsm.find_wrapping_key(WRAPPING[0])?,
        hsm.find_wrapping_key(WRAPPING[1])?,
    ];
    let (wrapped, spki) = wrapping.generate_p256()?;
    let pkcs11 = Pkcs11::new(&arguments.module)?;
    let blob = wrapped.as_bytes().get(1..).context("no wrapped key")?;
    let label = &arguments.label;
    let operations: [Operation<'_>; 5] = [
        Box::new(|| bare::sign(&pkcs11, label, OBJECT)),
        Box::new(|| Ok(repeat(|| object.sign_digest(&DIGEST).map(drop)))),
        Box::new(|| {
            Ok(repeat(|| {
                let key = wrapping.activate(&wrapped)?;
                key.sign_digest(&DIGEST)?;
                key.sign_digest(&DIGEST).map(drop)
            }))
        }),
        Box::new(|| bare::wrapped(&pkcs11, label, WRAPPING[0], blob)),
        Box::new(|| Ok(repeat(|| wrapping.rewrap(&wrapped, &next).map(drop)))),
    ];
    let [raw, pool, wrapped_turn, raw_wrapped, rewrap] = measure(&operations)?;
    let sign = |digest: [u8; 32]| object.sign_digest(&digest);
    let build = time_build(object.spki(), |build| build(&sign))?;
    let build_wrapped = time_build(&spki, |build| {
        let key = wrapping.activate(&wrapped)?;
        build(&|digest| key.sign_digest(&digest))
    })?;
    let measured = OnToken {
        raw,
        pool,
        wrapped: wrapped_turn,
        raw_wrapped,
        rewrap,
        build,
        build_wrapped,
        others: others.percent()?,
    };
    Ok(serde_json::to_writer(std::io::stdout().lock(), &measured)?)
}

/// Two wrapping keys that the security officer trusts, so that re-wrapping is allowed; then the
/// pool.
fn open(arguments: &TokenArguments) -> Result<Hsm> {
    let secret = |file: &std::path::Path| {
        let text = std::fs::read_to_string(file)?;
        Ok::<_, std::io::Error>(Secret::new(text.trim().to_owned()))
    };
    let pin = secret(&arguments.pin_file)?;
    let officer = secret(&arguments.pin_file.with_file_name("so.pin"))?;
    let (module, label) = (&arguments.module, &arguments.label);
    for key in WRAPPING {
        ceremony::make_for_development(module, label, &officer, &pin, key)?;
    }
    let config = HsmConfig::single(module.clone(), label.clone(), pin, SESSIONS);
    Ok(Hsm::open(&config)?)
}

fn repeat<'a>(work: impl Fn() -> Result<(), HsmError> + 'a) -> Repeat<'a> {
    Box::new(move || Ok(work()?))
}

type Signer<'a> = &'a dyn Fn([u8; 32]) -> Result<P256Signature, HsmError>;

/// Times a build around what `with_key` does before and after.
fn time_build(
    spki: &[u8],
    with_key: impl Fn(&dyn Fn(Signer<'_>) -> Result<()>) -> Result<()>,
) -> Result<Part> {
    let key = SubjectPublicKeyInfo::from_der(spki)?;
    let (chain, at) = (Professional::with_key(&key)?.chain()?, at()?);
    let one = |sign: Signer<'_>| {
        let built = build(&CONTENT, at, &chain, |digest| {
            sign(digest).map(|signature| signature.to_bytes())
        });
        built.map(drop).map_err(|error| anyhow::anyhow!("{error}"))
    };
    time(|| with_key(&one))
}
