//! The form of the case files (`tests/cases/*.toml`, described in the README beside them).
//! Belongs here: reading them. Not here: running them (`run`).

use std::collections::BTreeMap;

use serde::Deserialize;

/// One section of the reference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    #[serde(default)]
    pub(crate) default: Defaults,
    #[serde(rename = "case")]
    pub(crate) cases: Vec<Case>,
}

/// What holds for every case that does not say otherwise.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Defaults {
    pub(crate) behaviours: Vec<String>,
    pub(crate) engines: Vec<Engine>,
    pub(crate) set: BTreeMap<String, toml::Value>,
    pub(crate) unset: Vec<String>,
    pub(crate) api: String,
    pub(crate) gateway: String,
    pub(crate) introspection: Option<Script>,
    pub(crate) headers: Vec<String>,
    pub(crate) to: Option<Listener>,
    pub(crate) identified: bool,
}

/// The two listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Listener {
    /// Authorization server.
    Am,
    /// API gateway.
    Gateway,
}

/// A case: a configuration, and one or several exchanges with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) row: String,
    pub(crate) what: String,
    /// The reference read it from code and saw it nowhere running.
    #[serde(default)]
    pub(crate) deduced: bool,
    pub(crate) behaviours: Option<Vec<String>>,
    pub(crate) engines: Option<Vec<Engine>>,
    #[serde(default)]
    pub(crate) set: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub(crate) unset: Vec<String>,
    /// Members of the `[[apis]]` entry.
    pub(crate) api: Option<String>,
    /// Further members of the configuration.
    pub(crate) gateway: Option<String>,
    /// The message with which the definition is refused at start.
    pub(crate) refused: Option<String>,
    #[serde(default, rename = "step")]
    pub(crate) steps: Vec<Step>,
}

/// One request and all that is expected of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// Request line and header lines.
    pub(crate) request: Vec<String>,
    /// The body that is sent.
    pub(crate) send: Option<String>,
    /// Seconds that the clock moves on before.
    #[serde(default)]
    pub(crate) advance: u64,
    /// What the introspection server answers from here on.
    pub(crate) introspection: Option<Script>,
    /// What the upstream answers from here on.
    pub(crate) upstream: Option<Script>,
    pub(crate) status: u16,
    /// Reason phrase; the standard one if not said.
    pub(crate) reason: Option<String>,
    pub(crate) to: Option<Listener>,
    /// Every header line but those that are always there.
    #[serde(default)]
    pub(crate) headers: Vec<String>,
    /// Without the header lines of the section.
    #[serde(default)]
    pub(crate) bare: bool,
    /// Whether the answer carries `X-Gravitee-Client-Identifier`, in the versions and the engine that have it.
    pub(crate) identified: Option<bool>,
    /// The exact body; empty if neither this nor `json` is said.
    pub(crate) body: Option<String>,
    /// Some members of a JSON body, by pointer; `"${absent}"` for one that is not there.
    pub(crate) json: Option<BTreeMap<String, toml::Value>>,
    /// Some members of the `access_token` in the body, decoded: `/header/…` and `/claims/…`.
    pub(crate) jwt: Option<BTreeMap<String, toml::Value>>,
    /// Gravitee's error key in the trace; none if not said.
    pub(crate) key: Option<String>,
    /// The request that the introspection server received: request line and header lines.
    pub(crate) asked: Option<Vec<String>>,
    pub(crate) asked_body: Option<String>,
    /// How often the introspection server was asked in this step.
    pub(crate) calls: Option<usize>,
    /// Lines of the request that the upstream received.
    #[serde(default)]
    pub(crate) received: Vec<String>,
    /// Names of fields that the upstream did not receive.
    #[serde(default)]
    pub(crate) not_received: Vec<String>,
    /// Parts of the trace.
    #[serde(default)]
    pub(crate) trace: Vec<String>,
    /// Texts of a JSON body to use later, by pointer.
    #[serde(default)]
    pub(crate) keep: BTreeMap<String, String>,
}

/// What a server answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: Vec<String>,
    #[serde(default)]
    pub(crate) body: String,
    #[serde(default)]
    pub(crate) delay_ms: u64,
    /// Instead of an answer.
    pub(crate) fault: Option<Fault>,
}

fn ok() -> u16 {
    200
}

/// How a connection fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Fault {
    /// Nobody listens.
    Refused,
    /// Reset after the request.
    Reset,
    /// Closed after the request, without an answer.
    Closed,
}

/// The definition's form and the engine that it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Engine {
    /// A version 4 definition.
    V4,
    /// A version 2 definition with `v4-emulation-engine`.
    V4Emulation,
    /// A version 2 definition with `v3`.
    V3,
}

/// Members that belong to a step; a case with one step writes them beside its own.
const STEP: [&str; 22] = [
    "request",
    "send",
    "advance",
    "introspection",
    "upstream",
    "status",
    "reason",
    "headers",
    "body",
    "json",
    "key",
    "asked",
    "asked_body",
    "calls",
    "received",
    "not_received",
    "trace",
    "keep",
    "to",
    "bare",
    "identified",
    "jwt",
];

impl Section {
    pub(crate) fn read(name: &str, text: &str) -> Self {
        let mut section: toml::Table = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let cases = section.get_mut("case").and_then(toml::Value::as_array_mut);
        for case in cases.unwrap_or_else(|| panic!("{name} has no cases")) {
            let case = case.as_table_mut().unwrap();
            if case.contains_key("step") || case.contains_key("refused") {
                continue;
            }
            let own: Vec<_> = case.keys().filter(|name| STEP.contains(&name.as_str())).cloned().collect();
            let step = own.into_iter().filter_map(|name| Some((name.clone(), case.remove(&name)?)));
            let step: toml::Table = step.collect();
            case.insert("step".into(), vec![toml::Value::from(step)].into());
        }
        toml::Value::from(section).try_into().unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

impl Case {
    pub(crate) fn behaviours<'a>(&'a self, section: &'a Section) -> &'a [String] {
        self.behaviours.as_deref().unwrap_or(&section.default.behaviours)
    }

    pub(crate) fn engines<'a>(&'a self, section: &'a Section) -> &'a [Engine] {
        self.engines.as_deref().unwrap_or(&section.default.engines)
    }
}
