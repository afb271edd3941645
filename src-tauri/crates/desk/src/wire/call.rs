//! Requests to secured APIs and their outcome.

use exchange::ExchangeRecord;
use oauth::Explanation;
use serde::{Deserialize, Serialize};

/// A request to send.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct SendRequest {
    /// The window's own number for this send, by which it can be cancelled.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub send: u64,
    /// The connection whose token is used; null sends without.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub connection: Option<i64>,
    /// Whether to add the connection's token.
    pub with_token: bool,
    /// Method token.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Header pairs as typed; empty names are left out.
    pub headers: Vec<(String, String)>,
    /// Body text; empty for none.
    pub body: String,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
}

/// The outcome of a send.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct CallView {
    /// The exchange, masked.
    pub exchange: ExchangeRecord,
    /// Why a 401, 403, 502, 503 or 504 came about.
    pub explanation: Option<Explanation>,
    /// Pretty-printed body where it is JSON and small enough to be shown whole.
    pub pretty: Option<String>,
    /// Handle of a body that is shown window by window; null if `exchange` or `pretty` holds it all.
    pub body_handle: Option<String>,
    /// Number of lines behind the handle.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub body_lines: Option<u64>,
    /// Entry in the history.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub history_id: Option<i64>,
    /// Whether a token was sent.
    pub with_token: bool,
}

/// Some lines of a large body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct BodyWindow {
    /// Number of the first line, from 0.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub first: u64,
    /// The lines.
    pub lines: Vec<String>,
    /// Number of lines in all.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub total: u64,
}
