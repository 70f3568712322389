//! The process that has the token: measures and prints [`OnToken`] as JSON.

use std::time::Instant;

use anyhow::{Context, Result};
use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::Session;
use hsm::{Hsm, HsmConfig, HsmError, P256Signature, Secret, ceremony};
use rcgen::SubjectPublicKeyInfo;
use signing::cms::cades::build;

use super::super::figure::{nanos, share};
use super::super::machine;
use super::super::part::{Part, time};
use super::super::process::{everybodys_cpu, own_cpu};
use super::super::professional::{Professional, at};
use super::super::token::TokenArguments;
use super::super::trust::CONTENT;
use super::OnToken;
use super::turns::{Operation, Repeat, measure};

/// Sessions, as the service has them by default.
const SESSIONS: usize = 4;
const OBJECT: &str = "bench-p256";
const WRAPPING: [&str; 2] = ["bench-wrapping", "bench-wrapping-next"];
const DIGEST: [u8; 32] = [7; 32];

/// Measures.
///
/// # Errors
/// The token refuses.
pub(crate) fn main(arguments: &TokenArguments) -> Result<()> {
    let (begun, everybody, own) = (Instant::now(), everybodys_cpu()?, own_cpu());
    let hsm = open(arguments)?;
    let object = hsm.ensure_p256(OBJECT)?;
    let [wrapping, next] = [
        hsm.find_wrapping_key(WRAPPING[0])?,
        hsm.find_wrapping_key(WRAPPING[1])?,
    ];
    let (wrapped, spki) = wrapping.generate_p256()?;
    let pkcs11 = Pkcs11::new(&arguments.module)?;
    let operations: [Operation<'_>; 4] = [
        Box::new(|| bare(&pkcs11, &arguments.label)),
        Box::new(|| repeat(|| object.sign_digest(&DIGEST).map(drop))),
        Box::new(|| {
            repeat(|| {
                let key = wrapping.activate(&wrapped)?;
                key.sign_digest(&DIGEST)?;
                key.sign_digest(&DIGEST).map(drop)
            })
        }),
        Box::new(|| repeat(|| wrapping.rewrap(&wrapped, &next).map(drop))),
    ];
    let [raw, pool, wrapped_turn, rewrap] = measure(&operations)?;
    let sign = |digest: [u8; 32]| object.sign_digest(&digest);
    let build = time_build(object.spki(), |build| build(&sign))?;
    let build_wrapped = time_build(&spki, |build| {
        let key = wrapping.activate(&wrapped)?;
        build(&|digest| key.sign_digest(&digest))
    })?;
    let own = own_cpu().saturating_sub(own);
    let others = everybodys_cpu()?.saturating_sub(everybody + own);
    let all = nanos(begun.elapsed()).saturating_mul(u64::try_from(machine::cores())?);
    let measured = OnToken {
        raw,
        pool,
        wrapped: wrapped_turn,
        rewrap,
        build,
        build_wrapped,
        others: share(nanos(others), all, 100),
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

fn repeat<'a>(work: impl Fn() -> Result<(), HsmError> + 'a) -> Result<Repeat<'a>> {
    Ok(Box::new(move || Ok(work()?)))
}

/// On a session of the thread's own. The pool is logged in, and a login is the process's.
fn bare<'a>(pkcs11: &Pkcs11, label: &str) -> Result<Repeat<'a>> {
    let session = session(pkcs11, label)?;
    let template = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Label(OBJECT.into()),
    ];
    let found = session.find_objects(&template)?;
    let key = *found.first().context("the token has no key")?;
    Ok(Box::new(move || {
        Ok(session.sign(&Mechanism::Ecdsa, key, &DIGEST).map(drop)?)
    }))
}

fn session(pkcs11: &Pkcs11, label: &str) -> Result<Session> {
    for slot in pkcs11.get_slots_with_initialized_token()? {
        if pkcs11.get_token_info(slot)?.label().trim_end() == label {
            return Ok(pkcs11.open_ro_session(slot)?);
        }
    }
    anyhow::bail!("no token {label}")
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
