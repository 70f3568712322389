//! What every refusal must be: a status, and an `OperationOutcome` in Spanish with a code.

use sandbox::client::Answer;

/// Checks status and code of a refusal.
pub(crate) fn refused(answer: &Answer, status: u16, code: &str) {
    let issues = issues(answer);
    assert_eq!(answer.status, status, "{}", answer.describe());
    assert!(
        issues.iter().any(|issue| issue == code),
        "{issues:?} is not {code}"
    );
}

/// The codes of a refusal, which must be an `OperationOutcome` with text in each issue.
pub(crate) fn issues(answer: &Answer) -> Vec<String> {
    let shown = String::from_utf8_lossy(&answer.body);
    assert_eq!(
        answer.json()["resourceType"],
        "OperationOutcome",
        "{} {shown}",
        answer.status
    );
    let issues = answer.issues();
    assert!(!issues.is_empty());
    for issue in &issues {
        assert!(!issue.text.is_empty() && !issue.code.is_empty(), "{shown}");
    }
    issues.into_iter().map(|issue| issue.code).collect()
}
