//! Version 2 as a version 4 export. Belongs here: the renamed members of the API, its flows and plans. What version 4 does not know
//! keeps its name, in the corresponding place. Not here: what stands below `proxy` (`proxy`), health checks and the like (`services`).

mod proxy;
mod services;

use serde_json::{Map, Value, json};

use super::{Members, fill, is_empty, list, members, put};
use crate::GraviteeError;

/// Converts a version 2 document.
pub(super) fn convert(mut v2: Members) -> Result<Value, GraviteeError> {
    if v2.get("paths").and_then(Value::as_object).is_some_and(|paths| !paths.is_empty()) {
        let message = "is the policy design of version 1; migrate the API to flows first".into();
        return Err(GraviteeError::Member { path: "paths".into(), message });
    }
    let plans = plans(v2.shift_remove("plans"))?;
    let mut envelope = Members::new();
    for name in ["members", "metadata", "pages"] {
        put(&mut envelope, name, v2.shift_remove(name));
    }
    for name in ["gravitee", "execution_mode", "paths"] {
        v2.shift_remove(name);
    }
    envelope.shift_insert(0, "api".into(), api(v2).into());
    envelope.insert("plans".into(), plans.into());
    Ok(envelope.into())
}

fn api(mut v2: Members) -> Members {
    let mut api = Members::new();
    api.insert("definitionVersion".into(), "V4".into());
    api.insert("type".into(), "PROXY".into());
    put(&mut api, "name", v2.shift_remove("name"));
    put(&mut api, "apiVersion", v2.shift_remove("version"));
    put(&mut api, "description", v2.shift_remove("description"));
    put(&mut api, "visibility", v2.shift_remove("visibility").map(capitals));
    proxy::convert(&mut v2, &mut api);
    let mode = v2.shift_remove("flow_mode").map_or("DEFAULT".into(), capitals);
    api.insert("flowExecution".into(), json!({ "mode": mode, "matchRequired": false }));
    put(&mut api, "resources", v2.shift_remove("resources"));
    api.insert("flows".into(), flows(v2.shift_remove("flows")).into());
    put(&mut api, "properties", v2.shift_remove("properties"));
    let templates = v2.shift_remove("response_templates");
    put(&mut api, "responseTemplates", templates.map(|templates| response_templates(&templates)));
    put(&mut api, "lifecycleState", v2.shift_remove("lifecycle_state").map(capitals));
    put(&mut api, "disableMembershipNotifications", v2.shift_remove("disable_membership_notifications"));
    put(&mut api, "definitionContext", v2.shift_remove("definition_context"));
    put(&mut api, "state", v2.shift_remove("state").map(capitals));
    fill(&mut api, v2);
    api
}

fn flows(flows: Option<Value>) -> Vec<Value> {
    list(flows).into_iter().map(|flow| flow_of(members(&flow)).into()).collect()
}

fn flow_of(mut flow: Members) -> Members {
    let operator = flow.shift_remove("path-operator").or_else(|| flow.shift_remove("pathOperator"));
    let mut operator = members(&operator.unwrap_or_default());
    let mut selector = Members::new();
    selector.insert("type".into(), "HTTP".into());
    selector.insert("path".into(), operator.shift_remove("path").unwrap_or_else(|| "/".into()));
    let kind = operator.shift_remove("operator").map_or("STARTS_WITH".into(), capitals);
    selector.insert("pathOperator".into(), kind);
    selector.insert("methods".into(), flow.shift_remove("methods").unwrap_or_else(|| json!([])));
    fill(&mut selector, operator);
    let mut selectors = vec![Value::from(selector)];
    let condition =
        flow.shift_remove("condition").filter(|text| text.as_str().is_some_and(|text| !text.trim().is_empty()));
    selectors.extend(condition.map(|condition| json!({ "type": "CONDITION", "condition": condition })));
    let request = flow.shift_remove("pre").unwrap_or_else(|| json!([]));
    let response = flow.shift_remove("post").unwrap_or_else(|| json!([]));
    flow.insert("selectors".into(), selectors.into());
    flow.insert("request".into(), request);
    flow.insert("response".into(), response);
    flow
}

fn plans(plans: Option<Value>) -> Result<Vec<Value>, GraviteeError> {
    list(plans).into_iter().enumerate().map(|(at, plan)| plan_of(at, members(&plan)).map(Value::from)).collect()
}

fn plan_of(at: usize, mut plan: Members) -> Result<Members, GraviteeError> {
    let security = plan.shift_remove("security").map_or("KEY_LESS".into(), capitals);
    let configuration = match plan.shift_remove("securityDefinition") {
        Some(Value::String(text)) if !text.trim().is_empty() => {
            serde_json::from_str(&text).map_err(|error| GraviteeError::Member {
                path: format!("plans[{at}].securityDefinition"),
                message: format!("is not JSON in a string: {error}"),
            })?
        }
        Some(object @ Value::Object(_)) => object,
        _ => json!({}),
    };
    let mut v4 = Map::from_iter([("definitionVersion".to_owned(), Value::from("V4"))]);
    put(&mut v4, "name", plan.shift_remove("name"));
    put(&mut v4, "description", plan.shift_remove("description"));
    v4.insert("mode".into(), "STANDARD".into());
    v4.insert("security".into(), json!({ "type": security, "configuration": configuration }));
    for (old, new) in [
        ("selection_rule", "selectionRule"),
        ("comment_required", "commentRequired"),
        ("excluded_groups", "excludedGroups"),
        ("general_conditions", "generalConditions"),
    ] {
        put(&mut v4, new, plan.shift_remove(old));
    }
    for name in ["status", "validation", "type"] {
        put(&mut v4, name, plan.shift_remove(name).map(capitals));
    }
    v4.insert("flows".into(), flows(plan.shift_remove("flows")).into());
    // The policy design of version 1, which an export carries along empty.
    if plan.get("paths").is_some_and(is_empty) {
        plan.shift_remove("paths");
    }
    fill(&mut v4, plan);
    Ok(v4)
}

fn response_templates(templates: &Value) -> Value {
    let rename = |template: &Value| {
        let mut template = members(template);
        if let Some(status) = template.shift_remove("status") {
            template.shift_insert(0, "statusCode".into(), status);
        }
        Value::from(template)
    };
    let types = |types: &Value| -> Value {
        members(types).iter().map(|(name, template)| (name.clone(), rename(template))).collect::<Members>().into()
    };
    members(templates).iter().map(|(key, by_type)| (key.clone(), types(by_type))).collect::<Members>().into()
}

fn capitals(value: Value) -> Value {
    match value {
        Value::String(text) => text.replace('-', "_").to_ascii_uppercase().into(),
        other => other,
    }
}
