//! What the gateway says while it runs: the JSON lines of `gateway --json`.
//! Belongs here: the serialised shapes. Not here: producing them. No secret or token ever enters a `RequestEvent`.

use std::{borrow::Cow, fmt, time::SystemTime};

use serde::{Deserialize, Serialize, Serializer};

pub use crate::text::Text;

/// The first line: both listeners are up.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename = "ready")]
pub struct Ready {
    /// Origin of the authorization server (`http://127.0.0.1:8092`).
    pub am: String,
    /// Origin of the API gateway (`http://127.0.0.1:8082`).
    pub gateway: String,
    /// Security domains with their clients.
    pub domains: Vec<ReadyDomain>,
    /// Served APIs.
    pub apis: Vec<ReadyApi>,
    /// What is odd about the definitions that are served all the same, one sentence each, with file and place.
    pub warnings: Vec<String>,
}

/// A security domain in the ready line.
#[derive(Debug, Clone, Serialize)]
pub struct ReadyDomain {
    /// Domain path (`demo`).
    pub path: String,
    /// Its clients.
    pub clients: Vec<ReadyClient>,
}

/// A client in the ready line. The only place where the local gateway says a secret: its own terminal.
#[derive(Clone, Serialize)]
pub struct ReadyClient {
    /// Client identifier.
    pub client_id: String,
    /// Client secret; absent for methods without one.
    pub client_secret: Option<String>,
}

impl fmt::Debug for ReadyClient {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyClient").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A served API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct ReadyApi {
    /// API name.
    pub name: String,
    /// URL of its first listener path, without trailing slash.
    pub url: String,
}

/// One request, with its decision trace.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename = "request")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export, rename = "RequestEvent"))]
pub struct RequestEvent {
    /// Which listener.
    pub listener: Listener,
    /// Method token.
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub method: Cow<'static, str>,
    /// Path without the query.
    pub path: String,
    /// Status that was answered.
    pub status: u16,
    /// Gravitee's error key (`OAUTH2_MISSING_HEADER`), or null.
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub error_key: Option<Cow<'static, str>>,
    /// What the caller was told, of a request that was refused: terse, where the trace has the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub answer: Option<PublicAnswer>,
    /// The decisions, in order.
    pub trace: Vec<TraceStep>,
    /// Running number within this gateway, from 1.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub sequence: u64,
    /// When the request arrived, RFC 3339 in UTC.
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub at: Moment,
    /// From the head's arrival to the answer, in microseconds.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub total_us: u64,
}

/// A point in time. Shown and serialised as RFC 3339 in UTC: only then is it put into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub SystemTime);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        jiff::Timestamp::try_from(self.0).unwrap_or_default().fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What the caller of a refused request was told. Credentials of the request that the answer repeats are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct PublicAnswer {
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// The beginning of the content.
    pub content: Option<String>,
}

/// The two listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Listener {
    /// Authorization server.
    Am,
    /// API gateway.
    Gateway,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct TraceStep {
    /// `host`, `route`, `token`, `introspection`, `scope`, `forward`, …
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub step: &'static str,
    /// What became of it.
    pub outcome: StepOutcome,
    /// What was decided and why, without secrets.
    #[cfg_attr(feature = "bindings", ts(type = "string"))]
    pub detail: Text,
    /// Duration in microseconds; an hour and more is 4,294,967,295.
    pub us: u32,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum StepOutcome {
    /// The request went on.
    Pass,
    /// The request ended here.
    Refuse,
    /// It did not apply.
    Skip,
    /// It decided nothing.
    Info,
}

impl StepOutcome {
    /// As it is serialised.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Refuse => "refuse",
            Self::Skip => "skip",
            Self::Info => "info",
        }
    }
}
