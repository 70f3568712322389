//! Alerts in one sentence: what was seen and from where on it is told. No adjective, no verdict.

use super::{Alert, LicenceStatus, Seen, Trail};
use crate::fact::Source;

/// What stands under every list of alerts.
pub const NOTE: &str = "Una alerta informa a una persona, que decide. Dice qué se registró y desde \
                        qué umbral se avisa; no dice por qué ocurrió ni califica a nadie.";

impl LicenceStatus {
    /// What people read, of a cédula.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Active => "activa",
            Self::Suspended => "suspendida",
            Self::Revoked => "revocada",
            Self::Deceased => "de una persona fallecida",
        }
    }
}

impl Alert {
    /// What was seen and where to look, in Spanish.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let Self {
            day,
            seen,
            evidence,
        } = self;
        format!(
            "{day}: {}. Evidencia: {}.",
            seen.in_spanish(),
            evidence.in_spanish()
        )
    }
}

impl Trail {
    /// The entries of the ledger and the records of access.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let listed = self.listed.iter().map(|source| match source {
            Source::Ledger(index) => format!("entrada {index}"),
            Source::Access(number) => format!("acceso {number}"),
        });
        let listed: Vec<_> = listed.collect();
        let more = self.total.saturating_sub(listed.len() as u64);
        let listed = listed.join(", ");
        if more == 0 {
            listed
        } else {
            format!("{listed} y {more} más")
        }
    }
}

impl Seen {
    /// What was seen, and the threshold in parentheses.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::PrescriberVelocity {
                prescriber,
                recetas,
                seconds,
                hours,
            } => {
                let (whole, minutes) = (seconds / 3600, seconds / 60 % 60);
                format!(
                    "con la cédula {prescriber} se expidieron {recetas} recetas en {whole} h \
                     {minutes} min (se avisa desde {recetas} en {hours} h)"
                )
            }
            Self::LicenceNotActive {
                prescriber,
                status,
                since,
                recetas,
            } => format!(
                "con la cédula {prescriber}, que según el registro está {} desde el {since}, se \
                 expidieron {recetas} recetas",
                status.in_spanish()
            ),
            Self::ManyPrescribers {
                patient,
                prescribers,
                days,
            } => format!(
                "al paciente {patient} le recetaron medicamentos controlados {prescribers} \
                 prescriptores en {days} días (se avisa desde {prescribers})"
            ),
            Self::OpioidDose {
                patient,
                micrograms_per_day,
                mg_per_day,
                days,
            } => {
                let (mg, tenths) = (micrograms_per_day / 1000, micrograms_per_day / 100 % 10);
                format!(
                    "al paciente {patient} se le surtieron opioides equivalentes a {mg}.{tenths} mg \
                     de morfina oral al día en promedio de {days} días (se avisa desde \
                     {mg_per_day} mg)"
                )
            }
            Self::OpioidBenzodiazepine {
                patient,
                apart,
                days,
            } => format!(
                "al paciente {patient} se le surtieron un opioide y una benzodiacepina con {apart} \
                 días de diferencia (se avisa dentro de {days} días)"
            ),
            Self::FolioReuse { .. }
            | Self::Photocopy { .. }
            | Self::UnexplainedDifference { .. }
            | Self::LateReceipt { .. }
            | Self::AbovePeers { .. } => self.of_recetas_and_stock(),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others have their own function"
    )]
    fn of_recetas_and_stock(&self) -> String {
        match self {
            Self::FolioReuse {
                folio,
                attempts,
                days,
            } => format!(
                "el folio de seudónimo {folio} se presentó {attempts} veces después de usado, o con \
                 otro código QR, en {days} días (se avisa desde {attempts})"
            ),
            Self::Photocopy {
                receta,
                establishments,
                days,
            } => format!(
                "la receta de seudónimo {receta}, que ya no tiene nada por surtir, se presentó en \
                 {establishments} establecimientos en {days} días (se avisa desde {establishments})"
            ),
            Self::UnexplainedDifference {
                establishment,
                clave,
                units,
                days,
            } => format!(
                "en {establishment} los conteos hallaron {units} unidades de {clave} menos que los \
                 libros en {days} días, sin explicación registrada"
            ),
            Self::LateReceipt {
                from,
                to,
                clave,
                units,
                shipped,
            } => format!(
                "de lo que {from} envió a {to} el {shipped} no consta la recepción de {units} \
                 unidades de {clave}"
            ),
            Self::AbovePeers {
                establishment,
                class,
                month,
                units,
                median,
                limit,
                peers,
            } => format!(
                "{establishment} surtió {units} unidades de {} en el mes que empieza el {month}; la \
                 mediana de {peers} establecimientos comparables es {median} (se avisa desde \
                 {limit})",
                class.in_spanish()
            ),
            other => other.code().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::LicenceStatus;
    use crate::fixture::*;
    use crate::product::Class;

    fn all() -> Vec<Seen> {
        let (prescriber, patient, receta) = (cedula(1), patient(1), receta(1));
        let (establishment, clave) = (clues(PHARMACY), clave(MORPHINE));
        let day = day("2026-06-01");
        vec![
            Seen::PrescriberVelocity {
                prescriber,
                recetas: 1000,
                seconds: 48_060,
                hours: 14,
            },
            Seen::LicenceNotActive {
                prescriber,
                status: LicenceStatus::Suspended,
                since: day,
                recetas: 2,
            },
            Seen::ManyPrescribers {
                patient,
                prescribers: 4,
                days: 90,
            },
            Seen::OpioidDose {
                patient,
                micrograms_per_day: 100_193,
                mg_per_day: 100,
                days: 90,
            },
            Seen::OpioidBenzodiazepine {
                patient,
                apart: 3,
                days: 30,
            },
            Seen::FolioReuse {
                folio: receta,
                attempts: 2,
                days: 30,
            },
            Seen::Photocopy {
                receta,
                establishments: 2,
                days: 30,
            },
            Seen::UnexplainedDifference {
                establishment,
                clave,
                units: 5,
                days: 30,
            },
            Seen::LateReceipt {
                from: establishment,
                to: establishment,
                clave,
                units: 5,
                shipped: day,
            },
            Seen::AbovePeers {
                establishment,
                class: Class::II,
                month: day,
                units: 900,
                median: 100,
                limit: 160,
                peers: 7,
            },
        ]
    }

    #[test]
    fn every_kind_has_its_sentence() {
        let sentences: Vec<_> = all().iter().map(Seen::in_spanish).collect();
        for (seen, sentence) in all().iter().zip(&sentences) {
            assert_ne!(sentence, seen.code());
        }
        assert!(
            Seen::CODES
                .iter()
                .all(|code| all().iter().any(|seen| seen.code() == *code))
        );
        assert!(
            sentences[0].contains("1000 recetas en 13 h 21 min"),
            "{}",
            sentences[0]
        );
        assert!(sentences[3].contains("100.1 mg"), "{}", sentences[3]);
    }

    #[test]
    fn no_sentence_judges() {
        for seen in all() {
            let sentence = seen.in_spanish().to_lowercase();
            for verdict in [
                "fraude", "sospech", "delit", "culpa", "abus", "ilegal", "falsif", "robo",
            ] {
                assert!(!sentence.contains(verdict), "{sentence}");
            }
        }
    }

    #[test]
    fn evidence_is_listed_and_counted() {
        let evidence = Trail {
            listed: vec![Source::Ledger(3), Source::Access(4)],
            total: 9,
        };
        let day = day("2026-06-01");
        let alert = Alert {
            day,
            seen: all()[4],
            evidence,
        };
        let text = alert.in_spanish();
        assert!(
            text.starts_with("2026-06-01: ") && text.ends_with("entrada 3, acceso 4 y 7 más."),
            "{text}"
        );
        let json = serde_json::to_value(&alert).unwrap();
        assert_eq!(json["seen"]["kind"], alert.seen.code());
        assert_eq!(json["evidence"]["listed"][0]["ledger"], 3);
    }
}
