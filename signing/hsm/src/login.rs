//! Being logged in on the token, and the sessions that come with it.
//!
//! PKCS#11 logs in the application, not a session; closing the application's last session logs it
//! out and kills its handles. One *sentinel* session therefore stays open as long as the login is
//! wanted.

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;

use crate::HsmError;
use crate::config::OneToken;
use crate::context::Live;

/// The state of our login on the token.
pub(crate) enum Login {
    /// Not logged in (yet, or any more).
    Out,
    /// Logged in, as far as we know.
    In(LoggedIn),
    /// The PIN was refused once; it is not tried again.
    Refused(HsmError),
}

/// The sessions of one login.
pub(crate) struct LoggedIn {
    /// The generation of the module these sessions are valid in; see [`Live`].
    pub(crate) generation: u64,
    pub(crate) slot: Slot,
    sentinel: Session,
    /// Read-only sessions nobody works with at the moment.
    pub(crate) idle: Vec<Session>,
}

impl Login {
    /// Makes sure we are logged in during the present generation. The sessions of an older one are
    /// forgotten, not closed: their numbers may be somebody's new sessions.
    pub(crate) fn current(
        &mut self,
        live: &Live<'_>,
        config: &OneToken,
    ) -> Result<&mut LoggedIn, HsmError> {
        if let Self::Refused(error) = self {
            return Err(error.clone());
        }
        if !matches!(self, Self::In(login) if login.generation == live.generation) {
            *self = Self::Out;
            match log_in(live, config) {
                Ok(login) => *self = Self::In(login),
                Err(error) => {
                    if matches!(
                        error,
                        HsmError::WrongPin { .. } | HsmError::PinLocked { .. }
                    ) {
                        *self = Self::Refused(error.clone());
                    }
                    return Err(gone_if_ambiguous(error));
                }
            }
        }
        match self {
            Self::In(login) => Ok(login),
            Self::Out | Self::Refused(_) => Err(HsmError::Binding("not logged in".to_owned())),
        }
    }

    /// Closes the sessions, and with them the login, if nobody else in this process has it open.
    pub(crate) fn close(&mut self, live: &Live<'_>) {
        if let Self::In(login) = std::mem::replace(self, Self::Out)
            && login.generation == live.generation
        {
            login.idle.into_iter().for_each(close);
            close(login.sentinel);
        }
    }
}

fn log_in(live: &Live<'_>, config: &OneToken) -> Result<LoggedIn, HsmError> {
    let slot = find_slot(live, &config.token.label)?;
    // `no_drop`, here and in the pool: sessions are closed by hand, because one of an older
    // generation must not be.
    let sentinel = live.pkcs11.open_ro_session_no_drop(slot)?;
    match sentinel.login(UserType::User, Some(&config.token.pin.to_auth_pin())) {
        // The second: another pool of this process was first.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(LoggedIn {
            generation: live.generation,
            slot,
            sentinel,
            idle: Vec::new(),
        }),
        Err(refusal) => {
            close(sentinel);
            Err(pin_refusal(refusal, &config.token.label))
        }
    }
}

pub(crate) fn pin_refusal(refusal: Error, label: &str) -> HsmError {
    let label = label.to_owned();
    let Error::Pkcs11(code, _) = refusal else {
        return refusal.into();
    };
    if matches!(
        code,
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange
    ) {
        HsmError::WrongPin { label }
    } else if code == RvError::PinLocked {
        HsmError::PinLocked { label }
    } else {
        refusal.into()
    }
}

/// There is no session yet to ask whether the token is alive. A module that cannot even list its
/// slots has lost it.
pub(crate) fn gone_if_ambiguous(error: HsmError) -> HsmError {
    if error.is_ambiguous() {
        HsmError::TokenGone {
            label: String::new(),
            detail: error.to_string(),
        }
    } else {
        error
    }
}

/// The slot of the token of that label. A slot that cannot be asked may be another token's, and
/// only matters when no other slot has the label.
pub(crate) fn find_slot(live: &Live<'_>, label: &str) -> Result<Slot, HsmError> {
    let (mut found, mut unasked) = (None, None);
    // Not `get_slots_with_initialized_token`: it gives up at the first slot that does not answer.
    for slot in live.pkcs11.get_slots_with_token()? {
        match live.pkcs11.get_token_info(slot) {
            Ok(info) if info.token_initialized() && info.label().trim_end() == label => {
                if found.is_some() {
                    return Err(HsmError::TokenAmbiguous {
                        label: label.to_owned(),
                    });
                }
                found = Some(slot);
            }
            Ok(_) => {}
            Err(error) => unasked = Some(error),
        }
    }
    match (found, unasked) {
        (Some(slot), _) => Ok(slot),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Err(HsmError::TokenNotFound {
            label: label.to_owned(),
        }),
    }
}

/// Closes a session of the present generation. A refusal changes nothing for us: the session is
/// not used again, and a dead token has closed it already.
pub(crate) fn close(session: Session) {
    drop(session.close());
}
