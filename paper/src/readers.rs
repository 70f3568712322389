//! What other programs make of our files, for the tests: poppler, qpdf. Without them the tests say
//! so and go on.

use std::process::Command;

/// The program's standard output, or `None` (said aloud) where it is not installed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {output:?}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            eprintln!("SKIPPED: {program}: {error}");
            None
        }
    }
}

/// The text that poppler extracts, laid out, pages parted by form feeds.
pub(crate) fn text(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.pdf");
    std::fs::write(&path, pdf).unwrap();
    run("pdftotext", &["-layout", path.to_str().unwrap(), "-"])
}

/// Whether qpdf finds the file sound.
pub(crate) fn check(pdf: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.pdf");
    std::fs::write(&path, pdf).unwrap();
    if let Some(said) = run("qpdf", &["--check", path.to_str().unwrap()]) {
        assert!(
            said.contains("No syntax or stream encoding errors"),
            "{said}"
        );
    }
}

/// Leaves a file in the folder that `PAPER_SAMPLES` names, to be looked at.
#[expect(
    clippy::disallowed_methods,
    reason = "a folder for the person who looks"
)]
pub(crate) fn leave(name: &str, file: &[u8]) {
    let folder = std::env::var("PAPER_SAMPLES").expect("PAPER_SAMPLES names the folder");
    std::fs::write(std::path::Path::new(&folder).join(name), file).unwrap();
}
