//! The built-in echo behind the tutorial's policy.

use gateway::Running;
use serde_json::json;

use crate::support::{CLIENTS, Reply, authority, exchange, send, start, token};

/// A call with a bearer token.
pub(crate) async fn call(running: &Running, target: &str, token: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    send(running.gateway_origin(), "GET", target, &[("Authorization", &bearer), ("Accept", "*/*")], "").await
}

#[tokio::test]
async fn repeats_headers_in_order_and_case() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let host = authority(running.gateway_origin());
    let request = format!(
        "POST /echo?a=1&b=x%20y&a=2 HTTP/1.1\r\nHost: {host}\r\nAUTHORIZATION: Bearer {token}\r\nx-LoWer-Case: one\r\n\
         X-Lower-case: two\r\nConnection: close, X-Hop\r\nX-Hop: gone\r\nKeep-Alive: gone\r\nContent-Length: 5\r\n\r\nhello"
    );
    let reply = Reply::parse(exchange(host, request).await);
    assert_eq!(reply.status_line, "HTTP/1.1 200 OK");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let transaction = reply.header("X-Gravitee-Transaction-Id").unwrap();
    let id = reply.header("X-Gravitee-Request-Id").unwrap();
    let expected = format!(
        "{{\n  \"headers\" : {{\n    \"Host\" : \"{host}\",\n    \"AUTHORIZATION\" : \"Bearer {token}\",\n    \
         \"x-LoWer-Case\" : \"one,two\",\n    \"X-Gravitee-Transaction-Id\" : \"{transaction}\",\n    \
         \"X-Gravitee-Request-Id\" : \"{id}\"\n  }},\n  \"query_params\" : {{\n    \"a\" : [ \"1\", \"2\" ],\n    \
         \"b\" : \"x y\"\n  }},\n  \"bodySize\" : 5\n}}"
    );
    assert_eq!(reply.body, expected);
}

#[tokio::test]
async fn answers_with_what_was_asked_for() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    for (target, line) in [
        ("/echo", "HTTP/1.1 200 OK"),
        ("/echo/", "HTTP/1.1 200 OK"),
        ("/echo/deep/er", "HTTP/1.1 200 OK"),
        ("/echo?statusCode=418", "HTTP/1.1 418 I'm a teapot"),
        ("/echo?statusCode=nonsense", "HTTP/1.1 200 OK"),
        ("/echo?statusCode=503&statusMessage=Out+of%0d%0aX-Evil:+tea", "HTTP/1.1 503 Out ofX-Evil: tea"),
        ("/echo?statusMessage=Fine", "HTTP/1.1 200 Fine"),
    ] {
        let reply = call(&running, target, &token).await;
        assert_eq!(reply.status_line, line, "{target}");
    }
    let reply = call(&running, "/echo?statusCode=418", &token).await;
    assert_eq!(reply.json()["query_params"], json!({"statusCode": "418"}));
}

#[tokio::test]
async fn counts_chunked_bodies_and_answers_head() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let host = authority(running.gateway_origin());
    let request = format!(
        "POST /echo HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
    );
    assert_eq!(Reply::parse(exchange(host, request).await).json()["bodySize"], 13);
    let head =
        format!("HEAD /echo HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
    let reply = Reply::parse(exchange(host, head).await);
    assert_eq!((reply.status(), reply.body.as_str()), (200, ""));
    assert!(reply.header("Content-Length").unwrap().parse::<usize>().unwrap() > 100);
}

#[tokio::test]
async fn answers_every_method_with_the_size_of_its_body() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let bearer = format!("Bearer {token}");
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        let refused = send(running.gateway_origin(), method, "/echo", &[], "hello").await;
        assert_eq!(refused.status(), 401, "{method}");
        let reply = send(running.gateway_origin(), method, "/echo", &[("Authorization", &bearer)], "hello").await;
        assert_eq!((reply.status(), reply.json()["bodySize"].as_u64()), (200, Some(5)), "{method}");
        assert!(!reply.body.contains("hello"), "{method}: the sample says the size only");
    }
}

#[tokio::test]
async fn refuses_in_the_words_of_the_tutorial() {
    let running = start(CLIENTS).await;
    let live = token(&running, "basic", "s3cret", "read").await;
    let header = "No OAuth authorization header was supplied";
    let blank = "No OAuth access token was supplied";
    let inactive = "{\"error\": \"Invalid Access Token\"}";
    let rows: &[(&str, &[(&str, &str)], String, &str)] = &[
        ("nothing", &[], format!("- {header}"), header),
        ("other scheme", &[("Authorization", "Basic abc")], format!("- {header}"), header),
        ("case counts", &[("Authorization", &format!("bearer {live}"))], format!("- {header}"), header),
        ("blank", &[("Authorization", "Bearer")], format!("- {blank}"), blank),
        ("blank with spaces", &[("Authorization", "Bearer   ")], format!("- {blank}"), blank),
        ("unknown", &[("Authorization", "Bearer abc")], inactive.into(), inactive),
    ];
    for (case, headers, challenge, message) in rows {
        for (accept, json) in [
            (Some("*/*"), true),
            (Some("text/html, application/json;q=0.1"), true),
            (Some("text/html"), false),
            (None, false),
        ] {
            let mut headers = headers.to_vec();
            headers.extend(accept.map(|accept| ("Accept", accept)));
            let reply = send(running.gateway_origin(), "GET", "/echo", &headers, "").await;
            assert_eq!(reply.status_line, "HTTP/1.1 401 Unauthorized", "{case}");
            assert_eq!(
                reply.header("WWW-Authenticate"),
                Some(format!("Bearer realm=gravitee.io {challenge}").as_str()),
                "{case}"
            );
            assert!(reply.header("X-Gravitee-Request-Id").is_some(), "{case}");
            let as_is = message.starts_with('{');
            let expected = match (as_is, json) {
                (false, true) => format!("{{\"message\":\"{message}\",\"http_status_code\":401}}"),
                _ => (*message).to_owned(),
            };
            assert_eq!(reply.body, expected, "{case}");
            let content_type = if as_is || json { "application/json" } else { "text/plain" };
            assert_eq!(reply.header("Content-Type"), Some(content_type), "{case}");
        }
    }
    let query = send(running.gateway_origin(), "GET", &format!("/echo?access_token={live}"), &[], "").await;
    assert_eq!(query.status(), 401, "the query is not looked at");
}

#[tokio::test]
async fn serves_only_its_context_path() {
    let running = start(CLIENTS).await;
    for target in ["/", "/echoes", "/Echo", "/other/echo"] {
        let reply = send(running.gateway_origin(), "GET", target, &[("Accept", "*/*")], "").await;
        assert_eq!(reply.status_line, "HTTP/1.1 404 Not Found", "{target}");
        assert_eq!(reply.header("Content-Type"), Some("text/plain"), "{target}");
        assert_eq!(reply.body, "No context-path matches the request URI.", "{target}");
    }
    for target in ["/x/../echo", "/echo/..", "/x/%2e%2e/echo", "/echo%2fx", "/echo/%5c"] {
        assert_eq!(send(running.gateway_origin(), "GET", target, &[], "").await.status(), 400, "{target}");
    }
}
