//! The balance for people and machines.

use super::{Balance, Exception, Row, Tolerance};
use crate::fact::Flow;
use crate::table::{Cell, Table};

impl Balance<'_> {
    /// One row per area, clave and period. Grams are of anhydrous base.
    #[must_use]
    pub fn table(&self, tolerance: Tolerance) -> Table {
        let mut table = Table::new(
            "Balance de substancias controladas y antibióticos",
            &[
                "Lugar",
                "Clave",
                "Medicamento",
                "Periodo",
                "Existencia inicial",
                "Saldo inicial registrado",
                "Fabricado",
                "Importado",
                "Comprado",
                "Recibido",
                "Recuperado de un envío",
                "Sobrante en conteo",
                "Surtido sin existencia registrada",
                "Devuelto por pacientes",
                "Surtido",
                "Enviado",
                "Exportado",
                "Devuelto al proveedor",
                "Baja por salir de las listas",
                "Destruido",
                "Perdido",
                "Robado",
                "Faltante en conteo",
                "Perdido o robado en camino",
                "Existencia final",
                "Recetado",
                "Recetado sin surtir",
                "Surtido sin receta",
                "Gramos surtidos",
                "Gramos en existencia",
                "Excepciones",
            ],
        );
        let rows = self.rows(tolerance);
        table.rows = rows.iter().map(|row| self.row(row)).collect();
        table.notes.push(
            "Unidades de la presentación. La existencia inicial es la que dejan los movimientos \
             anteriores; una excepción dice qué no cuadra, no por qué."
                .to_owned(),
        );
        table
    }

    /// One row per exception.
    #[must_use]
    pub fn exceptions(&self, tolerance: Tolerance) -> Table {
        let mut table = Table::new(
            "Excepciones del balance",
            &[
                "Lugar",
                "Clave",
                "Periodo",
                "Código",
                "Unidades",
                "Explicación",
            ],
        );
        for row in self.rows(tolerance) {
            for exception in &row.exceptions {
                table.rows.push(vec![
                    Cell::Text(self.places.label(row.key.area)),
                    Cell::text(row.key.clave),
                    Cell::text(row.key.period),
                    Cell::text(exception.code()),
                    exception.units(),
                    Cell::Text(exception.in_spanish()),
                ]);
            }
        }
        table
    }

    fn row(&self, row: &Row) -> Vec<Cell> {
        let sums = &row.sums;
        let flow = |flow| Cell::Count(sums.flow(flow).into());
        let product = self.products.get(row.key.clave);
        let grams = |units: i128| {
            let magnitude = u64::try_from(units.unsigned_abs()).ok()?;
            let ng = i128::try_from(product?.base_ng(magnitude)?).ok()?;
            Some(if units < 0 { -ng } else { ng })
        };
        let handed = i128::from(sums.dispensed) - i128::from(sums.returned);
        let exceptions: Vec<_> = row.exceptions.iter().map(Exception::in_spanish).collect();
        vec![
            Cell::Text(self.places.label(row.key.area)),
            Cell::text(row.key.clave),
            product.map_or(Cell::Blank, |product| Cell::text(&product.name)),
            Cell::text(row.key.period),
            Cell::Count(row.opening),
            flow(Flow::Opening),
            flow(Flow::Manufactured),
            flow(Flow::Imported),
            flow(Flow::Bought),
            flow(Flow::Received),
            flow(Flow::TakenBack),
            flow(Flow::Found),
            flow(Flow::Shortfall),
            Cell::Count(sums.returned.into()),
            Cell::Count(sums.dispensed.into()),
            flow(Flow::Shipped),
            flow(Flow::Exported),
            flow(Flow::SentBack),
            flow(Flow::Released),
            flow(Flow::Destroyed),
            flow(Flow::Lost),
            flow(Flow::Stolen),
            flow(Flow::Missing),
            flow(Flow::LostOnTheWay),
            Cell::Count(row.closing),
            Cell::Count(sums.prescribed.into()),
            Cell::Count(sums.lapsed.into()),
            Cell::Count(sums.unprescribed.into()),
            Cell::grams(grams(handed)),
            Cell::grams(grams(row.closing)),
            Cell::Text(exceptions.join("; ")),
        ]
    }
}
