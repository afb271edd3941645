//! How many connections to a server may be in use at once.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

use crate::{
    definitions::{Setup, am, generic, keyless, step},
    fake::{Fake, HANG, ok},
    support::{authority, send},
};

/// Answers every request but the first, with which it stays busy.
async fn busy_with_the_first(body: &'static str) -> Fake {
    let asked = AtomicUsize::new(0);
    Fake::start(move |_| if asked.fetch_add(1, Ordering::Relaxed) == 0 { HANG.to_vec() } else { ok(body) }).await
}

/// A caller whose request is on its way to the busy server.
async fn waiting_caller(gateway: &str, fake: &Fake) -> TcpStream {
    let host = authority(gateway);
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /api HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer one\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    while fake.count() == 0 {
        sleep(Duration::from_millis(10)).await;
    }
    stream
}

#[tokio::test]
async fn an_upstream_with_all_connections_in_use_is_503_without_a_body() {
    let upstream = busy_with_the_first("{}").await;
    let mut setup = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream.origin);
    setup.definition["api"]["endpointGroups"][0]["sharedConfiguration"] =
        json!({"http": {"maxConcurrentConnections": 1, "connectTimeout": 400}});
    let running = setup.start().await;
    let gateway = running.gateway_origin();
    let first = waiting_caller(gateway, &upstream).await;

    let asked = Instant::now();
    let reply = send(gateway, "GET", "/api", &[("Accept", "*/*")], "").await;
    assert_eq!((reply.status(), reply.body.as_str()), (503, ""));
    assert!(asked.elapsed() >= Duration::from_millis(400), "a place is waited for: {:?}", asked.elapsed());
    let event = running.recent(0).pop().unwrap();
    assert_eq!(event.error_key.as_deref(), Some("GATEWAY_CLIENT_CONNECTION_POOL_EXHAUSTED"));
    assert_eq!(upstream.count(), 1);

    drop(first);
    for number in 0..3 {
        assert_eq!(send(gateway, "GET", "/api", &[], "").await.status(), 200, "{number}: the place is free again");
    }
}

#[tokio::test]
async fn an_authorization_server_with_all_connections_in_use_is_503() {
    let resources: [fn(&str) -> Value; 2] = [generic, |origin| am(origin, "V3_X")];
    for make in resources {
        let server = busy_with_the_first("{\"active\": true}").await;
        let mut resource = make(&server.origin);
        resource["configuration"]["http"] = json!({"maxConcurrentConnections": 1, "connectTimeout": 300});
        let policy = step("oauth2", json!({"oauthResource": "as"}));
        let running = Setup::v4(&[resource], &[keyless()], &[policy]).start().await;
        let gateway = running.gateway_origin();
        let _first = waiting_caller(gateway, &server).await;

        let reply = send(gateway, "GET", "/api", &[("Authorization", "Bearer two")], "").await;
        assert_eq!((reply.status(), reply.body.as_str()), (503, "temporarily_unavailable"));
        let trace = format!("{:?}", running.recent(0).pop().unwrap().trace);
        assert!(trace.contains("maxConcurrentConnections"), "{trace}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn no_connection_at_all_is_refused_by_name() {
    let mut resource = generic("http://127.0.0.1:9");
    resource["configuration"]["http"] = json!({"maxConcurrentConnections": 0});
    let of_resource = Setup::v4(&[resource], &[keyless()], &[]);
    let mut of_endpoint = Setup::v4(&[], &[keyless()], &[]).upstream("http://127.0.0.1:9");
    of_endpoint.definition["api"]["endpointGroups"][0]["sharedConfiguration"] =
        json!({"http": {"maxConcurrentConnections": 0}});
    for (setup, place) in [(of_resource, "api.resources[0]"), (of_endpoint, "api.endpointGroups[0].endpoints[0]")] {
        let message = setup.refused().await;
        assert!(message.contains(&format!("{place}: http.maxConcurrentConnections must be at least 1")), "{message}");
    }
}
