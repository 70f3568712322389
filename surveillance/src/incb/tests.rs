use super::*;
use crate::fact::Act;
use crate::fixture::*;

const IMPORTER: &str = "DFFAR000001";

/// 1,000 tablets imported, 600 supplied to a pharmacy, 100 handed over, 50 burnt by the importer.
fn facts() -> Vec<Fact> {
    let ship = |flow, other: &str| Act::Moved {
        clave: clave(MORPHINE),
        flow,
        units: 600,
        other: Some(clues(other)),
    };
    vec![
        fact_at(
            0,
            "2025-11-02",
            IMPORTER,
            moved(MORPHINE, Flow::Imported, 1000),
        ),
        fact_at(1, "2026-02-01", IMPORTER, ship(Flow::Shipped, PHARMACY)),
        fact(2, "2026-02-03", ship(Flow::Received, IMPORTER)),
        fact(3, "2026-03-01", dispensed(MORPHINE, 120, 1)),
        fact(
            4,
            "2026-03-02",
            Act::Returned(handed(MORPHINE, 20, 1, 1, 1)),
        ),
        fact_at(
            5,
            "2026-05-01",
            IMPORTER,
            moved(MORPHINE, Flow::Destroyed, 50),
        ),
        fact_at(
            9,
            "2026-06-01",
            IMPORTER,
            moved(MORPHINE, Flow::Exported, 7),
        ),
        fact_at(
            6,
            "2026-05-01",
            IMPORTER,
            moved(CLONAZEPAM, Flow::Imported, 10),
        ),
        fact_at(
            7,
            "2026-05-01",
            IMPORTER,
            moved(TRAMADOL, Flow::Imported, 10),
        ),
        fact_at(
            8,
            "2027-01-01",
            IMPORTER,
            moved(MORPHINE, Flow::Imported, 9),
        ),
    ]
}

fn with<T>(facts: &[Fact], ask: impl Fn(&Statistics<'_>) -> T) -> T {
    let (products, places) = (products(), places());
    let mut statistics = Statistics::new(&products, &places);
    statistics.extend(facts.iter().copied());
    ask(&statistics)
}

fn year(text: &str) -> Period {
    Period::of(day(&format!("{text}-01-01")), Span::Year)
}

/// The cell of the first row whose column begins like this.
fn cell(table: &Table, column: &str) -> String {
    let at = table.columns.iter().position(|one| one.starts_with(column));
    table.rows[0][at.unwrap()].to_string()
}

fn grams(tablets: u64) -> String {
    Cell::Grams(i128::from(tablets) * 22_600_000).to_string()
}

#[test]
fn form_c_of_a_year() {
    let table = with(&facts(), |of| of.form_c(year("2026")));
    assert_eq!(table.rows.len(), 1, "{table:?}");
    for (column, tablets) in [
        ("Importado", 0),
        ("Exportado", 7),
        ("Consumo", 600),
        ("Surtido a pacientes", 100),
        ("Existencias sin menudeo", 343),
        ("Existencias del menudeo", 500),
        ("Destruido", 50),
    ] {
        assert_eq!(cell(&table, column), grams(tablets), "{column}");
    }
    for blank in ["Usado", "Producción", "Decomisado"] {
        assert_eq!(cell(&table, blank), "", "{blank}");
    }
    assert!(table.to_csv().is_ok());
}

#[test]
fn stocks_of_a_year_without_movements_are_those_before() {
    let table = with(&facts(), |of| of.form_c(year("2025")));
    assert_eq!(cell(&table, "Existencias sin menudeo"), grams(1000));
    let only_2025 = &facts()[..1];
    let table = with(only_2025, |of| of.form_c(year("2026")));
    assert_eq!(cell(&table, "Existencias sin menudeo"), grams(1000));
    assert_eq!(cell(&table, "Importado"), "0");
}

#[test]
fn form_a_of_a_quarter() {
    let imported = |on: &str| {
        let table = with(&facts(), |of| of.form_a(day(on)));
        assert!(table.to_csv().is_ok());
        cell(&table, "Importado")
    };
    assert_eq!(imported("2025-12-31"), grams(1000));
    assert_eq!(imported("2026-01-01"), "0");
}

#[test]
fn form_p_has_psychotropics_only() {
    let table = with(&facts(), |of| of.form_p(year("2026")));
    assert_eq!(table.rows.len(), 1);
    assert_eq!(cell(&table, "Substancia"), "CLONAZEPAM");
    assert_eq!(cell(&table, "Importado"), "0.02");
    assert_eq!(cell(&table, "Lista"), "IV");
}

#[test]
fn form_b_averages_and_adds() {
    let need = |years, margin_permille| {
        let estimate = Estimate {
            years,
            margin_permille,
        };
        let table = with(&facts(), |of| of.form_b(year("2027"), &estimate));
        assert!(table.to_csv().is_ok());
        cell(&table, "Consumo interno")
    };
    assert_eq!(need(1, 0), grams(600));
    assert_eq!(need(1, 100), grams(660));
    assert_eq!(need(2, 0), grams(300));
}

#[test]
fn a_sum_known_to_be_too_small_is_left_blank() {
    let all = [fact(0, "2026-02-01", moved(CODEINE_MIX, Flow::Bought, 5))];
    let table = with(&all, |of| of.form_c(year("2026")));
    assert_eq!(cell(&table, "Consumo"), "");
    let named = table.notes.iter().any(|note| note.contains(CODEINE_MIX));
    assert!(named, "{:?}", table.notes);
}
