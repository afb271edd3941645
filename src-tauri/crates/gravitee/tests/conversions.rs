//! From form to form without losing a member.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use claimcheck_gravitee::{Definition, Form};
use serde_json::{Value, json};

const V4: &str = include_str!("definitions/echo-v4.json");
const V2: &str = include_str!("definitions/echo-v2.json");

fn v4() -> Value {
    serde_json::from_str(V4).unwrap()
}

fn read(document: &Value) -> Definition {
    Definition::read(&document.to_string()).unwrap()
}

/// Written in the form, read again, and as a version 4 export.
fn there_and_back(document: &Value, form: Form) -> Value {
    let there = read(document).to(form).unwrap();
    let again = Definition::read(&there.write()).unwrap();
    assert_eq!(again, there);
    again.to_v4().unwrap().document().clone()
}

#[test]
fn plans_whose_names_become_one_key_all_stay() {
    let plan = |name: &str| json!({"name": name, "security": {"type": "KEY_LESS"}});
    for names in [["a-2", "a", "a"], ["a", "a", "a-2"], ["A", "a", "a "], ["b", "", "*"]] {
        let mut document = v4();
        document["plans"] = names.map(plan).into_iter().collect();
        let back = there_and_back(&document, Form::KubernetesV4);
        let kept: Vec<_> = back["plans"].as_array().unwrap().iter().map(|plan| plan["name"].clone()).collect();
        assert_eq!(kept, names);
    }
}

#[test]
fn a_member_that_has_another_ones_new_name_stays() {
    let mut document = v4();
    document["api"]["version"] = json!({"own": true});
    let back = there_and_back(&document, Form::KubernetesV4);
    assert_eq!((&back["api"]["version"], &back["api"]["apiVersion"]), (&json!({"own": true}), &json!("1.0")));
}

#[test]
fn plans_are_of_version_4_again() {
    for form in [Form::V4Gateway, Form::KubernetesV4] {
        let mut there = read(&v4()).to(form).unwrap().document().clone();
        // A gateway, an operator know none.
        let plan =
            if form == Form::V4Gateway { &mut there["plans"][0] } else { &mut there["spec"]["plans"]["keyless"] };
        plan.as_object_mut().unwrap().remove("definitionVersion");
        let back = read(&there).to_v4().unwrap();
        assert_eq!(back.document()["plans"], v4()["plans"], "{form:?}");
        assert_eq!(there_and_back(&v4(), form)["plans"], v4()["plans"], "{form:?}");
    }
}

#[test]
fn the_version_that_chooses_the_behaviour_travels_along() {
    let mut document = v4();
    document["export"]["apimVersion"] = "4.5.0".into();
    for form in [Form::V4Gateway, Form::KubernetesV4] {
        let there = read(&document).to(form).unwrap();
        assert_eq!(there.api().unwrap().apim_version.as_deref(), Some("4.5.0"), "{form:?}");
        assert_eq!(there_and_back(&document, form)["export"]["apimVersion"], "4.5.0", "{form:?}");
    }
    let kubernetes = read(&document).to(Form::KubernetesV4).unwrap();
    let annotations = &kubernetes.document()["metadata"]["annotations"];
    assert_eq!(annotations, &json!({"claimcheck.dev/apim-version": "4.5.0"}));
    document.as_object_mut().unwrap().remove("export");
    let kubernetes = read(&document).to(Form::KubernetesV4).unwrap();
    assert_eq!(kubernetes.document()["metadata"].get("annotations"), None);
}

#[test]
fn the_gateway_form_keeps_what_stands_beside_the_api() {
    let mut document = v4();
    let beside = json!({
        "members": [{"id": "m"}], "metadata": [{"key": "k"}], "pages": [{"name": "p"}],
        "apiPicture": "data:", "apiBackground": "data:", "apiMedia": [{"hash": "h"}]
    });
    document.as_object_mut().unwrap().extend(beside.as_object().unwrap().clone());
    assert_eq!(there_and_back(&document, Form::V4Gateway), document);
    document["x-unknown"] = json!([1]);
    assert_eq!(there_and_back(&document, Form::V4Gateway)["api"]["x-unknown"], json!([1]));

    let kubernetes = there_and_back(&document, Form::KubernetesV4);
    assert_eq!(kubernetes["api"]["x-unknown"], json!([1]));
    for name in beside.as_object().unwrap().keys() {
        assert_eq!((kubernetes.get(name), kubernetes["api"].get(name)), (None, None), "{name}");
    }
}

/// A version 2 export with everything that moves, and an unknown member in every place.
fn rich_v2() -> Value {
    let mut document: Value = serde_json::from_str(V2).unwrap();
    document["lifecycle_state"] = "published".into();
    document["disable_membership_notifications"] = true.into();
    document["services"] = json!({
        "health-check": {"enabled": true, "schedule": "*/5 * * * * *", "x": "service", "steps": [{"name": "default-step",
            "request": {"path": "/health", "method": "GET", "headers": [{"name": "A", "value": "b"}], "fromRoot": true, "body": "ping"},
            "response": {"assertions": ["#response.status == 200"]}}]},
        "dynamic-property": {"enabled": true, "schedule": "0 * * * * *", "provider": "HTTP",
            "configuration": {"url": "http://p.example", "specification": "[]", "useSystemProxy": true, "x": 1}},
        "x-service": {"enabled": false}
    });
    let proxy = &mut document["proxy"];
    proxy["virtual_hosts"] = json!([{"host": "a.example", "path": "/echo", "override_entrypoint": true, "x": "host"}]);
    proxy["preserve_host"] = true.into();
    proxy["strip_context_path"] = true.into();
    proxy["servers"] = json!(["inside"]);
    proxy["failover"] = json!({"maxAttempts": 3, "retryTimeout": 1000, "cases": ["TIMEOUT"]});
    proxy["logging"] =
        json!({"mode": "CLIENT", "content": "HEADERS_PAYLOADS", "scope": "RESPONSE", "condition": "{#true}"});
    proxy["x-proxy"] = 1.into();
    let group = &mut proxy["groups"][0];
    group["x-group"] = 2.into();
    group["load_balancing"]["x"] = "balancing".into();
    group["services"] = json!({"discovery": {"enabled": true, "provider": "consul-service-discovery", "configuration": {"url": "http://c"}}});
    let endpoint = &mut group["endpoints"][0];
    endpoint["tenants"] = json!(["east"]);
    endpoint["x-endpoint"] = 3.into();
    endpoint["inherit"] = false.into();
    endpoint["http"] = json!({"readTimeout": 7});
    endpoint["healthcheck"] = json!({"inherit": false, "enabled": true, "schedule": "s", "steps": [
        {"request": {"path": "/a"}, "response": {"assertions": ["a", "b"]}}]});
    document["flows"][0]["path-operator"]["x"] = "operator".into();
    document["plans"][0]["paths"] = json!({"/": [{"methods": ["GET"], "rate-limit": {}}]});
    document["plans"][0]["x-plan"] = 4.into();
    document
}

#[test]
fn version_2_moves_to_where_version_4_has_it() {
    let api = read(&rich_v2()).to_v4().unwrap().document()["api"].clone();
    assert_eq!(api["lifecycleState"], "PUBLISHED");
    assert_eq!(api["disableMembershipNotifications"], true);
    assert_eq!(
        api["failover"],
        json!({"enabled": true, "maxRetries": 3, "slowCallDuration": 1000, "cases": ["TIMEOUT"]})
    );
    assert_eq!(
        api["analytics"],
        json!({"enabled": true, "logging": {"mode": {"entrypoint": true, "endpoint": false},
            "content": {"headers": true, "payload": true}, "phase": {"request": false, "response": true}, "condition": "{#true}"}})
    );
    let listener = &api["listeners"][0];
    assert_eq!(listener["servers"], json!(["inside"]));
    assert_eq!(listener["paths"], json!([{"host": "a.example", "path": "/echo", "overrideAccess": true, "x": "host"}]));
    assert_eq!((&listener["strip_context_path"], &listener["x-proxy"]), (&json!(true), &json!(1)));
    let group = &api["endpointGroups"][0];
    assert_eq!(group["loadBalancer"], json!({"type": "ROUND_ROBIN", "x": "balancing"}));
    assert_eq!(group["x-group"], 2);
    assert_eq!(group["sharedConfiguration"]["http"]["propagateClientHost"], true);
    let endpoint = &group["endpoints"][0];
    assert_eq!((&endpoint["tenants"], &endpoint["x-endpoint"]), (&json!(["east"]), &json!(3)));
    let own = json!({"http": {"readTimeout": 7, "propagateClientHost": true}});
    assert_eq!(endpoint["sharedConfigurationOverride"], own);
    assert_eq!(api["flows"][0]["selectors"][0]["x"], "operator");
}

#[test]
fn services_of_version_2_become_those_of_version_4() {
    let v4 = read(&rich_v2()).to_v4().unwrap().document().clone();
    let api = &v4["api"];
    assert_eq!(
        api["services"],
        json!({
            "dynamicProperty": {"enabled": true, "overrideConfiguration": false, "type": "http-dynamic-properties",
                "configuration": {"schedule": "0 * * * * *", "transformation": "[]", "systemProxy": true, "url": "http://p.example", "x": 1}},
            "x-service": {"enabled": false}
        })
    );
    let group = &api["endpointGroups"][0];
    assert_eq!(
        group["services"],
        json!({
            "discovery": {"type": "consul-service-discovery", "enabled": true, "configuration": {"url": "http://c"}},
            "healthCheck": {"enabled": true, "overrideConfiguration": false, "type": "http-health-check", "x": "service",
                "configuration": {"schedule": "*/5 * * * * *", "headers": [{"name": "A", "value": "b"}], "method": "GET",
                    "target": "/health", "overrideEndpointPath": true, "assertion": "{#response.status == 200}",
                    "body": "ping", "name": "default-step", "failureThreshold": 2, "successThreshold": 2}}
        })
    );
    let own = &group["endpoints"][0]["services"]["healthCheck"];
    assert_eq!(own["overrideConfiguration"], true);
    let steps = json!([{"request": {"path": "/a"}, "response": {"assertions": ["a", "b"]}}]);
    assert_eq!(own["configuration"]["steps"], steps, "two assertions are more than version 4 has");
    assert_eq!(v4["plans"][0]["x-plan"], 4);
    assert_eq!(v4["plans"][0]["paths"]["/"][0]["methods"], json!(["GET"]));
}

#[test]
fn without_groups_a_health_check_stays_with_the_api() {
    let mut document = rich_v2();
    document["proxy"]["groups"] = json!([]);
    let v4 = read(&document).to_v4().unwrap();
    assert_eq!(v4.document()["api"]["services"]["health-check"]["schedule"], "*/5 * * * * *");
}
