//! Where SoftHSM is installed on this machine.

use std::path::PathBuf;

use crate::SoftHsmError;

/// Debian and Ubuntu first, then Fedora, then a build from source.
const MODULE_PLACES: [&str; 6] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// The path of SoftHSM's PKCS#11 module.
///
/// # Errors
/// [`SoftHsmError::ModuleMissing`], whose text names the package to install.
pub(crate) fn locate_module() -> Result<PathBuf, SoftHsmError> {
    first_existing(&MODULE_PLACES)
}

fn first_existing(places: &[&str]) -> Result<PathBuf, SoftHsmError> {
    places
        .iter()
        .map(PathBuf::from)
        .find(|place| place.is_file())
        .ok_or(SoftHsmError::ModuleMissing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_softhsm_is_told_what_to_install() {
        let error = first_existing(&["/nonexistent/libsofthsm2.so"]).unwrap_err();
        assert!(
            error.to_string().contains("apt-get install softhsm2"),
            "{error}"
        );
    }

    #[test]
    fn this_machine_has_softhsm() {
        if let Err(error) = locate_module() {
            panic!("{error}");
        }
    }
}
