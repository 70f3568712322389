//! What an officer reads.

use super::{Fate, FolioProblem};

impl Fate {
    /// All fates.
    pub const ALL: [Self; 5] = [
        Self::Used,
        Self::Cancelled,
        Self::Lost,
        Self::Stolen,
        Self::Returned,
    ];

    /// The code in the database, in acts and in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
            Self::Stolen => "stolen",
            Self::Returned => "returned",
        }
    }

    /// The fate with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Used => "utilizado",
            Self::Cancelled => "cancelado",
            Self::Lost => "extraviado",
            Self::Stolen => "robado",
            Self::Returned => "devuelto a la autoridad",
        }
    }
}

impl FolioProblem {
    /// One Spanish sentence that says what to do next, with the article.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let advice = match self {
            Self::Range(_) => {
                "Los folios del rango deben ser de una misma serie y estar en orden: \
                               revíselos."
                    .to_owned()
            }
            Self::AlreadyAssigned(folio) => {
                format!("El folio {folio} ya está asignado: asigne un rango que nadie tenga.")
            }
            Self::NotAssigned(folio) => {
                format!("El folio {folio} no está asignado a esta cédula: asígnelo primero.")
            }
            Self::AlreadyDelivered(folio) => {
                format!("El folio {folio} ya se entregó: revise el acuse.")
            }
            Self::NotDelivered(folio) => {
                format!("El folio {folio} no se ha entregado: no hay nada que devolver.")
            }
            Self::Ended(folio, fate) => format!(
                "El folio {folio} ya consta como {}: su destino no cambia.",
                fate.in_spanish()
            ),
            Self::DocumentMissing => {
                "Anote el acta o aviso del extravío o robo del recetario.".to_owned()
            }
        };
        let article = self.law();
        format!("{advice} {}: {}", article.citation, article.rule)
    }
}
