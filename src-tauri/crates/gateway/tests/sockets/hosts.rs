//! Who may talk to the listeners: Host, Origin, Sec-Fetch-Site.

use crate::support::{CLIENTS, Reply, authority, basic, exchange, send, start, token};

#[tokio::test]
async fn answers_only_to_its_own_names() {
    let running = start(CLIENTS).await;
    for origin in [running.am_origin(), running.gateway_origin()] {
        let address = authority(origin);
        let port = address.rsplit(':').next().unwrap();
        for (host, status) in [
            (format!("127.0.0.1:{port}"), 404),
            (format!("localhost:{port}"), 404),
            (format!("LOCALHOST:{port}"), 404),
            (format!("[::1]:{port}"), 404),
            ("127.0.0.1".into(), 421),
            ("localhost:1".into(), 421),
            (format!("evil.test:{port}"), 421),
            (format!("127.0.0.1.evil.test:{port}"), 421),
            (format!("localhost.:{port}"), 421),
            (format!("127.0.0.2:{port}"), 421),
            (format!("user@127.0.0.1:{port}"), 421),
            (String::new(), 421),
        ] {
            let request = format!("GET /nowhere HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let reply = Reply::parse(exchange(address, request).await);
            assert_eq!(reply.status(), status, "{host:?}");
        }
        for (request, status) in [
            ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), 400),
            (format!("GET / HTTP/1.1\r\nHost: {address}\r\nHost: {address}\r\n\r\n"), 400),
            ("GET / HTTP/1.0\r\n\r\n".into(), 421),
            (format!("GET http://evil.test/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"), 421),
            (format!("GET http://{address}/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"), 404),
        ] {
            assert_eq!(Reply::parse(exchange(address, &request).await).status(), status, "{request}");
        }
    }
}

#[tokio::test]
async fn a_wrong_host_is_refused_before_the_token_is_looked_at() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let address = authority(running.gateway_origin());
    for authorization in [String::new(), format!("Authorization: Bearer {token}\r\n")] {
        let request = format!("GET /echo HTTP/1.1\r\nHost: evil.test\r\n{authorization}Connection: close\r\n\r\n");
        assert_eq!(Reply::parse(exchange(address, request).await).status_line, "HTTP/1.1 421 Misdirected Request");
    }
}

#[tokio::test]
async fn pages_of_other_sites_change_nothing() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let bearer = format!("Bearer {token}");
    let own_am = running.am_origin().to_owned();
    let own_gateway = running.gateway_origin().to_owned();
    let form = "grant_type=client_credentials";
    for (header, value, allowed) in [
        ("Origin", "https://evil.test", false),
        ("Origin", "null", false),
        ("Sec-Fetch-Site", "cross-site", false),
        ("Sec-Fetch-Site", "same-site", false),
        ("Sec-Fetch-Site", "none", true),
        ("Sec-Fetch-Site", "same-origin", true),
    ] {
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Authorization", &basic("basic", "s3cret")),
            (header, value),
        ];
        for target in ["/demo/oauth/token", "/demo/oauth/introspect", "/demo/oauth/revoke"] {
            let reply = send(running.am_origin(), "POST", target, &headers, form).await;
            assert_eq!(reply.status() != 403, allowed, "{target} {header}: {value}");
            assert_eq!(reply.header("Access-Control-Allow-Origin"), None);
        }
        let headers = [("Authorization", bearer.as_str()), (header, value)];
        let reply = send(running.gateway_origin(), "POST", "/echo", &headers, "x").await;
        assert_eq!(reply.status() != 403, allowed, "POST /echo {header}: {value}");
        let reply = send(running.gateway_origin(), "GET", "/echo", &headers, "").await;
        assert_eq!(reply.status(), 200, "reading is for CORS to refuse: {header}: {value}");
        assert_eq!(reply.header("Access-Control-Allow-Origin"), None);
    }
    let own = [
        ("Origin", own_am.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", &basic("basic", "s3cret")),
    ];
    assert_eq!(send(running.am_origin(), "POST", "/demo/oauth/token", &own, form).await.status(), 200);
    let own = [("Origin", own_gateway.as_str()), ("Authorization", bearer.as_str())];
    assert_eq!(send(running.gateway_origin(), "POST", "/echo", &own, "x").await.status(), 200);
}
