//! A timestamp authority (RFC 3161), honest unless told otherwise.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::der::{
    self, GENERALIZED_TIME, NULL, OCTET_STRING, SEQUENCE, SET, constructed, integer, oid, sequence,
    set_of, tlv,
};
use crate::key::Key;
use crate::pki::{Authority, timestamp_params};

/// SHA-256.
pub const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
/// SHA-1, which nobody may accept.
pub const SHA_1: &str = "1.3.14.3.2.26";
/// `id-ct-TSTInfo`.
pub const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
/// Policy of a simulated authority, below the arc of the Secretaría de Economía for NOM-151.
pub const POLICY: &str = "2.16.484.101.10.316.1.2";
/// `content-type`, `message-digest`, `signing-certificate-v2`.
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const ECDSA_WITH_SHA_256: &str = "1.2.840.10045.4.3.2";

/// What a request asks, as far as this authority reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// DER `MessageImprint`, echoed.
    pub imprint: Vec<u8>,
    /// DER `INTEGER`, echoed.
    pub nonce: Option<Vec<u8>>,
    /// Whether the certificate goes along.
    pub certificates: bool,
}

impl Asked {
    /// Reads a `TimeStampReq`.
    #[must_use]
    pub fn read(request: &[u8]) -> Option<Self> {
        let (SEQUENCE, body, []) = der::read(request)? else {
            return None;
        };
        let (_, _version, rest) = der::read(body)?;
        let (SEQUENCE, imprint, mut rest) = der::read(rest)? else {
            return None;
        };
        let mut asked = Self {
            imprint: tlv(SEQUENCE, imprint),
            nonce: None,
            certificates: false,
        };
        while !rest.is_empty() {
            let (tag, value, after) = der::read(rest)?;
            match tag {
                der::INTEGER => asked.nonce = Some(tlv(tag, value)),
                0x01 => asked.certificates = value != [0],
                _ => {}
            }
            rest = after;
        }
        Some(asked)
    }

    /// For bytes that nobody asked about by a request.
    ///
    /// # Errors
    /// None in practice.
    pub fn of(message: &[u8]) -> Result<Self> {
        Ok(Self {
            imprint: imprint(SHA_256, &Sha256::digest(message))?,
            nonce: None,
            certificates: true,
        })
    }
}

/// DER `MessageImprint`.
///
/// # Errors
/// The algorithm is no OID.
pub fn imprint(algorithm: &str, digest: &[u8]) -> Result<Vec<u8>> {
    let algorithm = sequence(&[oid(algorithm)?, NULL.to_vec()]);
    Ok(sequence(&[algorithm, tlv(OCTET_STRING, digest)]))
}

/// An answer before it is signed. Every field is open, so that a test can make each lie there is.
#[derive(Debug, Clone)]
pub struct Draft {
    /// `PKIStatus`.
    pub status: u8,
    /// `TSTInfo.version`.
    pub version: u8,
    /// Dotted.
    pub policy: String,
    /// DER `MessageImprint`.
    pub imprint: Vec<u8>,
    /// Big endian.
    pub serial: Vec<u8>,
    /// As text of a `GeneralizedTime`.
    pub gen_time: String,
    /// Everything between `genTime` and the nonce, DER: accuracy and ordering.
    pub accuracy: Vec<u8>,
    /// DER `INTEGER`.
    pub nonce: Option<Vec<u8>>,
    /// Everything after the nonce, DER: `tsa` and extensions.
    pub rest: Vec<u8>,
    /// `eContentType`, dotted.
    pub content_type: String,
    /// The content-type attribute, dotted.
    pub signed_content_type: String,
    /// Overrides the message-digest attribute.
    pub message_digest: Option<Vec<u8>>,
    /// What signing-certificate-v2 hashes; `None` leaves the attribute out.
    pub signing_certificate: Option<Vec<u8>>,
    /// More signed attributes, DER.
    pub attributes: Vec<Vec<u8>>,
    /// DER certificates in the token.
    pub certificates: Vec<Vec<u8>>,
    /// How often the signer signs.
    pub signers: usize,
    /// Unsigned attributes of the signer, DER with the tag `[1]`.
    pub unsigned: Vec<u8>,
    /// Dotted algorithm of the digests of the `SignedData`.
    pub digest: String,
}

/// The authority: its key, its certificate, the path to its root.
pub struct Tsa {
    key: Key,
    leaf: Vec<u8>,
    issuing: Authority,
    root: Authority,
}

impl Tsa {
    /// The authority of the sandbox.
    ///
    /// # Errors
    /// A certificate cannot be made.
    pub fn new() -> Result<Self> {
        Self::with_params(&timestamp_params(
            "Autoridad de sellos de tiempo simulada",
            9,
        )?)
    }

    /// The same with another certificate.
    ///
    /// # Errors
    /// A certificate cannot be made.
    pub fn with_params(params: &rcgen::CertificateParams) -> Result<Self> {
        let root = Authority::root("AC Raíz de sellos de tiempo simulada", 41)?;
        let issuing = root.subordinate("AC de sellos de tiempo simulada", 42)?;
        let key = Key::from_seed(43)?;
        let leaf = issuing.issue(params, &key)?;
        Ok(Self {
            key,
            leaf,
            issuing,
            root,
        })
    }

    /// Its certificate, DER.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    /// The CA that issued it.
    #[must_use]
    pub fn issuing(&self) -> &Authority {
        &self.issuing
    }

    /// What a verifier pins.
    #[must_use]
    pub fn root(&self) -> &Authority {
        &self.root
    }

    /// An honest answer at `at`, before it is signed.
    ///
    /// # Errors
    /// `at` cannot be written.
    pub fn draft(&self, asked: &Asked, at: Timestamp, serial: u64) -> Result<Draft> {
        let certificates = if asked.certificates {
            vec![self.leaf.clone(), self.issuing.der().to_vec()]
        } else {
            vec![]
        };
        Ok(Draft {
            status: 0,
            version: 1,
            policy: POLICY.to_owned(),
            imprint: asked.imprint.clone(),
            serial: serial.to_be_bytes().to_vec(),
            gen_time: gen_time(at),
            // One second, half a millisecond.
            accuracy: sequence(&[integer(&[1]), tlv(0x81, &[0x01, 0xf4])]),
            nonce: asked.nonce.clone(),
            rest: vec![],
            content_type: TST_INFO.to_owned(),
            signed_content_type: TST_INFO.to_owned(),
            message_digest: None,
            signing_certificate: Some(self.leaf.clone()),
            attributes: vec![],
            certificates,
            signers: 1,
            unsigned: vec![],
            digest: SHA_256.to_owned(),
        })
    }

    /// The `TimeStampResp` to a `TimeStampReq`: a rejection where the request cannot be read.
    ///
    /// # Errors
    /// The answer cannot be made.
    pub fn answer(&self, request: &[u8], at: Timestamp, serial: u64) -> Result<Vec<u8>> {
        match Asked::read(request) {
            Some(asked) => self.respond(&self.draft(&asked, at, serial)?),
            // rejection, badDataFormat (RFC 3161 §2.4.2)
            None => Ok(sequence(&[sequence(&[
                integer(&[2]),
                tlv(0x03, &[0x02, 0x04]),
            ])])),
        }
    }

    /// A `TimeStampResp` as the draft says.
    ///
    /// # Errors
    /// An OID of the draft is none.
    pub fn respond(&self, draft: &Draft) -> Result<Vec<u8>> {
        let status = sequence(&[integer(&[draft.status])]);
        let mut parts = vec![status];
        if draft.status <= 1 {
            parts.push(self.token(draft)?);
        }
        Ok(sequence(&parts))
    }

    /// The `TimeStampToken` alone.
    ///
    /// # Errors
    /// An OID of the draft is none.
    pub fn token(&self, draft: &Draft) -> Result<Vec<u8>> {
        let info = tst_info(draft)?;
        let digest = sequence(&[oid(&draft.digest)?]);
        let signer = self.signer_info(draft, &info, &digest)?;
        // A second signer differs in a byte that nobody signs, as a SET has no two equal members.
        let signers: Vec<_> = (0..draft.signers)
            .map(|number| {
                let mut signer = signer.clone();
                if number > 0
                    && let Some(last) = signer.last_mut()
                {
                    *last ^= 1;
                }
                signer
            })
            .collect();
        let content = sequence(&[
            oid(&draft.content_type)?,
            tlv(0xa0, &tlv(OCTET_STRING, &info)),
        ]);
        let signed_data = sequence(&[
            integer(&[3]),
            constructed(SET, &[digest]),
            content,
            set_of(0xa0, &draft.certificates),
            set_of(SET, &signers),
        ]);
        Ok(sequence(&[oid(SIGNED_DATA)?, tlv(0xa0, &signed_data)]))
    }

    fn signer_info(&self, draft: &Draft, info: &[u8], digest: &[u8]) -> Result<Vec<u8>> {
        let message_digest = draft
            .message_digest
            .clone()
            .unwrap_or_else(|| Sha256::digest(info).to_vec());
        let mut attributes = vec![
            attribute(CONTENT_TYPE, oid(&draft.signed_content_type)?)?,
            attribute(MESSAGE_DIGEST, tlv(OCTET_STRING, &message_digest))?,
        ];
        if let Some(certificate) = &draft.signing_certificate {
            let hash = tlv(OCTET_STRING, &Sha256::digest(certificate));
            let ids = sequence(&[sequence(&[sequence(&[hash])])]);
            attributes.push(attribute(SIGNING_CERTIFICATE_V2, ids)?);
        }
        attributes.extend(draft.attributes.iter().cloned());
        let signature = self.key.sign_der(&set_of(SET, &attributes));
        Ok(sequence(&[
            integer(&[1]),
            issuer_and_serial(&self.leaf).context("the leaf's issuer")?,
            digest.to_vec(),
            set_of(0xa0, &attributes),
            sequence(&[oid(ECDSA_WITH_SHA_256)?]),
            tlv(OCTET_STRING, &signature),
            draft.unsigned.clone(),
        ]))
    }
}

/// An `Attribute` with one value.
///
/// # Errors
/// The kind is no OID.
pub fn attribute(kind: &str, value: Vec<u8>) -> Result<Vec<u8>> {
    Ok(sequence(&[oid(kind)?, constructed(SET, &[value])]))
}

fn tst_info(draft: &Draft) -> Result<Vec<u8>> {
    Ok(sequence(&[
        integer(&[draft.version]),
        oid(&draft.policy)?,
        draft.imprint.clone(),
        integer(&draft.serial),
        tlv(GENERALIZED_TIME, draft.gen_time.as_bytes()),
        draft.accuracy.clone(),
        draft.nonce.clone().unwrap_or_default(),
        draft.rest.clone(),
    ]))
}

/// RFC 3161 §2.4.2: fractions without trailing zeros.
fn gen_time(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    let whole = zoned.strftime("%Y%m%d%H%M%S").to_string();
    let fraction = format!("{:09}", zoned.subsec_nanosecond());
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        format!("{whole}Z")
    } else {
        format!("{whole}.{fraction}Z")
    }
}

fn issuer_and_serial(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate, _) = der::read(certificate)?;
    let (_, tbs, _) = der::read(certificate)?;
    let (_, _version, rest) = der::read(tbs)?;
    let (serial_tag, serial, rest) = der::read(rest)?;
    let (_, _algorithm, rest) = der::read(rest)?;
    let (issuer_tag, issuer, _) = der::read(rest)?;
    Some(sequence(&[
        tlv(issuer_tag, issuer),
        tlv(serial_tag, serial),
    ]))
}
