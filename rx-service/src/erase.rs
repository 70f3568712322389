//! `rx-service erase`: one line for each prescription.

use anyhow::{Context, Result, bail};
use prescription::erase::ErasureBasis;
use prescription::{Cedula, Folio};
use rx_service::app::App;
use rx_service::flow::{DueErasure, ErasureOrder, FlowError, erase, erasure_due, erasures_due};

use crate::commands::say;
use crate::officer::Otp;

/// Who orders, and why.
pub(crate) struct Order {
    by: Cedula,
    basis: ErasureBasis,
}

impl Order {
    pub(crate) fn parse(by: Option<&str>, basis: Option<&str>) -> Result<Self> {
        let by = by.context("--by is missing")?.parse()?;
        let basis = basis.context("--basis is missing")?;
        let basis = ErasureBasis::from_code(basis).with_context(|| {
            let known = ErasureBasis::ALL.map(ErasureBasis::code).join(", ");
            format!("unknown basis {basis}; known: {known}")
        })?;
        Ok(Self { by, basis })
    }

    /// Erases each of `folios`, and goes on where one is refused.
    pub(crate) async fn run(&self, app: &App, folios: &[String], otp: &Otp) -> Result<()> {
        // All are read before the first is destroyed: a typing error destroys nothing.
        let folios = parse(folios)?;
        let activation = self.activate(app, &folios, otp).await?;
        let mut refused = 0;
        for folio in &folios {
            let order = ErasureOrder {
                folio: *folio,
                by: self.by.clone(),
                basis: self.basis,
                activation: Some(activation.clone()),
            };
            match erase(app, &order).await {
                Ok(erased) => {
                    let entries: Vec<_> = erased.entries.iter().map(u64::to_string).collect();
                    let entries = entries.join(" ");
                    say(&format!("{folio} erased: bodies of entries {entries}"))?;
                }
                Err(error) => {
                    refused += 1;
                    say(&format!("{folio} not erased: {}", reason(&error)))?;
                }
            }
        }
        if refused > 0 {
            bail!("{refused} of {} not erased", folios.len());
        }
        Ok(())
    }
}

impl Order {
    /// One activation for all of `folios`; more than it may cover are ordered in several calls,
    /// since each takes a code of its own.
    async fn activate(&self, app: &App, folios: &[Folio], otp: &Otp) -> Result<String> {
        let digest = |folio: &Folio| ErasureOrder::digest(*folio, self.basis);
        let digests: Vec<_> = folios.iter().map(digest).collect();
        otp.activate(app, &self.by, &digests).await
    }
}

/// Says of each of `folios`, or of all prescriptions, whether it is due.
pub(crate) async fn list_due(app: &App, folios: &[String]) -> Result<()> {
    if folios.is_empty() {
        return erasures_due(app, &mut |due| say(&due_line(&due))).await;
    }
    for folio in parse(folios)? {
        match erasure_due(app, folio).await {
            Ok(due) => say(&due_line(&due))?,
            Err(error) => say(&format!("{folio} not due: {}", reason(&error)))?,
        }
    }
    Ok(())
}

fn due_line(due: &DueErasure) -> String {
    let DueErasure {
        folio,
        ended_on,
        kept_until,
    } = due;
    format!("{folio} due: ended on {ended_on}, kept until {kept_until}")
}

fn parse(folios: &[String]) -> Result<Vec<Folio>> {
    let each = folios.iter().map(|text| {
        let folio = text.parse();
        folio.with_context(|| format!("{text} is not a folio"))
    });
    each.collect()
}

/// Code and advice of a refusal; the error itself otherwise.
fn reason(error: &FlowError) -> String {
    let FlowError::Refused(refusals) = error else {
        return error.to_string();
    };
    let each = refusals.iter();
    let each = each.map(|refusal| format!("{refusal} ({})", refusal.in_spanish()));
    each.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use prescription::Refusal;

    use super::*;

    #[test]
    fn an_order_names_an_officer_and_a_known_basis() {
        let order = |by, basis| Order::parse(by, basis).map_err(|error| error.to_string());
        let good = order(Some("7654321"), Some("person-request")).unwrap();
        assert_eq!(good.basis, ErasureBasis::PersonRequest);
        assert!(order(None, Some("person-request")).is_err());
        assert!(order(Some("7654321"), None).is_err());
        assert!(order(Some("Teresa"), Some("person-request")).is_err());
        let unknown = order(Some("7654321"), Some("because")).err().unwrap();
        assert!(
            unknown.contains("known: retention-over, person-request"),
            "{unknown}"
        );
    }

    #[test]
    fn one_typing_error_stops_all() {
        let folios = ["7K3M-9QRT-2ABX-51CD", "7K3M"].map(str::to_owned);
        assert_eq!(parse(&folios[..1]).unwrap().len(), 1);
        let error = parse(&folios).unwrap_err().to_string();
        assert_eq!(error, "7K3M is not a folio");
    }

    #[test]
    fn a_refusal_says_its_code_and_what_to_do() {
        let until = jiff::civil::date(2031, 4, 2);
        let refused = FlowError::Refused(vec![Refusal::RetentionNotOver { until }]);
        let text = reason(&refused);
        assert!(text.starts_with("retention-not-over ("), "{text}");
        assert!(text.contains("2 de abril de 2031"), "{text}");
        let line = due_line(&DueErasure {
            folio: "7K3M-9QRT-2ABX-51CD".parse().unwrap(),
            ended_on: jiff::civil::date(2026, 4, 2),
            kept_until: until,
        });
        assert_eq!(
            line,
            "7K3M-9QRT-2ABX-51CD due: ended on 2026-04-02, kept until 2031-04-02"
        );
    }
}
