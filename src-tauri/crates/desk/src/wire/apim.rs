//! What was done at an API Management.

use serde::Serialize;

/// One call to the Management API, answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApimStep {
    /// What it did, in words.
    pub what: String,
    /// Its method.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Status of the answer.
    pub status: u16,
}

/// A definition that was brought to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApimDone {
    /// The API's id there.
    pub api_id: String,
    /// The calls, in order.
    pub steps: Vec<ApimStep>,
}
