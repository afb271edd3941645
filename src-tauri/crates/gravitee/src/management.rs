//! The Management API as lines to type. Belongs here: importing, publishing, deploying with curl.
//! Not here: calling it.

use crate::{Definition, Form, GraviteeError, model::PlanStatus};

/// Where to import to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Management {
    /// Origin of the Management API (`http://localhost:8083`).
    pub origin: String,
    /// Environment (`DEFAULT`).
    pub environment: String,
}

impl Default for Management {
    fn default() -> Self {
        Self { origin: "http://localhost:8083".into(), environment: "DEFAULT".into() }
    }
}

/// The lines that import the definition in `file`, publish its plans, start and deploy the API. The credential is read from
/// `~/.netrc`, so that none is on the command line.
///
/// # Errors
/// [`GraviteeError::Member`] if the definition cannot be read as an API.
pub fn import_commands(definition: &Definition, file: &str, to: &Management) -> Result<Vec<String>, GraviteeError> {
    let api = definition.api()?;
    let file = quote(&format!("@{file}"));
    let environment = &to.environment;
    let origin = to.origin.trim_end_matches('/');
    let json = "-H 'Content-Type: application/json'";
    let curl = "curl --fail-with-body -sS --netrc";
    if definition.form() == Form::V2 {
        let base = format!("{origin}/management/organizations/DEFAULT/environments/{environment}/apis");
        return Ok(vec![
            format!("API_ID=$({curl} -X POST {json} --data-binary {file} '{base}/import' | jq -r .id)"),
            format!("{curl} -X POST \"{base}/$API_ID?action=START\""),
            format!("{curl} -X POST {json} -d '{{\"deploymentLabel\":\"import\"}}' \"{base}/$API_ID/deploy\""),
        ]);
    }
    let base = format!("{origin}/management/v2/environments/{environment}/apis");
    let mut lines =
        vec![format!("API_ID=$({curl} -X POST {json} --data-binary {file} '{base}/_import/definition' | jq -r .id)")];
    for plan in api.plans.iter().filter(|plan| plan.status == PlanStatus::Staging) {
        let filter = quote(&format!(".data[] | select(.name == {}) | .id", serde_json::Value::from(plan.name.clone())));
        lines.push(format!("PLAN_ID=$({curl} \"{base}/$API_ID/plans?statuses=STAGING\" | jq -r {filter})"));
        lines.push(format!("{curl} -X POST \"{base}/$API_ID/plans/$PLAN_ID/_publish\""));
    }
    lines.push(format!("{curl} -X POST \"{base}/$API_ID/_start\""));
    lines.push(format!("{curl} -X POST {json} -d '{{\"deploymentLabel\":\"import\"}}' \"{base}/$API_ID/deployments\""));
    Ok(lines)
}

/// A word for a POSIX shell.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
