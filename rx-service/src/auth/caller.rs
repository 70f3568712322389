//! The caller that a client certificate names.
//!
//! The authority of the clients writes one URI into the subject alternative name:
//! `urn:receta:client:<role>:<CLUES>`, for a pharmacy with a sanitary licence
//! `urn:receta:client:pharmacy:<CLUES>:<licence>`, and for who makes, imports or stores controlled
//! medicines `urn:receta:client:supplier:<CLUES>:<licence>:<kind>`, the kind being a code of
//! [`EstablishmentKind`]. The licence is in the certificate, so that a pharmacy whose licence ends
//! gets another certificate, and nobody can claim one.
//!
//! Laboratories and warehouses are not health establishments and have no CLUES of the DGIS; the
//! authority of the clients gives each an identifier of the same shape.

use prescription::Clues;
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use substances::EstablishmentKind;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// What a caller may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// An electronic health record: issues and cancels.
    Ehr,
    /// A pharmacy: verifies and dispenses.
    Pharmacy {
        /// Number of its sanitary licence for estupefacientes and psicotrópicos, if it has one.
        licence: Option<String>,
    },
    /// A laboratory, importer or warehouse (LGS art. 198-I): brings stock into being and ships it.
    Supplier {
        /// What it is (LGS art. 257).
        kind: EstablishmentKind,
        /// Number of its sanitary licence; it has no business here without one.
        licence: String,
    },
    /// An auditor of the authority: reads event bodies, stock and control books.
    Auditor,
}

impl Role {
    /// The role as certificates and logs write it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ehr => "ehr",
            Self::Pharmacy { .. } => "pharmacy",
            Self::Supplier { .. } => "supplier",
            Self::Auditor => "auditor",
        }
    }
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What it may do.
    pub role: Role,
    /// Its establishment.
    pub clues: Clues,
    /// SHA-256 of its certificate in hexadecimal: who it is in logs and idempotency keys.
    pub fingerprint: String,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// Its public key: `SubjectPublicKeyInfo`, DER.
    pub spki: Vec<u8>,
}

/// A certificate of our authority that names no caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    /// Not a certificate that we can read.
    #[error("the client certificate cannot be read")]
    Certificate,
    /// It names no role, or several.
    #[error(
        "the client certificate names no caller: it needs one URI urn:receta:client:<role>:<CLUES>"
    )]
    Name,
}

impl Caller {
    /// Reads the caller from a certificate whose chain TLS has verified.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn from_certificate(der: &CertificateDer<'_>) -> Result<Self, CallerError> {
        let certificate = Certificate::from_der(der).map_err(|_| CallerError::Certificate)?;
        let tbs = certificate.tbs_certificate();
        let names = tbs
            .get_extension::<SubjectAltName>()
            .map_err(|_| CallerError::Certificate)?
            .ok_or(CallerError::Name)?
            .1
            .0;
        let mut callers = names.iter().filter_map(|name| {
            let GeneralName::UniformResourceIdentifier(uri) = name else {
                return None;
            };
            uri.as_str().strip_prefix("urn:receta:client:")
        });
        let (Some(caller), None) = (callers.next(), callers.next()) else {
            return Err(CallerError::Name);
        };
        let (role, clues) = parse(caller).ok_or(CallerError::Name)?;
        let spki = tbs
            .subject_public_key_info()
            .to_der()
            .map_err(|_| CallerError::Certificate)?;
        let fingerprint = data_encoding::HEXLOWER.encode(&Sha256::digest(der));
        Ok(Self {
            role,
            clues,
            fingerprint,
            certificate: der.to_vec(),
            spki,
        })
    }
}

fn parse(caller: &str) -> Option<(Role, Clues)> {
    let mut parts = caller.split(':');
    let role = parts.next()?;
    let clues = parts.next()?.parse().ok()?;
    let licence = parts.next().map(str::to_owned);
    let role = match (role, licence, parts.next()) {
        ("ehr", None, None) => Role::Ehr,
        ("auditor", None, None) => Role::Auditor,
        ("pharmacy", licence, None) if licence.as_deref() != Some("") => Role::Pharmacy { licence },
        ("supplier", Some(licence), Some(kind)) if !licence.is_empty() => {
            let kind = EstablishmentKind::from_code(kind)?;
            // Who supplies the public is a pharmacy here.
            (!kind.supplies_the_public()).then_some(Role::Supplier { kind, licence })?
        }
        _ => return None,
    };
    parts.next().is_none().then_some((role, clues))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_role() {
        assert_eq!(parse("ehr:HGIMB000011").unwrap().0, Role::Ehr);
        assert_eq!(parse("auditor:DFSSA000001").unwrap().0, Role::Auditor);
        assert_eq!(
            parse("pharmacy:HGFAR000001:LS-1").unwrap().0,
            Role::Pharmacy {
                licence: Some("LS-1".to_owned())
            }
        );
        assert_eq!(
            parse("pharmacy:HGFAR000002").unwrap().0,
            Role::Pharmacy { licence: None }
        );
        assert_eq!(
            parse("supplier:DFALM000001:LS-2:distribution-warehouse")
                .unwrap()
                .0,
            Role::Supplier {
                kind: EstablishmentKind::DistributionWarehouse,
                licence: "LS-2".to_owned()
            }
        );
    }

    #[test]
    fn refuses_anything_else() {
        for wrong in [
            "",
            "ehr",
            "ehr:",
            "ehr:hgimb000011",
            "ehr:HGIMB000011:x",
            "king:HGIMB000011",
            "pharmacy:HGFAR000001:",
            "pharmacy:HGFAR000001:a:b",
            "supplier:DFALM000001",
            "supplier:DFALM000001:LS-2",
            "supplier:DFALM000001::distribution-warehouse",
            "supplier:DFALM000001:LS-2:pharmacy",
            "supplier:DFALM000001:LS-2:castle",
            "supplier:DFALM000001:LS-2:medicine-factory:x",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_are_refused() {
        let error = Caller::from_certificate(&CertificateDer::from(vec![0x30, 0])).unwrap_err();
        assert_eq!(error, CallerError::Certificate);
    }
}
