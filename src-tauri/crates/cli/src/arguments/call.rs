//! The grammar of `claimcheck call`.

use crate::own_token::OwnToken;
use clap::Args;
use std::path::PathBuf;

pub(super) const CALL_EXAMPLES: &str = "\
Examples:
  claimcheck call --no-token http://localhost:8082/echo
  claimcheck call orders https://api.example.com/orders --fail
  claimcheck call orders POST https://api.example.com/orders -d '{\"item\":7}'

The body goes to stdout; status, headers and the explanation of a refusal go to stderr.";

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
    pub(crate) own: OwnToken,
}
