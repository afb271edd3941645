//! A connection made ready for use: server, client with its credentials, default request, way.
//! Belongs here: from a saved name or a form to what the protocol crates take. Not here: the client's credentials (`client`), the protocol.

use crate::{
    Desk, DeskError, Result,
    client::{authentication, key_id, method},
    connections::{check_plain, server_form, server_label},
    way::Way,
    wire::{ConnectionForm, ServerForm},
};
use oauth::{Client, Dpop, Grant, Http, Server, TokenAnswer, TokenRequest};
use secrecy::SecretString;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use store::{Connection, ConnectionId, GrantOptions};
use url::Url;

/// Which connection is meant.
#[derive(Debug, Clone)]
pub enum Target {
    /// A saved one, by its number.
    Saved(i64),
    /// A saved one, by its name.
    Named(String),
    /// One that is spelled out. With the number of a saved one it is that one, changed; its secret is then read from the
    /// keyring unless the form brings one. Without, nothing is read from library or keyring.
    Spelled(Box<ConnectionForm>),
}

/// A connection ready for use.
pub(crate) struct Party {
    /// Its number, if it is a saved one.
    pub(crate) id: Option<i64>,
    /// What the connection was when it was made ready: see `tokens`.
    pub(crate) generation: u64,
    /// The server in one line.
    pub(crate) label: String,
    /// The server.
    pub(crate) server: Server,
    /// The client with its credentials.
    pub(crate) client: Client,
    /// What is asked for by default.
    pub(crate) request: TokenRequest,
    /// The grant.
    pub(crate) grant: GrantOptions,
    /// `kid` of its assertions, where one was given.
    pub(crate) key_id: Option<String>,
    /// The key that its tokens are bound to.
    pub(crate) dpop: Option<Arc<Dpop>>,
    /// The way to the token endpoint: with proofs, where tokens are bound to a key.
    pub(crate) http: Http,
    /// The way to servers.
    pub(crate) way: Arc<Way>,
}

impl Party {
    /// Under which the key sets of its issuer are kept.
    pub(crate) fn whose(&self) -> crate::jwks::Whose {
        (self.id.unwrap_or_default(), self.generation)
    }

    /// The way to the authorization server for a request with this token: with proofs, if it is bound to the key.
    pub(crate) fn http_for(&self, answer: &TokenAnswer) -> &Http {
        if answer.token_type.eq_ignore_ascii_case("dpop") { &self.http } else { &self.way.http }
    }
}

/// The keys that tokens are bound to, by server and client. Made when first needed; they live as long as the tokens, which is this run.
#[derive(Default)]
pub(crate) struct Proofs(Mutex<HashMap<(String, String), Arc<Dpop>>>);

impl Proofs {
    fn of(&self, server: &str, client: &str) -> Result<Arc<Dpop>> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whose = (server.to_owned(), client.to_owned());
        if let Some(key) = keys.get(&whose) {
            return Ok(key.clone());
        }
        let key = Arc::new(Dpop::generate()?);
        keys.insert(whose, key.clone());
        Ok(key)
    }
}

impl Desk {
    /// Makes a connection ready. Reads the keyring for a saved one.
    pub(crate) async fn party(&self, target: &Target) -> Result<Party> {
        let (id, form) = self.form_of(target).await?;
        self.ready(id, &form)
    }

    /// The form of a connection, with its number if it is a saved one. Reads the keyring for a saved one.
    pub(crate) async fn form_of(&self, target: &Target) -> Result<(Option<i64>, ConnectionForm)> {
        Ok(match target {
            Target::Spelled(form) if form.id.is_some() => (None, self.with_secret((**form).clone()).await?),
            Target::Spelled(form) => (None, (**form).clone()),
            Target::Saved(id) => (Some(*id), self.saved_form(ConnectionId(*id)).await?),
            Target::Named(name) => {
                let id = self.store().await?.connection_named(name).await?.id;
                (Some(id.0), self.saved_form(id).await?)
            }
        })
    }

    /// Makes a filled form ready, the secret of the saved connection included where the form keeps it.
    pub(crate) async fn party_of_form(&self, form: ConnectionForm) -> Result<Party> {
        let form = self.with_secret(form).await?;
        self.ready(None, &form)
    }

    async fn with_secret(&self, mut form: ConnectionForm) -> Result<ConnectionForm> {
        if form.secret.is_none() {
            form.secret = match form.id {
                Some(id) => self.store().await?.credentials(ConnectionId(id)).await?.client_secret,
                None => self.pasted_secret.get(),
            };
        }
        Ok(form)
    }

    pub(crate) fn ready(&self, id: Option<i64>, form: &ConnectionForm) -> Result<Party> {
        let client_id = form.client_id.trim().to_owned();
        if client_id.is_empty() {
            return Err(DeskError::invalid("client_id", "The client ID is missing."));
        }
        check_plain(form)?;
        let scopes: Vec<String> = form.scopes.split_whitespace().map(str::to_owned).collect();
        let request = TokenRequest {
            audience: form.audience.clone().filter(|audience| !audience.is_empty()),
            ..request(&scopes, &form.resources, &form.params, &form.headers)
        };
        let label = server_label(&form.server);
        let dpop = if form.dpop { Some(self.proofs.of(&label, &client_id)?) } else { None };
        let way = self.way(form)?;
        let http = dpop.iter().fold(way.http.clone(), |http, dpop| http.with_dpop(dpop.clone()));
        Ok(Party {
            id,
            generation: id.map_or(0, |id| self.tokens.generation(id)),
            label,
            server: server(&form.server)?,
            client: Client { id: client_id, authentication: authentication(form)? },
            request,
            grant: form.grant.clone(),
            key_id: key_id(form),
            dpop,
            http,
            way,
        })
    }

    async fn saved_form(&self, id: ConnectionId) -> Result<ConnectionForm> {
        let store = self.store().await?;
        let connection = store.connection(id).await?;
        let secret = if connection.has_secret { store.credentials(id).await?.client_secret } else { None };
        Ok(form(connection, secret))
    }
}

pub(crate) fn form(connection: Connection, secret: Option<SecretString>) -> ConnectionForm {
    let profile = connection.profile;
    let path = |path: std::path::PathBuf| path.display().to_string();
    ConnectionForm {
        id: Some(connection.id.0),
        server: server_form(&profile),
        auth_method: method(&profile.auth_method),
        name: profile.name,
        client_id: profile.client_id,
        secret,
        keeping: connection.keeping,
        scopes: profile.scopes.join(" "),
        audience: profile.audience,
        resources: profile.resources,
        params: profile.params,
        headers: profile.headers,
        grant: profile.grant,
        assertion: profile.assertion,
        dpop: profile.dpop,
        api_url: profile.api_url,
        ca_file: profile.ca_file.map(path),
        cert_file: profile.cert_file.map(path),
        key_file: profile.key_file.map(path),
        proxy: profile.proxy,
        allow_http: profile.allow_http,
        timeout_seconds: profile.timeout_s,
    }
}

/// What a connection asks for.
pub(crate) fn request(
    scopes: &[String],
    resources: &[String],
    parameters: &[(String, String)],
    headers: &[(String, String)],
) -> TokenRequest {
    TokenRequest {
        scopes: scopes.to_vec(),
        resources: resources.to_vec(),
        parameters: parameters.to_vec(),
        headers: headers.to_vec(),
        ..TokenRequest::new(Grant::ClientCredentials)
    }
}

/// Whether it stays below the server's URL: no `..`, no query, nothing that has to be encoded.
fn is_path(domain: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && !word.bytes().all(|byte| byte == b'.')
            && word.chars().all(|letter| letter.is_alphanumeric() || "-._~".contains(letter))
    };
    domain.split('/').all(is_word)
}

/// The server that a form names.
///
/// # Errors
/// When a URL cannot be read; the field is named.
pub(crate) fn server(form: &ServerForm) -> Result<Server> {
    match form {
        ServerForm::Gravitee { url, domain } => {
            let url = parse("server_url", url)?;
            let domain = domain.trim().trim_matches('/').to_owned();
            if domain.is_empty() {
                return Err(DeskError::invalid(
                    "domain",
                    "The security domain is empty. It is the path of the domain, such as `demo`.",
                ));
            }
            if !is_path(&domain) {
                return Err(DeskError::invalid(
                    "domain",
                    format!(
                        "`{}` is no path of a security domain. It is letters, digits and `-`, `.`, `_`, such as `demo`; the server has its own field.",
                        domain.escape_debug()
                    ),
                ));
            }
            Ok(Server::Gravitee { url, domain })
        }
        ServerForm::Issuer { issuer } => {
            parse("issuer", issuer)?;
            // The identifier itself is kept byte for byte: issuers are compared exactly.
            Ok(Server::Issuer { issuer: issuer.trim().to_owned() })
        }
        ServerForm::TokenUrl {
            token_url,
            introspect_url,
            revoke_url,
            jwks_url,
            authorize_url,
            device_url,
            userinfo_url,
        } => Ok(Server::TokenUrl {
            token: parse("token_url", token_url)?,
            introspection: optional("introspect_url", introspect_url)?,
            revocation: optional("revoke_url", revoke_url)?,
            jwks: optional("jwks_url", jwks_url)?,
            authorization: optional("authorize_url", authorize_url)?,
            device_authorization: optional("device_url", device_url)?,
            userinfo: optional("userinfo_url", userinfo_url)?,
        }),
    }
}

fn optional(field: &'static str, text: &Option<String>) -> Result<Option<Url>> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(|text| parse(field, text)).transpose()
}

/// A URL that was typed. Says what is wrong in words that help to put it right, and repeats no credentials.
pub(crate) fn parse(field: &'static str, text: &str) -> Result<Url> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DeskError::invalid(field, "The URL is empty. Write it like https://example.com."));
    }
    let shown = exchange::without_credentials(text);
    let url = Url::parse(text).map_err(|error| {
        DeskError::invalid(field, format!("`{shown}` is not a URL ({error}). Write it like https://example.com."))
    })?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        // `user:password@host` reads as a scheme named `user`.
        _ => Err(DeskError::invalid(
            field,
            format!("`{shown}` does not start with http:// or https://; only such URLs can be used."),
        )),
    }
}
