//! The grammar of `claimcheck connection`.

use super::{JsonArgument, NamedArguments};
use crate::spelled::SpelledArguments;
use clap::{Args, Subcommand};

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
