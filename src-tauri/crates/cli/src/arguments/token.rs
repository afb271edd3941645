//! The grammar of the commands that get a token or ask the authorization server about one.

use crate::{own_token::OwnToken, spelled::SpelledArguments};
use clap::Args;

pub(super) const TOKEN_EXAMPLES: &str = "\
Examples:
  claimcheck token orders
  claimcheck token orders --scope orders:read --raw
  CLAIMCHECK_CLIENT_SECRET=… claimcheck token --server http://localhost:8092 --domain demo --client-id demo-client
  claimcheck token --issuer https://login.example.com --client-id app --auth-method none --grant authorization_code --scope openid
  claimcheck token partner --grant token_exchange --subject-token-file - < token.txt";

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
    pub(crate) own: OwnToken,
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
    pub(crate) own: OwnToken,
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
    pub(crate) own: OwnToken,
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
