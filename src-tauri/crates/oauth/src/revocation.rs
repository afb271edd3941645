//! Token revocation (RFC 7009).
//! Belongs here: the request. Not here: forgetting the token locally (`cache`).

use std::sync::Arc;

use exchange::{CancellationToken, Exchange};
use secrecy::SecretString;

use crate::{Client, Endpoints, Error, Http, answer, form};

/// Revokes a token. The server answers 200 for unknown tokens too (RFC 7009 2.2).
///
/// # Errors
/// [`Error::NoEndpoint`] if none is known; otherwise as [`request_token`](crate::request_token).
pub async fn revoke(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    token: &SecretString,
    cancel: &CancellationToken,
) -> Result<Arc<Exchange>, Error> {
    let url = endpoints.revocation.as_ref().ok_or(Error::NoEndpoint { endpoint: "revocation" })?;
    let parameters = vec![("token".to_owned(), token.clone().into())];
    let exchange = http.send(&form::post(http, endpoints, url, client, parameters)?, cancel).await?;
    answer::done(exchange, http.now()).map(Arc::new).map_err(|error| error.of(client))
}
