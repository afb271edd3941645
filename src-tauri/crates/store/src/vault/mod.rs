//! The vault: credentials in the keyring of the operating system, or in memory for this run only. Never in plain text anywhere.
//! Belongs here: reading, writing and removing one item, and what the keyring's answers mean. Not here: which connection an item
//! belongs to, and the order of writes (`two_phase`).

mod item;
mod lane;
#[cfg(not(all(unix, not(target_os = "macos"))))]
#[path = "native.rs"]
mod platform;
#[cfg(all(unix, not(target_os = "macos")))]
#[path = "secret_service.rs"]
mod platform;
#[cfg(all(unix, not(target_os = "macos")))]
mod prompt;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub(crate) use item::{Sealed, open, seal};

use self::lane::Lane;
use crate::{VaultError, lease::Lease};

/// The service that every item of this program names in the keyring; the account is a fresh random id per version of an item.
const SERVICE: &str = "claimcheck";

/// Which vault to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultChoice {
    /// The keyring of the operating system.
    Keyring,
    /// Memory only: secrets live as long as the process.
    Memory,
}

impl VaultChoice {
    /// Whether a secret could be kept now. Looks at the keyring only: no library is opened, and so none is made.
    ///
    /// # Errors
    /// The reason why it could not.
    pub async fn ready(self) -> Result<(), VaultError> {
        match self {
            VaultChoice::Memory => Ok(()),
            VaultChoice::Keyring => Vault::new(self).ready().await,
        }
    }
}

/// How the vault is at this moment. May be asked again at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum VaultStatus {
    /// Open: secrets can be read and written.
    Ready,
    /// Secrets are kept for this run only, as chosen at the start.
    Memory,
    /// There is no keyring service; `detail` says what was missing.
    Absent {
        /// What the system said.
        detail: String,
    },
    /// Locked, or without a collection yet: [`crate::Store::unlock`] asks for the password.
    Locked,
    /// The keyring refuses this program.
    Denied {
        /// What the system said.
        detail: String,
    },
    /// It is there but does not work; `detail` says why.
    Failed {
        /// What the system said.
        detail: String,
    },
}

/// Where credentials are kept.
#[derive(Debug)]
pub(crate) struct Vault {
    keyring: Option<Lane>,
    memory: Mutex<HashMap<String, Zeroizing<Vec<u8>>>>,
}

impl Vault {
    pub(crate) fn new(choice: VaultChoice) -> Self {
        let keyring = (choice == VaultChoice::Keyring).then(Lane::default);
        Self { keyring, memory: Mutex::default() }
    }

    /// Whether items can be kept beyond this run.
    pub(crate) fn is_keyring(&self) -> bool {
        self.keyring.is_some()
    }

    /// Fails with the reason if an item could not be written now.
    pub(crate) async fn ready(&self) -> Result<(), VaultError> {
        self.lane()?.run(|backend, gone| backend.ready(gone)).await
    }

    /// Answers within three seconds, whatever the keyring does.
    pub(crate) async fn status(&self) -> VaultStatus {
        let Some(lane) = &self.keyring else { return VaultStatus::Memory };
        match lane.glance(|backend, gone| backend.ready(gone)).await {
            Ok(()) => VaultStatus::Ready,
            Err(VaultError::Absent(detail)) => VaultStatus::Absent { detail },
            Err(VaultError::Locked | VaultError::Dismissed) => VaultStatus::Locked,
            Err(VaultError::Denied(detail)) => VaultStatus::Denied { detail },
            Err(other) => VaultStatus::Failed { detail: other.to_string() },
        }
    }

    /// Lets the keyring ask the person for its password.
    pub(crate) async fn unlock(&self) -> Result<(), VaultError> {
        match &self.keyring {
            Some(lane) => lane.ask(|backend, gone, prompts| backend.unlock(gone, prompts)).await,
            None => Ok(()),
        }
    }

    pub(crate) async fn get(&self, account: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let account = account.to_owned();
        self.lane()?.run(move |backend, gone| backend.get(&account, gone)).await
    }

    /// Writes an item. The lease is held until the keyring has really answered, even if the caller gave up before.
    pub(crate) async fn put(&self, account: &str, item: Zeroizing<Vec<u8>>, lease: &Lease) -> Result<(), VaultError> {
        let (account, lease) = (account.to_owned(), lease.clone());
        self.lane()?
            .run(move |backend, gone| {
                let _held = lease;
                backend.put(&account, &item, gone)
            })
            .await
    }

    /// Removes an item; one that is not there counts as removed.
    pub(crate) async fn remove(&self, account: &str, lease: &Lease) -> Result<(), VaultError> {
        let (account, lease) = (account.to_owned(), lease.clone());
        let removed = self
            .lane()?
            .run(move |backend, gone| {
                let _held = lease;
                backend.remove(&account, gone)
            })
            .await;
        match removed {
            Err(VaultError::Missing) => Ok(()),
            other => other,
        }
    }

    /// Keeps an item for this run.
    pub(crate) fn remember(&self, account: &str, item: Zeroizing<Vec<u8>>) {
        self.remembered().insert(account.to_owned(), item);
    }

    /// What [`Self::remember`] kept.
    pub(crate) fn recall(&self, account: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.remembered().get(account).cloned()
    }

    pub(crate) fn forget(&self, account: &str) {
        self.remembered().remove(account);
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<String, Zeroizing<Vec<u8>>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane(&self) -> Result<&Lane, VaultError> {
        self.keyring.as_ref().ok_or_else(|| VaultError::Absent("secrets are kept in memory only, as chosen".to_owned()))
    }
}
