//! Gravitee's versions and definitions, served by the child process and explained by the command line.

use crate::{curl::curl, program::Surroundings, serving::Serving};
use serde_json::{Value, json};

const CLIENT: &str = "[[domains]]\npath = \"demo\"\n\
    [[domains.clients]]\nclient_id = \"my-client\"\nclient_secret = \"my-secret\"\nscopes = [\"read\", \"write\"]\ndefault_scopes = [\"read\"]\n";

const NO_TOKEN: &str = "No OAuth authorization header was supplied";

#[test]
fn every_version_refuses_in_its_own_words_and_is_explained() {
    let said = format!("Bearer realm=\"gravitee.io\", error=\"invalid_request\", error_description=\"{NO_TOKEN}\"");
    let cases = [
        ("tutorial", format!("Bearer realm=gravitee.io - {NO_TOKEN}"), NO_TOKEN),
        ("apim-3", said, NO_TOKEN),
        ("apim-4.0", "Bearer realm=\"gravitee.io\"".to_owned(), "Unauthorized"),
        ("apim-4.6", "Bearer realm=\"gravitee.io\"".to_owned(), "Unauthorized"),
        ("apim-4.12", "Bearer realm=\"gravitee.io\"".to_owned(), "Unauthorized"),
    ];
    for (behaviour, challenge, message) in cases {
        let surroundings = Surroundings::new();
        let toml = format!("{CLIENT}[[apis]]\necho = true\nbehaviour = \"{behaviour}\"\n");
        let serving = Serving::configured(&surroundings, &toml);
        let refused = curl(&[serving.api()]);
        assert_eq!(
            (refused.status, refused.header("WWW-Authenticate")),
            (401, Some(challenge.as_str())),
            "{behaviour}"
        );
        assert_eq!(refused.json(), json!({ "message": message, "http_status_code": 401 }), "{behaviour}");
        let without = surroundings.run(&["call", "--no-token", serving.api(), "--json"]).exits(0).json();
        explained_as_the_gateways(&without, behaviour);
        let wrong = ["call", "--no-token", serving.api(), "-H", "Authorization: Bearer a.b.c", "--json"];
        explained_as_the_gateways(&surroundings.run(&wrong).exits(0).json(), behaviour);
    }
}

#[track_caller]
fn explained_as_the_gateways(document: &Value, behaviour: &str) {
    let explanation = &document["explanation"];
    let side = explanation["side"].as_str().unwrap_or_else(|| panic!("{behaviour}: {document}"));
    assert!(side.starts_with("gateway"), "{behaviour}: {explanation}");
}

#[test]
fn am_4_answers_as_its_documentation_says() {
    let surroundings = Surroundings::new();
    let serving = Serving::configured(&surroundings, CLIENT);
    let url = format!("{}/demo/oauth/token", serving.am());
    let granted = curl(&["-u", "my-client:my-secret", "-d", "grant_type=client_credentials", &url]);
    assert_eq!((granted.status, granted.header("Content-Type")), (200, Some("application/json")));
    assert_eq!((granted.header("Cache-Control"), granted.header("Pragma")), (Some("no-store"), Some("no-cache")));
    assert_eq!(granted.json()["scope"], "read");
}

#[test]
fn hs256_domains_sign_with_a_key_that_is_not_in_the_key_set() {
    let surroundings = Surroundings::new();
    let serving = Serving::configured(
        &surroundings,
        &CLIENT.replacen("path = \"demo\"\n", "path = \"demo\"\nsigning = \"HS256\"\n", 1),
    );
    let token = serving.token(&surroundings);
    let jwks = format!("{}/demo/oidc/.well-known/jwks.json", serving.am());
    let read = surroundings.pipe(&token, &["inspect", "--json"]).exits(0).json();
    assert_eq!(
        (read["header"]["alg"].as_str(), read["header"]["kid"].as_str()),
        (Some("HS256"), Some("default-gravitee-AM-key"))
    );
    assert_eq!(curl(&[&jwks]).json(), json!({ "keys": [] }));
    surroundings.pipe(&token, &["inspect", "--jwks", &jwks]).exits(1);
    serving.pipe(&surroundings, &token, "introspect", &["-"]).exits(0);
}

#[test]
fn opaque_tokens_are_read_by_introspection() {
    let surroundings = Surroundings::new();
    let toml = CLIENT.replacen("path = \"demo\"\n", "path = \"demo\"\ntoken_format = \"opaque\"\n", 1)
        + "[[apis]]\necho = true\n";
    let serving = Serving::configured(&surroundings, &toml);
    let token = serving.token(&surroundings);
    assert_eq!(surroundings.pipe(&token, &["inspect", "--json"]).exits(0).json()["form"], "opaque");
    let said = serving.pipe(&surroundings, &token, "introspect", &["-", "--json"]).exits(0).json();
    assert_eq!((said["active"].as_bool(), said["client_id"].as_str()), (Some(true), Some("my-client")));
    assert_eq!(curl(&["-H", &format!("Authorization: Bearer {token}"), serving.api()]).status, 200);
}

/// A definition as API Management 4.12 exports it: one OAuth2 plan, the AM resource meaning this gateway's own server.
fn definition() -> Value {
    json!({
        "export": { "apimVersion": "4.12.0" },
        "api": {
            "definitionVersion": "V4", "type": "PROXY", "name": "Orders", "apiVersion": "1.0",
            "listeners": [{ "type": "HTTP", "paths": [{ "path": "/orders/" }], "entrypoints": [{ "type": "http-proxy" }] }],
            "endpointGroups": [{ "name": "default", "type": "http-proxy", "endpoints": [
                { "name": "default", "type": "http-proxy", "configuration": { "target": "http://127.0.0.1:1" } }
            ] }],
            "resources": [{ "name": "am", "type": "oauth2-am-resource", "enabled": true, "configuration": {
                "serverURL": "http://127.0.0.1:0", "version": "V3_X", "securityDomain": "demo",
                "clientId": "my-client", "clientSecret": "my-secret"
            } }],
            "flows": []
        },
        "plans": [{
            "definitionVersion": "V4", "name": "oauth2", "mode": "STANDARD", "status": "PUBLISHED",
            "security": { "type": "OAUTH2", "configuration": { "oauthResource": "am", "checkRequiredScopes": true, "requiredScopes": ["read"] } },
            "flows": []
        }]
    })
}

#[test]
fn an_exported_definition_is_served() {
    let surroundings = Surroundings::new();
    surroundings.file("orders.json", definition().to_string());
    let api = "[[apis]]\ndefinition = \"orders.json\"\necho = true\n";
    let subscribed = "subscriptions = [{ plan = \"oauth2\", client_id = \"my-client\" }]\n";
    let serving = Serving::configured(&surroundings, &format!("{CLIENT}{api}{subscribed}"));
    assert_eq!(serving.ready["apis"], json!([{ "name": "Orders", "url": format!("{}/orders", serving.gateway()) }]));
    let refused = curl(&[serving.api()]);
    assert_eq!((refused.status, refused.header("WWW-Authenticate")), (401, Some("Bearer scope=\"read\"")));
    assert_eq!(serving.last_request(401)["error_key"], "GATEWAY_PLAN_UNRESOLVABLE");
    serving.run(&surroundings, "call", &[serving.api(), "--fail"]).exits(0);
    serving.run(&surroundings, "call", &[serving.api(), "--fail", "--scope", "write"]).exits(1);
    // Without a subscription the same token is not enough.
    let serving = Serving::configured(&surroundings, &format!("{CLIENT}{api}"));
    serving.run(&surroundings, "call", &[serving.api(), "--fail"]).exits(1);
}

#[test]
fn a_definition_that_cannot_be_used_ends_it_with_2_and_is_named() {
    let surroundings = Surroundings::new();
    let start = |toml: &str| {
        let file = surroundings.file("gateway.toml", toml);
        let words = ["gateway", "--config", file.to_str().unwrap(), "--am", "127.0.0.1:0", "--gateway", "127.0.0.1:0"];
        surroundings.run(&words).exits(2).stderr
    };
    assert!(start("[[apis]]\ndefinition = \"missing.json\"\n").contains("missing.json"));
    surroundings.file("broken.json", "{\"api\": ");
    assert!(start("[[apis]]\ndefinition = \"broken.json\"\n").contains("broken.json"));
    assert!(start("[[apis]]\necho = true\nbehaviour = \"apim-9\"\n").contains("apim-9"));
    assert!(start("[[apis]]\necho = true\nweaknesses = [\"no-such\"]\n").contains("no-such"));
}

#[test]
fn a_policy_without_its_resource_is_loaded_with_a_warning() {
    let surroundings = Surroundings::new();
    let mut definition = definition();
    definition["api"]["resources"] = json!([]);
    definition["plans"][0]["security"] = json!({ "type": "KEY_LESS" });
    let step =
        json!({ "name": "OAuth2", "policy": "oauth2", "enabled": true, "configuration": { "oauthResource": "am" } });
    definition["api"]["flows"] = json!([{ "name": "all", "enabled": true, "selectors": [
        { "type": "HTTP", "path": "/", "pathOperator": "STARTS_WITH", "methods": [] }
    ], "request": [step] }]);
    surroundings.file("orders.json", definition.to_string());
    let serving =
        Serving::configured(&surroundings, &format!("{CLIENT}[[apis]]\ndefinition = \"orders.json\"\necho = true\n"));
    let refused = curl(&[serving.api()]);
    assert_eq!((refused.status, refused.header("WWW-Authenticate")), (401, None));
    assert_eq!(serving.last_request(401)["error_key"], "OAUTH2_MISSING_SERVER");
    assert!(serving.talk().contains("am"), "a warning on stderr: {:?}", serving.talk());
}

#[test]
fn a_weakness_is_a_defect_and_a_strict_gateway_has_none() {
    let surroundings = Surroundings::new();
    let expired = "Authorization: Bearer anything";
    let strict = Serving::configured(&surroundings, &format!("{CLIENT}[[apis]]\necho = true\n"));
    assert_eq!(curl(&["-H", expired, strict.api()]).status, 401);
    let weak =
        Serving::configured(&surroundings, &format!("{CLIENT}[[apis]]\necho = true\nweaknesses = [\"any-bearer\"]\n"));
    assert_eq!(curl(&["-H", expired, weak.api()]).status, 200);
    assert_eq!(curl(&[weak.api()]).status, 401);
}
