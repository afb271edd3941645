//! A curl line that works beside the token request of a connection that does not.
//! Belongs here: which lines there are, and what a difference amounts to. Not here: reading curl (`exchange`), the request (`oauth`).

use crate::{
    Desk, DeskError, Result, Target,
    copying::grant_note,
    wire::{ComparedLine, CurlComparison, LineVerdict, WayRef},
};
use exchange::{
    Body, MASK, Redaction, Request, Value,
    curl::{self, CurlCommand},
    is_secret_name,
};
use oauth::{AuthenticationMethod, Client, form_encoded};
use secrecy::ExposeSecret;
use std::collections::BTreeSet;
use url::{Url, form_urlencoded};

/// Parameters that authenticate the client; they stand under *client authentication*.
const AUTHENTICATING: [&str; 4] = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];

impl Desk {
    /// Sets a pasted curl line beside the request that this connection would send for a token. Nothing is sent.
    ///
    /// # Errors
    /// When the text is no curl line, or the connection cannot be made ready.
    pub async fn compare_curl(&self, id: i64, text: &str) -> Result<CurlComparison> {
        let theirs = curl::parse(text).map_err(|error| DeskError::invalid("curl", error.to_string()))?;
        let party = self.party(&Target::Saved(id)).await?;
        let endpoints = self.endpoints(&party).await?;
        let ours = oauth::token_message(&party.way.http, &endpoints, &party.client, &party.request)?;
        let mut compared = compare(&ours, &party.client, &theirs);
        compared.notes.extend(grant_note(&party).map(str::to_owned));
        Ok(compared)
    }
}

fn compare(ours: &Request, client: &Client, theirs: &CurlCommand) -> CurlComparison {
    let mut lines = vec![
        line("method", "", Some(ours.method.clone()), Some(theirs.method.clone()), ""),
        url_line(&ours.url, &theirs.url),
    ];
    let (mut authentication, suggested) = authentication(client, theirs);
    lines.append(&mut authentication);
    lines.extend(headers(ours, theirs));
    lines.extend(parameters(ours, theirs));
    CurlComparison { lines, notes: theirs.notes.clone(), suggested }
}

fn line(part: &str, name: &str, ours: Option<String>, theirs: Option<String>, note: &str) -> ComparedLine {
    let verdict = match (&ours, &theirs) {
        (Some(ours), Some(theirs)) if ours == theirs => LineVerdict::Same,
        (Some(_), Some(_)) => LineVerdict::Differs,
        (None, _) => LineVerdict::TheirsOnly,
        (_, None) => LineVerdict::OursOnly,
    };
    ComparedLine { part: part.to_owned(), name: name.to_owned(), ours, theirs, verdict, note: note.to_owned() }
}

fn url_line(ours: &Url, theirs: &Url) -> ComparedLine {
    let parts = [
        ("the scheme", ours.scheme() != theirs.scheme()),
        ("the host", ours.host_str() != theirs.host_str()),
        ("the port", ours.port_or_known_default() != theirs.port_or_known_default()),
        ("the path", ours.path() != theirs.path()),
        ("the query", ours.query() != theirs.query()),
    ];
    let differing: Vec<&str> = parts.into_iter().filter(|(_, differs)| *differs).map(|(word, _)| word).collect();
    let slash =
        ours.path() != theirs.path() && ours.path().trim_end_matches('/') == theirs.path().trim_end_matches('/');
    let note = match differing.as_slice() {
        [] => String::new(),
        ["the path"] if slash => "They differ in the last slash only, which counts.".to_owned(),
        parts => format!("They differ in {}.", parts.join(", ")),
    };
    let shown = |url: &Url| Some(Redaction::new().url(url));
    line("url", "", shown(ours), shown(theirs), &note)
}

/// How a request authenticates its client, with ID and secret as they stand on the wire.
struct Proof {
    kind: &'static str,
    id: Option<String>,
    secret: Option<String>,
}

fn our_proof(client: &Client) -> Proof {
    let secret = client.secret().map(|secret| secret.expose_secret().to_owned());
    let (kind, id, secret) = match client.method() {
        AuthenticationMethod::ClientSecretBasic => {
            (BASIC, form_encoded(&client.id), secret.as_deref().map(form_encoded))
        }
        AuthenticationMethod::ClientSecretBasicRaw => (BASIC, client.id.clone(), secret),
        AuthenticationMethod::ClientSecretPost => (BODY, client.id.clone(), secret),
        AuthenticationMethod::ClientSecretJwt | AuthenticationMethod::PrivateKeyJwt => {
            (ASSERTION, client.id.clone(), None)
        }
        AuthenticationMethod::TlsClientAuth | AuthenticationMethod::None => (NONE, client.id.clone(), None),
    };
    Proof { kind, id: Some(id), secret }
}

const BASIC: &str = "HTTP Basic";
const BODY: &str = "client_id and client_secret in the body";
const ASSERTION: &str = "a signed assertion in the body";
const NONE: &str = "client_id only";
const NOTHING: &str = "nothing that names a client";

fn their_proof(theirs: &CurlCommand) -> Proof {
    let form = theirs.form();
    let value =
        |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose_secret().to_owned());
    if let Some((id, secret)) = &theirs.basic {
        return Proof { kind: BASIC, id: Some(id.clone()), secret: Some(secret.expose_secret().to_owned()) };
    }
    let (id, secret) = (value("client_id"), value("client_secret"));
    let kind = match (&id, &secret) {
        _ if value("client_assertion").is_some() => ASSERTION,
        (_, Some(_)) => BODY,
        (Some(_), None) => NONE,
        _ => NOTHING,
    };
    Proof { kind, id, secret }
}

fn authentication(client: &Client, theirs: &CurlCommand) -> (Vec<ComparedLine>, Option<WayRef>) {
    const PART: &str = "client authentication";
    let (our, their) = (our_proof(client), their_proof(theirs));
    let mut lines = vec![line(PART, "", Some(our.kind.to_owned()), Some(their.kind.to_owned()), "")];
    if our.id.is_some() || their.id.is_some() {
        let note = same_decoded(our.id.as_deref(), their.id.as_deref());
        lines.push(line(PART, "client ID", our.id.clone(), their.id.clone(), note));
    }
    if our.secret.is_some() || their.secret.is_some() {
        let mask = |secret: &Option<String>| secret.as_ref().map(|_| MASK.to_owned());
        let mut secret = line(PART, "client secret", mask(&our.secret), mask(&their.secret), "");
        if let (Some(our), Some(their)) = (&our.secret, &their.secret) {
            let same = our == their;
            secret.verdict = if same { LineVerdict::Same } else { LineVerdict::Differs };
            secret.note = if same { "The same secret.".into() } else { secret_note(our, their).into() };
        }
        lines.push(secret);
    }
    (lines, suggestion(client, &our, &their))
}

/// Whether two texts are the same once they are form-decoded.
fn same_decoded(ours: Option<&str>, theirs: Option<&str>) -> &'static str {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours != theirs && decoded(ours) == decoded(theirs) => {
            "The same, in another encoding."
        }
        _ => "",
    }
}

/// How two secrets differ, as far as it can be said without telling them.
fn secret_note(ours: &str, theirs: &str) -> &'static str {
    if decoded(ours) == *theirs {
        "The same secret; ours is form-encoded (RFC 6749 2.3.1), the curl line sends it as it is."
    } else if *ours == decoded(theirs) {
        "The same secret; the curl line sends it form-encoded (RFC 6749 2.3.1), ours as it is."
    } else if decoded(ours) == decoded(theirs) {
        "The same secret, in another encoding."
    } else if ours.trim() == theirs.trim() || decoded(ours).trim() == theirs.trim() {
        "The same secret but for white space around it."
    } else {
        "Another secret."
    }
}

fn decoded(text: &str) -> String {
    let kept = format!("x={}", text.replace('&', "%26"));
    form_urlencoded::parse(kept.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The way that would send what the curl line sends, where it is another one than ours and the secret is ours.
fn suggestion(client: &Client, our: &Proof, their: &Proof) -> Option<WayRef> {
    let secret = client.secret()?.expose_secret();
    let sent = their.secret.as_deref()?;
    let (method, plain) = match their.kind {
        BASIC if sent == secret || sent == secret.trim() => (AuthenticationMethod::ClientSecretBasicRaw, sent),
        BASIC if decoded(sent) == *secret => (AuthenticationMethod::ClientSecretBasic, secret),
        BODY if sent == secret || sent == secret.trim() => (AuthenticationMethod::ClientSecretPost, sent),
        _ => return None,
    };
    let way = WayRef { method, trimmed: plain != secret, audience: None };
    let same = our.kind == their.kind && our.secret == their.secret && our.id == their.id;
    // What differs in its encoding only is the same way.
    (!same && (way.trimmed || method != client.method())).then_some(way)
}

fn headers(ours: &Request, theirs: &CurlCommand) -> Vec<ComparedLine> {
    let known = |name: &str| name.eq_ignore_ascii_case("authorization");
    let mut our: Vec<(String, String)> = ours
        .headers
        .iter()
        .filter(|header| !known(&header.name))
        .map(|header| (header.name.clone(), shown(&header.name, &header.value)))
        .collect();
    if matches!(ours.body, Body::Form(_)) && !our.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        our.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    let redaction = Redaction::new();
    let their: Vec<(String, String)> = theirs
        .headers
        .iter()
        .filter(|(name, _)| !known(name))
        .map(|(name, value)| (name.clone(), redaction.header(name, value)))
        .collect();
    let mut lines = pairs("header", &our, &their, str::eq_ignore_ascii_case);
    for line in &mut lines {
        if line.verdict == LineVerdict::OursOnly && line.name.eq_ignore_ascii_case("accept") {
            line.note = "curl sends */* by itself.".to_owned();
        }
    }
    lines
}

fn parameters(ours: &Request, theirs: &CurlCommand) -> Vec<ComparedLine> {
    let is_other = |name: &str| !AUTHENTICATING.contains(&name);
    let our: Vec<(String, String)> = match &ours.body {
        Body::Form(form) => form
            .iter()
            .filter(|(name, _)| is_other(name))
            .map(|(name, value)| (name.clone(), shown(name, value)))
            .collect(),
        _ => Vec::new(),
    };
    let masked = |name: &str, value: &str| if is_secret_name(name) { MASK.to_owned() } else { value.to_owned() };
    let their: Vec<(String, String)> = theirs
        .form()
        .into_iter()
        .filter(|(name, _)| is_other(name))
        .map(|(name, value)| (name.clone(), masked(&name, value.expose_secret())))
        .collect();
    pairs("parameter", &our, &their, |ours, theirs| ours == theirs)
}

fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::Plain(text) if !is_secret_name(name) => text.clone(),
        _ => MASK.to_owned(),
    }
}

/// Lines of two lists, in the order of ours; what only theirs has comes last. A name that occurs twice is paired in order.
fn pairs(
    part: &str,
    ours: &[(String, String)],
    theirs: &[(String, String)],
    same_name: impl Fn(&str, &str) -> bool,
) -> Vec<ComparedLine> {
    let mut taken = BTreeSet::new();
    let mut lines = Vec::new();
    for (name, value) in ours {
        let found = theirs.iter().enumerate().find(|(at, (theirs, _))| !taken.contains(at) && same_name(name, theirs));
        let their = found.map(|(at, (_, value))| {
            taken.insert(at);
            value.clone()
        });
        lines.push(line(part, name, Some(value.clone()), their, ""));
    }
    let rest = theirs.iter().enumerate().filter(|(at, _)| !taken.contains(at));
    lines.extend(rest.map(|(_, (name, value))| line(part, name, None, Some(value.clone()), "")));
    lines
}
