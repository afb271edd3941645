//! The device authorization grant (RFC 8628).
//! Belongs here: asking for a code, waiting for the user. Not here: showing the code.

use std::time::Duration;

use exchange::{CancellationToken, Failure};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::{
    Client, Endpoints, Error, Grant, Http, TokenAnswer, TokenRequest, WrongAnswer,
    answer::{self, Answer},
    request_token,
};

/// RFC 8628 3.2: where the server says nothing.
const INTERVAL: Duration = Duration::from_secs(5);

/// RFC 8628 3.5: added for good at each `slow_down`.
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// No code is valid longer than this.
const LONGEST: u64 = 3600;

/// What the user is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct DevicePrompt {
    /// The code to type in.
    pub user_code: String,
    /// Where to type it in; http or https.
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub verification_uri: Url,
    /// The same with the code in it, to be shown as text and QR code.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub verification_uri_complete: Option<Url>,
    /// Seconds until the code expires.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub expires_in: u64,
}

/// Shows a code to the user by `show` and waits until the server gives the token. The grant of `request` is set here.
///
/// # Errors
/// [`Error::NoEndpoint`]; [`Error::Refused`] with `access_denied` or `expired_token`; otherwise as [`request_token`].
pub async fn device(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    request: &TokenRequest,
    show: impl FnOnce(&DevicePrompt),
    cancel: &CancellationToken,
) -> Result<TokenAnswer, Error> {
    let begun = begin(http, endpoints, client, request, cancel).await?;
    show(&begun.prompt);
    let waiting = poll(http, endpoints, client, request, &begun, cancel);
    match tokio::time::timeout(Duration::from_secs(begun.prompt.expires_in), waiting).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::Browser { what: "the code expired before it was typed in. Begin again".to_owned() }),
    }
}

struct Begun {
    prompt: DevicePrompt,
    device_code: SecretString,
    interval: Duration,
}

async fn begin(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    request: &TokenRequest,
    cancel: &CancellationToken,
) -> Result<Begun, Error> {
    let url = endpoints.device_authorization.as_ref().ok_or(Error::NoEndpoint { endpoint: "device authorization" })?;
    let mut parameters = request.parameters()?;
    // RFC 8628 3.1: the grant belongs to the token request, the client is named here in any case.
    parameters.retain(|(name, _)| name != "grant_type");
    parameters.push(("client_id".to_owned(), client.id.as_str().into()));
    let message = request.message(http, endpoints, url, client, parameters)?;
    let answer = answer::object(http.send(&message, cancel).await?, http.now()).map_err(|error| error.of(client))?;
    match read(&answer) {
        Ok(begun) => Ok(begun),
        Err(detail) => {
            let status = answer.exchange.status();
            Err(Error::wrong(answer.exchange, WrongAnswer::Unexpected { status, detail }))
        }
    }
}

fn read(answer: &Answer) -> Result<Begun, String> {
    let Answer { members, came, .. } = answer;
    let device_code = came.get("device_code").and_then(Value::as_str).filter(|code| !code.is_empty());
    let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let needed = |name: &str| text(name).ok_or_else(|| format!("no {name} (RFC 8628 3.2)"));
    let web = |name: &str| {
        text(name).and_then(|url| Url::parse(url).ok()).filter(|url| matches!(url.scheme(), "http" | "https"))
    };
    let seconds = |name: &str| members.get(name).and_then(Value::as_u64);
    Ok(Begun {
        prompt: DevicePrompt {
            user_code: needed("user_code")?.chars().filter(|c| !c.is_control()).take(64).collect(),
            verification_uri: web("verification_uri")
                .ok_or("no verification_uri that is http or https (RFC 8628 3.2)")?,
            verification_uri_complete: web("verification_uri_complete"),
            expires_in: seconds("expires_in").unwrap_or(LONGEST).min(LONGEST),
        },
        device_code: device_code.ok_or("no device_code (RFC 8628 3.2)")?.into(),
        interval: seconds("interval").map_or(INTERVAL, |seconds| Duration::from_secs(seconds.clamp(1, 300))),
    })
}

async fn poll(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    request: &TokenRequest,
    begun: &Begun,
    cancel: &CancellationToken,
) -> Result<TokenAnswer, Error> {
    let grant = Grant::DeviceCode { device_code: begun.device_code.clone() };
    let asking = TokenRequest { grant, scopes: Vec::new(), ..request.clone() };
    let mut interval = begun.interval;
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Failure::Cancelled.into()),
            () = tokio::time::sleep(interval) => {}
        }
        match request_token(http, endpoints, client, &asking, cancel).await {
            Ok(mut answer) => {
                answer.scope = answer.scope.or_else(|| request.scope());
                answer.requested_scope = request.scope();
                return Ok(answer);
            }
            Err(error) => interval = longer(interval, error)?,
        }
    }
}

/// How long to wait after this answer; what is no reason to wait comes back.
fn longer(interval: Duration, error: Error) -> Result<Duration, Error> {
    match &error {
        Error::Refused { error: refusal, .. } => after(interval, &refusal.code).ok_or(error),
        // RFC 8628 3.5: a time-out asks for less haste.
        Error::Send { failure: Failure::Timeout { .. }, .. } => Ok(interval * 2),
        _ => Err(error),
    }
}

fn after(interval: Duration, code: &str) -> Option<Duration> {
    match code {
        "authorization_pending" => Some(interval),
        "slow_down" => Some(interval + SLOW_DOWN),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slowing_down_is_for_good() {
        let after =
            |interval: u64, code| super::after(Duration::from_secs(interval), code).map(|after| after.as_secs());
        assert_eq!(after(5, "authorization_pending"), Some(5));
        assert_eq!(after(5, "slow_down").and_then(|interval| after(interval, "slow_down")), Some(15));
        assert_eq!(after(5, "expired_token"), None);
        assert_eq!(after(5, "access_denied"), None);
    }
}
