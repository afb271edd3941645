//! The client-authentication doctor: finds out which method and encoding a server accepts.
//! Belongs here: trying ways, and what an answer proves. Not here: which ways there are (`doctor/ways`), what they send (`authentication`).

mod ways;

use std::sync::Arc;

use exchange::{CancellationToken, Failure};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    AuthenticationMethod, Client, Endpoints, Error, Grant, Http, TokenAnswer, TokenRequest, WrongAnswer, random,
    request_token,
};

pub use ways::{Credentials, TriedAudience, Way, ways_to_try};

/// What an attempt showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Verdict {
    /// The server knows the client by this way; perhaps it refused something else (scope, grant).
    Accepted,
    /// The server does not take the client for who it says it is.
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
    /// The audience of the assertion, where that was not as configured.
    pub audience: Option<TriedAudience>,
    /// What it showed.
    pub verdict: Verdict,
    /// The server's answer in words.
    pub detail: String,
    /// How the clocks differ and what to do, where an assertion was refused for that.
    pub clocks: Option<String>,
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

/// Tries the ways that send a different request, at most once each, until the server accepts one. To be used after a refusal of the client,
/// and only when the user asks for it: servers count failures.
///
/// # Errors
/// What ends the examination: no connection, or a server that asks to slow down.
pub async fn examine(
    http: &Http,
    endpoints: &Endpoints,
    client: &Client,
    credentials: &Credentials,
    request: &TokenRequest,
    cancel: &CancellationToken,
) -> Result<Diagnosis, Error> {
    let mut attempts = Vec::new();
    let mut ways = ways_to_try(endpoints, client, credentials).into_iter();
    while let Some(way) = ways.next() {
        let found = examine_way(http, endpoints, way, ways.clone(), request, cancel).await?;
        attempts.extend(found.attempts);
        if found.accepted.is_some() {
            return Ok(Diagnosis { attempts, ..found });
        }
    }
    Ok(Diagnosis { attempts, accepted: None, token: None })
}

/// Tries one way. A secret in the body that is accepted is left out once, if that is among what is `left` to try, since servers do not look
/// at what a public client sends there.
///
/// # Errors
/// What proves nothing about any way: no connection, or a server that asks to slow down.
pub async fn examine_way(
    http: &Http,
    endpoints: &Endpoints,
    way: Way,
    mut left: impl Iterator<Item = Way>,
    request: &TokenRequest,
    cancel: &CancellationToken,
) -> Result<Diagnosis, Error> {
    let (tried, token) = attempt(http, endpoints, &way, request, cancel).await?;
    let is_accepted = tried.verdict == Verdict::Accepted;
    let is_in_body = way.client.method() == AuthenticationMethod::ClientSecretPost;
    let accepted = is_accepted.then_some(way.client);
    let mut found = Diagnosis { attempts: vec![tried], accepted, token: token.map(Arc::new) };
    let bare = left.find(|way| is_accepted && is_in_body && way.client.method() == AuthenticationMethod::None);
    // What was found stands, whatever becomes of this.
    if let Some(bare) = bare
        && let Ok((tried, token)) = attempt(http, endpoints, &bare, request, cancel).await
    {
        found.compare(bare, tried, token, &request.grant);
    }
    Ok(found)
}

async fn attempt(
    http: &Http,
    endpoints: &Endpoints,
    way: &Way,
    request: &TokenRequest,
    cancel: &CancellationToken,
) -> Result<(Attempt, Option<TokenAnswer>), Error> {
    let method = way.client.method();
    let request = TokenRequest { grant: probe(method, &request.grant)?, ..request.clone() };
    let outcome = request_token(http, endpoints, &way.client, &request, cancel).await;
    let (verdict, detail) = match &outcome {
        Ok(_) => (Verdict::Accepted, "a token was granted".to_owned()),
        Err(error) => judge(error, method).ok_or_else(|| error.clone())?,
    };
    let mut tried = Attempt { method, trimmed: way.trimmed, audience: way.audience, verdict, detail, clocks: None };
    if let (Verdict::Refused, Err(error)) = (verdict, &outcome) {
        // A clock that is off is no reason by itself why an assertion is refused that the client is perhaps not to send at all.
        tried.note_clocks(error, way.audience.is_none());
    }
    Ok((tried, outcome.ok()))
}

impl Attempt {
    fn note_clocks(&mut self, error: &Error, alone: bool) {
        let Some(how) = error.differing_clocks(alone) else { return };
        self.detail = format!("{} (the clocks differ: {how})", self.detail);
        self.clocks =
            Some(format!("the clocks differ: {how}. Set the one that is wrong, by NTP at best, and ask again."));
    }
}

impl Diagnosis {
    /// The client without the secret beside what was accepted with it: a client that does as well without is public (RFC 6749 2.1).
    fn compare(&mut self, bare: Way, mut tried: Attempt, token: Option<TokenAnswer>, grant: &Grant) {
        let is_same_grant = matches!(grant, Grant::ClientCredentials);
        let does_less = is_same_grant && self.token.is_some() && token.is_none();
        match tried.verdict {
            Verdict::Accepted if !does_less => {
                tried.detail.push_str("; this client is public: the server does not look at the secret");
                self.attempts.push(tried);
                self.accepted = Some(bare.client);
                self.token = token.map(Arc::new).or(self.token.take());
            }
            Verdict::Refused => {
                if let Some(with_secret) = self.attempts.last_mut() {
                    with_secret.detail.push_str("; without the secret the client is refused");
                }
            }
            _ => {}
        }
    }
}

/// Whatever the grant, the server looks at the client first (RFC 6749 5.2): client credentials, which need nobody and nothing else, will do.
/// They are for confidential clients only (RFC 6749 4.4), and Gravitee does not know a public client that asks by them: a client without a
/// proof, whose own grant is another one, asks by a refresh token that no server knows.
fn probe(method: AuthenticationMethod, grant: &Grant) -> Result<Grant, Error> {
    if method != AuthenticationMethod::None || matches!(grant, Grant::ClientCredentials) {
        return Ok(Grant::ClientCredentials);
    }
    Ok(Grant::RefreshToken { refresh_token: SecretString::from(random::text::<16>()?) })
}

/// What an error proves; `None` ends the examination.
fn judge(error: &Error, method: AuthenticationMethod) -> Option<(Verdict, String)> {
    let (refusal, grant) = match error {
        Error::Refused { error, grant, .. } => (error, *grant),
        Error::BadRequest { .. }
        | Error::WrongAnswer { wrong: WrongAnswer::Unexpected { .. } | WrongAnswer::OwnError { .. }, .. } => {
            return Some((Verdict::Unclear, error.to_string()));
        }
        // It may be this certificate, or its endpoint, that the handshake failed for.
        Error::Send { failure: Failure::Tls { .. }, .. } if method == AuthenticationMethod::TlsClientAuth => {
            return Some((Verdict::Unclear, error.to_string()));
        }
        _ => return None,
    };
    let said = refusal.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    let said = format!("{}{said}", refusal.code);
    if refusal.is_of_the_client() {
        return Some((Verdict::Refused, said));
    }
    let is_made_up = method == AuthenticationMethod::None && grant == Some("refresh_token");
    Some(match not_taken(&refusal.code, is_made_up) {
        Some(what) => (Verdict::Accepted, format!("the client is known by this, but {what} is refused ({said})")),
        None => (Verdict::Unclear, said),
    })
}

/// What a server refuses that has taken the client for who it says it is: it looks at that first (RFC 6749 5.2).
fn not_taken(code: &str, is_made_up: bool) -> Option<&'static str> {
    match code {
        "invalid_scope" => Some("the scope"),
        "invalid_target" => Some("the resource or audience"),
        "invalid_grant" if is_made_up => Some("the refresh token, which was made up,"),
        "unsupported_grant_type" | "unauthorized_client" | "invalid_grant" => Some("the grant"),
        _ => None,
    }
}
