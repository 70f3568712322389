//! One PKCS#11 context per process and module, and its restart.
//!
//! `C_Initialize` counts for the whole process: a second one can crash a module, and `C_Finalize`
//! pulls the ground from under every thread inside the module. So contexts live in one registry,
//! every call into the module happens between [`Context::enter`] and the drop of what it returns,
//! and a restart waits until nobody is inside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use crate::HsmError;
use crate::error::describe;

/// Contexts by canonical module path. Never emptied: a module stays loaded until the process ends.
static CONTEXTS: Mutex<BTreeMap<PathBuf, Arc<Context>>> = Mutex::new(BTreeMap::new());

/// A loaded and initialised module.
pub(crate) struct Context {
    module: PathBuf,
    live: RwLock<Live>,
}

/// The module between one `C_Initialize` and the next `C_Finalize`.
pub(crate) struct Live {
    pub(crate) pkcs11: Pkcs11,
    /// Counts restarts. Handles of sessions and objects are only valid in the generation they come
    /// from; numbers repeat in the next one, so a stale handle must not even be closed.
    pub(crate) generation: u64,
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
        let live = RwLock::new(Live {
            pkcs11,
            generation: 0,
        });
        let context = Arc::new(Self {
            module: canonical.clone(),
            live,
        });
        contexts.insert(canonical, Arc::clone(&context));
        Ok(context)
    }

    /// Enters the module: until the guard is dropped it cannot be restarted. Do not enter twice on
    /// one thread: a restart waiting in between would deadlock both.
    pub(crate) fn enter(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// `C_Finalize` and `C_Initialize`, unless another thread did so since the caller saw
    /// generation `seen`: many threads meet a dead token at once and one restart serves them all.
    pub(crate) fn restart(&self, seen: u64) -> Result<(), HsmError> {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if live.generation != seen {
            return Ok(());
        }
        // From here on every handle is dead, whatever the calls below answer.
        live.generation += 1;
        match live.pkcs11.clone().finalize() {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => {}
            Err(error) => return Err(unusable(&self.module, &error)),
        }
        initialize(&self.module, &live.pkcs11)
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
