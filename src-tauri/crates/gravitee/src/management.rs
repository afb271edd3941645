//! The Management API: what is asked of it to bring a definition to a cluster, and what its answers mean.
//! Belongs here: calls as data, the same as lines to type, refusals explained. Not here: sending them.

mod answer;
mod commands;

use serde_json::{Value, json};

use crate::{Definition, Form, GraviteeError};

pub use answer::{ApiThere, Refusal};
pub use commands::{Input, import_commands};

/// Where to import to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Management {
    /// Where the Management API is: its origin (`http://localhost:8083`), with a path where a proxy adds one. What comes from
    /// `/management` on may be left out.
    pub url: String,
    /// Organization (`DEFAULT`).
    pub organization: String,
    /// Environment (`DEFAULT`).
    pub environment: String,
}

impl Default for Management {
    fn default() -> Self {
        let default = || "DEFAULT".to_owned();
        Self { url: "http://localhost:8083".into(), organization: default(), environment: default() }
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What it does, in words.
    pub what: String,
    /// Its method.
    pub method: &'static str,
    /// Its URL.
    pub url: String,
    /// Its JSON body. That of an import is the definition and may hold secrets.
    pub body: Option<String>,
}

/// The version of the Management API that a definition goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Version 1, for version 2 exports.
    V1,
    /// Version 2, for version 4 definitions.
    V2,
}

impl Generation {
    /// The one for this definition.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        if definition.form() == Form::V2 { Self::V1 } else { Self::V2 }
    }
}

/// The definition as the Management API takes it: a version 2 export stays one, all else becomes a version 4 export.
///
/// # Errors
/// As [`Definition::to_v4`].
pub fn importable(definition: &Definition) -> Result<Definition, GraviteeError> {
    if definition.form() == Form::V2 { Ok(definition.clone()) } else { definition.to_v4() }
}

impl Management {
    /// Imports a definition, as a new API or over the API `update`.
    #[must_use]
    pub fn import(&self, definition: &Definition, update: Option<&str>) -> Call {
        let (apis, body) = (self.apis(Generation::of(definition)), Some(definition.write()));
        let path = if definition.form() == Form::V2 { "import" } else { "_import/definition" };
        match update {
            Some(id) => {
                Call { what: format!("update the API {id}"), method: "PUT", url: format!("{apis}/{id}/{path}"), body }
            }
            None => Call { what: "import the API".into(), method: "POST", url: format!("{apis}/{path}"), body },
        }
    }

    /// Lists the plans that nobody can use yet.
    #[must_use]
    pub fn staging_plans(&self, generation: Generation, api: &str) -> Call {
        let query = if generation == Generation::V1 { "status=STAGING" } else { "statuses=STAGING&perPage=100" };
        let url = format!("{}/{api}/plans?{query}", self.apis(generation));
        Call { what: "look for plans to publish".into(), method: "GET", url, body: None }
    }

    /// Publishes a plan.
    #[must_use]
    pub fn publish(&self, generation: Generation, api: &str, plan: &str, name: &str) -> Call {
        let url = format!("{}/{api}/plans/{plan}/_publish", self.apis(generation));
        Call { what: format!("publish the plan {name}"), method: "POST", url, body: None }
    }

    /// Starts an API.
    #[must_use]
    pub fn start(&self, generation: Generation, api: &str) -> Call {
        let apis = self.apis(generation);
        let url = match generation {
            Generation::V1 => format!("{apis}/{api}?action=START"),
            Generation::V2 => format!("{apis}/{api}/_start"),
        };
        Call { what: "start the API".into(), method: "POST", url, body: None }
    }

    /// Deploys an API to the gateways.
    #[must_use]
    pub fn deploy(&self, generation: Generation, api: &str) -> Call {
        let path = if generation == Generation::V1 { "deploy" } else { "deployments" };
        // At most 32 characters.
        let body = json!({ "deploymentLabel": "claimcheck" }).to_string();
        let url = format!("{}/{api}/{path}", self.apis(generation));
        Call { what: "deploy the API".into(), method: "POST", url, body: Some(body) }
    }

    /// Looks for the APIs of this name.
    #[must_use]
    pub fn search(&self, name: &str) -> Call {
        let url = format!("{}/_search?perPage=100", self.apis(Generation::V2));
        let body = json!({ "query": format!("\"{}\"", name.replace('"', " ")) }).to_string();
        Call { what: "look for the API that is there".into(), method: "POST", url, body: Some(body) }
    }

    /// Where APIs are.
    fn apis(&self, generation: Generation) -> String {
        let Self { organization, environment, .. } = self;
        let base = self.base();
        let organizations = format!("organizations/{organization}/environments/{environment}/apis");
        match (generation, organization.as_str()) {
            (Generation::V1, _) => format!("{base}/management/{organizations}"),
            (Generation::V2, "DEFAULT") => format!("{base}/management/v2/environments/{environment}/apis"),
            (Generation::V2, _) => format!("{base}/management/v2/{organizations}"),
        }
    }

    /// The URL without what is added here.
    #[must_use]
    pub fn base(&self) -> &str {
        let url = self.url.trim_end_matches('/');
        let url = url.strip_suffix("/management/v2").or_else(|| url.strip_suffix("/management")).unwrap_or(url);
        url.trim_end_matches('/')
    }
}

/// The plans of an answer: their ids and names. Version 1 answers with a list, version 2 with a page.
#[must_use]
pub fn plans(body: &str) -> Vec<(String, String)> {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let plans = answer.get("data").unwrap_or(&answer).as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |plan: &Value, name: &str| plan.get(name).and_then(Value::as_str).map(str::to_owned);
    plans.iter().filter_map(|plan| Some((text(plan, "id")?, text(plan, "name").unwrap_or_default()))).collect()
}
