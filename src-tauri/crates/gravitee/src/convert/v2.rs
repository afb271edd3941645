//! Version 2 as a version 4 export. Belongs here: the renamed members. What version 4 does not know keeps its name.

use serde_json::{Map, Value, json};

use super::{Members, list, members};
use crate::GraviteeError;

/// Converts a version 2 document.
pub(super) fn convert(mut v2: Members) -> Result<Value, GraviteeError> {
    if v2.get("paths").and_then(Value::as_object).is_some_and(|paths| !paths.is_empty()) {
        let message = "is the policy design of version 1; migrate the API to flows first".into();
        return Err(GraviteeError::Member { path: "paths".into(), message });
    }
    let mut take = |name: &str| v2.shift_remove(name);
    let mut api = Members::new();
    api.insert("definitionVersion".into(), "V4".into());
    api.insert("type".into(), "PROXY".into());
    put(&mut api, "name", take("name"));
    put(&mut api, "apiVersion", take("version"));
    put(&mut api, "description", take("description"));
    put(&mut api, "visibility", take("visibility").map(capitals));
    let proxy = members(&take("proxy").unwrap_or_default());
    let path_mappings = take("path_mappings");
    api.insert("listeners".into(), json!([listener(&proxy, path_mappings)]));
    api.insert("endpointGroups".into(), groups(&proxy).into());
    let mode = take("flow_mode").map_or("DEFAULT".into(), capitals);
    api.insert("flowExecution".into(), json!({ "mode": mode, "matchRequired": false }));
    put(&mut api, "resources", take("resources"));
    api.insert("flows".into(), flows(take("flows")).into());
    put(&mut api, "properties", take("properties"));
    put(&mut api, "responseTemplates", take("response_templates").map(|templates| response_templates(&templates)));
    let plans = plans(take("plans"))?;
    let mut envelope = Members::new();
    for name in ["members", "metadata", "pages"] {
        put(&mut envelope, name, take(name));
    }
    for name in ["gravitee", "execution_mode", "paths"] {
        take(name);
    }
    api.extend(v2);
    envelope.shift_insert(0, "api".into(), api.into());
    envelope.insert("plans".into(), plans.into());
    Ok(envelope.into())
}

fn listener(proxy: &Members, path_mappings: Option<Value>) -> Value {
    let hosts = proxy.get("virtual_hosts").or_else(|| proxy.get("virtualHosts")).cloned();
    let mut paths: Vec<Value> = list(hosts)
        .iter()
        .map(|host| {
            let mut path = Members::new();
            put(&mut path, "host", host.get("host").cloned());
            path.insert("path".into(), host.get("path").cloned().unwrap_or_else(|| "/".into()));
            put(&mut path, "overrideAccess", host.get("override_entrypoint").cloned());
            path.into()
        })
        .collect();
    if let (true, Some(path)) = (paths.is_empty(), proxy.get("context_path")) {
        paths.push(json!({ "path": path }));
    }
    let mut listener = Members::new();
    listener.insert("type".into(), "HTTP".into());
    listener.insert("paths".into(), paths.into());
    put(&mut listener, "pathMappings", path_mappings);
    put(&mut listener, "cors", proxy.get("cors").cloned());
    listener.insert("entrypoints".into(), json!([{ "type": "http-proxy", "qos": "AUTO", "configuration": {} }]));
    listener.into()
}

fn groups(proxy: &Members) -> Vec<Value> {
    let preserve_host = proxy.get("preserve_host").and_then(Value::as_bool).unwrap_or_default();
    list(proxy.get("groups").cloned())
        .iter()
        .map(|group| {
            let balancer = group.pointer("/load_balancing/type").cloned().map_or("ROUND_ROBIN".into(), capitals);
            let endpoints: Vec<Value> = list(group.get("endpoints").cloned()).iter().map(endpoint).collect();
            json!({
                "name": group.get("name").cloned().unwrap_or_else(|| "default".into()),
                "type": "http-proxy",
                "loadBalancer": { "type": balancer },
                "sharedConfiguration": shared(group, preserve_host),
                "endpoints": endpoints,
            })
        })
        .collect()
}

fn endpoint(endpoint: &Value) -> Value {
    let inherit = endpoint.get("inherit").cloned().unwrap_or_else(|| true.into());
    let mut v4 = json!({
        "name": endpoint.get("name").cloned().unwrap_or_else(|| "default".into()),
        "type": "http-proxy",
        "weight": endpoint.get("weight").cloned().unwrap_or_else(|| 1.into()),
        "inheritConfiguration": inherit,
        "secondary": endpoint.get("backup").cloned().unwrap_or_else(|| false.into()),
        "configuration": { "target": endpoint.get("target").cloned().unwrap_or_default() },
    });
    let own = shared(endpoint, false);
    if let (Some(v4), Some(false)) = (v4.as_object_mut(), inherit.as_bool()) {
        v4.insert("sharedConfigurationOverride".into(), own);
    }
    v4
}

/// `http`, `ssl` and `headers` of a group or endpoint.
fn shared(of: &Value, preserve_host: bool) -> Value {
    let mut shared = Members::new();
    for name in ["http", "ssl", "headers", "proxy"] {
        put(&mut shared, name, of.get(name).cloned());
    }
    if preserve_host && let Some(http) = shared.entry("http").or_insert_with(|| json!({})).as_object_mut() {
        http.insert("propagateClientHost".into(), true.into());
    }
    shared.into()
}

fn flows(flows: Option<Value>) -> Vec<Value> {
    list(flows).into_iter().map(|flow| flow_of(members(&flow)).into()).collect()
}

fn flow_of(mut flow: Members) -> Members {
    let operator = flow.shift_remove("path-operator").or_else(|| flow.shift_remove("pathOperator")).unwrap_or_default();
    let path = operator.get("path").cloned().unwrap_or_else(|| "/".into());
    let kind = operator.get("operator").cloned().map_or("STARTS_WITH".into(), capitals);
    let methods = flow.shift_remove("methods").unwrap_or_else(|| json!([]));
    let mut selectors = vec![json!({ "type": "HTTP", "path": path, "pathOperator": kind, "methods": methods })];
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
    let own = flows(plan.shift_remove("flows"));
    plan.shift_remove("paths");
    v4.extend(plan);
    v4.insert("flows".into(), own.into());
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

fn put(object: &mut Members, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

fn capitals(value: Value) -> Value {
    match value {
        Value::String(text) => text.replace('-', "_").to_ascii_uppercase().into(),
        other => other,
    }
}
