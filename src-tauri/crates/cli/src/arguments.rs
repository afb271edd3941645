//! The command line's grammar.
//! Belongs here: names, help, which arguments exclude each other. Not here: what a command does. No secret is ever an argument.

mod call;
mod connection;
mod definition;
mod gateway;
mod inspect;
mod token;

pub(crate) use call::CallArguments;
pub(crate) use connection::{AddArguments, ConnectionCommand};
pub(crate) use definition::{DefinitionCommand, ExportArguments, FormArgument, ImportArguments};
pub(crate) use gateway::GatewayArguments;
pub(crate) use inspect::InspectArguments;
pub(crate) use token::{DoctorArguments, IntrospectArguments, RevokeArguments, TokenArguments, UserinfoArguments};

use clap::{Args, Parser, Subcommand};

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

/// The commands. Only the one that is asked for is built: building all of them takes longer than most of them run.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Show the whole journey on a gateway inside this process: 401, token, claims, 200
    Demo,
    /// Run the local authorization server and API gateway until Ctrl+C
    #[command(after_help = gateway::GATEWAY_EXAMPLES)]
    Gateway(GatewayArguments),
    /// Save, list, show and remove connections
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Check an API definition and keep it in the library, for the window's gateway
    #[command(after_help = definition::IMPORT_EXAMPLES)]
    Import(ImportArguments),
    /// Print an API definition in its own form or another
    #[command(after_help = definition::EXPORT_EXAMPLES)]
    Export(ExportArguments),
    /// List and remove imported API definitions
    #[command(subcommand)]
    Definition(DefinitionCommand),
    /// Get an access token, by any grant
    #[command(
        override_usage = "claimcheck token CONNECTION [OPTIONS]\n       claimcheck token --server URL --domain PATH --client-id ID [OPTIONS]",
        after_help = token::TOKEN_EXAMPLES
    )]
    Token(Box<TokenArguments>),
    /// Read a token: form, claims, signature, acceptable or not; works offline
    #[command(after_help = inspect::INSPECT_EXAMPLES)]
    Inspect(InspectArguments),
    /// Ask the authorization server about a token (RFC 7662)
    #[command(
        override_usage = "claimcheck introspect CONNECTION [TOKEN | -] [OPTIONS]\n       claimcheck introspect --server URL --domain PATH --client-id ID [TOKEN | -] [OPTIONS]"
    )]
    Introspect(Box<IntrospectArguments>),
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
        after_help = call::CALL_EXAMPLES
    )]
    Call(Box<CallArguments>),
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
