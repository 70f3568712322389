//! `auditor signature` and `auditor constancia`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use signing::cms::cades::{
    LongTermCades, LongTermTrust, Moment, claimed_digest, verify_long_term_digest,
};
use signing::timestamp::{AcceptedPolicies, ObjectIdentifier, TimestampTrust, nom151};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};

use super::files::{self, Unusable};
use super::signature_text::{Told, existence_code, hex, level_code, tell, tell_constancia};
use super::{CLEAN, FINDINGS};
use crate::clock;

/// What the exit code and the options mean.
pub(super) const AFTER_HELP: &str = "\
La firma, su sello de tiempo y los datos de revocación que trae se juzgan sólo con las autoridades
que usted fija aquí. Sin --at ni sello de tiempo la firma se juzga ahora; con sello, en el momento
del sello; con --at, en el momento que usted comprobó en el registro (auditor receipt).

Salida: 0, la firma es válida; 1, no lo es; 2, no se examinó nada.";

#[derive(Debug, Args)]
pub(super) struct SignatureArgs {
    /// Firma CAdES (.p7s, DER), como la entrega /prescriptions/{folio}/signature
    #[arg(value_name = "ARCHIVO")]
    signature: PathBuf,
    /// Documento firmado, byte por byte; sin él sólo se dice sobre qué resumen es la firma
    #[arg(long, value_name = "ARCHIVO")]
    document: Option<PathBuf>,
    /// Autoridad raíz de los certificados de profesionales (se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    anchor: Vec<PathBuf>,
    /// Autoridad raíz de la e.firma (SAT o Banxico; se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    efirma_anchor: Vec<PathBuf>,
    /// Autoridad intermedia que la firma no trae (se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    issuer: Vec<PathBuf>,
    /// Lista de revocación (se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    crl: Vec<PathBuf>,
    #[command(flatten)]
    timestamps: TimestampArgs,
    /// Momento del asiento en el registro, ya comprobado aparte (RFC 3339, UTC)
    #[arg(long, value_name = "INSTANTE")]
    at: Option<String>,
    /// Exige que la revocación de cada certificado conste, dentro de la firma o en --crl
    #[arg(long)]
    require_revocation: bool,
    /// Imprime el resultado en JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ConstanciaArgs {
    /// Constancia (token o respuesta RFC 3161, DER)
    #[arg(value_name = "ARCHIVO")]
    constancia: PathBuf,
    /// Documento conservado, byte por byte
    #[arg(long, value_name = "ARCHIVO")]
    document: PathBuf,
    #[command(flatten)]
    timestamps: TimestampArgs,
}

/// The authorities of time.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the options, beside those of the signers"
)]
struct TimestampArgs {
    /// Autoridad raíz de los sellos de tiempo (se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    timestamp_anchor: Vec<PathBuf>,
    /// Autoridad intermedia de los sellos de tiempo (se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "timestamp_anchor")]
    timestamp_issuer: Vec<PathBuf>,
    /// Lista de revocación de los sellos de tiempo (se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "timestamp_anchor")]
    timestamp_crl: Vec<PathBuf>,
    /// Política de sellado que se acepta (se puede repetir); sin ella, cualquiera
    #[arg(long, value_name = "OID", requires = "timestamp_anchor")]
    timestamp_policy: Vec<String>,
}

impl TimestampArgs {
    fn read(&self, revocation: RevocationPolicy) -> Result<Option<TimestampTrust>, Unusable> {
        if self.timestamp_anchor.is_empty() {
            return Ok(None);
        }
        let mut store = TrustStore::new(revocation);
        add_anchors(&mut store, &self.timestamp_anchor, AnchorPolicy::Timestamp)?;
        add_issuers(&mut store, &self.timestamp_issuer)?;
        add_crls(&mut store, &self.timestamp_crl)?;
        let listed = self
            .timestamp_policy
            .iter()
            .map(|text| ObjectIdentifier::new(text).map_err(|_| Unusable::Oid(text.clone())));
        let listed: Vec<_> = listed.collect::<Result<_, _>>()?;
        let policies = if listed.is_empty() {
            AcceptedPolicies::Any
        } else {
            AcceptedPolicies::Listed(listed)
        };
        Ok(Some(TimestampTrust {
            authorities: store,
            policies,
        }))
    }
}

/// Verifies a signature of any level offline and prints what it proves.
pub(super) fn run(args: &SignatureArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let p7s = files::read(&args.signature)?;
    let document = args.document.as_ref().map(|path| files::read(path));
    let document = document.transpose()?;
    let revocation = if args.require_revocation {
        RevocationPolicy::Required
    } else {
        RevocationPolicy::WhenListed
    };
    let mut signers = TrustStore::new(revocation);
    add_anchors(&mut signers, &args.anchor, AnchorPolicy::Professional)?;
    add_anchors(&mut signers, &args.efirma_anchor, AnchorPolicy::Efirma)?;
    add_issuers(&mut signers, &args.issuer)?;
    add_crls(&mut signers, &args.crl)?;
    let timestamps = args.timestamps.read(revocation)?;
    let trust = LongTermTrust {
        signers: &signers,
        timestamps: timestamps.as_ref(),
    };
    let when = Moment {
        ledger: args.at.as_deref().map(instant).transpose()?,
        now: clock::now(),
    };
    let judged = match &document {
        Some(bytes) => Ok(sha256(bytes)),
        None => claimed_digest(&p7s),
    };
    let judged = judged.and_then(|digest| verify_long_term_digest(digest, &p7s, &trust, when));
    let told = Told {
        judged: &judged,
        document_given: document.is_some(),
        now: when.now,
    };
    if args.json {
        writeln!(out, "{}", to_json(&told))?;
    } else {
        tell(&told, out)?;
    }
    Ok(if judged.is_ok() { CLEAN } else { FINDINGS })
}

/// Verifies a constancia, and says whether it is one of NOM-151.
pub(super) fn run_constancia(args: &ConstanciaArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let bytes = files::read(&args.constancia)?;
    let document = files::read(&args.document)?;
    let trust = args.timestamps.read(RevocationPolicy::WhenListed)?;
    let trust = trust.unwrap_or(TimestampTrust {
        authorities: TrustStore::new(RevocationPolicy::WhenListed),
        policies: AcceptedPolicies::Any,
    });
    let judged = nom151::verify(&bytes, &document, &trust);
    tell_constancia(&judged, out)?;
    Ok(if judged.is_ok() { CLEAN } else { FINDINGS })
}

fn to_json(told: &Told<'_>) -> serde_json::Value {
    let judged = match told.judged {
        Ok(judged) => judged,
        Err(reason) => return json!({"clean": false, "message": reason.to_string()}),
    };
    let timestamp = judged.timestamp().map(|stamp| {
        json!({
            "time": stamp.gen_time().to_string(),
            "policy": stamp.policy().to_string(),
            "authority": stamp.authority().subject(),
            "vouches": judged.vouching().is_ok(),
            "vouches_until": stamp.authority().vouches_until().to_string(),
        })
    });
    json!({
        "clean": true,
        "level": level_code(judged.level()),
        "digest": hex(&judged.cades().digest()),
        "document_compared": told.document_given,
        "cedula": judged.cades().subject().cedula,
        "signing_time": judged.cades().signing_time().to_string(),
        "existence": existence_code(judged.existence()),
        "existed_at": judged.existence().at().to_string(),
        "holds_until": holds_until(judged),
        "revocation_made_at": judged.evidence_made_at().map(|at| at.to_string()),
        "timestamp": timestamp,
    })
}

fn holds_until(judged: &LongTermCades) -> Option<String> {
    judged.holds_until().map(|at| at.to_string())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

fn instant(text: &str) -> Result<Timestamp, Unusable> {
    let parsed = text.parse();
    parsed.map_err(|_| Unusable::Instant(text.to_owned()))
}

fn add_anchors(
    store: &mut TrustStore,
    paths: &[PathBuf],
    policy: AnchorPolicy,
) -> Result<(), Unusable> {
    for path in paths {
        let added = store.add_anchor(&files::read(path)?, policy);
        added.map_err(|error| Unusable::Trust(path.clone(), error))?;
    }
    Ok(())
}

fn add_issuers(store: &mut TrustStore, paths: &[PathBuf]) -> Result<(), Unusable> {
    for path in paths {
        let added = store.add_issuer(&files::read(path)?);
        added.map_err(|error| Unusable::Trust(path.clone(), error))?;
    }
    Ok(())
}

fn add_crls(store: &mut TrustStore, paths: &[PathBuf]) -> Result<(), Unusable> {
    for path in paths {
        let added = store.add_crl(&files::read(path)?);
        added.map_err(|error| Unusable::Trust(path.clone(), error))?;
    }
    Ok(())
}
