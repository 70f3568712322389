//! What this pharmacy dispenses without a network. The law is `prescription`'s; this only narrows.

use prescription::dispense::DispenseCommand;
use prescription::{Fraction, Packages, Prescription};

use crate::config::OfflineLimits;

/// The pharmacy's policy says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfflineRefusal {
    /// Nothing is.
    #[error("La configuración de este mostrador no permite surtir sin conexión.")]
    NotAllowed,
    /// Not this fraction.
    #[error("Renglón {line}: los medicamentos de la fracción {fraction} se surten sólo en línea.")]
    Fraction {
        /// The line.
        line: u8,
        /// Its fraction.
        fraction: Fraction,
    },
    /// Not so much.
    #[error("Renglón {line}: sin conexión se surten hasta {most} envases.")]
    TooMany {
        /// The line.
        line: u8,
        /// The most.
        most: Packages,
    },
    /// Too much is waiting already.
    #[error("Hay {pending} surtidos pendientes, el máximo sin conexión; sincronice.")]
    QueueFull {
        /// Acts that wait.
        pending: usize,
    },
}

/// Checks an act that the law allows against the limits; `pending` acts wait already.
///
/// # Errors
/// The first limit that it exceeds.
pub fn check(
    limits: &OfflineLimits,
    prescription: &Prescription,
    command: &DispenseCommand,
    pending: usize,
) -> Result<(), OfflineRefusal> {
    if !limits.allowed {
        return Err(OfflineRefusal::NotAllowed);
    }
    if u32::try_from(pending).map_or(true, |pending| pending >= limits.max_pending) {
        return Err(OfflineRefusal::QueueFull { pending });
    }
    let most = Packages::new(limits.max_packages);
    for handed in &command.lines {
        let line = handed.line;
        let fraction = prescription.line(line).map(|(issued, _)| issued.fraction);
        if let Some(fraction) = fraction.filter(|f| !limits.fractions.contains(f)) {
            return Err(OfflineRefusal::Fraction { line, fraction });
        }
        if handed.packages > most {
            return Err(OfflineRefusal::TooMany { line, most });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispense::parse_line;
    use crate::fixture::verified;
    use crate::status::issued;

    fn limits() -> OfflineLimits {
        OfflineLimits {
            allowed: true,
            fractions: vec![Fraction::IV],
            max_packages: 1,
            max_pending: 2,
        }
    }

    fn checked(limits: &OfflineLimits, line: &str, pending: usize) -> Result<(), OfflineRefusal> {
        let prescription = Prescription::new(issued(&verified()).unwrap());
        let command = DispenseCommand {
            at: crate::fixture::now(),
            on: jiff::civil::date(2026, 11, 23),
            lines: vec![parse_line(line).unwrap()],
        };
        check(limits, &prescription, &command, pending)
    }

    #[test]
    fn each_limit_is_its_own_reason() {
        assert_eq!(checked(&limits(), "1=1", 1), Ok(()));
        let full = OfflineRefusal::QueueFull { pending: 2 };
        assert_eq!(checked(&limits(), "1=1", 2), Err(full));
        let most = Packages::new(1);
        let many = OfflineRefusal::TooMany { line: 1, most };
        assert_eq!(checked(&limits(), "1=2", 0), Err(many));
        let only_vi = OfflineLimits {
            fractions: vec![Fraction::VI],
            ..limits()
        };
        let fraction = Fraction::IV;
        let refused = OfflineRefusal::Fraction { line: 1, fraction };
        assert_eq!(checked(&only_vi, "1=1", 0), Err(refused));
        let off = OfflineLimits::default();
        assert_eq!(checked(&off, "1=1", 0), Err(OfflineRefusal::NotAllowed));
    }
}
