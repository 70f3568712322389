//! Acts: how one ended, and the lists of them.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::clock::shown_in;
use crate::dispense::Outcome;
use crate::store::{Act, ActLine, ActState, RecordedAct};

/// One line of an act.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ActLineView {
    pub(crate) line: u8,
    pub(crate) clave: String,
    pub(crate) medicine: String,
    pub(crate) packages: u32,
    pub(crate) lot: Option<String>,
    pub(crate) expiry: Option<String>,
    /// The brand handed over; none where the generic was.
    pub(crate) brand: Option<String>,
    pub(crate) retained: bool,
    pub(crate) book: Option<&'static str>,
}

/// An act and what has become of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ActView {
    pub(crate) act: String,
    pub(crate) folio: String,
    pub(crate) at: String,
    pub(crate) offline: bool,
    pub(crate) state: &'static str,
    pub(crate) state_es: &'static str,
    pub(crate) attempts: u32,
    pub(crate) reason: Option<String>,
    pub(crate) ledger_index: Option<u64>,
    pub(crate) lines: Vec<ActLineView>,
    #[serde(skip)]
    shown_at: String,
}

impl ActView {
    pub(crate) fn of(recorded: &RecordedAct, zone: &TimeZone) -> Self {
        let act = &recorded.act;
        Self {
            act: act.id.to_string(),
            folio: act.folio.to_string(),
            at: act.at.to_string(),
            offline: act.offline,
            state: recorded.state.code(),
            state_es: recorded.state.in_spanish(),
            attempts: recorded.attempts,
            reason: recorded.reason.clone(),
            ledger_index: recorded.ledger_index,
            lines: lines(act),
            shown_at: shown_in(act.at, zone),
        }
    }

    /// The name that the service gives to a line of a confirmed act.
    pub(crate) fn dispensed_id(&self, line: &ActLineView) -> Option<String> {
        let index = self.ledger_index?;
        Some(format!(
            "{}-{index}-{}",
            self.folio.replace('-', ""),
            line.line
        ))
    }

    /// One paragraph.
    pub(crate) fn text(&self) -> String {
        let offline = if self.offline { ", sin conexión" } else { "" };
        let mut text = format!(
            "{} {} {}{offline} (acto {})",
            self.shown_at, self.folio, self.state_es, self.act
        );
        for line in &self.lines {
            text = format!("{text}\n  {}", line.text());
        }
        if let Some(reason) = &self.reason {
            text = format!("{text}\n  {reason}");
        }
        text
    }
}

impl ActLineView {
    /// One line.
    pub(crate) fn text(&self) -> String {
        let brand = self.brand.as_deref();
        let brand = brand.map_or_else(String::new, |brand| format!(" ({brand})"));
        let lot = self.lot.as_deref();
        let lot = lot.map_or_else(String::new, |lot| format!(", lote {lot}"));
        let retained = if self.retained {
            "; RETENIDO: este renglón no se vuelve a surtir"
        } else {
            ""
        };
        format!(
            "Renglón {}: {} × {}{brand}{lot}{retained}",
            self.line, self.packages, self.medicine
        )
    }
}

fn lines(act: &Act) -> Vec<ActLineView> {
    let view = |line: &ActLine| ActLineView {
        line: line.line,
        clave: line.clave.to_string(),
        medicine: line.name.clone(),
        packages: line.packages.count(),
        lot: line.lot.clone(),
        expiry: line.expiry.map(|expiry| expiry.to_string()),
        brand: line.brand.clone(),
        retained: line.retained,
        book: line.book.map(crate::store::Book::code),
    };
    act.lines.iter().map(view).collect()
}

/// How a dispensing ended.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OutcomeView {
    pub(crate) act: String,
    pub(crate) folio: String,
    /// `confirmed`, or `pending`.
    pub(crate) state: &'static str,
    pub(crate) offline: bool,
    /// Whether the medicine may be handed over.
    pub(crate) hand_over: bool,
    pub(crate) ledger_index: Option<u64>,
    pub(crate) message: String,
    pub(crate) lines: Vec<ActLineView>,
}

impl OutcomeView {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let (act, state, hand_over, ledger_index, message) = match outcome {
            Outcome::Confirmed { act, ledger_index } => (
                act,
                ActState::Confirmed,
                true,
                Some(*ledger_index),
                format!("SURTIDA. Asiento {ledger_index} del registro."),
            ),
            Outcome::Queued { act } => (
                act,
                ActState::Pending,
                true,
                None,
                "SURTIDA SIN CONEXIÓN. Queda pendiente de confirmar; sincronice en cuanto pueda."
                    .to_owned(),
            ),
            Outcome::Unknown { act, reason } => (
                act,
                ActState::Pending,
                false,
                None,
                format!(
                    "NO ENTREGUE TODAVÍA: no se sabe si el servicio registró el surtido. {reason} \
                     Sincronice hasta que se confirme."
                ),
            ),
        };
        Self {
            act: act.id.to_string(),
            folio: act.folio.to_string(),
            state: state.code(),
            offline: act.offline,
            hand_over,
            ledger_index,
            message,
            lines: lines(act),
        }
    }

    /// The outcome for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "{}\nFolio {} (acto {})\n",
            self.message, self.folio, self.act
        );
        for line in &self.lines {
            text = format!("{text}{}\n", line.text());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts;

    #[test]
    fn only_what_is_certain_is_handed_over() {
        let act = acts::act(1);
        let reason = "sin red".to_owned();
        for (outcome, hand_over, said) in [
            (
                Outcome::Confirmed {
                    act: act.clone(),
                    ledger_index: 9,
                },
                true,
                "Asiento 9",
            ),
            (Outcome::Queued { act: act.clone() }, true, "SIN CONEXIÓN"),
            (Outcome::Unknown { act, reason }, false, "NO ENTREGUE"),
        ] {
            let view = OutcomeView::of(&outcome);
            assert_eq!(view.hand_over, hand_over);
            assert!(view.text().contains(said), "{}", view.text());
            assert!(view.text().contains("RETENIDO"));
        }
    }
}
