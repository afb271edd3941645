//! The refresh grant (RFC 6749 6).
//! Belongs here: what stays as it was when the server says nothing. Not here: when to refresh.

use exchange::CancellationToken;

use crate::{Client, Endpoints, Error, Grant, Http, TokenAnswer, TokenRequest, request_token};

/// A new token for the same right, by the refresh token that came with the old one. A server that sends no new refresh token leaves the old
/// one valid; one that sends no scope leaves the scope. Audience, resources, parameters and headers are those of `like`.
///
/// # Errors
/// [`Error::BadRequest`] if no refresh token came; [`Error::Refused`] with `invalid_grant` if it is used up; otherwise as [`request_token`].
pub async fn refresh(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    old: &TokenAnswer,
    like: &TokenRequest,
    cancel: &CancellationToken,
) -> Result<TokenAnswer, Error> {
    let Some(refresh_token) = old.refresh_token.clone() else {
        return Err(Error::BadRequest { what: "no refresh token came with the access token".to_owned() });
    };
    let grant = Grant::RefreshToken { refresh_token };
    // What was granted holds on, so no scope: an equal one is refused by servers that grant others than were asked for.
    let request = TokenRequest { grant, scopes: Vec::new(), ..like.clone() };
    let mut new = request_token(http, endpoints, client, &request, cancel).await?;
    new.refresh_token = new.refresh_token.or_else(|| old.refresh_token.clone());
    new.scope = new.scope.or_else(|| old.scope.clone());
    new.requested_scope.clone_from(&old.requested_scope);
    Ok(new)
}
