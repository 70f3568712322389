//! The ledger's receipt for an act.

use data_encoding::BASE64;
use ledger::{Policy, TlogProof};

/// A receipt whose checkpoint the pinned ledger signed.
///
/// The counter does not know the salted leaf, so that it cannot check which entry the path leads
/// to: an auditor, who is given the body, can. What it does check is that the pinned ledger signed
/// a tree of at least this index: a stranger cannot confirm an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Index of the entry.
    pub index: u64,
    /// C2SP tlog-proof text.
    pub proof: String,
}

/// The receipt does not come from the pinned ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The answer has none.
    #[error("la respuesta no trae recibo del registro")]
    Missing,
    /// Not base64 of a tlog-proof.
    #[error("el recibo del registro es ilegible")]
    Malformed,
    /// Another key signed it, or nobody.
    #[error("el recibo no es del registro que esta farmacia conoce")]
    Foreign,
}

impl Receipt {
    /// Reads the header `Receta-Receipt`.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn from_header(header: Option<&str>, ledger: &Policy) -> Result<Self, ReceiptError> {
        let text = header.ok_or(ReceiptError::Missing)?;
        let bytes = BASE64
            .decode(text.as_bytes())
            .map_err(|_| ReceiptError::Malformed)?;
        let proof = TlogProof::parse(&bytes).map_err(|_| ReceiptError::Malformed)?;
        // Witnesses come later: a receipt is given before they have been asked.
        let mut keys = ledger.logs().iter().map(|log| &log.key);
        let checkpoint = keys.find_map(|key| proof.signed_checkpoint().verify(key).ok());
        let checkpoint = checkpoint.ok_or(ReceiptError::Foreign)?;
        let index = proof.claimed_index();
        if index >= checkpoint.checkpoint().head().size {
            return Err(ReceiptError::Malformed);
        }
        Ok(Self {
            index,
            proof: String::from_utf8(bytes).map_err(|_| ReceiptError::Malformed)?,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ledger::{
        Checkpoint, InclusionProof, NoteSigner, SignedCheckpoint, SoftwareSigner, TreeHead,
        leaf_hash,
    };

    use super::*;

    /// A receipt for the only entry of a ledger of one, signed by the key of `seed`.
    pub(crate) fn header(seed: u8) -> (String, Policy) {
        let ledger = SoftwareSigner::from_seed("receta.example/libro", &[seed; 32]).unwrap();
        let head = TreeHead {
            size: 1,
            root: leaf_hash(b"leaf"),
        };
        let checkpoint = Checkpoint::new("receta.example/libro", head).unwrap();
        let head = SignedCheckpoint::sign(checkpoint, &ledger).unwrap();
        let inclusion = InclusionProof {
            index: 0,
            size: 1,
            path: vec![],
        };
        let proof = TlogProof::new(inclusion, head).unwrap().to_string();
        (
            BASE64.encode(proof.as_bytes()),
            Policy::of_log(ledger.verifier_key().clone()),
        )
    }

    #[test]
    fn only_the_pinned_ledger_confirms() {
        let (text, key) = header(1);
        let (_, other) = header(2);
        assert_eq!(Receipt::from_header(Some(&text), &key).unwrap().index, 0);
        assert_eq!(
            Receipt::from_header(Some(&text), &other),
            Err(ReceiptError::Foreign)
        );
        assert_eq!(Receipt::from_header(None, &key), Err(ReceiptError::Missing));
        for wrong in ["", "¿?", "AAAA"] {
            let refused = Receipt::from_header(Some(wrong), &key);
            assert_eq!(refused, Err(ReceiptError::Malformed), "{wrong}");
        }
    }
}
