//! The operator's `ApiV4Definition` (gravitee.io/v1alpha1). Belongs here: what differs from an export: `version`
//! instead of `apiVersion`, plans as a map. Not here: `ApiDefinition`, which is version 2.

use serde_json::{Value, json};

use super::{BESIDE_API, Members, fill, list, members, put_first};

/// Annotation that keeps `export.apimVersion`, which chooses the behaviour; the resource has no member for it.
const APIM_VERSION: &str = "claimcheck.dev/apim-version";

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
            put_first(&mut plan, "definitionVersion", "V4".into());
            plan.into()
        })
        .collect();
    let mut envelope = Members::new();
    if let Some(version) =
        document.pointer("/metadata/annotations").and_then(|annotations| annotations.get(APIM_VERSION))
    {
        envelope.insert("export".into(), json!({ "apimVersion": version }));
    }
    envelope.insert("api".into(), api.into());
    envelope.insert("plans".into(), plans.into());
    envelope.into()
}

/// A version 4 export as a resource for the operator.
pub(crate) fn to_kubernetes(document: Value) -> Value {
    let mut envelope = members(&document);
    let mut spec = members(&envelope.shift_remove("api").unwrap_or_default());
    spec.shift_remove("definitionVersion");
    rename(&mut spec, "apiVersion", "version");
    spec.insert("plans".into(), plans(envelope.shift_remove("plans")).into());
    let name = resource_name(spec.get("name").and_then(Value::as_str).unwrap_or("api"));
    let mut metadata = Members::from_iter([("name".to_owned(), name.into())]);
    if let Some(version) = document.pointer("/export/apimVersion").filter(|version| version.is_string()) {
        metadata.insert("annotations".into(), json!({ APIM_VERSION: version }));
    }
    for name in BESIDE_API {
        envelope.shift_remove(name);
    }
    fill(&mut spec, envelope);
    json!({
        "apiVersion": "gravitee.io/v1alpha1",
        "kind": "ApiV4Definition",
        "metadata": metadata,
        "spec": spec,
    })
}

/// Plans by a key of their own.
fn plans(plans: Option<Value>) -> Members {
    let mut keyed = Members::new();
    for plan in list(plans) {
        let mut plan = members(&plan);
        plan.shift_remove("definitionVersion");
        let key = resource_name(plan.get("name").and_then(Value::as_str).unwrap_or("plan"));
        keyed.insert(free(&keyed, key), plan.into());
    }
    keyed
}

/// The key, or the key with the first number that makes it a new one.
fn free(keyed: &Members, key: String) -> String {
    if !keyed.contains_key(&key) {
        return key;
    }
    let mut numbered = (2_usize..).map(|number| format!("{key}-{number}")).filter(|key| !keyed.contains_key(key));
    numbered.next().unwrap_or(key)
}

/// Renames a member in its place. One that has the new name already takes the old one, so that neither is lost.
fn rename(object: &mut Members, from: &str, to: &str) {
    let renamed = |name: String| match name.as_str() {
        name if name == from => to.to_owned(),
        name if name == to => from.to_owned(),
        _ => name,
    };
    *object = std::mem::take(object).into_iter().map(|(name, value)| (renamed(name), value)).collect();
}

/// A name that Kubernetes accepts (RFC 1123 label).
fn resource_name(name: &str) -> String {
    let lower: String =
        name.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
    let trimmed = lower.trim_matches('-');
    if trimmed.is_empty() { "api".into() } else { trimmed.into() }
}
