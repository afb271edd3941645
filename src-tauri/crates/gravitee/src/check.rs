//! What is wrong with a definition, with the path of the member. Belongs here: what a reader of the definition wants to
//! know before importing it. Not here: what this gateway does not support (`gateway`).

use serde::Serialize;
use serde_json::Value;

use crate::{
    Definition, GraviteeError,
    model::{Api, Flow, Plan, PlanSecurity},
    policy::{self, configuration},
    resource,
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

impl From<GraviteeError> for Problem {
    fn from(error: GraviteeError) -> Self {
        let (path, message) = match error {
            GraviteeError::Member { path, message } => (path, message),
            other => (String::new(), other.to_string()),
        };
        Self { severity: Severity::Error, path, message }
    }
}

pub(crate) fn problems(definition: &Definition) -> Vec<Problem> {
    let found = match definition.api() {
        Ok(api) => of_api(&api),
        Err(error) => {
            let every = definition.to_v4().map(|v4| Api::wrong(v4.document())).unwrap_or_default();
            if every.is_empty() {
                return vec![error.into()];
            }
            every.into_iter().map(Problem::from).collect()
        }
    };
    found.into_iter().map(|problem| Problem { path: definition.place(&problem.path), ..problem }).collect()
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
        self.problems.push(Problem { severity: Severity::Error, path: path.into(), message: message.into() });
    }

    fn warn(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { severity: Severity::Warning, path: path.into(), message: message.into() });
    }

    fn listeners(&mut self) {
        if self.api.listeners.iter().all(|listener| listener.paths.is_empty()) {
            self.add("api.listeners", "no HTTP listener with a path");
        }
        for (at, listener) in self.api.listeners.iter().enumerate() {
            for (path_at, path) in listener.paths.iter().enumerate() {
                if !path.path.starts_with('/') {
                    let place = format!("api.listeners[{at}].paths[{path_at}].path");
                    self.add(place, format!("`{}` does not begin with a slash", path.path));
                }
            }
        }
    }

    fn endpoints(&mut self) {
        for (group_at, group) in self.api.endpoint_groups.iter().enumerate() {
            for (at, endpoint) in group.endpoints.iter().enumerate() {
                let target = &endpoint.configuration.target;
                if !target.starts_with("http://") && !target.starts_with("https://") && !target.contains("{#") {
                    let place = format!("api.endpointGroups[{group_at}].endpoints[{at}].configuration.target");
                    self.add(place, format!("`{target}` is no http or https URL"));
                }
            }
        }
        if self.api.endpoint_groups.iter().all(|group| group.endpoints.is_empty()) {
            self.add("api.endpointGroups", "no endpoint: there is nowhere to send requests to");
        }
    }

    fn resources(&mut self) {
        for (at, found) in self.api.resources.iter().enumerate() {
            let place = format!("api.resources[{at}]");
            if found.reference.is_some() {
                self.warn(format!("{place}.ref"), "refers to another Kubernetes resource, which is not read here");
                continue;
            }
            if found.name.is_empty() {
                self.warn(format!("{place}.name"), "policies refer to a resource by its name");
            }
            let place = format!("{place}.configuration");
            let checked = match found.kind.as_str() {
                "oauth2" => configuration::<resource::GenericOAuth2>(&place, &found.configuration).err(),
                "oauth2-am-resource" => configuration::<resource::AmOAuth2>(&place, &found.configuration).err(),
                "cache" => configuration::<resource::Cache>(&place, &found.configuration).err(),
                _ => None,
            };
            self.problems.extend(checked.map(Problem::from));
        }
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
        let wrong = match id {
            "oauth2" => match configuration::<policy::OAuth2>(place, value) {
                Ok(oauth2) => return self.oauth2(place, &oauth2, value),
                Err(error) => Some(error),
            },
            "jwt" => configuration::<policy::Jwt>(place, value).err(),
            "api-key" => configuration::<policy::ApiKey>(place, value).err(),
            "transform-headers" => configuration::<policy::TransformHeaders>(place, value).err(),
            "rate-limit" => configuration::<policy::RateLimit>(place, value).err(),
            _ => None,
        };
        self.problems.extend(wrong.map(Problem::from));
    }

    fn oauth2(&mut self, place: &str, oauth2: &policy::OAuth2, value: &Value) {
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
        const KNOWN: [&str; 7] = [
            "oauthResource",
            "oauthCacheResource",
            "extractPayload",
            "checkRequiredScopes",
            "requiredScopes",
            "modeStrict",
            "propagateAuthHeader",
        ];
        let names = value.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        for name in names.iter().filter(|name| !KNOWN.contains(&name.as_str())) {
            self.warn(format!("{place}.{name}"), "not an option of the OAuth2 policy; its schema allows no others");
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
