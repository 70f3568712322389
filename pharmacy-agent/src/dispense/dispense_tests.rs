//! Dispensing at a counter whose network is down, and the decisions that come before the network.

use super::*;
use crate::fixture::{self, counter, counter_with, now};
use crate::queue::queue;

fn order(n: u8, offline: bool, qr: &str, lines: &[&str]) -> Order {
    Order {
        id: format!("{n:032x}").parse().unwrap(),
        qr: qr.to_owned(),
        lines: lines.iter().map(|line| parse_line(line).unwrap()).collect(),
        offline,
    }
}

fn ordinary() -> String {
    fixture::qr(&fixture::payload())
}

#[test]
fn offline_acts_are_queued_and_counted() {
    let (_folder, counter) = counter();
    let qr = ordinary();
    let done = dispense(&counter, &order(1, true, &qr, &["1=2"]), now()).unwrap();
    assert!(matches!(done, Outcome::Queued { ref act } if act.offline && act.lines[0].fill == 1));
    // Two packages of two: what is owed now is the second fill.
    let done = dispense(&counter, &order(2, true, &qr, &["1=1"]), now()).unwrap();
    assert!(matches!(done, Outcome::Queued { act } if act.lines[0].fill == 2));
    let more = dispense(&counter, &order(3, true, &qr, &["1=2"]), now()).unwrap_err();
    assert!(matches!(more, DispenseError::Refused(_)), "{more}");
    assert_eq!(queue(&counter).unwrap().len(), 2);
}

#[test]
fn a_network_that_is_down_falls_back_where_the_pharmacy_allows_it() {
    let qr = ordinary();
    let (_folder, allowed) = counter();
    let done = dispense(&allowed, &order(1, false, &qr, &["1=1"]), now()).unwrap();
    assert!(matches!(done, Outcome::Queued { .. }));
    let (_folder, forbidden) = counter_with("allowed = false");
    let refused = dispense(&forbidden, &order(1, false, &qr, &["1=1"]), now()).unwrap_err();
    assert!(refused.to_string().contains("No hay conexión"), "{refused}");
    let refused = dispense(&forbidden, &order(1, true, &qr, &["1=1"]), now()).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("no permite surtir sin conexión"),
        "{refused}"
    );
    assert!(queue(&forbidden).unwrap().is_empty());
}

#[test]
fn controlled_medicines_need_the_network() {
    let (_folder, counter) = counter();
    let line = fixture::line(fixture::CONTROLLED, prescription::Fraction::II, 1, 1);
    let qr = fixture::qr(&fixture::payload_of(vec![line]));
    for offline in [true, false] {
        let order = order(1, offline, &qr, &["1=1:L:2027-06"]);
        let refused = dispense(&counter, &order, now()).unwrap_err();
        let online_only = Refusal::OnlineOnly { line: 1 };
        assert!(
            matches!(&refused, DispenseError::Refused(r) if *r == [online_only]),
            "{refused}"
        );
    }
}

#[test]
fn the_limits_of_the_pharmacy_hold() {
    let (_folder, counter) = counter_with("allowed = true\nmax_packages = 1\nmax_pending = 1");
    let qr = ordinary();
    let many = dispense(&counter, &order(1, true, &qr, &["1=2"]), now()).unwrap_err();
    assert!(many.to_string().contains("hasta 1 envases"), "{many}");
    dispense(&counter, &order(2, true, &qr, &["1=1"]), now()).unwrap();
    let full = dispense(&counter, &order(3, true, &qr, &["1=1"]), now()).unwrap_err();
    assert!(full.to_string().contains("sincronice"), "{full}");
}

#[test]
fn the_rules_of_the_law_are_those_of_the_service() {
    let (_folder, counter) = counter();
    let qr = ordinary();
    // Line 2 is an antibiotic: lot and expiry are needed, and the lot must be good.
    for (line, said) in [
        ("2=1", "lote"),
        ("2=1:L:2026-10", "caducó"),
        ("7=1", "renglón 7"),
        ("1=0", "renglón 1"),
    ] {
        let refused = dispense(&counter, &order(1, true, &qr, &[line]), now()).unwrap_err();
        let text = refused.to_string().to_lowercase();
        assert!(text.contains(said), "{text}");
    }
    let late = "2027-01-01T18:00:00Z".parse().unwrap();
    let refused = dispense(&counter, &order(1, true, &qr, &["1=1"]), late).unwrap_err();
    assert!(matches!(refused, DispenseError::Refused(_)));
}

#[test]
fn the_same_order_twice_is_one_act() {
    let (_folder, counter) = counter();
    let qr = ordinary();
    let first = dispense(&counter, &order(1, true, &qr, &["1=1"]), now()).unwrap();
    let again = dispense(&counter, &order(1, true, &qr, &["1=1"]), now()).unwrap();
    assert_eq!(first, again);
    assert_eq!(queue(&counter).unwrap().len(), 1);
    let other = dispense(&counter, &order(1, true, &qr, &["1=2"]), now()).unwrap_err();
    assert!(matches!(other, DispenseError::Reused));
}

#[test]
fn an_online_act_whose_answer_was_lost_is_not_handed_over_and_blocks_the_next() {
    let (_folder, counter) = counter();
    let qr = ordinary();
    let authentic = counter.verify(&qr).unwrap();
    let lost = order(1, false, &qr, &["1=1"]);
    let issued = crate::status::issued(authentic.prescription()).unwrap();
    let fresh = Prescription::new(issued);
    let outcome = online(&counter, &lost, &authentic, &fresh, now()).unwrap();
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let again = dispense(&counter, &lost, now()).unwrap();
    assert!(
        matches!(again, Outcome::Unknown { .. }),
        "a retry delivers, and does not hand over"
    );
    let next = dispense(&counter, &order(2, false, &qr, &["1=1"]), now()).unwrap_err();
    assert!(matches!(next, DispenseError::Pending(_)), "{next}");
}

#[test]
fn a_forged_qr_goes_no_further() {
    let (_folder, counter) = counter();
    let forged = fixture::qr_by(8, &fixture::payload());
    let refused = dispense(&counter, &order(1, true, &forged, &["1=1"]), now()).unwrap_err();
    assert!(matches!(refused, DispenseError::Verify(_)));
    assert!(queue(&counter).unwrap().is_empty());
}

#[test]
fn controlled_medicines_need_a_witnessed_ledger_where_the_policy_demands_one() {
    let line = fixture::line(fixture::CONTROLLED, prescription::Fraction::II, 1, 1);
    let controlled = fixture::qr(&fixture::payload_of(vec![line]));
    let tried = |counter: &Counter, qr: &str, line: &str| {
        let authentic = counter.verify(qr).unwrap();
        let issued = crate::status::issued(authentic.prescription()).unwrap();
        let order = order(1, false, qr, &[line]);
        online(
            counter,
            &order,
            &authentic,
            &Prescription::new(issued),
            now(),
        )
    };
    let (_folder, watched) = fixture::watched_counter();
    let refused = tried(&watched, &controlled, "1=1:L:2027-06").unwrap_err();
    assert!(
        matches!(refused, DispenseError::Unwitnessed(Unwitnessed::Unknown)),
        "{refused}"
    );
    assert!(refused.to_string().contains("Sincronice"), "{refused}");
    assert!(
        queue(&watched).unwrap().is_empty(),
        "nothing was written down"
    );
    // Others do not wait for witnesses. Nobody answers here: the act stays pending.
    let ordinary = tried(&watched, &ordinary(), "1=1").unwrap();
    assert!(matches!(ordinary, Outcome::Unknown { .. }), "{ordinary:?}");

    let (_folder, watched) = fixture::watched_counter();
    let head = fixture::witnessed_head(7, b"root", &[(31, 60), (32, 60)]);
    witnessed::accept(&watched, &head, now()).unwrap();
    let done = tried(&watched, &controlled, "1=1:L:2027-06").unwrap();
    assert!(matches!(done, Outcome::Unknown { .. }), "{done:?}");
}
