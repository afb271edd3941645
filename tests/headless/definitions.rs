//! `claimcheck import`, `export`, `definition`: API definitions in and out.

use crate::{
    curl::curl,
    program::{Outcome, Surroundings, run},
    serving::Serving,
};
use serde_json::{Value, json};
use std::{fs, path::Path};
use support::{keyring::Keyring, scan};

const SECRET: &str = "resource-secret-4e1f";

/// The API in its three shapes: the same listener, resource, policy and plan.
pub(crate) fn v4() -> Value {
    json!({
        "export": {"apimVersion": "4.12.0"},
        "api": {
            "definitionVersion": "V4", "type": "PROXY", "name": "orders", "apiVersion": "1.0", "x-unknown": [1, 2.5, null, "1.0"],
            "listeners": [{"type": "HTTP", "paths": [{"path": "/orders"}], "entrypoints": [{"type": "http-proxy"}]}],
            "endpointGroups": [{"name": "default", "type": "http-proxy", "endpoints": [
                {"name": "default", "type": "http-proxy", "configuration": {"target": "https://orders.example"}}]}],
            "resources": [resource()],
            "flows": [{"name": "secured", "enabled": true,
                "selectors": [{"type": "HTTP", "path": "/", "pathOperator": "STARTS_WITH", "methods": []}],
                "request": [policy()], "response": []}]
        },
        "plans": [{"definitionVersion": "V4", "name": "keyless", "mode": "STANDARD", "status": "PUBLISHED",
            "security": {"type": "KEY_LESS", "configuration": {}}, "flows": []}]
    })
}

pub(crate) fn v2() -> Value {
    json!({
        "name": "orders", "version": "1.0", "gravitee": "2.0.0", "execution_mode": "v4-emulation-engine", "x-unknown": {"kept": true},
        "proxy": {"virtual_hosts": [{"path": "/orders"}], "groups": [{"name": "default", "endpoints": [
            {"name": "default", "type": "http", "target": "https://orders.example"}]}]},
        "resources": [resource()],
        "flows": [{"name": "secured", "path-operator": {"path": "/", "operator": "STARTS_WITH"}, "methods": [], "enabled": true,
            "pre": [policy()], "post": []}],
        "plans": [{"name": "keyless", "security": "KEY_LESS", "securityDefinition": "{}", "status": "PUBLISHED", "flows": []}]
    })
}

const KUBERNETES: &str = "\
apiVersion: gravitee.io/v1alpha1
kind: ApiV4Definition
metadata:
  name: orders
  labels: {team: shop}
spec:
  name: orders
  version: \"1.0\"
  type: PROXY
  listeners:
    - {type: HTTP, paths: [{path: /orders}], entrypoints: [{type: http-proxy, qos: AUTO}]}
  endpointGroups:
    - name: default
      type: http-proxy
      endpoints: [{name: default, type: http-proxy, configuration: {target: \"https://orders.example\"}}]
  resources:
    - {name: am, type: oauth2-am-resource, enabled: true, configuration: {serverURL: \"http://127.0.0.1:0\", version: V3_X, securityDomain: demo, clientId: shop, clientSecret: resource-secret-4e1f}}
  flows:
    - name: secured
      enabled: true
      selectors: [{type: HTTP, path: /, pathOperator: STARTS_WITH, methods: []}]
      request: [{name: OAuth2, enabled: true, policy: oauth2, configuration: {oauthResource: am, checkRequiredScopes: true, requiredScopes: [\"orders:read\"]}}]
  plans:
    keyless: {name: keyless, mode: STANDARD, status: PUBLISHED, security: {type: KEY_LESS}}
";

fn resource() -> Value {
    json!({"name": "am", "type": "oauth2-am-resource", "enabled": true, "configuration": {
        "serverURL": "http://127.0.0.1:0", "version": "V3_X", "securityDomain": "demo", "clientId": "shop", "clientSecret": SECRET}})
}

fn policy() -> Value {
    json!({"name": "OAuth2", "enabled": true, "policy": "oauth2", "configuration": {
        "oauthResource": "am", "checkRequiredScopes": true, "requiredScopes": ["orders:read"]}})
}

/// Every form, as a text.
fn forms() -> [(&'static str, String); 3] {
    [("v4.json", v4().to_string()), ("v2.json", v2().to_string()), ("orders.yaml", KUBERNETES.to_owned())]
}

fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_form_of_an_api_gives_the_same_answers() {
    let mut answers = Vec::new();
    for (name, text) in forms() {
        let surroundings = Surroundings::new();
        surroundings.file(name, text);
        let serving = Serving::configured(
            &surroundings,
            &format!(
                "[[domains]]\npath = \"demo\"\nsigning = \"ES256\"\n\
                 [[domains.clients]]\nclient_id = \"shop\"\nclient_secret = \"{SECRET}\"\n\
                 scopes = [\"orders:read\", \"other\"]\ndefault_scopes = [\"orders:read\"]\n\
                 [[apis]]\ndefinition = \"{name}\"\necho = true\n"
            ),
        );
        let token = |scope: &str| {
            let outcome = serving.run(&surroundings, "token", &["--raw", "--scope", scope]).exits(0);
            format!("Authorization: Bearer {}", outcome.stdout.trim())
        };
        let (good, narrow) = (token("orders:read"), token("other"));
        let mut seen = Vec::new();
        for header in ["X-None: none", "Authorization: Bearer made-up", &good, &narrow] {
            let reply = curl(&["-i", "-H", header, serving.api()]);
            let event = serving.last_request(reply.status);
            seen.push((reply.status, event["error_key"].clone(), steps(&event)));
        }
        assert_eq!(
            seen.iter().map(|(status, ..)| *status).collect::<Vec<_>>(),
            [401, 401, 200, 401],
            "{name}: {seen:?}"
        );
        answers.push((name, seen));
    }
    let (_, first) = &answers[0];
    for (name, seen) in &answers {
        assert_eq!(seen, first, "{name}");
    }
}

/// What was decided, without times and tokens.
fn steps(event: &Value) -> Vec<(Value, Value)> {
    let steps = event["trace"].as_array().unwrap();
    steps.iter().map(|step| (step["step"].clone(), step["outcome"].clone())).collect()
}

#[test]
fn export_import_export_is_identical() {
    let keyring = Keyring::start();
    for (name, text) in forms() {
        let surroundings = Surroundings::with(&keyring.environment());
        let file = surroundings.file(name, &text);
        let imported = surroundings.run(&["import", word(&file), "--json"]).exits(0).json();
        assert_eq!((imported["stored"].as_bool(), imported["replaced"].as_bool()), (Some(true), Some(false)));
        assert_eq!(imported["report"]["secrets"], 1);
        let first = surroundings.run(&["export", "orders"]).exits(0).stdout;
        assert!(first.contains("<secret:") && !first.contains(SECRET), "{first}");
        assert_eq!(surroundings.run(&["export", word(&file)]).exits(0).stdout, first, "a file is exported alike");
        // Over itself, under another name, and in another library that does not know the secret.
        let again = surroundings.pipe(&first, &["import", "-", "--json"]).exits(0).json();
        assert_eq!((again["replaced"].as_bool(), &again["report"]["missing_secrets"]), (Some(true), &json!([])));
        assert_eq!(surroundings.run(&["export", "orders"]).exits(0).stdout, first);
        let revealed = surroundings.run(&["export", "orders", "--reveal"]).exits(0).stdout;
        assert_eq!(
            revealed,
            first.replace(&first[first.find("<secret:").unwrap()..=first.find("Secret>").unwrap() + 6], SECRET)
        );
        let elsewhere = Surroundings::new();
        let there = elsewhere.pipe(&first, &["import", "-", "--name", "copy", "--json"]).exits(0).json();
        assert_eq!(there["report"]["missing_secrets"].as_array().unwrap().len(), 1, "{there}");
        assert_eq!(elsewhere.run(&["export", "copy"]).exits(0).stdout, first);
        // What it means is the same: unknown members, too.
        let back = surroundings.pipe(&revealed, &["export", "-", "--reveal"]).exits(0).stdout;
        assert_eq!(back, revealed);
        let unknown = if name == "orders.yaml" { "team: shop" } else { "x-unknown" };
        assert!(revealed.contains(unknown), "{revealed}");
    }
}

#[test]
fn forms_are_converted() {
    let surroundings = Surroundings::new();
    let file = surroundings.file("v2.json", v2().to_string());
    let export = |more: &[&str]| surroundings.run(&[&["export", word(&file)], more].concat());
    let v4: Value = export(&["--as", "v4", "--reveal"]).exits(0).json();
    assert_eq!(v4["api"]["flows"][0]["request"][0]["policy"], "oauth2");
    assert_eq!(v4["plans"][0]["security"]["type"], "KEY_LESS");
    assert_eq!(v4["api"]["resources"][0]["configuration"]["clientSecret"], SECRET);
    assert_eq!(v4["api"]["x-unknown"], json!({"kept": true}));
    let kubernetes = export(&["--as", "kubernetes"]).exits(0).stdout;
    assert!(kubernetes.contains("kind: ApiV4Definition") && !kubernetes.contains(SECRET), "{kubernetes}");
    assert_eq!(export(&["--as", "gateway"]).exits(0).json()["gravitee"], "4.0.0");
    let written = surroundings.folder().join("out.json");
    let outcome = export(&["--as", "v4", "--reveal", "-o", word(&written)]).exits(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.contains("out.json")), ("", true));
    assert!(fs::read_to_string(&written).unwrap().contains(SECRET));
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&written).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "a file with secrets is its owner's");
    surroundings.file("orders.txt", v2().to_string());
    let mut command = surroundings.command(&["export", "orders.txt", "--as", "gateway"]);
    command.current_dir(surroundings.folder());
    assert_eq!(run(command, b"").exits(0).json()["gravitee"], "4.0.0", "a file is one whatever it is called");
    assert!(!surroundings.home().exists(), "exporting a file opens no library");
}

#[test]
fn a_check_names_every_problem_by_its_path_and_stores_nothing() {
    let surroundings = Surroundings::new();
    let mut document = v2();
    document["flows"][0]["pre"][0]["configuration"]["oauthResource"] = "gone".into();
    let warned = surroundings.pipe(document.to_string(), &["import", "-", "--check"]).exits(0);
    assert!(warned.stderr.contains("flows[0].pre[0].configuration.oauthResource: no resource"), "{}", warned.stderr);
    document["proxy"]["virtual_hosts"][0]["path"] = "orders".into();
    document["proxy"]["groups"][0]["endpoints"][0]["target"] = "nowhere".into();
    for words in [&["import", "-", "--check"][..], &["import", "-"]] {
        let wrong = surroundings.pipe(document.to_string(), words).exits(1);
        for path in ["proxy.virtual_hosts[0].path: ", "proxy.groups[0].endpoints[0].target: "] {
            assert!(wrong.stderr.contains(path), "{path}: {}", wrong.stderr);
        }
        let report = surroundings.pipe(document.to_string(), &[words, &["--json"]].concat()).exits(1).json();
        let problems = report.pointer("/report/problems").unwrap_or(&report["problems"]).as_array().unwrap();
        let errors = problems.iter().filter(|problem| problem["severity"] == "error");
        let paths: Vec<_> = errors.map(|problem| problem["path"].as_str().unwrap()).collect();
        assert_eq!(paths, ["proxy.virtual_hosts[0].path", "proxy.groups[0].endpoints[0].target"]);
    }
    assert!(!surroundings.home().exists());
}

#[test]
fn what_is_no_definition_exits_2() {
    let surroundings = Surroundings::new();
    for (text, said) in [("{\n  \"api\": }", "line 2"), ("{}", "not a Gravitee API definition"), ("", "definition")] {
        let outcome = surroundings.pipe(text, &["import", "-", "--json"]).exits(2);
        let (code, message) = outcome.error();
        assert_eq!(code, "definition");
        assert!(message.contains(said), "{message}");
    }
    let broken = surroundings.file("broken.json", "{\n  \"api\": }");
    for command in [&["import", word(&broken), "--json"][..], &["import", "--check", word(&broken), "--json"]] {
        let said = surroundings.run(command).exits(2).error().1;
        assert!(said.starts_with(word(&broken)) && said.contains("line 2"), "{said}");
    }
    let missing = surroundings.run(&["import", "/nowhere/echo.json", "--json"]).exits(2);
    assert!(missing.error().1.contains("/nowhere/echo.json"));
    assert_eq!(surroundings.run(&["export", "nothing", "--json"]).exits(2).error().0, "not_found");
}

#[test]
fn without_a_keyring_only_definitions_without_secrets_are_imported() {
    let surroundings = Surroundings::new();
    let refused = surroundings.pipe(v4().to_string(), &["import", "-", "--json"]).exits(5);
    assert_eq!(refused.error().0, "keyring_absent");
    assert!(!surroundings.home().exists(), "not even an empty library");
    let mut plain = v4();
    plain["api"]["resources"][0]["configuration"]["clientSecret"] = "".into();
    surroundings.pipe(plain.to_string(), &["import", "-"]).exits(0);
    let listed = surroundings.run(&["definition", "list"]).exits(0).stdout;
    assert!(listed.contains("orders") && listed.contains("version 4 export") && listed.contains("/orders"), "{listed}");
    surroundings.run(&["definition", "remove", "orders"]).exits(0);
    assert_eq!(surroundings.run(&["definition", "list", "--json"]).exits(0).json(), json!([]));
}

#[test]
fn another_api_does_not_take_a_name_unasked() {
    let surroundings = Surroundings::new();
    let mut plain = v4();
    plain["api"]["resources"] = json!([]);
    let import = |document: &Value, more: &[&str]| -> Outcome {
        surroundings.pipe(document.to_string(), &[&["import", "-", "--json"], more].concat())
    };
    import(&plain, &[]).exits(0);
    plain["api"]["listeners"][0]["paths"][0]["path"] = "/elsewhere".into();
    assert_eq!(import(&plain, &[]).exits(2).error().0, "name_taken");
    import(&plain, &["--name", "second"]).exits(0);
    import(&plain, &["--replace"]).exits(0);
    let listed = surroundings.run(&["definition", "list", "--json"]).exits(0).json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["orders", "second"]);
    assert_eq!(listed[0]["report"]["paths"], json!(["/elsewhere"]));
}

#[test]
fn secrets_go_to_the_keyring_and_leave_with_the_definition() {
    let keyring = Keyring::start();
    let surroundings = Surroundings::with(&keyring.environment());
    let service = [("service", "claimcheck")];
    surroundings.pipe(v4().to_string(), &["import", "-"]).exits(0);
    assert_eq!(scan::files(surroundings.folder(), SECRET), Vec::<String>::new());
    assert_eq!(keyring.items(&service).len(), 1);
    // A new secret takes the old one's place.
    let mut changed = v4();
    changed["api"]["resources"][0]["configuration"]["clientSecret"] = "another-secret-77aa".into();
    surroundings.pipe(changed.to_string(), &["import", "-"]).exits(0);
    assert_eq!(keyring.items(&service).len(), 1);
    assert!(surroundings.run(&["export", "orders", "--reveal"]).exits(0).stdout.contains("another-secret-77aa"));
    // A definition that names the secret but sends it elsewhere does not get it.
    let shared = surroundings.run(&["export", "orders"]).exits(0).stdout;
    let hostile = shared.replace("http://127.0.0.1:0", "https://evil.example");
    let taken = surroundings.pipe(&hostile, &["import", "-", "--json"]).exits(0).json();
    assert_eq!(taken["report"]["missing_secrets"], json!(["api.resources[0].configuration.clientSecret"]));
    assert!(!surroundings.run(&["export", "orders", "--reveal"]).exits(0).stdout.contains("another-secret-77aa"));
    surroundings.run(&["definition", "remove", "orders"]).exits(0);
    assert_eq!(keyring.items(&service).len(), 0);
}
