//! Everything that can go wrong here.
//! Belongs here: one variant per thing a caller can act on. Not here: exit codes, words of the window.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller of the store can act on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The keyring refused or is not there; the variant inside says which.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// No connection has this id or name.
    #[error("There is no connection {0}. The saved ones are listed by `connection list`.")]
    NoConnection(String),
    /// Another connection already has this name.
    #[error("There is already a connection named \"{0}\". Choose another name.")]
    NameTaken(String),
    /// No saved API definition has this id or name.
    #[error("There is no imported API {0}. The imported ones are listed by `definition list`.")]
    NoDefinition(String),
    /// Another API definition already has this name.
    #[error("There is already an imported API named \"{0}\". Choose another name.")]
    DefinitionNameTaken(String),
    /// The name is empty.
    #[error("A name is needed.")]
    NameEmpty,
    /// The secret was kept for one run only, and that run is over.
    #[error("The secret of \"{0}\" was kept in memory only and is gone. Enter it again.")]
    SecretNotKept(String),
    /// The data folder cannot be made, read or written.
    #[error("The data folder {} cannot be used: {reason}. Check that it exists, that it is yours and writable.", path.display())]
    Folder {
        /// The folder or the file in it.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// No space is left for the library. Nothing was changed; the next attempt may succeed.
    #[error("The disk of {} is full; nothing was saved. Free some space and try again.", .0.display())]
    DiskFull(PathBuf),
    /// The library was written by a newer version.
    #[error("The library {} was written by a newer version (schema {found}; this version knows up to {known}). Update the program.", path.display())]
    NewerSchema {
        /// The library.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// Another process holds the library for longer than the waiting time.
    #[error("The library {} is in use by another process. Try again.", .0.display())]
    Busy(PathBuf),
    /// The library turned out to be damaged while it was in use. It is set aside when it is opened the next time.
    #[error("The library {} is damaged. Start again: it will be set aside under a new name and a fresh one made.", .0.display())]
    Damaged(PathBuf),
    /// SQLite refused for another reason.
    #[error("The library {} cannot be used: {reason}", path.display())]
    Library {
        /// The library.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

impl Error {
    /// Stable word for programs: `keyring_absent`, `name_taken`, ...
    pub fn code(&self) -> &'static str {
        match self {
            Self::Vault(error) => error.code(),
            Self::NoConnection(_) => "no_connection",
            Self::NameTaken(_) => "name_taken",
            Self::NoDefinition(_) => "no_definition",
            Self::DefinitionNameTaken(_) => "definition_name_taken",
            Self::NameEmpty => "name_empty",
            Self::SecretNotKept(_) => "secret_not_kept",
            Self::Folder { .. } => "data_folder",
            Self::DiskFull(_) => "disk_full",
            Self::NewerSchema { .. } => "newer_schema",
            Self::Busy(_) => "library_busy",
            Self::Damaged(_) => "library_damaged",
            Self::Library { .. } => "library",
        }
    }
}

/// What the keyring answered when it did not do as asked. Each has its own way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// No session bus, or nothing on it that keeps secrets.
    #[error("No keyring service was found ({0}). Start one (for example gnome-keyring) and try again.")]
    Absent(String),
    /// The keyring is there but locked, or has no collection yet.
    #[error("The keyring is locked. Unlock it and try again.")]
    Locked,
    /// The person closed the unlock prompt.
    #[error("The keyring's prompt was dismissed. Try again when you want to unlock it.")]
    Dismissed,
    /// The keyring is there and refuses this program.
    #[error("The keyring denied access ({0}). Allow this program in the keyring's settings, and try again.")]
    Denied(String),
    /// The item is gone: someone removed it in the keyring.
    #[error("The keyring no longer holds the secret. Enter it again.")]
    Missing,
    /// The item is there but was not written by this program.
    #[error("The keyring item is not one of ours ({0}). Enter the secret again.")]
    Foreign(String),
    /// The value is larger than can be kept.
    #[error("The secret is too large ({0} bytes). At most 1 MiB can be kept.")]
    TooLarge(usize),
    /// No answer within so many seconds.
    #[error("The keyring did not answer within {0} s. Try again; if it stays silent, restart the keyring service.")]
    TimedOut(u64),
    /// The keyring failed for another reason.
    #[error("The keyring failed ({0}). Try again.")]
    Failed(String),
}

impl VaultError {
    /// Stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent(_) => "keyring_absent",
            Self::Locked => "keyring_locked",
            Self::Dismissed => "keyring_dismissed",
            Self::Denied(_) => "keyring_denied",
            Self::Missing => "keyring_item_missing",
            Self::Foreign(_) => "keyring_item_foreign",
            Self::TooLarge(_) => "secret_too_large",
            Self::TimedOut(_) => "keyring_timed_out",
            Self::Failed(_) => "keyring_failed",
        }
    }
}
