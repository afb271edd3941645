//! What is remembered of API calls: the history.
//! Belongs here: the types. Not here: SQL; headers and bodies; anything secret.

use serde::{Deserialize, Serialize};

use crate::ConnectionId;

/// A call to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHistoryEntry {
    /// The connection that was used, if it is a saved one.
    pub connection: Option<ConnectionId>,
    /// HTTP method.
    pub method: String,
    /// Target URL, already free of secrets.
    pub url: String,
    /// Status code; none if there was no response.
    pub status: Option<u16>,
    /// Microseconds from start to the last byte.
    pub total_us: Option<u64>,
    /// Bytes of the response body.
    pub size: Option<u64>,
}

/// A remembered call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct HistoryEntry {
    /// Its id; later entries have greater ones.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub id: i64,
    /// Milliseconds since the Unix epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub at: i64,
    /// The connection that was used; it may have been deleted since.
    pub connection: Option<ConnectionId>,
    /// HTTP method.
    pub method: String,
    /// Target URL.
    pub url: String,
    /// Status code; none if there was no response.
    pub status: Option<u16>,
    /// Microseconds from start to the last byte.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub total_us: Option<u64>,
    /// Bytes of the response body.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub size: Option<u64>,
}

/// Which part of the history to read; newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct HistoryFilter {
    /// Only calls of this connection.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
    /// Only URLs that contain this text.
    #[serde(default)]
    pub search: Option<String>,
    /// Only entries with a smaller id: the last one of the page before.
    #[serde(default)]
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub before: Option<i64>,
    /// At most so many; none means 200.
    #[serde(default)]
    pub limit: Option<u32>,
}
