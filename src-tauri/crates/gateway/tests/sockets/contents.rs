//! Where an answer ends, whatever a definition says: statuses without content, and the fields that frame it (RFC 9112 section 6).

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    definitions::{Setup, keyless, step},
    fake::Fake,
    support::{Reply, authority, exchange, send},
};

/// The second answer on the connection must begin where the first one ends.
#[tokio::test]
async fn statuses_without_content_end_with_their_head() {
    let running = Setup::v4(&[], &[keyless()], &[]).start().await;
    let host = authority(running.gateway_origin());
    for status in ["204 No Content", "304 Not Modified"] {
        let (code, _) = status.split_once(' ').unwrap();
        let request = format!(
            "GET /api?statusCode={code} HTTP/1.1\r\nHost: {host}\r\n\r\nGET /none HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        );
        let raw = exchange(host, request).await;
        let (first, rest) = raw.split_once("\r\n\r\n").unwrap();
        assert!(first.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{raw}");
        assert!(!first.contains("Content-Length") && !first.contains("Transfer-Encoding"), "{raw}");
        assert!(rest.starts_with("HTTP/1.1 404 Not Found\r\n"), "{raw}");
    }
}

#[tokio::test]
async fn a_template_or_a_fault_without_content_sends_none() {
    let refused = || Setup::v4(&[], &[keyless()], &[step("api-key", json!({}))]);
    let mut template = refused();
    template.definition["api"]["responseTemplates"] = json!({"DEFAULT": {"*/*": {"statusCode": 204, "body": "xyz"}}});
    let reply = send(template.start().await.gateway_origin(), "GET", "/api", &[], "").await;
    assert_eq!((reply.status(), reply.body.as_str()), (204, ""));
    let slow = Setup::v4(&[], &[keyless()], &[]).with("faults = [\"slow-headers\"]").start().await;
    for (method, target) in [("GET", "/api?statusCode=204"), ("HEAD", "/api")] {
        let reply = send(slow.gateway_origin(), method, target, &[], "").await;
        assert_eq!(reply.body, "", "{method} {target}");
    }
}

#[tokio::test]
async fn a_definition_frames_no_message() {
    let fields = json!([{"name": "Content-Length", "value": "5"}, {"name": "transfer-encoding", "value": "chunked"},
        {"name": "Connection", "value": "X-Kept"}, {"name": "X-Kept", "value": "1"}]);
    let mut transform = Setup::v4(&[], &[keyless()], &[]);
    transform.definition["api"]["flows"][0]["response"] =
        json!([step("transform-headers", json!({"scope": "RESPONSE", "addHeaders": fields, "appendHeaders": fields}))]);
    let mut template = Setup::v4(&[], &[keyless()], &[step("api-key", json!({}))]);
    template.definition["api"]["responseTemplates"] = json!({"DEFAULT": {"*/*": {"body": "xyz", "headers":
        {"Content-Length": "1", "Transfer-Encoding": "chunked", "Connection": "keep-alive", "X-Kept": "1"}}}});
    for (setup, warned) in [(transform, 6), (template, 3)] {
        let running = setup.start().await;
        let warnings = running.ready().warnings;
        assert_eq!(warnings.len(), warned, "{warnings:#?}");
        assert!(
            warnings.iter().all(|warning| warning.contains("the gateway writes the header field `")),
            "{warnings:#?}"
        );
        let reply = send(running.gateway_origin(), "GET", "/api", &[], "").await;
        let named = |name: &str| reply.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).count();
        assert_eq!(
            (named("content-length"), named("transfer-encoding"), named("connection")),
            (1, 0, 1),
            "{}",
            reply.raw
        );
        assert_eq!(reply.header("Content-Length"), Some(reply.body.len().to_string().as_str()));
        assert!(reply.header("X-Kept").is_some(), "{}", reply.raw);
    }
    let upstream = Fake::json("{}").await;
    let mut endpoint = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream.origin);
    endpoint.definition["api"]["endpointGroups"][0]["sharedConfiguration"] =
        json!({"headers": [{"name": "Content-Length", "value": "1"}, {"name": "X-Kept", "value": "1"}]});
    let reply = send(endpoint.start().await.gateway_origin(), "POST", "/api", &[], "hello").await;
    assert_eq!(reply.status(), 200, "{}", reply.raw);
    let sent = upstream.last();
    assert_eq!(sent.to_ascii_lowercase().matches("content-length: ").count(), 1, "{sent}");
    assert!(sent.contains("X-Kept: 1"), "{sent}");
}

/// The time of a part of the body and that of the whole request end in the same moment.
#[tokio::test]
async fn a_body_that_stalls_ends_with_the_time_of_the_request() {
    let running = Setup::v4(&[], &[keyless()], &[]).start().await;
    let host = authority(running.gateway_origin());
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("POST /api HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nContent-Length: 10\r\n\r\nabc");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut raw = String::new();
    timeout(Duration::from_secs(45), stream.read_to_string(&mut raw)).await.unwrap().unwrap();
    let reply = Reply::parse(raw);
    assert_eq!(reply.status_line, "HTTP/1.1 504 Gateway Timeout");
    assert_eq!(reply.body, "{\"message\":\"Request timeout\",\"http_status_code\":504}");
    assert_eq!(running.recent(0).last().unwrap().error_key.as_deref(), Some("REQUEST_TIMEOUT"));
}
