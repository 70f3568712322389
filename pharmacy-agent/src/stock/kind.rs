//! The movements of stock that a pharmacy makes, and what each asks for.

use serde::{Deserialize, Serialize};

/// A movement of stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What was there when the book was opened.
    Opening,
    /// It came from a supplier who does not ship through this system.
    Purchase,
    /// It came from an establishment that shipped it here.
    Receipt,
    /// It goes to another establishment.
    Shipment,
    /// It goes back to a supplier who does not record here.
    Return,
    /// It was destroyed before witnesses.
    Destruction,
    /// It was lost.
    Loss,
    /// It was stolen.
    Theft,
    /// It was counted.
    Count,
    /// The folio of a notice that was still due: see [`super::follow_up`].
    Notice,
}

/// Who is on the other side of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counterparty {
    /// Nobody.
    Nobody,
    /// A supplier: RFC, and for fractions I to III its licence.
    Supplier,
    /// An establishment: CLUES.
    Establishment,
}

/// What a movement asks for besides its lines.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each field of the form"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asks {
    /// What the document is called, and whether there must be one.
    pub document: Option<(&'static str, bool)>,
    /// Who is on the other side.
    pub counterparty: Counterparty,
    /// What the other side is called.
    pub counterparty_es: &'static str,
    /// Fraction I asks for a permit of acquisition or transfer.
    pub permit: bool,
    /// A number names the shipment that arrived.
    pub shipment: bool,
    /// Two witnesses sign the acta.
    pub witnesses: bool,
    /// The notice to COFEPRIS has a folio, now or in a few days.
    pub notice: bool,
}

impl Kind {
    /// All that are filled in as a movement, in the order of the screen.
    pub const ALL: [Self; 9] = [
        Self::Purchase,
        Self::Receipt,
        Self::Shipment,
        Self::Count,
        Self::Return,
        Self::Destruction,
        Self::Loss,
        Self::Theft,
        Self::Opening,
    ];

    /// The word of the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Purchase => "purchase",
            Self::Receipt => "receipt",
            Self::Shipment => "shipment",
            Self::Return => "return",
            Self::Destruction => "destruction",
            Self::Loss => "loss",
            Self::Theft => "theft",
            Self::Count => "count",
            Self::Notice => "notice",
        }
    }

    /// The kind of a word of the wire.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The verb: address of the page, and subcommand.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Purchase => "arrive",
            Self::Receipt => "receive",
            Self::Shipment => "ship",
            Self::Return => "give-back",
            Self::Destruction => "destroy",
            Self::Loss => "lost",
            Self::Theft => "stolen",
            Self::Count => "count",
            Self::Notice => "notice",
        }
    }

    /// The kind of a verb.
    #[must_use]
    pub fn of_verb(verb: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.verb() == verb)
    }

    /// What the pharmacist calls it.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Opening => "Inventario inicial",
            Self::Purchase => "Llegada de proveedor",
            Self::Receipt => "Recepción de un envío",
            Self::Shipment => "Envío a otro establecimiento",
            Self::Return => "Devolución al proveedor",
            Self::Destruction => "Destrucción ante testigos",
            Self::Loss => "Extravío",
            Self::Theft => "Robo",
            Self::Count => "Conteo físico",
            Self::Notice => "Aviso a COFEPRIS",
        }
    }

    /// Whether it takes from the own stock.
    #[must_use]
    pub fn takes(self) -> bool {
        match self {
            Self::Shipment | Self::Return | Self::Destruction | Self::Loss | Self::Theft => true,
            Self::Opening | Self::Purchase | Self::Receipt | Self::Count | Self::Notice => false,
        }
    }

    /// What it asks for.
    #[must_use]
    pub fn asks(self) -> Asks {
        let nothing = Asks {
            document: None,
            counterparty: Counterparty::Nobody,
            counterparty_es: "",
            permit: false,
            shipment: false,
            witnesses: false,
            notice: false,
        };
        match self {
            Self::Notice => Asks {
                notice: true,
                ..nothing
            },
            Self::Opening => Asks {
                document: Some(("Acta de inventario (si la hay)", false)),
                ..nothing
            },
            Self::Count => Asks {
                document: Some(("Acta del conteo (si la hay)", false)),
                ..nothing
            },
            Self::Purchase => Asks {
                document: Some(("Factura", true)),
                counterparty: Counterparty::Supplier,
                counterparty_es: "RFC del proveedor",
                permit: true,
                ..nothing
            },
            Self::Return => Asks {
                document: Some(("Nota de devolución", true)),
                counterparty: Counterparty::Supplier,
                counterparty_es: "RFC del proveedor",
                permit: true,
                ..nothing
            },
            Self::Receipt => Asks {
                document: Some(("Remisión", false)),
                counterparty: Counterparty::Establishment,
                counterparty_es: "CLUES de quien envía",
                shipment: true,
                ..nothing
            },
            Self::Shipment => Asks {
                document: Some(("Remisión", true)),
                counterparty: Counterparty::Establishment,
                counterparty_es: "CLUES de quien recibe",
                permit: true,
                ..nothing
            },
            Self::Destruction => Asks {
                document: Some(("Acta de destrucción", true)),
                witnesses: true,
                ..nothing
            },
            Self::Loss => Asks {
                document: Some(("Acta (si la hay)", false)),
                notice: true,
                ..nothing
            },
            Self::Theft => Asks {
                document: Some(("Denuncia o acta", true)),
                notice: true,
                ..nothing
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_verbs_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of_code(kind.code()), Some(kind));
            assert_eq!(Kind::of_verb(kind.verb()), Some(kind));
            let written = serde_json::to_value(kind).unwrap();
            assert_eq!(written, kind.code());
        }
        assert_eq!(Kind::of_verb("erase"), None);
    }

    #[test]
    fn each_kind_is_one_of_the_ledgers() {
        for kind in Kind::ALL {
            let of_ledger = substances::MovementKind::from_code(kind.code()).unwrap();
            assert_eq!(kind.asks().notice, of_ledger.needs_notice());
        }
    }

    #[test]
    fn what_leaves_for_good_is_documented() {
        for kind in [Kind::Destruction, Kind::Loss, Kind::Theft] {
            let asks = kind.asks();
            assert!(kind.takes() && asks.document.is_some());
            assert!(asks.witnesses || asks.notice);
        }
    }
}
