//! What a gateway needs of a definition, one model for every form. Belongs here: the API itself.
//! Not here: members that only the console uses (they stay in the document).

mod endpoint;
mod flow;
mod listener;
mod plan;
mod words;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use endpoint::{
    Balancing, Endpoint, EndpointConfiguration, EndpointGroup, Header, HttpOptions, LoadBalancer, SharedConfiguration,
    Ssl,
};
pub use flow::{Flow, FlowExecution, FlowMode, PathOperator, Selector, Step};
pub use listener::{Cors, Listener, ListenerKind, ListenerPath};
pub use plan::{Plan, PlanSecurity, PlanStatus, Security};

use crate::{Definition, Form, GraviteeError, number};

/// An API as the gateway serves it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    /// Its name.
    pub name: String,
    /// Its version as published.
    #[serde(default)]
    pub api_version: String,
    /// `PROXY`, `MCP_PROXY`, …
    #[serde(default = "proxy", rename = "type")]
    pub kind: String,
    /// Where it listens.
    #[serde(default)]
    pub listeners: Vec<Listener>,
    /// Where it sends requests.
    #[serde(default)]
    pub endpoint_groups: Vec<EndpointGroup>,
    /// How flows are chosen.
    #[serde(default)]
    pub flow_execution: FlowExecution,
    /// Flows of every plan.
    #[serde(default)]
    pub flows: Vec<Flow>,
    /// What policies refer to by name.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// Values for expressions.
    #[serde(default)]
    pub properties: Vec<Property>,
    /// Answers by error key and media type.
    #[serde(default)]
    pub response_templates: BTreeMap<String, BTreeMap<String, Template>>,
    /// Its plans.
    #[serde(skip)]
    pub plans: Vec<Plan>,
    /// `export.apimVersion`.
    #[serde(skip)]
    pub apim_version: Option<String>,
    /// Which engine runs it.
    #[serde(skip)]
    pub engine: Engine,
}

fn proxy() -> String {
    "PROXY".into()
}

/// The execution engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// Version 2 APIs with execution mode `v3`.
    V3,
    /// Version 4 APIs, and version 2 with `v4-emulation-engine`.
    #[default]
    V4,
}

/// Something policies refer to by name: an authorization server, a cache.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its name; a Kubernetes reference has none.
    #[serde(default)]
    pub name: String,
    /// Plugin id (`oauth2`, `oauth2-am-resource`, `cache`).
    #[serde(default, rename = "type")]
    pub kind: String,
    /// A disabled resource is as good as none.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The plugin's configuration.
    #[serde(default)]
    pub configuration: Value,
    /// Kubernetes reference to an `ApiResource`.
    #[serde(default, rename = "ref")]
    pub reference: Option<Value>,
}

/// A value for expressions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Property {
    /// Its name.
    pub key: String,
    /// Its value.
    #[serde(default)]
    pub value: String,
}

/// The answer to an error.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Status.
    #[serde(default)]
    pub status_code: Option<u16>,
    /// Header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body, with expressions.
    #[serde(default)]
    pub body: Option<String>,
}

pub(crate) fn yes() -> bool {
    true
}

impl Api {
    pub(crate) fn of(definition: &Definition, v4: &Value) -> Result<Self, GraviteeError> {
        let v4 = without_nulls(&number::settled(v4));
        let mut api: Self = read("api", v4.get("api").unwrap_or(&Value::Null))?;
        let plans = v4.get("plans").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let plan = |(at, plan): (usize, &Value)| read(&format!("plans[{at}]"), plan);
        api.plans = plans.iter().enumerate().map(plan).collect::<Result<_, _>>()?;
        api.apim_version = v4.pointer("/export/apimVersion").and_then(Value::as_str).map(str::to_owned);
        api.engine = engine(definition)?;
        Ok(api)
    }
}

impl Api {
    /// Everything that is missing or of the wrong kind in a version 4 export, part by part, where [`Api::of`] stops at the first.
    pub(crate) fn wrong(v4: &Value) -> Vec<GraviteeError> {
        let v4 = without_nulls(&number::settled(v4));
        let Some(api) = v4.get("api").filter(|api| api.is_object()) else { return Vec::new() };
        let mut wrong = Vec::new();
        let heading = ["name", "apiVersion", "type", "flowExecution", "responseTemplates"];
        let heading = heading.iter().filter_map(|name| Some(((*name).to_owned(), api.get(*name)?.clone())));
        let heading = Value::Object(heading.collect());
        wrong.extend(read::<Self>("api", &heading).err());
        each::<Listener>("api.listeners", api.get("listeners"), &mut wrong);
        each::<EndpointGroup>("api.endpointGroups", api.get("endpointGroups"), &mut wrong);
        each::<Flow>("api.flows", api.get("flows"), &mut wrong);
        each::<Resource>("api.resources", api.get("resources"), &mut wrong);
        each::<Property>("api.properties", api.get("properties"), &mut wrong);
        each::<Plan>("plans", v4.get("plans"), &mut wrong);
        wrong
    }
}

/// Reads every item of a list for its errors.
fn each<'v, T: Deserialize<'v>>(path: &str, list: Option<&'v Value>, wrong: &mut Vec<GraviteeError>) {
    match list {
        None => {}
        Some(Value::Array(items)) => {
            let read = |(at, item): (usize, &'v Value)| read::<T>(&format!("{path}[{at}]"), item).err();
            wrong.extend(items.iter().enumerate().filter_map(read));
        }
        Some(other) => wrong.extend(read::<Vec<Value>>(path, other).err()),
    }
}

fn engine(definition: &Definition) -> Result<Engine, GraviteeError> {
    let document = match definition.form() {
        Form::V2 => definition.document(),
        Form::KubernetesV2 => definition.document().get("spec").unwrap_or(&Value::Null),
        _ => return Ok(Engine::V4),
    };
    // Version 2 without a mode is from before version 4's engine existed.
    let mode = document.get("execution_mode").filter(|mode| !mode.is_null());
    match mode.map(|mode| mode.as_str().ok_or(mode)) {
        None | Some(Ok("v3")) => Ok(Engine::V3),
        Some(Ok("v4-emulation-engine" | "jupiter")) => Ok(Engine::V4),
        Some(other) => {
            let other = other.map_or_else(Value::to_string, |mode| format!("`{mode}`"));
            let message = format!("{other} is none of v3, v4-emulation-engine");
            Err(GraviteeError::Member { path: "execution_mode".into(), message })
        }
    }
}

/// Reads a part; an error names its place below `path`.
pub(crate) fn read<'v, T: Deserialize<'v>>(path: &str, value: &'v Value) -> Result<T, GraviteeError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().to_string();
        let path = if inner == "." { path.to_owned() } else { format!("{path}.{inner}") };
        GraviteeError::Member { path, message: error.into_inner().to_string() }
    })
}

/// A member that is null is an absent one.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}
