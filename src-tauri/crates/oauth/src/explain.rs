//! What a refusal means: who refused, why probably, what to do next.
//! Belongs here: the shape of an explanation and the two questions. Not here: the knowledge behind it (`explain/*`).

mod call;
mod challenge;
mod gravitee;
mod gravitee_causes;
mod hints;
mod others;
mod refusal;
mod refused_client;
mod refused_grant;
mod wrong_answer;

use std::time::SystemTime;

use exchange::Exchange;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Who refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Side {
    /// The authorization server.
    AuthorizationServer,
    /// A policy in the gateway's flow.
    GatewayPolicy,
    /// The gateway's plan selection, before any policy.
    GatewayPlan,
    /// The gateway itself, because it could not reach or wait for the API behind it.
    Gateway,
    /// The API behind the gateway, or an API without one.
    Upstream,
    /// A proxy between here and there.
    Proxy,
    /// This machine.
    Client,
    /// Cannot be told.
    Unknown,
}

/// How likely a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Likelihood {
    /// It is so.
    Certain,
    /// Usually so.
    Likely,
    /// Can be so.
    Possible,
}

/// One possible cause and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Cause {
    /// The cause.
    pub cause: String,
    /// How likely it is.
    pub likelihood: Likelihood,
    /// What to do next.
    pub next: String,
}

/// A challenge of `WWW-Authenticate` (RFC 9110 11.6.1), read tolerantly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Challenge {
    /// Scheme as written: `Bearer`, `Basic`, `DPoP`.
    pub scheme: String,
    /// Parameters in order, names in lower case.
    pub parameters: Vec<(String, String)>,
    /// The token68 form, if it is one.
    pub token68: Option<String>,
    /// Violations of the grammar.
    pub errors: Vec<String>,
}

/// A refusal explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Explanation {
    /// One sentence.
    pub headline: String,
    /// Who refused.
    pub side: Side,
    /// The challenges, parsed.
    pub challenge: Vec<Challenge>,
    /// Possible causes, the likeliest first.
    pub causes: Vec<Cause>,
    /// Where it is written.
    pub reference: Option<String>,
}

/// What is known on this side about a call that was refused.
#[derive(Debug, Clone, Copy)]
pub struct CallContext<'a> {
    /// The access token that was sent, if one was.
    pub token: Option<&'a SecretString>,
    /// The issuer that the connection expects in `iss`, if known.
    pub issuer: Option<&'a str>,
    /// Now.
    pub now: SystemTime,
}

/// Explains an API's 401, 403, 502, 503 or 504; `None` for other statuses.
#[must_use]
pub fn explain_response(exchange: &Exchange, context: &CallContext<'_>) -> Option<Explanation> {
    call::explain(exchange, context)
}

/// Explains why there is no token.
#[must_use]
pub fn explain_error(error: &Error) -> Explanation {
    refusal::explain(error)
}

/// The `error` of a challenge (RFC 6750 3.1).
pub(crate) fn error_of(exchange: &Exchange) -> Option<String> {
    challenge::of(exchange).iter().find_map(|challenge| gravitee::parameter(challenge, "error").map(str::to_owned))
}

/// True if a challenge asks for a bearer token.
pub(crate) fn asks_for_bearer(exchange: &Exchange) -> bool {
    challenge::of(exchange).iter().any(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"))
}

/// True if the proof was refused for lack of the server's nonce: in a challenge of an API, or in the body of a token endpoint.
pub(crate) fn asks_for_nonce(exchange: &Exchange) -> bool {
    let code = "use_dpop_nonce";
    let body = || exchange.response().and_then(|response| response.body.range(0..4096).ok()).unwrap_or_default();
    let answer = || serde_json::from_slice::<serde_json::Value>(&body()).unwrap_or_default();
    let member = || answer().get("error").is_some_and(|error| error == code);
    matches!(exchange.status(), 400 | 401) && (error_of(exchange).as_deref() == Some(code) || member())
}
