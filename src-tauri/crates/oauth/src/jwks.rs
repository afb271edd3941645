//! The server's key set (RFC 7517).
//! Belongs here: fetching it, with limits. Not here: reading keys (`jose`).

use std::{sync::Arc, time::SystemTime};

use exchange::{CancellationToken, Exchange, Request};
use serde_json::Value;
use url::Url;

use crate::{Error, Http, WrongAnswer, answer};

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
    let request = Request::new("GET", url.clone()).header("Accept", "application/jwk-set+json, application/json");
    let exchange = http.send(&request, cancel).await?;
    let answer = answer::object(exchange, http.now())?;
    if !answer.came.get("keys").is_some_and(Value::is_array) {
        let status = answer.exchange.status();
        let detail = "JSON that is no key set: there is no list \"keys\" (RFC 7517 5)".to_owned();
        return Err(Error::wrong(answer.exchange, WrongAnswer::Unexpected { status, detail }));
    }
    let number = |text: &str| text.trim().parse().ok();
    let directives = answer.exchange.header("cache-control").unwrap_or_default().to_ascii_lowercase();
    Ok(Jwks {
        text: Value::Object(answer.came).to_string(),
        fetched_at: http.now(),
        age: answer.exchange.header("age").and_then(number),
        max_age: directives.split(',').find_map(|directive| directive.trim().strip_prefix("max-age=")).and_then(number),
        exchange: Arc::new(answer.exchange),
    })
}
