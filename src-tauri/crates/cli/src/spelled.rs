//! A connection that is spelled out on the command line, and what may be changed on a saved one for one run.
//! Belongs here: its options, and the form that they fill. Not here: which word names a connection (`target`).

use crate::{
    by_grant::{AssertionArguments, GrantArguments},
    environment::{Environment, ask_secret},
    failure::Failure,
};
use clap::{Args, ValueEnum};
use desk::wire::{ClientAssertion, ConnectionForm, ConnectionView, GrantOptions, Keeping, ServerForm};

/// The options.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection, spelled out")]
pub(crate) struct SpelledArguments {
    /// Gravitee AM: gateway URL; goes with --domain
    #[arg(long, value_name = "URL", requires = "domain", conflicts_with_all = ["issuer", "token_url"])]
    pub(crate) server: Option<String>,
    /// Gravitee AM: path of the security domain
    #[arg(long, value_name = "PATH", requires = "server")]
    pub(crate) domain: Option<String>,
    /// Any server that publishes metadata (RFC 8414, OpenID Connect)
    #[arg(long, value_name = "URL", conflicts_with = "token_url")]
    pub(crate) issuer: Option<String>,
    /// Token endpoint
    #[arg(long, value_name = "URL")]
    pub(crate) token_url: Option<String>,
    /// Introspection endpoint; goes with --token-url
    #[arg(long, value_name = "URL", requires = "token_url", conflicts_with_all = ["server", "issuer"])]
    pub(crate) introspect_url: Option<String>,
    /// Revocation endpoint; goes with --token-url
    #[arg(long, value_name = "URL", requires = "token_url", conflicts_with_all = ["server", "issuer"])]
    pub(crate) revoke_url: Option<String>,
    /// Key set of the issuer; goes with --token-url
    #[arg(long, value_name = "URL", requires = "token_url", conflicts_with_all = ["server", "issuer"])]
    pub(crate) jwks_url: Option<String>,
    /// Authorization endpoint; goes with --token-url
    #[arg(long, value_name = "URL", requires = "token_url", conflicts_with_all = ["server", "issuer"])]
    pub(crate) authorize_url: Option<String>,
    /// Device authorization endpoint; goes with --token-url
    #[arg(long, value_name = "URL", requires = "token_url", conflicts_with_all = ["server", "issuer"])]
    pub(crate) device_url: Option<String>,
    /// UserInfo endpoint; goes with --token-url
    #[arg(long, value_name = "URL", requires = "token_url", conflicts_with_all = ["server", "issuer"])]
    pub(crate) userinfo_url: Option<String>,
    /// Client identifier
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    #[command(flatten)]
    pub(crate) options: ConnectionOptions,
}

/// What may also be changed on a saved connection for one run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection, spelled out or changed for this run")]
pub(crate) struct ConnectionOptions {
    /// Read the client secret from standard input
    #[arg(long)]
    pub(crate) secret_stdin: bool,
    /// How the client authenticates: client_secret_basic (default), client_secret_basic_raw (id and secret not
    /// form-encoded), client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth, none
    #[arg(long, value_enum, value_name = "METHOD", hide_possible_values = true)]
    pub(crate) auth_method: Option<AuthMethodArgument>,
    /// Scope to ask for; may be repeated, or hold several with spaces between
    #[arg(long, value_name = "S")]
    pub(crate) scope: Vec<String>,
    /// Audience to ask for
    #[arg(long, value_name = "A")]
    pub(crate) audience: Option<String>,
    /// Resource to ask for (RFC 8707); may be repeated
    #[arg(long, value_name = "URI")]
    pub(crate) resource: Vec<String>,
    /// Further parameter of the token request (of the browser's request with authorization_code), never a secret; may be repeated
    #[arg(long, value_name = "K=V")]
    pub(crate) param: Vec<String>,
    /// Further header of the token request, never a secret; may be repeated
    #[arg(long, value_name = "N=V")]
    pub(crate) token_header: Vec<String>,
    /// Bind tokens to a key of this run, and prove its possession with each request (DPoP, RFC 9449)
    #[arg(long)]
    pub(crate) dpop: bool,
    /// Additional certificate authority (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<String>,
    /// Client certificate: PEM, goes with --key-file; or PKCS#12 (.p12, .pfx) with its key inside
    #[arg(long, value_name = "FILE")]
    pub(crate) cert_file: Option<String>,
    /// Private key: of the client certificate (PEM), or for private_key_jwt (PEM, JWK, PKCS#12)
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<String>,
    /// Proxy (never used for loopback)
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Send the secret over plain http to another machine
    #[arg(long)]
    pub(crate) allow_http: bool,
    /// Limit for an exchange in seconds
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: Option<u64>,
    #[command(flatten)]
    pub(crate) grant: GrantArguments,
    #[command(flatten)]
    pub(crate) assertion: AssertionArguments,
}

/// Client authentication methods, by their registered names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum AuthMethodArgument {
    /// HTTP Basic, id and secret form-encoded (RFC 6749 2.3.1)
    ClientSecretBasic,
    /// HTTP Basic with id and secret as they are
    ClientSecretBasicRaw,
    /// In the form body
    ClientSecretPost,
    /// Signed assertion with the secret (RFC 7523)
    ClientSecretJwt,
    /// Signed assertion with a private key (RFC 7523)
    PrivateKeyJwt,
    /// Client certificate (RFC 8705)
    TlsClientAuth,
    /// Public client
    None,
}

/// Whether a command authenticates the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// It does: the secret is asked for at a terminal.
    Wanted,
    /// It does, with whatever there is: the secret is asked for where there is nothing else.
    Tried,
    /// It does not.
    Unused,
}

impl SpelledArguments {
    /// The server, if one is spelled out.
    pub(crate) fn server(&self) -> Option<ServerForm> {
        match (&self.server, &self.domain, &self.issuer, &self.token_url) {
            (Some(url), Some(domain), ..) => Some(ServerForm::Gravitee { url: url.clone(), domain: domain.clone() }),
            (_, _, Some(issuer), _) => Some(ServerForm::Issuer { issuer: issuer.clone() }),
            (.., Some(token_url)) => Some(ServerForm::TokenUrl {
                token_url: token_url.clone(),
                introspect_url: self.introspect_url.clone(),
                revoke_url: self.revoke_url.clone(),
                jwks_url: self.jwks_url.clone(),
                authorize_url: self.authorize_url.clone(),
                device_url: self.device_url.clone(),
                userinfo_url: self.userinfo_url.clone(),
            }),
            _ => None,
        }
    }

    /// The form of a connection that is spelled out.
    pub(crate) fn form(
        &self,
        name: &str,
        server: ServerForm,
        credentials: Credentials,
        environment: &Environment,
    ) -> Result<ConnectionForm, Failure> {
        let options = &self.options;
        let auth_method = match options.auth_method {
            Some(method) => registered(method)?,
            None => registered(AuthMethodArgument::ClientSecretBasic)?,
        };
        let client_id = self.client_id.clone().unwrap_or_default();
        let wanted = credentials != Credentials::Unused && desk::needs_secret(auth_method);
        if wanted && client_id.trim().is_empty() {
            return Err(Failure::usage("Which client? Give its identifier with --client-id ID."));
        }
        let secret = match credentials {
            Credentials::Unused => None,
            _ if !wanted && options.is_packed() => environment.key_passphrase(options.secret_stdin)?,
            Credentials::Tried if options.has_key() || !wanted => {
                environment.client_secret_at_hand(options.secret_stdin)?
            }
            _ if !wanted => None,
            _ if options.secret_stdin => Some(ask_secret("Client secret: ")?),
            _ => environment.client_secret()?,
        };
        options.check_files()?;
        if credentials == Credentials::Wanted {
            options.check_method(options.auth_method.unwrap_or(AuthMethodArgument::ClientSecretBasic))?;
        }
        Ok(ConnectionForm {
            id: None,
            name: name.to_owned(),
            server,
            client_id,
            secret,
            keeping: Keeping::Keyring,
            auth_method,
            scopes: options.scopes().join(" "),
            audience: options.audience.clone(),
            resources: options.resource.clone(),
            params: options.parameters()?,
            headers: options.headers()?,
            grant: options.grant.over(GrantOptions::default())?,
            assertion: options.assertion.over(ClientAssertion::default()),
            dpop: options.dpop,
            api_url: None,
            ca_file: options.ca_file.clone(),
            cert_file: options.cert_file.clone(),
            key_file: options.key_file.clone(),
            proxy: options.proxy.clone(),
            allow_http: options.allow_http,
            timeout_seconds: options.timeout,
        })
    }
}

impl ConnectionOptions {
    /// Whether a saved connection is to be used otherwise than it was saved. Scopes do not count: they are a wish of the token.
    pub(crate) fn change_anything(&self) -> bool {
        self.secret_stdin
            || self.auth_method.is_some()
            || self.audience.is_some()
            || !self.resource.is_empty()
            || !self.param.is_empty()
            || !self.token_header.is_empty()
            || self.dpop
            || self.grant != GrantArguments::default()
            || self.assertion != AssertionArguments::default()
            || self.ca_file.is_some()
            || self.cert_file.is_some()
            || self.key_file.is_some()
            || self.proxy.is_some()
            || self.allow_http
            || self.timeout.is_some()
    }

    /// The form of a saved connection with these changes. Its secret stays in the keyring until it is used.
    pub(crate) fn changed(&self, saved: ConnectionView) -> Result<ConnectionForm, Failure> {
        let (params, headers) = (self.parameters()?, self.headers()?);
        Ok(ConnectionForm {
            id: Some(saved.id),
            name: saved.name,
            server: saved.server,
            client_id: saved.client_id,
            secret: if self.secret_stdin { Some(ask_secret("Client secret: ")?) } else { None },
            keeping: saved.keeping,
            auth_method: self.auth_method.map(registered).transpose()?.unwrap_or(saved.auth_method),
            scopes: saved.scopes,
            audience: self.audience.clone().or(saved.audience),
            resources: if self.resource.is_empty() { saved.resources } else { self.resource.clone() },
            params: if params.is_empty() { saved.params } else { params },
            headers: if headers.is_empty() { saved.headers } else { headers },
            grant: self.grant.over(saved.grant)?,
            assertion: self.assertion.over(saved.assertion),
            dpop: self.dpop || saved.dpop,
            api_url: saved.api_url,
            ca_file: self.ca_file.clone().or(saved.ca_file),
            cert_file: self.cert_file.clone().or(saved.cert_file),
            key_file: self.key_file.clone().or(saved.key_file),
            proxy: self.proxy.clone().or(saved.proxy),
            allow_http: self.allow_http || saved.allow_http,
            timeout_seconds: self.timeout.or(saved.timeout_seconds),
        })
    }

    /// The scopes, whether they came one by one or several in one argument.
    pub(crate) fn scopes(&self) -> Vec<String> {
        self.scope.iter().flat_map(|scopes| scopes.split_whitespace()).map(str::to_owned).collect()
    }

    fn parameters(&self) -> Result<Vec<(String, String)>, Failure> {
        self.param.iter().map(|param| pair("--param", param)).collect()
    }

    fn headers(&self) -> Result<Vec<(String, String)>, Failure> {
        self.token_header.iter().map(|header| pair("--header", header)).collect()
    }

    /// Whether there is something beside a secret that a client can prove itself with.
    fn has_key(&self) -> bool {
        self.key_file.is_some() || self.cert_file.is_some()
    }

    /// Whether a file is PKCS#12, which opens with a passphrase.
    fn is_packed(&self) -> bool {
        [&self.cert_file, &self.key_file].into_iter().flatten().any(|file| desk::is_pkcs12(file))
    }

    /// What the method needs and is not there, and what is there and it has no use for.
    fn check_method(&self, method: AuthMethodArgument) -> Result<(), Failure> {
        use AuthMethodArgument::{ClientSecretJwt, PrivateKeyJwt, TlsClientAuth};
        let signs = matches!(method, ClientSecretJwt | PrivateKeyJwt)
            || self.grant.grant == Some(crate::by_grant::GrantArgument::JwtBearer);
        let complaint = if method == TlsClientAuth && self.cert_file.is_none() {
            "--auth-method tls_client_auth needs the client's certificate: --cert-file FILE, with --key-file FILE or as PKCS#12."
        } else if method == PrivateKeyJwt && !self.has_key() {
            "--auth-method private_key_jwt needs the client's private key: --key-file FILE (PEM, JWK, PKCS#12)."
        } else if method != PrivateKeyJwt && self.key_file.is_some() && self.cert_file.is_none() {
            "--key-file alone goes with --auth-method private_key_jwt; for a client certificate add --cert-file FILE."
        } else if !signs && self.assertion != AssertionArguments::default() {
            "--client-assertion-audience, --client-assertion-type and --key-id are for assertions: --auth-method private_key_jwt or client_secret_jwt."
        } else {
            return Ok(());
        };
        Err(Failure::usage(complaint))
    }

    fn check_files(&self) -> Result<(), Failure> {
        match &self.cert_file {
            Some(file) if self.key_file.is_none() && !desk::is_pkcs12(file) => Err(Failure::usage(
                "--cert-file needs its key: --key-file FILE, or a PKCS#12 file (.p12, .pfx) with the key inside.",
            )),
            _ => Ok(()),
        }
    }
}

/// The engine's value of the same registered name.
fn registered<T: serde::de::DeserializeOwned>(method: AuthMethodArgument) -> Result<T, Failure> {
    let name = method.to_possible_value().map(|value| value.get_name().to_owned());
    serde_json::from_value(serde_json::Value::from(name))
        .map_err(|error| Failure::usage(format!("--auth-method: {error}")))
}

fn pair(option: &str, text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Failure::usage(format!("{option} `{text}`: write it like name=value."))),
    }
}
