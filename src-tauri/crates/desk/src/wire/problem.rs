//! How an error crosses: `{ code, message, detail }`. A code exists only where window, command line or a script branches
//! on it; nobody matches on the message.

use exchange::ExchangeRecord;
use serde::Serialize;

/// An error as the window and `--json` see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Problem {
    /// What kind it is.
    pub code: ProblemCode,
    /// What happened, and where.
    pub message: String,
    /// More, where there is more.
    pub detail: Box<ProblemDetail>,
}

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum ProblemCode {
    /// A field or argument cannot be used; `detail.field` names it.
    Invalid,
    /// There is no such connection, request or body.
    NotFound,
    /// Another connection has this name.
    NameTaken,
    /// No connection could be made, or it broke off.
    Network,
    /// TLS could not be agreed on or the certificate is not trusted.
    Tls,
    /// Nothing came within the limit.
    Timeout,
    /// The person cancelled.
    Cancelled,
    /// The authorization server refused: `detail.oauth_error` says with which code.
    Refused,
    /// The authorization server answered something that is not an answer.
    BadAnswer,
    /// There is no keyring.
    KeyringAbsent,
    /// The keyring is locked.
    KeyringLocked,
    /// The prompt was dismissed.
    KeyringDismissed,
    /// The keyring denied.
    KeyringDenied,
    /// The keyring failed in another way, or holds something that is not ours.
    Keyring,
    /// The secret was kept in memory by an earlier run.
    SecretMissing,
    /// The data folder or the library in it cannot be used.
    Library,
    /// A port of the local gateway is taken; `detail.field` names the listener.
    PortTaken,
    /// The gateway's configuration is wrong.
    Configuration,
    /// A text is no API definition, or one that cannot be converted.
    Definition,
    /// There is no token to work on.
    NoToken,
    /// The server has no such endpoint.
    NoEndpoint,
    /// Something that belongs to the grant is missing: `detail.field` names the member of `GrantInputs`.
    InputNeeded,
    /// Only a person can get this token, and nobody is asked here: *Get token* does it.
    SignInNeeded,
    /// A sign-in did not come to its end.
    SignIn,
    /// A defect of this program.
    Internal,
}

/// More about a problem. Absent members are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ProblemDetail {
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub next: Option<String>,
    /// The form field or argument that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub field: Option<String>,
    /// The issuer that the server names, where it is another than the one that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub issuer: Option<String>,
    /// OAuth error code (RFC 6749 5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub oauth_error: Option<String>,
    /// The server's description.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub oauth_description: Option<String>,
    /// HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub status: Option<u16>,
    /// What it usually means, most likely first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<oauth::Cause>,
    /// The exchange that went wrong, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub exchange: Option<Box<ExchangeRecord>>,
}
