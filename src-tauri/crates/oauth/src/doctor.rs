//! The client-authentication doctor: finds out which method and encoding a server accepts.
//! Belongs here: which ways are tried, in which order, and what an answer proves. Not here: the ways themselves (`authentication`).

use std::sync::Arc;

use exchange::CancellationToken;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    AssertionStyle, AuthenticationMethod, Client, ClientAuthentication, Endpoints, Error, Http, TokenAnswer,
    TokenRequest, request_token,
};

/// What an attempt showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Verdict {
    /// The server knows the client by this way; perhaps it refused something else (scope, grant).
    Accepted,
    /// `invalid_client`.
    Refused,
    /// The answer proves nothing.
    Unclear,
}

/// One way that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Attempt {
    /// The method.
    pub method: AuthenticationMethod,
    /// True if white space around the secret was removed.
    pub trimmed: bool,
    /// What it showed.
    pub verdict: Verdict,
    /// The server's answer in words.
    pub detail: String,
}

/// The doctor's findings.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// All ways that were tried, in order; the last one is accepted if any is.
    pub attempts: Vec<Attempt>,
    /// The client as the server accepts it.
    pub accepted: Option<Client>,
    /// The token, if the accepted attempt brought one.
    pub token: Option<Arc<TokenAnswer>>,
}

/// One way to authenticate, which differs on the wire from the others.
#[derive(Debug, Clone)]
pub struct Way {
    /// The client as it would authenticate.
    pub client: Client,
    /// True if white space around the secret is removed.
    pub trimmed: bool,
}

impl Way {
    /// What goes over the wire, in words.
    #[must_use]
    pub fn sends(&self) -> &'static str {
        match self.client.method() {
            AuthenticationMethod::ClientSecretBasic => {
                "Authorization: Basic; ID and secret are form-encoded first (RFC 6749 2.3.1)"
            }
            AuthenticationMethod::ClientSecretBasicRaw => "Authorization: Basic; ID and secret as they are",
            AuthenticationMethod::ClientSecretPost => "client_id and client_secret in the body",
            AuthenticationMethod::ClientSecretJwt => {
                "an assertion signed with the secret (RFC 7523); the secret stays here"
            }
            AuthenticationMethod::PrivateKeyJwt => "an assertion signed with the private key (RFC 7523)",
            AuthenticationMethod::TlsClientAuth => "client_id; the TLS certificate is the proof (RFC 8705)",
            AuthenticationMethod::None => "client_id only",
        }
    }
}

/// The ways that send a different request, in the order in which they are worth trying. None for a client without a secret.
#[must_use]
pub fn ways_to_try(endpoints: &Endpoints, client: &Client) -> Vec<Way> {
    candidates(endpoints, client).into_iter().map(|(client, trimmed)| Way { client, trimmed }).collect()
}

/// Tries one way.
///
/// # Errors
/// What proves nothing about any way: no connection, or a server that asks to slow down.
pub async fn attempt(
    http: &Http,
    endpoints: &Endpoints,
    way: &Way,
    request: &TokenRequest,
    cancel: &CancellationToken,
) -> Result<(Attempt, Option<TokenAnswer>), Error> {
    let outcome = request_token(http, endpoints, &way.client, request, cancel).await;
    let (verdict, detail) = match &outcome {
        Ok(_) => (Verdict::Accepted, "a token was granted".to_owned()),
        Err(error) => judge(error).ok_or_else(|| error.clone())?,
    };
    Ok((Attempt { method: way.client.method(), trimmed: way.trimmed, verdict, detail }, outcome.ok()))
}

/// Tries the ways that send a different request, at most once each, until the server accepts one. To be used after `invalid_client`, and
/// only when the user asks for it: servers count failures.
///
/// # Errors
/// What ends the examination: no connection, or a server that asks to slow down.
pub async fn examine(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    request: &TokenRequest,
    cancel: &CancellationToken,
) -> Result<Diagnosis, Error> {
    let mut diagnosis = Diagnosis { attempts: Vec::new(), accepted: None, token: None };
    for way in ways_to_try(endpoints, client) {
        let (attempt, token) = attempt(http, endpoints, &way, request, cancel).await?;
        let is_accepted = attempt.verdict == Verdict::Accepted;
        diagnosis.attempts.push(attempt);
        if is_accepted {
            diagnosis.accepted = Some(way.client);
            diagnosis.token = token.map(Arc::new);
            break;
        }
    }
    Ok(diagnosis)
}

/// What an error proves; `None` ends the examination. Servers look at grant and scope only after the client (RFC 6749 5.2).
fn judge(error: &Error) -> Option<(Verdict, String)> {
    let Error::Refused { error, .. } = error else {
        return match error {
            Error::BadRequest { .. } | Error::WrongAnswer { wrong: crate::WrongAnswer::Unexpected { .. }, .. } => {
                Some((Verdict::Unclear, error.to_string()))
            }
            _ => None,
        };
    };
    let verdict = match error.code.as_str() {
        "invalid_client" => Verdict::Refused,
        "invalid_scope" | "unsupported_grant_type" | "unauthorized_client" | "invalid_target" | "invalid_grant" => {
            Verdict::Accepted
        }
        _ => Verdict::Unclear,
    };
    let said = error.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    Some((verdict, format!("{}{said}", error.code)))
}

/// The configured way first; then ways with this secret, the ones that the metadata lists first; then the same with the secret trimmed. Only ways that differ on the wire.
fn candidates(endpoints: &Endpoints, client: &Client) -> Vec<(Client, bool)> {
    let Some(secret) = client.secret() else { return Vec::new() };
    let clean = SecretString::from(secret.expose_secret().trim());
    let mut all = Vec::new();
    let mut ways = ways(&client.id, secret);
    ways.sort_by_key(|way| !endpoints.authentication_methods.iter().any(|listed| listed == method(way).name()));
    let spaced = clean.expose_secret() != secret.expose_secret();
    if spaced {
        all.extend(self::ways(&client.id, &clean).into_iter().map(|way| (way, true)));
    }
    all.extend(ways.into_iter().map(|way| (way, false)));
    // The configured one first: where it is accepted, nothing else is to be tried.
    all.sort_by_key(|(way, trimmed)| *trimmed || method(way) != client.method());
    all.into_iter()
        .map(|(authentication, trimmed)| (Client { id: client.id.clone(), authentication }, trimmed))
        .collect()
}

fn ways(id: &str, secret: &SecretString) -> Vec<ClientAuthentication> {
    let mut ways = vec![ClientAuthentication::ClientSecretBasic(secret.clone())];
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>() != text;
    if encoded(id) || encoded(secret.expose_secret()) {
        ways.push(ClientAuthentication::ClientSecretBasicRaw(secret.clone()));
    }
    ways.push(ClientAuthentication::ClientSecretPost(secret.clone()));
    ways.push(ClientAuthentication::ClientSecretJwt { secret: secret.clone(), style: AssertionStyle::default() });
    ways
}

fn method(authentication: &ClientAuthentication) -> AuthenticationMethod {
    authentication.method()
}
