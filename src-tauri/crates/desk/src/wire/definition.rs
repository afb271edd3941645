//! API definitions, as command line and window show them. No secret stands in any of it.

use gravitee::{Form, Problem, Severity};
use serde::Serialize;

/// What there is to know of a definition: before it is imported, and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct DefinitionReport {
    /// The API's own name.
    pub name: String,
    /// The form that it came in.
    pub form: Form,
    /// The API's version, as published.
    pub version: String,
    /// Version of the API Management that it was exported from.
    pub apim_version: Option<String>,
    /// How the local gateway answers for it (`apim-4.12`).
    pub behaviour: String,
    /// Listener paths, with their host where they have one.
    pub paths: Vec<String>,
    /// Where requests are sent to, without credentials.
    pub targets: Vec<String>,
    /// Its plans.
    pub plans: Vec<PlanReport>,
    /// How many secrets it holds.
    pub secrets: usize,
    /// Paths of secrets that were left out of it and are not known here.
    pub missing_secrets: Vec<String>,
    /// What is wrong or suspicious, by path.
    pub problems: Vec<Problem>,
}

impl DefinitionReport {
    /// Whether no gateway could serve it.
    #[must_use]
    pub fn is_unusable(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// A plan of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct PlanReport {
    /// Its name.
    pub name: String,
    /// `KEY_LESS`, `API_KEY`, `OAUTH2`, `JWT`, `MTLS`.
    pub security: String,
    /// `STAGING`, `PUBLISHED`, `DEPRECATED`, `CLOSED`.
    pub status: String,
    /// Whether a client must be subscribed to it to get through.
    pub needs_subscription: bool,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Imported {
    /// Its number in the library; none if it was not stored.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub id: Option<i64>,
    /// The name that it is listed under.
    pub name: String,
    /// Whether it is in the library now. One that no gateway could serve is not.
    pub stored: bool,
    /// Whether it took the place of an earlier import of the same API.
    pub replaced: bool,
    /// What there is to know of it.
    pub report: DefinitionReport,
}
