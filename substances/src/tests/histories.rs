//! Random histories of a small country: what is true of all of them.

use proptest::prelude::*;

use super::op::{Op, op};
use super::world::World;
use crate::book::books;
use crate::{
    Account, Balances, Book, BookLine, Logged, Movement, Nanograms, Party, Shown, Units,
    conservation, verify_book,
};

/// Nanograms of anhydrous base in a unit of each book's medicine.
const BASE: [(Book, u64); 4] = [
    (Book::I, 1_880_333),
    (Book::II, 87_838_117),
    (Book::III, 100_000_000),
    (Book::Antibiotics, 1),
];

fn history() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 0..80)
}

fn sorted(balances: &Balances) -> Vec<(Account, i128)> {
    let mut accounts: Vec<_> = balances.iter().collect();
    accounts.sort();
    accounts
}

fn every_unit_is_somewhere(world: &World) {
    let medicines = conservation(world.balances.iter()).unwrap();
    for (book, base) in BASE {
        let Some(found) = medicines.get(&super::fixture::clave(book)) else {
            continue;
        };
        let (entered, left) = found.entered_and_left();
        assert_eq!(entered, left + found.in_stock + found.in_transit);
        let grams = |units: u128| Nanograms::of(Units::new(u64::try_from(units).unwrap()), base);
        let here = found.base_at_hand(base).unwrap();
        assert_eq!(Some(grams(entered)), here.plus(grams(left)));
    }
}

fn no_stock_is_below_zero(world: &World) {
    for (account, held) in world.balances.iter() {
        assert!(
            held >= 0 || matches!(account.party, Party::Outside(_)),
            "{account:?}"
        );
    }
}

/// The page of a medicine holds what its lots hold together.
fn books_agree_with_stocks(world: &World) {
    for (here, books) in &world.books {
        for (clave, _, balance) in books.pages() {
            let stock = world.balances.iter().filter(|(account, _)| {
                account.party == Party::Establishment(here.clone()) && account.clave == *clave
            });
            let stock: i128 = stock.map(|(_, held)| held).sum();
            assert_eq!(i128::from(balance.count()), stock);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn conservation_and_no_balance_below_zero(ops in history()) {
        let mut world = World::new();
        for op in &ops {
            let before = (sorted(&world.balances), world.books.clone(), world.ledger.len());
            if world.perform(op).is_err() {
                let after = (sorted(&world.balances), world.books.clone(), world.ledger.len());
                prop_assert_eq!(before, after, "a refusal leaves everything unchanged");
            }
            every_unit_is_somewhere(&world);
            no_stock_is_below_zero(&world);
        }
        books_agree_with_stocks(&world);
    }

    #[test]
    fn replay_gives_the_same_balances_and_books(ops in history()) {
        let world = World::after(&ops);
        let mut balances = Balances::default();
        for logged in &world.ledger {
            // As it would be read from the bodies of the ledger.
            let body = serde_json_canonicalizer::to_vec(&logged.movement).unwrap();
            let movement: Movement = serde_json::from_slice(&body).unwrap();
            prop_assert_eq!(&movement, &logged.movement);
            balances.apply(&movement).unwrap();
        }
        prop_assert_eq!(sorted(&balances), sorted(&world.balances));
        for (here, lines) in &world.lines {
            prop_assert_eq!(&books(here, &world.movements(here)).unwrap(), lines);
        }
    }

    /// What nobody decided and is applied all the same either fits as a whole or changes nothing.
    #[test]
    fn what_does_not_fit_changes_nothing(ops in history(), others in history(), skip in 0_usize..9) {
        let mut world = World::after(&ops);
        let stray = World::after(&others);
        for logged in stray.ledger.iter().skip(skip) {
            let before = sorted(&world.balances);
            if world.balances.apply(&logged.movement).is_err() {
                prop_assert_eq!(&before, &sorted(&world.balances));
            }
            let Some(books) = world.books.get_mut(&logged.movement.establishment) else {
                continue;
            };
            let before = books.clone();
            if books.enter(logged).is_err() {
                prop_assert_eq!(&before, &*books);
            }
        }
        no_stock_is_below_zero(&world);
        conservation(world.balances.iter()).unwrap();
    }

    #[test]
    fn an_honest_book_has_no_finding(ops in history()) {
        let world = World::after(&ops);
        for here in world.books.keys() {
            prop_assert_eq!(findings(&world, here, &world.movements(here)), 0);
        }
    }

    #[test]
    fn a_lie_about_the_record_is_found(
        ops in prop::collection::vec(op(), 40..120),
        at: prop::sample::Index,
        lie in 0_u8..6,
    ) {
        let world = World::after(&ops);
        for here in world.books.keys() {
            let mut movements = world.movements(here);
            let place = at.index(movements.len());
            if told(&mut movements, place, lie) {
                prop_assert!(findings(&world, here, &movements) > 0, "{lie} of {place}");
            }
        }
    }
}

/// How many lies are found in the books of `here`, as they were shown, against these movements.
fn findings(world: &World, here: &prescription::Clues, movements: &[Logged]) -> usize {
    let found = Book::ALL.into_iter().map(|book| {
        let lines = world.lines[here].iter().filter(|line| line.book == book);
        let lines: Vec<BookLine> = lines.cloned().collect();
        verify_book(&Shown::whole(here.clone(), book), &lines, movements).len()
    });
    found.sum()
}

/// Tells a lie about the movement at `place`; `false` where it would be none.
fn told(movements: &mut Vec<Logged>, place: usize, which: u8) -> bool {
    let count = movements.len();
    // A notice stands in no book: the ledger's own series tells whether it is there.
    let in_a_book = !movements[place].movement.lines.is_empty();
    match which {
        0 => {
            movements.remove(place);
            in_a_book || place + 1 < count
        }
        1 => {
            movements.swap(place, count - 1);
            place + 1 < count
        }
        2 => {
            movements.insert(place, movements[place].clone());
            true
        }
        3 => {
            let movement = &mut movements[place].movement;
            movement.on = movement.on.tomorrow().unwrap();
            in_a_book
        }
        4 => {
            movements[place].movement.document = Some("F-2".to_owned());
            in_a_book
        }
        _ => {
            let lines = &mut movements[place].movement.lines;
            let Some(line) = lines.first_mut() else {
                return false;
            };
            line.units = Units::new(line.units.count() + 1);
            true
        }
    }
}

/// The histories are no empty promise: most kinds of movement happen in them.
#[test]
fn the_histories_are_rich() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut kinds = std::collections::BTreeSet::new();
    let mut shortfalls = 0;
    for _ in 0..60 {
        let ops = prop::collection::vec(op(), 100)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let world = World::after(&ops);
        for logged in &world.ledger {
            let corrects = logged.movement.corrects.is_some();
            kinds.insert((logged.movement.kind, corrects));
            shortfalls += usize::from(
                logged
                    .movement
                    .lines
                    .iter()
                    .any(|line| !line.shortfall.is_zero()),
            );
        }
    }

    assert!(kinds.len() >= 18, "{kinds:?}");
    assert!(shortfalls > 10);
}
