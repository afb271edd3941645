//! Token revocation (RFC 7009).
//! Belongs here: the request. Not here: forgetting the token locally (`cache`).

use std::sync::Arc;

use exchange::{CancellationToken, Exchange};
use secrecy::SecretString;

use crate::{Client, Endpoints, Error, Http, answer, form};

/// What a token is, so that the server looks for it there first (RFC 7009 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTypeHint {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

impl TokenTypeHint {
    fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// Revokes a token. The server answers 200 for unknown tokens too (RFC 7009 2.2).
///
/// # Errors
/// [`Error::NoEndpoint`] if none is known; otherwise as [`request_token`](crate::request_token).
pub async fn revoke(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    token: &SecretString,
    hint: Option<TokenTypeHint>,
    cancel: &CancellationToken,
) -> Result<Arc<Exchange>, Error> {
    let url = endpoints.revocation.as_ref().ok_or(Error::NoEndpoint { endpoint: "revocation" })?;
    let mut parameters = vec![("token".to_owned(), token.clone().into())];
    parameters.extend(hint.map(|hint| ("token_type_hint".to_owned(), hint.name().into())));
    let exchange = http.send(&form::post(http, endpoints, url, client, parameters)?, cancel).await?;
    answer::done(exchange, http.now()).map(Arc::new).map_err(|error| error.of(client))
}
