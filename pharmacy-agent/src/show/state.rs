//! The live state of a prescription.

use serde::Serialize;

use super::lines_of;
use crate::clock::shown_in;
use crate::counter::Counter;
use crate::service::{DispensedAnswer, LineAnswer, ReservedAnswer, StateAnswer};

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
                .map(|line| {
                    let back = match line.returned {
                        0 => String::new(),
                        returned => format!(", devueltos {returned}"),
                    };
                    format!("renglón {}: {}{back}", line.line, line.packages)
                })
                .collect();
            let at = shown_in(done.at, &counter.zone);
            let here = if done.own { " aquí" } else { "" };
            format!("Surtida{here} el {at} ({}).", lines.join("; "))
        };
        let mut history: Vec<_> = answer.dispensings.iter().map(done).collect();
        if let Some(cancelled) = &answer.cancelled {
            let at = shown_in(cancelled.at, &counter.zone);
            let reason = cancelled.reason.in_spanish();
            history.push(format!("Cancelada el {at}: {reason}."));
        }
        if let Some(suspended) = &answer.suspended {
            let at = shown_in(suspended.at, &counter.zone);
            let reason = suspended.reason.in_spanish();
            history.push(format!(
                "SUSPENDIDA el {at} por quien la prescribió: {reason}. No se surte hasta que la \
                 reanude; su vigencia sigue corriendo."
            ));
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
    let mut text = format!(
        "Renglón {number}: se deben {} de {} (surtido {} de {}), hasta {}.",
        line.owed, line.packages, line.fill, line.fills, line.valid_until
    );
    if let Some(remainder) = line.remainder.filter(|rest| *rest > line.owed) {
        text = format!("{text} En todos los surtidos quedan {remainder}.");
    }
    if let Some(day) = line.next_fill_on {
        text = format!("{text} SE SURTE A PARTIR DEL {day}.");
    }
    if let Some(brand) = &line.brand {
        let rule = if line.substitution_allowed {
            "se puede sustituir"
        } else {
            "NO SE SUSTITUYE"
        };
        text = format!("{text} Se prescribió la marca {brand}: {rule}.");
    }
    if let Some(reserved) = &line.reserved {
        text = format!("{text} {}", reserved_text(reserved));
    }
    text
}

/// Who owes the rest of the fill.
fn reserved_text(reserved: &ReservedAnswer) -> String {
    let since = reserved.since;
    let until = reserved.until.map(|until| format!(" hasta el {until}"));
    let until = until.unwrap_or_default();
    match (reserved.here, reserved.retained) {
        (true, _) => format!("EL RESTO LO DEBE ESTA FARMACIA desde el {since}{until}."),
        (false, true) => format!(
            "El resto lo debe la farmacia {}, que retuvo la receta: sólo allí se surte.",
            reserved.pharmacy
        ),
        (false, false) => format!(
            "EL RESTO LO DEBE LA FARMACIA {} desde el {since}{until}; el paciente puede pedirlo \
             aquí.",
            reserved.pharmacy
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{answer, counter, verified};
    use crate::status::issued;

    #[test]
    fn what_is_owed_when_where_and_of_which_brand() {
        let (_folder, counter) = counter();
        let fresh = prescription::Prescription::new(issued(&verified()).unwrap());
        let mut said = answer(&fresh);
        let owing = |here, retained| {
            Some(ReservedAnswer {
                pharmacy: "HGFAR000002".parse().unwrap(),
                here,
                since: jiff::civil::date(2026, 11, 20),
                until: Some(jiff::civil::date(2026, 11, 27)),
                retained,
            })
        };
        said.lines[0].remainder = Some(4);
        said.lines[0].next_fill_on = Some(jiff::civil::date(2026, 12, 1));
        said.lines[0].brand = Some("Tempra".to_owned());
        said.lines[0].substitution_allowed = false;
        said.lines[1].reserved = owing(true, false);
        said.suspended = Some(crate::service::SuspendedAnswer {
            at: crate::fixture::now(),
            reason: prescription::event::SuspendReason::Interaction,
        });
        let text = StateView::of(&counter, said.clone()).text();
        for part in [
            "En todos los surtidos quedan 4.",
            "SE SURTE A PARTIR DEL 2026-12-01.",
            "la marca Tempra: NO SE SUSTITUYE.",
            "EL RESTO LO DEBE ESTA FARMACIA desde el 2026-11-20 hasta el 2026-11-27.",
            "SUSPENDIDA el 2026-11-23 12:00 por quien la prescribió: se estudia una posible",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        said.lines[1].reserved = owing(false, false);
        let text = StateView::of(&counter, said.clone()).text();
        assert!(text.contains("puede pedirlo aquí"), "{text}");
        said.lines[1].reserved = owing(false, true);
        let text = StateView::of(&counter, said).text();
        assert!(text.contains("sólo allí se surte"), "{text}");
    }

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
