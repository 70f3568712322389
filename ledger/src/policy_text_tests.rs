//! Policies that are read, and each refusal with its line.

use crate::cosignature::WitnessKey;
use crate::note_signer::{NoteSigner, SoftwareSigner};
use crate::policy::{Member, Policy, Quorum};
use crate::policy_text::{MAX_POLICY_BYTES, PolicyError, PolicyProblem};
use crate::verifier_key::VerifierKeyError;

fn vkey(seed: u8) -> String {
    let signer = SoftwareSigner::from_seed("log.example/receta", &[seed; 32]).unwrap();
    signer.verifier_key().to_string()
}

fn witness_vkey(seed: u8) -> String {
    let signer = SoftwareSigner::from_seed("witness.example/w", &[seed; 32]).unwrap();
    WitnessKey::of(signer.verifier_key()).to_string()
}

fn witness(name: &str, seed: u8) -> String {
    format!("witness {name} {}\n", witness_vkey(seed))
}

/// The specification's example, with keys.
fn example() -> String {
    [
        format!("log {}\n\n", vkey(1)),
        witness("X1", 11) + &witness("X2", 12) + &witness("X3", 13),
        "group X-witnesses 2 X1 X2 X3\n\n".to_owned(),
        witness("Y1", 21) + &witness("Y2", 22) + &witness("Y3", 23),
        "group Y-witnesses any Y1 Y2 Y3\n\n".to_owned(),
        "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n".to_owned(),
    ]
    .concat()
}

fn refused(text: &str, line: usize, problem: PolicyProblem) {
    let expected = PolicyError { line, problem };
    assert_eq!(Policy::parse(text), Err(expected), "{text}");
}

#[test]
fn the_example_of_the_specification() {
    let policy = Policy::parse(&example()).unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len()), (1, 6));
    assert_eq!(policy.witnesses()[3].name, "Y1");
    let again = policy.to_string();
    assert!(again.ends_with("group X-and-Y 2 X-witnesses Y-witnesses\nquorum X-and-Y\n"));
    assert_eq!(Policy::parse(&again).unwrap(), policy);
}

#[test]
fn blanks_comments_urls_and_names_of_any_script() {
    let text = format!(
        "# política\n\t \n \t log\t{}   https://log.example \n\
         witness  Instituto–Nacional  {} http://[::1]:8080/w\n\
           #witness off\nquorum Instituto–Nacional\n",
        vkey(1),
        witness_vkey(2)
    );
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.logs()[0].url.as_deref(), Some("https://log.example"));
    assert_eq!(policy.witnesses()[0].name, "Instituto–Nacional");
    assert_eq!(
        policy.witnesses()[0].url.as_deref(),
        Some("http://[::1]:8080/w")
    );
    assert!(policy.demands_witnesses());
    let none = Policy::parse("quorum none\n").unwrap();
    assert!(none.logs().is_empty() && !none.demands_witnesses());
    assert_eq!(none.to_string(), "quorum none\n");
}

#[test]
fn names_are_octets() {
    // The Kelvin sign is not the letter K, and a no-break space separates nothing.
    let witnesses = witness("K", 1) + &witness("\u{212a}", 2) + &witness("a\u{a0}b", 3);
    let policy = Policy::parse(&(witnesses + "quorum \u{212a}\n")).unwrap();
    assert_eq!(policy.quorum, Quorum::Of(Member::Witness(1)));
    assert_eq!(policy.witnesses()[2].name, "a\u{a0}b");
}

#[test]
fn lines_of_another_form_are_refused() {
    refused("", 1, PolicyProblem::NoQuorum);
    refused("#\n\n", 2, PolicyProblem::NoQuorum);
    refused("#\nquorum none", 2, PolicyProblem::NoNewline);
    refused("quorum none\r\n", 1, PolicyProblem::ControlCharacter(b'\r'));
    refused("# \u{7f}\n", 1, PolicyProblem::ControlCharacter(0x7f));
    refused("Log x\n", 1, PolicyProblem::Keyword("Log".to_owned()));
    let quorum = PolicyProblem::Form("quorum <name>");
    refused("quorum none none\n", 1, quorum.clone());
    refused("quorum\n", 1, quorum);
    refused("log\n", 1, PolicyProblem::Form("log <vkey> [<url>]"));
    let witness = PolicyProblem::Form("witness <name> <vkey> [<url>]");
    refused("witness A\n", 1, witness);
    let second = PolicyProblem::SecondQuorum;
    refused("quorum none\nquorum none\n", 2, second);
    let long = "#".repeat(MAX_POLICY_BYTES + 1);
    refused(&long, 1, PolicyProblem::TooLong);
}

#[test]
fn keys_must_be_of_their_kind_and_count_once() {
    let log = format!("log {}\n", vkey(1));
    let of_another_kind = PolicyProblem::Key(VerifierKeyError::Algorithm);
    let witness_as_log = format!("log {}\n", witness_vkey(1));
    refused(&witness_as_log, 1, of_another_kind.clone());
    let log_as_witness = format!("{log}witness A {}\n", vkey(3));
    refused(&log_as_witness, 2, of_another_kind);
    let renamed = SoftwareSigner::from_seed("log.example/other", &[1; 32]).unwrap();
    let same_key = format!("{log}log {}\n", renamed.verifier_key());
    refused(&same_key, 2, PolicyProblem::DuplicateKey("log"));
    let same_key = witness("A", 2) + &witness("B", 2);
    refused(&same_key, 2, PolicyProblem::DuplicateKey("witness"));
}

#[test]
fn names_are_defined_once_and_before_they_are_used() {
    let (a, b) = (witness("A", 2), witness("B", 3));
    let taken = |name: &str| PolicyProblem::DuplicateName(name.to_owned());
    let unknown = |name: &str| PolicyProblem::UnknownName(name.to_owned());
    refused(&(a.clone() + &witness("A", 3)), 2, taken("A"));
    refused(&witness("none", 2), 1, taken("none"));
    refused(&format!("{a}group A any A\n"), 2, taken("A"));
    refused("quorum A\n", 1, unknown("A"));
    refused(&format!("{a}group G any A none\n"), 2, unknown("none"));
    refused(&format!("{a}group G any A G\n"), 2, unknown("G"));
    refused(&format!("{a}group G any A B\n{b}"), 2, unknown("B"));
    let twice = PolicyProblem::SecondMembership("A".to_owned());
    refused(&format!("{a}group G all A A\n"), 2, twice.clone());
    let in_two_groups = format!("{a}{b}group G any A B\ngroup H any G A\n");
    refused(&in_two_groups, 4, twice);
}

#[test]
fn a_threshold_can_be_reached() {
    let a = witness("A", 2);
    for threshold in ["0", "2", "01", "+1", "most", "18446744073709551616"] {
        let problem = PolicyProblem::Threshold {
            threshold: threshold.to_owned(),
            members: 1,
        };
        refused(&format!("{a}group G {threshold} A\n"), 2, problem);
    }
    let form = PolicyProblem::Form("group <name> all|any|<k> <name>...");
    refused(&format!("{a}group G all\n"), 2, form.clone());
    refused(&format!("{a}group G\n"), 2, form);
}

#[test]
fn the_limits_are_beyond_what_the_specification_asks() {
    let logs = |count: u8| -> String {
        let logs = (0..count).map(|seed| format!("log {}\n", vkey(seed)));
        logs.collect::<Vec<_>>().concat()
    };
    assert!(Policy::parse(&(logs(64) + "quorum none\n")).is_ok());
    refused(&logs(65), 65, PolicyProblem::TooMany("log"));
}
