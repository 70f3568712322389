//! Making the keys, step by step.

use hsm::Secret;
use hsm::ceremony::Ceremony;

use crate::dialogue::Dialogue;
use crate::error::CeremonyError;
use crate::keys::{account, open, pair_line, prove, secret_line};
use crate::minutes::{self, Kind, Line};
use crate::{Make, keys};

pub(crate) fn run(make: &Make, dialogue: &mut Dialogue) -> Result<(), CeremonyError> {
    refuse_what_minutes_cannot_say(make)?;
    if make.minutes.exists() {
        return Err(CeremonyError::MinutesExist(make.minutes.clone()));
    }
    let rehearsal = !dialogue.is_terminal();
    let ceremony = Ceremony::open(&make.token.module, &make.token.token)?;
    if !make.sealed {
        officers_step(make, dialogue, &ceremony)?;
    }
    dialogue.say(
        "\nPaso 2 de 4. El custodio la pone en uso.\nEl oficial se aparta; solo el custodio mira \
         el teclado.",
    )?;
    let custodian = dialogue.pin(&make.custodian, "PIN de usuario")?;
    if make.sealed {
        ceremony.discard_draft(&custodian, &make.wrapping_key)?;
    }
    ceremony.seal(&custodian, &make.wrapping_key)?;
    dialogue.say("Paso 3 de 4. Las demás llaves, y la prueba del token.")?;
    let lines = others_and_proof(make, &custodian, &ceremony)?;
    for line in &lines {
        dialogue.say(&line.text())?;
    }
    minutes::write(make, rehearsal, &lines)?;
    dialogue.say(&format!(
        "\nPaso 4 de 4. El acta está en {}.\nImprímanla, comparen las huellas con la pantalla, \
         fírmenla los tres y guarden los PIN sellados en lugares distintos.\nAhora: la copia del \
         token, y `ceremony check` sobre la copia.",
        make.minutes.display()
    ))
}

fn officers_step(
    make: &Make,
    dialogue: &mut Dialogue,
    ceremony: &Ceremony,
) -> Result<(), CeremonyError> {
    dialogue.say(
        "Paso 1 de 4. El oficial de seguridad hace la llave de envoltura.\nSolo el oficial mira \
         el teclado.",
    )?;
    let officer = dialogue.pin(&make.officer, "PIN de SO")?;
    let draft = ceremony.draft(&officer, &make.wrapping_key)?;
    drop(officer);
    dialogue.say(&secret_line(Kind::Wrapping, &draft).text())
}

/// Makes the keys that were asked for, proves the wrapping key, and accounts for every secret key.
fn others_and_proof(
    make: &Make,
    custodian: &Secret,
    ceremony: &Ceremony,
) -> Result<Vec<Line>, CeremonyError> {
    let hsm = open(&make.token, custodian)?;
    let mut pairs = Vec::new();
    if let Some(label) = &make.data_key {
        hsm.ensure_data_key(label)?;
    }
    if let Some(label) = &make.institution_key {
        hsm.ensure_p256(label)?;
        pairs.push(pair_line(&hsm, Kind::Institution, label)?);
    }
    if let Some(label) = &make.ledger_key {
        hsm.ensure_ed25519(label)?;
        pairs.push(pair_line(&hsm, Kind::Ledger, label)?);
    }
    prove(&hsm, &make.wrapping_key)?;
    // The inventory logs in by itself.
    drop(hsm);
    let inventory = ceremony.inventory(custodian)?;
    let mut lines = Vec::new();
    for (kind, label) in keys::secrets(make) {
        let key = inventory.iter().find(|key| key.label == label);
        lines.extend(key.map(|key| secret_line(kind, key)));
    }
    account(&inventory, &lines)?;
    lines.extend(pairs);
    Ok(lines)
}

fn refuse_what_minutes_cannot_say(make: &Make) -> Result<(), CeremonyError> {
    let people = [&make.officer, &make.custodian, &make.witness];
    for text in people.iter().chain(&[&make.date, &make.token.token]) {
        if text.is_empty() || text.trim() != text.as_str() || text.contains(char::is_control) {
            return Err(CeremonyError::NotALine((*text).clone()));
        }
    }
    let same = |a: &String, b: &String| a.to_lowercase() == b.to_lowercase();
    for (index, person) in people.iter().enumerate() {
        if people
            .iter()
            .skip(index + 1)
            .any(|other| same(person, other))
        {
            return Err(CeremonyError::SamePerson((*person).clone()));
        }
    }
    let labels: Vec<&String> = [
        Some(&make.wrapping_key),
        make.data_key.as_ref(),
        make.institution_key.as_ref(),
        make.ledger_key.as_ref(),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (index, label) in labels.iter().enumerate() {
        if labels.iter().skip(index + 1).any(|other| other == label) {
            return Err(CeremonyError::SameLabel((*label).clone()));
        }
    }
    Ok(())
}
