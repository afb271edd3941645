//! A connection made ready for use: server, client with its credentials, default request, way.
//! Belongs here: from a saved name or a form to what the protocol crates take. Not here: the protocol.

use crate::{
    Desk, DeskError, Result,
    connections::{not_secret, server_form, server_label},
    inspecting::read,
    way::Way,
    wire::{ConnectionForm, ServerForm},
};
use exchange::Identity;
use oauth::{
    AssertionAudience, AssertionKey, AssertionStyle, AuthenticationMethod, Client, ClientAuthentication, Dpop, Grant,
    Http, Server, TokenAnswer, TokenRequest,
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashMap,
    path::Path,
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
        let (id, form) = match target {
            Target::Spelled(form) if form.id.is_some() => return self.party_of_form((**form).clone()).await,
            Target::Spelled(form) => (None, (**form).clone()),
            Target::Saved(id) => (Some(*id), self.saved_form(ConnectionId(*id)).await?),
            Target::Named(name) => {
                let id = self.store().await?.connection_named(name).await?.id;
                (Some(id.0), self.saved_form(id).await?)
            }
        };
        self.ready(id, &form)
    }

    /// Makes a filled form ready, the secret of the saved connection included where the form keeps it.
    pub(crate) async fn party_of_form(&self, mut form: ConnectionForm) -> Result<Party> {
        if form.secret.is_none() {
            form.secret = match form.id {
                Some(id) => self.store().await?.credentials(ConnectionId(id)).await?.client_secret,
                None => self.pasted_secret.get(),
            };
        }
        self.ready(None, &form)
    }

    fn ready(&self, id: Option<i64>, form: &ConnectionForm) -> Result<Party> {
        let client_id = form.client_id.trim().to_owned();
        if client_id.is_empty() {
            return Err(DeskError::invalid("client_id", "The client ID is missing."));
        }
        not_secret("headers", "header", &form.headers)?;
        let request = TokenRequest {
            scopes: form.scopes.split_whitespace().map(str::to_owned).collect(),
            audience: form.audience.clone().filter(|audience| !audience.is_empty()),
            resources: form.resources.clone(),
            parameters: form.params.clone(),
            headers: form.headers.clone(),
            ..TokenRequest::new(Grant::ClientCredentials)
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

/// The method of that registered name; an unknown one (a library written by a later version) is read as the default.
pub(crate) fn method(name: &str) -> AuthenticationMethod {
    serde_json::from_value(serde_json::Value::from(name)).unwrap_or(AuthenticationMethod::ClientSecretBasic)
}

/// Whether clients of this method have a secret.
#[must_use]
pub fn needs_secret(method: AuthenticationMethod) -> bool {
    use AuthenticationMethod::{ClientSecretBasic, ClientSecretBasicRaw, ClientSecretJwt, ClientSecretPost};
    matches!(method, ClientSecretBasic | ClientSecretBasicRaw | ClientSecretPost | ClientSecretJwt)
}

/// The registered name of a method.
#[must_use]
pub fn method_name(method: AuthenticationMethod) -> String {
    serde_json::to_value(method).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn authentication(form: &ConnectionForm) -> Result<ClientAuthentication> {
    let method = form.auth_method;
    let secret = || {
        form.secret.as_ref().filter(|secret| !secret.expose_secret().is_empty()).cloned().ok_or_else(|| {
            DeskError::invalid(
                "secret",
                format!(
                    "The client secret is missing; {} needs one. Choose `none` for a public client.",
                    method_name(method)
                ),
            )
        })
    };
    match method {
        AuthenticationMethod::ClientSecretBasic => Ok(ClientAuthentication::ClientSecretBasic(secret()?)),
        AuthenticationMethod::ClientSecretBasicRaw => Ok(ClientAuthentication::ClientSecretBasicRaw(secret()?)),
        AuthenticationMethod::ClientSecretPost => Ok(ClientAuthentication::ClientSecretPost(secret()?)),
        AuthenticationMethod::TlsClientAuth => Ok(ClientAuthentication::TlsClientAuth),
        AuthenticationMethod::None => Ok(ClientAuthentication::None),
        AuthenticationMethod::ClientSecretJwt => {
            Ok(ClientAuthentication::ClientSecretJwt { secret: secret()?, style: style(form) })
        }
        AuthenticationMethod::PrivateKeyJwt => {
            Ok(ClientAuthentication::PrivateKeyJwt { key: Arc::new(assertion_key(form)?), style: style(form) })
        }
    }
}

fn style(form: &ConnectionForm) -> AssertionStyle {
    let audience = match form.assertion.audience.as_deref().map(str::trim) {
        None | Some("") => AssertionAudience::Automatic,
        Some("issuer") => AssertionAudience::Issuer,
        Some("token_endpoint") => AssertionAudience::TokenEndpoint,
        Some(other) => AssertionAudience::Other(other.to_owned()),
    };
    AssertionStyle { audience, explicit_type: form.assertion.explicit_type }
}

fn key_id(form: &ConnectionForm) -> Option<String> {
    form.assertion.key_id.as_deref().map(str::trim).filter(|kid| !kid.is_empty()).map(str::to_owned)
}

/// The private key that signs assertions, from its file: PEM, JWK, or PKCS#12, which brings the certificate that names it.
fn assertion_key(form: &ConnectionForm) -> Result<AssertionKey> {
    let given =
        |file: &Option<String>| file.as_deref().map(str::trim).filter(|file| !file.is_empty()).map(str::to_owned);
    let certificate = given(&form.cert_file);
    let packed = certificate.clone().filter(|file| is_pkcs12(file));
    let Some(file) = given(&form.key_file).or(packed) else {
        return Err(DeskError::invalid(
            "key_file",
            "The key file is missing; private_key_jwt needs the client's private key (PEM, JWK or PKCS#12).",
        ));
    };
    let unfit = |error: String| DeskError::invalid("key_file", format!("{file}: {error}"));
    let of_key = |key: &SecretString| AssertionKey::new(key, None).map_err(|error| unfit(error.to_string()));
    let named_by = |key: AssertionKey, certificates: &[u8]| {
        key.with_certificate(certificates).map_err(|error| unfit(error.to_string()))
    };
    let bytes = read(Path::new(&file))?;
    let key = if is_pkcs12(&file) {
        let passphrase = form.secret.clone().unwrap_or_default();
        let identity = Identity::from_pkcs12(&bytes, &passphrase).map_err(|error| unfit(error.to_string()))?;
        named_by(of_key(&identity.key)?, &identity.certificates)?
    } else {
        let text = String::from_utf8(bytes).map_err(|_| {
            unfit("it is neither PEM nor JWK. Convert it with `openssl pkey`, or name it .p12".to_owned())
        })?;
        let key = of_key(&SecretString::from(text))?;
        match certificate {
            Some(certificate) => named_by(key, &read(Path::new(&certificate))?)?,
            None => key,
        }
    };
    Ok(match key_id(form) {
        Some(kid) => key.with_kid(kid),
        None => key,
    })
}

/// PKCS#12 files are told by their names: `.p12`, `.pfx`.
#[must_use]
pub fn is_pkcs12(file: &str) -> bool {
    let ending = Path::new(file.trim()).extension().unwrap_or_default();
    ["p12", "pfx"].iter().any(|known| ending.eq_ignore_ascii_case(known))
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
