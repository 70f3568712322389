//! A verified prescription as a card.

use jiff::Timestamp;
use prescription::Fraction;
use serde::Serialize;
use signing::qr::{Payload, PayloadLine, QrSigner};

use super::lines_of;
use crate::clock::shown_in;
use crate::counter::Counter;
use crate::verify::Authentic;

/// What the QR proves.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Card {
    /// Always: there is no card of a prescription that is not.
    pub(crate) authentic: bool,
    /// Whose signature the QR carries, in words.
    pub(crate) signed_by: &'static str,
    pub(crate) folio: String,
    pub(crate) special_folio: Option<String>,
    pub(crate) prescriber: String,
    pub(crate) cedula: String,
    pub(crate) clues: String,
    pub(crate) establishment: Option<String>,
    pub(crate) patient: String,
    pub(crate) curp: String,
    pub(crate) written_on: String,
    pub(crate) issued_at: String,
    pub(crate) sealed_at: String,
    pub(crate) ledger_index: u64,
    pub(crate) lines: Vec<CardLine>,
    /// No line can be filled any more.
    pub(crate) expired: bool,
    pub(crate) warnings: Vec<String>,
}

/// One line of a card.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CardLine {
    pub(crate) line: u8,
    pub(crate) clave: String,
    pub(crate) medicine: String,
    pub(crate) dosage: String,
    pub(crate) packages: u32,
    pub(crate) fills: u8,
    pub(crate) fraction: Fraction,
    pub(crate) antibiotic: bool,
    pub(crate) valid_until: String,
    pub(crate) expired: bool,
}

impl Card {
    /// The card of a prescription on the day of `now`.
    pub(crate) fn of(counter: &Counter, authentic: &Authentic, now: Timestamp) -> Self {
        let verified = authentic.prescription();
        let payload = verified.payload();
        let today = counter.day(now);
        let lines: Vec<_> = (1..)
            .zip(&payload.lines)
            .map(|(number, line)| card_line(counter, number, line, line.valid_until < today))
            .collect();
        let establishment = counter.catalog.establishment(&payload.clues);
        let expired = lines.iter().all(|line| line.expired);
        Self {
            authentic: true,
            folio: payload.folio.to_string(),
            special_folio: payload
                .special_folio
                .as_ref()
                .map(|s| s.as_str().to_owned()),
            prescriber: authentic.prescriber().to_owned(),
            cedula: payload.cedula.to_string(),
            clues: payload.clues.to_string(),
            establishment: establishment.map(|known| known.name.clone()),
            patient: payload.name.clone(),
            curp: payload.curp.clone(),
            written_on: payload.written_on.to_string(),
            issued_at: shown_in(payload.issued_at, &counter.zone),
            sealed_at: shown_in(verified.sealed_at(), &counter.zone),
            ledger_index: verified.seal_index(),
            signed_by: signed_by(payload.signer),
            warnings: warnings(counter, payload, &lines, expired),
            expired,
            lines,
        }
    }

    /// The card for a terminal.
    pub(crate) fn text(&self) -> String {
        let establishment = self.establishment.as_deref().unwrap_or("establecimiento");
        let special = self.special_folio.as_deref();
        let special = special.map_or_else(String::new, |s| format!("  Recetario especial: {s}"));
        let (written, sealed) = (&self.written_on, &self.sealed_at);
        let mut text = vec![
            format!("AUTÉNTICA: {}.", self.signed_by),
            format!("Folio:     {}{special}", self.folio),
            format!("Prescribe: {} (cédula {})", self.prescriber, self.cedula),
            format!("Dónde:     {establishment} (CLUES {})", self.clues),
            format!("Paciente:  {} (CURP {})", self.patient, self.curp),
            format!(
                "Fecha:     {written}; registrada {sealed} (asiento {})",
                self.ledger_index
            ),
        ];
        for line in &self.lines {
            text.push(format!(
                "{}. {} [{}]\n   {}\n   {}\n   Vigente hasta {}{}",
                line.line,
                line.medicine,
                line.clave,
                line.dosage,
                line.supply(),
                line.valid_until,
                if line.expired { " (VENCIDA)" } else { "" },
            ));
        }
        for warning in &self.warnings {
            text.push(format!("AVISO: {warning}"));
        }
        lines_of(&text)
    }
}

impl CardLine {
    /// Quantity and class in words.
    pub(crate) fn supply(&self) -> String {
        let envases = if self.packages == 1 {
            "envase"
        } else {
            "envases"
        };
        let fills = match self.fills {
            1 => "un surtido".to_owned(),
            fills => format!("{fills} surtidos"),
        };
        let antibiotic = if self.antibiotic {
            ", antibiótico"
        } else {
            ""
        };
        format!(
            "{} {envases} por surtido, {fills}; fracción {}{antibiotic}",
            self.packages, self.fraction
        )
    }
}

/// What the pharmacist must know of a QR that the prescriber did not sign.
fn signed_by(signer: QrSigner) -> &'static str {
    match signer {
        QrSigner::Prescriber => "firmada por quien prescribe y registrada",
        QrSigner::Institution { .. } => {
            "firmada con e.firma por quien prescribe; el código QR lo firma la institución; \
             registrada"
        }
    }
}

fn card_line(counter: &Counter, number: u8, line: &PayloadLine, expired: bool) -> CardLine {
    CardLine {
        line: number,
        clave: line.clave.to_string(),
        medicine: counter.medicine_name(&line.clave),
        dosage: line.dosage.in_spanish(),
        packages: line.packages.count(),
        fills: line.fills,
        fraction: line.fraction,
        antibiotic: line.antibiotic,
        valid_until: line.valid_until.to_string(),
        expired,
    }
}

fn warnings(
    counter: &Counter,
    payload: &Payload,
    lines: &[CardLine],
    expired: bool,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if expired {
        warnings.push("La receta venció: ya no se surte.".to_owned());
    }
    for line in lines.iter().filter(|line| line.expired && !expired) {
        warnings.push(format!("El renglón {} venció: ya no se surte.", line.line));
    }
    for (number, line) in (1..).zip(&payload.lines) {
        let known = counter.catalog.fraction_on(&line.clave, payload.written_on);
        match known {
            None => warnings.push(format!(
                "El renglón {number} no está en el catálogo de este programa: actualícelo."
            )),
            Some(known) if known.fraction < line.fraction => warnings.push(format!(
                "Renglón {number}: el catálogo de este programa lo clasifica en la fracción {}, \
                 más estricta que la de la receta. Consulte al responsable sanitario.",
                known.fraction
            )),
            Some(_) => {}
        }
    }
    let by_institution = matches!(payload.signer, QrSigner::Institution { .. });
    if by_institution
        && payload
            .lines
            .iter()
            .any(|line| line.fraction.is_controlled())
    {
        warnings.push(
            "La firma de quien prescribe (e.firma) se verifica en línea antes de surtir las \
             fracciones I a III."
                .to_owned(),
        );
    }
    warnings.push("Compruebe la identidad de quien recibe.".to_owned());
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, counter};

    fn card(now: &str) -> Card {
        let (_folder, counter) = counter();
        let qr = fixture::qr(&fixture::payload());
        let authentic = counter.verify(&qr).unwrap();
        Card::of(&counter, &authentic, now.parse().unwrap())
    }

    #[test]
    fn says_who_what_and_until_when() {
        let text = card("2026-11-23T18:00:00Z").text();
        for part in [
            fixture::PRESCRIBER,
            "cédula 12345678",
            fixture::PATIENT,
            "Paracetamol",
            "1 tableta cada 8 horas durante 7 días, vía oral",
            "2 envases por surtido, 2 surtidos; fracción IV",
            "1 envase por surtido, un surtido; fracción IV, antibiótico",
            "Vigente hasta 2026-12-20",
            "asiento 41",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("venció"), "{text}");
    }

    #[test]
    fn the_last_day_is_the_pharmacys() {
        // 23:30 of the last day in Mexico City.
        assert!(!card("2026-12-21T05:30:00Z").expired);
        let late = card("2026-12-21T06:30:00Z");
        assert!(late.expired);
        assert!(late.text().contains("La receta venció"));
    }

    #[test]
    fn a_fraction_milder_than_the_catalogs_is_pointed_out() {
        let (_folder, counter) = counter();
        let lines = vec![fixture::line(fixture::CONTROLLED, Fraction::IV, 1, 1)];
        let qr = fixture::qr(&fixture::payload_of(lines));
        let authentic = counter.verify(&qr).unwrap();
        let text = Card::of(&counter, &authentic, fixture::now()).text();
        assert!(text.contains("más estricta"), "{text}");
    }
}
