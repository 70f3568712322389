//! What is about to be signed, in Spanish.

use std::fmt::Write;

use crate::Order;
use crate::order::{lines_of, medicine_of};

impl Order {
    /// Folio, patient, prescriber and each medicine with its dose: several lines. Names of
    /// medicines and people are the document's; doses are what the QR will say.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let mut text = String::new();
        let written = self.write(&mut text);
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let payload = &self.payload;
        writeln!(out, "Receta {}", self.folio)?;
        writeln!(out, "Paciente:  {} ({})", payload.name, payload.curp)?;
        writeln!(out, "Prescribe: cédula {}", payload.cedula)?;
        writeln!(out, "Fecha:     {}", payload.written_on)?;
        if let Some(special) = &payload.special_folio {
            writeln!(out, "Folio del recetario especial: {}", special.as_str())?;
        }
        let names = lines_of(&self.document);
        for (number, (line, resource)) in (1..).zip(payload.lines.iter().zip(names)) {
            let name = medicine_of(resource).and_then(|coding| coding["display"].as_str());
            let name = name.unwrap_or("(sin nombre en el documento)");
            writeln!(out, "{number}. {name} [{}]", line.clave)?;
            let (packages, fills) = (line.packages.count(), line.fills);
            writeln!(out, "   {}", line.dosage.in_spanish())?;
            writeln!(
                out,
                "   {packages} por surtido, {fills} surtido(s), fracción {}, hasta {}",
                line.fraction.number(),
                line.valid_until
            )?;
        }
        let qr = if self.qr_by_institution() {
            "Usted firma el documento; el código QR lo firma la institución y lo dice."
        } else {
            "Usted firma el documento y el código QR."
        };
        writeln!(out, "{qr}")?;
        writeln!(out, "Se puede completar hasta {}.", self.expires_at)
    }
}
