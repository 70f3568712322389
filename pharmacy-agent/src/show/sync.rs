//! What came of a synchronisation.

use ledger::WitnessedCheckpoint;
use serde::Serialize;

use super::lines_of;
use crate::declare::Declared;
use crate::push::Delivery;
use crate::store::Statement;
use crate::sync::SyncReport;
use crate::witnessed::witnessed_at;

/// A synchronisation.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncView {
    pub(crate) clean: bool,
    pub(crate) certificates_stored: Option<usize>,
    /// Reasons and how many certificates each refused.
    pub(crate) certificates_refused: Vec<(String, usize)>,
    pub(crate) certificates_error: Option<String>,
    pub(crate) ledger: Option<LedgerView>,
    pub(crate) ledger_error: Option<String>,
    pub(crate) deliveries: Vec<DeliveryView>,
    pub(crate) statements: Vec<StatementSent>,
}

/// A movement, return or transfer that was sent.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StatementSent {
    pub(crate) id: String,
    pub(crate) summary: String,
    pub(crate) state: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) ledger_index: Option<u64>,
}

impl StatementSent {
    fn of((statement, declared): &(Statement, Declared)) -> Self {
        let (state, reason, ledger_index) = match declared {
            Declared::Confirmed { ledger_index, .. } => ("confirmed", None, Some(*ledger_index)),
            Declared::Refused { reason } => ("refused", Some(reason.clone()), None),
            Declared::Unknown { reason, .. } => ("pending", Some(reason.clone()), None),
        };
        Self {
            id: statement.id.to_string(),
            summary: statement.summary.clone(),
            state,
            reason,
            ledger_index,
        }
    }

    fn text(&self) -> String {
        let came = match (self.state, self.ledger_index) {
            ("confirmed", Some(index)) => format!("registrado, asiento {index}"),
            ("refused", _) => "NO SE REGISTRÓ".to_owned(),
            _ => "sigue pendiente".to_owned(),
        };
        let reason = self.reason.as_deref();
        let reason = reason.map_or_else(String::new, |reason| format!(". {reason}"));
        format!("{} {came}{reason}", self.summary)
    }
}

/// The ledger's state that was accepted.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LedgerView {
    pub(crate) entries: u64,
    pub(crate) witnesses: Vec<String>,
    /// When a quorum of them saw it, in UTC.
    pub(crate) witnessed_at: Option<String>,
}

/// One act that was sent.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DeliveryView {
    pub(crate) act: String,
    pub(crate) folio: String,
    pub(crate) offline: bool,
    pub(crate) state: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) ledger_index: Option<u64>,
}

impl From<&SyncReport> for SyncView {
    fn from(report: &SyncReport) -> Self {
        let certificates = report.certificates.as_ref();
        let ledger = report.ledger.as_ref();
        let stored = certificates.and_then(|result| result.as_ref().ok());
        let deliveries = report.deliveries.iter().map(|(act, delivery)| {
            let (state, reason, ledger_index) = match delivery {
                Delivery::Confirmed { ledger_index } => ("confirmed", None, Some(*ledger_index)),
                Delivery::Refused { reason } if act.offline => {
                    ("conflict", Some(reason.clone()), None)
                }
                Delivery::Refused { reason } => ("refused", Some(reason.clone()), None),
                Delivery::Unanswered(error) => ("pending", Some(error.to_string()), None),
                Delivery::BadReceipt(error) => ("pending", Some(error.to_string()), None),
            };
            DeliveryView {
                act: act.id.to_string(),
                folio: act.folio.to_string(),
                offline: act.offline,
                state,
                reason,
                ledger_index,
            }
        });
        Self {
            clean: report.is_clean(),
            certificates_stored: stored.map(|report| report.stored),
            certificates_refused: stored.map_or_else(Vec::new, |report| {
                report.refused.clone().into_iter().collect()
            }),
            certificates_error: certificates
                .and_then(|result| result.as_ref().err())
                .map(ToString::to_string),
            ledger: ledger.and_then(|result| result.as_ref().ok()?.as_ref().map(LedgerView::from)),
            ledger_error: ledger
                .and_then(|result| result.as_ref().err())
                .map(ToString::to_string),
            deliveries: deliveries.collect(),
            statements: report.statements.iter().map(StatementSent::of).collect(),
        }
    }
}

impl From<&WitnessedCheckpoint> for LedgerView {
    fn from(witnessed: &WitnessedCheckpoint) -> Self {
        let names = witnessed.cosignatures().iter();
        Self {
            entries: witnessed.checkpoint().size(),
            witnesses: names.map(|one| one.name().to_owned()).collect(),
            witnessed_at: witnessed_at(witnessed).map(|at| at.to_string()),
        }
    }
}

impl LedgerView {
    fn text(&self) -> String {
        let entries = self.entries;
        match (&self.witnessed_at, self.witnesses.join(", ")) {
            (Some(at), names) => {
                format!("Registro: {entries} asientos, vistos por {names}; juntos hasta {at}.")
            }
            (None, _) => format!("Registro: {entries} asientos; no se piden testigos."),
        }
    }
}

impl SyncView {
    /// The report for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text: Vec<_> = self.statements.iter().map(StatementSent::text).collect();
        for delivery in &self.deliveries {
            let line = match (delivery.state, delivery.ledger_index) {
                ("confirmed", Some(index)) => format!("confirmado, asiento {index}"),
                ("conflict", _) => "CONFLICTO: se entregó y el servicio no lo acepta".to_owned(),
                ("refused", _) => "rechazado: no entregue".to_owned(),
                _ => "sigue pendiente".to_owned(),
            };
            let reason = delivery.reason.as_deref();
            let reason = reason.map_or_else(String::new, |reason| format!(". {reason}"));
            text.push(format!(
                "{} (acto {}): {line}{reason}",
                delivery.folio, delivery.act
            ));
        }
        if let Some(stored) = self.certificates_stored {
            text.push(format!("Certificados de prescriptores vigentes: {stored}."));
        }
        for (reason, count) in &self.certificates_refused {
            text.push(format!("Certificados no aceptados: {count} ({reason})."));
        }
        if let Some(error) = &self.certificates_error {
            text.push(format!("Los certificados no se actualizaron. {error}"));
        }
        text.extend(self.ledger.as_ref().map(LedgerView::text));
        text.extend(self.ledger_error.clone());
        lines_of(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts;
    use crate::service::ServiceError;
    use crate::witnessed::HeadError;

    #[test]
    fn a_conflict_is_shouted() {
        let reason = "Ya se surtió.".to_owned();
        let down = || ServiceError::Unreachable("sin red".to_owned());
        let report = SyncReport {
            certificates: Some(Err(down())),
            ledger: Some(Err(HeadError::Shrunk {
                kept: 9,
                offered: 8,
            })),
            deliveries: vec![
                (
                    acts::offline_act(1),
                    Delivery::Refused {
                        reason: reason.clone(),
                    },
                ),
                (acts::act(2), Delivery::Refused { reason }),
                (acts::act(3), Delivery::Confirmed { ledger_index: 7 }),
                (acts::act(4), Delivery::Unanswered(down())),
            ],
            statements: vec![(
                acts::statement(1),
                Declared::Refused {
                    reason: "No hay existencias.".to_owned(),
                },
            )],
        };
        let view = SyncView::from(&report);
        assert!(!view.clean);
        let states: Vec<_> = view.deliveries.iter().map(|one| one.state).collect();
        assert_eq!(states, ["conflict", "refused", "confirmed", "pending"]);
        let text = view.text();
        for part in [
            "CONFLICTO",
            "no entregue",
            "asiento 7",
            "sigue pendiente",
            "sin red",
            "perdió asientos",
            "NO SE REGISTRÓ. No hay existencias.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
