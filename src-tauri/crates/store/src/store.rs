//! The store: what a caller may ask of vault and library.
//! Belongs here: the public methods. Not here: how they are done (`two_phase`, `library`, `vault`).

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    Connection, ConnectionDraft, ConnectionId, Credentials, Deleted, Error, HistoryEntry, HistoryFilter,
    NewHistoryEntry, Result, SecretChange, VaultChoice, VaultError, VaultStatus,
    lease::Lease,
    library::{Library, make_folder},
    two_phase::Repair,
    vault::Vault,
};

/// The file that is locked while the library is opened, made or set aside.
const OPENING: &str = "library.lock";

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Something that happened while opening and that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The library was damaged; it now lies beside the fresh one.
    SetAside {
        /// Where the damaged file is now.
        path: PathBuf,
        /// What was wrong with it.
        reason: String,
    },
    /// A save or deletion that had been cut short was finished or undone.
    Repaired {
        /// How many.
        count: u32,
    },
    /// Such work waits until the keyring can be reached.
    RepairPostponed {
        /// Why it cannot be reached.
        reason: String,
    },
}

/// An opened store and what there is to say about it.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What a person should know.
    pub notices: Vec<Notice>,
}

/// Vault and library, kept in step. Cheap to clone; every clone is the same store.
///
/// Several processes may use the same folder at once. Methods need a tokio runtime; none blocks it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    clock: Clock,
    library: Library,
    vault: Vault,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("folder", &self.inner.folder).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the library of `folder` (made if missing, for its owner only) and finishes what a crash has left undone. The keyring
    /// may be absent or locked: that is no error here.
    ///
    /// # Errors
    /// [`Error::Folder`], [`Error::DiskFull`], [`Error::NewerSchema`] or [`Error::Busy`]. A damaged library is no error: it is set
    /// aside and the notices say so.
    pub async fn open(folder: &Path, clock: Clock, vault: VaultChoice) -> Result<Opened> {
        make_folder(folder)?;
        let lease = Lease::take(folder, OPENING).await?;
        let (path, at) = (folder.to_owned(), milliseconds(&clock).unsigned_abs() / 1000);
        let opening = tokio::task::spawn_blocking(move || {
            let _held = lease;
            Library::open(&path, at)
        });
        let stopped =
            |reason: tokio::task::JoinError| Error::Folder { path: folder.to_owned(), reason: reason.to_string() };
        let (library, set_aside) = opening.await.map_err(stopped)??;
        let inner = Inner { folder: folder.to_owned(), clock, library, vault: Vault::new(vault) };
        let store = Self { inner: Arc::new(inner) };
        let repaired = store.repair().await?;
        Ok(Opened { store, notices: set_aside.into_iter().chain(repaired).collect() })
    }

    /// Finishes or undoes saves and deletions that were cut short. To be asked again when the keyring can be reached again;
    /// [`Self::unlock`] does so by itself.
    ///
    /// # Errors
    /// Those of the library; a keyring that cannot be reached is a [`Notice::RepairPostponed`].
    pub async fn repair(&self) -> Result<Option<Notice>> {
        Ok(match self.repair_journal().await? {
            Repair::Done(0) => None,
            Repair::Done(count) => Some(Notice::Repaired { count }),
            Repair::Postponed(reason) => Some(Notice::RepairPostponed { reason: reason.to_string() }),
        })
    }

    /// How the vault is now. Never asks anything of a person, and answers within three seconds: a silent keyring has failed, one
    /// whose prompt is open is locked.
    pub async fn vault_status(&self) -> VaultStatus {
        self.vault().status().await
    }

    /// Lets the keyring ask the person for its password, and repairs what had to wait. The prompt stays open for at
    /// least two minutes; dropping the future takes it back.
    ///
    /// # Errors
    /// [`VaultError::Dismissed`], [`VaultError::Absent`], [`VaultError::Denied`], [`VaultError::TimedOut`].
    pub async fn unlock(&self) -> Result<()> {
        self.vault().unlock().await?;
        self.repair().await.map(drop)
    }

    /// All connections, by name.
    ///
    /// # Errors
    /// Those of the library.
    pub async fn connections(&self) -> Result<Vec<Connection>> {
        self.library().connections().await
    }

    /// One connection.
    ///
    /// # Errors
    /// [`Error::NoConnection`] if there is none with this id.
    pub async fn connection(&self, id: ConnectionId) -> Result<Connection> {
        Ok(self.library().row(id).await?.connection)
    }

    /// One connection by its exact name.
    ///
    /// # Errors
    /// [`Error::NoConnection`] if there is none with this name.
    pub async fn connection_named(&self, name: &str) -> Result<Connection> {
        Ok(self.library().row_named(name).await?.connection)
    }

    /// Saves a new connection or changes one. Either all of it is saved or nothing, however the process ends. An edit leaves
    /// [`Connection::origin`] as it is.
    ///
    /// # Errors
    /// [`Error::NameTaken`], [`Error::NameEmpty`], [`Error::NoConnection`]; [`Error::Vault`] if the secret cannot be kept, and then
    /// nothing has changed; [`Error::SecretNotKept`] if a secret that is gone was to move into the keyring.
    pub async fn save(&self, draft: ConnectionDraft, secret: SecretChange) -> Result<Connection> {
        self.save_draft(draft, secret).await
    }

    /// The credentials of a connection, read from the vault each time.
    ///
    /// # Errors
    /// [`Error::Vault`] with the keyring's reason; [`Error::SecretNotKept`] after a restart if it was kept in memory.
    pub async fn credentials(&self, id: ConnectionId) -> Result<Credentials> {
        let row = self.library().row(id).await?;
        match self.credentials_of(&row).await {
            // Another process may have replaced the item between the two reads.
            Err(Error::Vault(VaultError::Missing)) => {
                let again = self.library().row(id).await?;
                if again.account == row.account {
                    return Err(VaultError::Missing.into());
                }
                self.credentials_of(&again).await
            }
            other => other,
        }
    }

    /// Deletes a connection and its keyring item. Works without the keyring, too: the item follows later.
    ///
    /// # Errors
    /// [`Error::NoConnection`] if there is none with this id.
    pub async fn delete(&self, id: ConnectionId) -> Result<Deleted> {
        self.delete_connection(id).await
    }

    /// Brings a deleted connection back under its old id.
    ///
    /// # Errors
    /// [`Error::NameTaken`] if the name was given away; [`Error::Vault`] if the secret cannot be kept.
    pub async fn restore(&self, deleted: &Deleted) -> Result<Connection> {
        self.restore_deleted(deleted).await
    }

    /// Notes that the connection was used now.
    ///
    /// # Errors
    /// [`Error::NoConnection`] if there is none with this id.
    pub async fn touch(&self, id: ConnectionId) -> Result<()> {
        self.library().touch(id, self.now()).await
    }

    /// The value of a setting; none if it was never set.
    ///
    /// # Errors
    /// Those of the library.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        self.library().setting(key).await
    }

    /// Sets a setting; none removes it. Never a secret.
    ///
    /// # Errors
    /// Those of the library.
    pub async fn set_setting(&self, key: &str, value: Option<&str>) -> Result<()> {
        self.library().set_setting(key, value).await
    }

    /// Remembers a call, with the time of now.
    ///
    /// # Errors
    /// Those of the library.
    pub async fn add_history(&self, entry: NewHistoryEntry) -> Result<HistoryEntry> {
        self.library().add_history(entry, self.now()).await
    }

    /// A page of the history, newest first.
    ///
    /// # Errors
    /// Those of the library.
    pub async fn history(&self, filter: HistoryFilter) -> Result<Vec<HistoryEntry>> {
        self.library().history(filter).await
    }

    /// Forgets the history. The bytes are overwritten in the file.
    ///
    /// # Errors
    /// Those of the library.
    pub async fn clear_history(&self) -> Result<()> {
        self.library().clear_history().await
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.inner.folder
    }

    pub(crate) fn library(&self) -> &Library {
        &self.inner.library
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Milliseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        milliseconds(&self.inner.clock)
    }
}

fn milliseconds(clock: &Clock) -> i64 {
    let since = clock().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
