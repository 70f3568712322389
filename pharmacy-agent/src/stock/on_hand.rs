//! The own stock as the service tells it (`GET /stock`), the oldest expiry first.

use jiff::civil::Date;
use prescription::{Clave, Clues};
use serde::{Deserialize, Serialize};

/// What there is. Unknown members are ignored: a newer service may say more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnHand {
    /// CLUES.
    pub establishment: String,
    /// Each lot.
    pub balances: Vec<Balance>,
}

/// What there is of one lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The medicine.
    pub clave: Clave,
    /// Its name, as the service calls it.
    pub medicine: String,
    /// The book that keeps it today, if one does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub book: Option<String>,
    /// Manufacturer's lot.
    pub lot: String,
    /// Last day on which it is good.
    pub expiry: Date,
    /// Units of the presentation.
    pub units: u64,
}

impl OnHand {
    /// One lot of one medicine.
    #[must_use]
    pub fn lot(&self, clave: &Clave, lot: &str) -> Option<&Balance> {
        let mut balances = self.balances.iter();
        balances.find(|balance| balance.clave == *clave && balance.lot == lot)
    }

    /// The lots of a medicine that may be handed over on `today`, the first to expire first.
    #[must_use]
    pub fn to_hand_over(&self, clave: &Clave, today: Date) -> Vec<&Balance> {
        let usable = |balance: &&Balance| {
            balance.clave == *clave && balance.expiry >= today && balance.units > 0
        };
        let mut lots: Vec<_> = self.balances.iter().filter(usable).collect();
        lots.sort_by(|a, b| (a.expiry, &a.lot).cmp(&(b.expiry, &b.lot)));
        lots
    }
}

/// What is on its way, and what nobody has explained (`GET /stock/pending`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InTransit {
    /// On the way here.
    #[serde(default)]
    pub incoming: Vec<Shipment>,
    /// On the way to others.
    #[serde(default)]
    pub outgoing: Vec<Shipment>,
    /// Differences without an explanation.
    #[serde(default)]
    pub unexplained: Vec<Unexplained>,
}

/// What is on its way between two establishments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// CLUES of the sender.
    pub from: Clues,
    /// CLUES of the receiver.
    pub to: Clues,
    /// Its number among the movements of the sender.
    pub number: u64,
    /// Remisión.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// Day on which it was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent_on: Option<Date>,
    /// What has not arrived yet.
    pub lines: Vec<Goods>,
}

/// A lot on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// The medicine.
    pub clave: Clave,
    /// Its name.
    pub medicine: String,
    /// Lot.
    pub lot: String,
    /// Expiry.
    pub expiry: Date,
    /// Units of the presentation.
    pub units: u64,
}

impl Shipment {
    /// `remisión R-77 del 2026-03-01`, or its number where it has no remisión.
    #[must_use]
    pub fn title(&self) -> String {
        let number = self.number;
        let name = self.document.as_deref();
        let name = name.map_or_else(|| format!("envío {number}"), |it| format!("remisión {it}"));
        let on = self
            .sent_on
            .map_or_else(String::new, |on| format!(" del {on}"));
        format!("{name}{on}")
    }
}

/// A lot whose books and shelf differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unexplained {
    /// The medicine.
    pub clave: Clave,
    /// Its name.
    pub medicine: String,
    /// Lot.
    pub lot: String,
    /// Expiry.
    pub expiry: Date,
    /// Below zero: missing here.
    pub units: i64,
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixture::{ANTIBIOTIC, CONTROLLED};

    pub(crate) fn balance(clave: &str, lot: &str, expiry: Date, units: u64) -> Balance {
        Balance {
            clave: clave.parse().unwrap(),
            medicine: "Medicamento de prueba".to_owned(),
            book: Some("II".to_owned()),
            lot: lot.to_owned(),
            expiry,
            units,
        }
    }

    pub(crate) fn on_hand(balances: Vec<Balance>) -> OnHand {
        OnHand {
            establishment: "HGFAR000001".to_owned(),
            balances,
        }
    }

    #[test]
    fn the_first_to_expire_goes_first_and_what_expired_does_not_go() {
        let day = date(2026, 11, 23);
        let stock = on_hand(vec![
            balance(CONTROLLED, "late", date(2027, 9, 30), 30),
            balance(CONTROLLED, "yesterday", date(2026, 11, 22), 30),
            balance(CONTROLLED, "today", day, 30),
            balance(CONTROLLED, "empty", date(2026, 12, 31), 0),
            balance(ANTIBIOTIC, "other", day, 30),
        ]);
        let lots = stock.to_hand_over(&CONTROLLED.parse().unwrap(), day);
        let lots: Vec<_> = lots.iter().map(|balance| balance.lot.as_str()).collect();
        assert_eq!(lots, ["today", "late"]);
    }

    #[test]
    fn reads_the_wire() {
        let said = r#"{"establishment": "HGIMB000064", "at": "2026-03-02T15:00:00Z",
            "balances": [{"clave": "040.000.2612.00", "medicine": "Clonazepam 2 mg",
            "presentation": "Envase con 30 tabletas", "book": "II", "lot": "CZ2409A",
            "expiry": "2027-09-30", "expired": false, "units": 300, "unit": "tableta",
            "units_per_package": 30}]}"#;
        let stock: OnHand = serde_json::from_str(said).unwrap();
        let lot = stock.lot(&CONTROLLED.parse().unwrap(), "CZ2409A").unwrap();
        assert_eq!((lot.units, lot.expiry), (300, date(2027, 9, 30)));
        let said = r#"{"establishment": "HGIMB000064", "incoming": [{"from": "HGIMB000180",
            "to": "HGIMB000064", "number": 7, "document": "R-77", "sent_on": "2026-03-01",
            "lines": [{"clave": "040.000.2612.00", "medicine": "Clonazepam", "lot": "L", "expiry":
            "2027-09-30", "units": 300, "units_per_package": 30}]}],
            "outgoing": [], "unexplained": [{"clave": "040.000.2612.00", "medicine": "Clonazepam",
            "lot": "L", "expiry": "2027-09-30", "units": -30}]}"#;
        let pending: InTransit = serde_json::from_str(said).unwrap();
        assert_eq!(pending.incoming[0].title(), "remisión R-77 del 2026-03-01");
        assert_eq!(pending.incoming[0].lines[0].units, 300);
        assert_eq!(pending.unexplained[0].units, -30);
    }
}
