//! Answers that cannot be used.
//! Belongs here: what an authorization server can get wrong, in words for a person. Not here: finding out which it was (`answer`), causes and next
//! steps (`explain`).

use std::time::Duration;

/// The target of a redirect without `Location`.
pub(crate) const NOWHERE: &str = "nowhere";

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
    /// The token answer of old servers: a form instead of JSON.
    #[error(
        "it answered {status} form-encoded ({members}){}, and not in JSON as RFC 6749 5.1 wants, although it was asked for JSON (Accept: application/json)",
        saying(.said)
    )]
    FormEncoded {
        /// HTTP status.
        status: u16,
        /// Names of the members that are there.
        members: String,
        /// `error` and `error_description`, if it refuses.
        said: Option<String>,
    },
    /// Signed or encrypted: introspection by RFC 9701, UserInfo by OpenID Connect Core 5.3.2.
    #[error("it answered {status} with a JWT ({media_type}), and Claimcheck asks for plain JSON")]
    Jwt {
        /// HTTP status.
        status: u16,
        /// `Content-Type`.
        media_type: String,
    },
    /// More than is read.
    #[error("it is larger than the {limit} bytes that are read of an authorization server's answer")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Metadata that does not say whose it is.
    #[error("this metadata has no issuer, which RFC 8414 2 requires")]
    NoIssuer,
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
    #[error("it redirects ({status}) to {location}, {}", not_followed(.location, *.with_credentials))]
    Redirected {
        /// HTTP status.
        status: u16,
        /// Target, without query.
        location: String,
        /// Whether the request had credentials, a token or a body.
        with_credentials: bool,
    },
    /// A refusal that is not written as RFC 6749 5.2 says.
    #[error("it refused ({status}), and not in the form of RFC 6749 5.2. It says: {said}")]
    OwnError {
        /// HTTP status.
        status: u16,
        /// Its reason.
        said: String,
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

fn titled(title: &Option<String>) -> String {
    title.as_ref().map(|text| format!(" titled \"{text}\"")).unwrap_or_default()
}

fn retry(after: &Option<Duration>) -> String {
    after.map(|after| format!("; try again after {} s", after.as_secs())).unwrap_or_default()
}

fn saying(said: &Option<String>) -> String {
    said.as_ref().map(|text| format!(", saying \"{text}\"")).unwrap_or_default()
}

/// True for an address that a connection could have.
pub(crate) fn is_web(location: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| location.starts_with(scheme))
}

fn not_followed(location: &str, with_credentials: bool) -> &'static str {
    match with_credentials {
        _ if location == NOWHERE => "for it has no Location",
        _ if !is_web(location) => "which is no web address (http, https) and is not followed",
        true => {
            "which is not followed because the credentials would go along. If that is the right place, use that URL"
        }
        false => {
            "which is not followed: metadata and keys count only from the address that was given for them. If that is the right place, use that URL"
        }
    }
}
