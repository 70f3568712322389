//! A scenario for each article, as a lawyer would tell it: given, when, then. The sentences are
//! written from the very values that the steps carry out, so that they cannot say something else
//! than what is tested.
//!
//! `table` has the scenarios, `step` the sentences, `world` what a step does. The page
//! `docs/LAW-SCENARIOS.md` is written from them; run with `RECETA_BLESS=1` after a change.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a scenario that cannot be carried out should stop"
)]

mod page;
mod step;
mod table;
mod world;

use std::path::Path;

use prescription::law::{self, Article};

use step::{Given, Then, When};
use world::World;

/// What an article asks, in one case.
struct Scenario {
    /// The article.
    article: Article,
    /// What the case is.
    title: &'static str,
    /// What is so.
    given: Vec<Given>,
    /// What happens, and what comes of it, in turn.
    story: Vec<(When, Vec<Then>)>,
}

/// A scenario of an article.
fn scenario(article: Article, title: &'static str) -> Scenario {
    Scenario {
        article,
        title,
        given: Vec::new(),
        story: Vec::new(),
    }
}

impl Scenario {
    fn given(mut self, given: Given) -> Self {
        self.given.push(given);
        self
    }

    fn when(mut self, when: When) -> Self {
        self.story.push((when, Vec::new()));
        self
    }

    fn then(mut self, then: Then) -> Self {
        let (_, outcome) = self.story.last_mut().unwrap();
        outcome.push(then);
        self
    }
}

#[test]
fn every_scenario_comes_out_as_it_is_told() {
    for scenario in table::all() {
        let mut world = World::default();
        for given in &scenario.given {
            world.given(given);
        }
        assert!(!scenario.story.is_empty(), "{}", scenario.title);
        for (when, outcome) in &scenario.story {
            world.when(when);
            assert!(!outcome.is_empty(), "{}: {when}", scenario.title);
            for then in outcome {
                let told = format!(
                    "{} — {}: {when}, {then}",
                    scenario.article.citation, scenario.title
                );
                world.then(then, scenario.article, &told);
            }
        }
    }
}

#[test]
fn every_article_has_a_scenario() {
    let told: Vec<_> = table::all().iter().map(|one| one.article.symbol).collect();
    for article in law::ALL {
        assert!(
            told.contains(&article.symbol),
            "no scenario of {}",
            article.symbol
        );
    }
}

#[test]
fn no_two_scenarios_of_an_article_have_one_title() {
    let mut told: Vec<_> = table::all()
        .iter()
        .map(|one| (one.article.symbol, one.title))
        .collect();
    let count = told.len();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), count);
}

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/LAW-SCENARIOS.md");
    let page = page::write(&table::all());
    if std::env::var_os("RECETA_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/LAW-SCENARIOS.md is out of date: run RECETA_BLESS=1 cargo test -p prescription --test scenarios"
    );
}
