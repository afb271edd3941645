//! Recognises Gravitee's answers in all its dialects.
//! Belongs here: the words and headers of its gateway, and what each means. Not here: causes and next steps.

use exchange::Exchange;
use serde_json::Value;

use super::{Challenge, Side};

/// What a gateway says by its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// There was no token.
    NoToken,
    /// There was a header, but no token in it.
    BlankToken,
    /// Introspection said: not active.
    Inactive,
    /// Scopes are missing.
    Scope,
    /// The policy names no usable resource.
    NoResource,
    /// The introspection endpoint could not be asked.
    IntrospectionDown,
    /// The introspection endpoint answered nonsense.
    IntrospectionOdd,
    /// The token names no client.
    NoClient,
    /// No plan fits.
    NoPlan,
    /// The credentials are wrong, in verbose mode.
    PlanInvalid,
    /// No subscription, in verbose mode.
    NoSubscription,
    /// The subscription is over, in verbose mode.
    SubscriptionOver,
    /// The subscription has not begun, in verbose mode.
    SubscriptionLater,
    /// The API behind the gateway cannot be reached.
    BackendDown,
    /// The API behind the gateway did not answer in time.
    BackendSlow,
    /// The gateway refused without saying why.
    Refused,
}

/// A recognised answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recognised {
    pub(crate) side: Side,
    pub(crate) meaning: Meaning,
}

/// Texts that occur in one place only. D0 and D1 are the policy up to 2.3, `Temporarily…` plans since 3.0.4, the long ones `verbose401`.
const TEXTS: &[(&str, Side, Meaning)] = &[
    ("No OAuth authorization header was supplied", Side::GatewayPolicy, Meaning::NoToken),
    ("No OAuth access token was supplied", Side::GatewayPolicy, Meaning::BlankToken),
    ("No OAuth authorization server has been configured", Side::GatewayPolicy, Meaning::NoResource),
    ("Invalid response from authorization server", Side::GatewayPolicy, Meaning::IntrospectionOdd),
    ("You're not allowed to access this resource", Side::GatewayPolicy, Meaning::Scope),
    ("The request requires higher privileges than provided by the access token.", Side::GatewayPolicy, Meaning::Scope),
    ("No client_id was supplied", Side::GatewayPolicy, Meaning::NoClient),
    ("temporarily_unavailable", Side::GatewayPolicy, Meaning::IntrospectionDown),
    ("Temporarily Unavailable", Side::GatewayPlan, Meaning::IntrospectionDown),
    ("The provided authentication token is invalid", Side::GatewayPlan, Meaning::PlanInvalid),
    ("The provided credentials are not authorized", Side::GatewayPlan, Meaning::NoSubscription),
    ("Access has expired for the provided credentials", Side::GatewayPlan, Meaning::SubscriptionOver),
    (
        "The subscription has not yet started for the provided credentials",
        Side::GatewayPlan,
        Meaning::SubscriptionLater,
    ),
    ("No plan matched the request", Side::GatewayPlan, Meaning::NoPlan),
    ("The request did not include an authentication token", Side::GatewayPlan, Meaning::NoToken),
    ("Request timeout", Side::Gateway, Meaning::BackendSlow),
];

/// The meaning of an answer, if it is the gateway's own.
pub(crate) fn recognise(
    exchange: &Exchange,
    challenges: &[Challenge],
    body: &str,
    token_sent: bool,
) -> Option<Recognised> {
    let marked =
        exchange.header("x-gravitee-transaction-id").is_some() || exchange.header("x-gravitee-request-id").is_some();
    let realm = challenges.iter().any(|challenge| parameter(challenge, "realm") == Some("gravitee.io"));
    if !marked && !realm && !is_error_object(body) {
        return None;
    }
    let message = message(body);
    if let Some(found) = by_text(exchange, &message) {
        return Some(found);
    }
    let of = |side, meaning| Some(Recognised { side, meaning });
    match exchange.status() {
        401 if realm && is_inactive(&message) => of(Side::GatewayPolicy, Meaning::Inactive),
        401 if !is_own(&message, "Unauthorized") => None,
        // The policy in a flow: one answer for a missing, a blank and an inactive token and for missing scopes.
        401 if realm && token_sent => of(Side::GatewayPolicy, Meaning::Refused),
        401 if realm => of(Side::GatewayPolicy, Meaning::NoToken),
        // Only what comes after plan selection knows the client.
        401 if exchange.header("x-gravitee-client-identifier").is_some() => {
            of(Side::GatewayPolicy, Meaning::NoResource)
        }
        401 if token_sent => of(Side::GatewayPlan, Meaning::NoPlan),
        401 => of(Side::GatewayPlan, Meaning::NoToken),
        502 if message.is_empty() => of(Side::Gateway, Meaning::BackendDown),
        503 if is_own(&message, "Service Unavailable") && realm => of(Side::GatewayPolicy, Meaning::IntrospectionDown),
        503 if message.is_empty() => of(Side::Gateway, Meaning::BackendDown),
        504 if message.is_empty() => of(Side::Gateway, Meaning::BackendSlow),
        _ => None,
    }
}

fn by_text(exchange: &Exchange, message: &str) -> Option<Recognised> {
    let lines = exchange.response().map(|response| response.headers.get_all("www-authenticate"));
    let header: String = lines.into_iter().flatten().filter_map(|value| value.to_str().ok()).collect();
    let says = |text: &str| message == text || header.contains(text);
    let (_, side, meaning) = TEXTS.iter().find(|(text, ..)| says(text))?;
    Some(Recognised { side: *side, meaning: *meaning })
}

/// An empty body is what the V3 engine sends.
fn is_own(message: &str, text: &str) -> bool {
    message.is_empty() || message == text
}

/// `{"message":"…","http_status_code":401}`.
fn is_error_object(body: &str) -> bool {
    let object: Option<Value> = serde_json::from_str(body).ok();
    object.is_some_and(|object| object.get("message").is_some() && object.get("http_status_code").is_some())
}

/// The message of the error object, or the bare text that the gateway sends where JSON is not accepted.
fn message(body: &str) -> String {
    let object: Option<Value> = serde_json::from_str(body).ok();
    let text = object.as_ref().and_then(|object| object.get("message")).and_then(Value::as_str);
    text.unwrap_or(body).trim().to_owned()
}

/// Up to 2.3 the introspection answer itself is the body; the AM resource puts its own words in place of `active: false`.
fn is_inactive(message: &str) -> bool {
    let object: Option<Value> = serde_json::from_str(message).ok();
    object.is_some_and(|object| {
        object.get("active") == Some(&Value::Bool(false))
            || object.get("error").and_then(Value::as_str) == Some("Invalid Access Token")
    })
}

pub(crate) fn parameter<'a>(challenge: &'a Challenge, name: &str) -> Option<&'a str> {
    challenge.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
