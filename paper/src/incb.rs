//! The forms of the International Narcotics Control Board (JIFE) as Mexico furnishes them: A, B and
//! C of the Single Convention of 1961, P of the Convention of 1971.
//!
//! What the forms contain comes from the public editions (form A, 15th, 2015; B, 23rd, 2014; C,
//! 17th, 2012; P, 40th, 2020): their parts, their headers, kilograms and grams in two columns for
//! the drugs of 1961 (grams and milligrams for the potent ones), kilograms alone since 2020 for all
//! substances of 1971. The wording and the order of the columns are ours \[B\]: compare with the
//! edition in force before sending. The rows are the caller's.

use crate::form::{Form, FormColumn, FormPart, Kind};

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncbForm {
    /// Quarterly statistics of imports and exports of narcotic drugs; due a month after the quarter.
    A,
    /// Annual estimates of requirements; due on 30 June of the year before.
    B,
    /// Annual statistics of production, manufacture, consumption, stocks and seizures; due on 30
    /// June of the year after.
    C,
    /// Annual statistical report on psychotropic substances; due on 30 June of the year after.
    P,
}

/// Who furnishes the form: its header. Empty where it is to be filled by hand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Office {
    /// "México".
    pub country: String,
    /// The competent office.
    pub name: String,
    /// The responsible officer's name.
    pub officer: String,
    /// Title or function.
    pub function: String,
    /// Telephone numbers.
    pub telephone: String,
    /// E-mail.
    pub email: String,
}

/// The form with its header, parts and columns, and no rows yet. `quarter` (1 to 4) is of form A
/// alone.
#[must_use]
pub fn blank(form: IncbForm, office: &Office, year: i16, quarter: Option<u8>) -> Form {
    Form {
        title: form.title().to_owned(),
        basis: form.basis().to_owned(),
        year,
        period: form.period(year, quarter),
        header: office.header(),
        made_on: None,
        parts: form.parts(),
    }
}

impl Office {
    fn header(&self) -> Vec<(String, String)> {
        [
            ("País o territorio", &self.country),
            ("Oficina competente", &self.name),
            ("Nombre del funcionario responsable", &self.officer),
            ("Título o función", &self.function),
            ("Teléfono", &self.telephone),
            ("Correo electrónico", &self.email),
            ("Fecha", &String::new()),
            ("Firma", &String::new()),
        ]
        .map(|(label, value)| (label.to_owned(), value.clone()))
        .into()
    }
}

impl IncbForm {
    /// What the form is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::A => {
                "JIFE, formulario A: Estadísticas trimestrales de importaciones y exportaciones de \
                 estupefacientes"
            }
            Self::B => {
                "JIFE, formulario B: Previsiones anuales de las necesidades de estupefacientes y de \
                 la fabricación de drogas sintéticas"
            }
            Self::C => {
                "JIFE, formulario C: Estadísticas anuales de la producción, la fabricación, el \
                 consumo, las existencias y la incautación de estupefacientes"
            }
            Self::P => {
                "JIFE, formulario P: Informe estadístico anual sobre las sustancias del Convenio \
                 sobre Sustancias Sicotrópicas de 1971"
            }
        }
    }

    fn basis(self) -> &'static str {
        match self {
            Self::A => {
                "Convención Única de 1961 sobre Estupefacientes, artículos 1, 2, 13, 20 y 25; \
                 Protocolo de 1972, artículos 1 y 10"
            }
            Self::B => {
                "Convención Única de 1961 sobre Estupefacientes, artículos 1, 12 y 19; Protocolo de \
                 1972, artículos 5 y 9"
            }
            Self::C => {
                "Convención Única de 1961 sobre Estupefacientes, artículos 1, 2, 13, 20 y 27; \
                 Protocolo de 1972, artículos 1 y 10"
            }
            Self::P => {
                "Convenio sobre Sustancias Sicotrópicas de 1971, artículos 1, 2, 3, 12 y 16; \
                 resoluciones del Consejo Económico y Social 1576 (L), 1985/15 y 1987/30"
            }
        }
    }

    fn period(self, year: i16, quarter: Option<u8>) -> String {
        const QUARTERS: [&str; 4] = ["primer", "segundo", "tercer", "cuarto"];
        let quarter = quarter.and_then(|quarter| {
            let place = usize::from(quarter).checked_sub(1)?;
            QUARTERS.get(place)
        });
        match (self, quarter) {
            (Self::A, Some(quarter)) => format!("{quarter} trimestre de {year}"),
            (Self::B, _) => format!("previsiones para el año civil {year}"),
            (Self::A | Self::C | Self::P, _) => format!("año civil {year}"),
        }
    }

    fn parts(self) -> Vec<FormPart> {
        match self {
            Self::A => vec![
                trade(
                    "Parte I",
                    "Importaciones de estupefacientes",
                    "País de procedencia",
                ),
                trade(
                    "Parte II",
                    "Exportaciones de estupefacientes",
                    "País de destino",
                ),
            ],
            Self::B => estimates(),
            Self::C => statistics(),
            Self::P => psychotropics(),
        }
    }
}

fn estimates() -> Vec<FormPart> {
    let requirements = [
        "Para el consumo interno con fines médicos y científicos",
        "Para la fabricación de otros estupefacientes",
        "Para la fabricación de preparados de la Lista III",
        "Para la fabricación de sustancias no comprendidas en la Convención",
        "Existencias al 31 de diciembre",
        "Para añadir a las existencias especiales",
    ];
    vec![
        part(
            "Parte II",
            "Previsiones anuales de las necesidades de estupefacientes",
            Kind::KilogramsGrams,
            &requirements,
        ),
        part(
            "Parte III",
            "Previsiones de la fabricación de drogas sintéticas",
            Kind::KilogramsGrams,
            &["Cantidad que se fabricará"],
        ),
    ]
}

fn statistics() -> Vec<FormPart> {
    let year = [
        "Fabricado",
        "Consumido",
        "Utilizado para fabricar preparados de la Lista III",
        "Existencias al 31 de diciembre",
        "Adquirido para fines especiales",
    ];
    vec![
        part(
            "Parte I",
            "Fabricación, consumo, utilización y existencias de estupefacientes",
            Kind::KilogramsGrams,
            &year,
        ),
        part(
            "Parte II",
            "Utilización de estupefacientes para fabricar otras sustancias",
            Kind::KilogramsGrams,
            &["Utilizado", "Obtenido"],
        ),
        part(
            "Parte IV",
            "Incautación de estupefacientes y destino de lo incautado",
            Kind::KilogramsGrams,
            &["Incautado", "Destruido", "Destinado a fines lícitos"],
        ),
    ]
}

fn psychotropics() -> Vec<FormPart> {
    let year = [
        "Fabricado",
        "Utilizado para fabricar preparados exentos o sustancias no sicotrópicas",
        "Utilizado para fabricar otras sustancias sicotrópicas",
        "Existencias de los fabricantes al 31 de diciembre",
        "Importado",
        "Exportado",
        "Consumido",
    ];
    vec![part(
        "Parte primera",
        "Fabricación, utilización, existencias, importaciones, exportaciones y consumo",
        Kind::Kilograms,
        &year,
    )]
}

fn part(name: &str, title: &str, kind: Kind, quantities: &[&str]) -> FormPart {
    let mut columns = vec![
        FormColumn::new("Código", Kind::Words),
        FormColumn::new("Sustancia", Kind::Words),
    ];
    columns.extend(quantities.iter().map(|title| FormColumn::new(title, kind)));
    FormPart {
        name: name.to_owned(),
        title: title.to_owned(),
        columns,
        rows: Vec::new(),
        notes: vec![BASE.to_owned()],
    }
}

const BASE: &str = "Cantidades en base anhidra pura.";

fn trade(name: &str, title: &str, country: &str) -> FormPart {
    let mut part = part(name, title, Kind::KilogramsGrams, &["Cantidad"]);
    part.columns
        .insert(2, FormColumn::new(country, Kind::Words));
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Value;
    use crate::mass::Mass;

    fn office() -> Office {
        Office {
            country: "México".into(),
            name: "COFEPRIS".into(),
            ..Office::default()
        }
    }

    #[test]
    fn every_form_is_a_workbook_before_it_has_a_row() {
        for form in [IncbForm::A, IncbForm::B, IncbForm::C, IncbForm::P] {
            let blank = blank(form, &office(), 2026, None);
            assert!(!blank.xlsx().unwrap().is_empty());
            assert_eq!(blank.csv().unwrap().len(), blank.parts.len());
        }
    }

    #[test]
    fn form_a_is_of_a_quarter() {
        let form = blank(IncbForm::A, &office(), 2026, Some(3));
        assert_eq!(form.period, "tercer trimestre de 2026");
        assert_eq!(form.parts[0].columns[2].title, "País de procedencia");
        let year = blank(IncbForm::A, &office(), 2026, Some(5));
        assert_eq!(year.period, "año civil 2026");
    }

    #[test]
    fn drugs_of_1961_are_split_and_substances_of_1971_are_not() {
        let mut c = blank(IncbForm::C, &office(), 2026, None);
        let mut row = vec![Value::Text("NM 004".into()), Value::Text("Morfina".into())];
        row.extend(
            [1, 2, 3, 4, 5].map(|kg| Value::Mass(Mass::from_nanograms(kg * 1_500_000_000_000))),
        );
        c.parts[0].rows.push(row);
        let csv = String::from_utf8(c.parts[0].csv().unwrap()).unwrap();
        assert!(csv.contains("Consumido (kg),Consumido (g)"), "{csv}");
        assert!(
            csv.contains("NM 004,Morfina,1,500,3,0,4,500,6,0,7,500"),
            "{csv}"
        );
        let p = blank(IncbForm::P, &office(), 2026, None);
        let csv = String::from_utf8(p.parts[0].csv().unwrap()).unwrap();
        assert!(
            csv.contains("Consumido (kg)") && !csv.contains("(g)"),
            "{csv}"
        );
    }
}
