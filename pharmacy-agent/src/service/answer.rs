//! What an HTTP answer means to a counter: done, refused, or not known.

use serde::Deserialize;

/// An answer that says yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status, 200 to 299.
    pub status: u16,
    /// Header `Receta-Receipt`.
    pub receipt: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer that does not say yes, or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// No connection, or it broke. Whether the service acted is not known.
    #[error("No hay conexión con el servicio ({0}).")]
    Unreachable(String),
    /// Somebody answers who is not the pinned service, or who does not know this pharmacy.
    #[error("No se estableció una conexión segura con el servicio ({0}); avise a soporte.")]
    Tls(String),
    /// It answers that it cannot answer now. Whether it acted is not known.
    #[error("El servicio no está disponible (HTTP {status}): {reason}")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// It refuses, and says why. Nothing happened.
    #[error("{}", .0.join(" "))]
    Refused(Vec<String>),
    /// It says something that is no answer of this service. Whether it acted is not known.
    #[error("El servicio respondió algo que este programa no entiende ({0}); avise a soporte.")]
    Unintelligible(String),
}

impl ServiceError {
    /// Whether the cause is a network or a service that is down, so that a pharmacy may go on
    /// offline. A refusal is none, nor is a stranger in the place of the service.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Unavailable { .. })
    }
}

/// FHIR `OperationOutcome`, as far as a counter reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperationOutcome {
    resource_type: String,
    issue: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    code: String,
    details: Option<Details>,
    diagnostics: Option<String>,
}

#[derive(Deserialize)]
struct Details {
    text: Option<String>,
}

impl OperationOutcome {
    fn parse(body: &[u8]) -> Option<Self> {
        let outcome: Self = serde_json::from_slice(body).ok()?;
        (outcome.resource_type == "OperationOutcome" && !outcome.issue.is_empty())
            .then_some(outcome)
    }

    /// Codes of `http://hl7.org/fhir/issue-type` under *transient*: the same request may succeed
    /// later.
    fn is_transient(&self) -> bool {
        let transient = [
            "transient",
            "lock-error",
            "no-store",
            "exception",
            "timeout",
            "incomplete",
            "throttled",
        ];
        self.issue
            .iter()
            .any(|issue| transient.contains(&issue.code.as_str()))
    }

    fn reasons(self) -> Vec<String> {
        let text = |issue: Issue| {
            let details = issue.details.and_then(|details| details.text);
            let said = details.or(issue.diagnostics);
            said.map_or_else(
                || format!("Sin explicación ({}).", issue.code),
                |said| one_line(&said),
            )
        };
        self.issue.into_iter().map(text).collect()
    }
}

/// `text` without line ends or control characters: it goes to a terminal.
fn one_line(text: &str) -> String {
    let printable: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the answer means.
pub(super) fn judge(
    status: u16,
    receipt: Option<String>,
    body: Vec<u8>,
) -> Result<Reply, ServiceError> {
    if (200..300).contains(&status) {
        return Ok(Reply {
            status,
            receipt,
            body,
        });
    }
    let outcome = OperationOutcome::parse(&body);
    let transient = outcome.as_ref().is_some_and(OperationOutcome::is_transient);
    match (status, outcome) {
        (400..=499, Some(outcome)) if !transient && !matches!(status, 408 | 425 | 429) => {
            Err(ServiceError::Refused(outcome.reasons()))
        }
        (408 | 425 | 429 | 500..=599, outcome) => Err(unavailable(status, outcome)),
        (_, outcome @ Some(_)) if transient => Err(unavailable(status, outcome)),
        (status, _) => Err(ServiceError::Unintelligible(format!("HTTP {status}"))),
    }
}

fn unavailable(status: u16, outcome: Option<OperationOutcome>) -> ServiceError {
    let reasons = outcome.map(|outcome| outcome.reasons().join(" "));
    ServiceError::Unavailable {
        status,
        reason: reasons.unwrap_or_else(|| "intente más tarde.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: &str) -> Vec<u8> {
        format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"error","code":"{code}",
            "details":{{"text":"Ya se surtió\n por completo."}}}},{{"severity":"error",
            "code":"{code}","diagnostics":"second"}},{{"severity":"error","code":"x"}}]}}"#
        )
        .into_bytes()
    }

    fn judged(status: u16, body: Vec<u8>) -> ServiceError {
        judge(status, None, body).unwrap_err()
    }

    #[test]
    fn a_refusal_gives_every_reason_in_one_line() {
        let refused = judged(409, outcome("business-rule"));
        let ServiceError::Refused(reasons) = &refused else {
            panic!("{refused}")
        };
        let expected = [
            "Ya se surtió por completo.",
            "second",
            "Sin explicación (x).",
        ];
        assert_eq!(*reasons, expected);
        assert!(!refused.is_outage());
        assert!(!refused.to_string().contains('\n'));
    }

    #[test]
    fn what_may_pass_is_no_refusal() {
        for (status, code) in [
            (503, "business-rule"),
            (429, "throttled"),
            (409, "lock-error"),
        ] {
            let unavailable = judged(status, outcome(code));
            assert!(unavailable.is_outage(), "{status} {code}: {unavailable}");
        }
        assert!(judged(502, b"<html>Bad gateway".to_vec()).is_outage());
    }

    #[test]
    fn what_is_not_ours_is_neither() {
        for (status, body) in [
            (404, b"<html>not here</html>".to_vec()),
            (401, b"{}".to_vec()),
            (302, outcome("business-rule")),
            (
                422,
                br#"{"resourceType":"Patient","issue":[{"code":"x"}]}"#.to_vec(),
            ),
            (
                422,
                br#"{"resourceType":"OperationOutcome","issue":[]}"#.to_vec(),
            ),
        ] {
            let error = judged(status, body);
            assert!(
                matches!(error, ServiceError::Unintelligible(_)),
                "{status}: {error}"
            );
            assert!(!error.is_outage());
        }
    }

    #[test]
    fn yes_is_yes() {
        let reply = judge(201, Some("cg==".to_owned()), b"{}".to_vec()).unwrap();
        assert_eq!(
            (reply.status, reply.receipt.as_deref()),
            (201, Some("cg=="))
        );
    }
}
