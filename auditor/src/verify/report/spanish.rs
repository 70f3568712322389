//! The report for people.

use std::fmt::{self, Write};

use super::{Balance, BodyTally, Kinds, LedgerSummary, MapTally, Report, Summary};
use crate::verify::{ActTally, SignatureTally, StockTally};

impl Report {
    /// The report for people.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let mut text = String::new();
        let written = self.write_spanish(&mut text);
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
        text
    }

    fn write_spanish(&self, out: &mut String) -> fmt::Result {
        match &self.ledger {
            Some(ledger) => {
                self.write_trees(ledger, out)?;
                writeln!(
                    out,
                    "  Checkpoints anteriores que continúa: {}",
                    ledger.earlier_checkpoints
                )?;
                self.summary.write_spanish(out)?;
            }
            None => writeln!(
                out,
                "El árbol firmado no se pudo verificar: nadie responde por sus entradas y no se \
                 examinaron."
            )?,
        }
        self.write_findings(out)
    }

    fn write_trees(&self, ledger: &LedgerSummary, out: &mut String) -> fmt::Result {
        writeln!(out, "Registro {}", ledger.origin)?;
        if self.shards.is_empty() {
            writeln!(out, "  Entradas: {}", ledger.size)?;
            return writeln!(out, "  Raíz firmada: {}", ledger.root);
        }
        let entries: u64 = self.shards.iter().map(|shard| shard.size).sum();
        writeln!(
            out,
            "  Entradas: {entries}, en {} segmentos",
            self.shards.len()
        )?;
        for shard in &self.shards {
            let state = if shard.closed { "cerrado" } else { "abierto" };
            writeln!(
                out,
                "  Segmento {}: {} entradas desde la {}, {state}, raíz firmada {}",
                shard.origin, shard.size, shard.first, shard.root
            )?;
        }
        Ok(())
    }

    fn write_findings(&self, out: &mut String) -> fmt::Result {
        if self.is_clean() {
            return writeln!(
                out,
                "Dictamen: ÍNTEGRO. No se encontró ninguna irregularidad en lo examinado."
            );
        }
        writeln!(out, "Hallazgos: {}", self.findings.total())?;
        for finding in self.findings.listed() {
            writeln!(out, "  - {}", finding.in_spanish())?;
        }
        if self.findings.unlisted() > 0 {
            writeln!(out, "  … y {} más", self.findings.unlisted())?;
        }
        writeln!(out, "Dictamen: CON IRREGULARIDADES.")
    }
}

impl Summary {
    fn write_spanish(&self, out: &mut String) -> fmt::Result {
        let Kinds {
            issued,
            dispensed,
            cancelled,
            expired,
            erased,
            suspended,
            resumed,
            returned,
            transferred,
        } = self.kinds;
        writeln!(out, "  Recetas: {}", self.prescriptions)?;
        writeln!(
            out,
            "  Actos: expediciones {issued}, dispensaciones {dispensed}, cancelaciones {cancelled}, \
             vencimientos {expired}, destrucciones de datos {erased}"
        )?;
        if suspended + resumed + returned + transferred > 0 {
            writeln!(
                out,
                "  Además: suspensiones {suspended}, reanudaciones {resumed}, devoluciones y \
                 correcciones {returned}, traspasos {transferred}"
            )?;
        }
        if let Some(previous) = &self.continues {
            writeln!(
                out,
                "  Continúa el registro {previous}: sin él no se reconstruyó el mapa, y de las recetas \
                 que empezaron allí sólo se examinó lo que sigue aquí"
            )?;
        }
        if let Some(MapTally { heads, keys }) = self.map {
            writeln!(
                out,
                "  Mapa reconstruido: {keys} claves; resúmenes cotejados: {heads}"
            )?;
        }
        self.write_acts(out)?;
        self.write_controlled(out)?;
        let Some(bodies) = self.bodies else {
            return writeln!(
                out,
                "  Sin archivo de cuerpos: no se examinaron actos ni firmas."
            );
        };
        write_bodies(bodies, out)?;
        self.write_stock(out)?;
        write_signatures(self.signatures, out)
    }

    fn write_acts(&self, out: &mut String) -> fmt::Result {
        let ActTally {
            movements,
            catalogs,
            special_folios,
            keys,
            unregistered,
            unnamed,
            uncompared,
        } = self.acts;
        if self.acts.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "  Actos numerados en serie: movimientos {movements}, catálogos {catalogs}, folios \
             especiales {special_folios}, claves {keys}"
        )?;
        if unnamed > 0 {
            writeln!(
                out,
                "  De {unnamed} no se conoce la serie, por falta de su cuerpo"
            )?;
        }
        if unregistered > 0 {
            writeln!(
                out,
                "  Firmas con claves de las que el registro de claves no dice nada: {unregistered}"
            )?;
        }
        if uncompared > 0 {
            writeln!(
                out,
                "  De {uncompared} movimientos se verificó la firma, pero no se comparó el documento"
            )?;
        }
        Ok(())
    }

    fn write_stock(&self, out: &mut String) -> fmt::Result {
        let Some(StockTally {
            establishments,
            replayed,
            unjudged,
        }) = self.stock
        else {
            return Ok(());
        };
        if replayed + unjudged == 0 {
            return Ok(());
        }
        writeln!(
            out,
            "  Existencias recalculadas: {establishments} establecimientos, {replayed} movimientos; \
             sin juzgar, porque el establecimiento no lleva existencias aquí: {unjudged}"
        )
    }

    fn write_controlled(&self, out: &mut String) -> fmt::Result {
        if self.controlled.is_empty() {
            return Ok(());
        }
        writeln!(out, "  Medicamentos controlados (envases):")?;
        let (clave, prescribed, dispensed, returned) =
            ("Clave", "Recetados", "Surtidos", "Devueltos");
        writeln!(
            out,
            "    {clave:<17}{prescribed:>12}{dispensed:>12}{returned:>12}"
        )?;
        for (clave, balance) in &self.controlled {
            let Balance {
                prescribed,
                dispensed,
                returned,
            } = balance;
            let clave = clave.as_str();
            writeln!(
                out,
                "    {clave:<17}{prescribed:>12}{dispensed:>12}{returned:>12}"
            )?;
        }
        Ok(())
    }
}

fn write_bodies(bodies: BodyTally, out: &mut String) -> fmt::Result {
    let BodyTally {
        present,
        missing,
        erased,
        unfolded,
    } = bodies;
    writeln!(out, "  Cuerpos: {present} presentes, {missing} ausentes")?;
    if erased > 0 {
        writeln!(
            out,
            "  Cuerpos destruidos tras el plazo de conservación, con orden firmada: {erased}"
        )?;
    }
    if unfolded > 0 {
        writeln!(
            out,
            "  Cuerpos sin historia completa, que no se pudo reconstruir: {unfolded}"
        )?;
    }
    Ok(())
}

fn write_signatures(signatures: SignatureTally, out: &mut String) -> fmt::Result {
    let SignatureTally {
        cades,
        qr,
        pharmacy,
        unverified,
    } = signatures;
    writeln!(
        out,
        "  Firmas verificadas: {cades} de quien prescribe (CAdES), {qr} de códigos QR, \
         {pharmacy} de farmacias"
    )?;
    if unverified > 0 {
        writeln!(
            out,
            "  Firmas sin verificar, por falta de la autoridad que las respalda: {unverified}"
        )?;
    }
    Ok(())
}
