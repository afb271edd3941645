//! The grammar of `claimcheck import`, `export` and `definition`.

use super::{JsonArgument, NamedArguments};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

pub(super) const IMPORT_EXAMPLES: &str = "\
Reads Gravitee API definitions: version 4 and version 2 exports (JSON), the gateway's own version 4 form (JSON), Kubernetes
ApiV4Definition and ApiDefinition (YAML). Secrets in them go to the OS keyring.

Examples:
  claimcheck import echo.json --check
  claimcheck import echo.json
  kubectl get apiv4definition echo -o yaml | claimcheck import -";

pub(super) const EXPORT_EXAMPLES: &str = "\
Examples:
  claimcheck export echo > echo.json
  claimcheck export v2.json --as v4 -o v4.json
  claimcheck export echo --as kubernetes --reveal | kubectl apply -f -
  claimcheck export echo --to-apim http://localhost:8083

The personal access token of --to-apim comes from --token-stdin, else from CLAIMCHECK_APIM_TOKEN, else from the keyring (--keep).";

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
