use std::convert::Infallible;

use super::CoseReceiptFormatError as Format;
use super::*;
use crate::cbor::CborError;
use crate::consistency::ConsistencyError;
use crate::inclusion::InclusionError;
use crate::note_signer::SoftwareSigner;
use crate::subtree::{Subtree, hash_over_numbers, root_from_subtrees};

const NAME: &str = "ledger.example.mx/receta";

fn signer() -> SoftwareSigner {
    SoftwareSigner::from_seed(NAME, &[5; 32]).unwrap()
}

fn entry(index: u64) -> Vec<u8> {
    index.to_be_bytes().to_vec()
}

fn reader() -> impl FnMut(Subtree) -> Result<Hash, Infallible> {
    |subtree| Ok(hash_over_numbers(subtree))
}

fn root(size: u64) -> Hash {
    root_from_subtrees(size, &mut reader()).unwrap()
}

fn inclusion(index: u64, size: u64) -> CoseReceipt {
    let proof = InclusionProof::generate(index, size, &mut reader()).unwrap();
    let leaf = leaf_hash(&entry(index));
    CoseReceipt::sign_inclusion(proof, leaf, root(size), &signer()).unwrap()
}

fn consistency(from: u64, to: u64) -> CoseReceipt {
    let proof = ConsistencyProof::generate(from, to, &mut reader()).unwrap();
    CoseReceipt::sign_consistency(proof, root(from), root(to), &signer()).unwrap()
}

#[test]
fn every_proof_of_small_trees() {
    let signer = signer();
    let key = signer.verifier_key();
    for size in 1..20 {
        for index in 0..size {
            let receipt = CoseReceipt::decode(&inclusion(index, size).encode()).unwrap();
            assert_eq!(receipt, inclusion(index, size));
            let verified = receipt.verify_inclusion(&entry(index), key).unwrap();
            assert_eq!(verified.root(), root(size));
            assert_eq!(
                receipt.verify_inclusion(&entry(index + 1), key),
                Err(CoseReceiptError::BadSignature)
            );
        }
        for from in 1..=size {
            let receipt = CoseReceipt::decode(&consistency(from, size).encode()).unwrap();
            let verified = receipt.verify_consistency(root(from), root(size), key);
            assert_eq!(verified.unwrap().root(), root(size));
        }
    }
}

#[test]
fn the_format_does_not_drift() {
    let receipt = inclusion(1, 2);
    let kid = signer().verifier_key().id().to_be_bytes();
    let expected = [
        &[0xd2, 0x84, 0x4d, 0xa3, 1, 0x27, 4, 0x44][..],
        &kid,
        &[0x19, 0x01, 0x8b, 1],
        &[0xa1, 0x19, 0x01, 0x8c, 0xa1, 0x20, 0x81, 0x58, 38],
        &[0x83, 2, 1, 0x81, 0x58, 32],
        &leaf_hash(&entry(0)).0,
        &[0xf6, 0x58, 64],
        &receipt.signature,
    ]
    .concat();
    assert_eq!(receipt.encode(), expected);
}

/// RFC 9052 §4.4, written out.
#[test]
fn what_is_signed() {
    let receipt = inclusion(1, 2);
    let protected = receipt.protected.as_bytes();
    let expected = [
        &[0x84, 0x6a][..],
        b"Signature1",
        &[0x4d],
        protected,
        &[0x40, 0x58, 32],
        &root(2).0,
    ]
    .concat();
    let key = signer();
    let key = key.verifier_key();
    assert_eq!(key.check(&expected, &receipt.signature), Ok(()));
    assert!(
        str::from_utf8(&expected).is_err(),
        "a note could say the same"
    );
}

#[test]
fn nothing_that_is_not_proven_is_signed() {
    let proof = InclusionProof::generate(1, 3, &mut reader()).unwrap();
    let refused = CoseReceipt::sign_inclusion(proof, leaf_hash(b"other"), root(3), &signer());
    assert!(matches!(refused, Err(CoseSignError::Inclusion(_))));
    let proof = ConsistencyProof::generate(2, 3, &mut reader()).unwrap();
    let refused = CoseReceipt::sign_consistency(proof, root(1), root(3), &signer());
    assert!(matches!(refused, Err(CoseSignError::Consistency(_))));
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
    let proof = InclusionProof::generate(1, 3, &mut reader()).unwrap();
    let leaf = leaf_hash(&entry(1));
    let refused = CoseReceipt::sign_inclusion(proof, leaf, root(3), &Broken(signer()));
    assert!(matches!(
        refused,
        Err(CoseSignError::Sign(NoteSignError::DoesNotVerify))
    ));
}

#[test]
fn each_disbelief_has_its_reason() {
    let signer = signer();
    let key = signer.verifier_key();
    let (included, grown) = (inclusion(1, 3), consistency(2, 3));
    assert_eq!(
        grown.verify_inclusion(&entry(1), key),
        Err(CoseReceiptError::OtherProof)
    );
    assert_eq!(
        included.verify_consistency(root(1), root(3), key),
        Err(CoseReceiptError::OtherProof)
    );
    let other = SoftwareSigner::from_seed(NAME, &[6; 32]).unwrap();
    assert_eq!(
        included.verify_inclusion(&entry(1), other.verifier_key()),
        Err(CoseReceiptError::OtherKey)
    );
    assert_eq!(
        grown.verify_consistency(root(1), root(3), key),
        Err(CoseReceiptError::Consistency(
            ConsistencyError::OtherSecondRoot
        ))
    );
    let mut short = included.clone();
    if let CoseProof::Inclusion(proof) = &mut short.proof {
        proof.path.pop();
    }
    assert_eq!(
        short.verify_inclusion(&entry(1), key),
        Err(CoseReceiptError::Inclusion(InclusionError::TooShort))
    );
    let mut unsigned = included;
    unsigned.signature[0] ^= 1;
    assert_eq!(
        unsigned.verify_inclusion(&entry(1), key),
        Err(CoseReceiptError::BadSignature)
    );
}

/// Not the log's own header, which is shorter: other labels, and enough to need a length byte.
const PROTECTED: &[u8] = &[
    0xa4, 1, 0x26, 4, 0x41, 1, 0x19, 1, 0x8b, 1, 0x61, b'x', 0x4e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0,
];
const PROOF: &[u8] = &[
    0xa1, 0x19, 1, 0x8c, 0xa1, 0x20, 0x81, 0x44, 0x83, 1, 0, 0x80,
];
const END: &[u8] = &[0xf6, 0x41, 7];

/// A receipt from parts, each of which may be wrong.
fn built(start: &[u8], protected: &[u8], unprotected: &[u8], end: &[u8]) -> Vec<u8> {
    let length = u8::try_from(protected.len()).unwrap();
    [start, &[0x58, length], protected, unprotected, end].concat()
}

fn refuse(bytes: &[u8], reason: CoseReceiptFormatError) {
    assert_eq!(CoseReceipt::decode(bytes), Err(reason), "{bytes:02x?}");
}

/// `bytes` with others from `place` on, and longer if need be.
fn changed(bytes: &[u8], place: usize, to: &[u8]) -> Vec<u8> {
    let end = bytes.len().min(place + to.len());
    [&bytes[..place], to, &bytes[end..]].concat()
}

#[test]
fn each_refusal_of_the_whole_has_its_reason() {
    let sign1 = [0xd2, 0x84];
    let good = built(&sign1, PROTECTED, PROOF, END);
    assert_eq!(CoseReceipt::decode(&good).unwrap().encode(), good);
    refuse(&[0; MAX_COSE_RECEIPT_BYTES + 1], Format::TooLong);
    refuse(&[], Format::Cbor(CborError::Truncated));
    for length in 0..good.len() {
        refuse(&good[..length], Format::Cbor(CborError::Truncated));
    }
    refuse(
        &[&good[..], &[0]].concat(),
        Format::Cbor(CborError::Trailing),
    );
    let indefinite = [0xf6, 0x5f, 0xff];
    for (start, end, reason) in [
        (&[0x84][..], END, Format::Tag),
        (&[0xd1, 0x84], END, Format::Tag),
        (&[0xd8, 18, 0x84], END, Format::Cbor(CborError::NotShortest)),
        (&[0xd2, 0x83], &[0xf6], Format::Sign1),
        (&sign1, &[0xf6, 7], Format::Sign1),
        (&sign1, &[0x41, 0, 0x41, 7], Format::NotDetached),
        (&sign1, &indefinite, Format::Cbor(CborError::Indefinite)),
    ] {
        refuse(&built(start, PROTECTED, PROOF, end), reason);
    }
    refuse(&[&sign1[..], &[0], PROOF, END].concat(), Format::Sign1);
}

#[test]
fn each_refusal_of_a_header_has_its_reason() {
    for (place, to, reason) in [
        (0, &[0xa5][..], Format::Cbor(CborError::Truncated)),
        (0, &[0xa3], Format::Cbor(CborError::Trailing)),
        (3, &[1], Format::Cbor(CborError::DuplicateKey)),
        (3, &[2], Format::Critical),
        (3, &[4, 0x61], Format::Protected),
        (3, &[0x40], Format::Protected),
        (1, &[3], Format::Protected),
        (2, &[0xf6], Format::Protected),
        (9, &[2], Format::Tree),
        (8, &[0x8a], Format::Tree),
    ] {
        let protected = changed(PROTECTED, place, to);
        refuse(&built(&[0xd2, 0x84], &protected, PROOF, END), reason);
    }
    let array = [&[0x98, 24][..], &[0; 24]].concat();
    refuse(&built(&[0xd2, 0x84], &array, PROOF, END), Format::Protected);
}

#[test]
fn each_refusal_of_a_proof_has_its_reason() {
    let refuse = |proof: &[u8], reason| {
        refuse(&built(&[0xd2, 0x84], PROTECTED, proof, END), reason);
    };
    let twice = [0xa2, 0x19, 1, 0x8c, 0xa0, 0x19, 1, 0x8c, 0xa0];
    refuse(&twice, Format::Cbor(CborError::DuplicateKey));
    refuse(&[0xa0], Format::Unprotected);
    refuse(&[0x80], Format::Unprotected);
    refuse(&[0xa1, 0x19, 1, 0x8b, 0xa0], Format::Unprotected);
    refuse(&[0xa1, 0x19, 1, 0x8c, 0xa0], Format::ProofKind);
    for (proofs, reason) in [
        (&[0x80][..], Format::ProofCount),
        (&[0x82, 0x40, 0x40], Format::ProofCount),
        (&[0x81, 0], Format::Proof),
    ] {
        refuse(&[&PROOF[..6], proofs].concat(), reason);
    }
    for (place, to, reason) in [
        (5, &[0x22][..], Format::ProofKind),
        (5, &[0x01], Format::ProofKind),
        (8, &[0x82], Format::Proof),
        (9, &[0x20], Format::Proof),
        (11, &[0x40], Format::Proof),
        (11, &[0x81], Format::Cbor(CborError::Truncated)),
        (7, &[0x45, 0x83, 1, 0, 0x98, 66], Format::PathTooLong),
        (7, &[0x45, 0x83, 1, 0, 0x81, 0], Format::Hash),
        (7, &[0x46, 0x83, 1, 0, 0x81, 0x41, 0], Format::Hash),
        (
            7,
            &[0x45, 0x83, 1, 0, 0x80, 0],
            Format::Cbor(CborError::Trailing),
        ),
        (
            7,
            &[0x45, 0x83, 0x18, 1, 0, 0x80],
            Format::Cbor(CborError::NotShortest),
        ),
    ] {
        refuse(&changed(PROOF, place, to), reason);
    }
}
