//! The doctor's plan and findings, and a working curl line beside our request.

use oauth::{AuthenticationMethod, TriedAudience, Verdict};
use serde::{Deserialize, Serialize};

/// One way to authenticate a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct WayRef {
    /// The method.
    pub method: AuthenticationMethod,
    /// True if white space around the secret is removed.
    pub trimmed: bool,
    /// The audience of its assertion, where that is not the connection's.
    pub audience: Option<TriedAudience>,
}

/// What the doctor would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct DoctorPlan {
    /// Where it would send to.
    pub token_url: String,
    /// The host of it.
    pub host: String,
    /// The client.
    pub client_id: String,
    /// What it would try, in this order; empty for a client that has nothing to prove itself with.
    pub ways: Vec<DoctorWay>,
}

/// One way of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct DoctorWay {
    /// The way.
    pub way: WayRef,
    /// What goes over the wire, in words.
    pub sends: String,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TriedWay {
    /// The way.
    pub way: WayRef,
    /// What it showed.
    pub verdict: Verdict,
    /// The server's answer in words.
    pub detail: String,
    /// How the clocks differ and what to do, where an assertion was refused for that.
    pub clocks: Option<String>,
}

/// How our line stands to theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum LineVerdict {
    /// Both have it, and not the same.
    Differs,
    /// Only the curl line has it.
    TheirsOnly,
    /// Only our request has it.
    OursOnly,
    /// The same.
    Same,
}

/// One line of two requests side by side. Secrets are masked; whether they are the same is said all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ComparedLine {
    /// `method`, `url`, `client authentication`, `header` or `parameter`.
    pub part: String,
    /// Which one: the header's or parameter's name; empty where there is one only.
    pub name: String,
    /// As our request has it.
    pub ours: Option<String>,
    /// As the curl line has it.
    pub theirs: Option<String>,
    /// How they stand to each other.
    pub verdict: LineVerdict,
    /// What the difference amounts to; empty if there is nothing to say.
    pub note: String,
}

/// A working curl line beside the token request of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct CurlComparison {
    /// Line by line: method, URL, authentication, headers, parameters.
    pub lines: Vec<ComparedLine>,
    /// What could not be compared.
    pub notes: Vec<String>,
    /// The way that the curl line authenticates, where it is another one than ours.
    pub suggested: Option<WayRef>,
}
