//! The token request and the server's answer.
//! Belongs here: what is asked for and what was granted. Not here: client authentication, reading the answer (`granted`), caching.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use exchange::{CancellationToken, Exchange, Header, Value};
use secrecy::SecretString;
use url::Url;

use crate::{
    Client, Endpoints, Error, Http, answer,
    extras::{self, Extras},
    form, granted,
};

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
    /// Further headers. Never credentials: those belong to the client.
    pub headers: Vec<(String, String)>,
}

impl TokenRequest {
    /// Asks for the default scopes by this grant.
    #[must_use]
    pub fn new(grant: Grant) -> Self {
        Self {
            grant,
            scopes: Vec::new(),
            audience: None,
            resources: Vec::new(),
            parameters: Vec::new(),
            headers: Vec::new(),
        }
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
    /// The `nonce` of the sign-in, which the ID token must repeat (OpenID Connect Core 3.1.3.7); `None` where none was sent.
    pub nonce: Option<String>,
    /// `issued_token_type` of a token exchange (RFC 8693 2.2.1).
    pub issued_token_type: Option<String>,
    /// How far the server's clock is ahead of this machine's, in seconds, by its `Date`; without one by the token's `iat`, where that differs by
    /// more than half a minute. `None` where nothing tells.
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

impl Grant {
    /// The value of `grant_type`.
    #[must_use]
    pub fn grant_type(&self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken { .. } => "refresh_token",
            Self::AuthorizationCode { .. } => "authorization_code",
            Self::DeviceCode { .. } => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange { .. } => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::JwtBearer { .. } => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::Password { .. } => "password",
        }
    }

    /// The parameters that belong to this grant, `grant_type` first.
    pub(crate) fn parameters(&self) -> Vec<(String, Value)> {
        let mut form = vec![pair("grant_type", self.grant_type())];
        match self {
            Self::ClientCredentials => {}
            Self::RefreshToken { refresh_token } => form.push(pair("refresh_token", refresh_token.clone())),
            Self::AuthorizationCode { code, redirect_uri, verifier } => {
                form.push(pair("code", code.clone()));
                form.push(pair("redirect_uri", redirect_uri.as_str()));
                form.push(pair("code_verifier", verifier.clone()));
            }
            Self::DeviceCode { device_code } => form.push(pair("device_code", device_code.clone())),
            Self::TokenExchange { subject_token, subject_token_type, actor, requested_token_type } => {
                form.push(pair("subject_token", subject_token.clone()));
                form.push(pair("subject_token_type", subject_token_type.as_str()));
                if let Some((token, token_type)) = actor {
                    form.push(pair("actor_token", token.clone()));
                    form.push(pair("actor_token_type", token_type.as_str()));
                }
                form.extend(requested_token_type.as_deref().map(|wanted| pair("requested_token_type", wanted)));
            }
            Self::JwtBearer { assertion } => form.push(pair("assertion", assertion.clone())),
            Self::Password { username, password } => {
                form.push(pair("username", username.as_str()));
                form.push(pair("password", password.clone()));
            }
        }
        form
    }
}

fn pair(name: &str, value: impl Into<Value>) -> (String, Value) {
    (name.to_owned(), value.into())
}

impl TokenRequest {
    /// `scope` as sent, each once; `None` asks for the default.
    #[must_use]
    pub fn scope(&self) -> Option<String> {
        extras::scope(&self.scopes)
    }

    /// All parameters of the body but the client's authentication.
    pub(crate) fn parameters(&self) -> Result<Vec<(String, Value)>, Error> {
        self.check()?;
        let mut form = self.grant.parameters();
        form.extend(self.scope().map(|scope| pair("scope", scope)));
        form.extend(self.audience.as_deref().map(|audience| pair("audience", audience)));
        form.extend(self.resources.iter().map(|resource| pair("resource", resource.as_str())));
        form.extend(self.parameters.iter().map(|(name, value)| pair(name, value.as_str())));
        Ok(form)
    }

    /// Whether it can be asked for at all.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a scope, resource, parameter or header that no request can carry, or that it has of its own.
    pub fn check(&self) -> Result<(), Error> {
        let TokenRequest { grant, scopes, audience, resources, parameters, headers } = self;
        let (audience, audiences) = (audience.is_some(), matches!(grant, Grant::TokenExchange { .. }));
        Extras { scopes, resources, parameters, headers, audience, audiences }.check()
    }

    /// The message that asks for this at one of the server's endpoints, extra headers included.
    pub(crate) fn message(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        url: &Url,
        client: &Client,
        parameters: Vec<(String, Value)>,
    ) -> Result<exchange::Request, Error> {
        let mut message = form::post(http, endpoints, url, client, parameters)?;
        message.headers.extend(self.headers.iter().map(|(name, value)| Header::new(name, value.as_str())));
        Ok(message)
    }
}

/// The request to the token endpoint as it would be sent, without a proof of possession; nothing is sent.
///
/// # Errors
/// [`Error::BadRequest`] if it cannot be made.
pub fn token_message(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    request: &TokenRequest,
) -> Result<exchange::Request, Error> {
    request.message(http, endpoints, endpoints.token_for(client), client, request.parameters()?)
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
    let mut repeated = false;
    loop {
        // Everything is made anew for a repetition: assertions and proofs are for one use.
        let mut message = token_message(http, endpoints, client, request)?;
        if let Some(dpop) = http.proof_of_possession() {
            dpop.prove(&mut message, http.now())?;
        }
        let exchange = http.send(&message, cancel).await?;
        let asked_for_nonce = http.proof_of_possession().is_some_and(|dpop| dpop.learn(&exchange));
        if asked_for_nonce && !repeated {
            repeated = true;
            continue;
        }
        let now = http.now();
        let answer = answer::object(exchange, now).map_err(|error| error.of(client).by(&request.grant))?;
        return granted::read(answer, request, http.proof_of_possession(), now);
    }
}
