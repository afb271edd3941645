//! Plans: who may call an API.

use serde::Deserialize;
use serde_json::Value;

use super::{Flow, words::words};

words! {
    /// How a plan recognises its callers.
    PlanSecurity {
        /// Everybody.
        KeyLess = "KEY_LESS",
        /// By key.
        ApiKey = "API_KEY",
        /// By a token that is introspected.
        OAuth2 = "OAUTH2",
        /// By a token that is verified.
        Jwt = "JWT",
        /// By certificate.
        Mtls = "MTLS",
    }
}

words! {
    /// Where a plan is in its life.
    PlanStatus {
        /// Not published yet.
        Staging = "STAGING",
        /// In use.
        Published = "PUBLISHED",
        /// In use, for no new subscriptions.
        Deprecated = "DEPRECATED",
        /// No longer in use.
        Closed = "CLOSED",
    }
}

/// A plan of an API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// How it recognises its callers.
    pub security: Security,
    /// Expression that must hold for it to be chosen.
    #[serde(default)]
    pub selection_rule: Option<String>,
    /// Where it is in its life; a definition without one is in use.
    #[serde(default = "published")]
    pub status: PlanStatus,
    /// Flows of its callers.
    #[serde(default)]
    pub flows: Vec<Flow>,
}

fn published() -> PlanStatus {
    PlanStatus::Published
}

/// Security of a plan.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Security {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: PlanSecurity,
    /// Configuration of the policy behind it.
    #[serde(default)]
    pub configuration: Value,
}
