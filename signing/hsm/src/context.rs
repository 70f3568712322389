//! One PKCS#11 context per process and module, and its restart.
//!
//! `C_Initialize` counts for the whole process: a second one can crash a module, and `C_Finalize`
//! pulls the ground from under every thread inside the module. So contexts live in one registry,
//! every call into the module happens between [`Context::enter`] and the drop of what it returns,
//! and a restart waits until nobody is inside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use crate::HsmError;
use crate::error::describe;
use crate::gate::{Gate, Inside};

/// Contexts by canonical module path. Never emptied: a module stays loaded until the process ends.
static CONTEXTS: Mutex<BTreeMap<PathBuf, Arc<Context>>> = Mutex::new(BTreeMap::new());

/// How long a restart waits for calls that are inside the module, where nothing else is left to
/// try.
const RESTART_WAIT: Duration = Duration::from_secs(10);
/// The same where another token serves meanwhile, which stops for as long.
const POLITE_RESTART_WAIT: Duration = Duration::from_millis(250);

/// A loaded and initialised module.
pub(crate) struct Context {
    module: PathBuf,
    pkcs11: Pkcs11,
    gate: Gate,
    /// Changes only while the gate is closed.
    generation: AtomicU64,
}

/// Being inside the module, between one `C_Initialize` and the next `C_Finalize`.
pub(crate) struct Live<'a> {
    pub(crate) pkcs11: &'a Pkcs11,
    /// Counts restarts. Handles of sessions and objects are only valid in the generation they come
    /// from; numbers repeat in the next one, so a stale handle must not even be closed.
    pub(crate) generation: u64,
    _inside: Inside<'a>,
}

impl Context {
    /// The process's context for `module`, loaded and initialised by the first caller.
    pub(crate) fn shared(module: &Path) -> Result<Arc<Self>, HsmError> {
        let canonical = module
            .canonicalize()
            .map_err(|_| HsmError::ModuleMissing(module.to_owned()))?;
        // Held while loading, so that two first callers cannot initialise twice.
        let mut contexts = CONTEXTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = contexts.get(&canonical) {
            return Ok(Arc::clone(context));
        }
        let pkcs11 = Pkcs11::new(&canonical).map_err(|error| unusable(&canonical, &error))?;
        initialize(&canonical, &pkcs11)?;
        let context = Arc::new(Self {
            module: canonical.clone(),
            pkcs11,
            gate: Gate::default(),
            generation: AtomicU64::new(0),
        });
        contexts.insert(canonical, Arc::clone(&context));
        Ok(context)
    }

    /// Enters the module: until the guard is dropped it cannot be restarted. Do not enter twice on
    /// one thread: a restart waiting in between would deadlock both.
    pub(crate) fn enter(&self) -> Live<'_> {
        let inside = self.gate.enter();
        Live {
            pkcs11: &self.pkcs11,
            generation: self.generation.load(Ordering::Acquire),
            _inside: inside,
        }
    }

    /// `C_Finalize` and `C_Initialize`, unless another thread did so since the caller saw
    /// generation `seen`: many threads meet a dead token at once and one restart serves them all.
    ///
    /// # Errors
    /// [`HsmError::ModuleUnusable`] when it does not start again, or when a call has hung inside
    /// it for ten seconds.
    pub(crate) fn restart(&self, seen: u64) -> Result<(), HsmError> {
        self.restart_within(seen, RESTART_WAIT)
    }

    /// As [`Context::restart`], while another token of the module serves: gives up at once when a
    /// call hangs inside.
    pub(crate) fn restart_politely(&self, seen: u64) -> Result<(), HsmError> {
        self.restart_within(seen, POLITE_RESTART_WAIT)
    }

    fn restart_within(&self, seen: u64, wait: Duration) -> Result<(), HsmError> {
        let Some(_closed) = self.gate.close(wait) else {
            return Err(HsmError::ModuleUnusable {
                module: self.module.clone(),
                detail: "a call hangs inside it, so that it cannot be started again".to_owned(),
            });
        };
        if self.generation.load(Ordering::Acquire) != seen {
            return Ok(());
        }
        // From here on every handle is dead, whatever the calls below answer.
        self.generation.fetch_add(1, Ordering::AcqRel);
        match self.pkcs11.clone().finalize() {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => {}
            Err(error) => return Err(unusable(&self.module, &error)),
        }
        initialize(&self.module, &self.pkcs11)
    }
}

fn initialize(module: &Path, pkcs11: &Pkcs11) -> Result<(), HsmError> {
    match pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(unusable(module, &error)),
    }
}

fn unusable(module: &Path, error: &Error) -> HsmError {
    HsmError::ModuleUnusable {
        module: module.to_owned(),
        detail: describe(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_module_names_its_path_and_the_package() {
        let error = Context::shared(Path::new("/nonexistent/p11.so"))
            .err()
            .unwrap();
        assert!(matches!(error, HsmError::ModuleMissing(_)));
        let text = error.to_string();
        assert!(
            text.contains("/nonexistent/p11.so") && text.contains("softhsm2"),
            "{text}"
        );
    }

    #[test]
    fn a_file_that_is_no_module_is_refused() {
        let error = Context::shared(Path::new("/etc/hostname")).err().unwrap();
        assert!(matches!(error, HsmError::ModuleUnusable { .. }), "{error}");
    }
}
