//! Proofs for those who may know: the state of a prescription, and that a patient has no active
//! prescription of a substance.

use audit::{Action, Outcome};
use consent::{DataCategory, Decision, Purpose, Relation, Request};
use ledger::{MapAnswer, MapKey, value_hash};
use mpi::Curp;
use prescription::leaf::{Pseudonym, Totals};
use prescription::map::{MappedState, prescription_key, substance_key};
use prescription::{BlindedKey, Clave, Folio};

use super::{FlowError, Visitor, read_own};
use crate::app::App;
use crate::auth::Role;
use crate::worker::sequence::ProvenKey;

/// How often a proof is made again that a step overtook.
const ATTEMPTS: u32 = 5;

/// The state of a prescription, with its proof.
pub struct ProvenState {
    /// What the map says of it.
    pub state: MappedState,
    /// Its key in the map.
    pub key: MapKey,
    /// What shows it.
    pub proven: ProvenKey,
}

/// Whether a patient has an active prescription of a substance, with its proof.
pub struct ProvenSubstance {
    /// Whether there is one.
    pub active: bool,
    /// The substance's name for this patient, from which the map's key follows.
    pub blinded: BlindedKey,
    /// What shows it.
    pub proven: ProvenKey,
}

/// Proves the latest state of a prescription of the caller's establishment.
///
/// # Errors
/// [`FlowError`]; [`FlowError::Busy`] while its last step is still on its way into the ledger.
pub async fn prove_state(
    app: &App,
    visitor: &Visitor,
    folio: Folio,
) -> Result<ProvenState, FlowError> {
    let key = MapKey(prescription_key(Pseudonym::of(folio)));
    for _ in 0..ATTEMPTS {
        let stored = read_own(app, visitor, folio).await?;
        let state = MappedState {
            phase: stored.state.phase(),
            totals: Totals::of(&stored.state),
        };
        let proven = app.sequencer.prove_key(key).await?;
        let proven = proven.ok_or(FlowError::Busy(folio))?;
        let said = proven.proof.verify(proven.head.root, &key);
        let said = said.map_err(FlowError::internal)?;
        if said == MapAnswer::Present(value_hash(&state.encode())) {
            return Ok(ProvenState { state, key, proven });
        }
    }
    Err(FlowError::Busy(folio))
}

/// Proves whether a registered patient has an active prescription of the substance of `clave`.
///
/// # Errors
/// [`FlowError::UnknownPatient`] for somebody who is not registered: then there is no key, and no
/// prescription either.
pub async fn prove_substance(
    app: &App,
    visitor: &Visitor,
    curp: &Curp,
    clave: &Clave,
) -> Result<ProvenSubstance, FlowError> {
    if visitor.caller.role != Role::Ehr {
        return Err(FlowError::Forbidden(
            "Sólo el expediente de quien prescribe consulta las recetas vigentes de un paciente.",
        ));
    }
    let substance = app.catalog.duplicate_key(clave);
    let substance = substance.ok_or(FlowError::UnknownClave(vec![1]))?;
    let id = app.store.pseudonym(curp.as_str())?;
    let patient = app.store.patient(&id).await?;
    let patient = patient.ok_or(FlowError::UnknownPatient)?;
    let (now, _) = app.now();
    let request = Request {
        patient: id.clone(),
        category: DataCategory::Medication,
        purpose: Purpose::Care,
        establishment: visitor.caller.clues.clone(),
        professional: None,
        relation: Relation::TreatingPrescriber,
    };
    let consents = app.store.consents(&id).await?;
    let decision = consent::evaluate(&consents, &request, now, app.consent_policy);
    if !matches!(decision, Decision::Permitted(_)) {
        return Err(FlowError::Forbidden(
            "El paciente no consiente que este establecimiento consulte sus recetas.",
        ));
    }
    let number = app.entropy.draw()?.access;
    let record = visitor.record_patient(number, now, Action::Read, &id, Outcome::Success)?;
    app.store.record_access(now, record).await?;

    let blinded = patient.map_secret.blind(substance.as_str());
    let key = MapKey(substance_key(blinded));
    let proven = app.sequencer.prove_key(key).await?;
    let proven = proven.ok_or(FlowError::NotFound)?;
    let said = proven.proof.verify(proven.head.root, &key);
    Ok(ProvenSubstance {
        active: said.map_err(FlowError::internal)? != MapAnswer::Absent,
        blinded,
        proven,
    })
}
