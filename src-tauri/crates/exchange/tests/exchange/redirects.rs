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

/// Two origins: the first redirects with this status to `/there` of the second.
async fn two_origins(status: &'static str) -> (Server, Server) {
    let other = Server::answering(|_| answer("200 OK", "", "there")).await;
    let target = format!("Location: {}\r\n", other.url("/there"));
    (Server::answering(move |_| answer(status, &target, "")).await, other)
}

/// A credential that was typed as plain text is one by its name, or by what is known of its value.
#[tokio::test]
async fn typed_credentials_stay_at_their_origin() {
    let (server, other) = two_origins("307 Temporary Redirect").await;
    let request = Request::new("GET", server.url("/here?access_token=query-t0ken"))
        .header("X-Api-Key", "typed-key")
        .header("x-auth-token", "typed-token")
        .header("DPoP", "typed-proof")
        .header("Referer", "https://a/cb?code=typed-code")
        .header("X-Copy", "has query-t0ken")
        .header("X-Token-Type", "jwt")
        .header("Accept", "text/plain");
    let exchange = send_with(follow(), &request).await.unwrap();
    let seen = other.requests().pop().unwrap().to_lowercase();
    assert!(!seen.contains("typed") && !seen.contains("t0ken"), "{seen}");
    assert!(seen.contains("accept: text/plain") && seen.contains("x-token-type: jwt"), "{seen}");
    let dropped = exchange.record(Reveal::No).redirects[0].dropped_headers.clone();
    assert_eq!(dropped, ["X-Api-Key", "x-auth-token", "DPoP", "Referer", "X-Copy"]);
}

#[tokio::test]
async fn bodies_with_secrets_stay_at_their_origin() {
    let form = "application/x-www-form-urlencoded";
    for (content_type, body, follows) in [
        (form, "grant_type=x&client_secret=typed", false),
        (form, "grant_type=x&client%5Fsecret=typed", false),
        (form, "q=known-value", false),
        (form, "grant_type=x&client_secret=&scope=a", true),
        ("application/json", r#"{"a":[{"access_token":"typed"}]}"#, false),
        ("application/json", r#"{"password":12345}"#, false),
        ("application/json", r#"{"clientSecret":"typed"}"#, false),
        ("application/json", r#"{"token":"typed","token":""}"#, false),
        ("application/json", r#"{"cut":"#, false),
        ("application/vnd.api+json; charset=utf-8", r#"{"a":1,"token":null}"#, true),
        ("application/octet-stream", "anything", false),
        ("text/plain", "client_secret=typed", false),
        ("text/plain", "", true),
    ] {
        for status in ["307 Temporary Redirect", "308 Permanent Redirect"] {
            let (server, other) = two_origins(status).await;
            let mut request = Request::new("POST", server.url("/here"))
                .header("Content-Type", content_type)
                .body(Body::Bytes(body.into()));
            request.secrets.push(SecretString::from("known-value"));
            let outcome = send_with(follow(), &request).await;
            assert_eq!(outcome.is_ok(), follows, "{status} {content_type} {body}");
            assert_eq!(other.requests().len(), usize::from(follows), "{status} {content_type} {body}");
            if let Err(error) = outcome {
                let Failure::BadRedirect { reason, .. } = &error.failure else { panic!("{error}") };
                assert!(reason.contains("body") && !error.to_string().contains("typed"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn form_pairs_with_secrets_stay_at_their_origin() {
    for (name, value, follows) in [("client_secret", "typed", false), ("q", "known-value", false), ("q", "x", true)] {
        let (server, other) = two_origins("308 Permanent Redirect").await;
        let mut request = Request::new("POST", server.url("/here")).body(Body::Form(vec![(name.into(), value.into())]));
        request.secrets.push(SecretString::from("known-value"));
        assert_eq!(send_with(follow(), &request).await.is_ok(), follows, "{name}={value}");
        assert_eq!(other.requests().len(), usize::from(follows), "{name}={value}");
    }
}

/// What became a GET has no body that could be lost.
#[tokio::test]
async fn a_body_that_is_not_sent_again_does_not_hinder() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other"] {
        let (server, other) = two_origins(status).await;
        let request = Request::new("POST", server.url("/here")).body(Body::Bytes("client_secret=typed".into()));
        assert_eq!(send_with(follow(), &request).await.unwrap().status(), 200, "{status}");
        let seen = other.requests().pop().unwrap();
        assert!(seen.starts_with("GET /there ") && !seen.contains("typed"), "{status}: {seen}");
    }
}
