//! The live state of a prescription.

use serde::Serialize;

use super::lines_of;
use crate::clock::shown_in;
use crate::counter::Counter;
use crate::service::{DispensedAnswer, LineAnswer, StateAnswer};

/// What the service said, with its words in Spanish.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StateView {
    pub(crate) phase_es: &'static str,
    #[serde(flatten)]
    pub(crate) answer: StateAnswer,
    /// Each line in one sentence.
    #[serde(skip)]
    pub(crate) lines: Vec<String>,
    /// What happened, oldest first, in one sentence each.
    #[serde(skip)]
    pub(crate) history: Vec<String>,
}

impl StateView {
    pub(crate) fn of(counter: &Counter, answer: StateAnswer) -> Self {
        let done = |done: &DispensedAnswer| {
            let lines: Vec<_> = done
                .lines
                .iter()
                .map(|line| format!("renglón {}: {}", line.line, line.packages))
                .collect();
            let at = shown_in(done.at, &counter.zone);
            format!("Surtida el {at} ({}).", lines.join("; "))
        };
        let mut history: Vec<_> = answer.dispensings.iter().map(done).collect();
        if let Some(cancelled) = &answer.cancelled {
            let at = shown_in(cancelled.at, &counter.zone);
            let reason = cancelled.reason.in_spanish();
            history.push(format!("Cancelada el {at}: {reason}."));
        }
        Self {
            phase_es: answer.phase.in_spanish(),
            lines: answer.lines.iter().map(line_text).collect(),
            history,
            answer,
        }
    }

    /// The state for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = vec![format!("Estado: {}", self.phase_es.to_uppercase())];
        text.extend(self.lines.iter().chain(&self.history).cloned());
        lines_of(&text)
    }
}

fn line_text(line: &LineAnswer) -> String {
    let number = line.line;
    if line.closed {
        let why = if line.retained {
            ", receta retenida"
        } else {
            ""
        };
        let dispensed = match line.dispensed {
            1 => "1 envase surtido".to_owned(),
            packages => format!("{packages} envases surtidos"),
        };
        return format!("Renglón {number}: cerrado, {dispensed}{why}.");
    }
    format!(
        "Renglón {number}: se deben {} de {} (surtido {} de {}), hasta {}.",
        line.owed, line.packages, line.fill, line.fills, line.valid_until
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{answer, counter, verified};
    use crate::status::issued;

    #[test]
    fn json_keeps_the_wire_and_text_says_it_in_spanish() {
        let (_folder, counter) = counter();
        let fresh = prescription::Prescription::new(issued(&verified()).unwrap());
        let mut said = answer(&fresh);
        said.lines[1].closed = true;
        said.lines[1].retained = true;
        said.cancelled = Some(crate::service::CancelledAnswer {
            at: crate::fixture::now(),
            reason: prescription::event::CancelReason::Fraud,
        });
        let view = StateView::of(&counter, said);
        let text = view.text();
        for part in [
            "Estado: VIGENTE",
            "Renglón 1: se deben 2 de 2 (surtido 1 de 2), hasta 2026-12-20.",
            "Renglón 2: cerrado, 0 envases surtidos, receta retenida.",
            "Cancelada el 2026-11-23 12:00: extravío, robo o posible fraude.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let json = serde_json::to_value(&view).unwrap();
        assert_eq!(json["phase"], "active");
        assert_eq!(json["phase_es"], "vigente");
        assert_eq!(json["lines"][0]["owed"], 2);
    }
}
