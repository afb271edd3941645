//! Errors of this crate.
//! Belongs here: what an authorization server can get wrong or refuse, in words for a person. Not here: causes and next steps (`explain`).

use std::{sync::Arc, time::Duration};

use exchange::{Exchange, Failure, SendError};
use serde::{Deserialize, Serialize};

use crate::{AuthenticationMethod, Client, Grant};

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

/// An answer that is neither a token nor a proper refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongAnswer {
    /// A web page: a login form, an error page, or a wrong URL.
    #[error("it answered {status} with a web page{}. The URL is probably not the one of the endpoint, or a proxy or login page stands in between", titled(.title))]
    Html {
        /// HTTP status.
        status: u16,
        /// The page's title.
        title: Option<String>,
    },
    /// The body is empty.
    #[error("it answered {status} without content")]
    Empty {
        /// HTTP status.
        status: u16,
    },
    /// The JSON text ends too early.
    #[error("its JSON answer ends in the middle (after {bytes} bytes). The server or a proxy cut it off")]
    Truncated {
        /// Size of what arrived.
        bytes: u64,
    },
    /// Not JSON.
    #[error("it answered {status} with something that is not JSON ({detail})")]
    NotJson {
        /// HTTP status.
        status: u16,
        /// The parser's words.
        detail: String,
    },
    /// JSON, but not an object.
    #[error("it answered with JSON that is not an object")]
    NotAnObject,
    /// A member stands there twice (RFC 6749 3.2, RFC 8259 4).
    #[error("its answer has {member} twice, and nobody can know which of them counts (RFC 6749 3.2, RFC 8259 4)")]
    DuplicateMember {
        /// The member's name.
        member: String,
    },
    /// The body is not UTF-8 (RFC 8259 8.1).
    #[error("its answer is not UTF-8 text")]
    NotUtf8,
    /// 200 without `access_token`.
    #[error("its answer has no access_token (members: {members})")]
    MissingAccessToken {
        /// Names of the members that are there.
        members: String,
    },
    /// The token is empty, not a string, or has characters that cannot stand in a header.
    #[error("its access_token cannot be used: {reason}")]
    BadAccessToken {
        /// Why.
        reason: String,
    },
    /// 200 without `token_type`, or one that is not a string.
    #[error("its answer has no token_type; a client must not use a token of unknown type (RFC 6749 7.1)")]
    MissingTokenType,
    /// A type other than Bearer (or DPoP, if a proof was sent).
    #[error(
        "its token_type is \"{token_type}\", not Bearer; a client must not use a token of unknown type (RFC 6749 7.1)"
    )]
    TokenType {
        /// The type.
        token_type: String,
    },
    /// Too many requests.
    #[error("it asks to slow down (429){}", retry(.retry_after))]
    TooManyRequests {
        /// From `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// 5xx without a proper refusal.
    #[error("it failed by itself ({status}){}", retry(.retry_after))]
    ServerError {
        /// HTTP status.
        status: u16,
        /// From `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// A redirect: following it could hand the credentials to someone else.
    #[error(
        "it redirects ({status}) to {location}, which is not followed because the credentials would go along. If that is the right place, use that URL"
    )]
    Redirected {
        /// HTTP status.
        status: u16,
        /// Target, without query.
        location: String,
    },
    /// Any other status, or a member of the wrong type.
    #[error("it answered {status} with {detail}")]
    Unexpected {
        /// HTTP status.
        status: u16,
        /// What is odd.
        detail: String,
    },
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
        if let Self::Refused { method, .. } = &mut self {
            *method = Some(client.method());
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

    pub(crate) fn redirected(exchange: Exchange) -> Self {
        let location = exchange.header("location").unwrap_or("nowhere").split(['?', '#']).next().unwrap_or_default();
        let location = exchange.redaction().text(location);
        let wrong = WrongAnswer::Redirected { status: exchange.status(), location };
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

fn titled(title: &Option<String>) -> String {
    title.as_ref().map(|text| format!(" titled \"{text}\"")).unwrap_or_default()
}

fn retry(after: &Option<Duration>) -> String {
    after.map(|after| format!("; try again after {} s", after.as_secs())).unwrap_or_default()
}
