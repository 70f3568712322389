//! A pharmacist fills in movements, rightly and wrongly.

use jiff::civil::date;

use super::super::on_hand::tests::{balance, on_hand};
use super::*;
use crate::fixture::{ANTIBIOTIC, CONTROLLED, ORDINARY, now};

fn line(medicine: &str, lot: &str, packages: &str) -> TypedLine {
    TypedLine {
        medicine: medicine.to_owned(),
        lot: lot.to_owned(),
        expiry: "2027-09-30".to_owned(),
        packages: packages.to_owned(),
        units: String::new(),
    }
}

/// Everything that each kind asks for.
fn filled(kind: Kind) -> Draft {
    Draft {
        kind,
        document: " F-1 ".to_owned(),
        counterparty: match kind.asks().counterparty {
            Counterparty::Supplier => "alm010101aaa".to_owned(),
            Counterparty::Establishment | Counterparty::Nobody => "hgfar000002".to_owned(),
        },
        witnesses: vec!["Ana Ruiz Mena".to_owned(), "Luis Soto Gil".to_owned()],
        licence: "LS-99".to_owned(),
        permit: "P-1".to_owned(),
        shipment: "7".to_owned(),
        notice: "AV-1".to_owned(),
        lines: vec![TypedLine::default(), line(CONTROLLED, "L1", "2")],
    }
}

fn check_with(draft: &Draft, licensed: bool, stock: Option<&OnHand>) -> Result<Checked, Problems> {
    let catalog = Catalog::embedded().unwrap();
    draft.check(&Against {
        clues: &"HGFAR000001".parse().unwrap(),
        catalog: &catalog,
        licensed,
        stock,
        now: now(),
        today: date(2026, 11, 23),
    })
}

fn check(draft: &Draft) -> Result<Checked, Problems> {
    check_with(draft, true, None)
}

fn line_problems(draft: &Draft, stock: Option<&OnHand>) -> Vec<LineProblem> {
    let problems = check_with(draft, true, stock).unwrap_err();
    assert_eq!(problems.head, []);
    problems.lines.into_values().flatten().collect()
}

#[test]
fn each_kind_says_what_it_asks_for_and_nothing_else() {
    for kind in Kind::ALL {
        let checked = check(&filled(kind)).unwrap();
        let order = checked.order;
        let asks = kind.asks();
        assert_eq!(order.document.as_deref(), Some("F-1"));
        assert_eq!(order.shipment.is_some(), asks.shipment);
        let other = asks.counterparty != Counterparty::Nobody && !asks.shipment;
        assert_eq!(order.counterpart.is_some(), other);
        assert_eq!(order.permit.is_some(), asks.permit);
        assert_eq!(order.witnesses.len(), if asks.witnesses { 2 } else { 0 });
        assert_eq!(order.notice.is_some(), asks.notice);
        assert_eq!((order.at, order.lines.len()), (now(), 1));
        assert_eq!(order.lines[0].units, 60);
        // The position in the form, the blank line counted.
        assert_eq!(checked.lines[0].0, 1);
    }
    let bought = check(&filled(Kind::Purchase)).unwrap().order;
    let supplier = Counterpart::Supplier {
        rfc: "ALM010101AAA".parse().unwrap(),
        licence: Some("LS-99".to_owned()),
    };
    assert_eq!(bought.counterpart, Some(supplier));
    let shipment = check(&filled(Kind::Receipt))
        .unwrap()
        .order
        .shipment
        .unwrap();
    assert_eq!(
        (shipment.from.as_str(), shipment.number),
        ("HGFAR000002", 7)
    );
    assert_eq!(shipment.to.as_str(), "HGFAR000001");
}

#[test]
fn what_is_missing_is_named() {
    use HeadProblem as P;
    let blank = |kind| check(&Draft::blank(kind)).unwrap_err().head;
    assert_eq!(
        blank(Kind::Purchase),
        [P::Document("Factura"), P::Supplier, P::NoLines]
    );
    assert_eq!(blank(Kind::Opening), [P::NoLines]);
    let acta = P::Document("Acta de destrucción");
    assert_eq!(blank(Kind::Destruction), [acta, P::Witnesses, P::NoLines]);
    let denuncia = P::Document("Denuncia o acta");
    assert_eq!(blank(Kind::Theft), [denuncia, P::NoLines]);
    let sender = P::Establishment("CLUES de quien envía");
    assert_eq!(blank(Kind::Receipt), [sender, P::NoLines]);
    let mut receipt = filled(Kind::Receipt);
    receipt.shipment.clear();
    assert_eq!(check(&receipt).unwrap_err().head, [P::Shipment]);
}

#[test]
fn one_person_is_not_two_witnesses() {
    let mut draft = filled(Kind::Destruction);
    draft.witnesses[1] = " ANA RUIZ MENA ".to_owned();
    assert_eq!(check(&draft).unwrap_err().head, [HeadProblem::Witnesses]);
}

#[test]
fn a_theft_is_recorded_at_once_and_its_notice_may_follow() {
    let mut draft = filled(Kind::Theft);
    draft.notice.clear();
    assert_eq!(check(&draft).unwrap().order.notice, None);
}

#[test]
fn who_supplies_controlled_medicines_has_a_licence_and_fraction_i_a_permit() {
    let mut draft = filled(Kind::Purchase);
    draft.licence.clear();
    draft.permit.clear();
    assert_eq!(check(&draft).unwrap_err().head, [HeadProblem::Licence]);
    draft.lines = vec![line(ANTIBIOTIC, "L1", "1")];
    assert!(check(&draft).is_ok());
    draft = filled(Kind::Shipment);
    draft.permit.clear();
    assert!(check(&draft).is_ok(), "fraction II needs none");
    let catalog = Catalog::embedded().unwrap();
    let day = date(2026, 11, 23);
    let mut medicines = catalog.medicines().iter();
    let strictest = medicines.find(|it| book_on(&catalog, &it.clave, day) == Some(Book::I));
    draft.lines = vec![line(strictest.unwrap().clave.as_str(), "L1", "1")];
    assert_eq!(check(&draft).unwrap_err().head, [HeadProblem::Permit]);
}

#[test]
fn a_pharmacy_without_licence_holds_antibiotics_alone() {
    let mut draft = filled(Kind::Purchase);
    let refused = check_with(&draft, false, None).unwrap_err();
    assert!(matches!(
        refused.lines[&1][..],
        [LineProblem::NotLicensed(_, "II")]
    ));
    draft.lines = vec![line(ANTIBIOTIC, "L1", "1")];
    assert!(check_with(&draft, false, None).is_ok());
}

#[test]
fn lines_are_held_against_books_days_and_each_other() {
    let mut draft = filled(Kind::Purchase);
    draft.lines = vec![
        line(ORDINARY, "L1", "1"),
        line(CONTROLLED, "L1", "0"),
        line(CONTROLLED, "L1", "1"),
    ];
    draft.lines[2].expiry = "2026-10".to_owned();
    let problems = check(&draft).unwrap_err().sentences();
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(
        problems[0].starts_with("Renglón 1: Paracetamol"),
        "{problems:?}"
    );
    assert_eq!(problems[1], "Renglón 2: la cantidad es cero.");
    assert!(problems[2].starts_with("Renglón 3: caducó el 2026-10-31"));
    assert!(problems[3].starts_with("Renglón 3: repite el lote del renglón 2"));
    draft.kind = Kind::Count;
    draft.lines = vec![line(CONTROLLED, "L1", "0")];
    assert!(check(&draft).is_ok(), "a count may find nothing");
}

#[test]
fn nothing_leaves_that_is_not_there() {
    let expiry = date(2027, 9, 30);
    let stock = on_hand(vec![balance(CONTROLLED, "L1", expiry, 45)]);
    let mut draft = filled(Kind::Shipment);
    let more = LineProblem::MoreThanThereIs("45 tabletas (1 envase más 15)".to_owned());
    assert_eq!(line_problems(&draft, Some(&stock)), [more]);
    draft.lines = vec![line(CONTROLLED, "L2", "1")];
    assert_eq!(
        line_problems(&draft, Some(&stock)),
        [LineProblem::NotInStock]
    );
    draft.lines[0].expiry.clear();
    let problems = line_problems(&draft, Some(&stock));
    assert_eq!(problems, [LineProblem::NotInStock]);
    draft.lines = vec![line(CONTROLLED, "L1", "1")];
    assert!(check_with(&draft, true, Some(&stock)).is_ok());
    draft.lines[0].expiry = "2028-01-31".to_owned();
    let other = [LineProblem::OtherExpiry(expiry)];
    assert_eq!(line_problems(&draft, Some(&stock)), other);
    draft.kind = Kind::Receipt;
    assert_eq!(line_problems(&draft, Some(&stock)), other, "nor arrives");
}

#[test]
fn suppliers_are_named_by_their_rfc() {
    for (text, good) in [
        ("ALM010101AAA", true),
        ("PEGJ800101AB1", true),
        ("Ñ&A010101A1B", true),
        ("HGFAR000001", false),
        ("ALM0101O1AAA", false),
        ("Farmacéutica del Centro", false),
        ("", false),
    ] {
        let mut draft = filled(Kind::Purchase);
        draft.counterparty = text.to_owned();
        assert_eq!(check(&draft).is_ok(), good, "{text}");
    }
}

#[test]
fn a_document_is_one_line_of_paper() {
    let mut draft = filled(Kind::Purchase);
    for wrong in ["x".repeat(MAX_TEXT + 1), "a\u{0}b".to_owned()] {
        draft.document = wrong;
        assert_eq!(
            check(&draft).unwrap_err().head,
            [HeadProblem::Text("Factura")]
        );
    }
}

#[test]
fn no_more_lines_than_the_service_takes() {
    let mut draft = filled(Kind::Purchase);
    let numbered = |n: usize| line(CONTROLLED, &format!("L{n}"), "1");
    draft.lines = (0..MAX_LINES).map(numbered).collect();
    assert!(check(&draft).is_ok());
    draft.lines.push(numbered(MAX_LINES));
    assert_eq!(check(&draft).unwrap_err().head, [HeadProblem::TooManyLines]);
}

#[test]
fn the_expiry_of_a_lot_that_is_known_need_not_be_typed() {
    let expiry = date(2027, 9, 30);
    let stock = on_hand(vec![balance(CONTROLLED, "L1", expiry, 60)]);
    let mut draft = filled(Kind::Shipment);
    draft.lines = vec![line(CONTROLLED, " L1 ", "1"), line(CONTROLLED, "L2", "1")];
    for line in &mut draft.lines {
        line.expiry.clear();
    }
    draft.complete(&stock);
    assert_eq!(draft.lines[0].expiry, "2027-09-30");
    assert_eq!(draft.lines[1].expiry, "");
}

#[test]
fn a_receipt_takes_over_what_was_sent() {
    let said = r#"{"incoming": [
        {"from": "HGFAR000003", "to": "HGFAR000001", "number": 5, "lines": []},
        {"from": "HGFAR000002", "to": "HGFAR000001", "number": 7, "document": "R-77",
         "lines": [{"clave": "040.000.2612.00", "medicine": "Clonazepam", "lot": "A",
                    "expiry": "2027-09-30", "units": 45}]},
        {"from": "HGFAR000002", "to": "HGFAR000001", "number": 8, "document": "R-78",
         "lines": [{"clave": "040.000.2612.00", "medicine": "Clonazepam", "lot": "B",
                    "expiry": "2027-09-30", "units": 60}]}]}"#;
    let transit: InTransit = serde_json::from_str(said).unwrap();
    let mut draft = Draft::blank(Kind::Receipt);
    draft.counterparty = "hgfar000002".to_owned();
    draft.take_from(&transit, &Catalog::embedded().unwrap());
    let order = check(&draft).unwrap().order;
    assert_eq!(order.document.as_deref(), Some("R-77"));
    assert_eq!(order.shipment.unwrap().number, 7);
    assert_eq!((order.lines.len(), order.lines[0].units), (1, 45));
    assert_eq!(
        (
            draft.lines[0].packages.as_str(),
            draft.lines[0].units.as_str()
        ),
        ("1", "15")
    );
    let mut second = Draft::blank(Kind::Receipt);
    second.counterparty = "HGFAR000002".to_owned();
    second.shipment = "8".to_owned();
    second.take_from(&transit, &Catalog::embedded().unwrap());
    assert_eq!(check(&second).unwrap().order.lines[0].units, 60);
    // What arrived differs from what was sent: the lines stay as they were typed.
    let mut less = Draft::blank(Kind::Receipt);
    less.counterparty = "HGFAR000002".to_owned();
    less.lines = vec![line(CONTROLLED, "A", "1")];
    less.take_from(&transit, &Catalog::embedded().unwrap());
    assert_eq!(check(&less).unwrap().order.lines[0].units, 30);
}

#[test]
fn a_name_that_fits_several_offers_them() {
    let mut draft = filled(Kind::Purchase);
    draft.lines = vec![line("clonazepam", "L1", "1")];
    let problems = check(&draft).unwrap_err();
    let candidates = problems.candidates();
    assert!(candidates[&0].len() > 1);
}
