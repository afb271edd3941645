//! What a definition may not say, and what it says without an effect: refused or warned of by place when it is loaded.

use serde_json::{Value, json};

use crate::{
    definitions::{Setup, am, generic, keyless, plan, step},
    fake::Fake,
    support::{TestClock, send},
};

fn oauth2(resource: &str) -> Value {
    step("oauth2", json!({ "oauthResource": resource }))
}

/// An API whose request phase has this step.
fn with(step: Value) -> Setup {
    Setup::v4(&[generic("http://127.0.0.1:9")], &[keyless()], &[step])
}

fn changed(pointer: &str, value: Value) -> Setup {
    let mut setup = with(oauth2("as"));
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    setup.definition.pointer_mut(parent).unwrap()[name] = value;
    setup
}

async fn warnings(setup: &Setup) -> Vec<String> {
    setup.try_start(&TestClock::now()).await.unwrap().0.ready().warnings
}

/// Null in their place would skip a policy, or send a request elsewhere.
#[tokio::test]
async fn what_an_expression_cannot_name_here_is_refused_by_place() {
    let conditional = |condition: &str| {
        let mut step = oauth2("as");
        step["condition"] = condition.into();
        with(step)
    };
    let mut rule = with(oauth2("as"));
    rule.definition["plans"][0]["selectionRule"] = "{#request.foo.bar}".into();
    let condition = "api.flows[0].request[0].condition: in the expression";
    let configuration = "api.flows[0].request[0].configuration: in the expression";
    for (setup, place, name) in [
        (conditional("{#dictionaries['d']['k'] == 'x'}"), condition, "#dictionaries.d.k"),
        (conditional("{#subscription.id == 'x'}"), condition, "#subscription.id"),
        (conditional("#request.headrs['x'] == null"), condition, "#request.headrs.x"),
        (conditional("{#error.key == null}"), condition, "#error.key"),
        (rule, "plans[0].selectionRule: in the expression", "#request.foo.bar"),
        (
            changed("/api/flows/0/selectors", json!([{"type": "CONDITION", "condition": "{#nope.x}"}])),
            "api.flows[0].selectors[0]: in the expression",
            "#nope.x",
        ),
        (
            changed("/api/responseTemplates", json!({"DEFAULT": {"*/*": {"body": "{#nope.x}"}}})),
            "api.responseTemplates.DEFAULT.*/*: in the expression",
            "#nope.x",
        ),
        (
            with(step("transform-headers", json!({"addHeaders": [{"name": "X", "value": "{#foo.bar}"}]}))),
            configuration,
            "#foo.bar",
        ),
        (with(step("rate-limit", json!({"rate": {"limit": 1, "key": "{#foo.bar}"}}))), configuration, "#foo.bar"),
        (with(oauth2("{#dictionaries['a']['b']}")), configuration, "#dictionaries.a.b"),
        (
            Setup::v4(&[], &[keyless()], &[]).upstream("{#dictionaries['a']['b']}"),
            "api.endpointGroups[0].endpoints[0].configuration.target: in the expression",
            "#dictionaries.a.b",
        ),
    ] {
        let message = setup.refused().await;
        let named = format!("`{name}` is not known here; known are #properties['…'], ");
        assert!(message.contains(place) && message.contains(&named), "{place} {named}\n{message}");
    }
    // Anybody may set an attribute, and a request may have any header.
    for condition in ["{#context.attributes['mine'].deep == null}", "{#request.headers['X-Any'][0] == 'x'}"] {
        assert_eq!(warnings(&conditional(condition)).await, [] as [&str; 0], "{condition}");
    }
}

#[tokio::test]
async fn a_value_that_would_be_guessed_is_refused_by_place() {
    let template = |status: u32| changed("/api/responseTemplates", json!({"DEFAULT": {"*/*": {"statusCode": status}}}));
    let mut mode = Setup::v3(&[], &[keyless()], &[]);
    mode.definition["execution_mode"] = "v5".into();
    let named = json!({"DEFAULT": {"*/*": {"headers": {"a b": "x"}}}});
    for (setup, expected) in [
        (template(1000), "api.responseTemplates.DEFAULT.*/*: statusCode 1000 is no status of an answer"),
        (template(0), "api.responseTemplates.DEFAULT.*/*: statusCode 0 is no status"),
        (
            changed("/api/responseTemplates", named),
            "api.responseTemplates.DEFAULT.*/*: `a b` is no name of a header field",
        ),
        (
            Setup::v4(&[am("http://127.0.0.1:0", "V4_X")], &[keyless()], &[]),
            "api.resources[0]: the version V4_X is not supported; use V3_X, V2_X or V1_X",
        ),
        (mode, "execution_mode: `v5` is none of v3, v4-emulation-engine"),
    ] {
        let message = setup.refused().await;
        assert!(message.contains(expected), "{expected}\n{message}");
    }
}

#[tokio::test]
async fn a_name_of_the_wrong_kind_is_warned_of_with_what_follows() {
    let cache = |kind: &str, enabled: bool| json!({"name": "c", "type": kind, "enabled": enabled, "configuration": {}});
    let cached = || step("oauth2", json!({"oauthResource": "as", "oauthCacheResource": "c"}));
    let member = "api.flows[0].request[0].configuration";
    for (resource, step, expected) in [
        (None, cached(), Some("oauthCacheResource: no resource is named `c`; nothing is cached")),
        (
            Some(cache("cache", false)),
            cached(),
            Some("oauthCacheResource: the resource `c` is disabled; nothing is cached"),
        ),
        (
            Some(cache("cache-redis", true)),
            cached(),
            Some("oauthCacheResource: the resource `c` is of the type `cache-redis`, in which nothing is kept here"),
        ),
        (Some(cache("cache", true)), cached(), None),
        (
            Some(cache("cache", true)),
            oauth2("c"),
            Some(
                "oauthResource: the resource `c` is of the type `cache`, which is no authorization server; the policy answers OAUTH2_MISSING_SERVER",
            ),
        ),
    ] {
        let mut resources = vec![generic("http://127.0.0.1:9")];
        resources.extend(resource);
        let warnings = warnings(&Setup::v4(&resources, &[keyless()], &[step])).await;
        assert_eq!(warnings.len(), usize::from(expected.is_some()), "{expected:?}\n{warnings:#?}");
        let expected = expected.map(|expected| format!("{member}.{expected}"));
        assert!(expected.is_none_or(|expected| warnings[0].contains(&expected)), "{warnings:#?}");
    }
}

#[tokio::test]
async fn what_has_no_effect_is_warned_of_by_place() {
    let mut placeholder = generic("http://127.0.0.1:9");
    placeholder["configuration"]["clientSecret"] = "<secret:api.resources[0].configuration.clientSecret>".into();
    let mut staging = keyless();
    staging["status"] = "STAGING".into();
    let mut secondary = Setup::v4(&[], &[keyless()], &[]).upstream("http://127.0.0.1:9");
    let endpoint = json!({"name": "s", "type": "http-proxy", "secondary": true, "configuration": {"target": "http://127.0.0.1:9"}});
    let endpoints = secondary.definition.pointer_mut("/api/endpointGroups/0/endpoints").unwrap();
    endpoints.as_array_mut().unwrap().push(endpoint);
    let mut response = Setup::v4(&[generic("http://127.0.0.1:9")], &[keyless()], &[]);
    response.definition["api"]["flows"][0]["response"] = json!([oauth2("as")]);
    let keys = [plan("API_KEY", json!({})), keyless()];
    let subscribed = |toml: &str| Setup::v4(&[], &keys, &[]).with(toml);
    let weak = |resources: &[Value], named: &str| {
        Setup::v4(resources, &[keyless()], &[oauth2(named)]).with("weaknesses = [\"alg-none\"]")
    };
    let mut own = am("http://127.0.0.1:0", "V3_X");
    own["name"] = "own".into();
    let resources = [generic("http://127.0.0.1:9"), own];
    for (setup, expected) in [
        (
            Setup::v4(&[placeholder], &[keyless()], &[oauth2("as")]),
            Some("api.json: api.resources[0].configuration.clientSecret: a secret was left out here"),
        ),
        (Setup::v4(&[], &[staging], &[]), Some("api.json: plans: no plan is PUBLISHED or DEPRECATED: nobody can call")),
        (secondary, Some("api.json: api.endpointGroups[0].endpoints[1]: not acted on here: a secondary endpoint")),
        (response, Some("api.json: api.flows[0].response[0]: never runs: `oauth2` acts on requests only")),
        (
            subscribed("subscriptions = [{ plan = \"keyless\", client_id = \"c\" }]"),
            Some("gateway.toml: apis[0].subscriptions[0]: has no effect: `keyless` is keyless"),
        ),
        (
            subscribed("subscriptions = [{ plan = \"api_key\", client_id = \"c\" }]"),
            Some("gateway.toml: apis[0].subscriptions[0]: has no effect: `api_key` is an API key plan"),
        ),
        (
            subscribed("api_keys = [{ plan = \"keyless\", key = \"k\" }]"),
            Some("gateway.toml: apis[0].api_keys[0]: has no effect: `keyless` is no API key plan"),
        ),
        (subscribed("api_keys = [{ plan = \"api_key\", key = \"k\" }]"), None),
        (
            weak(&resources, "as"),
            Some("gateway.toml: apis[0].weaknesses: alg-none take hold only where the resource of"),
        ),
        (weak(&resources, "own"), None),
    ] {
        let warnings = warnings(&setup).await;
        assert_eq!(warnings.len(), usize::from(expected.is_some()), "{expected:?}\n{warnings:#?}");
        assert!(expected.is_none_or(|expected| warnings[0].contains(expected)), "{expected:?}\n{warnings:#?}");
    }
}

#[tokio::test]
async fn a_weight_of_zero_gets_nothing_beside_others() {
    let (first, second) = (Fake::json("{}").await, Fake::json("{}").await);
    for (weights, expected) in [([2, 0], (4, 0)), ([0, 0], (2, 2)), ([5000, 15000], (4, 0))] {
        let before = (first.count(), second.count());
        let mut setup = Setup::v4(&[], &[keyless()], &[]).upstream(&first.origin);
        let endpoint = |origin: &str, weight: u32| json!({"name": origin, "type": "http-proxy", "weight": weight, "configuration": {"target": origin}});
        setup.definition["api"]["endpointGroups"][0]["loadBalancer"] = json!({"type": "WEIGHTED_ROUND_ROBIN"});
        setup.definition["api"]["endpointGroups"][0]["endpoints"] =
            json!([endpoint(&first.origin, weights[0]), endpoint(&second.origin, weights[1])]);
        let running = setup.start().await;
        for _ in 0..4 {
            assert_eq!(send(running.gateway_origin(), "GET", "/api", &[], "").await.status(), 200);
        }
        assert_eq!((first.count() - before.0, second.count() - before.1), expected, "{weights:?}");
    }
}

/// A key is a subscription: it names the caller in the answer, and policies see it.
#[tokio::test]
async fn an_api_key_is_a_subscription() {
    let value =
        "{#context.attributes['gravitee.attribute.user-id']} {#context.attributes['gravitee.attribute.application']}";
    let seen = step("transform-headers", json!({"addHeaders": [{"name": "X-Seen", "value": value}]}));
    for setup in [Setup::v4, Setup::v3] {
        let keys = "api_keys = [{ plan = \"api_key\", key = \"k-0\" }, { plan = \"api_key\", key = \"k-1\" }]";
        let running = setup(&[], &[plan("API_KEY", json!({}))], std::slice::from_ref(&seen)).with(keys).start().await;
        for (key, id) in [("k-0", "api_key-key-0-0"), ("k-1", "api_key-key-0-1")] {
            let reply = send(running.gateway_origin(), "GET", "/api", &[("X-Gravitee-Api-Key", key)], "").await;
            assert_eq!(reply.json()["headers"]["X-Seen"], format!("{id} {id}"));
            // The V3 engine has no subscription processor.
            assert!(reply.header("X-Gravitee-Client-Identifier").is_none_or(|said| said == id), "{}", reply.raw);
        }
    }
}
