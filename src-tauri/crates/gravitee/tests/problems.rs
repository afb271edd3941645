//! What a check says of a definition, and by which path.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use claimcheck_gravitee::{Definition, Form, Severity};
use serde_json::{Value, json};

const V4: &str = include_str!("definitions/echo-v4.json");
const V2: &str = include_str!("definitions/echo-v2.json");

/// `error path: message`, or the same with `warning`.
fn said(document: &Value) -> Vec<String> {
    let problems = Definition::read(&document.to_string()).unwrap().problems();
    let word = |severity| if severity == Severity::Error { "error" } else { "warning" };
    problems.iter().map(|problem| format!("{} {}: {}", word(problem.severity), problem.path, problem.message)).collect()
}

/// The fixture with the value at this pointer.
fn with(text: &str, pointer: &str, value: Value) -> Value {
    let mut document: Value = serde_json::from_str(text).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) => items.push(value),
        other => panic!("{other}"),
    }
    document
}

#[test]
fn targets_are_urls_with_a_host() {
    let path = "error api.endpointGroups[0].endpoints[0].configuration.target: ";
    let target = |target: Value| said(&with(V4, "/api/endpointGroups/0/endpoints/0/configuration", target));
    for (configuration, expected) in [
        (json!({}), "is missing: the URL that requests are sent to"),
        (json!({"target": ""}), "is missing"),
        (json!({"target": "http://"}), "`http://` names no host"),
        (json!({"target": "https:///echo"}), "`https:///echo` names no host"),
        (json!({"target": "http://user@:80/"}), "`http://user@:80/` names no host"),
        (json!({"target": "http://a:70000"}), "`http://a:70000` has a port"),
        (json!({"target": "ftp://a"}), "`ftp://a` is no http or https URL"),
    ] {
        let problems = target(configuration);
        assert!(problems.len() == 1 && problems[0].starts_with(&format!("{path}{expected}")), "{problems:?}");
    }
    for fine in
        ["HTTP://a", "http://[::1]:80/x", "http://[::1]", "https://u:p@a:8443?q", "{#properties['t']}", "http://a:/"]
    {
        assert_eq!(target(json!({"target": fine})), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn resources_say_whom_to_ask_and_have_names_of_their_own() {
    let resource = |resource: Value| said(&with(V4, "/api/resources/-", resource));
    for (configuration, expected) in [
        (json!({}), "introspectionEndpoint: is missing"),
        (json!({"introspectionEndpoint": "/introspect"}), "introspectionEndpoint: `/introspect` is no http"),
        (
            json!({"authorizationServerUrl": "nowhere", "introspectionEndpoint": "/i"}),
            "authorizationServerUrl: `nowhere`",
        ),
    ] {
        let problems = resource(json!({"name": "other", "type": "oauth2", "configuration": configuration}));
        let path = "error api.resources[1].configuration.";
        assert!(problems[0].starts_with(&format!("{path}{expected}")), "{problems:?}");
        assert!(
            problems[1].starts_with("warning api.resources[1].configuration.introspectionEndpointMethod: required")
        );
    }
    for kind in ["oauth2", "oauth2-am-resource"] {
        let problems = resource(json!({"name": "other", "type": kind}));
        let member = if kind == "oauth2" { "introspectionEndpoint" } else { "serverURL" };
        assert!(
            problems[0].starts_with(&format!("error api.resources[1].configuration.{member}: is missing")),
            "{problems:?}"
        );
        let disabled = resource(json!({"name": "other", "type": kind, "enabled": false}));
        assert_eq!(disabled, Vec::<String>::new(), "a disabled one is not asked");
    }
    let twice = resource(json!({"name": "am", "type": "cache"}));
    assert!(twice[0].starts_with("error api.resources[1].name: another resource is named `am`"), "{twice:?}");
}

#[test]
fn words_that_are_none_are_errors() {
    let selector = |name: &str, value: Value| with(V4, &format!("/api/flows/0/selectors/0/{name}"), value);
    for (document, expected) in [
        (selector("methods", json!(["GET", "get", "GETT"])), "api.flows[0].selectors[0].methods[2]: `GETT` is none of"),
        (
            selector("pathOperator", json!("ENDS_WITH")),
            "api.flows[0].selectors[0].pathOperator: `ENDS_WITH` is none of EQUALS",
        ),
        (with(V4, "/api/listeners/0/type", json!("HTPP")), "api.listeners[0].type: `HTPP` is none of HTTP"),
        (with(V2, "/flows/0/methods", json!(["GETT"])), "flows[0].methods[0]: `GETT` is none of"),
        (
            with(V2, "/flows/0/path-operator/operator", json!("BEGINS")),
            "flows[0].path-operator.operator: `BEGINS` is none of",
        ),
    ] {
        let problems = said(&document);
        assert!(
            problems.iter().any(|problem| problem.starts_with(&format!("error {expected}"))),
            "{expected}: {problems:?}"
        );
    }
}

#[test]
fn every_wrong_member_of_a_configuration_is_named() {
    let configuration = json!({"oauthResource": "am", "modeStrict": "yes", "requiredScopes": "read", "x": 1});
    let problems = said(&with(V4, "/api/flows/0/request/0/configuration", configuration));
    let paths: Vec<_> = problems.iter().filter_map(|problem| problem.split(": ").next()).collect();
    let place = "api.flows[0].request[0].configuration";
    let expected = ["error P.modeStrict", "error P.requiredScopes", "warning P.x"].map(|path| path.replace('P', place));
    assert_eq!(paths, expected, "{problems:?}");

    let step =
        json!({"policy": "rate-limit", "configuration": {"addHeaders": 1, "rate": {"limit": "a", "periodTime": "b"}}});
    let problems = said(&with(V4, "/api/flows/0/response/-", step));
    let place = "api.flows[0].response[0].configuration";
    for (problem, member) in problems.iter().zip(["addHeaders", "rate.limit", "rate.periodTime"]) {
        assert!(problem.starts_with(&format!("error {place}.{member}: ")), "{problems:?}");
    }
    assert_eq!(problems.len(), 3);
}

#[test]
fn what_has_no_effect_here_is_said_by_its_path() {
    let service = || json!({"enabled": true, "type": "x"});
    for (pointer, value, expected) in [
        ("/api/state", json!("STOPPED"), "api.state"),
        ("/api/type", json!("MESSAGE"), "api.type"),
        ("/api/failover", json!({"enabled": true}), "api.failover"),
        ("/api/services", json!({"dynamicProperty": service()}), "api.services.dynamicProperty"),
        ("/api/listeners/-", json!({"type": "SUBSCRIPTION"}), "api.listeners[1].type"),
        ("/api/listeners/0/servers", json!(["a"]), "api.listeners[0].servers"),
        ("/api/endpointGroups/-", json!({"endpoints": []}), "api.endpointGroups[1]"),
        (
            "/api/endpointGroups/0/services",
            json!({"healthCheck": service()}),
            "api.endpointGroups[0].services.healthCheck",
        ),
        ("/api/endpointGroups/0/services", json!({"discovery": service()}), "api.endpointGroups[0].services.discovery"),
        (
            "/api/endpointGroups/0/endpoints/0/services",
            json!({"healthCheck": service()}),
            "api.endpointGroups[0].endpoints[0].services.healthCheck",
        ),
        ("/api/endpointGroups/0/endpoints/0/tenants", json!(["a"]), "api.endpointGroups[0].endpoints[0].tenants"),
        ("/api/endpointGroups/0/endpoints/0/type", json!("kafka"), "api.endpointGroups[0].endpoints[0].type"),
        ("/api/flows/0/request/0/messageCondition", json!("{#true}"), "api.flows[0].request[0].messageCondition"),
        (
            "/api/properties",
            json!([{"key": "a", "value": "b"}, {"key": "c", "value": "d", "encrypted": true}]),
            "api.properties[1].encrypted",
        ),
        (
            "/api/flows/0/response/-",
            json!({"policy": "jwt", "configuration": {"signature": "RSA_RS256", "protectedResourceMetadata": {}}}),
            "api.flows[0].response[0].configuration.protectedResourceMetadata",
        ),
        (
            "/api/flows/0/response/-",
            json!({"policy": "rate-limit", "configuration": {"async": true, "rate": {"limit": 1, "burst": 2}}}),
            "api.flows[0].response[0].configuration.rate.burst",
        ),
        (
            "/api/resources/-",
            json!({"name": "c", "type": "cache", "configuration": {"timeToLiveSeconds": 1, "synchronous": true}}),
            "api.resources[1].configuration.synchronous",
        ),
        ("/api/resources/0/configuration/useSystemProxy", json!(true), "api.resources[0].configuration.useSystemProxy"),
    ] {
        let problems = said(&with(V4, pointer, value));
        assert!(
            problems.len() == 1 && problems[0].starts_with(&format!("warning {expected}: ")),
            "{expected}: {problems:?}"
        );
    }
    for (pointer, value) in [
        ("/api/failover", json!({"enabled": false})),
        ("/api/services", json!({"dynamicProperty": {"enabled": false}})),
        ("/api/endpointGroups/0/endpoints/0/tenants", json!([])),
        ("/api/flows/0/request/0/messageCondition", json!("")),
        ("/api/state", json!("STARTED")),
    ] {
        assert_eq!(said(&with(V4, pointer, value)), Vec::<String>::new(), "{pointer}");
    }
}

#[test]
fn what_has_no_effect_has_the_path_of_version_2() {
    let health_check = json!({"enabled": true, "steps": []});
    for (pointer, value, expected) in [
        ("/proxy/failover", json!({"maxAttempts": 1}), "proxy.failover"),
        ("/proxy/servers", json!(["a"]), "proxy.servers"),
        ("/services", json!({"health-check": health_check}), "services.health-check"),
        ("/services", json!({"dynamic-property": {"enabled": true}}), "services.dynamic-property"),
        ("/proxy/groups/0/services", json!({"health-check": health_check}), "proxy.groups[0].services.health-check"),
        ("/proxy/groups/0/services", json!({"discovery": {"enabled": true}}), "proxy.groups[0].services.discovery"),
        ("/proxy/groups/0/endpoints/0/healthcheck", health_check.clone(), "proxy.groups[0].endpoints[0].healthcheck"),
        ("/proxy/groups/0/endpoints/0/tenants", json!(["a"]), "proxy.groups[0].endpoints[0].tenants"),
    ] {
        let problems = said(&with(V2, pointer, value));
        assert!(
            problems.len() == 1 && problems[0].starts_with(&format!("warning {expected}: ")),
            "{expected}: {problems:?}"
        );
    }
    let mut groups = with(V2, "/services", json!({"health-check": health_check}));
    let group = groups["proxy"]["groups"][0].clone();
    groups["proxy"]["groups"].as_array_mut().unwrap().push(group);
    let problems = said(&groups);
    let paths: Vec<_> = problems.iter().filter_map(|problem| problem.split(": ").next()).collect();
    assert_eq!(paths, ["warning services.health-check", "warning proxy.groups[1]"], "each once");
    let stopped = Definition::read(&with(V4, "/api/state", json!("STOPPED")).to_string()).unwrap();
    let kubernetes = stopped.to(Form::KubernetesV4).unwrap();
    assert_eq!(kubernetes.problems()[0].path, "spec.state");
}
