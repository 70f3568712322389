//! What the register, the catalog, the store and consent know that bears on an issue.

use cofepris::Catalog;
use consent::{DataCategory, Decision, Purpose, Relation, Request};
use prescription::issue::{
    Holding, IssueCommand, IssueFacts, MedicineClass, MedicineFacts, PrescriberFacts,
    RequestedLine, SpecialFolioFacts, Subject,
};
use prescription::{Clave, MapSecret};

use crate::app::App;
use crate::clock::day_number;
use crate::flow::supply::units_in_package;
use crate::flow::{FlowError, licence, profession};
use crate::store::{StoredPrescriber, Supply};

/// The facts, and what the patient has, as the decision sees it.
pub(in crate::flow) struct Gathered {
    pub(in crate::flow) facts: IssueFacts,
    pub(in crate::flow) known: Vec<Supply>,
}

/// Gathers what others know that bears on an issue.
pub(in crate::flow) async fn gather(
    app: &App,
    command: &IssueCommand,
    prescriber: &StoredPrescriber,
    secret: &MapSecret,
) -> Result<Gathered, FlowError> {
    let profession = profession::from_code(&prescriber.profession)
        .ok_or_else(|| FlowError::internal("a prescriber of unknown profession"))?;
    let consent = consent_allows(app, command).await?;
    let known = known(app, command, consent).await?;
    let facts = IssueFacts {
        prescriber: PrescriberFacts {
            profession,
            active: licence::is_active(app, prescriber, command.written_on).await?,
            establishments: prescriber.establishments.clone(),
        },
        medicines: medicines(app, command, secret)?,
        special_folio: special_folio(app, command).await?,
        holdings: known.iter().map(to_holding).collect(),
        consent,
    };
    Ok(Gathered { facts, known })
}

/// What the patient has, or can still get. Without consent the prescriber is refused, and does not
/// learn what it is; an animal does not take what its owner has.
async fn known(app: &App, command: &IssueCommand, consent: bool) -> Result<Vec<Supply>, FlowError> {
    if !consent || command.subject != Subject::Person {
        return Ok(Vec::new());
    }
    let today = day_number(command.written_on);
    Ok(app.store.supplies(&command.patient, today).await?)
}

/// What the catalog says of each line on the date written, with the patient's own name of its
/// substance.
fn medicines(
    app: &App,
    command: &IssueCommand,
    secret: &MapSecret,
) -> Result<Vec<MedicineFacts>, FlowError> {
    let mut facts = Vec::with_capacity(command.lines.len());
    let mut unknown = Vec::new();
    for (number, line) in (1_u8..).zip(&command.lines) {
        // By the version in force on the day it was written.
        let catalog = app.catalog.on(command.written_on);
        let classified = catalog.fraction_on(&line.clave, command.written_on);
        let substance = catalog.duplicate_key(&line.clave);
        let (Some(classified), Some(substance)) = (classified, substance) else {
            unknown.push(number);
            continue;
        };
        facts.push(MedicineFacts {
            class: MedicineClass::Sold(classified.fraction),
            antibiotic: classified.antibiotic,
            substance: substance.as_str().to_owned(),
            map_key: secret.blind(substance.as_str()),
            max_daily_milli: max_daily(catalog, line),
            group: catalog
                .therapeutic_group(&line.clave)
                .map(|group| group.code().to_owned()),
            units_per_package: units_in_package(catalog, &line.clave, line.dosage.unit),
            nurse_listed: nurse_listed(catalog, &line.clave),
        });
    }
    if unknown.is_empty() {
        Ok(facts)
    } else {
        Err(FlowError::UnknownClave(unknown))
    }
}

/// Whether nurses may prescribe a medicine; `None` where no list was imported.
fn nurse_listed(catalog: &Catalog, clave: &Clave) -> Option<bool> {
    (!catalog.nurse_list().is_empty()).then(|| catalog.nurse_may_prescribe(clave))
}

/// The most of a day, where the catalog's figure counts what the dose counts.
fn max_daily(catalog: &Catalog, line: &RequestedLine) -> Option<u64> {
    let most = catalog.max_daily_milli(&line.clave)?;
    units_in_package(catalog, &line.clave, line.dosage.unit)?;
    Some(most.value)
}

/// What the rules need of what the patient has.
fn to_holding(supply: &Supply) -> Holding {
    Holding {
        folio: supply.folio,
        clave: Some(supply.clave.clone()),
        substance: supply.substance.clone(),
        group: supply.group.clone(),
        fraction: supply.fraction,
        remainder: supply.remainder,
        supply_until: supply.held_until,
    }
}

async fn special_folio(app: &App, command: &IssueCommand) -> Result<SpecialFolioFacts, FlowError> {
    match &command.special_folio {
        None => Ok(SpecialFolioFacts::NotGiven),
        Some(special) => crate::flow::special_folio::facts(app, &command.prescriber, special).await,
    }
}

async fn consent_allows(app: &App, command: &IssueCommand) -> Result<bool, FlowError> {
    let consents = app.store.consents(&command.patient).await?;
    let request = Request {
        patient: command.patient.clone(),
        category: DataCategory::Medication,
        purpose: Purpose::Care,
        establishment: command.establishment.clone(),
        professional: Some(command.prescriber.clone()),
        relation: Relation::TreatingPrescriber,
    };
    let decision = consent::evaluate(&consents, &request, command.at, app.consent_policy);
    Ok(matches!(decision, Decision::Permitted(_)))
}
