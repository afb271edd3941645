//! The APIs of the window's gateway: the built-in echo and what was imported.

use super::DefinitionReport;
use serde::Serialize;

/// An API that the window's gateway serves, would serve, or cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ServedApi {
    /// Its number in the library; none for the built-in echo.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub id: Option<i64>,
    /// The name that it is listed under.
    pub name: String,
    /// What there is to know of its definition.
    pub report: DefinitionReport,
    /// Its URL at the gateway; none while it is not served.
    pub url: Option<String>,
    /// Why the running gateway does not serve it.
    pub not_served: Option<String>,
    /// Its plans that need a subscription, with who is subscribed.
    pub subscribed: Vec<Subscribed>,
    /// The client that can be subscribed: the local one.
    pub client: Option<String>,
}

/// Who is subscribed to a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Subscribed {
    /// The plan.
    pub plan: String,
    /// The clients; none means that nobody gets through.
    pub clients: Vec<String>,
}

/// A definition before it is imported into the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct DefinitionPreview {
    /// What there is to know of it.
    pub report: DefinitionReport,
    /// The imported API whose place it takes: the same name, the same listener paths.
    pub replaces: bool,
    /// Whether its name belongs to another API: it needs another one.
    pub name_taken: bool,
    /// Why the gateway here could not serve it.
    pub not_served: Option<String>,
    /// What the gateway has to say of it.
    pub warnings: Vec<String>,
}
