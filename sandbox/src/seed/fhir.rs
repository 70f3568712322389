//! A seed prescription as FHIR R4: a transaction Bundle, or a single resource.

use mpi::Sex;
use serde_json::{Value, json};

use super::{Line, Prescription};

const CURP: &str = "http://sistema.salud.gob.mx/curp";
const CEDULA: &str = "urn:oid:2.16.840.1.113883.3.215.12.18";
const CLAVE: &str = "urn:oid:2.16.840.1.113883.3.215.12.8";
const EHR_NUMBER: &str = "urn:oid:2.16.840.1.113883.4.631.1.163";
const FATHERS_FAMILY: &str = "http://hl7.org/fhir/StructureDefinition/humanname-fathers-family";
const MOTHERS_FAMILY: &str = "http://hl7.org/fhir/StructureDefinition/humanname-mothers-family";
/// fullUrl of the Patient entry. It names nothing beyond its Bundle.
const PATIENT_URL: &str = "urn:uuid:2d3f9c1e-5a46-4f0b-9d0a-6f6f1b0c8a01";

impl Prescription {
    /// All lines and the patient as a transaction Bundle.
    #[must_use]
    pub fn to_bundle(&self) -> Value {
        let patient = json!({
            "fullUrl": PATIENT_URL,
            "resource": self.patient_resource(None),
            "request": {"method": "POST", "url": "Patient"},
        });
        let lines = self.lines.iter().map(|line| {
            json!({
                "resource": self.medication_request(line, &json!({"reference": PATIENT_URL})),
                "request": {"method": "POST", "url": "MedicationRequest"},
            })
        });
        let entries: Vec<Value> = std::iter::once(patient).chain(lines).collect();
        json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    }

    /// The first line as a single `MedicationRequest` with a contained Patient; `null` without
    /// lines.
    #[must_use]
    pub fn to_single(&self) -> Value {
        let Some(line) = self.lines.first() else {
            return Value::Null;
        };
        let mut request = self.medication_request(line, &json!({"reference": "#paciente"}));
        request["contained"] = json!([self.patient_resource(Some("paciente"))]);
        request
    }

    fn patient_resource(&self, id: Option<&str>) -> Value {
        let name = &self.patient.name;
        let second = name.second_surname().unwrap_or_default();
        let mut patient = json!({
            "resourceType": "Patient",
            "identifier": [{"use": "official", "system": CURP, "value": self.curp}],
            "name": [{
                "use": "official",
                "family": format!("{} {second}", name.first_surname()),
                "_family": {"extension": [
                    {"url": FATHERS_FAMILY, "valueString": name.first_surname()},
                    {"url": MOTHERS_FAMILY, "valueString": second},
                ]},
                "given": name.given().split(' ').collect::<Vec<_>>(),
            }],
            "gender": match self.patient.sex {
                Sex::Man => "male",
                Sex::Woman => "female",
                Sex::NonBinary => "other",
            },
            "birthDate": self.patient.birth_date.to_string(),
        });
        if let Some(id) = id {
            patient["id"] = json!(id);
        }
        if let Some(address) = &self.address {
            patient["address"] = json!([{"use": "home", "text": address}]);
        }
        patient
    }

    fn medication_request(&self, line: &Line, subject: &Value) -> Value {
        let mut request = json!({
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {
                "coding": [{"system": CLAVE, "code": line.clave, "display": line.display}],
                "text": line.display,
            },
            "subject": subject,
            "authoredOn": self.written_on.to_string(),
            "requester": {
                "identifier": {"system": CEDULA, "value": self.cedula},
                "display": self.prescriber,
            },
            "dosageInstruction": [line.dosage_instruction()],
            "dispenseRequest": {
                "numberOfRepeatsAllowed": line.fills.saturating_sub(1),
                "quantity": {"value": line.packages, "unit": "envase"},
            },
        });
        let identifiers = self.identifiers();
        if !identifiers.is_empty() {
            request["identifier"] = Value::Array(identifiers);
        }
        if let Some((code, text)) = self.diagnosis {
            let coding = json!([{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]);
            request["reasonCode"] = json!([{"coding": coding, "text": text}]);
        }
        request
    }

    fn identifiers(&self) -> Vec<Value> {
        let special = self
            .special_folio
            .iter()
            .map(|folio| json!({"system": "urn:receta:recetario-especial", "value": folio}));
        let own = self
            .identifier
            .iter()
            .map(|number| json!({"system": EHR_NUMBER, "value": number}));
        special.chain(own).collect()
    }
}

impl Line {
    fn dosage_instruction(&self) -> Value {
        let mut dosage = json!({
            "timing": {"repeat": {
                "boundsDuration": {
                    "value": self.days,
                    "unit": "d",
                    "system": "http://unitsofmeasure.org",
                    "code": "d",
                },
                "frequency": self.times,
                "period": self.every,
                "periodUnit": self.period_unit,
            }},
            "route": {"text": self.route},
            "doseAndRate": [{"doseQuantity": {
                "value": decimal(self.dose_milli),
                "unit": self.unit,
            }}],
        });
        if self.as_needed {
            dosage["asNeededBoolean"] = json!(true);
        }
        dosage
    }
}

/// Thousandths as a JSON number.
fn decimal(milli: u32) -> Value {
    let (whole, rest) = (milli / 1000, milli % 1000);
    if rest == 0 {
        return json!(whole);
    }
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0')
        .parse::<serde_json::Number>()
        .map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::cast::{Person, prescribers};

    fn three_lines() -> Prescription {
        let [doctor, _] = prescribers().unwrap();
        let patient = Person::numbered(5).unwrap();
        let lines = vec![Line::amoxicillin(), Line::metformin(), Line::losartan()];
        Prescription::new(&patient, &doctor, date(2026, 11, 23), lines)
    }

    #[test]
    fn every_entry_refers_to_the_patient() {
        let bundle = three_lines().to_bundle();
        let entries = bundle["entry"].as_array().unwrap();
        assert_eq!(entries.len(), 4);
        for entry in &entries[1..] {
            assert_eq!(
                entry["resource"]["subject"]["reference"],
                entries[0]["fullUrl"]
            );
            // FHIR forbids empty lists.
            assert!(entry["resource"].get("identifier").is_none());
        }
    }

    #[test]
    fn a_single_request_contains_its_patient() {
        let single = three_lines().identified("X-1").to_single();
        assert_eq!(single["contained"][0]["id"], "paciente");
        assert_eq!(single["identifier"][0]["value"], "X-1");
        assert_eq!(single["dispenseRequest"]["quantity"]["value"], 2);
    }

    #[test]
    fn doses_are_written_as_people_write_them() {
        for (milli, text) in [(1000, "1"), (500, "0.5"), (2050, "2.05"), (1, "0.001")] {
            assert_eq!(decimal(milli).to_string(), text);
        }
    }
}
