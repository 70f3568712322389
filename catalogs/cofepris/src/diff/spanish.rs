//! A diff as a person reads it in a terminal.

use std::fmt;

use super::{Change, Diff, Warning};

/// Lines shown of each kind; the JSON has all.
const SHOWN: usize = 40;

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Catálogo: {}", self.catalog.spanish())?;
        writeln!(f, "Vigente desde: {}", self.effective_from)?;
        writeln!(
            f,
            "Renglones: {} antes, {} después",
            self.rows_before, self.rows_after
        )?;
        if self.is_empty() {
            return writeln!(f, "Sin cambios.");
        }
        let row = |row: &super::Row| format!("{}  {}", row.key, row.label);
        list(f, "Altas", '+', &self.added, row)?;
        list(f, "Bajas", '-', &self.removed, row)?;
        list(f, "Cambios", '~', &self.changed, change)?;
        list(f, "Cambian de fracción", '!', &self.reclassified, |one| {
            format!(
                "{}  {}: de {} a {} desde {}",
                one.clave, one.label, one.before, one.after, one.on
            )
        })?;
        list(
            f,
            "Renglones rechazados",
            'x',
            &self.refused,
            ToString::to_string,
        )?;
        list(f, "REVISAR", '?', &self.warnings, ToString::to_string)
    }
}

fn change(change: &Change) -> String {
    let each = change.differences.iter();
    let each = each.map(|one| format!("{}: «{}» → «{}»", one.field, one.before, one.after));
    let fields = each.collect::<Vec<_>>().join("; ");
    format!("{}  {}: {fields}", change.row.key, change.row.label)
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    mark: char,
    rows: &[T],
    line: impl Fn(&T) -> String,
) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}: {}", rows.len())?;
    for row in rows.iter().take(SHOWN) {
        writeln!(f, "  {mark} {}", line(row))?;
    }
    match rows.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(f, "  … y {more} más (en el JSON están todos)"),
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManyRemoved { removed, of } => {
                write!(
                    f,
                    "desaparecen {removed} de {of} renglones: ¿está completo el archivo?"
                )
            }
            Self::Retroactive { effective_from } => write!(
                f,
                "cuenta desde {effective_from}, que ya pasó: lo emitido entonces no se juzga de nuevo"
            ),
            Self::UntilLaterVersion { from } => write!(
                f,
                "sólo cuenta hasta {from}: desde ese día rige otra versión ya aplicada"
            ),
            Self::ControlledRemoved {
                clave,
                label,
                fraction,
            } => write!(f, "sale {clave} {label}, que es de la fracción {fraction}"),
            Self::Loosened {
                clave,
                label,
                on,
                before,
                after,
            } => write!(
                f,
                "{clave} {label} pasa de la fracción {before} a la {after} desde {on}, menos estricta"
            ),
            Self::WithoutBase { clave, label } => write!(
                f,
                "{clave} {label} es controlado y no se conoce su base anhidra: faltará en los balances"
            ),
            Self::ManyLicencesLost { lost, of } => write!(
                f,
                "{lost} de {of} profesionales pierden la cédula vigente: ¿es el archivo correcto?"
            ),
        }
    }
}
