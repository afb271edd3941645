//! UserInfo (OpenID Connect Core 5.3).
//! Belongs here: the request and its answer. Not here: what the claims mean.

use std::sync::Arc;

use exchange::{CancellationToken, Exchange, Request};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{Endpoints, Error, Http, answer};

/// The server's claims about the user.
#[derive(Debug, Clone)]
pub struct UserInfo {
    /// Claims as the server sent them.
    pub claims: Map<String, Value>,
    /// The exchange.
    pub exchange: Arc<Exchange>,
}

/// Asks for the user behind an access token. A token of `client_credentials` has none.
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
    let request = Request::new("GET", url.clone()).header("Accept", "application/json").bearer(token);
    let answer = answer::object(http.send(&request, cancel).await?, http.now())?;
    Ok(UserInfo { claims: answer.members, exchange: Arc::new(answer.exchange) })
}
