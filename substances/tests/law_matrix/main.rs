//! Every article that binds stock is implemented and tested here, and `docs/parts/law_substances.md`
//! says where.
//!
//! Run with `RECETA_BLESS=1` to rewrite the page after a change.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the sources should stop"
)]

#[path = "../../../prescription/tests/law_matrix/citations.rs"]
mod citations;
mod page;

use std::path::Path;

use citations::Citations;
use substances::law;

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn citations() -> Citations {
    Citations::scan(Path::new(REPOSITORY), &["substances/src"])
}

#[test]
fn every_article_is_implemented_and_tested() {
    let citations = citations();
    for article in law::ALL {
        let symbol = article.symbol;
        assert!(
            !citations.rules(symbol).is_empty(),
            "no rule cites law::{symbol}"
        );
        assert!(
            !citations.tests(symbol).is_empty(),
            "no test cites law::{symbol}"
        );
    }
}

#[test]
fn no_article_is_cited_that_is_not_in_the_table() {
    let known: Vec<_> = law::ALL.iter().map(|article| article.symbol).collect();
    let cited = citations().symbols();
    let unknown: Vec<_> = cited
        .iter()
        .filter(|cited| !known.contains(&cited.as_str()))
        .collect();
    assert_eq!(unknown, Vec::<&String>::new());
}

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(REPOSITORY).join("docs/parts/law_substances.md");
    let page = page::write(Path::new(REPOSITORY), &citations());
    if std::env::var_os("RECETA_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "the page is out of date: run RECETA_BLESS=1 cargo test -p substances --test law_matrix"
    );
}
