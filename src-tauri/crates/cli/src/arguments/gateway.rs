//! The grammar of `claimcheck gateway`.

use clap::Args;
use std::path::PathBuf;

pub(super) const GATEWAY_EXAMPLES: &str = "\
Examples:
  claimcheck gateway
  claimcheck gateway --config gateway.toml
  claimcheck gateway --am 127.0.0.1:0 --gateway 127.0.0.1:0 --json      (any free ports)";

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
