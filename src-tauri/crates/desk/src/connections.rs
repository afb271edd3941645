//! Connections: saved, shown, chosen, deleted and brought back.
//! Belongs here: the user actions on saved connections. Not here: their storage (`store`), their use (`tokens`, `calls`).

use crate::{
    Desk, DeskError, Result,
    local::local_origin,
    party::{request, server},
    wire::{ConnectionForm, ConnectionView, SecretState, ServerForm},
};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use store::{Connection, ConnectionDraft, ConnectionId, Keeping, Origin, Profile, SecretChange, Server, VaultError};
use url::Url;

/// Setting that holds the current connection's id.
const CURRENT: &str = "connection.current";

impl Desk {
    /// All saved connections, by name.
    ///
    /// # Errors
    /// When the library cannot be opened or read.
    pub async fn connections(&self) -> Result<Vec<ConnectionView>> {
        let store = self.store().await?;
        let mut views = Vec::new();
        for connection in store.connections().await? {
            views.push(self.view(connection).await?);
        }
        Ok(views)
    }

    /// The saved connection of that name.
    ///
    /// # Errors
    /// When there is none, or the library cannot be read.
    pub async fn connection_named(&self, name: &str) -> Result<ConnectionView> {
        self.view(self.store().await?.connection_named(name).await?).await
    }

    /// Saves a connection and makes it the current one. The secret goes to the keyring (or stays in memory, as the form says).
    ///
    /// # Errors
    /// When a field cannot be used, the name is taken, or the keyring or library refuses; nothing is saved then.
    pub async fn save_connection(&self, form: ConnectionForm) -> Result<ConnectionView> {
        let draft = draft(&form, Origin::Typed)?;
        if form.id.is_none() && form.keeping == Keeping::Keyring {
            self.keyring_is_there().await?;
        }
        let store = self.store().await?;
        let secret = self.secret_change(&form);
        let draft = match form.id {
            // The local gateway's own connection stays that through an edit.
            Some(id) => ConnectionDraft { origin: store.connection(ConnectionId(id)).await?.origin, ..draft },
            None => draft,
        };
        let connection = store.save(draft, secret).await?;
        self.pasted_secret.take();
        self.tokens.forget_connection(connection.id);
        self.select_connection(connection.id.0).await?;
        self.view(connection).await
    }

    /// Makes a connection the current one.
    ///
    /// # Errors
    /// When there is none of that number, or the library cannot be written.
    pub async fn select_connection(&self, id: i64) -> Result<()> {
        let store = self.store().await?;
        store.connection(ConnectionId(id)).await?;
        store.set_setting(CURRENT, Some(&id.to_string())).await?;
        Ok(())
    }

    /// The current connection: the chosen one, or the only one there is.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn current_connection(&self) -> Result<Option<i64>> {
        let store = self.store().await?;
        let known: Vec<i64> = store.connections().await?.iter().map(|connection| connection.id.0).collect();
        let chosen = store.setting(CURRENT).await?.and_then(|id| id.parse().ok());
        let only = || known.first().copied().filter(|_| known.len() == 1);
        Ok(chosen.filter(|id| known.contains(id)).or_else(only))
    }

    /// Deletes a connection, its keyring item and its tokens. It can be brought back with [`Desk::undo_delete`] while the
    /// program runs: until then its secret stays in memory.
    ///
    /// # Errors
    /// When there is none of that number, or the library cannot be written.
    pub async fn delete_connection(&self, id: i64) -> Result<()> {
        let deleted = self.store().await?.delete(ConnectionId(id)).await?;
        self.tokens.forget_connection(ConnectionId(id));
        self.deleted.put(id, deleted);
        Ok(())
    }

    /// Brings a deleted connection back, secret included; none if this run did not delete it.
    ///
    /// # Errors
    /// When the keyring or the library refuses.
    pub async fn undo_delete(&self, id: i64) -> Result<Option<ConnectionView>> {
        let Some(deleted) = self.deleted.take(id) else { return Ok(None) };
        let connection = match self.store().await?.restore(&deleted).await {
            Ok(connection) => connection,
            Err(error) => {
                // A locked keyring or a full disk must not cost the way back.
                self.deleted.put(id, deleted);
                return Err(error.into());
            }
        };
        self.select_connection(connection.id.0).await?;
        Ok(Some(self.view(connection).await?))
    }

    /// The secret of a connection, for a person who asked to see it.
    ///
    /// # Errors
    /// When there is none or it cannot be read.
    pub async fn reveal_secret(&self, id: i64) -> Result<SecretString> {
        let credentials = self.store().await?.credentials(ConnectionId(id)).await?;
        credentials.client_secret.ok_or_else(|| DeskError::NotFound("This connection has no client secret.".into()))
    }

    /// Without a keyring nothing is written, not even an empty library.
    pub(crate) async fn keyring_is_there(&self) -> Result<()> {
        match self.setup.vault.ready().await {
            Err(error @ VaultError::Absent(_)) => Err(store::Error::from(error).into()),
            // A locked one asks for its password while it is written to.
            _ => Ok(()),
        }
    }

    fn secret_change(&self, form: &ConnectionForm) -> SecretChange {
        match &form.secret {
            Some(secret) if secret.expose_secret().is_empty() => SecretChange::Clear,
            Some(secret) => SecretChange::Set(secret.clone()),
            // A pasted secret belongs to the connection that it was pasted for, which is new: never to a saved one.
            None if form.id.is_some() => SecretChange::Keep,
            None => self.pasted_secret.get().map_or(SecretChange::Keep, SecretChange::Set),
        }
    }

    pub(crate) async fn view(&self, connection: Connection) -> Result<ConnectionView> {
        let secret = self.secret_state(&connection).await?;
        let Connection { id, profile, keeping, origin, .. } = connection;
        let server = server_form(&profile);
        Ok(ConnectionView {
            id: id.0,
            server_label: server_label(&server),
            server,
            secret,
            keeping,
            auth_method: crate::client::method(&profile.auth_method),
            name: profile.name,
            client_id: profile.client_id,
            scopes: profile.scopes.join(" "),
            audience: profile.audience,
            resources: profile.resources,
            params: profile.params,
            headers: profile.headers,
            grant: profile.grant,
            assertion: profile.assertion,
            dpop: profile.dpop,
            api_url: profile.api_url,
            ca_file: profile.ca_file.map(display),
            cert_file: profile.cert_file.map(display),
            key_file: profile.key_file.map(display),
            proxy: profile.proxy,
            allow_http: profile.allow_http,
            timeout_seconds: profile.timeout_s,
            local: local_origin(origin),
        })
    }

    async fn secret_state(&self, connection: &Connection) -> Result<SecretState> {
        Ok(match (connection.has_secret, connection.keeping) {
            (false, _) => SecretState::NotNeeded,
            (true, Keeping::Keyring) => SecretState::InKeyring,
            (true, Keeping::Memory) => match self.store().await?.credentials(connection.id).await {
                Ok(_) => SecretState::InMemory,
                Err(store::Error::SecretNotKept(_)) => SecretState::Missing,
                Err(error) => return Err(error.into()),
            },
        })
    }
}

/// What the store saves for a form.
///
/// # Errors
/// When a field cannot be used.
pub(crate) fn draft(form: &ConnectionForm, origin: Origin) -> Result<ConnectionDraft> {
    let client_id = form.client_id.trim();
    if client_id.is_empty() {
        return Err(DeskError::invalid(
            "client_id",
            "The client ID is empty. It is the identifier that the authorization server knows the client by.",
        ));
    }
    check_plain(form)?;
    let (server, domain) = stored_server(&form.server);
    let profile = Profile {
        name: name(form),
        server,
        domain,
        client_id: client_id.to_owned(),
        auth_method: crate::client::method_name(form.auth_method),
        scopes: form.scopes.split_whitespace().map(str::to_owned).collect(),
        audience: filled(&form.audience),
        resources: form.resources.iter().filter(|resource| !resource.trim().is_empty()).cloned().collect(),
        params: form.params.iter().filter(|(name, _)| !name.trim().is_empty()).cloned().collect(),
        headers: form.headers.iter().filter(|(name, _)| !name.trim().is_empty()).cloned().collect(),
        grant: form.grant.clone(),
        assertion: form.assertion.clone(),
        dpop: form.dpop,
        ca_file: filled(&form.ca_file).map(PathBuf::from),
        cert_file: filled(&form.cert_file).map(PathBuf::from),
        key_file: filled(&form.key_file).map(PathBuf::from),
        proxy: filled(&form.proxy),
        allow_http: form.allow_http,
        timeout_s: form.timeout_seconds,
        api_url: filled(&form.api_url),
    };
    request(&profile.scopes, &profile.resources, &profile.params, &profile.headers).check()?;
    Ok(ConnectionDraft { id: form.id.map(ConnectionId), profile, keeping: form.keeping, origin })
}

/// What is stored and shown in plain text, and stands on a command line, must not hold a secret: credentials in URLs, secret
/// parameters.
///
/// # Errors
/// When it does, or when the server cannot be read; the field is named.
pub(crate) fn check_plain(form: &ConnectionForm) -> Result<()> {
    server(&form.server)?;
    let mut urls: Vec<(&'static str, &str)> = match &form.server {
        ServerForm::Gravitee { url, .. } => vec![("server_url", url)],
        ServerForm::Issuer { issuer } => vec![("issuer", issuer)],
        ServerForm::TokenUrl {
            token_url,
            introspect_url,
            revoke_url,
            jwks_url,
            authorize_url,
            device_url,
            userinfo_url,
        } => {
            let optional = [
                ("introspect_url", introspect_url),
                ("revoke_url", revoke_url),
                ("jwks_url", jwks_url),
                ("authorize_url", authorize_url),
                ("device_url", device_url),
                ("userinfo_url", userinfo_url),
            ];
            let given = optional.into_iter().filter_map(|(field, url)| url.as_deref().map(|url| (field, url)));
            std::iter::once(("token_url", token_url.as_str())).chain(given).collect()
        }
    };
    urls.extend(form.api_url.as_deref().map(|url| ("api_url", url)));
    urls.extend(form.proxy.as_deref().map(|url| ("proxy", url)));
    urls.into_iter().try_for_each(|(field, url)| without_secret(field, url))?;
    not_secret("params", "parameter", &form.params)?;
    not_secret("headers", "header", &form.headers)
}

fn not_secret(field: &'static str, what: &str, pairs: &[(String, String)]) -> Result<()> {
    match pairs.iter().find(|(name, _)| exchange::is_secret_name(name)) {
        Some((name, _)) => Err(DeskError::invalid(
            field,
            format!(
                "The {what} `{name}` looks like a secret, and {what}s are shown and stored as plain text. The client's credentials have their own fields."
            ),
        )),
        None => Ok(()),
    }
}

fn without_secret(field: &'static str, text: &str) -> Result<()> {
    let Ok(url) = Url::parse(text.trim()) else { return Ok(()) };
    let secret_member = url.query_pairs().any(|(name, _)| exchange::is_secret_name(&name));
    if url.username().is_empty() && url.password().is_none() && !secret_member {
        return Ok(());
    }
    Err(DeskError::invalid(
        field,
        "The URL holds credentials, and URLs are stored as plain text. Leave them out; client ID and secret have their own fields.",
    ))
}

fn name(form: &ConnectionForm) -> String {
    match form.name.trim() {
        "" => format!("{} at {}", form.client_id.trim(), server_label(&form.server)),
        name => name.to_owned(),
    }
}

fn filled(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn stored_server(form: &ServerForm) -> (Server, Option<String>) {
    match form {
        ServerForm::Gravitee { url, domain } => {
            (Server::Gravitee { url: url.trim().to_owned() }, Some(domain.trim().trim_matches('/').to_owned()))
        }
        ServerForm::Issuer { issuer } => (Server::Issuer { url: issuer.trim().to_owned() }, None),
        ServerForm::TokenUrl {
            token_url,
            introspect_url,
            revoke_url,
            jwks_url,
            authorize_url,
            device_url,
            userinfo_url,
        } => (
            Server::TokenUrl {
                token_url: token_url.trim().to_owned(),
                introspect_url: filled(introspect_url),
                revoke_url: filled(revoke_url),
                jwks_url: filled(jwks_url),
                authorize_url: filled(authorize_url),
                device_url: filled(device_url),
                userinfo_url: filled(userinfo_url),
            },
            None,
        ),
    }
}

/// The form's view of a stored server.
pub(crate) fn server_form(profile: &Profile) -> ServerForm {
    match &profile.server {
        Server::Gravitee { url } => {
            ServerForm::Gravitee { url: url.clone(), domain: profile.domain.clone().unwrap_or_default() }
        }
        Server::Issuer { url } => ServerForm::Issuer { issuer: url.clone() },
        Server::TokenUrl {
            token_url,
            introspect_url,
            revoke_url,
            jwks_url,
            authorize_url,
            device_url,
            userinfo_url,
        } => ServerForm::TokenUrl {
            token_url: token_url.clone(),
            introspect_url: introspect_url.clone(),
            revoke_url: revoke_url.clone(),
            jwks_url: jwks_url.clone(),
            authorize_url: authorize_url.clone(),
            device_url: device_url.clone(),
            userinfo_url: userinfo_url.clone(),
        },
    }
}

/// The server in one line.
pub(crate) fn server_label(server: &ServerForm) -> String {
    match server {
        ServerForm::Gravitee { url, domain } => {
            format!("{}/{}", url.trim().trim_end_matches('/'), domain.trim().trim_matches('/'))
        }
        ServerForm::Issuer { issuer } => issuer.trim().to_owned(),
        ServerForm::TokenUrl { token_url, .. } => token_url.trim().to_owned(),
    }
}

fn display(path: PathBuf) -> String {
    path.display().to_string()
}
