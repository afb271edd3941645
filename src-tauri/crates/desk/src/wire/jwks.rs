//! A published key set as the window shows it.

use exchange::ExchangeRecord;
use jose::inspection::Finding;
use serde::Serialize;

/// The key set of an issuer, as fetched last in this run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct JwksView {
    /// Where it is from: the issuer's metadata or the connection, never a token.
    pub url: String,
    /// How it came here.
    pub channel: KeyChannel,
    /// When it was fetched, in seconds since the epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub fetched_at: i64,
    /// The engine's clock now.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub now: i64,
    /// Seconds that it is used from then on before it is fetched anew.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub usable_for: u64,
    /// Seconds that it had been in caches (`Age`), if said.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub age: Option<u64>,
    /// Seconds that it may be kept (`Cache-Control: max-age`), if said.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub max_age: Option<u64>,
    /// How often it was fetched in this run.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub fetches: u64,
    /// Its keys, the unreadable ones last.
    pub keys: Vec<JwkView>,
    /// What is dangerous, ambiguous or useless in it, most severe first.
    pub findings: Vec<Finding>,
    /// What changed in it between two fetches of this run, newest first.
    pub rotations: Vec<Rotation>,
    /// The exchange.
    pub exchange: ExchangeRecord,
}

/// How a key set came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum KeyChannel {
    /// Over TLS.
    Tls,
    /// Over plain http, without leaving this machine.
    Loopback,
    /// Over plain http, which the connection allows: anybody on the way can put keys of their own into it.
    Plain,
}

/// One key of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct JwkView {
    /// `kid`.
    pub kid: Option<String>,
    /// Kind and size: `RSA, 2048 bits`.
    pub kind: String,
    /// `alg`.
    pub algorithm: Option<String>,
    /// `use`.
    pub usage: Option<String>,
    /// Thumbprint (RFC 7638); empty if the key cannot be read.
    pub thumbprint: String,
    /// When it was first seen in this run, in seconds since the epoch; 0 if the key cannot be read.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub first_seen: i64,
    /// Why it must not or cannot be used.
    pub defect: Option<String>,
}

/// Keys that came and went between two fetches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Rotation {
    /// When it was seen, in seconds since the epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub at: i64,
    /// Names of the keys that are new.
    pub added: Vec<String>,
    /// Names of the keys that are gone.
    pub removed: Vec<String>,
}
