//! The command line's grammar.
//! Belongs here: names, help, which arguments exclude each other. Not here: what a command does. No secret is ever an argument.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Get OAuth2 tokens, read them, call secured APIs and see why they refuse.
#[derive(Debug, Parser)]
#[command(name = "claimcheck", version, propagate_version = true, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done · 1 a negative answer · 2 usage · 3 network or TLS · 4 refused by the authorization server ·
            5 keyring or data folder
Environment: CLAIMCHECK_CLIENT_SECRET (secret of a connection that is spelled out), CLAIMCHECK_HOME (data folder),
             CLAIMCHECK_LOG (what to log on stderr)

Start here: claimcheck demo";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole journey on a gateway inside this process: 401, token, claims, 200
    Demo,
    /// Run the local authorization server and API gateway until Ctrl+C
    Gateway(GatewayArguments),
    /// Save, list, show and remove connections
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Get an access token (from the cache of this run, or by client credentials)
    Token(TokenArguments),
    /// Read a token: form, claims, signature, acceptable or not; works offline
    Inspect(InspectArguments),
    /// Ask the authorization server about a token (RFC 7662)
    Introspect(IntrospectArguments),
    /// Revoke a token (RFC 7009)
    Revoke(RevokeArguments),
    /// Send a request with a connection's token, and explain a refusal
    Call(CallArguments),
}

/// `claimcheck gateway`
#[derive(Debug, Args)]
pub(crate) struct GatewayArguments {
    /// Configuration file (TOML); without one: domain `demo`, client `demo-client`, API `/echo`
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Address of the authorization server
    #[arg(long, value_name = "ADDR")]
    pub(crate) am: Option<String>,
    /// Address of the API gateway
    #[arg(long, value_name = "ADDR")]
    pub(crate) gateway: Option<String>,
    /// One JSON document per line: `ready`, then every request with its trace
    #[arg(long)]
    pub(crate) json: bool,
}

/// `claimcheck connection …`
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Save a connection; its credentials go to the OS keyring
    Add(AddArguments),
    /// List the saved connections
    List(JsonArgument),
    /// Show one connection, without its secret
    Show(NamedArguments),
    /// Remove a connection and its keyring item
    Remove(NamedArguments),
}

/// `claimcheck connection add`
#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// Name of the connection
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
    /// URL of the API that the connection is for
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A command on a named connection.
#[derive(Debug, Args)]
pub(crate) struct NamedArguments {
    /// Name of the connection
    pub(crate) name: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `--json` alone.
#[derive(Debug, Args)]
pub(crate) struct JsonArgument {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A connection that is spelled out, and what may be changed on a saved one.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection, spelled out")]
pub(crate) struct SpelledArguments {
    /// Gravitee AM: gateway URL; goes with --domain
    #[arg(long, value_name = "URL", requires = "domain", conflicts_with_all = ["issuer", "token_url"])]
    pub(crate) server: Option<String>,
    /// Gravitee AM: path of the security domain
    #[arg(long, value_name = "PATH", requires = "server")]
    pub(crate) domain: Option<String>,
    /// Any server with metadata (RFC 8414, OpenID Connect)
    #[arg(long = "issuer", id = "issuer", value_name = "URL", conflicts_with = "token_url")]
    pub(crate) issuer: Option<String>,
    /// Token endpoint
    #[arg(long, value_name = "URL")]
    pub(crate) token_url: Option<String>,
    /// Introspection endpoint
    #[arg(long, value_name = "URL", requires = "token_url")]
    pub(crate) introspect_url: Option<String>,
    /// Revocation endpoint
    #[arg(long, value_name = "URL", requires = "token_url")]
    pub(crate) revoke_url: Option<String>,
    /// Key set of the issuer
    #[arg(long, value_name = "URL", requires = "token_url")]
    pub(crate) jwks_url: Option<String>,
    /// Client identifier
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Read the client secret from standard input (else from CLAIMCHECK_CLIENT_SECRET)
    #[arg(long)]
    pub(crate) secret_stdin: bool,
    /// How the client authenticates
    #[arg(long, value_enum, value_name = "METHOD", default_value_t = AuthMethodArgument::ClientSecretBasic)]
    pub(crate) auth_method: AuthMethodArgument,
    /// Scope to ask for; may be repeated
    #[arg(long, value_name = "S")]
    pub(crate) scope: Vec<String>,
    /// Audience to ask for
    #[arg(long, value_name = "A")]
    pub(crate) audience: Option<String>,
    /// Resource to ask for (RFC 8707); may be repeated
    #[arg(long, value_name = "URI")]
    pub(crate) resource: Vec<String>,
    /// Further parameter of the token request; may be repeated
    #[arg(long, value_name = "K=V")]
    pub(crate) param: Vec<String>,
    /// Additional certificate authority (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<String>,
    /// Client certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "key_file")]
    pub(crate) cert_file: Option<String>,
    /// Key of the client certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    pub(crate) key_file: Option<String>,
    /// Proxy (never used for loopback)
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Send the secret over plain http to another machine
    #[arg(long)]
    pub(crate) allow_http: bool,
    /// Limit in seconds
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: Option<u64>,
}

/// Client authentication methods.
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

/// `claimcheck token`
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// Name of a saved connection
    pub(crate) connection: Option<String>,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
    /// Do not take a token that is still at hand
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Print the token and nothing else
    #[arg(long, conflicts_with = "json")]
    pub(crate) raw: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not mask secrets in the exchange
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// `claimcheck inspect`
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The token, or `-` for standard input (the default)
    pub(crate) token: Option<String>,
    /// Key set to verify with: a file or a URL
    #[arg(long, value_name = "FILE|URL", conflicts_with_all = ["key", "secret_stdin"])]
    pub(crate) jwks: Option<String>,
    /// Key to verify (or decrypt) with: JWK, PEM, DER or X.509
    #[arg(long, value_name = "FILE", conflicts_with = "secret_stdin")]
    pub(crate) key: Option<PathBuf>,
    /// Read the shared secret of an HMAC signature from standard input
    #[arg(long)]
    pub(crate) secret_stdin: bool,
    /// Expected issuer
    #[arg(long, value_name = "I")]
    pub(crate) issuer: Option<String>,
    /// Expected audience
    #[arg(long, value_name = "A")]
    pub(crate) audience: Option<String>,
    /// Allowed algorithm; may be repeated
    #[arg(long, value_name = "A")]
    pub(crate) algorithm: Vec<String>,
    /// Judge at this time instead of now
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<String>,
    /// Leeway for times in seconds
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=86_400))]
    pub(crate) leeway: i64,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `claimcheck introspect`
#[derive(Debug, Args)]
pub(crate) struct IntrospectArguments {
    /// [CONNECTION] [TOKEN | -]; without a token the connection's own
    #[arg(value_name = "CONNECTION | TOKEN", num_args = 0..=2)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
    /// Print JSON: the server's members and the exchange
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not mask secrets in the exchange
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// `claimcheck revoke`
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// [CONNECTION] TOKEN | -
    #[arg(value_name = "CONNECTION | TOKEN", num_args = 0..=2)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `claimcheck call`
#[derive(Debug, Args)]
pub(crate) struct CallArguments {
    /// CONNECTION [METHOD] URL; without CONNECTION where it is spelled out
    #[arg(value_name = "CONNECTION METHOD URL", num_args = 1..=3, required = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
    /// Header; may be repeated
    #[arg(short = 'H', long = "header", value_name = "N: V")]
    pub(crate) header: Vec<String>,
    /// Body text; makes the method POST where none is named
    #[arg(short = 'd', long = "data", value_name = "DATA", conflicts_with = "data_file")]
    pub(crate) data: Option<String>,
    /// Body from a file
    #[arg(long, value_name = "F")]
    pub(crate) data_file: Option<PathBuf>,
    /// Send without a token
    #[arg(long)]
    pub(crate) no_token: bool,
    /// Follow redirects; credentials are dropped where the origin changes
    #[arg(short = 'L', long)]
    pub(crate) location: bool,
    /// Exit with 1 if the status is 400 or more
    #[arg(long)]
    pub(crate) fail: bool,
    /// Print JSON: the exchange and the explanation
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not mask secrets in the exchange
    #[arg(long)]
    pub(crate) reveal: bool,
}
