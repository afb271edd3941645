//! `services` of version 2: health checks, discovery, dynamic properties. Belongs here: the plugins that stand in for them in
//! version 4, as APIM's own migration has it (`ApiServicesMigration`).

use serde_json::{Value, json};

use super::{Members, fill, list, members, put};

/// How often a health check must fail or succeed to count, which version 2 had built in.
const THRESHOLD: u8 = 2;

/// What stays with the API.
pub(super) fn of_api(mut v2: Members) -> Members {
    let mut v4 = Members::new();
    if let Some(properties) = v2.shift_remove("dynamic-property") {
        v4.insert("dynamicProperty".into(), dynamic_property(properties));
    }
    fill(&mut v4, v2);
    v4
}

/// What a group has: its own, and the health check of the API.
pub(super) fn of_group(mut v2: Members, of_api: Option<&Value>) -> Members {
    let mut v4 = Members::new();
    put(&mut v4, "discovery", v2.shift_remove("discovery").map(discovery));
    let own = v2.shift_remove("health-check").or_else(|| of_api.cloned());
    put(&mut v4, "healthCheck", own.map(|own| health_check(own, false)));
    fill(&mut v4, v2);
    v4
}

/// The health check of an endpoint, unless it inherits, replaces that of its group.
pub(super) fn of_endpoint(v2: Value) -> Value {
    let inherits = v2.get("inherit").and_then(Value::as_bool) == Some(true);
    health_check(v2, !inherits)
}

fn health_check(v2: Value, overrides: bool) -> Value {
    let Value::Object(mut v2) = v2 else { return v2 };
    v2.shift_remove("inherit");
    let mut configuration = Members::new();
    put(&mut configuration, "schedule", v2.shift_remove("schedule"));
    if let Some(steps) = v2.shift_remove("steps") {
        fill(&mut configuration, probe(steps));
    }
    let mut service = service("http-health-check", &mut v2, overrides);
    if !configuration.is_empty() {
        for name in ["failureThreshold", "successThreshold"] {
            configuration.insert(name.into(), THRESHOLD.into());
        }
    }
    service.insert("configuration".into(), configuration.into());
    fill(&mut service, v2);
    service.into()
}

/// The only step as members of the configuration. Version 4 has one request with one assertion: all else stays in `steps`.
fn probe(steps: Value) -> Members {
    let convertible = match steps.as_array().map(Vec::as_slice) {
        Some([step]) => step.pointer("/response/assertions").and_then(Value::as_array).is_none_or(|all| all.len() < 2),
        _ => false,
    };
    if !convertible {
        return Members::from_iter([("steps".to_owned(), steps)]);
    }
    let mut step = list(Some(steps)).first().map(members).unwrap_or_default();
    let mut request = members(&step.shift_remove("request").unwrap_or_default());
    let mut response = members(&step.shift_remove("response").unwrap_or_default());
    let mut probe = Members::new();
    probe.insert("headers".into(), request.shift_remove("headers").unwrap_or_else(|| json!([])));
    put(&mut probe, "method", request.shift_remove("method"));
    put(&mut probe, "target", request.shift_remove("path"));
    put(&mut probe, "overrideEndpointPath", request.shift_remove("fromRoot"));
    let assertion = list(response.shift_remove("assertions")).first().map(expression);
    put(&mut probe, "assertion", assertion);
    for rest in [request, response, step] {
        fill(&mut probe, rest);
    }
    probe
}

/// Version 2 wrote expressions without braces here.
fn expression(text: &Value) -> Value {
    match text.as_str() {
        Some(text) if !text.trim_start().starts_with('{') => format!("{{{text}}}").into(),
        _ => text.clone(),
    }
}

fn discovery(v2: Value) -> Value {
    let Value::Object(mut v2) = v2 else { return v2 };
    let mut service = Members::new();
    put(&mut service, "type", v2.shift_remove("provider"));
    fill(&mut service, v2);
    service.into()
}

/// Dynamic properties. The plugin of version 4 asks by HTTP; other providers keep their member.
fn dynamic_property(v2: Value) -> Value {
    let Value::Object(mut v2) = v2 else { return v2 };
    if v2.get("provider").and_then(Value::as_str).is_some_and(|provider| provider.eq_ignore_ascii_case("HTTP")) {
        v2.shift_remove("provider");
    }
    let mut own = members(&v2.shift_remove("configuration").unwrap_or_default());
    let mut configuration = Members::new();
    put(&mut configuration, "schedule", v2.shift_remove("schedule"));
    for (old, new) in [("specification", "transformation"), ("useSystemProxy", "systemProxy")] {
        put(&mut configuration, new, own.shift_remove(old));
    }
    fill(&mut configuration, own);
    let mut service = service("http-dynamic-properties", &mut v2, false);
    service.insert("configuration".into(), configuration.into());
    fill(&mut service, v2);
    service.into()
}

/// A service of version 4 without its configuration.
fn service(kind: &str, v2: &mut Members, overrides: bool) -> Members {
    let mut service = Members::new();
    service.insert("enabled".into(), v2.shift_remove("enabled").unwrap_or_else(|| true.into()));
    service.insert("overrideConfiguration".into(), overrides.into());
    service.insert("type".into(), kind.into());
    service
}
