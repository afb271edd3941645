//! Token introspection (RFC 7662).
//! Belongs here: the request and its answer. Not here: what the members mean (`jose`).

use std::sync::Arc;

use exchange::{CancellationToken, Exchange};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{Client, Endpoints, Error, Http, WrongAnswer, answer, form};

/// The server's word on a token.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// `active`: the one member that counts (RFC 7662 2.2).
    pub active: bool,
    /// All members as the server sent them, but for secrets and tokens, which are masked.
    pub members: Map<String, Value>,
    /// The exchange.
    pub exchange: Arc<Exchange>,
}

impl Introspection {
    /// All members as the server sent them, secrets and tokens too.
    #[must_use]
    pub fn revealed(&self) -> Map<String, Value> {
        answer::revealed(&self.exchange)
    }
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
    let url = endpoints.introspection.as_ref().ok_or(Error::NoEndpoint { endpoint: "introspection" })?;
    let parameters =
        vec![("token".to_owned(), token.clone().into()), ("token_type_hint".to_owned(), "access_token".into())];
    let exchange = http.send(&form::post(http, endpoints, url, client, parameters)?, cancel).await?;
    let answer = answer::object(exchange, http.now()).map_err(|error| error.of(client))?;
    // RFC 7662 2.2: a boolean, nothing else; "true" must not let anyone in.
    let Some(active) = answer.came.get("active").and_then(Value::as_bool) else {
        let detail = match answer.members.get("active") {
            Some(_) => "active is not true or false (RFC 7662 2.2)".to_owned(),
            None => "no member active (RFC 7662 2.2)".to_owned(),
        };
        let status = answer.exchange.status();
        return Err(Error::wrong(answer.exchange, WrongAnswer::Unexpected { status, detail }));
    };
    Ok(Introspection { active, members: answer.members, exchange: Arc::new(answer.exchange) })
}
