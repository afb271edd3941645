//! Flows: which policies run on which requests.

use serde::Deserialize;
use serde_json::Value;

use super::{words::words, yes};

words! {
    /// Which of the matching flows run.
    FlowMode {
        /// All of them.
        Default = "DEFAULT",
        /// The one whose path fits best.
        BestMatch = "BEST_MATCH",
    }
}

words! {
    /// How a selector compares the path. An unknown word is read as `STARTS_WITH`, as Gravitee's parser does.
    PathOperator {
        /// Equal.
        Equals = "EQUALS",
        /// Begins with these segments.
        StartsWith = "STARTS_WITH",
    } other = StartsWith
}

/// How flows are chosen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowExecution {
    /// The rule.
    pub mode: FlowMode,
    /// Whether a request that no flow matches is refused.
    #[serde(default)]
    pub match_required: bool,
}

impl Default for FlowExecution {
    fn default() -> Self {
        Self { mode: FlowMode::Default, match_required: false }
    }
}

/// Policies for some requests.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Flow {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Whether it is used at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// When it applies; all of them must.
    #[serde(default)]
    pub selectors: Vec<Selector>,
    /// Policies before the endpoint.
    #[serde(default)]
    pub request: Vec<Step>,
    /// Policies after the endpoint.
    #[serde(default)]
    pub response: Vec<Step>,
}

/// When a flow applies.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// `HTTP`, `CONDITION`, `CHANNEL`, `MCP`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Path below the context path, for `HTTP`.
    #[serde(default)]
    pub path: Option<String>,
    /// How it is compared.
    #[serde(default = "starts_with")]
    pub path_operator: PathOperator,
    /// Methods; none = all.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Expression, for `CONDITION`.
    #[serde(default)]
    pub condition: Option<String>,
}

fn starts_with() -> PathOperator {
    PathOperator::StartsWith
}

/// A policy with its configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Whether it runs at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Plugin id (`oauth2`).
    pub policy: String,
    /// The plugin's configuration.
    #[serde(default)]
    pub configuration: Value,
    /// Expression that must hold for it to run.
    #[serde(default)]
    pub condition: Option<String>,
}
