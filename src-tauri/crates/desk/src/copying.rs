//! Requests as code for other tools: that of the request view, and a connection's token request.
//! Belongs here: which part of a request is read when the code runs instead of standing in it. Not here: the languages (`exchange`).

use crate::{
    Desk, Result, Target,
    party::{Party, parse},
    wire::{Language, SendRequest},
};
use exchange::{
    Body, MASK, Redaction, Value,
    code::{Basic, Content, Placeholder, Snippet, Text},
    curl::quoted,
    is_secret_name,
};
use oauth::{AuthenticationMethod, Client, form_encoded};
use secrecy::ExposeSecret;
use store::GrantType;

impl Desk {
    /// The request in another language. The connection's token stands in it as a call of the command line; other secrets as
    /// variables of the environment, or masked where a language has no place for them.
    ///
    /// # Errors
    /// When the URL cannot be used, or the library cannot be read.
    pub async fn copy_as(&self, request: &SendRequest, language: Language) -> Result<String> {
        let url = Redaction::new().url(&parse("url", &request.url)?);
        let typed = request.headers.iter().filter(|(name, _)| !name.trim().is_empty());
        let mut headers: Vec<(String, Text)> = typed.map(|(name, value)| header(name.trim(), value.trim())).collect();
        let mut notes = Vec::new();
        if let Some(id) = request.connection.filter(|_| request.with_token) {
            let profile = self.store().await?.connection(store::ConnectionId(id)).await?.profile;
            let name = profile.name;
            notes.extend(profile.dpop.then(|| BOUND.to_owned()));
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            let command = Some(format!("claimcheck token {} --raw", quoted(&name)));
            let value = Placeholder { variable: "TOKEN".to_owned(), command };
            headers.push(("Authorization".to_owned(), Text::Secret { before: "Bearer ".to_owned(), value }));
        }
        let media = request.headers.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("content-type"));
        let body = Redaction::new().body(media.map(|(_, value)| value.trim()), &request.body);
        let is_masked = url.contains(MASK) || body.contains(MASK);
        let content = if body.is_empty() { Content::Empty } else { Content::Text(body) };
        notes.extend(is_masked.then(|| format!("Put the secret in place of {MASK}.")));
        Ok(Snippet { method: request.method.trim().to_owned(), url, headers, content, notes, ..Snippet::default() }
            .write(language))
    }

    /// The token request of a connection in another language. Its secrets are variables of the environment.
    ///
    /// # Errors
    /// When the connection cannot be made ready.
    pub async fn copy_token_request_as(&self, id: i64, language: Language) -> Result<String> {
        let party = self.party(&Target::Saved(id)).await?;
        let endpoints = self.endpoints(&party).await?;
        let message = oauth::token_message(&party.way.http, &endpoints, &party.client, &party.request)?;
        let plain = |header: &exchange::Header| match &header.value {
            Value::Plain(value) => Some((header.name.clone(), Text::Literal(value.clone()))),
            Value::Secret(_) => None,
        };
        let content = match &message.body {
            Body::Form(pairs) => Content::Form(pairs.iter().map(|(name, value)| parameter(name, value)).collect()),
            _ => Content::Empty,
        };
        Ok(Snippet {
            method: message.method.clone(),
            url: Redaction::new().url(&message.url),
            headers: message.headers.iter().filter_map(plain).collect(),
            basic: basic(&party.client),
            content,
            notes: note(party.client.method())
                .into_iter()
                .chain(grant_note(&party))
                .chain(party.dpop.as_ref().map(|_| UNBOUND))
                .map(str::to_owned)
                .collect(),
        }
        .write(language))
    }
}

/// A token that is bound to a key does not do alone.
const BOUND: &str = "This connection's tokens are bound to a key (DPoP, RFC 9449): without a proof for each request, which only Claimcheck can sign, the API refuses them. Use `claimcheck call`.";

/// A token request by which no token is bound.
const UNBOUND: &str = "The proof of possession is left out (DPoP, RFC 9449): the server refuses, or grants a token that is bound to no key.";

/// A header as it was typed; a secret one becomes a variable, its scheme stays.
fn header(name: &str, value: &str) -> (String, Text) {
    if Redaction::new().header(name, value) == value {
        return (name.to_owned(), Text::Literal(value.to_owned()));
    }
    let is_credentials = name.to_ascii_lowercase().ends_with("authorization");
    let before = match value.split_once(' ') {
        Some((scheme, _)) if is_credentials => format!("{scheme} "),
        _ => String::new(),
    };
    (name.to_owned(), Text::Secret { before, value: environment(name) })
}

fn parameter(name: &str, value: &Value) -> (String, Text) {
    let text = match value {
        Value::Plain(value) if !is_secret_name(name) => Text::Literal(value.clone()),
        _ => Text::Secret { before: String::new(), value: environment(name) },
    };
    (name.to_owned(), text)
}

/// The variable that is named after a header or parameter: `X-API-Key` is read from `X_API_KEY`.
fn environment(name: &str) -> Placeholder {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let variable: String = name.chars().map(letter).collect();
    let variable = if variable.starts_with(|c: char| c.is_ascii_digit()) { format!("_{variable}") } else { variable };
    Placeholder { variable, command: None }
}

fn basic(client: &Client) -> Option<Basic> {
    let secret = client.secret()?.expose_secret();
    let password = environment("client_secret");
    match client.method() {
        AuthenticationMethod::ClientSecretBasic => {
            Some(Basic { user: form_encoded(&client.id), password, form_encoded: form_encoded(secret) != secret })
        }
        AuthenticationMethod::ClientSecretBasicRaw => {
            Some(Basic { user: client.id.clone(), password, form_encoded: false })
        }
        _ => None,
    }
}

/// Other grants take what only a person or another token brings.
pub(crate) fn grant_note(party: &Party) -> Option<&'static str> {
    (party.grant.grant_type != GrantType::ClientCredentials)
        .then_some("This is the request by client_credentials; the grant of the connection takes more.")
}

fn note(method: AuthenticationMethod) -> Option<&'static str> {
    match method {
        AuthenticationMethod::ClientSecretJwt | AuthenticationMethod::PrivateKeyJwt => {
            Some("CLIENT_ASSERTION is a JWT that the client signs anew for each request (RFC 7523).")
        }
        AuthenticationMethod::TlsClientAuth => {
            Some("The client's certificate and key have to be given too (RFC 8705).")
        }
        _ => None,
    }
}
