//! Definitions of every form, read, written, converted, checked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use claimcheck_gravitee::{
    Definition, Form, GraviteeError, Management, Severity,
    management::{self, ApiThere, Input, Refusal, import_commands},
    model::{Engine, PathOperator, PlanSecurity},
    policy::{OAuth2, configuration},
};
use serde_json::{Value, json};

const V4: &str = include_str!("definitions/echo-v4.json");
const V2: &str = include_str!("definitions/echo-v2.json");
const KUBERNETES: &str = include_str!("definitions/echo-kubernetes.yaml");

#[test]
fn every_form_survives_a_round_trip_with_unknown_members() {
    for (text, form) in [(V4, Form::V4Export), (V2, Form::V2), (KUBERNETES, Form::KubernetesV4)] {
        let mut document = Definition::read(text).unwrap().document().clone();
        let place = match form {
            Form::V4Export => &mut document["api"]["flows"][0]["request"][0],
            Form::V2 => &mut document["flows"][0]["pre"][0],
            _ => &mut document["spec"]["plans"]["oauth2"],
        };
        place["x-unknown"] = json!({"deep": [1, 2.5, null, "1.0", "yes", true]});
        let definition = Definition::read(&document.to_string()).unwrap();
        assert_eq!(definition.form(), form);
        let written = definition.write();
        let again = Definition::read(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
        assert_eq!(again, definition, "{written}");
        let order = |document: &Value| document.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(order(again.document()), order(&document));
    }
    assert!(Definition::read(KUBERNETES).unwrap().write().starts_with("apiVersion: gravitee.io/v1alpha1"));
}

#[test]
fn all_forms_are_the_same_api() {
    let v4 = Definition::read(V4).unwrap();
    let expected = v4.api().unwrap();
    assert_eq!(expected.apim_version.as_deref(), Some("4.10.0"));
    assert_eq!(expected.listeners[0].paths[0].path, "/echo/");
    assert_eq!(expected.endpoint_groups[0].endpoints[0].configuration.target, "https://api.gravitee.io/echo");
    assert_eq!(expected.plans[0].security.kind, PlanSecurity::KeyLess);
    for form in [Form::V4Gateway, Form::KubernetesV4] {
        let there = v4.to(form).unwrap();
        let api = Definition::read(&there.write()).unwrap().api().unwrap();
        assert_eq!(api, expected, "{form:?}");
    }
    let internal = v4.to(Form::V4Gateway).unwrap();
    assert_eq!(internal.document()["type"], "proxy");
    assert_eq!(internal.document()["plans"][0]["security"]["type"], "key-less");
    assert!(matches!(v4.to(Form::V2), Err(GraviteeError::UnknownForm(_))));
}

#[test]
fn version_2_becomes_version_4() {
    let v2 = Definition::read(V2).unwrap();
    let api = v2.api().unwrap();
    assert_eq!(api.engine, Engine::V4);
    let v4 = v2.to_v4().unwrap();
    let document = v4.document();
    assert_eq!(document["api"]["definitionVersion"], "V4");
    assert_eq!(document["api"]["apiVersion"], "1.0");
    assert_eq!(document["api"]["visibility"], "PRIVATE");
    assert_eq!(document["api"]["listeners"][0]["paths"], json!([{"path": "/echo"}]));
    let group = &document["api"]["endpointGroups"][0];
    assert_eq!(group["sharedConfiguration"]["http"]["readTimeout"], 10000);
    assert_eq!(group["endpoints"][0]["configuration"]["target"], "https://api.gravitee.io/echo");
    let flow = &document["api"]["flows"][0];
    assert_eq!(flow["selectors"], json!([{"type": "HTTP", "path": "/", "pathOperator": "STARTS_WITH", "methods": []}]));
    assert_eq!(flow["request"][0]["policy"], "oauth2");
    assert_eq!(document["plans"][0]["security"], json!({"type": "KEY_LESS", "configuration": {}}));
    assert_eq!(v4.problems(), []);

    let mut changed: Value = serde_json::from_str(V2).unwrap();
    changed["execution_mode"] = "v3".into();
    changed["plans"][0]["security"] = "OAUTH2".into();
    changed["plans"][0]["securityDefinition"] = "{\"oauthResource\":\"am\",\"modeStrict\":false}".into();
    let api = Definition::read(&changed.to_string()).unwrap().api().unwrap();
    assert_eq!(api.engine, Engine::V3);
    let oauth2: OAuth2 = configuration("", &api.plans[0].security.configuration).unwrap();
    assert_eq!((oauth2.oauth_resource.as_deref(), oauth2.mode_strict), (Some("am"), false));
    changed["plans"][0]["securityDefinition"] = "{nonsense".into();
    let error = Definition::read(&changed.to_string()).unwrap().api().unwrap_err();
    assert!(error.to_string().starts_with("plans[0].securityDefinition: is not JSON"), "{error}");
}

#[test]
fn the_gateway_form_of_fixtures_is_read() {
    let text = r#"{"id":"a","name":"a","gravitee":"4.0.0","type":"proxy",
        "listeners":[{"type":"http","paths":[{"path":"/test"}]}],
        "endpointGroups":[{"name":"g","type":"http-proxy","endpoints":[{"configuration":{"target":"http://localhost:8080/endpoint"}}]}],
        "flows":[{"selectors":[{"type":"http","path":"/","pathOperator":"START_WITH"}],"request":null,"response":[]}],
        "plans":[{"id":"p","name":"p","security":{"type":"oauth2","configuration":{"oauthResource":"x"}},"mode":"standard","status":"published"}]}"#;
    let definition = Definition::read(text).unwrap();
    assert_eq!(definition.form(), Form::V4Gateway);
    let api = definition.api().unwrap();
    assert_eq!(api.flows[0].selectors[0].path_operator, PathOperator::StartsWith);
    assert_eq!(api.plans[0].security.kind, PlanSecurity::OAuth2);
}

#[test]
fn problems_have_a_path() {
    let rows: &[(&[&str], Value, &str)] = &[
        (&["api", "listeners"], json!([]), "api.listeners: no HTTP listener"),
        (
            &["api", "listeners"],
            json!([{"type": "HTTP", "paths": [{"path": "x"}]}]),
            "api.listeners[0].paths[0].path: `x`",
        ),
        (&["api", "listeners"], json!([{"type": "HTTP", "paths": "x"}]), "api.listeners[0].paths: invalid type"),
        (&["api", "name"], json!(7), "api.name: invalid type"),
        (
            &["api", "resources"],
            json!([]),
            "api.flows[0].request[0].configuration.oauthResource: no resource of this API is named `am`",
        ),
        (&["plans"], json!([]), "plans: no plan"),
        (&["plans"], json!([{"security": {"type": "MAGIC"}}]), "plans[0].security.type: `MAGIC` is none of KEY_LESS"),
        (
            &["plans"],
            json!([{"security": {"type": "OAUTH2", "configuration": {"oauthResource": "am", "addWwwAuthenticateHeader": true}}}]),
            "plans[0].security.configuration.addWwwAuthenticateHeader: not an option",
        ),
        (
            &["plans"],
            json!([{"security": {"type": "OAUTH2", "configuration": {"modeStrict": "yes"}}}]),
            "plans[0].security.configuration.modeStrict: invalid type",
        ),
    ];
    for (place, value, expected) in rows {
        let mut document: Value = serde_json::from_str(V4).unwrap();
        let mut at = &mut document;
        for name in *place {
            at = &mut at[*name];
        }
        *at = value.clone();
        let problems = Definition::read(&document.to_string()).unwrap().problems();
        let found: Vec<_> = problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
        assert!(found.iter().any(|problem| problem.starts_with(expected)), "{expected}\n{found:?}");
    }
    assert_eq!(Definition::read(V4).unwrap().problems(), []);
}

#[test]
fn what_is_no_definition_is_refused() {
    for text in ["{}", "[]", "hello", "{\"api\":{\"definitionVersion\":\"V9\"}}", "kind: Pod\n", "\u{feff}", ""] {
        assert!(
            matches!(Definition::read(text), Err(GraviteeError::UnknownForm(_) | GraviteeError::Syntax { .. })),
            "{text}"
        );
    }
    let error = Definition::read("{\n  \"api\": }").unwrap_err();
    assert!(matches!(error, GraviteeError::Syntax { line: 2, .. }), "{error}");
}

#[test]
fn an_error_in_the_text_says_its_position_once() {
    for (text, expected) in [
        ("{\n  \"api\": }", "line 2, column 10: expected value"),
        (
            "{\"kind\": \"ApiDefinition\"}\n{\"api\": {}}",
            "line 2, column 1: another document begins here; one definition per file",
        ),
        (
            "kind: ApiDefinition\nspec: {}\n---\nkind: ApiDefinition\n",
            "line 4, column 1: another document begins here; one",
        ),
        ("kind: ApiDefinition\nspec: [1\n", "line "),
        (
            "{\"api\": {\n  \"name\": \"a\",\n  \"name\": \"b\"}}",
            "line 3, column 8: `api.name` stands twice; keep one of them",
        ),
        (
            "{\"plans\": [{}, {\"security\": {\"type\": 1, \"type\": 2}}]}",
            "line 1, column 46: `plans[1].security.type` stands twice",
        ),
        ("kind: ApiDefinition\nspec:\n  name: secret-1\n  name: secret-2\n", "line 4, column 3: "),
    ] {
        let error = Definition::read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{expected}\n{error}");
        assert!(error.matches("line ").count() == 1 && !error.contains(['\n']), "{error}");
        assert!(!error.contains("secret-"), "{error}");
    }
}

#[test]
fn numbers_stay_as_they_are_written() {
    let numbers = "0,-1,18446744073709551615,-9223372036854775808,9007199254740993,123456789012345678901234567890,2.5,2.50,1.0,1e3,1E400,0.1";
    let text = V4.replacen("\"api\": {", &format!("\"x-numbers\": [{numbers}], \"api\": {{ \"x-one\": 1.0e0,"), 1);
    let read = Definition::read(&text).unwrap();
    let kept = |text: &str| {
        let list = text.split("\"x-numbers\": [").nth(1).unwrap().split(']').next().unwrap();
        (list.split_ascii_whitespace().collect::<String>(), text.contains("\"x-one\": 1.0e0,"))
    };
    let written = read.write();
    assert_eq!(kept(&written), (numbers.to_owned(), true));
    assert_eq!(Definition::read(&written).unwrap().write(), written);
    for form in [Form::V4Export, Form::V4Gateway] {
        assert_eq!(kept(&read.to(form).unwrap().write()), (numbers.to_owned(), true), "{form:?}");
    }
    let mut concealed = read.clone();
    let secrets = concealed.conceal();
    assert_eq!(concealed.revealed(&secrets).write(), written);
    // YAML has the nearest number, not a text that begins with a mark.
    let yaml = read.to(Form::KubernetesV4).unwrap().write();
    assert!(yaml.contains("x-one: 1.0") && !yaml.contains("number:"), "{yaml}");
}

#[test]
fn a_number_means_the_same_however_it_is_written() {
    let text = V4.replacen("\"weight\": 1", "\"weight\": 1e0", 1);
    assert_ne!(text, V4);
    let problems = Definition::read(&text).unwrap().problems();
    assert!(problems.iter().any(|problem| problem.message.contains("floating point")), "as ever: {problems:?}");
    let step = r#"{"policy": "rate-limit", "configuration": {"rate": {"limit": 18446744073709551616}}}"#;
    let text = V4.replacen("\"response\": []", &format!("\"response\": [{step}]"), 1);
    assert_ne!(text, V4);
    assert_eq!(Definition::read(&text).unwrap().problems().len(), 1, "it is no text");
    let broken = V4.replacen("\"api\": {", "\"x\": 1e3, \"y\": , \"api\": {", 1);
    let Err(GraviteeError::Syntax { column, .. }) = Definition::read(&broken) else { panic!("{broken}") };
    let line = broken.lines().find(|line| line.contains("\"y\"")).unwrap();
    assert_eq!(column, line.find("\"y\": ,").unwrap() + 6, "the place in the text as it is");
}

#[test]
fn hostile_yaml_ends_quickly() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
                g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
    assert!(Definition::read(bomb).is_err());
    assert!(Definition::read(&format!("a: {}1{}", "[".repeat(100_000), "]".repeat(100_000))).is_err());
    assert!(Definition::read(&format!("{{\"api\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000))).is_err());
}

#[test]
fn prints_the_lines_to_import() {
    let mut document: Value = serde_json::from_str(V4).unwrap();
    document["plans"][0]["status"] = "STAGING".into();
    let definition = Definition::read(&document.to_string()).unwrap();
    let printed = |input| import_commands(&definition, input, &Management::default(), None).unwrap();
    let lines = printed(Input::File("it's.json"));
    assert!(lines[0].contains("--data-binary '@it'\\''s.json' 'http://localhost:8083/management/v2/environments/DEFAULT/apis/_import/definition'"), "{}", lines[0]);
    assert!(lines[2].ends_with("/plans/$PLAN_ID/_publish\""));
    assert!(lines.last().unwrap().ends_with("/deployments\""));
    let words = ["claimcheck", "export", "it's $HOME.yaml", "--as", "v4"];
    let piped = printed(Input::Command(&words));
    assert!(piped[0].starts_with("API_ID=$(claimcheck export 'it'\\''s $HOME.yaml' --as v4 | curl "), "{}", piped[0]);
    assert!(piped[0].contains(" --data-binary @- 'http://localhost:8083/"), "{}", piped[0]);
    assert_eq!(piped[1..], lines[1..]);
    let v2 = Definition::read(V2).unwrap();
    let v2 = import_commands(&v2, Input::File("echo.json"), &Management::default(), None).unwrap();
    assert!(v2[0].contains("/management/organizations/DEFAULT/environments/DEFAULT/apis/import"));
}

#[test]
fn a_problem_has_the_path_of_the_document_it_stands_in() {
    let said = |definition: &Definition| -> Vec<String> {
        definition.problems().iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect()
    };
    let mut v2: Value = serde_json::from_str(V2).unwrap();
    v2["flows"][0]["pre"][0]["configuration"]["oauthResource"] = "other".into();
    v2["proxy"]["groups"][0]["endpoints"][0]["target"] = "nowhere".into();
    v2["proxy"]["virtual_hosts"][0]["path"] = "echo".into();
    v2["plans"][0]["security"] = "OAUTH2".into();
    v2["plans"][0]["securityDefinition"] = "{\"modeStrict\":\"yes\"}".into();
    let mut spec: Value = v2.clone();
    for (prefix, definition) in [
        ("", Definition::read(&v2.to_string()).unwrap()),
        (
            "spec.",
            Definition::read(
                &json!({"apiVersion": "gravitee.io/v1alpha1", "kind": "ApiDefinition", "spec": spec.take()})
                    .to_string(),
            )
            .unwrap(),
        ),
    ] {
        let problems = said(&definition);
        for path in [
            "flows[0].pre[0].configuration.oauthResource",
            "proxy.groups[0].endpoints[0].target",
            "proxy.virtual_hosts[0].path",
            "plans[0].securityDefinition.modeStrict",
        ] {
            assert!(
                problems.iter().any(|problem| problem.starts_with(&format!("{prefix}{path}: "))),
                "{path}: {problems:?}"
            );
        }
    }
    let mut kubernetes = Definition::read(KUBERNETES).unwrap().document().clone();
    kubernetes["spec"]["plans"]["oauth2"]["security"]["configuration"]["oauthResource"] = "other".into();
    let problems = said(&Definition::read(&kubernetes.to_string()).unwrap());
    assert!(
        problems[0].starts_with("spec.plans.oauth2.security.configuration.oauthResource: no resource"),
        "{problems:?}"
    );
    let gateway = Definition::read(V4).unwrap().to(Form::V4Gateway).unwrap();
    let mut gateway = gateway.document().clone();
    gateway["listeners"] = json!([]);
    assert!(said(&Definition::read(&gateway.to_string()).unwrap())[0].starts_with("listeners: no HTTP listener"));
}

#[test]
fn every_wrong_member_is_named_at_once() {
    let mut document: Value = serde_json::from_str(V4).unwrap();
    document["api"]["name"] = json!(7);
    document["api"]["listeners"][0]["paths"] = json!("x");
    document["api"]["flows"][0]["request"][0]["policy"] = json!(["oauth2"]);
    document["plans"][0]["security"]["type"] = json!("MAGIC");
    let problems = Definition::read(&document.to_string()).unwrap().problems();
    let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(
        paths,
        ["api.name", "api.listeners[0].paths", "api.flows[0].request[0].policy", "plans[0].security.type"],
        "{problems:?}"
    );
    assert!(problems.iter().all(|problem| problem.severity == Severity::Error));
}

#[test]
fn the_management_api_is_found_whatever_is_typed() {
    let at = |url: &str, organization: &str| {
        let management = Management { url: url.into(), organization: organization.into(), environment: "prod".into() };
        management.import(&Definition::read(V4).unwrap(), Some("7")).url
    };
    let plain = "https://apim.example/api/management/v2/environments/prod/apis/7/_import/definition";
    for typed in
        ["https://apim.example/api", "https://apim.example/api/management/", "https://apim.example/api/management/v2"]
    {
        assert_eq!(at(typed, "DEFAULT"), plain);
    }
    assert_eq!(
        at("http://localhost:8083/", "acme"),
        "http://localhost:8083/management/v2/organizations/acme/environments/prod/apis/7/_import/definition"
    );
}

#[test]
fn answers_of_the_management_api_are_read() {
    let there = ApiThere::read(r#"{"id":"a-1","name":"echo","state":"STOPPED"}"#).unwrap();
    assert_eq!((there.id.as_str(), there.started), ("a-1", false));
    assert!(ApiThere::read(r#"{"id":"a-1","state":"started"}"#).unwrap().started);
    assert_eq!(ApiThere::read("<html>"), None);
    assert_eq!(management::plans(r#"{"data":[{"id":"p","name":"gold"}]}"#), [("p".into(), "gold".into())]);
    assert_eq!(management::plans(r#"[{"id":"p","name":"gold"}]"#), [("p".into(), "gold".into())]);
    let exists = Refusal::read(
        400,
        r#"{"httpStatus":400,"message":"Validation error","technicalCode":"x","details":[{"message":"Path [/echo/] already exists","location":"path"}]}"#,
    );
    assert!(exists.says_exists() && exists.next().contains("--update"), "{exists:?}");
    assert_eq!(exists.message, "Validation error · path: Path [/echo/] already exists");
    assert!(Refusal::read(401, "").next().contains("CLAIMCHECK_APIM_TOKEN"));
}
