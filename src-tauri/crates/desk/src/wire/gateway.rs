//! The gateway on this machine, as the window shows it.

use gateway::{
    ApiState, ClockState, DomainState,
    event::{ReadyApi, RequestEvent},
};
use serde::Serialize;
use std::sync::Arc;

/// State of the local gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct GatewayView {
    /// Whether it serves.
    pub running: bool,
    /// Origin of the authorization server (the address to be, while stopped).
    pub am: String,
    /// Origin of the API gateway.
    pub gateway: String,
    /// Security domains with their clients.
    pub domains: Vec<GatewayDomain>,
    /// Served APIs.
    pub apis: Vec<ReadyApi>,
    /// When it was started, seconds since the epoch.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub started_at: Option<i64>,
}

/// A security domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct GatewayDomain {
    /// Domain path.
    pub path: String,
    /// Issuer identifier.
    pub issuer: String,
    /// Its clients.
    pub clients: Vec<GatewayClient>,
}

/// A client of a domain, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct GatewayClient {
    /// Client identifier.
    pub client_id: String,
    /// Scopes that may be asked for, separated by spaces.
    pub scopes: String,
    /// How the client authenticates.
    pub auth_method: String,
    /// The saved connection that uses it, if there is one.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub connection: Option<i64>,
}

/// Requests since the last look.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct GatewayEvents {
    /// Ask for what comes after this number next time.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub last: u64,
    /// The requests, oldest first.
    #[cfg_attr(feature = "bindings", ts(as = "Vec<RequestEvent>"))]
    pub requests: Vec<Arc<RequestEvent>>,
}

/// How the running gateway stands, and what was switched on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct GatewayControl {
    /// The clock of both listeners.
    pub clock: ClockState,
    /// Security domains: keys, and faults.
    pub domains: Vec<DomainState>,
    /// APIs: behaviour, weaknesses, and faults.
    pub apis: Vec<ApiState>,
}
