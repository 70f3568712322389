//! Where one key is on each token.

use std::sync::{Mutex, PoisonError};

use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;

use crate::pool::{Access, Seat};
use crate::token_object::check_label;
use crate::{Hsm, HsmError};

/// A key's handle on each token, and the generation it is valid in.
pub(crate) struct Handles(Mutex<Vec<Option<(u64, ObjectHandle)>>>);

impl Handles {
    /// The handle where `seat` is, by `locate` where it is not known. The token is not asked under
    /// the lock: one whose calls hang must not hold back the others.
    pub(crate) fn at(
        &self,
        seat: &Seat<'_>,
        locate: impl Fn(&Session) -> Result<ObjectHandle, HsmError>,
    ) -> Result<ObjectHandle, HsmError> {
        let known = {
            let handles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            handles.get(seat.token).copied().flatten()
        };
        match known {
            Some((generation, handle)) if generation == seat.live.generation => Ok(handle),
            _ => {
                let handle = locate(seat.session)?;
                self.put(seat.token, seat.live.generation, handle);
                Ok(handle)
            }
        }
    }

    fn put(&self, token: usize, generation: u64, handle: ObjectHandle) {
        let mut handles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = handles.get_mut(token) {
            *known = Some((generation, handle));
        }
    }
}

/// Finds one key on every token that is up. `locate` answers its handle and what identifies it,
/// which must be the same everywhere: a clone with another key would sign in another name.
///
/// # Errors
/// [`HsmError::KeyMissing`] when no token has it, [`HsmError::CloneDiffers`] when one has not.
pub(crate) fn find_on_each<I: PartialEq>(
    hsm: &Hsm,
    label: &str,
    locate: impl Fn(&Session) -> Result<(ObjectHandle, I), HsmError>,
) -> Result<(I, Handles), HsmError> {
    check_label(label)?;
    let tokens = &hsm.tokens;
    let handles = Handles(Mutex::new(vec![None; tokens.pools.len()]));
    let (mut identity, mut differs, mut losses) = (None, None, Vec::new());
    for token in tokens.asked() {
        let found = tokens.run_on(token, |seat| {
            let (handle, identity) = locate(seat.session)?;
            Ok((seat.live.generation, handle, identity))
        });
        match found {
            Ok((generation, handle, found)) => {
                handles.put(token, generation, handle);
                if identity.as_ref().is_some_and(|first| *first != found) {
                    differs = Some(token);
                }
                identity.get_or_insert(found);
            }
            Err(error @ HsmError::KeyMissing { .. }) => {
                differs = Some(token);
                losses.push(error);
            }
            Err(error) if error.is_token_loss() => {
                tokens.lost(token, &error);
                losses.push(error);
            }
            Err(error) => return Err(error),
        }
    }
    match (identity, differs) {
        (Some(_), Some(token)) => Err(HsmError::CloneDiffers {
            token: tokens.label(token).to_owned(),
            label: label.to_owned(),
        }),
        (Some(identity), None) => Ok((identity, handles)),
        (None, _) => Err(HsmError::all_gone(losses)),
    }
}

/// What `find` finds, after `make` made it where it was missing. With clones nothing is made: a
/// key made on one token is on that token alone.
pub(crate) fn make_missing<K>(
    hsm: &Hsm,
    find: impl Fn() -> Result<K, HsmError>,
    make: impl Fn(&Session) -> Result<(), HsmError>,
) -> Result<K, HsmError> {
    let tokens = &hsm.tokens;
    let _making = tokens
        .making_object
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match find() {
        Err(HsmError::KeyMissing { .. }) if tokens.pools.len() == 1 => {}
        found_or_failed => return found_or_failed,
    }
    tokens.run(Access::ReadWrite, |seat| make(seat.session))?;
    find()
}
