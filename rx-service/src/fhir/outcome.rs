//! `OperationOutcome`: everything that is wrong with a request, for the program that sent it and
//! the person in front of it.

use prescription::law::Article;
use serde_json::{Value, json};

use super::json::{JsonError, JsonProblem};
use super::shape::{ShapeError, ShapeProblem};
use super::systems;

/// FHIR issue-severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The request was refused for this.
    Error,
    /// It went through; this should be looked at.
    Warning,
    /// For information.
    Information,
}

/// The part of FHIR's issue-type code system that this service uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueType {
    /// The text is not JSON as FHIR wants it.
    Structure,
    /// An element is missing.
    Required,
    /// A value is not valid.
    Value,
    /// Two elements disagree.
    Invariant,
    /// A code is unknown.
    CodeInvalid,
    /// An element, parameter or interaction that this server does not support.
    NotSupported,
    /// Too long or too many.
    TooLong,
    /// A rule of law or of the service.
    BusinessRule,
    /// The state of the prescription does not allow it.
    Conflict,
    /// The same again.
    Duplicate,
    /// Not allowed to this caller.
    Forbidden,
    /// A signature, certificate or QR that is not what it should be.
    Security,
    /// No such resource.
    NotFound,
    /// Larger than the server accepts.
    TooCostly,
    /// Something is down for a moment: try again.
    Transient,
    /// A failure of the service.
    Exception,
    /// Nothing is wrong: something to know.
    Informational,
}

impl IssueType {
    /// The code in <http://hl7.org/fhir/issue-type>.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::Invariant => "invariant",
            Self::CodeInvalid => "code-invalid",
            Self::NotSupported => "not-supported",
            Self::TooLong => "too-long",
            Self::BusinessRule => "business-rule",
            Self::Conflict => "conflict",
            Self::Duplicate => "duplicate",
            Self::Forbidden => "forbidden",
            Self::Security => "security",
            Self::NotFound => "not-found",
            Self::TooCostly => "too-costly",
            Self::Transient => "transient",
            Self::Exception => "exception",
            Self::Informational => "informational",
        }
    }
}

/// One issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// FHIR's class of the issue.
    pub issue_type: IssueType,
    /// Our own code (system `urn:receta:refusal`): stable, for programs.
    pub code: &'static str,
    /// What the person reads, in Spanish. Names nobody.
    pub text: String,
    /// For the developer, in English. Names nobody.
    pub diagnostics: Option<String>,
    /// `FHIRPath` of the element.
    pub expression: Option<String>,
    /// The article that it rests on.
    pub law: Option<Article>,
}

impl Issue {
    /// An error about no element in particular.
    #[must_use]
    pub fn error(issue_type: IssueType, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            issue_type,
            code,
            text: text.into(),
            diagnostics: None,
            expression: None,
            law: None,
        }
    }

    fn to_value(&self) -> Value {
        let mut coding = vec![json!({"system": systems::REFUSAL, "code": self.code})];
        if let Some(article) = &self.law {
            let (code, display) = (article.symbol, article.citation);
            coding.push(json!({"system": systems::LAW, "code": code, "display": display}));
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "information",
        };
        let mut issue = json!({
            "severity": severity,
            "code": self.issue_type.code(),
            "details": {"coding": coding, "text": self.text},
        });
        if let Some(diagnostics) = &self.diagnostics {
            issue["diagnostics"] = json!(diagnostics);
        }
        if let Some(expression) = &self.expression {
            issue["expression"] = json!([expression]);
        }
        issue
    }
}

/// The answer to a request that was refused, or went through with a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationOutcome {
    /// At least one, in the order found.
    pub issues: Vec<Issue>,
}

impl OperationOutcome {
    /// The resource.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let issues: Vec<_> = self.issues.iter().map(Issue::to_value).collect();
        json!({"resourceType": "OperationOutcome", "issue": issues})
    }
}

impl From<Issue> for OperationOutcome {
    fn from(issue: Issue) -> Self {
        Self {
            issues: vec![issue],
        }
    }
}

impl From<Vec<JsonError>> for OperationOutcome {
    fn from(errors: Vec<JsonError>) -> Self {
        Self {
            issues: errors.into_iter().map(Issue::from).collect(),
        }
    }
}

impl From<Vec<ShapeError>> for OperationOutcome {
    fn from(errors: Vec<ShapeError>) -> Self {
        Self {
            issues: errors.into_iter().map(Issue::from).collect(),
        }
    }
}

impl From<JsonError> for Issue {
    fn from(error: JsonError) -> Self {
        let issue_type = match error.problem {
            JsonProblem::TooLarge { .. } | JsonProblem::TooDeep => IssueType::TooLong,
            JsonProblem::Number(_) | JsonProblem::EmptyText | JsonProblem::ControlCharacter => {
                IssueType::Value
            }
            JsonProblem::NotUtf8 { .. }
            | JsonProblem::Syntax { .. }
            | JsonProblem::NotAnObject
            | JsonProblem::DuplicateKey
            | JsonProblem::ElementName
            | JsonProblem::Null
            | JsonProblem::EmptyObject
            | JsonProblem::EmptyArray => IssueType::Structure,
        };
        Self {
            diagnostics: Some(error.problem.to_string()),
            expression: Some(error.path),
            ..Self::error(issue_type, error.problem.code(), error.problem.in_spanish())
        }
    }
}

impl From<ShapeError> for Issue {
    fn from(error: ShapeError) -> Self {
        let issue_type = match error.problem {
            ShapeProblem::Missing
            | ShapeProblem::SystemMissing(_)
            | ShapeProblem::NothingToDo
            | ShapeProblem::ParameterMissing(_) => IssueType::Required,
            ShapeProblem::WrongType(_) => IssueType::Structure,
            ShapeProblem::Fixed(_)
            | ShapeProblem::Format(_)
            | ShapeProblem::OutOfRange { .. }
            | ShapeProblem::Curp(_)
            | ShapeProblem::Name(_)
            | ShapeProblem::Identifier(_) => IssueType::Value,
            ShapeProblem::UnknownCode(_) => IssueType::CodeInvalid,
            ShapeProblem::TooLong(_) | ShapeProblem::TooMany(_) => IssueType::TooLong,
            ShapeProblem::Modifier
            | ShapeProblem::Unsupported
            | ShapeProblem::AssignedByService
            | ShapeProblem::WrongResource(_)
            | ShapeProblem::UnknownMember(_)
            | ShapeProblem::UnknownParameter(_) => IssueType::NotSupported,
            ShapeProblem::Contradiction
            | ShapeProblem::DiffersFromFirst
            | ShapeProblem::Unresolved
            | ShapeProblem::NotUnique
            | ShapeProblem::ExactlyOne(_)
            | ShapeProblem::NotTheCaller
            | ShapeProblem::Unreferenced => IssueType::Invariant,
        };
        Self {
            diagnostics: Some(error.problem.to_string()),
            expression: Some(error.path),
            ..Self::error(issue_type, error.problem.code(), error.problem.in_spanish())
        }
    }
}

#[cfg(test)]
mod tests {
    use prescription::law;

    use super::*;
    use crate::fhir::json;

    #[test]
    fn an_issue_carries_code_text_path_and_article() {
        let issue = Issue {
            expression: Some("MedicationRequest.dispenseRequest.quantity".to_owned()),
            law: Some(law::LGS_226_II),
            ..Issue::error(
                IssueType::BusinessRule,
                "fraction-ii-packages",
                "Hasta dos.",
            )
        };
        assert_eq!(
            OperationOutcome::from(issue).to_value(),
            json!({
                "resourceType": "OperationOutcome",
                "issue": [{
                    "severity": "error",
                    "code": "business-rule",
                    "details": {
                        "coding": [
                            {"system": "urn:receta:refusal", "code": "fraction-ii-packages"},
                            {
                                "system": "urn:receta:law",
                                "code": "LGS_226_II",
                                "display": "LGS art. 226, fracción II",
                            },
                        ],
                        "text": "Hasta dos.",
                    },
                    "expression": ["MedicationRequest.dispenseRequest.quantity"],
                }],
            })
        );
    }

    #[test]
    fn json_errors_keep_their_order_and_place() {
        let errors = json::parse(br#"{"resourceType":"Patient","id":null,"name":[]}"#).unwrap_err();
        let value = OperationOutcome::from(errors).to_value();
        assert_eq!(value["issue"][0]["expression"][0], "Patient.id");
        assert_eq!(
            value["issue"][1]["details"]["coding"][0]["code"],
            "json-empty-array"
        );
        assert_eq!(value["issue"][1]["code"], "structure");
    }

    #[test]
    fn a_personal_identifier_is_never_repeated() {
        let curp: Result<mpi::Curp, _> = "SABC560626MDFLRN02".parse();
        let problem = ShapeProblem::Curp(curp.unwrap_err());
        let path = "Patient.identifier[0].value".to_owned();
        let text = Issue::from(ShapeError { path, problem })
            .to_value()
            .to_string();
        assert!(text.contains("curp-check-digit") && !text.contains("SABC"));
    }
}
