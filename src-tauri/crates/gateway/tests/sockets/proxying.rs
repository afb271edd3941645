//! Upstreams, their errors, flows, templates, CORS, what is refused at load.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    definitions::{Setup, keyless, step},
    fake::{Fake, HANG},
    support::{Reply, authority, exchange, send},
};

#[tokio::test]
async fn passes_requests_on_unchanged() {
    let upstream = Fake::start(|_| {
        b"HTTP/1.1 299 Odd\r\nX-CaSe: yes\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nConnection: X-Hop\r\nX-Hop: gone\r\n\
          Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            .to_vec()
    })
    .await;
    let target = format!("{}/base/?fixed=1", upstream.origin);
    let running = Setup::v4(&[], &[keyless()], &[]).upstream(&target).start().await;
    let host = authority(running.gateway_origin());
    let request = format!(
        "PUT /api/a%20b;c=d//e?q=%2F&q=2 HTTP/1.1\r\nHost: {host}\r\nx-MiXed: One\r\nX-Mixed: Two\r\nTE: trailers\r\n\
         Connection: X-Drop\r\nX-Drop: gone\r\nContent-Length: 3\r\n\r\nabc"
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut out = vec![0; 4096];
    let mut seen = 0;
    while !String::from_utf8_lossy(&out[..seen]).ends_with("0\r\n\r\n") {
        seen += tokio::time::timeout(Duration::from_secs(5), stream.read(&mut out[seen..])).await.unwrap().unwrap();
    }
    let reply = Reply::parse(String::from_utf8(out[..seen].to_vec()).unwrap());
    assert_eq!(reply.status_line, "HTTP/1.1 299 Odd");
    assert_eq!(reply.header("X-CaSe"), Some("yes"));
    assert_eq!(reply.raw.matches("Set-Cookie").count(), 2);
    assert!(reply.header("X-Hop").is_none() && reply.header("Connection").is_none());
    assert_eq!(reply.body, "5\r\nhello\r\n0\r\n\r\n");

    let sent = upstream.last();
    let upstream_host = authority(&upstream.origin);
    assert!(sent.starts_with("PUT /base/a%20b;c=d//e?fixed=1&q=%2F&q=2 HTTP/1.1\r\n"), "{sent}");
    let at = |line: &str| sent.find(line).unwrap_or_else(|| panic!("{line} in {sent}"));
    assert!(at(&format!("\r\nHost: {upstream_host}\r\n")) < at("\r\nx-MiXed: One\r\n"));
    assert!(at("\r\nx-MiXed: One\r\n") < at("\r\nX-Mixed: Two\r\n"));
    assert!(sent.contains("\r\nX-Gravitee-Transaction-Id: ") && sent.contains("\r\nX-Gravitee-Request-Id: "));
    assert!(!sent.contains("TE: ") && !sent.contains("X-Drop"), "{sent}");
    assert_eq!(sent.to_ascii_lowercase().matches("content-length").count(), 1);
    assert!(sent.ends_with("\r\n\r\nabc"));
}

#[tokio::test]
async fn large_bodies_flow_in_both_directions_at_once() {
    // An upstream that echoes while it reads deadlocks a proxy that sends everything first.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n").await.unwrap();
        let (mut read, mut write) = stream.into_split();
        tokio::io::copy(&mut read, &mut write).await.unwrap();
    });
    let running = Setup::v4(&[], &[keyless()], &[]).upstream(&origin).start().await;
    let host = authority(running.gateway_origin()).to_owned();
    let stream = TcpStream::connect(&host).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let sender = tokio::spawn(async move {
        let head =
            format!("POST /api HTTP/1.1\r\nHost: {host}\r\nContent-Length: 20000000\r\nConnection: close\r\n\r\n");
        write.write_all(head.as_bytes()).await.unwrap();
        write.write_all(&vec![7; 20_000_000]).await.unwrap();
        write
    });
    let mut out = Vec::new();
    tokio::time::timeout(Duration::from_secs(30), read.read_to_end(&mut out)).await.expect("no deadlock").unwrap();
    drop(sender.await.unwrap());
    let body = out.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(out.len() - body, 20_000_000);
}

/// A caller who has left frees the place of its request, and its upstream.
#[tokio::test]
async fn who_leaves_is_not_answered() {
    let upstream = Fake::start(|_| HANG.to_vec()).await;
    let mut setup = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream.origin);
    setup.head.push_str("\n[limits]\nin_flight = 1\n");
    let running = setup.start().await;
    let host = authority(running.gateway_origin());
    let mut leaving = TcpStream::connect(host).await.unwrap();
    leaving.write_all(format!("GET /api HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(send(running.gateway_origin(), "GET", "/nowhere", &[], "").await.status(), 503, "the place is taken");
    drop(leaving);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(send(running.gateway_origin(), "GET", "/nowhere", &[], "").await.status(), 404, "it is free again");
}

#[tokio::test]
async fn a_callers_bad_body_is_not_blamed_on_the_upstream() {
    let upstream = Fake::start(|_| HANG.to_vec()).await;
    let running = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream.origin).start().await;
    let host = authority(running.gateway_origin());
    let request = format!("POST /api HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    let reply = Reply::parse(exchange(host, request).await);
    assert_eq!(reply.status(), 400, "{}", reply.raw);
    let event = running.recent(0).pop().unwrap();
    assert!(format!("{:?}", event.trace).contains("malformed"), "{:?}", event.trace);
}

#[tokio::test]
async fn upstream_errors_have_their_keys() {
    let rows: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("closed", vec![], 502, "GATEWAY_CLIENT_CONNECTION_CLOSED"),
        ("garbage", b"hello\r\n\r\n".to_vec(), 502, "GATEWAY_CLIENT_CONNECTION_ERROR"),
        (
            "framing conflict",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
            502,
            "GATEWAY_CLIENT_CONNECTION_ERROR",
        ),
        (
            "two lengths",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".to_vec(),
            502,
            "GATEWAY_CLIENT_CONNECTION_ERROR",
        ),
        ("silence", HANG.to_vec(), 504, "GATEWAY_CLIENT_READ_TIMEOUT"),
    ];
    for (case, answer, status, key) in rows {
        let upstream = Fake::start(move |_| answer.clone()).await;
        let mut setup = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream.origin);
        setup.definition["api"]["endpointGroups"][0]["sharedConfiguration"] = json!({"http": {"readTimeout": 300}});
        setup.definition["api"]["endpointGroups"][0]["endpoints"][0]["inheritConfiguration"] = true.into();
        let running = setup.start().await;
        let reply = send(running.gateway_origin(), "GET", "/api", &[("Accept", "*/*")], "").await;
        assert_eq!((reply.status(), reply.body.as_str()), (status, ""), "{case}");
        assert_eq!(running.recent(0).last().unwrap().error_key.as_deref(), Some(key), "{case}");
    }
    for (target, key) in [
        ("http://127.0.0.1:1/", "GATEWAY_CLIENT_CONNECTION_REFUSED"),
        ("http://no-such-host.invalid/", "GATEWAY_CLIENT_CONNECTION_DNS_RESOLUTION_ERROR"),
    ] {
        let running = Setup::v4(&[], &[keyless()], &[]).upstream(target).start().await;
        assert_eq!(send(running.gateway_origin(), "GET", "/api", &[], "").await.status(), 502, "{target}");
        assert_eq!(running.recent(0).last().unwrap().error_key.as_deref(), Some(key));
    }
}

#[tokio::test]
async fn endpoints_take_turns() {
    let (first, second) = (Fake::json("{}").await, Fake::json("{}").await);
    let mut setup = Setup::v4(&[], &[keyless()], &[]).upstream(&first.origin);
    let endpoint = |origin: &str, weight: u32, secondary: bool| json!({"name": origin, "type": "http-proxy", "weight": weight, "secondary": secondary, "configuration": {"target": origin}});
    setup.definition["api"]["endpointGroups"][0]["loadBalancer"] = json!({"type": "WEIGHTED_ROUND_ROBIN"});
    setup.definition["api"]["endpointGroups"][0]["endpoints"] = json!([
        endpoint(&first.origin, 3, false),
        endpoint(&second.origin, 1, false),
        endpoint("http://127.0.0.1:1", 9, true)
    ]);
    let running = setup.start().await;
    for _ in 0..8 {
        assert_eq!(send(running.gateway_origin(), "GET", "/api", &[], "").await.status(), 200);
    }
    assert_eq!((first.count(), second.count()), (6, 2));
}

#[tokio::test]
async fn hosts_and_the_longest_path_choose_the_api() {
    let mut setup = Setup::v4(&[], &[keyless()], &[]);
    setup.definition["api"]["listeners"][0]["paths"] =
        json!([{"host": "api.example.test", "path": "/"}, {"path": "/api"}]);
    let running = setup.start().await;
    let address = authority(running.gateway_origin());
    let port = address.rsplit(':').next().unwrap();
    assert_eq!(running.ready().apis[0].url, format!("http://api.example.test:{port}"));
    for (host, target, status) in [
        ("api.example.test", "/anything", 200),
        (&format!("API.example.test:{port}"), "/", 200),
        ("other.example.test", "/api", 421),
        (address, "/anything", 404),
        (address, "/api", 200),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(Reply::parse(exchange(address, request).await).status(), status, "{host}{target}");
    }
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    let with = |pointer: &str, value: serde_json::Value| {
        let mut setup = Setup::v4(&[], &[keyless()], &[step("transform-headers", json!({}))]);
        *setup.definition.pointer_mut(pointer).unwrap() = value;
        setup
    };
    for (setup, expected) in [
        (with("/api/type", "MESSAGE".into()), "api.type: MESSAGE is not supported"),
        (
            with("/api/flows/0/request/0/policy", "groovy".into()),
            "api.flows[0].request[0].configuration: the policy `groovy` is not supported",
        ),
        (
            with("/api/flows/0/selectors/0/type", "CHANNEL".into()),
            "api.flows[0].selectors[0]: the selector type CHANNEL",
        ),
        (with("/plans/0/security/type", "MTLS".into()), "plans[0].security.type: MTLS"),
        (with("/api/listeners/0/entrypoints/0/type", "websocket".into()), "the entrypoint websocket"),
        (
            with("/api/resources", json!([{"name": "x", "type": "oauth2-keycloak"}])),
            "api.resources[0]: the resource type `oauth2-keycloak`",
        ),
        (with("/api/name", json!(7)), "api.name: invalid type"),
        (
            with(
                "/api/flows/0/request/0/configuration",
                json!({"addHeaders": [{"name": "a", "value": "{#request.method.toUpperCase()}"}]}),
            ),
            "the method `toUpperCase`",
        ),
        (Setup::v4(&[], &[keyless()], &[]).behaviour("apim-9"), "apis[0].behaviour: `apim-9` is none of"),
        (
            Setup::v4(&[], &[keyless()], &[]).with(r#"subscriptions = [{ plan = "gold", client_id = "x" }]"#),
            "apis[0].subscriptions[0].plan: the API has no plan in use named `gold`",
        ),
        (Setup::v4(&[], &[keyless()], &[]).with("colour = 1"), "unknown field `colour`"),
    ] {
        let message = setup.refused().await;
        assert!(message.contains(expected), "{expected}\n{message}");
    }
}

#[tokio::test]
async fn bodies_are_delimited_for_every_caller() {
    let rows: [(&str, &[u8], &str, Option<&str>, &str); 6] = [
        ("HEAD with a length", b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", "HEAD", Some("77"), ""),
        ("HEAD without", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD", None, ""),
        ("204", b"HTTP/1.1 204 No Content\r\n\r\n", "GET", None, ""),
        ("length 0", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", Some("0"), ""),
        ("until close", b"HTTP/1.0 200 OK\r\n\r\nhello", "GET", None, "5\r\nhello\r\n0\r\n\r\n"),
        (
            "interim answers first",
            b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            "GET",
            Some("2"),
            "hi",
        ),
    ];
    for (case, answer, method, length, body) in rows {
        let upstream = Fake::start(move |_| answer.to_vec()).await;
        let running = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream.origin).start().await;
        let reply = send(running.gateway_origin(), method, "/api", &[], "").await;
        assert_eq!((reply.header("Content-Length"), reply.body.as_str()), (length, body), "{case}: {}", reply.raw);
        let host = authority(running.gateway_origin());
        let old = format!("{method} /api HTTP/1.0\r\nHost: {host}\r\nConnection: keep-alive\r\n\r\n");
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(old.as_bytes()).await.unwrap();
        let mut out = vec![0; 4096];
        let read = stream.read(&mut out).await.unwrap();
        let reply = String::from_utf8(out[..read].to_vec()).unwrap();
        assert!(!reply.contains("chunked"), "{case}: {reply}");
        assert_eq!(reply.contains("Connection: keep-alive"), case != "until close", "{case}: {reply}");
    }
    let cut = Fake::start(|_| b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel".to_vec()).await;
    let running = Setup::v4(&[], &[keyless()], &[]).upstream(&cut.origin).start().await;
    let reply = send(running.gateway_origin(), "GET", "/api", &[], "").await;
    assert!(!reply.body.ends_with("0\r\n\r\n"), "a cut body is not made whole: {}", reply.raw);
}
