//! `proxy` of version 2: listener, failover, logging, endpoint groups. Belongs here: where each of its members goes in version 4, as
//! APIM's own migration has it (`ApiMigration`). Not here: health checks and discovery (`services`).

use serde_json::{Value, json};

use super::{Members, capitals, fill, list, members, put, services};

/// Moves `proxy`, and what else of the API belongs to listeners and endpoints, into the version 4 API.
pub(super) fn convert(v2: &mut Members, api: &mut Members) {
    let mut proxy = members(&v2.shift_remove("proxy").unwrap_or_default());
    let preserve_host = proxy.shift_remove("preserve_host").as_ref().and_then(Value::as_bool).unwrap_or_default();
    let groups = list(proxy.shift_remove("groups"));
    let mut of_api = members(&v2.shift_remove("services").unwrap_or_default());
    let health_check = if groups.is_empty() { None } else { of_api.shift_remove("health-check") };
    let failover = proxy.shift_remove("failover").map(failover);
    let logging = proxy.shift_remove("logging").map(logging);
    api.insert("listeners".into(), json!([listener(proxy, v2.shift_remove("path_mappings"))]));
    let group = |of: &Value| Value::from(group(members(of), preserve_host, health_check.as_ref()));
    api.insert("endpointGroups".into(), groups.iter().map(group).collect());
    put(api, "failover", failover);
    put(api, "analytics", logging.map(|logging| json!({ "enabled": true, "logging": logging })));
    let of_api = services::of_api(of_api);
    put(api, "services", (!of_api.is_empty()).then(|| of_api.into()));
}

/// The listener; what is left of `proxy` stays in it.
fn listener(mut proxy: Members, path_mappings: Option<Value>) -> Members {
    let hosts = ["virtual_hosts", "virtualHosts"].into_iter().find(|name| proxy.contains_key(*name));
    let hosts = list(hosts.and_then(|name| proxy.shift_remove(name)));
    let mut paths: Vec<Value> = hosts.iter().map(|host| path(members(host)).into()).collect();
    if paths.is_empty() {
        paths.extend(proxy.shift_remove("context_path").map(|path| json!({ "path": path })));
    }
    let mut listener = Members::new();
    listener.insert("type".into(), "HTTP".into());
    listener.insert("paths".into(), paths.into());
    put(&mut listener, "pathMappings", path_mappings);
    put(&mut listener, "cors", proxy.shift_remove("cors"));
    put(&mut listener, "servers", proxy.shift_remove("servers"));
    listener.insert("entrypoints".into(), json!([{ "type": "http-proxy", "qos": "AUTO", "configuration": {} }]));
    fill(&mut listener, proxy);
    listener
}

fn path(mut host: Members) -> Members {
    let mut path = Members::new();
    put(&mut path, "host", host.shift_remove("host"));
    path.insert("path".into(), host.shift_remove("path").unwrap_or_else(|| "/".into()));
    put(&mut path, "overrideAccess", host.shift_remove("override_entrypoint"));
    fill(&mut path, host);
    path
}

/// Version 2 has failover on where the member is there.
fn failover(v2: Value) -> Value {
    let Value::Object(mut v2) = v2 else { return v2 };
    let mut v4 = Members::new();
    v4.insert("enabled".into(), v2.shift_remove("enabled").unwrap_or_else(|| true.into()));
    put(&mut v4, "maxRetries", v2.shift_remove("maxAttempts"));
    put(&mut v4, "slowCallDuration", v2.shift_remove("retryTimeout"));
    fill(&mut v4, v2);
    v4.into()
}

/// The words of version 2 (`CLIENT_PROXY`, `HEADERS_PAYLOADS`, `REQUEST_RESPONSE`) are pairs of switches in version 4.
fn logging(v2: Value) -> Value {
    let Value::Object(mut v2) = v2 else { return v2 };
    let mut switches = |name: &str, words: [(&str, &str); 2]| {
        let word = v2.shift_remove(name).map(capitals);
        let word = word.as_ref().and_then(Value::as_str).unwrap_or_default();
        words
            .map(|(switch, part)| (switch.to_owned(), Value::from(word.contains(part))))
            .into_iter()
            .collect::<Members>()
    };
    let mut v4 = Members::new();
    v4.insert("mode".into(), switches("mode", [("entrypoint", "CLIENT"), ("endpoint", "PROXY")]).into());
    v4.insert("content".into(), switches("content", [("headers", "HEADERS"), ("payload", "PAYLOADS")]).into());
    v4.insert("phase".into(), switches("scope", [("request", "REQUEST"), ("response", "RESPONSE")]).into());
    fill(&mut v4, v2);
    v4.into()
}

fn group(mut group: Members, preserve_host: bool, health_check: Option<&Value>) -> Members {
    let mut balancer = members(&group.shift_remove("load_balancing").unwrap_or_default());
    let balancing = balancer.shift_remove("type").map_or("ROUND_ROBIN".into(), capitals);
    balancer.shift_insert(0, "type".into(), balancing);
    let endpoints = list(group.shift_remove("endpoints"));
    let services = services::of_group(members(&group.shift_remove("services").unwrap_or_default()), health_check);
    let mut v4 = Members::new();
    v4.insert("name".into(), group.shift_remove("name").unwrap_or_else(|| "default".into()));
    v4.insert("type".into(), "http-proxy".into());
    v4.insert("loadBalancer".into(), balancer.into());
    v4.insert("sharedConfiguration".into(), shared(&mut group, preserve_host).into());
    put(&mut v4, "services", (!services.is_empty()).then(|| services.into()));
    v4.insert(
        "endpoints".into(),
        endpoints.iter().map(|of| Value::from(endpoint(members(of), preserve_host))).collect(),
    );
    fill(&mut v4, group);
    v4
}

fn endpoint(mut endpoint: Members, preserve_host: bool) -> Members {
    let mut take = |name: &str, default: Value| endpoint.shift_remove(name).unwrap_or(default);
    let inherit = take("inherit", true.into());
    let mut v4 = Members::new();
    v4.insert("name".into(), take("name", "default".into()));
    v4.insert("type".into(), "http-proxy".into());
    v4.insert("weight".into(), take("weight", 1.into()));
    v4.insert("inheritConfiguration".into(), inherit.clone());
    v4.insert("secondary".into(), take("backup", false.into()));
    let target = endpoint.shift_remove("target");
    v4.insert("configuration".into(), target.map_or_else(|| json!({}), |target| json!({ "target": target })));
    let inherits = inherit.as_bool() != Some(false);
    let own = shared(&mut endpoint, preserve_host && !inherits);
    if !inherits || !own.is_empty() {
        v4.insert("sharedConfigurationOverride".into(), own.into());
    }
    let health_check = endpoint.shift_remove("healthcheck").map(services::of_endpoint);
    put(&mut v4, "services", health_check.map(|service| json!({ "healthCheck": service })));
    // `http` and `grpc` are one type in version 4.
    endpoint.shift_remove("type");
    fill(&mut v4, endpoint);
    v4
}

/// `http`, `ssl`, `headers` and `proxy` of a group or endpoint.
fn shared(of: &mut Members, preserve_host: bool) -> Members {
    let mut shared = Members::new();
    for name in ["http", "ssl", "headers", "proxy"] {
        put(&mut shared, name, of.shift_remove(name));
    }
    if preserve_host && let Some(http) = shared.entry("http").or_insert_with(|| json!({})).as_object_mut() {
        http.insert("propagateClientHost".into(), true.into());
    }
    shared
}
