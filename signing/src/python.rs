//! Python programs as independent judges: the packages they need, in an environment under
//! `target/`. Skipped, visibly, where there is no Python or the registry does not answer.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How long `pip install` may take, in seconds.
const PATIENCE: &str = "180";

/// A Python that can import the packages of `requirements` (`name==version`), made once.
///
/// `None`, said aloud, where it cannot be had.
pub(crate) fn python_with(environment: &str, requirements: &[&str]) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let folder = target.join("python").join(environment);
    let python = folder.join("bin/python");
    let ready = folder.join("ready");
    std::fs::create_dir_all(&folder).unwrap();
    // One test makes it, the others wait.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let wanted = requirements.join("\n");
    if std::fs::read_to_string(&ready).is_ok_and(|installed| installed == wanted) {
        return Some(python);
    }
    let venv = run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    // `timeout` (coreutils): pip retries for minutes where nobody answers.
    let mut pip = Command::new("timeout");
    pip.arg(PATIENCE)
        .arg(&python)
        .args(["-m", "pip", "install", "--quiet", "--retries", "1"])
        .args(["--disable-pip-version-check", "--only-binary", ":all:"])
        .args(requirements);
    if venv && run(&mut pip) {
        std::fs::write(&ready, wanted).unwrap();
        return Some(python);
    }
    eprintln!("SKIPPED: no Python with {requirements:?} (python3-venv and PyPI are needed)");
    None
}

/// A folder into which `script` (arguments: where the package lies, what to fill) unpacked what
/// tests need of a package of `PyPI`, once. `pinned` is `name==version --hash=sha256:…`.
///
/// `None`, said aloud, where it cannot be had.
pub(crate) fn vectors_from(pinned: &str, script: &str) -> Option<PathBuf> {
    let name = pinned.split("==").next().unwrap();
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let folder = target.join("python").join(name);
    let (unpacked, ready) = (folder.join("unpacked"), folder.join("ready"));
    std::fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    if std::fs::read_to_string(&ready).is_ok_and(|had| had == pinned) {
        return Some(unpacked);
    }
    let requirements = folder.join("requirements");
    std::fs::write(&requirements, pinned).unwrap();
    let mut pip = Command::new("timeout");
    pip.arg(PATIENCE)
        .args(["python3", "-m", "pip", "download", "--quiet", "--no-deps"])
        .args(["--retries", "1", "--disable-pip-version-check"])
        .args(["--only-binary", ":all:", "--require-hashes", "-r"])
        .arg(&requirements)
        .arg("-d")
        .arg(&folder);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let mut unpack = Command::new("python3");
    unpack.arg("-B").arg(script).arg(&folder).arg(&unpacked);
    if run(&mut pip) && run(&mut unpack) {
        std::fs::write(&ready, pinned).unwrap();
        return Some(unpacked);
    }
    eprintln!("SKIPPED: no {name} (python3, pip and PyPI are needed)");
    None
}

fn run(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
