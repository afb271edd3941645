//! What is wrong with a definition, with the path of the member. Belongs here: what a reader of the definition wants to
//! know before importing it: the API's plans and policies; listeners and endpoints (`endpoints`), resources, words that are none,
//! and what has no effect here (`options`, `unserved`). Not here: loading it (`gateway`).

mod endpoints;
mod options;
mod resources;
mod unserved;
mod words;

use std::collections::HashSet;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Definition, GraviteeError,
    model::{Api, Flow, Plan, PlanSecurity},
    policy::{self, configuration},
};

/// Something wrong or suspicious.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export, rename = "DefinitionProblem"))]
pub struct Problem {
    /// Whether it can be used all the same.
    pub severity: Severity,
    /// Path of the member (`api.flows[0].request[0].configuration.oauthResource`).
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export, rename = "DefinitionSeverity"))]
pub enum Severity {
    /// No gateway can serve it.
    Error,
    /// It can be served, but hardly as meant.
    Warning,
}

impl Problem {
    fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, path: path.into(), message: message.into() }
    }

    fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, path: path.into(), message: message.into() }
    }
}

impl From<GraviteeError> for Problem {
    fn from(error: GraviteeError) -> Self {
        match error {
            GraviteeError::Member { path, message } => Self::error(path, message),
            other => Self::error("", other.to_string()),
        }
    }
}

pub(crate) fn problems(definition: &Definition) -> Vec<Problem> {
    let found = match definition.to_v4() {
        Ok(v4) => of_v4(definition, v4.document()),
        Err(error) => vec![error.into()],
    };
    let mut placed: Vec<_> =
        found.into_iter().map(|problem| Problem { path: definition.place(&problem.path), ..problem }).collect();
    // What one member of version 2 says of several places in version 4 is one problem.
    let mut seen = HashSet::new();
    placed.retain(|problem| seen.insert((problem.path.clone(), problem.message.clone())));
    placed
}

fn of_v4(definition: &Definition, v4: &Value) -> Vec<Problem> {
    let mut found = match Api::of(definition, v4) {
        Ok(api) => of_api(&api),
        Err(first) => match Api::wrong(v4) {
            every if every.is_empty() => vec![first.into()],
            every => every.into_iter().map(Problem::from).collect(),
        },
    };
    found.extend(words::problems(v4));
    found.extend(unserved::problems(v4));
    found
}

fn of_api(api: &Api) -> Vec<Problem> {
    let mut found = Found { api, problems: Vec::new() };
    found.listeners();
    found.endpoints();
    found.resources();
    for (at, flow) in api.flows.iter().enumerate() {
        found.flow(&format!("api.flows[{at}]"), flow);
    }
    if api.plans.is_empty() {
        found.warn("plans", "no plan: nobody can call this API; a KEY_LESS plan lets everybody");
    }
    for (at, plan) in api.plans.iter().enumerate() {
        found.plan(&format!("plans[{at}]"), plan);
    }
    found.problems
}

struct Found<'a> {
    api: &'a Api,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::error(path, message));
    }

    fn warn(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::warning(path, message));
    }

    /// Reads a configuration; every member of the wrong kind becomes a problem.
    fn configuration<T: DeserializeOwned>(&mut self, place: &str, value: &Value) -> Option<T> {
        let read = configuration(place, value);
        if read.is_err() {
            let wrong = members_alone(value).into_iter().filter_map(|one| configuration::<T>(place, &one).err());
            self.problems.extend(wrong.map(Problem::from));
        }
        read.ok()
    }

    fn flow(&mut self, place: &str, flow: &Flow) {
        for (phase, steps) in [("request", &flow.request), ("response", &flow.response)] {
            for (at, step) in steps.iter().enumerate() {
                let place = format!("{place}.{phase}[{at}].configuration");
                self.policy(&place, &step.policy, &step.configuration);
            }
        }
    }

    fn plan(&mut self, place: &str, plan: &Plan) {
        let configuration = &plan.security.configuration;
        let at = format!("{place}.security.configuration");
        match plan.security.kind {
            PlanSecurity::OAuth2 => self.policy(&at, "oauth2", configuration),
            PlanSecurity::Jwt => self.policy(&at, "jwt", configuration),
            PlanSecurity::ApiKey | PlanSecurity::KeyLess | PlanSecurity::Mtls => {}
        }
        for (at, flow) in plan.flows.iter().enumerate() {
            self.flow(&format!("{place}.flows[{at}]"), flow);
        }
    }

    fn policy(&mut self, place: &str, id: &str, value: &Value) {
        match id {
            "oauth2" => {
                if let Some(oauth2) = self.configuration(place, value) {
                    self.oauth2(place, &oauth2);
                }
            }
            "jwt" => drop(self.configuration::<policy::Jwt>(place, value)),
            "api-key" => drop(self.configuration::<policy::ApiKey>(place, value)),
            "transform-headers" => drop(self.configuration::<policy::TransformHeaders>(place, value)),
            "rate-limit" => drop(self.configuration::<policy::RateLimit>(place, value)),
            _ => {}
        }
        self.options_of_policy(place, id, value);
    }

    fn oauth2(&mut self, place: &str, oauth2: &policy::OAuth2) {
        let Some(name) = oauth2.oauth_resource.as_deref() else {
            return self
                .warn(format!("{place}.oauthResource"), "required: the name of an authorization server resource");
        };
        self.refers(&format!("{place}.oauthResource"), name);
        if let Some(cache) = oauth2.oauth_cache_resource.as_deref().filter(|name| !name.is_empty()) {
            self.refers(&format!("{place}.oauthCacheResource"), cache);
        }
        if oauth2.check_required_scopes && oauth2.required_scopes.is_empty() {
            self.warn(format!("{place}.requiredScopes"), "checkRequiredScopes is on, but no scope is required");
        }
    }

    fn refers(&mut self, place: &str, name: &str) {
        if name.contains("{#") {
            return;
        }
        match self.api.resources.iter().find(|resource| resource.name == name) {
            None => self.warn(place, format!("no resource of this API is named `{name}`")),
            Some(resource) if !resource.enabled => self.warn(place, format!("the resource `{name}` is disabled")),
            Some(_) => {}
        }
    }
}

/// The value once for each of its members, which then stands in it alone.
fn members_alone(value: &Value) -> Vec<Value> {
    match value.as_object().filter(|members| !members.is_empty()) {
        Some(members) => members
            .iter()
            .flat_map(|(name, member)| members_alone(member).into_iter().map(move |alone| json!({ name: alone })))
            .collect(),
        None => vec![value.clone()],
    }
}

/// The items of a list, with their paths.
fn items<'v>(path: &str, list: Option<&'v Value>) -> Vec<(String, &'v Value)> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect()
}

/// Every flow of a version 4 export: the API's, and the plans'.
fn flows(v4: &Value) -> Vec<(String, &Value)> {
    let mut flows = items("api.flows", v4.pointer("/api/flows"));
    for (place, plan) in items("plans", v4.get("plans")) {
        flows.extend(items(&format!("{place}.flows"), plan.get("flows")));
    }
    flows
}
