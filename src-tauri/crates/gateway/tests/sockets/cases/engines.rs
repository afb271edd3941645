//! One definition in the form that each engine takes. Not here: what the engines answer.

use serde_json::{Value, json};

use super::format::Engine;

/// The version 4 definition, or the same API as version 2.
pub(crate) fn definition(v4: Value, engine: Engine) -> Value {
    match engine {
        Engine::V4 => v4,
        Engine::V4Emulation => v2(&v4, "v4-emulation-engine"),
        Engine::V3 => v2(&v4, "v3"),
    }
}

fn v2(v4: &Value, mode: &str) -> Value {
    let api = &v4["api"];
    let groups: Vec<_> = list(&api["endpointGroups"]).map(group).collect();
    json!({
        "name": api["name"], "version": api["apiVersion"], "gravitee": "2.0.0", "execution_mode": mode,
        "flow_mode": api["flowExecution"]["mode"].as_str().unwrap_or("DEFAULT"),
        "proxy": {"virtual_hosts": api["listeners"][0]["paths"], "groups": groups, "cors": api["listeners"][0]["cors"]},
        "resources": api["resources"],
        "properties": api.get("properties").cloned().unwrap_or_else(|| json!([])),
        "response_templates": templates(api.get("responseTemplates")),
        "flows": flows(&api["flows"]),
        "plans": list(&v4["plans"]).map(plan).collect::<Vec<_>>(),
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn group(group: &Value) -> Value {
    let endpoints = list(&group["endpoints"]).map(|endpoint| {
        json!({"name": endpoint["name"], "type": "http", "target": endpoint["configuration"]["target"],
            "weight": endpoint.get("weight").cloned().unwrap_or_else(|| 1.into()), "inherit": true})
    });
    json!({"name": group["name"], "endpoints": endpoints.collect::<Vec<_>>(),
        "load_balancing": {"type": group["loadBalancer"]["type"].as_str().unwrap_or("ROUND_ROBIN")},
        "http": group["sharedConfiguration"]["http"]})
}

fn flows(flows: &Value) -> Vec<Value> {
    let flow = |flow: &Value| {
        let selectors: Vec<_> = list(&flow["selectors"]).collect();
        let of = |kind: &str| selectors.iter().find(|selector| selector["type"] == kind);
        let http = of("HTTP").map_or_else(|| json!({"path": "/"}), |http| (**http).clone());
        json!({
            "name": flow["name"], "enabled": flow.get("enabled").cloned().unwrap_or_else(|| true.into()),
            "path-operator": {"path": http["path"], "operator": http["pathOperator"].as_str().unwrap_or("STARTS_WITH")},
            "methods": http.get("methods").cloned().unwrap_or_else(|| json!([])),
            "condition": of("CONDITION").map_or("", |selector| selector["condition"].as_str().unwrap()),
            "pre": flow.get("request").cloned().unwrap_or_else(|| json!([])),
            "post": flow.get("response").cloned().unwrap_or_else(|| json!([])),
        })
    };
    list(flows).map(flow).collect()
}

fn plan(plan: &Value) -> Value {
    json!({
        "name": plan["name"], "status": plan["status"], "security": plan["security"]["type"],
        "securityDefinition": plan["security"]["configuration"].to_string(),
        "selection_rule": plan["selectionRule"], "flows": flows(&plan["flows"]),
    })
}

fn templates(templates: Option<&Value>) -> Value {
    let mut templates = templates.cloned().unwrap_or_else(|| json!({}));
    for template in templates.as_object_mut().into_iter().flatten().flat_map(|(_, types)| types.as_object_mut()) {
        for (_, template) in template {
            let template = template.as_object_mut().unwrap();
            if let Some(status) = template.remove("statusCode") {
                template.insert("status".into(), status);
            }
        }
    }
    templates
}
