//! Coded reasons: a program reads the code, a person the Spanish words.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code in the API.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The one with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// What a person reads.
            #[must_use]
            pub fn in_spanish(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

reasons! {
    /// Coded reasons for a cancellation.
    CancelReason {
        /// Written in error.
        EnteredInError = "entered-in-error", "se escribió por error";
        /// The treatment changed.
        TherapyChanged = "therapy-changed", "cambió el tratamiento";
        /// An adverse reaction.
        AdverseReaction = "adverse-reaction", "hubo una reacción adversa";
        /// The patient asked for it.
        PatientRequest = "patient-request", "lo pidió el paciente";
        /// Lost, stolen or suspected fraud.
        Fraud = "fraud", "extravío, robo o posible fraude";
    }
}

reasons! {
    /// Coded reasons for a suspension.
    SuspendReason {
        /// A possible adverse reaction is looked into.
        AdverseReaction = "adverse-reaction", "se estudia una posible reacción adversa";
        /// A possible interaction is looked into.
        Interaction = "interaction", "se estudia una posible interacción";
        /// Results are awaited.
        AwaitingResults = "awaiting-results", "se esperan resultados de estudios";
        /// A procedure, or a stay in hospital.
        Procedure = "procedure", "hay un procedimiento u hospitalización";
        /// Suspected fraud is looked into.
        SuspectedFraud = "suspected-fraud", "se investiga un posible fraude";
    }
}

reasons! {
    /// Coded reasons for taking medicine back, or for correcting a dispensing.
    ReturnReason {
        /// The dispensing was recorded by mistake, or with a wrong quantity: that medicine never
        /// left the pharmacy.
        EnteredInError = "entered-in-error", "el surtido se registró por error";
        /// Something else was handed over than what is recorded.
        WrongMedicine = "wrong-medicine", "se entregó un medicamento equivocado";
        /// The lot was recalled.
        RecalledLot = "recalled-lot", "se retiró el lote del mercado";
        /// Damaged, or of doubtful quality.
        Damaged = "damaged", "el medicamento estaba dañado o en mal estado";
        /// The patient does not want or need it any more.
        PatientReturn = "patient-return", "lo devolvió el paciente";
    }
}

reasons! {
    /// Where medicine goes that came back.
    Destination {
        /// Back on the shelf: it never left the pharmacy.
        Shelf = "shelf", "de vuelta a la existencia";
        /// Apart, until somebody decides.
        Quarantine = "quarantine", "en cuarentena";
        /// To be destroyed.
        Destruction = "destruction", "para destrucción";
    }
}

reasons! {
    /// Coded clinical reasons for prescribing what the patient already has.
    OverlapReason {
        /// Another strength or pharmaceutical form, or a dose that is being raised or lowered.
        DoseAdjustment = "dose-adjustment", "se ajusta la dosis o cambia la presentación";
        /// Both are needed at the same time.
        CombinedTherapy = "combined-therapy", "se requieren ambos tratamientos a la vez";
        /// From one medicine of a group to another, with both for a while.
        Switching = "switching", "se pasa de un medicamento a otro de forma gradual";
        /// What the patient had was lost, stolen or destroyed.
        LostOrDestroyed = "lost-or-destroyed", "el paciente perdió lo que tenía o se destruyó";
        /// The earlier one will not be filled or taken any more.
        EarlierStopped = "earlier-stopped", "el tratamiento anterior ya se suspendió";
        /// It is for somebody else than the other one: the owner, or another animal.
        AnotherSubject = "another-subject", "es para el dueño o para otro animal";
        /// A long journey, or a place without pharmacies.
        Travel = "travel", "viaje o lugar sin farmacias";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_one_reason_each_and_are_what_the_body_says() {
        macro_rules! check {
            ($($name:ident),+) => {$(
                for reason in $name::ALL {
                    assert_eq!($name::from_code(reason.code()), Some(*reason));
                    let written = serde_json::to_string(reason).unwrap();
                    assert_eq!(written, format!("\"{}\"", reason.code()));
                    assert_eq!(serde_json::from_str::<$name>(&written).unwrap(), *reason);
                    assert!(!reason.in_spanish().is_empty());
                }
                assert_eq!($name::from_code("because"), None);
            )+};
        }
        check!(
            CancelReason,
            SuspendReason,
            ReturnReason,
            Destination,
            OverlapReason
        );
    }
}
