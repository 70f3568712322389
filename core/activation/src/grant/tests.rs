use super::*;

const NOW: i64 = 1_800_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).unwrap()
}

fn cedula(text: &str) -> Cedula {
    text.parse().unwrap()
}

fn grant(digests: &[u8]) -> Grant {
    Grant {
        cedula: cedula("7654321"),
        client: "ehr".to_owned(),
        expires_at: Policy::default().end(at(0)),
        digests: digests
            .iter()
            .map(|fill| GrantedDigest {
                digest: [*fill; 32],
                used: false,
            })
            .collect(),
    }
}

fn redeem(grant: &Grant, digests: &[Digest], alone: bool, seconds: i64) -> Result<(), Refusal> {
    let cedula = cedula("7654321");
    let act = Use {
        cedula: &cedula,
        client: "ehr",
        digests,
        per_prescription: alone,
    };
    grant.redeem(&act, at(seconds))
}

#[test]
fn it_covers_exactly_what_was_authorised() {
    let granted = grant(&[1, 2]);
    assert_eq!(redeem(&granted, &[[1; 32]], false, 0), Ok(()));
    assert_eq!(redeem(&granted, &[[1; 32], [2; 32]], false, 0), Ok(()));
    let other = redeem(&granted, &[[3; 32]], false, 0);
    assert_eq!(other, Err(Refusal::OtherContent));
    let one_of_two = redeem(&granted, &[[1; 32], [3; 32]], false, 0);
    assert_eq!(one_of_two, Err(Refusal::OtherContent));
    assert_eq!(redeem(&granted, &[], false, 0), Err(Refusal::OtherContent));
}

#[test]
fn it_ends_to_the_second() {
    let granted = grant(&[1]);
    assert_eq!(redeem(&granted, &[[1; 32]], false, 119), Ok(()));
    let late = redeem(&granted, &[[1; 32]], false, 120);
    assert_eq!(late, Err(Refusal::Expired(at(120))));
}

#[test]
fn it_is_of_one_prescriber_at_one_client() {
    let granted = grant(&[1]);
    let (own, other) = (cedula("7654321"), cedula("1234567"));
    let act = Use {
        cedula: &other,
        client: "ehr",
        digests: &[[1; 32]],
        per_prescription: false,
    };
    assert_eq!(granted.redeem(&act, at(0)), Err(Refusal::OtherPrescriber));
    let act = Use {
        cedula: &own,
        client: "another",
        ..act
    };
    assert_eq!(granted.redeem(&act, at(0)), Err(Refusal::OtherClient));
}

#[test]
fn a_digest_is_used_once() {
    let mut granted = grant(&[1, 2]);
    granted.digests[0].used = true;
    assert_eq!(redeem(&granted, &[[1; 32]], false, 0), Err(Refusal::Used));
    assert_eq!(redeem(&granted, &[[2; 32]], false, 0), Ok(()));
}

#[test]
fn a_controlled_prescription_stands_alone() {
    assert_eq!(redeem(&grant(&[1]), &[[1; 32]], true, 0), Ok(()));
    // Legal signature and QR of the same prescription.
    assert_eq!(
        redeem(&grant(&[1, 2]), &[[1; 32], [2; 32]], true, 0),
        Ok(())
    );
    let in_batch = redeem(&grant(&[1, 2]), &[[1; 32]], true, 0);
    assert_eq!(in_batch, Err(Refusal::NotAlone));
    // Not even when the other one was used up before.
    let mut granted = grant(&[1, 2]);
    granted.digests[1].used = true;
    assert_eq!(
        redeem(&granted, &[[1; 32]], true, 0),
        Err(Refusal::NotAlone)
    );
    // Nor by naming the same digest twice, to make the counts agree.
    let twice = redeem(&grant(&[1, 2]), &[[1; 32], [1; 32]], true, 0);
    assert_eq!(twice, Err(Refusal::NotAlone));
}

#[test]
fn counts_are_bounded_and_true() {
    let policy = Policy::default();
    let many: Vec<Digest> = (0..=20).map(|fill| [fill; 32]).collect();
    assert_eq!(policy.check(&many[..20], 20), Ok(()));
    assert_eq!(policy.check(&many, 21), Err(Refusal::TooMany(20)));
    assert_eq!(policy.check(&[], 0), Err(Refusal::Digests));
    assert_eq!(policy.check(&many[..2], 1), Err(Refusal::Digests));
    assert_eq!(policy.check(&[[1; 32], [1; 32]], 2), Err(Refusal::Digests));
}

#[test]
fn no_configuration_makes_it_live_longer_than_five_minutes() {
    let policy = Policy {
        lifetime_seconds: 86_400,
        ..Policy::default()
    };
    assert_eq!(policy.end(at(0)), at(300));
    let policy = Policy {
        lifetime_seconds: 0,
        ..policy
    };
    assert_eq!(policy.end(at(0)), at(1));
}
