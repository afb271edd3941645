//! From one form to another, member by member, so that unknown members travel along.
//! Belongs here: version 4's own forms. Not here: version 2 (`v2`), Kubernetes (`kubernetes`).

mod kubernetes;
mod v2;

use serde_json::{Map, Value};

use crate::{Form, GraviteeError};

pub(crate) use kubernetes::to_kubernetes;

type Members = Map<String, Value>;

/// What an export has beside `api` and `plans` (`ExportApiV4` of the Management API).
const BESIDE_API: [&str; 7] = ["export", "members", "metadata", "pages", "apiPicture", "apiBackground", "apiMedia"];

/// Any form as a version 4 export.
pub(crate) fn to_v4_export(form: Form, document: &Value) -> Result<Value, GraviteeError> {
    match form {
        Form::V4Export => Ok(document.clone()),
        Form::V4Gateway => Ok(from_gateway(members(document))),
        Form::KubernetesV4 => Ok(kubernetes::from_v4(document)),
        Form::V2 => v2::convert(members(document)),
        Form::KubernetesV2 => v2::convert(members(document.get("spec").unwrap_or(&Value::Null))),
    }
}

/// The gateway form: types in capitals, plans beside the API.
fn from_gateway(mut api: Members) -> Value {
    let mut plans = list(api.shift_remove("plans"));
    api.shift_remove("gravitee");
    put_first(&mut api, "definitionVersion", "V4".into());
    capitals(&mut api, "type");
    each(&mut api, "listeners", |listener| capitals(listener, "type"));
    for plan in &mut plans {
        let Some(plan) = plan.as_object_mut() else { continue };
        put_first(plan, "definitionVersion", "V4".into());
        if let Some(security) = plan.get_mut("security").and_then(Value::as_object_mut) {
            capitals(security, "type");
        }
        for member in ["mode", "status"] {
            capitals(plan, member);
        }
    }
    let mut envelope = Members::new();
    for name in BESIDE_API {
        put(&mut envelope, name, api.shift_remove(name));
    }
    envelope.insert("api".into(), api.into());
    envelope.insert("plans".into(), plans.into());
    envelope.into()
}

/// A version 4 export as the gateway synchronises it. What stands beside the API moves into it; a gateway passes it over.
pub(crate) fn to_gateway(document: Value) -> Value {
    let mut envelope = members(&document);
    let mut api = members(&envelope.shift_remove("api").unwrap_or_default());
    let mut plans = list(envelope.shift_remove("plans"));
    api.shift_remove("definitionVersion");
    put_first(&mut api, "gravitee", "4.0.0".into());
    small(&mut api, "type");
    each(&mut api, "listeners", |listener| small(listener, "type"));
    for plan in &mut plans {
        let Some(plan) = plan.as_object_mut() else { continue };
        if let Some(security) = plan.get_mut("security").and_then(Value::as_object_mut) {
            small(security, "type");
        }
        for member in ["mode", "status"] {
            small(plan, member);
        }
    }
    api.insert("plans".into(), plans.into());
    fill(&mut api, envelope);
    api.into()
}

/// The members of an object; none for anything else.
fn members(value: &Value) -> Members {
    value.as_object().cloned().unwrap_or_default()
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn each(object: &mut Members, name: &str, change: impl Fn(&mut Members)) {
    let items = object.get_mut(name).and_then(Value::as_array_mut);
    items.into_iter().flatten().filter_map(Value::as_object_mut).for_each(change);
}

/// `key-less` becomes `KEY_LESS`.
fn capitals(object: &mut Members, name: &str) {
    if let Some(Value::String(text)) = object.get_mut(name) {
        *text = text.replace('-', "_").to_ascii_uppercase();
    }
}

/// `KEY_LESS` becomes `key-less`.
fn small(object: &mut Members, name: &str) {
    if let Some(Value::String(text)) = object.get_mut(name) {
        *text = text.replace('_', "-").to_ascii_lowercase();
    }
}

fn put(object: &mut Members, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

/// Adds what is left over, under its own names, where these are free.
fn fill(object: &mut Members, rest: Members) {
    for (name, value) in rest {
        object.entry(name).or_insert(value);
    }
}

/// Whether a value says nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.values().all(is_empty),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn put_first(object: &mut Members, name: &str, value: Value) {
    object.shift_remove(name);
    object.shift_insert(0, name.to_owned(), value);
}
