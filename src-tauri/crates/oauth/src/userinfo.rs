//! UserInfo (OpenID Connect Core 5.3).
//! Belongs here: the request and its answer. Not here: what the claims mean.

use std::sync::Arc;

use exchange::{CancellationToken, Exchange, Request};
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

use crate::{Endpoints, Error, Http, answer};

/// The server's claims about the user.
#[derive(Debug, Clone)]
pub struct UserInfo {
    /// Claims as the server sent them, but for secrets and tokens, which are masked.
    pub claims: Map<String, Value>,
    /// The exchange.
    pub exchange: Arc<Exchange>,
}

impl UserInfo {
    /// Claims as the server sent them, secrets and tokens too.
    #[must_use]
    pub fn revealed(&self) -> Map<String, Value> {
        answer::revealed(&self.exchange)
    }
}

/// Asks for the user behind an access token; a token of `client_credentials` has none. Give an `http` with a key for proofs only with a
/// token that is bound to it.
///
/// # Errors
/// [`Error::NoEndpoint`]; otherwise as [`request_token`](crate::request_token).
pub async fn userinfo(
    http: &Http,
    endpoints: &Endpoints,
    token: &SecretString,
    cancel: &CancellationToken,
) -> Result<UserInfo, Error> {
    let url = endpoints.userinfo.as_ref().ok_or(Error::NoEndpoint { endpoint: "UserInfo" })?;
    let mut exchange = http.send(&asking(http, url, token)?, cancel).await?;
    if http.proof_of_possession().is_some_and(|dpop| dpop.learn(&exchange)) {
        exchange = http.send(&asking(http, url, token)?, cancel).await?;
    }
    let answer = answer::object(exchange, http.now())?;
    Ok(UserInfo { claims: answer.members, exchange: Arc::new(answer.exchange) })
}

/// With a proof of possession where the token is bound to a key.
fn asking(http: &Http, url: &Url, token: &SecretString) -> Result<Request, Error> {
    let mut request = Request::new("GET", url.clone()).header("Accept", "application/json");
    match http.proof_of_possession() {
        Some(dpop) => dpop.authorize(&mut request, token, http.now())?,
        None => request = request.bearer(token),
    }
    Ok(request)
}
