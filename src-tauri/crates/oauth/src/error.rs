//! Errors of this crate.
//! Belongs here: what an authorization server can refuse and what can fail on the way, in words for a person. Not here: what it can get wrong
//! (`wrong`), causes and next steps (`explain`).

use std::sync::Arc;

use exchange::{Exchange, Failure, SendError};
use serde::{Deserialize, Serialize};

use crate::{AuthenticationMethod, Client, Grant, WrongAnswer, wrong::NOWHERE};

/// An error answer of the protocol (RFC 6749 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct OAuthError {
    /// `error`: `invalid_client`, `invalid_scope`, …
    pub code: String,
    /// `error_description`, control characters removed.
    pub description: Option<String>,
    /// `error_uri`; only `http` and `https` are kept.
    pub uri: Option<String>,
    /// HTTP status it came with.
    pub status: u16,
}

impl OAuthError {
    /// True if the server does not take the client for who it says it is. Keycloak says so of a wrong secret with `unauthorized_client` and 401;
    /// with 400 that code is about the grant (RFC 6749 5.2).
    #[must_use]
    pub fn is_of_the_client(&self) -> bool {
        self.code == "invalid_client" || (self.code == "unauthorized_client" && self.status == 401)
    }
}

/// What can go wrong between this client and an authorization server. No text contains a secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No complete answer came.
    #[error("{failure}")]
    Send {
        /// What happened.
        failure: Failure,
        /// What there was until then.
        exchange: Option<Arc<Exchange>>,
    },
    /// The server refused with an error of the protocol.
    #[error("The authorization server refused: {}{}.", .error.code, described(.error))]
    Refused {
        /// The refusal.
        error: OAuthError,
        /// How the client authenticated; `None` where it did not, as with a token.
        method: Option<AuthenticationMethod>,
        /// Whether form-encoding changes the client's ID or secret, so that the two forms of Basic send something else.
        encoding_matters: bool,
        /// The `grant_type` that was asked by; `None` of what is no token request.
        grant: Option<&'static str>,
        /// The exchange.
        exchange: Arc<Exchange>,
    },
    /// The server's answer cannot be used.
    #[error("The answer of {endpoint} cannot be used: {wrong}.")]
    WrongAnswer {
        /// URL of the endpoint without query.
        endpoint: String,
        /// What is wrong.
        wrong: WrongAnswer,
        /// The exchange.
        exchange: Arc<Exchange>,
    },
    /// Plain http to another machine.
    #[error(
        "{host} is another machine and the URL is plain http: the secret would travel readable for everyone on the way. Use https, or allow plain http for this connection."
    )]
    PlainHttp {
        /// Host name.
        host: String,
    },
    /// The server's address cannot be used.
    #[error("The server {server} cannot be used: {reason}.")]
    BadServer {
        /// As given.
        server: String,
        /// Why.
        reason: String,
    },
    /// The metadata names another issuer (RFC 8414 3.3): it must not be used.
    #[error(
        "The metadata of {asked} says that it belongs to {found}. They must be equal, character by character (RFC 8414 3.3): use {found} as issuer if that is whom you trust."
    )]
    IssuerMismatch {
        /// Issuer asked for.
        asked: String,
        /// Issuer in the metadata.
        found: String,
    },
    /// The redirect of a sign-in names another issuer than the one that was asked, or none although it should (RFC 9207 2.4).
    #[error(
        "The answer to the sign-in at {asked} came with {found} as its issuer. It was thrown away: another server may be passing off its answer as this one's (a mix-up attack, RFC 9207 2.4). Sign in again; if it happens again, do not trust that answer, and tell who runs {asked}."
    )]
    ForeignAnswer {
        /// Issuer that was asked.
        asked: String,
        /// Issuer in the redirect.
        found: String,
    },
    /// No metadata at any well-known place.
    #[error("No metadata found for {issuer}; tried {tried}. Check the issuer, or give the token URL itself.")]
    NoMetadata {
        /// Issuer asked for.
        issuer: String,
        /// URLs and what they answered.
        tried: String,
    },
    /// The server has no such endpoint, or none is known.
    #[error("No {endpoint} endpoint is known for this server. Give its URL, or use the issuer's metadata.")]
    NoEndpoint {
        /// introspection, revocation, …
        endpoint: &'static str,
    },
    /// The authorization endpoint refused, by way of the browser (RFC 6749 4.1.2.1).
    #[error("The sign-in was refused: {}{}.", .error.code, described(.error))]
    AuthorizationRefused {
        /// The refusal.
        error: OAuthError,
    },
    /// The way through the browser failed: no listener, no browser, nobody there, or nothing usable came back.
    #[error("The sign-in did not succeed: {what}.")]
    Browser {
        /// What happened.
        what: String,
    },
    /// Only a person can get this token, and nobody is asked now.
    #[error("This needs your sign-in: {why}. Get the token yourself first.")]
    SignInNeeded {
        /// What came of doing without.
        why: String,
    },
    /// The request makes no sense: missing secret, bad scope characters, a fragment in a resource, …
    #[error("The token request cannot be made: {what}.")]
    BadRequest {
        /// What is wrong.
        what: String,
    },
}

impl Error {
    /// The exchange it is about, as far as it went.
    #[must_use]
    pub fn exchange(&self) -> Option<&Arc<Exchange>> {
        match self {
            Self::Send { exchange, .. } => exchange.as_ref(),
            Self::Refused { exchange, .. } | Self::WrongAnswer { exchange, .. } => Some(exchange),
            _ => None,
        }
    }

    /// A name for scripts: the failure's code, the protocol's error code, `wrong_answer`, `plain_http`, …
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Send { failure, .. } => failure.code(),
            Self::Refused { error, .. } => &error.code,
            Self::WrongAnswer { .. } => "wrong_answer",
            Self::PlainHttp { .. } => "plain_http",
            Self::BadServer { .. } => "bad_server",
            Self::IssuerMismatch { .. } | Self::ForeignAnswer { .. } => "issuer_mismatch",
            Self::NoMetadata { .. } => "no_metadata",
            Self::NoEndpoint { .. } => "no_endpoint",
            Self::AuthorizationRefused { error } => &error.code,
            Self::Browser { .. } => "browser",
            Self::SignInNeeded { .. } => "sign_in_needed",
            Self::BadRequest { .. } => "bad_request",
        }
    }

    /// True where the caller itself called it off.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Send { failure: exchange::Failure::Cancelled, .. })
    }

    /// The same, if it is a refusal, of a request with which this client authenticated.
    pub(crate) fn of(mut self, client: &Client) -> Self {
        if let Self::Refused { method, encoding_matters, .. } = &mut self {
            *method = Some(client.method());
            *encoding_matters = client.is_changed_by_encoding();
        }
        self
    }

    /// The same, if it is a refusal, of a token request by this grant.
    pub(crate) fn by(mut self, asked_by: &Grant) -> Self {
        if let Self::Refused { grant, .. } = &mut self {
            *grant = Some(asked_by.grant_type());
        }
        self
    }

    pub(crate) fn wrong(exchange: Exchange, wrong: WrongAnswer) -> Self {
        Self::WrongAnswer { endpoint: bare(exchange.url()), wrong, exchange: Arc::new(exchange) }
    }

    /// A redirect, by whether the request had anything with it that is not for others.
    pub(crate) fn redirected(exchange: Exchange, with_credentials: bool) -> Self {
        let target = exchange.header("location").unwrap_or_default();
        let target = exchange.url().join(target).map_or_else(|_| target.to_owned(), String::from);
        let location = match exchange.header("location") {
            Some(_) => exchange::without_credentials(&exchange.redaction().text(&target)),
            None => NOWHERE.to_owned(),
        };
        let wrong = WrongAnswer::Redirected { status: exchange.status(), location, with_credentials };
        Self::wrong(exchange, wrong)
    }
}

/// A URL without what may be secret.
pub(crate) fn bare(url: &url::Url) -> String {
    url.as_str().split(['?', '#']).next().unwrap_or_default().to_owned()
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        Self::Send { failure: error.failure, exchange: error.exchange.map(|exchange| Arc::new(*exchange)) }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Send { failure, exchange: None }
    }
}

fn described(error: &OAuthError) -> String {
    error.description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default()
}
