//! The two authorization server resources over the wire (B.1, B.2), and the cache.

use serde_json::{Value, json};

use crate::{
    definitions::{Setup, am, generic, keyless, step},
    fake::{Fake, ok, status},
    support::{Reply, basic, send, token},
};

async fn call(resource: Value, behaviour: &str) -> (Reply, Option<String>) {
    let policy = step("oauth2", json!({"oauthResource": "as"}));
    let running = Setup::v4(&[resource], &[keyless()], &[policy]).behaviour(behaviour).start().await;
    let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", "Bearer a+b/c")], "").await;
    let key = running.recent(0).last().unwrap().error_key.clone();
    (reply, key)
}

#[tokio::test]
async fn answers_to_the_generic_resource() {
    let unavailable = Some("OAUTH2_SERVER_UNAVAILABLE");
    let invalid = Some("OAUTH2_INVALID_ACCESS_TOKEN");
    let rows: [(u16, &'static str, Option<&str>); 22] = [
        (200, "{}", None),
        (200, "{\"active\":true}", None),
        (200, "{\"active\":\"true\"}", None),
        (200, "{\"active\":7}", None),
        (200, "{\"active\":true,\"exp\":1}", None),
        (200, "{\"active\":false}", invalid),
        (200, "{\"active\":\"false\"}", invalid),
        (200, "{\"active\":\"yes\"}", invalid),
        (200, "{\"active\":null}", invalid),
        (200, "{\"active\":0}", invalid),
        (200, "not json", unavailable),
        // Read as a missing `active`. (deduced)
        (200, "", None),
        (200, "null", None),
        (200, "[]", None),
        (200, "123", None),
        (201, "{\"active\":true}", unavailable),
        (204, "", unavailable),
        (302, "", unavailable),
        (400, "{}", unavailable),
        (401, "{}", unavailable),
        (404, "{}", unavailable),
        (500, "{}", unavailable),
    ];
    for (code, body, key) in rows {
        let server = Fake::start(move |_| status(code, body)).await;
        let (reply, found) = call(generic(&server.origin), "apim-4.12").await;
        assert_eq!(found.as_deref(), key, "{code} {body}: {}", reply.raw);
        let expected = match key {
            None => 200,
            Some("OAUTH2_SERVER_UNAVAILABLE") => 503,
            Some(_) => 401,
        };
        assert_eq!(reply.status(), expected, "{code} {body}");
    }
    let gone = Fake::json("{}").await;
    let origin = gone.origin.clone();
    drop(gone);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(call(generic(&origin), "apim-4.12").await.1.as_deref(), unavailable, "refused");
}

#[tokio::test]
async fn the_generic_request_is_the_plugins() {
    let server = Fake::json("{\"active\":true}").await;
    let credential = basic("gw", "gw-secret");
    let host = server.origin.strip_prefix("http://").unwrap().to_owned();
    let cases: Vec<(Value, String, Vec<String>, Vec<&str>, &str)> = vec![
        (
            json!({}),
            "POST /oauth/introspect HTTP/1.1".into(),
            vec![
                format!("Authorization: {credential}"),
                "Accept: application/json".into(),
                "Content-Type: application/x-www-form-urlencoded".into(),
                format!("Host: {host}"),
            ],
            vec![],
            "token=a+b/c",
        ),
        (
            json!({"introspectionEndpointMethod": "get", "tokenIsSuppliedByQueryParam": true, "tokenQueryParamName": "t"}),
            "GET /oauth/introspect?t=a+b/c HTTP/1.1".into(),
            vec![],
            vec!["Content-Type"],
            "",
        ),
        (
            json!({"introspectionEndpoint": "/check?x=1", "tokenIsSuppliedByQueryParam": true, "tokenQueryParamName": "t"}),
            "POST /check?x=1?t=a+b/c HTTP/1.1".into(),
            vec![],
            vec![],
            "token=a+b/c",
        ),
        (
            json!({"tokenIsSuppliedByHttpHeader": true, "tokenHeaderName": "X-Token", "tokenIsSuppliedByFormUrlEncoded": false}),
            "POST /oauth/introspect HTTP/1.1".into(),
            vec!["X-Token: a+b/c".into()],
            vec!["Content-Type"],
            "",
        ),
        (
            json!({"tokenIsSuppliedByHttpHeader": true, "tokenHeaderName": "Authorization"}),
            "POST /oauth/introspect HTTP/1.1".into(),
            vec!["Authorization: a+b/c".into()],
            vec![&credential],
            "token=a+b/c",
        ),
        (
            json!({"clientAuthorizationHeaderName": "X-Client", "clientAuthorizationHeaderScheme": " Magic "}),
            "POST /oauth/introspect HTTP/1.1".into(),
            vec![format!("X-Client: {}", credential.replace("Basic", "Magic"))],
            vec!["Authorization"],
            "token=a+b/c",
        ),
        (
            json!({"useClientAuthorizationHeader": false}),
            "POST /oauth/introspect HTTP/1.1".into(),
            vec![],
            vec!["Authorization"],
            "token=a+b/c",
        ),
        (
            json!({"authorizationServerUrl": format!("{}//base/", server.origin), "introspectionEndpoint": "//oauth//introspect"}),
            "POST /base/oauth/introspect HTTP/1.1".into(),
            vec![],
            vec![],
            "token=a+b/c",
        ),
        (
            json!({"authorizationServerUrl": "", "introspectionEndpoint": format!("{}/absolute", server.origin)}),
            "POST /absolute HTTP/1.1".into(),
            vec![],
            vec![],
            "token=a+b/c",
        ),
    ];
    for (changes, line, lines, absent, body) in cases {
        let mut resource = generic(&server.origin);
        for (name, value) in changes.as_object().unwrap() {
            resource["configuration"][name] = value.clone();
        }
        let (reply, _) = call(resource, "apim-4.12").await;
        assert_eq!(reply.status(), 200, "{changes}: {}", reply.raw);
        let request = server.last();
        assert!(request.starts_with(&format!("{line}\r\n")), "{changes}: {request}");
        assert!(
            request.contains("\r\nX-Gravitee-Request-Id: ") && request.contains("\r\nUser-Agent: Gravitee.io/"),
            "{request}"
        );
        for expected in &lines {
            assert!(request.contains(&format!("\r\n{expected}\r\n")), "{expected}: {request}");
        }
        for name in absent {
            assert!(!request.contains(name), "{name}: {request}");
        }
        assert!(request.ends_with(&format!("\r\n\r\n{body}")), "{request}");
    }
    let mut resource = generic(&server.origin);
    resource["configuration"].as_object_mut().unwrap().remove("introspectionEndpointMethod");
    assert_eq!(call(resource, "apim-4.12").await.0.status(), 503, "no method: the plugin fails on every call");
}

#[tokio::test]
async fn answers_to_the_am_resource() {
    let rows: [(&str, u16, &'static str, u16, Option<&str>); 10] = [
        ("V3_X", 200, "{\"active\":true}", 200, None),
        ("V2_X", 200, "{\"active\":true}", 200, None),
        ("V3_X", 200, "{\"active\":false}", 401, Some("OAUTH2_INVALID_ACCESS_TOKEN")),
        ("V3_X", 200, "{}", 401, Some("OAUTH2_INVALID_ACCESS_TOKEN")),
        ("V3_X", 200, "{\"active\":\"true\"}", 504, Some("REQUEST_TIMEOUT")),
        ("V3_X", 200, "[]", 504, Some("REQUEST_TIMEOUT")),
        ("V3_X", 401, "{}", 503, Some("OAUTH2_SERVER_UNAVAILABLE")),
        ("V1_X", 200, "{\"active\":false}", 200, None),
        ("V1_X", 200, "nonsense", 401, Some("OAUTH2_INVALID_SERVER_RESPONSE")),
        ("V1_X", 500, "{}", 503, Some("OAUTH2_SERVER_UNAVAILABLE")),
    ];
    for (version, code, body, expected, key) in rows {
        let server = Fake::start(move |_| status(code, body)).await;
        let (reply, found) = call(am(&format!("{}/base/", server.origin), version), "apim-4.12").await;
        assert_eq!((reply.status(), found.as_deref()), (expected, key), "{version} {code} {body}");
        let endpoint = if version == "V1_X" { "check_token" } else { "introspect" };
        let request = server.last();
        assert!(request.starts_with(&format!("POST /base/demo/oauth/{endpoint} HTTP/1.1\r\n")), "{request}");
        assert!(request.contains(&format!("\r\nAuthorization: {}\r\n", basic("basic", "s3cret"))), "{request}");
        assert!(request.ends_with("\r\n\r\ntoken=a+b/c"), "{request}");
    }
}

#[tokio::test]
async fn the_own_authorization_server_is_asked_without_http() {
    for (secret, domain, status) in [("s3cret", "demo", 200), ("wrong", "demo", 503), ("s3cret", "nowhere", 503)] {
        let mut resource = am("http://127.0.0.1:0", "V3_X");
        resource["configuration"]["clientSecret"] = secret.into();
        resource["configuration"]["securityDomain"] = domain.into();
        let policy = step("oauth2", json!({"oauthResource": "as"}));
        let running = Setup::v4(&[resource], &[keyless()], &[policy]).start().await;
        let bearer = format!("Bearer {}", token(&running, "other", "other", "").await);
        let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", &bearer)], "").await;
        assert_eq!(reply.status(), status, "{secret} {domain}");
    }
}

#[tokio::test]
async fn results_are_kept_only_in_a_cache_resource() {
    let server = Fake::start(|request| match request.rsplit("token=").next().unwrap() {
        "good" => ok("{\"active\":true,\"exp\":99999999999}"),
        "old" => ok("{\"active\":true,\"exp\":1}"),
        _ => ok("{\"active\":false}"),
    })
    .await;
    let cache = json!({"name": "kept", "type": "cache", "configuration": {"timeToLiveSeconds": 60}});
    for (configured, rows) in
        [(false, [("good", 2), ("old", 2), ("bad", 2)]), (true, [("good", 1), ("old", 2), ("bad", 2)])]
    {
        let mut policy = json!({"oauthResource": "as"});
        if configured {
            policy["oauthCacheResource"] = "kept".into();
        }
        let resources = [generic(&server.origin), cache.clone()];
        let running = Setup::v4(&resources, &[keyless()], &[step("oauth2", policy)]).start().await;
        for (token, calls) in rows {
            let before = server.count();
            for _ in 0..2 {
                let bearer = format!("Bearer {token}");
                send(running.gateway_origin(), "GET", "/api", &[("Authorization", &bearer)], "").await;
            }
            assert_eq!(server.count() - before, calls, "cache {configured}: {token}");
        }
    }
}
