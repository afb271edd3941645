//! The tokens that came with an access token.

use jose::inspection::{Inspection, Rule};
use serde::{Deserialize, Serialize};

/// A token that came with an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Companion {
    /// The refresh token.
    RefreshToken,
    /// The ID token.
    IdToken,
}

/// The ID token that came with an access token. The token itself comes only through reveal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct IdTokenView {
    /// First and last four characters.
    pub masked: String,
    /// What it says, verified against the issuer's keys and judged as this client's (issuer, audience, times).
    pub inspection: Inspection,
    /// The checks against what it came with: nonce, hash of the access token, authorized party; empty if it cannot be read.
    pub checks: Vec<Rule>,
}
