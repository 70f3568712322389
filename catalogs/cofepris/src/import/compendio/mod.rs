//! The workbook of the Compendio Nacional de Insumos para la Salud, medicines.
//!
//! The publication is made for readers: one description holds form, composition and package. What
//! the rules here take out of it is what `data/medicines.csv` was derived with; where they cannot
//! tell, they leave blank. The workbook's own layout is not documented: the columns are found by
//! name, in any order, below any titles.

mod antibiotic;
mod corrections;
mod names;
mod packaging;
mod pattern;
mod salt;
mod spanish;
mod strength;

use std::collections::BTreeSet;

use prescription::Clave;

use self::names::Names;
use self::packaging::Packaging;
use self::salt::Salts;
use self::spanish::Spelling;
pub(crate) use self::spanish::fold;
use self::strength::{Said, Strengths};
use super::grid::{Grid, GridRow, Wanted};
use super::{ImportError, Imported, RefusedRow};
use crate::facts::{FactRow, derive};
use crate::{Catalog, Medicine, SubstanceFacts, SubstanceKey};

const WANTED: [Wanted; 6] = [
    Wanted::required("clave", &["CLAVE", "CLAVE CNIS", "CLAVE DEL INSUMO"]),
    Wanted::required(
        "insumo",
        &[
            "INSUMO",
            "NOMBRE GENERICO",
            "DENOMINACION GENERICA",
            "NOMBRE",
        ],
    ),
    Wanted::optional("forma", &["FORMA", "FORMA FARMACEUTICA"]),
    Wanted::required("descripcion", &["DESCRIPCION"]),
    Wanted::required(
        "grupos",
        &["GRUPOS TERAPEUTICOS", "GRUPO TERAPEUTICO", "GRUPO"],
    ),
    Wanted::optional("aware", &["AWARE"]),
];
/// Substances that no list names and the general clauses reach: see [`crate::Assimilation`].
const ASSIMILATED: [&str; 4] = [
    "ESKETAMINA",
    "LEVOMEPROMAZINA",
    "PALIPERIDONA",
    "REMIFENTANILO",
];
/// Listed twice, under its name and under its brand.
const THIOPENTAL: (&str, &str) = ("TIOPENTAL SODICO", "PENTOTAL SODICO");

/// A medicine of the publication, with the facts of its controlled ingredients.
#[derive(Debug, Clone)]
pub(crate) struct CompendiumRow {
    pub(crate) medicine: Medicine,
    pub(crate) facts: Vec<FactRow>,
}

/// Reads a publication. What is controlled is told by the lists of `base`; facts whose medicine is
/// still the same are kept, all others are derived.
pub(crate) fn read(bytes: &[u8], base: &Catalog) -> Result<Imported<CompendiumRow>, ImportError> {
    let grid = Grid::read(bytes, &WANTED)?;
    let columns = ["insumo", "descripcion", "forma"];
    let texts = grid
        .rows()
        .flat_map(|row| columns.map(|column| row.text(column)));
    let rules = Rules {
        spelling: Spelling::learn(texts)?,
        names: Names::new()?,
        packaging: Packaging::new()?,
        strengths: Strengths::new()?,
        salts: Salts::new()?,
        base,
    };
    let mut rows = Vec::new();
    let mut refused = Vec::new();
    let mut seen = BTreeSet::new();
    for row in grid.rows() {
        match rules.row(&row)? {
            Ok(read) if seen.insert(read.medicine.clave.clone()) => rows.push(read),
            Ok(_) => refused.push(row.refuse("clave", "una clave que no se repita")),
            Err(why) => refused.push(why),
        }
    }
    rows.sort_by(|a: &CompendiumRow, b| a.medicine.clave.cmp(&b.medicine.clave));
    Ok(Imported { rows, refused })
}

struct Rules<'b> {
    spelling: Spelling,
    names: Names,
    packaging: Packaging,
    strengths: Strengths,
    salts: Salts,
    base: &'b Catalog,
}

impl Rules<'_> {
    fn row(&self, row: &GridRow<'_>) -> Result<Result<CompendiumRow, RefusedRow>, ImportError> {
        let clave: Clave = match row.parsed("clave", "una clave NNN.NNN.NNNN.NN") {
            Ok(clave) => clave,
            Err(refused) => return Ok(Err(refused)),
        };
        for column in ["insumo", "descripcion", "grupos"] {
            if let Err(refused) = row.required(column) {
                return Ok(Err(refused));
            }
        }
        let description = row.text("descripcion");
        Ok(match self.medicine(row, clave, description)? {
            Ok(medicine) => {
                let facts = self.facts(&medicine, description)?;
                Ok(CompendiumRow { medicine, facts })
            }
            Err(refused) => Err(refused),
        })
    }

    fn medicine(
        &self,
        row: &GridRow<'_>,
        clave: Clave,
        description: &str,
    ) -> Result<Result<Medicine, RefusedRow>, ImportError> {
        let code = clave.to_string();
        let published = row.text("insumo");
        let insumo = names::insumo(&code, published);
        let generic_name = self.names.generic(insumo, &self.spelling)?;
        let form = self
            .names
            .form(row.text("forma"), description, &self.spelling)?;
        let ingredients = self.names.ingredients(insumo)?;
        let (composition, package) = self.packaging.split(description)?;
        let presentation = self
            .packaging
            .presentation(&code, package, &self.spelling)?;
        let Some(presentation) = presentation else {
            return Ok(Err(row.refuse("descripcion", "un envase («Envase con…»)")));
        };
        if generic_name.is_empty() || form.is_empty() || ingredients.is_empty() {
            let column = if form.is_empty() {
                "descripcion"
            } else {
                "insumo"
            };
            return Ok(Err(row.refuse(column, "nombre y forma farmacéutica")));
        }
        let aware = !row.text("aware").is_empty() || self.names.is_remarked(published)?;
        let Some(antibiotic) = antibiotic::is_antibiotic(&ingredients, aware, &form) else {
            let expected = "un antibiótico conocido, porque lleva marca AWaRe";
            return Ok(Err(row.refuse("insumo", expected)));
        };
        let said = Said {
            clave: &code,
            composition,
            name: &generic_name,
            ingredients: &ingredients,
        };
        let strength = self.strengths.strength(&said, &self.spelling)?;
        let (substances, assimilated_to) = self.listed(&ingredients);
        Ok(Ok(Medicine {
            clave,
            generic_name,
            form,
            strength,
            package: self.packaging.package(&presentation)?,
            presentation,
            therapeutic_groups: groups(row.text("grupos")),
            substance_key: SubstanceKey::of(&ingredients),
            substances,
            assimilated_to,
            antibiotic,
        }))
    }

    /// The listed substances among the ingredients, by name, and those only assimilated. What bears
    /// the very name of a listed substance is controlled, whether we have facts of it or not.
    fn listed(&self, ingredients: &[String]) -> (Vec<String>, Vec<String>) {
        let mut named = BTreeSet::new();
        let mut assimilated = BTreeSet::new();
        for ingredient in ingredients {
            let known = self.base.substance(ingredient);
            let listed = |key: &str| self.base.listings().iter().any(|one| one.substance == key);
            match known {
                Some(facts) if ASSIMILATED.contains(&ingredient.as_str()) => {
                    assimilated.insert(facts.substance.clone());
                }
                Some(facts) => {
                    named.insert(facts.substance.clone());
                }
                None if listed(ingredient) => {
                    named.insert(ingredient.clone());
                }
                None => {}
            }
            if ingredient == THIOPENTAL.0 {
                named.insert(THIOPENTAL.1.to_owned());
            }
        }
        (
            named.into_iter().collect(),
            assimilated.into_iter().collect(),
        )
    }

    fn facts(&self, medicine: &Medicine, description: &str) -> Result<Vec<FactRow>, ImportError> {
        let before = self.base.medicine(&medicine.clave);
        if before.is_some_and(|before| derive::same_amounts(before, medicine)) {
            let kept = self.base.substance_facts(&medicine.clave);
            return Ok(kept
                .iter()
                .map(|facts| FactRow::of(medicine, facts))
                .collect());
        }
        let controlled = medicine.substance_key.ingredients();
        let controlled = controlled.filter_map(|name| self.base.substance(name));
        let mut rows = Vec::new();
        for substance in controlled {
            rows.push(self.derived(medicine, substance, description)?);
        }
        Ok(rows)
    }

    fn derived(
        &self,
        medicine: &Medicine,
        substance: &SubstanceFacts,
        description: &str,
    ) -> Result<FactRow, ImportError> {
        let salt = self.salts.of(&substance.ingredient, description)?;
        Ok(derive::facts(medicine, substance, salt.as_deref()))
    }
}

fn groups(text: &str) -> Vec<String> {
    let each = text
        .split('|')
        .map(str::trim)
        .filter(|group| !group.is_empty());
    each.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/compendio_medicamentos.csv"
    );

    fn shared() -> Option<Vec<u8>> {
        let read = std::fs::read(SHARED).ok();
        if read.is_none() {
            eprintln!("skipped: {SHARED} is not there");
        }
        read
    }

    #[test]
    fn the_publication_gives_the_committed_medicines() {
        let Some(bytes) = shared() else { return };
        let base = Catalog::embedded().unwrap();
        let imported = read(&bytes, &base).unwrap();
        assert_eq!(imported.refused, []);
        assert_eq!(imported.rows.len(), base.medicines().len());
        for (ours, row) in base.medicines().iter().zip(&imported.rows) {
            assert_eq!(*ours, row.medicine);
            let facts = base.substance_facts(&ours.clave).iter();
            let facts: Vec<_> = facts.map(|facts| FactRow::of(ours, facts)).collect();
            assert_eq!(facts, row.facts);
        }
    }

    const HEADER: &str = "Clave,Nombre genérico,Forma farmacéutica,Descripción,Grupo\n";

    fn imported(rows: &str) -> Imported<CompendiumRow> {
        read(
            format!("{HEADER}{rows}").as_bytes(),
            &Catalog::embedded().unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn a_new_controlled_medicine_gets_its_facts_from_the_text() {
        let row = "040.000.9001.00,HIDROMORFONA,TABLETA,TABLETA Cada tableta contiene: Clorhidrato \
                   de hidromorfona 4 mg. Envase con 20 tabletas.,Analgesia\n";
        let imported = imported(row);
        assert_eq!(imported.refused, []);
        let row = &imported.rows[0];
        assert_eq!(row.medicine.substances, ["HIDROMORFONA"]);
        assert_eq!(row.medicine.strength.as_deref(), Some("4 mg"));
        let facts = &row.facts[0];
        assert_eq!(facts.salt.as_deref(), Some("hydrochloride"));
        // 285.343 / 321.801 = 88.67 %.
        assert_eq!(facts.base, Some(3_546_800));
        assert_eq!(facts.oral_morphine.unwrap().value, 20_000_000);
    }

    #[test]
    fn a_row_that_is_not_understood_is_refused_with_its_place() {
        let good = "010.000.9001.00,PARACETAMOL,TABLETA,Cada tableta contiene: Paracetamol 500 mg. \
                    Envase con 10 tabletas.,Analgesia\n";
        let rows = [
            good,
            "010.000.9002,X,TABLETA,Envase con 10 tabletas.,Analgesia\n",
            "010.000.9003.00,,TABLETA,Envase con 10 tabletas.,Analgesia\n",
            "010.000.9004.00,NUEVACILINA (Reserva),TABLETA,Envase con 10 tabletas.,Analgesia\n",
            "010.000.9005.00,X,TABLETA,Cada tableta contiene: X 5 mg,Analgesia\n",
            good,
        ];
        let imported = imported(&rows.concat());
        assert_eq!(imported.rows.len(), 1);
        let refused: Vec<_> = imported.refused.iter().map(ToString::to_string).collect();
        assert_eq!(
            refused,
            [
                "fila 3, columna CLAVE: se esperaba una clave NNN.NNN.NNNN.NN",
                "fila 4, columna NOMBRE GENERICO: se esperaba un valor",
                "fila 5, columna NOMBRE GENERICO: se esperaba un antibiótico conocido, porque lleva \
                 marca AWaRe",
                "fila 6, columna DESCRIPCION: se esperaba un envase («Envase con…»)",
                "fila 7, columna CLAVE: se esperaba una clave que no se repita",
            ]
        );
    }

    #[test]
    fn the_publication_gives_the_committed_facts() {
        let Some(bytes) = shared() else { return };
        let base = Catalog::embedded().unwrap();
        // By hand, because words do not decide: each row of the table says why.
        let by_hand = [
            "010.000.2471.00",
            "010.000.2622.00",
            "010.000.2623.00",
            "010.000.6083.00",
            "010.000.6083.01",
            "010.000.7024.00",
            "040.000.3255.00",
            "040.000.4027.00",
            "040.000.4029.00",
            "040.000.6175.00",
            "040.000.6176.00",
            "040.000.6177.00",
            "040.000.7027.00",
            "040.000.7028.00",
        ];
        let grid = Grid::read(&bytes, &WANTED).unwrap();
        let salts = Salts::new().unwrap();
        let mut checked = 0;
        for row in grid.rows() {
            let clave: Clave = row.text("clave").parse().unwrap();
            let medicine = base.medicine(&clave).unwrap();
            for facts in base.substance_facts(&clave) {
                if by_hand.contains(&clave.to_string().as_str()) {
                    continue;
                }
                let salt = salts
                    .of(&facts.substance.ingredient, row.text("descripcion"))
                    .unwrap();
                let derived = derive::facts(medicine, &facts.substance, salt.as_deref());
                let committed = FactRow {
                    max_daily: None,
                    ..FactRow::of(medicine, facts)
                };
                assert_eq!(derived, committed);
                checked += 1;
            }
        }
        assert!(checked > 100, "only {checked}");
    }
}
