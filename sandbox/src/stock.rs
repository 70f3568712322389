//! The shelves of the sandbox's pharmacies, filled through the real service.

use anyhow::{Result, ensure};

use crate::World;
use crate::clock;
use crate::pharmacy_key::PharmacyKey;
use crate::pki::Who;
use crate::seed;

/// The pharmacies that may handle controlled medicines.
const LICENSED: [Who; 2] = [Who::Pharmacy1, Who::Pharmacy2];

/// Records the opening inventory of both licensed pharmacies, once in the life of the world:
/// `packages` of each medicine of the story. The service runs. Returns the index of the last entry
/// in the ledger.
///
/// # Errors
/// The service refuses it.
pub fn open(world: &World, packages: u32) -> Result<u64> {
    let mut last = 0;
    for who in LICENSED {
        let client = world.client(who)?;
        let key = PharmacyKey::load(&world.pki.client(who).1)?;
        let order = seed::opening(packages, clock::now());
        let answer = key.record_movement(&client, &order)?;
        let opened = answer
            .issues()
            .iter()
            .any(|one| one.code == "already-opened");
        if !opened {
            ensure!(answer.status == 201, "{}", answer.describe());
            last = last.max(answer.ledger_index()?);
        }
    }
    Ok(last)
}
