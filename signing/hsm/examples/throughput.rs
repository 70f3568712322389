//! What the token does, and what of it comes through the pool.
//!
//! ```text
//! cargo run --release -p hsm --example throughput -- MODULE TOKEN_LABEL PIN_FILE [SO_PIN_FILE]
//! ```
//!
//! With the security officer's PIN two trusted wrapping keys are made, and re-wrapping is measured
//! too. It leaves keys named `throughput-…` on the token: run it on a development token, or on one
//! that is initialised again afterwards.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use hsm::{Hsm, HsmConfig, Secret, ceremony};

type Failure = Box<dyn Error + Send + Sync>;

/// Time of each measurement, in slices taken in turn with the others, so that a machine that is
/// busy with something else slows them all alike.
const SLICE: Duration = Duration::from_millis(150);
const ROUNDS: usize = 10;
const THREADS: usize = 2;
const DIGEST: [u8; 32] = [7; 32];

/// One operation: how often, and how long each took in nanoseconds.
struct Measured {
    name: &'static str,
    nanos: Vec<u64>,
    wall: Duration,
}

/// Makes the operation for one thread, which then repeats it.
type Operation<'a> = Box<dyn Fn() -> Result<Repeat<'a>, Failure> + Sync + 'a>;
type Repeat<'a> = Box<dyn FnMut() -> Result<(), Failure> + 'a>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [module, label, pin_file] => measure(module, label, pin_file, None),
        [module, label, pin_file, so] => measure(module, label, pin_file, Some(so)),
        _ => Err("usage: throughput MODULE TOKEN_LABEL PIN_FILE [SO_PIN_FILE]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn secret(file: &str) -> Result<Secret, Failure> {
    Ok(Secret::new(
        std::fs::read_to_string(file)?.trim().to_owned(),
    ))
}

fn measure(module: &str, label: &str, pin: &str, so: Option<&String>) -> Result<(), Failure> {
    let pin = secret(pin)?;
    if let Some(so) = so {
        for key in ["throughput-old", "throughput-new"] {
            ceremony::make_for_development(module.as_ref(), label, &secret(so)?, &pin, key)?;
        }
    }
    let config = HsmConfig::single(module.into(), label.to_owned(), pin, 4);
    let hsm = Hsm::open(&config)?;
    let object = hsm.ensure_p256("throughput-p256")?;
    let wrapping = if so.is_some() {
        hsm.find_wrapping_key("throughput-old")?
    } else {
        hsm.ensure_wrapping_key("throughput-plain")?
    };
    let (wrapped, _) = wrapping.generate_p256()?;
    let pkcs11 = Pkcs11::new(module)?;
    // Declared first: it outlives what borrows it.
    let new;
    let mut operations: Vec<(&'static str, Operation<'_>)> = vec![
        ("raw C_Sign (P-256)", Box::new(|| raw(&pkcs11, label))),
        (
            "pool sign (P-256)",
            Box::new(|| Ok(Box::new(|| Ok(object.sign_digest(&DIGEST).map(drop)?)))),
        ),
        (
            "wrapped: activate, 2 signs, drop",
            Box::new(|| {
                Ok(Box::new(|| {
                    let key = wrapping.activate(&wrapped)?;
                    key.sign_digest(&DIGEST)?;
                    Ok(key.sign_digest(&DIGEST).map(drop)?)
                }))
            }),
        ),
    ];
    if so.is_some() {
        new = hsm.find_wrapping_key("throughput-new")?;
        let rewrap = || -> Result<Repeat<'_>, Failure> {
            Ok(Box::new(|| {
                Ok(wrapping.rewrap(&wrapped, &new).map(drop)?)
            }))
        };
        operations.push(("re-wrap, proven", Box::new(rewrap)));
    }
    report(&in_turns(&operations)?)
}

/// `C_SignInit` and `C_Sign` on a session of the thread's own, without anything of ours.
fn raw<'a>(pkcs11: &Pkcs11, label: &str) -> Result<Repeat<'a>, Failure> {
    for slot in pkcs11.get_slots_with_initialized_token()? {
        if pkcs11.get_token_info(slot)?.label().trim_end() == label {
            let session = pkcs11.open_ro_session(slot)?;
            let key = [
                Attribute::Class(ObjectClass::PRIVATE_KEY),
                Attribute::Label("throughput-p256".into()),
            ];
            let key = *session.find_objects(&key)?.first().ok_or("no key")?;
            return Ok(Box::new(move || {
                Ok(session.sign(&Mechanism::Ecdsa, key, &DIGEST).map(drop)?)
            }));
        }
    }
    Err("no such token".into())
}

fn in_turns(operations: &[(&'static str, Operation<'_>)]) -> Result<Vec<Measured>, Failure> {
    let empty = |(name, _): &(&'static str, Operation<'_>)| Measured {
        name,
        nanos: Vec::new(),
        wall: Duration::ZERO,
    };
    let mut all: Vec<Measured> = operations.iter().map(empty).collect();
    for _ in 0..ROUNDS {
        for ((_, operation), measured) in operations.iter().zip(&mut all) {
            let begun = Instant::now();
            let slices = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..THREADS)
                    .map(|_| scope.spawn(|| slice(operation)))
                    .collect();
                let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
                joined.collect::<Result<Vec<_>, _>>()
            });
            for slice in slices.map_err(|_| "a thread panicked")? {
                measured.nanos.extend(slice?);
            }
            measured.wall += begun.elapsed();
        }
    }
    Ok(all)
}

fn slice(operation: &Operation<'_>) -> Result<Vec<u64>, Failure> {
    let mut repeat = operation()?;
    let (begun, mut nanos) = (Instant::now(), Vec::new());
    while begun.elapsed() < SLICE {
        let one = Instant::now();
        repeat()?;
        nanos.push(u64::try_from(one.elapsed().as_nanos())?);
    }
    Ok(nanos)
}

fn report(all: &[Measured]) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let rate = |measured: &Measured| {
        let count = u128::try_from(measured.nanos.len()).unwrap_or(0);
        count * 1_000_000 / measured.wall.as_micros().max(1)
    };
    let raw = all.first().map_or(1, rate).max(1);
    writeln!(
        out,
        "{:<34}{:>10}{:>9}{:>9}{:>8}",
        "", "per second", "p50 us", "p99 us", "of raw"
    )?;
    for measured in all {
        let mut sorted = measured.nanos.clone();
        sorted.sort_unstable();
        let at = |percent: usize| {
            sorted
                .get(sorted.len() * percent / 100)
                .map_or(0, |n| n / 1000)
        };
        let rate = rate(measured);
        let (p50, p99, share) = (at(50), at(99), rate * 100 / raw);
        writeln!(
            out,
            "{:<34}{rate:>10}{p50:>9}{p99:>9}{share:>7}%",
            measured.name
        )?;
    }
    Ok(())
}
