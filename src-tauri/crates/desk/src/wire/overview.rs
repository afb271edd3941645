//! The state that the whole window hangs on.

use super::{ConnectionView, GatewayView, TokenLife};
use serde::Serialize;

/// Everything that the frame of the window shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Overview {
    /// Product version.
    pub version: String,
    /// All connections, by name.
    pub connections: Vec<ConnectionView>,
    /// The current connection.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub current: Option<i64>,
    /// Life of the current connection's token; null if it holds none.
    pub token: Option<TokenLife>,
    /// State of the keyring.
    pub vault: VaultView,
    /// State of the local gateway.
    pub gateway: GatewayView,
    /// What the start has to tell (a library set aside, a repair).
    pub notices: Vec<String>,
}

/// State of the keyring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct VaultView {
    /// `ready`, `absent`, `locked`, `dismissed`, `denied`.
    pub state: String,
    /// What it is, for a person.
    pub message: String,
    /// What to do next; empty if ready.
    pub next: String,
    /// Whether the person chose to go on with secrets in memory.
    pub memory_only: bool,
}

/// Where something is stored: the honest page of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct StoragePlace {
    /// What is stored.
    pub what: String,
    /// Where: a path, `OS keyring`, `memory`.
    pub place: String,
    /// How it is protected.
    pub protection: String,
}
