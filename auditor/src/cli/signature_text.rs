//! What a signature proves, in Spanish: for a court, not for a developer.

use std::io::{self, Write};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use signing::cms::CmsError;
use signing::cms::cades::{Existence, Level, LongTermCades};
use signing::timestamp::{TimestampError, VerifiedTimestamp};
use signing::trust::{AnchorPolicy, TrustError};

/// A judgement, and what it was made with.
pub(super) struct Told<'a> {
    pub(super) judged: &'a Result<LongTermCades, CmsError>,
    pub(super) document_given: bool,
    pub(super) now: Timestamp,
}

pub(super) fn tell(told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    let judged = match told.judged {
        Ok(judged) => judged,
        Err(reason) => {
            writeln!(out, "Firma NO válida: {}.", reason_in_spanish(reason))?;
            return writeln!(out, "  Detalle: {reason}");
        }
    };
    let cades = judged.cades();
    if told.document_given {
        writeln!(out, "Firma válida sobre este documento.")?;
    } else {
        writeln!(
            out,
            "Firma válida, pero no se comparó con ningún documento: dé --document."
        )?;
    }
    writeln!(out, "  SHA-256 de lo firmado: {}", hex(&cades.digest()))?;
    let subject = cades.subject();
    writeln!(
        out,
        "  Firmó: {}{}",
        subject.name,
        match &subject.cedula {
            Some(cedula) => format!(", cédula profesional {cedula}"),
            None => String::new(),
        }
    )?;
    writeln!(
        out,
        "  Certificado: {}, vigente del {} al {}",
        match cades.signer().policy() {
            AnchorPolicy::Professional => "de profesional de la salud",
            AnchorPolicy::Efirma => "e.firma",
            AnchorPolicy::Timestamp => "de sellos de tiempo",
        },
        cades.signer().not_before(),
        cades.signer().not_after()
    )?;
    writeln!(
        out,
        "  Hora que declaró quien firmó: {} (sólo su dicho)",
        cades.signing_time()
    )?;
    tell_level(judged, out)?;
    tell_existence(judged, told.now, out)
}

fn tell_level(judged: &LongTermCades, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "  Nivel: {}",
        match judged.level() {
            Level::BaselineB => "CAdES-B-B, la firma sola",
            Level::BaselineT => "CAdES-B-T, con sello de tiempo",
            Level::BaselineLt => {
                "CAdES-B-LT, con sello de tiempo y lo necesario para verificarla sin red"
            }
        }
    )?;
    let Some(stamp) = judged.timestamp() else {
        return Ok(());
    };
    tell_stamp(stamp, out)?;
    if let Err(reason) = judged.vouching() {
        writeln!(
            out,
            "  El sello ya no prueba la fecha por sí solo: {}",
            vouching_in_spanish(reason)
        )?;
    }
    match judged.evidence_made_at() {
        Some(made) if made >= stamp.gen_time() => writeln!(
            out,
            "  Revocación: consta en la firma, con datos del {made}, posteriores al sello"
        ),
        Some(made) => writeln!(
            out,
            "  Revocación: consta en la firma, con datos del {made}, ANTERIORES al sello: no \
             podían saber de una revocación inmediata; compare con una lista posterior (--crl)"
        ),
        None => writeln!(
            out,
            "  Revocación: no consta en la firma; se usó sólo lo que usted dio"
        ),
    }
}

fn tell_existence(judged: &LongTermCades, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let at = judged.existence().at();
    match judged.existence() {
        Existence::Ledger(_) => writeln!(
            out,
            "Existía el {at}, por el registro: el certificado se juzgó a esa hora.\nVale mientras \
             conserve la prueba del registro; no depende de que los certificados sigan vigentes."
        ),
        Existence::Timestamp(_) => writeln!(
            out,
            "Existía a más tardar el {at}, por el sello: el certificado se juzgó a esa \
             hora.\nVale así hasta el {}, cuando vence la autoridad del sello. Antes, agregue otro \
             sello o conserve la prueba del registro (--at).",
            judged.holds_until().unwrap_or(at)
        ),
        Existence::Now(_) => writeln!(
            out,
            "Existe hoy ({now}); nada prueba desde cuándo. Vale así hasta el {}, cuando vence el \
             certificado. Para más tiempo: sello de tiempo, o la hora del registro (--at).",
            judged.holds_until().unwrap_or(at)
        ),
    }
}

pub(super) fn tell_constancia(
    judged: &Result<VerifiedTimestamp, TimestampError>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match judged {
        Ok(stamp) => {
            writeln!(
                out,
                "Constancia NOM-151 válida: el documento existía, tal como está, a más tardar el {}.",
                stamp.not_later_than()
            )?;
            tell_stamp(stamp, out)?;
            writeln!(
                out,
                "Vale así hasta el {}, cuando vence la autoridad que la emitió.",
                stamp.authority().vouches_until()
            )
        }
        Err(reason) => {
            writeln!(
                out,
                "Constancia NO válida: {}.",
                timestamp_in_spanish(reason)
            )?;
            writeln!(out, "  Detalle: {reason}")
        }
    }
}

fn tell_stamp(stamp: &VerifiedTimestamp, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "  Sello de tiempo: {}, política {}, número {}, de {}",
        stamp.gen_time(),
        stamp.policy(),
        hex(stamp.serial()),
        stamp.authority().subject()
    )
}

/// The kinds of reason a court asks about; the rest has its detail below.
fn reason_in_spanish(reason: &CmsError) -> &'static str {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other reason is about the file, and its detail follows"
    )]
    match reason {
        CmsError::MessageDigestMismatch => "el documento no es el que se firmó",
        CmsError::BadSignature => "la firma no corresponde al certificado: algo fue alterado",
        CmsError::Trust(TrustError::Revoked) => "el certificado ya estaba revocado",
        CmsError::Trust(TrustError::Expired) => {
            "el certificado ya había vencido, y nada prueba que la firma sea anterior"
        }
        CmsError::Trust(TrustError::NotYetValid) => "el certificado todavía no era vigente",
        CmsError::Trust(TrustError::UnknownIssuer) => {
            "ninguna autoridad fijada emitió el certificado (--anchor, --efirma-anchor)"
        }
        CmsError::Trust(TrustError::SatSeal) => {
            "es un sello digital (CSD) de empresa, no la firma de una persona"
        }
        CmsError::Trust(TrustError::RevocationUnknown) => {
            "no consta si el certificado estaba revocado (--crl)"
        }
        CmsError::Trust(_) => "no se cree en el certificado",
        CmsError::NoTimestampAuthority => {
            "trae un sello de tiempo y no se fijó autoridad (--timestamp-anchor)"
        }
        CmsError::TimestampNoLongerProves(_) => {
            "la autoridad del sello ya no responde por él; dé la hora del registro (--at)"
        }
        CmsError::Timestamp(reason) => timestamp_in_spanish(reason),
        CmsError::SigningTimeInFuture => {
            "la hora declarada es posterior a la que prueban el sello o el registro"
        }
        CmsError::SignedAttributesMissing => "le quitaron los atributos firmados",
        CmsError::StrayCertificate | CmsError::StrayRevocation => {
            "trae certificados o listas que no son de quien firmó"
        }
        _ => "el archivo no es una firma CAdES bien formada",
    }
}

fn timestamp_in_spanish(reason: &TimestampError) -> &'static str {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other reason is about the file, and its detail follows"
    )]
    match reason {
        TimestampError::ImprintMismatch => "el sello de tiempo es de otra cosa",
        TimestampError::BadSignature | TimestampError::MessageDigestMismatch => {
            "el sello de tiempo fue alterado"
        }
        TimestampError::WeakImprint => "el sello de tiempo usa un resumen que ya no prueba nada",
        TimestampError::PolicyNotAccepted(_) => "la política del sello no es de las aceptadas",
        TimestampError::NotNom151(_) => "es un sello de tiempo, pero no una constancia NOM-151",
        TimestampError::NotSha256 => "una constancia NOM-151 es sobre SHA-256",
        TimestampError::Trust(TrustError::UnknownIssuer) => {
            "ninguna autoridad fijada emitió el sello de tiempo (--timestamp-anchor)"
        }
        TimestampError::Trust(TrustError::Revoked) => {
            "la autoridad del sello ya estaba revocada cuando lo emitió"
        }
        TimestampError::Trust(_) => "no se cree en la autoridad del sello de tiempo",
        _ => "el sello de tiempo no está bien formado",
    }
}

fn vouching_in_spanish(reason: &TrustError) -> &'static str {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the path was good once: time or a revocation came since"
    )]
    match reason {
        TrustError::Revoked => "su autoridad fue revocada después",
        _ => "el certificado de su autoridad ya venció",
    }
}

pub(super) fn level_code(level: Level) -> &'static str {
    match level {
        Level::BaselineB => "B-B",
        Level::BaselineT => "B-T",
        Level::BaselineLt => "B-LT",
    }
}

pub(super) fn existence_code(existence: Existence) -> &'static str {
    match existence {
        Existence::Ledger(_) => "ledger",
        Existence::Timestamp(_) => "timestamp",
        Existence::Now(_) => "now",
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}
