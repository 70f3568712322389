//! Notes that verify, and each refusal with its reason.

use super::*;
use crate::note_signer::SoftwareSigner;

fn signer() -> SoftwareSigner {
    SoftwareSigner::from_seed("example.com/notary", &[7; 32]).unwrap()
}

#[test]
fn signed_text_verifies_and_round_trips() {
    let text = "Ognuno sta solo\n\ned è subito sera.\n";
    let note = SignedNote::sign(text.to_owned(), &signer()).unwrap();
    let read = SignedNote::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.verify(signer().verifier_key()).unwrap().text(), text);
}

#[test]
fn foreign_signatures_are_kept_and_ignored() {
    let mut note = SignedNote::sign("text\n".to_owned(), &signer()).unwrap();
    let same_name = "— example.com/notary AAAAAAA=";
    let other_name = "— witness.example 8NHy8/Tw";
    for line in [same_name, other_name] {
        note.attach(NoteSignature::parse(line).unwrap()).unwrap();
    }
    let read = SignedNote::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read.signatures().len(), 3);
    assert!(read.verify(signer().verifier_key()).is_ok());
}

#[test]
fn two_keys_sign_one_text() {
    let other = SoftwareSigner::from_seed("example.com/notary", &[8; 32]).unwrap();
    let mut note = SignedNote::sign("text\n".to_owned(), &signer()).unwrap();
    note.sign_also(&other).unwrap();
    note.sign_also(&other).unwrap();
    assert_eq!(note.signatures().len(), 2);
    for key in [signer().verifier_key(), other.verifier_key()] {
        assert_eq!(note.verify(key).unwrap().text(), "text\n");
    }
}

#[test]
fn only_the_pinned_key_counts() {
    let note = SignedNote::sign("text\n".to_owned(), &signer()).unwrap();
    let other = SoftwareSigner::from_seed("example.com/notary", &[8; 32]).unwrap();
    assert_eq!(
        note.verify(other.verifier_key()),
        Err(NoteError::UnknownSigner)
    );
    let altered = note.to_string().replace("text", "test");
    let altered = SignedNote::parse(altered.as_bytes()).unwrap();
    assert_eq!(
        altered.verify(signer().verifier_key()),
        Err(NoteError::BadSignature)
    );
}

#[test]
fn malformed_notes() {
    let line = "— a AAAAAAA=";
    for (note, reason) in [
        (String::new(), NoteError::NoSignatures),
        ("text\n".to_owned(), NoteError::NoSignatures),
        ("text\n\n".to_owned(), NoteError::NoSignatures),
        (format!("text\n\n{line}"), NoteError::NoSignatures),
        (format!("text\n\n{line}\n\n"), NoteError::NoSignatures),
        (format!("text\n{line}\n"), NoteError::NoSignatures),
        (format!("text\r\n\n{line}\n"), NoteError::NotText),
        (format!("text\n\n{line}\nx\n"), NoteError::SignatureLine(2)),
        (
            format!("text\n\n{line}\n{line}\n"),
            NoteError::DuplicateSignature,
        ),
        (
            "text\n\n— a AAAAAA==\n".to_owned(),
            NoteError::SignatureLine(1),
        ),
        (
            "text\n\n— a+b AAAAAAA=\n".to_owned(),
            NoteError::SignatureLine(1),
        ),
        (
            "text\n\n— a AAAAAAA\n".to_owned(),
            NoteError::SignatureLine(1),
        ),
        (
            "text\n\n— a  AAAAAAA=\n".to_owned(),
            NoteError::SignatureLine(1),
        ),
        ("x".repeat(MAX_NOTE_BYTES + 1), NoteError::TooLong),
    ] {
        assert_eq!(
            SignedNote::parse(note.as_bytes()),
            Err(reason),
            "{note:.60?}"
        );
    }
    assert_eq!(
        SignedNote::parse(b"\xff\n\n\xe2\x80\x94 a AAAAAAA=\n"),
        Err(NoteError::NotText)
    );
}

#[test]
fn the_number_of_signatures_is_bounded() {
    let note = |count: usize| {
        let lines: Vec<String> = (0..count).map(|n| format!("— key{n} AAAAAAA=\n")).collect();
        SignedNote::parse(format!("text\n\n{}", lines.concat()).as_bytes())
    };
    assert!(note(MAX_SIGNATURES).is_ok());
    assert_eq!(note(MAX_SIGNATURES + 1), Err(NoteError::TooManySignatures));
}

#[test]
fn a_signer_that_answers_nonsense_issues_nothing() {
    struct Broken(SoftwareSigner);
    impl NoteSigner for Broken {
        fn verifier_key(&self) -> &VerifierKey {
            self.0.verifier_key()
        }
        fn sign(&self, _: &[u8]) -> Result<[u8; 64], NoteSignError> {
            Ok([0; 64])
        }
    }
    let refused = SignedNote::sign("text\n".to_owned(), &Broken(signer()));
    assert!(matches!(refused, Err(NoteSignError::DoesNotVerify)));
    assert!(matches!(
        SignedNote::sign("no newline".to_owned(), &signer()),
        Err(NoteSignError::Text)
    ));
}
