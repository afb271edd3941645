//! The state that the whole window hangs on, the keyring's state, and where everything is stored.

use crate::{
    Desk, Result,
    wire::{Overview, StoragePlace, VaultView},
};
use std::sync::atomic::Ordering;
use store::{Notice, VaultStatus};

impl Desk {
    /// Everything that the frame of the window shows.
    ///
    /// # Errors
    /// When the library cannot be opened or read.
    pub async fn overview(&self) -> Result<Overview> {
        let current = self.current_connection().await?;
        Ok(Overview {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            connections: self.connections().await?,
            current,
            token: current.and_then(|id| self.token_life(id)),
            vault: self.vault().await?,
            gateway: self.gateway().await,
            notices: self.notices().await?,
        })
    }

    /// State of the keyring, asked anew.
    ///
    /// # Errors
    /// When the library cannot be opened.
    pub async fn vault(&self) -> Result<VaultView> {
        let status = self.store().await?.vault_status().await;
        Ok(VaultView { memory_only: self.memory_only(), ..vault_view(&status) })
    }

    /// Asks for the keyring to be unlocked: the system shows its prompt.
    ///
    /// # Errors
    /// When the prompt is dismissed or the keyring refuses or is absent.
    pub async fn unlock_keyring(&self) -> Result<VaultView> {
        let store = self.store().await?;
        store.unlock().await?;
        store.repair().await?;
        self.vault().await
    }

    /// Looks again whether the keyring is there, and finishes what waited for it.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn retry_keyring(&self) -> Result<VaultView> {
        self.store().await?.repair().await?;
        self.vault().await
    }

    /// Keeps new secrets in memory only, or in the keyring again.
    ///
    /// # Errors
    /// When the library cannot be opened.
    pub async fn use_memory_only(&self, on: bool) -> Result<VaultView> {
        self.memory_only.store(on, Ordering::Relaxed);
        self.vault().await
    }

    pub(crate) fn memory_only(&self) -> bool {
        self.memory_only.load(Ordering::Relaxed)
    }

    /// Where everything is stored: the honest page.
    #[must_use]
    pub fn storage(&self) -> Vec<StoragePlace> {
        let folder = self.setup.folder.display();
        let secrets = if self.memory_only() { "memory of this program" } else { "OS keyring" };
        vec![
            place(
                "Client secrets, with client ID and domain",
                secrets,
                "Encrypted at rest by the keyring while it is locked. Programs that you run may read an unlocked keyring.",
            ),
            place("Access tokens", "memory of this program", "Gone when the program ends."),
            place(
                "Connections (without secrets), history of URLs",
                &format!("{folder}/library.sqlite"),
                "Readable by you only (0600). Headers and bodies of requests are not kept.",
            ),
            place(
                "What the web engine of the window keeps",
                &format!("{folder}/window"),
                "Readable by you only. No secret is shown in the window unless you reveal it.",
            ),
            place(
                "Response bodies above 256 KiB",
                "temporary files without a name",
                "Gone with the response; no other program can open them by name.",
            ),
            place("Keys of the local gateway", "memory of this program", "Made anew at every start."),
        ]
    }
}

fn place(what: &str, place: &str, protection: &str) -> StoragePlace {
    StoragePlace { what: what.to_owned(), place: place.to_owned(), protection: protection.to_owned() }
}

fn vault_view(status: &VaultStatus) -> VaultView {
    let (state, message, next) = match status {
        VaultStatus::Ready => ("ready", "The keyring is open: secrets are kept in it.".to_owned(), ""),
        VaultStatus::Memory => ("ready", "Secrets are kept in memory until the program ends.".to_owned(), ""),
        VaultStatus::Absent { detail } => (
            "absent",
            format!("There is no keyring service on this session ({detail})."),
            "Start one, for example gnome-keyring or KWallet, and try again; or go on with secrets in memory only.",
        ),
        VaultStatus::Locked => {
            ("locked", "The keyring is locked.".to_owned(), "Unlock it, or go on with secrets in memory only.")
        }
        VaultStatus::Denied { detail } => (
            "denied",
            format!("The keyring denies access to this program ({detail})."),
            "Allow Claimcheck in the keyring's settings and try again; or go on with secrets in memory only.",
        ),
        VaultStatus::Failed { detail } => (
            "failed",
            format!("The keyring does not work ({detail})."),
            "Restart the keyring service and try again; or go on with secrets in memory only.",
        ),
    };
    VaultView { state: state.to_owned(), message, next: next.to_owned(), memory_only: false }
}

/// A notice of the store, for a person.
pub(crate) fn told(notice: &Notice) -> String {
    match notice {
        Notice::SetAside { path, reason } => format!(
            "The library was damaged ({reason}). It was set aside as {} and a fresh one made. Secrets are still in the keyring; connections have to be entered again.",
            path.display()
        ),
        Notice::Repaired { count: 1 } => "A change that had been cut short was finished or undone.".to_owned(),
        Notice::Repaired { count } => format!("{count} changes that had been cut short were finished or undone."),
        Notice::RepairPostponed { reason } => {
            format!("A change that had been cut short will be finished when the keyring can be reached ({reason}).")
        }
    }
}
