//! The command line's grammar.
//! Belongs here: names, help, which arguments exclude each other. Not here: what a command does. No secret is ever an argument.

use crate::{by_grant::GrantSources, spelled::SpelledArguments};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Get OAuth2 tokens, read them, call secured APIs and see why they refuse.
#[derive(Debug, Parser)]
#[command(name = "claimcheck", version, arg_required_else_help = true, max_term_width = 110, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes:
  0 done                                     3 network or TLS, or a taken port
  1 a negative answer (not acceptable,       4 refused by the authorization server
    inactive, --fail)                        5 keyring or data folder
  2 usage or configuration

Environment:
  CLAIMCHECK_CLIENT_SECRET  secret of a connection that is spelled out
  CLAIMCHECK_APIM_TOKEN     personal access token of export --to-apim
  CLAIMCHECK_KEY_PASSPHRASE passphrase of a PKCS#12 file
  CLAIMCHECK_PASSWORD       the user's password, for the password grant
  CLAIMCHECK_BROWSER        program that opens the address of a sign-in; `none` opens nothing
  CLAIMCHECK_HOME           data folder
  CLAIMCHECK_LOG            what to log on stderr, such as `debug`

Start here: claimcheck demo";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole journey on a gateway inside this process: 401, token, claims, 200
    Demo,
    /// Run the local authorization server and API gateway until Ctrl+C
    #[command(after_help = GATEWAY_EXAMPLES)]
    Gateway(GatewayArguments),
    /// Save, list, show and remove connections
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Check an API definition and keep it in the library, for the window's gateway
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportArguments),
    /// Print an API definition in its own form or another
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ExportArguments),
    /// List and remove imported API definitions
    #[command(subcommand)]
    Definition(DefinitionCommand),
    /// Get an access token, by any grant
    #[command(
        override_usage = "claimcheck token CONNECTION [OPTIONS]\n       claimcheck token --server URL --domain PATH --client-id ID [OPTIONS]",
        after_help = TOKEN_EXAMPLES
    )]
    Token(Box<TokenArguments>),
    /// Read a token: form, claims, signature, acceptable or not; works offline
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectArguments),
    /// Ask the authorization server about a token (RFC 7662)
    #[command(
        override_usage = "claimcheck introspect CONNECTION [TOKEN | -] [OPTIONS]\n       claimcheck introspect --server URL --domain PATH --client-id ID [TOKEN | -] [OPTIONS]"
    )]
    Introspect(IntrospectArguments),
    /// Revoke a token (RFC 7009)
    #[command(
        override_usage = "claimcheck revoke CONNECTION [TOKEN | -] [OPTIONS]\n       claimcheck revoke --server URL --domain PATH --client-id ID [TOKEN | -] [OPTIONS]"
    )]
    Revoke(RevokeArguments),
    /// Ask the authorization server who is behind a connection's token (OpenID Connect UserInfo)
    #[command(
        override_usage = "claimcheck userinfo CONNECTION [OPTIONS]\n       claimcheck userinfo --issuer URL --client-id ID --grant authorization_code [OPTIONS]"
    )]
    Userinfo(Box<UserinfoArguments>),
    /// Find out which client authentication method and encoding the server accepts, trying each once
    #[command(
        override_usage = "claimcheck doctor CONNECTION [OPTIONS]\n       claimcheck doctor --server URL --domain PATH --client-id ID [OPTIONS]"
    )]
    Doctor(DoctorArguments),
    /// Send a request with a connection's token, and explain a refusal
    #[command(
        override_usage = "claimcheck call CONNECTION [METHOD] URL [OPTIONS]\n       claimcheck call --server URL --domain PATH --client-id ID [METHOD] URL [OPTIONS]\n       claimcheck call --no-token [METHOD] URL [OPTIONS]",
        after_help = CALL_EXAMPLES
    )]
    Call(Box<CallArguments>),
}

const GATEWAY_EXAMPLES: &str = "\
Examples:
  claimcheck gateway
  claimcheck gateway --config gateway.toml
  claimcheck gateway --am 127.0.0.1:0 --gateway 127.0.0.1:0 --json      (any free ports)";

const IMPORT_EXAMPLES: &str = "\
Reads Gravitee API definitions: version 4 and version 2 exports (JSON), the gateway's own version 4 form (JSON), Kubernetes
ApiV4Definition and ApiDefinition (YAML). Secrets in them go to the OS keyring.

Examples:
  claimcheck import echo.json --check
  claimcheck import echo.json
  kubectl get apiv4definition echo -o yaml | claimcheck import -";

const EXPORT_EXAMPLES: &str = "\
Examples:
  claimcheck export echo > echo.json
  claimcheck export v2.json --as v4 -o v4.json
  claimcheck export echo --as kubernetes --reveal | kubectl apply -f -
  claimcheck export echo --to-apim http://localhost:8083

The personal access token of --to-apim comes from --token-stdin, else from CLAIMCHECK_APIM_TOKEN, else from the keyring (--keep).";

const TOKEN_EXAMPLES: &str = "\
Examples:
  claimcheck token orders
  claimcheck token orders --scope orders:read --raw
  CLAIMCHECK_CLIENT_SECRET=… claimcheck token --server http://localhost:8092 --domain demo --client-id demo-client
  claimcheck token --issuer https://login.example.com --client-id app --auth-method none --grant authorization_code --scope openid
  claimcheck token partner --grant token_exchange --subject-token-file - < token.txt";

const INSPECT_EXAMPLES: &str = "\
Examples:
  claimcheck inspect < token.txt
  claimcheck inspect - --jwks https://login.example.com/jwks.json --issuer https://login.example.com < token.txt
  claimcheck token orders --raw | claimcheck inspect --key public.pem --json
  claimcheck inspect --lines --jwks keys.json < tokens.txt        (a token per line in, a verdict per line out)

An argument can be read by other programs of this machine: give a token that still lives on standard input.";

const CALL_EXAMPLES: &str = "\
Examples:
  claimcheck call --no-token http://localhost:8082/echo
  claimcheck call orders https://api.example.com/orders --fail
  claimcheck call orders POST https://api.example.com/orders -d '{\"item\":7}'

The body goes to stdout; status, headers and the explanation of a refusal go to stderr.";

/// `claimcheck gateway`
#[derive(Debug, Args)]
pub(crate) struct GatewayArguments {
    /// Configuration file (TOML); without one: domain `demo`, client `demo-client`, API `/echo`
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Address of the authorization server [default: 127.0.0.1:8092]; port 0 takes any free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) am: Option<String>,
    /// Address of the API gateway [default: 127.0.0.1:8082]; port 0 takes any free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) gateway: Option<String>,
    /// Print one JSON document per line: `ready`, then every request with its trace
    #[arg(long)]
    pub(crate) json: bool,
}

/// `claimcheck connection …`
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Save a connection; its credentials go to the OS keyring
    #[command(
        override_usage = "claimcheck connection add NAME --server URL --domain PATH --client-id ID [OPTIONS]\n       claimcheck connection add NAME --issuer URL --client-id ID [OPTIONS]\n       claimcheck connection add NAME --token-url URL --client-id ID [OPTIONS]",
        after_help = "At a terminal the secret is asked for, without echo. Scripts pipe it in (--secret-stdin) or set CLAIMCHECK_CLIENT_SECRET."
    )]
    Add(Box<AddArguments>),
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
    /// URL of the API that the connection is for
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// The same as --token-header
    #[arg(long, value_name = "N=V")]
    pub(crate) header: Vec<String>,
    /// Saved connection whose token is exchanged (with --grant token_exchange)
    #[arg(long, value_name = "NAME")]
    pub(crate) subject_connection: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
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

/// `claimcheck import`
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The definition, or `-` for standard input
    pub(crate) file: PathBuf,
    /// Name to list it under, instead of the API's own
    #[arg(long, value_name = "N", conflicts_with = "check")]
    pub(crate) name: Option<String>,
    /// Take the place of another API of that name
    #[arg(long, conflicts_with = "check")]
    pub(crate) replace: bool,
    /// Only check it; nothing is stored
    #[arg(long)]
    pub(crate) check: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `claimcheck export`
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// Name of an imported API, a definition's file, or `-` for standard input
    #[arg(value_name = "NAME | FILE | -", required_unless_present_any = ["keep", "forget"])]
    pub(crate) source: Option<String>,
    /// Form to print it in; without it the one that it came in
    #[arg(long = "as", value_name = "FORM", value_enum)]
    pub(crate) form: Option<FormArgument>,
    /// Write to this file instead of standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print the secrets too, which are left out otherwise
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Print JSON: name, form, file name and the definition as text; with --to-apim the API's id and the steps
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) apim: ApimArguments,
}

/// The options of `claimcheck export --to-apim`.
#[derive(Debug, Args)]
#[command(next_help_heading = "To an API Management")]
pub(crate) struct ApimArguments {
    /// Import it through this Management API (such as http://localhost:8083), publish its plans, start and deploy it. Its secrets
    /// go along
    #[arg(long, value_name = "URL", conflicts_with_all = ["output", "reveal"])]
    pub(crate) to_apim: Option<String>,
    /// Organization
    #[arg(long, value_name = "ID", default_value = "DEFAULT")]
    pub(crate) organization: String,
    /// Environment
    #[arg(long, value_name = "ID", default_value = "DEFAULT")]
    pub(crate) environment: String,
    /// Update this API instead of making a new one
    #[arg(long, value_name = "API_ID", requires = "to_apim")]
    pub(crate) update: Option<String>,
    /// Send nothing; print the curl lines that do the same
    #[arg(long, requires = "to_apim")]
    pub(crate) dry_run: bool,
    /// Read the personal access token from standard input
    #[arg(long, requires = "to_apim")]
    pub(crate) token_stdin: bool,
    /// Keep the token in the keyring, for the next time at this URL
    #[arg(long, requires = "to_apim")]
    pub(crate) keep: bool,
    /// Remove the token that is kept for this URL
    #[arg(long, requires = "to_apim", conflicts_with_all = ["keep", "source", "token_stdin"])]
    pub(crate) forget: bool,
    /// Additional certificate authority (PEM)
    #[arg(long, value_name = "FILE", requires = "to_apim")]
    pub(crate) ca_file: Option<String>,
    /// Send token and secrets over plain http to another machine
    #[arg(long, requires = "to_apim")]
    pub(crate) allow_http: bool,
}

/// A form that a definition can be printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormArgument {
    /// Version 4 export, as API Management imports it
    V4,
    /// Version 4 as the gateway synchronises it
    Gateway,
    /// Kubernetes resource ApiV4Definition
    Kubernetes,
    /// curl lines that import, publish, start and deploy it
    Curl,
}

/// `claimcheck definition …`
#[derive(Debug, Subcommand)]
pub(crate) enum DefinitionCommand {
    /// List the imported API definitions
    List(JsonArgument),
    /// Remove one and its secrets
    Remove(NamedArguments),
}

/// `claimcheck token`
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// Name of a saved connection
    pub(crate) connection: Option<String>,
    /// Ask for a new token even if one is at hand
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Print the token and nothing else
    #[arg(long, conflicts_with = "json")]
    pub(crate) raw: bool,
    /// Print JSON: the token and the exchange that brought it
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not mask secrets and tokens in the exchange
    #[arg(long)]
    pub(crate) reveal: bool,
    /// The same as --token-header
    #[arg(long, value_name = "N=V")]
    pub(crate) header: Vec<String>,
    #[command(flatten)]
    pub(crate) sources: GrantSources,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
}

/// `claimcheck userinfo`
#[derive(Debug, Args)]
pub(crate) struct UserinfoArguments {
    /// Name of a saved connection, unless it is spelled out
    pub(crate) connection: Option<String>,
    /// Print JSON: the server's claims and the exchange
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not mask secrets and tokens in the exchange
    #[arg(long)]
    pub(crate) reveal: bool,
    #[command(flatten)]
    pub(crate) sources: GrantSources,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
}

/// `claimcheck inspect`
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The token, or `-` for standard input (the default)
    pub(crate) token: Option<String>,
    /// Key set to verify with
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
    /// Read a token per line of standard input, and print a line for each
    #[arg(long, conflicts_with = "secret_stdin")]
    pub(crate) lines: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `claimcheck introspect`
#[derive(Debug, Args)]
pub(crate) struct IntrospectArguments {
    /// Name of a saved connection, unless it is spelled out; then the token, or `-` for standard input. Without a token
    /// the connection gets one of its own to ask about
    #[arg(value_name = "CONNECTION | TOKEN", num_args = 0..=2)]
    pub(crate) words: Vec<String>,
    /// Print JSON: the server's members and the exchange
    #[arg(long)]
    pub(crate) json: bool,
    /// Do not mask secrets and tokens in the exchange
    #[arg(long)]
    pub(crate) reveal: bool,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
}

/// `claimcheck revoke`
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// Name of a saved connection, unless it is spelled out; then the token, or `-` for standard input (the default)
    #[arg(value_name = "CONNECTION | TOKEN", num_args = 0..=2)]
    pub(crate) words: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
}

/// `claimcheck doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Name of a saved connection, unless it is spelled out
    pub(crate) connection: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
}

/// `claimcheck call`
#[derive(Debug, Args)]
pub(crate) struct CallArguments {
    /// Name of a saved connection, unless it is spelled out or --no-token is given; then the method (GET, or POST with
    /// a body, where none is named) and the URL
    #[arg(value_name = "CONNECTION METHOD URL", num_args = 1..=3, required = true)]
    pub(crate) words: Vec<String>,
    /// Header; may be repeated
    #[arg(short = 'H', long = "header", value_name = "N: V")]
    pub(crate) header: Vec<String>,
    /// Body text
    #[arg(short = 'd', long = "data", value_name = "DATA", conflicts_with = "data_file", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// Body from a file, or from standard input (`-`)
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
    /// Do not mask secrets and tokens
    #[arg(long)]
    pub(crate) reveal: bool,
    #[command(flatten)]
    pub(crate) sources: GrantSources,
    #[command(flatten)]
    pub(crate) spelled: SpelledArguments,
}
