//! The grammar of `claimcheck inspect`.

use clap::Args;
use std::path::PathBuf;

pub(super) const INSPECT_EXAMPLES: &str = "\
Examples:
  claimcheck inspect < token.txt
  claimcheck inspect - --jwks https://login.example.com/jwks.json --issuer https://login.example.com < token.txt
  claimcheck token orders --raw | claimcheck inspect --key public.pem --json
  claimcheck inspect --lines --jwks keys.json < tokens.txt        (a token per line in, a verdict per line out)
  claimcheck inspect --diff other.txt < token.txt

An argument can be read by other programs of this machine: give a token that still lives on standard input.";

/// `claimcheck inspect`
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The token, or any text with tokens in it (a curl line, headers, JSON, a URL), or `-` for standard input (the default)
    pub(crate) token: Option<String>,
    /// Key set to verify with
    #[arg(long, value_name = "FILE|URL", conflicts_with_all = ["key", "secret_stdin"])]
    pub(crate) jwks: Option<String>,
    /// Key to verify (or decrypt) with: JWK, PEM, DER or X.509; of several in one PEM file each is tried
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
    /// Scope that must be granted; may be repeated
    #[arg(long, value_name = "S", value_parser = filled)]
    pub(crate) scope: Vec<String>,
    /// Expected type of the token (`typ`), such as at+jwt
    #[arg(long, value_name = "T", value_parser = filled)]
    pub(crate) typ: Option<String>,
    /// How long ago it may have been issued (`iat`), in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) max_age: Option<i64>,
    /// Expected client (`client_id`, `azp`)
    #[arg(long, value_name = "C", value_parser = filled)]
    pub(crate) client: Option<String>,
    /// Judge at this time instead of now
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<String>,
    /// Leeway for times in seconds
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=86_400))]
    pub(crate) leeway: i64,
    /// Read the tokens in the lines of standard input, and print a line for each
    #[arg(long, conflicts_with = "secret_stdin")]
    pub(crate) lines: bool,
    /// Which token of a text that holds several, from 1
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "lines", value_parser = clap::value_parser!(u64).range(1..=64))]
    pub(crate) pick: u64,
    /// Say how the token in FILE differs; without FILE both are on standard input, a line each
    #[arg(
        long, value_name = "FILE | -", num_args = 0..=1, default_missing_value = "-",
        conflicts_with_all = [
            "lines", "pick", "jwks", "key", "secret_stdin", "issuer", "audience", "algorithm", "scope", "typ", "max_age", "client", "at", "leeway"
        ]
    )]
    pub(crate) diff: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A rule that is given is a rule: an empty variable of a script must not switch it off.
fn filled(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}
