//! One API written as v4 export, v2 export and Kubernetes resource: the same answers.

use gravitee::{Definition, Form};
use serde_json::json;

use crate::{
    definitions::{Setup, am, keyless, step},
    support::{Reply, send, token},
};

fn comparable(reply: &Reply) -> (String, Vec<(String, String)>, String) {
    let one_time = ["X-Gravitee-Request-Id", "X-Gravitee-Transaction-Id", "Date"];
    let headers = reply.headers.iter().filter(|(name, _)| !one_time.contains(&name.as_str())).cloned().collect();
    (reply.status_line.clone(), headers, reply.body.clone())
}

/// Every form of the API under test.
fn forms() -> Vec<Setup> {
    let policy = || {
        let configuration = json!({"oauthResource": "as", "checkRequiredScopes": true, "requiredScopes": ["read"]});
        [step("oauth2", configuration)]
    };
    let resource = [am("http://127.0.0.1:0", "V3_X")];
    let v4 = Setup::v4(&resource, &[keyless()], &policy());
    let mut v2 = Setup::v3(&resource, &[keyless()], &policy());
    v2.definition["execution_mode"] = "v4-emulation-engine".into();
    let mut kubernetes = Setup::v4(&resource, &[keyless()], &policy());
    let read = Definition::read(&v4.definition.to_string()).unwrap();
    kubernetes.definition = read.to(Form::KubernetesV4).unwrap().document().clone();
    for (setup, form) in [(&v4, Form::V4Export), (&v2, Form::V2), (&kubernetes, Form::KubernetesV4)] {
        let definition = Definition::read(&setup.definition.to_string()).unwrap();
        assert_eq!(definition.form(), form);
        let again = Definition::read(&definition.write()).unwrap();
        assert_eq!((again.write(), &again), (definition.write(), &definition), "export, import, export");
    }
    [v4, v2, kubernetes].map(|setup| setup.behaviour("apim-4.12")).into()
}

#[tokio::test]
async fn every_form_of_an_api_answers_alike() {
    let mut all = Vec::new();
    for setup in forms() {
        let running = setup.start().await;
        let good = format!("Bearer {}", token(&running, "basic", "s3cret", "read").await);
        let narrow = format!("Bearer {}", token(&running, "basic", "s3cret", "write").await);
        let mut replies = Vec::new();
        for (target, authorization, status) in [
            ("/api", None, 401),
            ("/api", Some("Bearer made-up"), 401),
            ("/api", Some("Basic abc"), 401),
            ("/api", Some(narrow.as_str()), 401),
            ("/api?statusCode=418", Some(good.as_str()), 418),
            ("/elsewhere", None, 404),
        ] {
            let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
            let reply = send(running.gateway_origin(), "GET", target, &headers, "").await;
            assert_eq!(reply.status(), status, "{target} {authorization:?}: {}", reply.raw);
            let mut reply = comparable(&reply);
            if status == 418 {
                reply.2.clear(); // the echo shows the token and the port
                reply.1.retain(|(name, _)| name != "Content-Length");
            }
            replies.push(reply);
        }
        all.push(replies);
    }
    assert_eq!(all[0], all[1], "v4 and v2");
    assert_eq!(all[0], all[2], "v4 and Kubernetes");
}
