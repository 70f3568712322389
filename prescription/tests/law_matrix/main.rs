//! Every article that binds us is implemented and tested, and `docs/LAW.md` says where.
//!
//! Run with `RECETA_BLESS=1` to rewrite the page after a change.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the sources should stop"
)]

mod citations;
mod page;

use std::path::Path;

use citations::Citations;
use prescription::law::{self, Article};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The folders whose code implements the law of prescriptions.
const ROOMS: [&str; 3] = [
    "prescription/src",
    "catalogs/cofepris/src",
    "rx-service/src/paper",
];

/// The folder whose code implements the law of stock.
const STOCK: &str = "substances/src";

fn citations() -> Citations {
    Citations::scan(Path::new(REPOSITORY), &ROOMS)
}

fn stock_citations() -> Citations {
    Citations::scan(Path::new(REPOSITORY), &[STOCK])
}

/// Each table of articles, with what cites it.
fn tables() -> [(&'static [Article], Citations); 2] {
    [
        (law::ALL, citations()),
        (substances::law::ALL, stock_citations()),
    ]
}

#[test]
fn every_article_is_implemented_and_tested() {
    for (articles, citations) in tables() {
        for article in articles {
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
}

#[test]
fn no_article_is_cited_that_is_not_in_its_table() {
    for (articles, citations) in tables() {
        let known: Vec<_> = articles.iter().map(|article| article.symbol).collect();
        let cited = citations.symbols();
        let unknown: Vec<_> = cited
            .iter()
            .filter(|cited| !known.contains(&cited.as_str()))
            .collect();
        assert_eq!(unknown, Vec::<&String>::new());
    }
}

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(REPOSITORY).join("docs/LAW.md");
    let page = page::write(Path::new(REPOSITORY), &citations(), &stock_citations());
    if std::env::var_os("RECETA_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/LAW.md is out of date: run RECETA_BLESS=1 cargo test -p prescription --test law_matrix"
    );
}
