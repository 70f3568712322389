//! A signing key pair that lives on the token, and its handle across restarts.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use crate::ec_point::read_point;
use crate::handles::{Handles, find_on_each, make_missing};
use crate::pool::{Access, Seat};
use crate::token_object::{find_one, require};
use crate::{Hsm, HsmError};

/// What distinguishes one kind of signing pair from another; `N` is the length of its point.
pub(crate) struct PairKind<const N: usize> {
    pub(crate) key_type: KeyType,
    pub(crate) generate: Mechanism<'static>,
    /// `CKA_EC_PARAMS`, DER.
    pub(crate) curve: &'static [u8],
}

/// A pair found on the token and its clones. Only its public point is kept; the private key is a
/// handle.
pub(crate) struct TokenPair<const N: usize> {
    hsm: Hsm,
    label: String,
    key_type: KeyType,
    point: [u8; N],
    handles: Handles,
}

/// The private half may sign and nothing else, and can neither be read, exported, copied nor
/// changed into one that can.
fn private_policy(key_type: KeyType) -> Vec<Attribute> {
    vec![
        Attribute::KeyType(key_type),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Modifiable(false),
        Attribute::Sign(true),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
    ]
}

impl<const N: usize> TokenPair<N> {
    /// Finds the pair `label`, the same on every token that is up.
    pub(crate) fn find(hsm: &Hsm, label: &str, kind: &PairKind<N>) -> Result<Self, HsmError> {
        let find = |session: &Session| locate(session, label, kind.key_type);
        let (point, handles) = find_on_each(hsm, label, find)?;
        Ok(Self {
            hsm: hsm.clone(),
            label: label.to_owned(),
            key_type: kind.key_type,
            point,
            handles,
        })
    }

    /// Finds the pair `label`, or makes it.
    pub(crate) fn ensure(hsm: &Hsm, label: &str, kind: &PairKind<N>) -> Result<Self, HsmError> {
        let find = || Self::find(hsm, label, kind);
        // `make_missing` may come back to a key it made whose answer was lost.
        make_missing(hsm, find, |session| {
            match locate::<N>(session, label, kind.key_type) {
                Err(HsmError::KeyMissing { .. }) => generate(session, label, kind),
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            }
        })
    }

    pub(crate) fn point(&self) -> &[u8; N] {
        &self.point
    }

    pub(crate) fn sign(&self, mechanism: &Mechanism, data: &[u8]) -> Result<Vec<u8>, HsmError> {
        self.hsm.tokens.run(Access::ReadOnly, |seat| {
            let handle = self.handle_at(seat)?;
            Ok(seat.session.sign(mechanism, handle, data)?)
        })
    }

    /// The private key's handle where `seat` is; looked up again on another token or after a
    /// restart, and the key must be the same one: a token exchanged for another with the same
    /// labels must not sign.
    fn handle_at(&self, seat: &Seat<'_>) -> Result<ObjectHandle, HsmError> {
        self.handles.at(seat, |session| {
            let (handle, point) = locate::<N>(session, &self.label, self.key_type)?;
            if point == self.point {
                Ok(handle)
            } else {
                Err(HsmError::KeyChanged {
                    label: self.label.clone(),
                })
            }
        })
    }
}

fn locate<const N: usize>(
    session: &Session,
    label: &str,
    key_type: KeyType,
) -> Result<(ObjectHandle, [u8; N]), HsmError> {
    let private = find_one(session, ObjectClass::PRIVATE_KEY, label)?;
    require(session, private, label, &private_policy(key_type))?;
    let public = find_one(session, ObjectClass::PUBLIC_KEY, label)?;
    Ok((private, read_point(session, public)?))
}

fn generate<const N: usize>(
    session: &Session,
    label: &str,
    kind: &PairKind<N>,
) -> Result<(), HsmError> {
    let name = || {
        [
            Attribute::Token(true),
            Attribute::Label(label.into()),
            Attribute::Id(label.into()),
        ]
    };
    let mut public = Vec::from(name());
    public.push(Attribute::EcParams(kind.curve.to_vec()));
    public.push(Attribute::Verify(true));
    public.push(Attribute::Modifiable(false));
    let mut private = Vec::from(name());
    private.extend(private_policy(kind.key_type));
    session.generate_key_pair(&kind.generate, &public, &private)?;
    Ok(())
}
