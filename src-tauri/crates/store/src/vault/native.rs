//! The keyring where the operating system has one of its own: Keychain Services on macOS, the Credential Manager on Windows.
//! Belongs here: calls to `keyring` and what its errors mean there. Not here: Linux (`secret_service`).

use keyring::Entry;
use zeroize::Zeroizing;

use super::{
    SERVICE,
    lane::{Gone, Prompts},
};
use crate::VaultError;

/// The system's store. It asks for a password by itself when it wants one.
#[derive(Debug, Default)]
pub(super) struct Backend;

impl Backend {
    pub(super) fn ready(&mut self, _gone: &mut Gone) -> Result<(), VaultError> {
        match Entry::store_status() {
            Ok(()) => Ok(()),
            Err(error) => Err(VaultError::Absent(error.to_string())),
        }
    }

    pub(super) fn unlock(&mut self, gone: &mut Gone, _prompts: &Prompts) -> Result<(), VaultError> {
        self.ready(gone)
    }

    pub(super) fn get(&mut self, account: &str, _gone: &mut Gone) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        entry(account)?.get_secret().map(Zeroizing::new).map_err(meaning)
    }

    pub(super) fn put(&mut self, account: &str, item: &[u8], _gone: &mut Gone) -> Result<(), VaultError> {
        entry(account)?.set_secret(item).map_err(meaning)
    }

    pub(super) fn remove(&mut self, account: &str, _gone: &mut Gone) -> Result<(), VaultError> {
        entry(account)?.delete_credential().map_err(meaning)
    }
}

fn entry(account: &str) -> Result<Entry, VaultError> {
    Entry::new(SERVICE, account).map_err(meaning)
}

fn meaning(error: keyring::Error) -> VaultError {
    use keyring::Error as E;
    match error {
        E::NoEntry => VaultError::Missing,
        E::NoStorageAccess(reason) => VaultError::Denied(reason.to_string()),
        E::NoDefaultStore => VaultError::Absent("the system offers no credential store".to_owned()),
        E::Ambiguous(_) => VaultError::Foreign("several items have its name".to_owned()),
        E::BadEncoding(_) | E::BadDataFormat(..) => VaultError::Foreign("it cannot be decoded".to_owned()),
        other => VaultError::Failed(other.to_string()),
    }
}
