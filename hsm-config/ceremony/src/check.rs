//! A token against the minutes.

use hsm::ceremony::Ceremony;

use crate::Check;
use crate::dialogue::Dialogue;
use crate::error::CeremonyError;
use crate::keys::{account, open, pair_line, prove, secret_line};
use crate::minutes::{self, Kind, Line};

pub(crate) fn run(check: &Check, dialogue: &mut Dialogue) -> Result<(), CeremonyError> {
    let lines = minutes::read(&check.minutes)?;
    let pin = dialogue.pin("Custodio", "PIN de usuario")?;
    let ceremony = Ceremony::open(&check.token.module, &check.token.token)?;
    let inventory = ceremony.inventory(&pin)?;
    account(&inventory, &lines)?;
    let hsm = open(&check.token, &pin)?;
    for line in &lines {
        let now = if line.kind.is_secret() {
            let key = inventory.iter().find(|key| key.label == line.label);
            key.map(|key| secret_line(line.kind, key))
        } else {
            Some(pair_line(&hsm, line.kind, &line.label)?)
        };
        same(line, now.as_ref())?;
        if line.kind == Kind::Wrapping {
            prove(&hsm, &line.label)?;
        }
        dialogue.say(&format!("igual   {}", line.text()))?;
    }
    dialogue.say("\nEl token tiene las llaves del acta y ninguna otra llave secreta, y cumple.")
}

fn same(line: &Line, now: Option<&Line>) -> Result<(), CeremonyError> {
    let token = now.map_or("ninguna", |now| now.fingerprint.as_str());
    if token == line.fingerprint {
        return Ok(());
    }
    Err(CeremonyError::Differs {
        label: line.label.clone(),
        minutes: line.fingerprint.clone(),
        token: token.to_owned(),
    })
}
