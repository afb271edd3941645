//! Tokens: the view of the one that a connection holds, and inspection of pasted ones.

use exchange::ExchangeRecord;
use jose::inspection::Inspection;
use serde::{Deserialize, Serialize};

/// A token's life, for the header's shrinking bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TokenLife {
    /// Seconds since the epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub obtained_at: i64,
    /// Seconds since the epoch; null if neither the server nor the token says.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub expires_at: Option<i64>,
    /// The engine's clock now, so that the window counts from the same clock.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub now: i64,
    /// Seconds that the server's clock is ahead of ours, from its `Date` header.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub skew_seconds: Option<i64>,
}

/// The token that a connection holds. The token itself comes only through reveal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TokenView {
    /// The connection that it belongs to.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub connection: i64,
    /// The masked token: first and last four characters (`eyJr…9sQw`).
    pub masked: String,
    /// `token_type` as answered.
    pub token_type: String,
    /// `expires_in` as answered.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub expires_in: Option<i64>,
    /// Granted scope (the requested one where the server left it out).
    pub scope: Option<String>,
    /// Asked scope.
    pub requested_scope: Option<String>,
    /// Its life.
    pub life: TokenLife,
    /// True if no request was needed.
    pub from_cache: bool,
    /// Oddities of the answer that were accepted.
    pub notes: Vec<String>,
    /// The exchange that brought it, masked.
    pub exchange: ExchangeRecord,
    /// What the token says, verified against the issuer's keys where they could be had.
    pub inspection: Inspection,
    /// The introspection answer, for an opaque token.
    #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
    pub introspection: Option<serde_json::Value>,
}

/// A key to verify with.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum InspectKey {
    /// None: look only.
    None,
    /// The keys of a connection's issuer.
    Connection {
        /// The connection.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        id: i64,
    },
    /// A key set or key as text: JWKS, JWK, PEM.
    Text {
        /// The text.
        text: String,
    },
    /// The JWKS at a URL that the user named.
    Url {
        /// The URL.
        url: String,
    },
}

/// A pasted token to inspect.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct InspectForm {
    /// Anything that holds a token.
    pub text: String,
    /// The key to verify with.
    pub key: InspectKey,
    /// Expected issuer.
    pub issuer: Option<String>,
    /// Expected audience.
    pub audience: Option<String>,
    /// Allowed algorithms; empty for any that the key allows.
    pub algorithms: Vec<String>,
    /// Judge at this time, RFC 3339; null for now.
    pub at: Option<String>,
    /// Leeway in seconds.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub leeway: i64,
}
