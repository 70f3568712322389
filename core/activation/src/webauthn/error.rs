//! Why a passkey's answer is refused: one variant per check of W3C `WebAuthn` L2 §7.1 and §7.2.

/// A passkey's answer was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebauthnError {
    /// `clientDataJSON` is not JSON with type, challenge and origin, once each.
    #[error("the client data cannot be read")]
    ClientData,
    /// The ceremony is another: `webauthn.get` for a registration, or the other way round.
    #[error("the client data is of another ceremony")]
    Type,
    /// It answers another challenge: other digests, another prescriber, another moment.
    #[error("the answer is to another challenge")]
    Challenge,
    /// The page that asked is none of ours.
    #[error("the origin is not one of this service's")]
    Origin,
    /// The page was inside a frame of another origin.
    #[error("the ceremony ran in a frame of another origin")]
    CrossOrigin,
    /// The authenticator data is cut short, too long, or contradicts its flags.
    #[error("the authenticator data cannot be read")]
    AuthenticatorData,
    /// The authenticator answered another relying party.
    #[error("the answer is for another relying party")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("no user was present")]
    NotPresent,
    /// The authenticator did not verify its user (PIN, fingerprint, face).
    #[error("the user was not verified")]
    NotVerified,
    /// The attestation is not the CBOR of §6.5.4.
    #[error("the attestation object cannot be read")]
    Attestation,
    /// An attestation format other than "none".
    #[error("attestation formats other than none are not accepted")]
    Format,
    /// A public key that is not ES256 on P-256, or a point off the curve.
    #[error("the public key is not a P-256 key for ES256")]
    Key,
    /// A credential id that is empty or longer than 1023 bytes.
    #[error("the credential id is empty or too long")]
    CredentialId,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The counter did not grow: the authenticator was cloned, or the answer is an old one.
    #[error("the signature counter went back: the passkey may have been copied")]
    Counter,
}
