//! `claimcheck connection …`

use crate::{
    arguments::AddArguments,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::{Output, Tone},
    spelled::Credentials,
    text::{facts, table, visible},
};
use desk::{
    Desk,
    wire::{ConnectionForm, ConnectionView, GrantType, SecretState, ServerForm},
};
use serde::Serialize;

/// A connection as scripts see it.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    server: &'a str,
    domain: Option<&'a str>,
    client_id: &'a str,
}

/// `connection add NAME …`
pub(crate) async fn add(
    desk: &Desk,
    mut arguments: AddArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let server = arguments.spelled.server().ok_or_else(|| {
        Failure::usage("Which server? --server URL --domain PATH (Gravitee AM), --issuer URL, or --token-url URL.")
    })?;
    arguments.spelled.options.token_header.append(&mut arguments.header);
    let mut form = arguments.spelled.form(&arguments.name, server, Credentials::Wanted, environment)?;
    form.api_url = arguments.api_url;
    make_lasting(&arguments.name, &mut form)?;
    if let Some(name) = &arguments.subject_connection {
        form.grant.subject_connection = Some(desk.connection_named(name).await?.id);
    }
    let has_secret = form.secret.is_some();
    let saved = desk.save_connection(form).await?;
    if output.json {
        output.document(&listed(&saved));
    } else {
        let kept = if has_secret { " The secret is in the keyring." } else { "" };
        let said = [&saved.name, &saved.client_id, &saved.server_label].map(|text| visible(text));
        let [name, client, server] = said;
        output.talk(format!("Saved {name}: {client} at {server}.{kept}"));
        output.talk(format!("Next: claimcheck token {}", visible(&quoted(&saved.name))));
    }
    Ok(Exit::Done)
}

/// What is saved is used from other folders, too: files get their whole path, and must be there.
fn make_lasting(name: &str, form: &mut ConnectionForm) -> Result<(), Failure> {
    if name.trim().is_empty() {
        return Err(Failure::usage("The connection needs a name: claimcheck connection add NAME …"));
    }
    let files = [&mut form.ca_file, &mut form.cert_file, &mut form.key_file, &mut form.grant.assertion_key_file];
    for file in files.into_iter().flatten() {
        let whole = std::fs::canonicalize(&*file)
            .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", visible(file))))?;
        *file = whole.display().to_string();
    }
    Ok(())
}

/// `connection list`
pub(crate) async fn list(desk: &Desk, output: Output) -> Result<Exit, Failure> {
    let connections = desk.connections().await?;
    if output.json {
        output.document(&connections.iter().map(listed).collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    if connections.is_empty() {
        output.talk("No connection is saved. Save one: claimcheck connection add NAME --server URL --domain PATH --client-id ID --secret-stdin");
        return Ok(Exit::Done);
    }
    let rows = connections.iter().map(|connection| {
        vec![
            connection.name.clone(),
            connection.server_label.clone(),
            connection.client_id.clone(),
            secret(connection).into(),
        ]
    });
    output.raw(table(output, &["NAME", "SERVER", "CLIENT ID", "SECRET"], &rows.collect::<Vec<_>>()).as_bytes());
    Ok(Exit::Done)
}

/// `connection show NAME`
pub(crate) async fn show(desk: &Desk, name: &str, output: Output) -> Result<Exit, Failure> {
    let connection = desk.connection_named(name).await?;
    if output.json {
        output.document(&connection);
        return Ok(Exit::Done);
    }
    output.line(output.tone(Tone::Strong, &visible(&connection.name)));
    let always = [
        ("server", connection.server_label.clone()),
        ("client ID", connection.client_id.clone()),
        ("secret", secret(&connection).to_owned()),
        ("method", desk::method_name(connection.auth_method)),
        ("grant", grant(connection.grant.grant_type)),
    ];
    facts(output, always.into_iter().chain(optional_facts(&connection)));
    Ok(Exit::Done)
}

/// `connection remove NAME`
pub(crate) async fn remove(desk: &Desk, name: &str, output: Output) -> Result<Exit, Failure> {
    let connection = desk.connection_named(name).await?;
    desk.delete_connection(connection.id).await?;
    if output.json {
        output.document(&listed(&connection));
    } else {
        output.talk(format!("Removed {name} and its keyring item."));
    }
    Ok(Exit::Done)
}

fn optional_facts(connection: &ConnectionView) -> Vec<(&'static str, String)> {
    let joined = |texts: Vec<String>| Some(texts.join(" ")).filter(|text| !text.is_empty());
    let params = connection.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let optional = [
        ("scopes", joined(vec![connection.scopes.clone()])),
        ("audience", connection.audience.clone()),
        ("resource", joined(connection.resources.clone())),
        ("param", joined(params)),
        ("header", joined(connection.headers.iter().map(|(name, value)| format!("{name}={value}")).collect())),
        ("user", connection.grant.username.clone()),
        ("subject of", connection.grant.subject_connection.map(|id| format!("connection number {id}"))),
        ("assertion", connection.grant.assertion_key_file.clone()),
        ("redirect", connection.grant.redirect_port.map(|port| format!("http://127.0.0.1:{port}/callback"))),
        ("audience of assertions", connection.assertion.audience.clone()),
        ("kid", connection.assertion.key_id.clone()),
        ("DPoP", connection.dpop.then(|| "tokens are bound to a key".to_owned())),
        ("API", connection.api_url.clone()),
        ("CA", connection.ca_file.clone()),
        ("cert", connection.cert_file.clone()),
        ("key", connection.key_file.clone()),
        ("proxy", connection.proxy.clone()),
        ("http", connection.allow_http.then(|| "the secret may travel over plain http".to_owned())),
        ("timeout", connection.timeout_seconds.map(|seconds| format!("{seconds} s"))),
    ];
    optional.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

fn listed(connection: &ConnectionView) -> Listed<'_> {
    let (server, domain) = match &connection.server {
        ServerForm::Gravitee { url, domain } => (url.as_str(), Some(domain.as_str())),
        ServerForm::Issuer { issuer } => (issuer.as_str(), None),
        ServerForm::TokenUrl { token_url, .. } => (token_url.as_str(), None),
    };
    Listed { name: &connection.name, server, domain, client_id: &connection.client_id }
}

fn secret(connection: &ConnectionView) -> &'static str {
    match connection.secret {
        SecretState::InKeyring => "in the keyring",
        SecretState::InMemory => "in memory",
        SecretState::Missing => "was kept in memory by an earlier run; enter it again",
        SecretState::NotNeeded => "none",
    }
}

fn grant(grant: GrantType) -> String {
    serde_json::to_value(grant).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}
