//! The operator's `ApiV4Definition` (gravitee.io/v1alpha1). Belongs here: what differs from an export: `version`
//! instead of `apiVersion`, plans as a map. Not here: `ApiDefinition`, which is version 2.

use serde_json::{Value, json};

use super::{Members, list, members, put_first};

pub(super) fn from_v4(document: &Value) -> Value {
    let mut api = members(document.get("spec").unwrap_or(&Value::Null));
    api.shift_remove("contextRef");
    let plans = members(&api.shift_remove("plans").unwrap_or_default());
    put_first(&mut api, "definitionVersion", "V4".into());
    rename(&mut api, "version", "apiVersion");
    let plans: Vec<Value> = plans
        .into_iter()
        .map(|(key, plan)| {
            let mut plan = members(&plan);
            if !plan.contains_key("name") {
                put_first(&mut plan, "name", key.into());
            }
            plan.into()
        })
        .collect();
    json!({ "api": api, "plans": plans })
}

/// A version 4 export as a resource for the operator.
pub(crate) fn to_kubernetes(document: Value) -> Value {
    let mut envelope = members(&document);
    let mut spec = members(&envelope.shift_remove("api").unwrap_or_default());
    spec.shift_remove("definitionVersion");
    rename(&mut spec, "apiVersion", "version");
    let mut plans = Members::new();
    for (at, plan) in list(envelope.shift_remove("plans")).into_iter().enumerate() {
        let mut plan = members(&plan);
        plan.shift_remove("definitionVersion");
        let mut key = resource_name(plan.get("name").and_then(Value::as_str).unwrap_or("plan"));
        if plans.contains_key(&key) {
            key = format!("{key}-{at}");
        }
        plans.insert(key, plan.into());
    }
    let name = resource_name(spec.get("name").and_then(Value::as_str).unwrap_or("api"));
    spec.insert("plans".into(), plans.into());
    json!({
        "apiVersion": "gravitee.io/v1alpha1",
        "kind": "ApiV4Definition",
        "metadata": { "name": name },
        "spec": spec,
    })
}

/// Renames a member in its place.
fn rename(object: &mut Members, from: &str, to: &str) {
    *object = std::mem::take(object)
        .into_iter()
        .map(|(name, value)| (if name == from { to.to_owned() } else { name }, value))
        .collect();
}

/// A name that Kubernetes accepts (RFC 1123 label).
fn resource_name(name: &str) -> String {
    let lower: String =
        name.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
    let trimmed = lower.trim_matches('-');
    if trimmed.is_empty() { "api".into() } else { trimmed.into() }
}
