//! The facade.
use std::{path::{Path, PathBuf}, sync::Arc, time::SystemTime};

use crate::{
    Connection, ConnectionDraft, ConnectionId, Credentials, Deleted, HistoryEntry, HistoryFilter, NewHistoryEntry, Result,
    SavedRequest, SecretChange, VaultChoice, VaultStatus,
};

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
#[derive(Debug, Clone)]
pub struct Store {}

#[allow(unused_variables, clippy::unimplemented, missing_docs)]
impl Store {
    pub async fn open(folder: &Path, clock: Clock, vault: VaultChoice) -> Result<Opened> { unimplemented!() }
    pub async fn repair(&self) -> Result<Vec<Notice>> { unimplemented!() }
    pub async fn vault_status(&self) -> VaultStatus { unimplemented!() }
    pub async fn unlock(&self) -> Result<()> { unimplemented!() }
    pub async fn connections(&self) -> Result<Vec<Connection>> { unimplemented!() }
    pub async fn connection(&self, id: ConnectionId) -> Result<Connection> { unimplemented!() }
    pub async fn connection_named(&self, name: &str) -> Result<Connection> { unimplemented!() }
    pub async fn save(&self, draft: ConnectionDraft, secret: SecretChange) -> Result<Connection> { unimplemented!() }
    pub async fn credentials(&self, id: ConnectionId) -> Result<Credentials> { unimplemented!() }
    pub async fn delete(&self, id: ConnectionId) -> Result<Deleted> { unimplemented!() }
    pub async fn restore(&self, deleted: Deleted) -> Result<Connection> { unimplemented!() }
    pub async fn touch(&self, id: ConnectionId) -> Result<()> { unimplemented!() }
    pub async fn setting(&self, key: &str) -> Result<Option<String>> { unimplemented!() }
    pub async fn set_setting(&self, key: &str, value: Option<&str>) -> Result<()> { unimplemented!() }
    pub async fn request(&self, connection: ConnectionId) -> Result<Option<SavedRequest>> { unimplemented!() }
    pub async fn save_request(&self, connection: ConnectionId, request: SavedRequest) -> Result<()> { unimplemented!() }
    pub async fn add_history(&self, entry: NewHistoryEntry) -> Result<HistoryEntry> { unimplemented!() }
    pub async fn history(&self, filter: HistoryFilter) -> Result<Vec<HistoryEntry>> { unimplemented!() }
    pub async fn clear_history(&self) -> Result<()> { unimplemented!() }
}
