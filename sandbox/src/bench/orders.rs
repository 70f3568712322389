//! Prescriptions to post, written before the clock starts: one medicine, each for another patient.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use jiff::civil::Date;

use crate::cast::{Person, Prescriber};
use crate::client::{Answer, Client};
use crate::seed::{Line, Prescription};

/// Where they are posted.
const PATH: &str = "/fhir/r4/MedicationRequest";
/// Of how many answers the receipt is kept, one.
const SAMPLE: usize = 101;

/// A prescription that was issued.
pub(super) struct Issued {
    /// Id of its only line.
    pub(super) request_id: String,
    /// Its folio.
    pub(super) folio: String,
    /// Index of its entry in the ledger.
    pub(super) index: u64,
    /// Its receipt, kept for a sample.
    pub(super) receipt: Option<String>,
}

/// `count` bodies.
///
/// # Errors
/// None, in practice.
pub(super) fn write(count: usize, prescriber: &Prescriber, today: Date) -> Result<Vec<Vec<u8>>> {
    let mut seen = HashSet::with_capacity(count);
    let mut bodies = Vec::with_capacity(count);
    let mut number = 0;
    while bodies.len() < count {
        let patient = Person::numbered(number)?;
        number += 1;
        if seen.insert(patient.curp.as_str().to_owned()) {
            // As an EHR sends it: with its own identifier, which makes a retry recognisable.
            let order = Prescription::new(&patient, prescriber, today, vec![Line::losartan()])
                .identified(format!("BENCH-{number}"));
            bodies.push(serde_json::to_vec(&order.to_single())?);
        }
    }
    Ok(bodies)
}

/// Posts one, which must be answered with 201 and a receipt.
///
/// # Errors
/// Any other answer.
pub(super) fn post(client: &Client, number: usize, body: &[u8]) -> Result<Issued> {
    let answer = client.post_bytes(PATH, body.to_vec(), &[])?;
    ensure!(answer.status == 201, "{}", answer.describe());
    let location = answer.header("location").context("no Location")?;
    let (_, request_id) = location.rsplit_once('/').context("Location without id")?;
    Ok(Issued {
        request_id: request_id.to_owned(),
        folio: answer.folio()?.to_owned(),
        index: answer.ledger_index()?,
        receipt: sampled_receipt(&answer, number)?,
    })
}

/// The receipt of an answer, if it belongs to the sample; it must be there in any case.
///
/// # Errors
/// There is none.
pub(super) fn sampled_receipt(answer: &Answer, number: usize) -> Result<Option<String>> {
    if number.is_multiple_of(SAMPLE) {
        return answer.receipt().map(Some);
    }
    answer.header("receta-receipt").context("no receipt")?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::Value;

    use super::*;
    use crate::cast::prescribers;

    #[test]
    fn every_patient_and_every_identifier_is_another() {
        let [doctor, _] = prescribers().unwrap();
        let bodies = write(2_000, &doctor, date(2026, 11, 23)).unwrap();
        let parsed: Vec<Value> = bodies
            .iter()
            .map(|body| serde_json::from_slice(body).unwrap())
            .collect();
        let distinct =
            |at: &dyn Fn(&Value) -> String| parsed.iter().map(at).collect::<HashSet<_>>().len();
        let patients = distinct(&|body| body["contained"][0]["identifier"][0]["value"].to_string());
        let identifiers = distinct(&|body| body["identifier"][0]["value"].to_string());
        assert_eq!((patients, identifiers), (2_000, 2_000));
    }
}
