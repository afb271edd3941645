//! The vault.
use serde::{Deserialize, Serialize};

/// Which vault to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultChoice {
    /// The keyring of the operating system.
    Keyring,
    /// Memory only: secrets live as long as the process.
    Memory,
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
    /// Locked: [`crate::Store::unlock`] asks for the password.
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
