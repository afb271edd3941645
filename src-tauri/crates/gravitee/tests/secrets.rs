//! Secrets taken out of definitions and put back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use claimcheck_gravitee::{Definition, Form, Secrets};
use serde_json::{Value, json};

const V4: &str = include_str!("definitions/echo-v4.json");
const V2: &str = include_str!("definitions/echo-v2.json");
const KUBERNETES: &str = include_str!("definitions/echo-kubernetes.yaml");

fn read(document: &Value) -> Definition {
    Definition::read(&document.to_string()).unwrap()
}

/// Every place that a secret may stand in.
fn rich() -> Value {
    let mut document: Value = serde_json::from_str(V4).unwrap();
    let api = &mut document["api"];
    api["endpointGroups"][0]["sharedConfiguration"] = json!({
        "headers": [{"name": "X-Api-Key", "value": "cn-header"}, {"name": "Accept", "value": "text/plain"}],
        "ssl": {"trustStore": {"type": "PEM", "content": "public", "password": "cn-trust"},
                "keyStore": {"type": "PKCS12", "content": "cn-store", "password": "cn-store-password"}},
        "proxy": {"enabled": true, "host": "proxy", "username": "u", "password": "cn-proxy"},
    });
    api["endpointGroups"][0]["endpoints"][0]["configuration"]["target"] =
        "https://user:cn-in-url@api.example/echo?page=2&api_key=cn-in-query".into();
    api["properties"] = json!([
        {"key": "partner-token", "value": "cn-property"}, {"key": "plain", "value": "stays"},
        {"key": "tbe", "value": "cn-encryptable", "encryptable": true}, {"key": "secret", "value": "stays-encrypted", "encrypted": true},
    ]);
    document["plans"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "jwt", "security": {"type": "JWT", "configuration": {
        "signature": "HMAC_HS256", "publicKeyResolver": "GIVEN_KEY", "resolverParameter": "cn-hmac"}}}));
    document["plans"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "rsa", "security": {"type": "JWT", "configuration": {
        "signature": "RSA_RS256", "publicKeyResolver": "GIVEN_KEY", "resolverParameter": "a public key stays"}}}));
    document["api"]["resources"].as_array_mut().unwrap().push(json!({"name": "vault", "type": "oauth2", "configuration": {
        "clientId": "g", "clientSecret": "{#secrets.get('/vault/x')}", "tokenHeaderName": "stays", "clientAuthorizationHeaderName": "Authorization"}}));
    document
}

#[test]
fn every_secret_leaves_and_comes_back() {
    let original = read(&rich());
    let mut concealed = original.clone();
    let secrets = concealed.conceal();
    let text = concealed.write();
    assert!(!text.contains("cn-") && !text.contains("gateway-secret"), "{text}");
    assert_eq!(secrets.len(), 11, "{secrets:?}");
    for kept in [
        "stays",
        "stays-encrypted",
        "{#secrets.get('/vault/x')}",
        "a public key stays",
        "\"public\"",
        "text/plain",
        "\"plain\"",
        "https://user:<secret:api.endpointGroups[0].endpoints[0].configuration.target>@api.example/echo?page=2&api_key=<secret:",
        "\"clientSecret\": \"<secret:api.resources[0].configuration.clientSecret>\"",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert_eq!(concealed.placeholders().len(), secrets.len());
    let kept = Secrets::from_text(&secrets.to_text()).unwrap();
    let back = concealed.revealed(&kept);
    assert_eq!(back, original);
    assert!(back.placeholders().is_empty());
    assert!(!format!("{secrets:?}{concealed:?}{original:?}").contains("cn-"));
}

#[test]
fn concealing_twice_takes_nothing_more_and_changes_no_byte() {
    for text in [V4, V2, KUBERNETES] {
        let mut definition = Definition::read(text).unwrap();
        assert_eq!(definition.conceal().len(), 1);
        let mut again = Definition::read(&definition.write()).unwrap();
        assert!(again.conceal().is_empty());
        assert_eq!(again.write(), definition.write());
    }
}

#[test]
fn a_document_inside_a_text_is_searched_too() {
    let mut document: Value = serde_json::from_str(V2).unwrap();
    document["plans"][0]["security"] = "JWT".into();
    let inner =
        json!({"signature": "HMAC_HS256", "publicKeyResolver": "GIVEN_KEY", "resolverParameter": "cn-\"quoted\"\\"});
    document["plans"][0]["securityDefinition"] = inner.to_string().into();
    let original = read(&document);
    let mut concealed = original.clone();
    let secrets = concealed.conceal();
    assert_eq!(secrets.len(), 2);
    assert!(!concealed.write().contains("cn-"));
    assert_eq!(concealed.revealed(&secrets), original);
    assert_eq!(concealed.placeholders()[1].path, "plans[0].securityDefinition.resolverParameter");
}

#[test]
fn placeholders_travel_to_other_forms() {
    for (text, form) in
        [(V4, Form::KubernetesV4), (V4, Form::V4Gateway), (V2, Form::V4Export), (KUBERNETES, Form::V4Export)]
    {
        let original = Definition::read(text).unwrap();
        let mut concealed = original.clone();
        let secrets = concealed.conceal();
        assert_eq!(concealed.to(form).unwrap().revealed(&secrets), original.to(form).unwrap(), "{form:?}");
    }
}

#[test]
fn a_secret_stays_only_in_the_surroundings_it_was_given_for() {
    let mut before = read(&rich());
    let known = before.conceal();
    let mut same = Secrets::default();
    same.keep_unchanged(&known, &before, &Definition::read(&before.write()).unwrap());
    assert_eq!(same.len(), known.len());

    // The same name, another server: whoever wrote that does not get the secret.
    let mut changed = before.document().clone();
    changed["api"]["resources"][0]["configuration"]["serverURL"] = "https://evil.example".into();
    changed["api"]["description"] = "edited".into();
    let mut kept = Secrets::default();
    kept.keep_unchanged(&known, &before, &read(&changed));
    let missing: Vec<_> = read(&changed).revealed(&kept).placeholders().into_iter().map(|found| found.name).collect();
    assert_eq!(
        missing,
        ["api.resources[0].configuration.clientSecret", "api.properties[0].value", "api.properties[2].value"],
        "properties can be used anywhere: they stay only in the same document"
    );
}

#[test]
fn a_new_secret_does_not_take_a_name_that_is_in_use() {
    let mut document: Value = serde_json::from_str(V4).unwrap();
    let resource = document["api"]["resources"][0].clone();
    let mut moved = resource.clone();
    moved["configuration"]["clientSecret"] = "<secret:api.resources[0].configuration.clientSecret>".into();
    document["api"]["resources"] = json!([resource, moved]);
    let mut definition = read(&document);
    definition.conceal();
    let names: Vec<_> = definition.placeholders().into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["api.resources[0].configuration.clientSecret-2", "api.resources[0].configuration.clientSecret"]);
}
