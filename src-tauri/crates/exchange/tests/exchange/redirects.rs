//! Redirects, and what stays behind.

use std::sync::Arc;

use exchange::{Body, Failure, Redirects, Request, Reveal, Settings};
use secrecy::SecretString;

use crate::{
    send, send_with,
    server::{Server, answer},
};

fn follow() -> Settings {
    Settings { redirects: Redirects::Follow { max: 10 }, ..Settings::default() }
}

/// Another port is another origin: nothing that is a credential arrives there.
#[tokio::test]
async fn nothing_secret_leaves_its_origin() {
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let other = Arc::new(Server::answering(|_| answer("200 OK", "", "there")).await);
        let target = format!("Location: {}?q=1\r\n", other.url("/there"));
        let server = Server::answering(move |_| answer(status, &target, "")).await;
        let request = Request::new("GET", server.url("/here"))
            .bearer(&SecretString::from("t0ken-value"))
            .header("Cookie", "a=b")
            .header("X-Own-Key", SecretString::from("own-key-value"))
            .header("X-Mixed", "contains t0ken-value")
            .header("Proxy-Authorization", "Basic eDp5")
            .header("Host", "virtual.example")
            .header("X-Plain", "stays");
        let exchange = send_with(follow(), &request).await.unwrap();
        let seen = other.requests().pop().unwrap().to_lowercase();
        for needle in ["t0ken", "cookie", "own-key", "authorization", "virtual.example"] {
            assert!(!seen.contains(needle), "{needle} in {seen}");
        }
        assert!(seen.contains("x-plain: stays"));
        let record = exchange.record(Reveal::No);
        assert_eq!(record.redirects.len(), 1);
        let mut dropped = record.redirects[0].dropped_headers.clone();
        dropped.sort();
        assert_eq!(dropped, ["Authorization", "Cookie", "Host", "Proxy-Authorization", "X-Mixed", "X-Own-Key"]);
        assert!(record.request.url.contains("/there"));
    }
}

#[tokio::test]
async fn the_same_origin_keeps_everything() {
    let server = Server::answering(|request| match request.split(' ').nth(1) {
        Some("/a") => answer("302 Found", "Location: /b\r\n", ""),
        _ => answer("200 OK", "", "b"),
    })
    .await;
    let request = Request::new("GET", server.url("/a")).bearer(&SecretString::from("t0ken-value"));
    let exchange = send_with(follow(), &request).await.unwrap();
    assert!(server.requests()[1].contains("Bearer t0ken-value"));
    assert!(exchange.record(Reveal::No).redirects[0].dropped_headers.is_empty());
}

/// RFC 9110 15.4.
#[tokio::test]
async fn methods_are_rewritten() {
    for (status, method, then) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "PUT", "PUT"),
        (302, "DELETE", "DELETE"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "HEAD", "HEAD"),
    ] {
        let server = Server::answering(move |request| match request.split(' ').nth(1) {
            Some("/a") => answer(&format!("{status} X"), "Location: b\r\n", ""),
            _ => answer("204 No Content", "", ""),
        })
        .await;
        let mut request = Request::new(method, server.url("/a")).header("Content-Type", "text/plain");
        if method != "HEAD" {
            request = request.body(Body::Bytes("body".into()));
        }
        send_with(follow(), &request).await.unwrap();
        let seen = server.requests().pop().unwrap();
        assert!(seen.starts_with(&format!("{then} /b ")), "{status} {method}: {seen}");
        assert_eq!(seen.ends_with("body"), then == method && method != "HEAD", "{status} {method}: {seen}");
        assert_eq!(seen.contains("Content-Type"), then == method, "{status} {method}: {seen}");
    }
}

#[tokio::test]
async fn what_is_not_followed() {
    let other = Server::answering(|_| answer("200 OK", "", "")).await;
    let other_url = other.url("/").to_string();
    for (location, secret_body) in [
        ("file:///etc/passwd", false),
        ("gopher://x/", false),
        ("javascript:alert(1)", false),
        ("http://", false),
        ("//", false),
        (other_url.as_str(), true),
    ] {
        let header = format!("Location: {location}\r\n");
        let server = Server::answering(move |_| answer("307 X", &header, "")).await;
        let mut request = Request::new("POST", server.url("/"));
        if secret_body {
            request = request.body(Body::Form(vec![("client_secret".into(), SecretString::from("s3cr3t").into())]));
        }
        let error = send_with(follow(), &request).await.unwrap_err();
        assert!(matches!(error.failure, Failure::BadRedirect { .. }), "{location}: {error}");
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn loops_end_and_answers_without_location_are_answers() {
    let server = Server::answering(|_| answer("302 Found", "Location: /again\r\n", "")).await;
    let error = send_with(follow(), &Request::new("GET", server.url("/"))).await.unwrap_err();
    assert!(matches!(error.failure, Failure::TooManyRedirects { max: 10, .. }));
    assert_eq!(server.requests().len(), 11);
    assert_eq!(error.exchange.unwrap().record(Reveal::No).redirects.len(), 10);

    let plain = Server::answering(|_| answer("302 Found", "", "")).await;
    assert_eq!(send_with(follow(), &Request::new("GET", plain.url("/"))).await.unwrap().status(), 302);
    assert_eq!(send(&Request::new("GET", server.url("/"))).await.unwrap().status(), 302, "not followed unless asked");
}
