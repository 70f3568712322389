//! The stock, what is on its way, and what came of a statement.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::lines_of;
use crate::clock::shown_in;
use crate::counter::Counter;
use crate::declare::Declared;
use crate::service::{EnteredLine, MovementAnswer};
use crate::stock::on_hand::{Goods, Unexplained};
use crate::stock::{Balance, InTransit, Measure, OnHand};
use crate::store::{ActState, Book, RecordedStatement};

/// How a statement ended.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DeclaredView {
    /// `confirmed`, `refused` or `pending`.
    pub(crate) state: &'static str,
    pub(crate) message: String,
    pub(crate) ledger_index: Option<u64>,
    /// Of a movement: its number, the balances and the entries that it made.
    pub(crate) answer: Option<MovementAnswer>,
    /// Each balance and entry in one sentence.
    #[serde(skip)]
    pub(crate) sentences: Vec<String>,
}

impl DeclaredView {
    pub(crate) fn of(counter: &Counter, declared: &Declared) -> Self {
        let (state, message, ledger_index, answer) = match declared {
            Declared::Confirmed {
                ledger_index,
                answer,
            } => {
                let answer: Option<MovementAnswer> = serde_json::from_str(answer).ok();
                let number = answer
                    .as_ref()
                    .map(|it| format!("Movimiento {}. ", it.number));
                let number = number.unwrap_or_default();
                let message = format!("{number}Asiento {ledger_index} del registro.");
                (ActState::Confirmed, message, Some(*ledger_index), answer)
            }
            Declared::Refused { reason } => (ActState::Refused, reason.clone(), None, None),
            Declared::Unknown { reason, .. } => {
                let message = format!(
                    "No se sabe si el servicio lo registró. {reason} Sincronice hasta que se confirme; \
                     no lo repita."
                );
                (ActState::Pending, message, None, None)
            }
        };
        let sentences = answer.as_ref().map_or_else(Vec::new, |answer| {
            let due = answer
                .notice_due
                .map(|day| format!("FALTA EL AVISO A COFEPRIS: dé aviso a más tardar el {day}."));
            let balances = answer
                .balances
                .iter()
                .map(|it| balance_sentence(counter, it));
            let entries = answer.entries.iter().map(entry_sentence);
            due.into_iter().chain(balances).chain(entries).collect()
        });
        Self {
            state: state.code(),
            message,
            ledger_index,
            answer,
            sentences,
        }
    }

    /// The outcome for a terminal.
    pub(crate) fn text(&self) -> String {
        let message = std::iter::once(format!("{}. {}", self.headline(), self.message));
        let sentences = self.sentences.iter().map(|it| format!("  {it}"));
        lines_of(&message.chain(sentences).collect::<Vec<_>>())
    }

    /// What is to be seen from across the counter.
    pub(crate) fn headline(&self) -> &'static str {
        match self.state {
            "confirmed" => "REGISTRADO",
            "refused" => "NO SE REGISTRÓ",
            _ => "QUEDA PENDIENTE",
        }
    }

    /// Whether the ledger has it.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.state == ActState::Confirmed.code()
    }
}

fn balance_sentence(counter: &Counter, balance: &Balance) -> String {
    let words = Measure::of_clave(counter, &balance.clave).words(balance.units);
    format!(
        "Quedan {words} de {}, lote {}.",
        balance.medicine, balance.lot
    )
}

fn entry_sentence(entry: &EnteredLine) -> String {
    let known = Book::of_wire(&entry.book);
    let book = known.map_or(entry.book.as_str(), |book| book.in_spanish());
    format!("{book}: asiento {}, saldo {}.", entry.number, entry.balance)
}

/// A statement in the list of what was stated.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StatementRow {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) at: String,
    pub(crate) summary: String,
    pub(crate) state: &'static str,
    pub(crate) state_es: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) ledger_index: Option<u64>,
}

impl StatementRow {
    pub(crate) fn of(recorded: &RecordedStatement, zone: &TimeZone) -> Self {
        let statement = &recorded.statement;
        Self {
            id: statement.id.to_string(),
            kind: statement.kind.code(),
            at: shown_in(statement.at, zone),
            summary: statement.summary.clone(),
            state: recorded.state.code(),
            state_es: recorded.state.in_spanish(),
            reason: recorded.reason.clone(),
            ledger_index: recorded.ledger_index,
        }
    }

    /// One paragraph.
    pub(crate) fn text(&self) -> String {
        let reason = self.reason.as_deref().map(|it| format!("\n  {it}"));
        let (at, state, summary) = (&self.at, self.state_es, &self.summary);
        format!("{at} {state}: {summary}{}", reason.unwrap_or_default())
    }
}

/// A lot of the own stock.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LotView {
    #[serde(flatten)]
    pub(crate) balance: Balance,
    pub(crate) expired: bool,
    /// Units in words.
    pub(crate) quantity_es: String,
}

/// The own stock.
pub(crate) fn lots(counter: &Counter, stock: &OnHand, today: Date) -> Vec<LotView> {
    let view = |balance: &Balance| LotView {
        balance: balance.clone(),
        expired: balance.expiry < today,
        quantity_es: Measure::of_clave(counter, &balance.clave).words(balance.units),
    };
    stock.balances.iter().map(view).collect()
}

/// The own stock for a terminal, medicine by medicine.
pub(crate) fn lots_text(lots: &[LotView]) -> String {
    if lots.is_empty() {
        return "Sin existencias.\n".to_owned();
    }
    let mut text = Vec::new();
    let mut last = None;
    for lot in lots {
        let balance = &lot.balance;
        if last != Some(&balance.clave) {
            text.push(format!("{} [{}]", balance.medicine, balance.clave));
            last = Some(&balance.clave);
        }
        let expired = if lot.expired { "  CADUCADO" } else { "" };
        text.push(format!(
            "  lote {}  caduca {}  {}{expired}",
            balance.lot, balance.expiry, lot.quantity_es
        ));
    }
    lines_of(&text)
}

/// What is on its way, and what nobody has explained, for a terminal.
pub(crate) fn in_transit_text(counter: &Counter, transit: &InTransit) -> String {
    let mut text = vec!["Por recibir:".to_owned()];
    for it in &transit.incoming {
        let (title, from, number) = (it.title(), &it.from, it.number);
        text.push(format!(
            "  De {from}, {title} (--from {from} --shipment {number})"
        ));
        text.extend(it.lines.iter().map(|goods| goods_text(counter, goods)));
    }
    text.push("Enviado, sin confirmar:".to_owned());
    for it in &transit.outgoing {
        text.push(format!("  A {}, {}", it.to, it.title()));
        text.extend(it.lines.iter().map(|goods| goods_text(counter, goods)));
    }
    text.push("Por explicar:".to_owned());
    let unexplained = transit.unexplained.iter();
    text.extend(unexplained.map(|it| format!("  {}", unexplained_text(counter, it))));
    lines_of(&text)
}

fn goods_text(counter: &Counter, goods: &Goods) -> String {
    let words = Measure::of_clave(counter, &goods.clave).words(goods.units);
    let (medicine, clave, lot) = (&goods.medicine, &goods.clave, &goods.lot);
    let expiry = goods.expiry;
    format!("    {medicine} [{clave}] lote {lot} caduca {expiry}: {words}")
}

/// `faltan 30 tabletas…`.
pub(crate) fn unexplained_text(counter: &Counter, it: &Unexplained) -> String {
    let words = Measure::of_clave(counter, &it.clave).words(it.units.unsigned_abs());
    let verb = if it.units < 0 { "faltan" } else { "sobran" };
    format!(
        "{} [{}] lote {}: {verb} {words}",
        it.medicine, it.clave, it.lot
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixture::{self, CONTROLLED};
    use crate::stock::on_hand::tests::{balance, on_hand};

    #[test]
    fn a_confirmed_movement_says_what_is_left_and_where_it_is_entered() {
        let (_folder, counter) = fixture::counter();
        let answer = r#"{"number": 12, "balances": [{"clave": "040.000.2612.00", "medicine":
            "Clonazepam 2 mg", "lot": "CZ", "expiry": "2027-09-30", "units": 300}], "entries":
            [{"book": "II", "number": 17, "clave": "040.000.2612.00", "balance": 300}]}"#;
        let view = DeclaredView::of(
            &counter,
            &Declared::Confirmed {
                ledger_index: 40,
                answer: answer.to_owned(),
            },
        );
        assert!(view.is_confirmed());
        let text = view.text();
        for part in [
            "REGISTRADO. Movimiento 12. Asiento 40 del registro.",
            "Quedan 300 tabletas (10 envases) de Clonazepam 2 mg, lote CZ.",
            "Libro de control: fracción II: asiento 17, saldo 300.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn what_is_not_certain_is_not_to_be_repeated() {
        let (_folder, counter) = fixture::counter();
        let reason = "Sin red.".to_owned();
        let view = |declared| DeclaredView::of(&counter, &declared).text();
        let unknown = view(Declared::Unknown {
            reason: reason.clone(),
            outage: true,
        });
        assert!(unknown.contains("QUEDA PENDIENTE") && unknown.contains("no lo repita"));
        let refused = view(Declared::Refused { reason });
        assert_eq!(refused, "NO SE REGISTRÓ. Sin red.\n");
    }

    #[test]
    fn the_stock_is_listed_by_medicine_and_what_expired_stands_out() {
        let (_folder, counter) = fixture::counter();
        let stock = on_hand(vec![
            balance(CONTROLLED, "A", date(2026, 1, 31), 30),
            balance(CONTROLLED, "B", date(2027, 9, 30), 62),
        ]);
        let text = lots_text(&lots(&counter, &stock, date(2026, 11, 23)));
        assert_eq!(text.matches(CONTROLLED).count(), 1, "{text}");
        assert!(text.contains("lote A  caduca 2026-01-31  30 tabletas (1 envase)  CADUCADO"));
        assert!(text.contains("lote B  caduca 2027-09-30  62 tabletas (2 envases más 2)\n"));
        let stock = on_hand(vec![]);
        assert_eq!(
            lots_text(&lots(&counter, &stock, date(2026, 11, 23))),
            "Sin existencias.\n"
        );
    }
}
