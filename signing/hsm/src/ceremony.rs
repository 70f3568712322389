//! A wrapping key that needs two persons: one sets its trust, the other takes it into use.
//!
//! `CKA_TRUSTED` can be set by the security officer alone (PKCS#11 v2.40, section 4.9), and the
//! security officer cannot see the user's private objects. So neither can do it alone:
//!
//! 1. [`Ceremony::draft`], the security officer's PIN: makes a trusted AES key, public for now
//!    (a security officer can make no private object), labelled `<label>.draft`;
//! 2. [`Ceremony::seal`], the user's PIN: holds the draft to its policy, copies it to a private key
//!    that nobody can modify, and destroys the draft.
//!
//! Each step logs in and out and knows one PIN. Both are safe to repeat. Between the two steps the
//! key could be copied with other attributes by whoever holds the user's PIN: that is why both
//! persons and a witness stay in the room, and why [`Ceremony::seal`] ends by listing every secret
//! key of the token.
//!
//! The order is SoftHSM 2.6.1's, which lets the security officer set the trust at creation only.
//! Other tokens let the user make the key and the officer set `CKA_TRUSTED` afterwards: use the
//! vendor's tool there; [`crate::Hsm::find_wrapping_key`] proves the result all the same.

use std::path::Path;
use std::sync::Arc;

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};

use crate::context::Context;
use crate::login::{close, find_slot, pin_refusal};
use crate::token_object::{check_label, find_one, require};
use crate::token_secret::{KEY_BYTES, Usage};
use crate::unwrap_template::{Confinement, unwrap_template};
use crate::{HsmError, Secret};

/// A secret key as the minutes of the ceremony name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKeyRecord {
    /// Its label on the token.
    pub label: String,
    /// `CKA_CHECK_VALUE`: the first three bytes of a block of zeros encrypted with it. Tells two
    /// keys apart and reveals nothing of either. Empty where the token keeps none.
    pub check_value: Vec<u8>,
    /// `CKA_TRUSTED`.
    pub trusted: bool,
}

/// The token on which a wrapping key is made. No service may be logged in on it in this process.
pub struct Ceremony {
    context: Arc<Context>,
    token: String,
}

impl Ceremony {
    /// Loads the module; the token of that label must be there when a step runs.
    ///
    /// # Errors
    /// [`HsmError::ModuleMissing`], [`HsmError::ModuleUnusable`].
    pub fn open(module: &Path, token_label: &str) -> Result<Self, HsmError> {
        Ok(Self {
            context: Context::shared(module)?,
            token: token_label.to_owned(),
        })
    }

    /// The security officer's step: a trusted draft of the wrapping key `label`. One that is
    /// there already is kept.
    ///
    /// # Errors
    /// [`HsmError::WrongPin`], [`HsmError::LoginTaken`], [`HsmError::KeyDuplicated`].
    pub fn draft(&self, so_pin: &Secret, label: &str) -> Result<SecretKeyRecord, HsmError> {
        check_label(label)?;
        let draft = draft_label(label);
        check_label(&draft)?;
        self.logged_in(UserType::So, so_pin, |session| {
            let key = match find_one(session, ObjectClass::SECRET_KEY, &draft) {
                Err(HsmError::KeyMissing { .. }) => {
                    session.generate_key(&Mechanism::AesKeyGen, &draft_template(&draft)?)?
                }
                found => found?,
            };
            require(session, key, &draft, &draft_policy())?;
            record(session, key)
        })
    }

    /// The user's step: takes the draft of `label` into use, and lists every secret key that is on
    /// the token afterwards. Who leads the ceremony accounts for each of them.
    ///
    /// # Errors
    /// [`HsmError::KeyMissing`] when there is neither draft nor key, [`HsmError::KeyWeak`] when the
    /// draft is not what the first step makes, [`HsmError::KeyExists`] when `label` is another
    /// key, [`HsmError::WrongPin`], [`HsmError::LoginTaken`].
    pub fn seal(&self, user_pin: &Secret, label: &str) -> Result<Vec<SecretKeyRecord>, HsmError> {
        check_label(label)?;
        let draft = draft_label(label);
        self.logged_in(UserType::User, user_pin, |session| {
            let present = match find_one(session, ObjectClass::SECRET_KEY, label) {
                Err(HsmError::KeyMissing { .. }) => None,
                found => Some(found?),
            };
            match find_one(session, ObjectClass::SECRET_KEY, &draft) {
                Ok(key) => seal_draft(session, key, present, label)?,
                // An earlier run was cut short after its last step.
                Err(HsmError::KeyMissing { .. }) if present.is_some() => {}
                Err(error) => return Err(error),
            }
            secret_keys(session)
        })
    }

    /// Destroys a draft that was left over beside the key `label`, which must be there and trusted.
    ///
    /// # Errors
    /// [`HsmError::KeyMissing`], [`HsmError::KeyWeak`], [`HsmError::WrongPin`],
    /// [`HsmError::LoginTaken`].
    pub fn discard_draft(&self, user_pin: &Secret, label: &str) -> Result<(), HsmError> {
        check_label(label)?;
        self.logged_in(UserType::User, user_pin, |session| {
            let key = find_one(session, ObjectClass::SECRET_KEY, label)?;
            require(session, key, label, &sealed_policy())?;
            match find_one(session, ObjectClass::SECRET_KEY, &draft_label(label)) {
                Err(HsmError::KeyMissing { .. }) => Ok(()),
                found => Ok(session.destroy_object(found?)?),
            }
        })
    }

    /// Every secret key of the token, as the user sees them.
    ///
    /// # Errors
    /// [`HsmError::WrongPin`], [`HsmError::LoginTaken`].
    pub fn inventory(&self, user_pin: &Secret) -> Result<Vec<SecretKeyRecord>, HsmError> {
        self.logged_in(UserType::User, user_pin, secret_keys)
    }

    /// Runs `work` logged in as `who`, and logs out whatever it answers.
    fn logged_in<T>(
        &self,
        who: UserType,
        pin: &Secret,
        work: impl FnOnce(&Session) -> Result<T, HsmError>,
    ) -> Result<T, HsmError> {
        let live = self.context.enter();
        let slot = find_slot(&live, &self.token)?;
        let session = live.pkcs11.open_rw_session_no_drop(slot)?;
        let answer = match session.login(who, Some(&pin.to_auth_pin())) {
            Ok(()) => {
                let answer = work(&session);
                session.logout()?;
                answer
            }
            Err(error) => Err(login_refusal(error, &self.token)),
        };
        close(session);
        answer
    }
}

/// Both steps at once, for development and tests, where one process knows both PINs. Nothing
/// happens when the token has the key already.
///
/// # Errors
/// As [`Ceremony::draft`] and [`Ceremony::seal`].
pub fn make_for_development(
    module: &Path,
    token_label: &str,
    so_pin: &Secret,
    user_pin: &Secret,
    label: &str,
) -> Result<(), HsmError> {
    let ceremony = Ceremony::open(module, token_label)?;
    let there = ceremony.inventory(user_pin)?;
    if there.iter().any(|key| key.label == label) {
        return Ok(());
    }
    ceremony.draft(so_pin, label)?;
    ceremony.seal(user_pin, label).map(drop)
}

fn draft_label(label: &str) -> String {
    format!("{label}.draft")
}

/// What the draft must be: already all that the key will be, but public and modifiable.
fn draft_policy() -> Vec<Attribute> {
    let mut policy = Usage::Wrap.policy();
    policy
        .retain(|attribute| !matches!(attribute, Attribute::Private(_) | Attribute::Modifiable(_)));
    policy.extend([
        Attribute::Trusted(true),
        Attribute::Private(false),
        Attribute::Modifiable(true),
    ]);
    policy
}

fn sealed_policy() -> Vec<Attribute> {
    let mut policy = Usage::Wrap.policy();
    policy.push(Attribute::Trusted(true));
    policy
}

fn draft_template(label: &str) -> Result<Vec<Attribute>, HsmError> {
    let mut template = draft_policy();
    template.extend([
        Attribute::Token(true),
        Attribute::Label(label.into()),
        Attribute::ValueLen(KEY_BYTES.into()),
        unwrap_template(Confinement::UnderTrusted)?,
    ]);
    Ok(template)
}

/// Commit point: the copy. A crash after it leaves key and draft, and the next run destroys the
/// draft; a crash before it leaves the draft alone.
fn seal_draft(
    session: &Session,
    draft: ObjectHandle,
    present: Option<ObjectHandle>,
    label: &str,
) -> Result<(), HsmError> {
    require(session, draft, &draft_label(label), &draft_policy())?;
    if let Some(present) = present {
        if record(session, present)?.check_value != record(session, draft)?.check_value {
            return Err(HsmError::KeyExists {
                label: label.to_owned(),
            });
        }
    } else {
        // `Modifiable` last: SoftHSM applies them in order.
        let sealed = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Label(label.into()),
            Attribute::Id(label.into()),
            Attribute::Modifiable(false),
        ];
        session.copy_object(draft, &sealed)?;
    }
    let key = find_one(session, ObjectClass::SECRET_KEY, label)?;
    require(session, key, label, &sealed_policy())?;
    Ok(session.destroy_object(draft)?)
}

fn secret_keys(session: &Session) -> Result<Vec<SecretKeyRecord>, HsmError> {
    let every = [
        Attribute::Token(true),
        Attribute::Class(ObjectClass::SECRET_KEY),
    ];
    let found = session.find_objects(&every)?;
    found.into_iter().map(|key| record(session, key)).collect()
}

fn record(session: &Session, key: ObjectHandle) -> Result<SecretKeyRecord, HsmError> {
    let kinds = [
        AttributeType::Label,
        AttributeType::CheckValue,
        AttributeType::Trusted,
    ];
    let mut record = SecretKeyRecord {
        label: String::new(),
        check_value: Vec::new(),
        trusted: false,
    };
    for attribute in session.get_attributes(key, &kinds)? {
        if let Attribute::Label(label) = attribute {
            record.label = String::from_utf8_lossy(&label).into_owned();
        } else if let Attribute::CheckValue(value) = attribute {
            record.check_value = value;
        } else if let Attribute::Trusted(trusted) = attribute {
            record.trusted = trusted;
        }
    }
    Ok(record)
}

fn login_refusal(error: Error, token: &str) -> HsmError {
    let logged_in = matches!(
        error,
        Error::Pkcs11(
            RvError::UserAlreadyLoggedIn
                | RvError::UserAnotherAlreadyLoggedIn
                | RvError::SessionReadOnlyExists,
            _
        )
    );
    if logged_in {
        HsmError::LoginTaken
    } else {
        pin_refusal(error, token)
    }
}
