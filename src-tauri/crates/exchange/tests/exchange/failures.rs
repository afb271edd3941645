//! Each failure is told from the others, and what was there is kept.

use std::time::{Duration, Instant};

use exchange::{CancellationToken, Failure, Phase, Proxy, Request, Reveal, Settings};
use secrecy::SecretString;
use tokio::io::AsyncWriteExt;
use url::Url;

use crate::{
    client, send, send_with,
    server::{Server, answer, read_request, reply},
};

fn get(url: &str) -> Request {
    Request::new("GET", Url::parse(url).unwrap()).bearer(&SecretString::from("t0ken-value"))
}

async fn failure_of(bytes: &'static [u8]) -> Failure {
    let server = Server::script(move |stream| reply(stream, bytes)).await;
    let error = send(&get(server.url("/?q=secret-query").as_str())).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!text.contains("t0ken") && !text.contains("secret-query"), "{text}");
    assert!(error.exchange.is_some());
    error.failure
}

#[tokio::test]
async fn no_connection() {
    assert!(
        matches!(send(&get("http://name.invalid/")).await.unwrap_err().failure, Failure::Dns { host, .. } if host == "name.invalid")
    );
    let port = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let error = send(&get(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
    assert_eq!(error.failure, Failure::Refused { address: format!("127.0.0.1:{port}") });
    let record = error.exchange.unwrap().record(Reveal::No);
    assert!(record.response.is_none() && record.timing_us.connect.is_none());
}

#[tokio::test]
async fn answers_that_are_none() {
    assert!(matches!(failure_of(b"").await, Failure::ClosedBeforeAnswer { .. }));
    assert!(matches!(failure_of(b"HTTP/1.1 200 OK\r\nConte").await, Failure::ClosedBeforeAnswer { .. }));
    assert!(matches!(failure_of(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await, Failure::NotHttp { .. }));
    assert!(matches!(failure_of(b"\x15\x03\x01\x00\x02\x02\x16").await, Failure::NotHttp { .. }));
}

#[tokio::test]
async fn broken_off_bodies_are_kept() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let server = Server::script(move |stream| reply(stream, bytes)).await;
        let error = send(&Request::new("GET", server.url("/"))).await.unwrap_err();
        assert!(matches!(error.failure, Failure::BrokenOff { received: 5, .. }), "{error}");
        let response = error.exchange.unwrap().record(Reveal::No).response.unwrap();
        assert_eq!((response.body.as_deref(), response.body_truncated), (Some("hello"), true));
    }
}

#[tokio::test]
async fn requests_that_cannot_be_sent() {
    for url in ["ftp://host/", "file:///etc/passwd", "mailto:a@b"] {
        assert!(matches!(send(&get(url)).await.unwrap_err().failure, Failure::BadUrl { .. }), "{url}");
    }
    let request =
        |name: &str, value: &str| Request::new("GET", Url::parse("http://127.0.0.1:9/").unwrap()).header(name, value);
    for request in [
        request("X-A", "a\r\nX-B: c"),
        request("X A", "a"),
        request("", "a"),
        request("X-A", "\0"),
        Request { method: "G ET".into(), ..get("http://127.0.0.1:9/") },
    ] {
        assert!(matches!(send(&request).await.unwrap_err().failure, Failure::BadRequest { .. }), "{request:?}");
    }
}

#[tokio::test]
async fn time_runs_out_in_its_phase() {
    let settings = || Settings { timeout: Some(Duration::from_millis(200)), ..Settings::default() };
    let silent = Server::script(|mut stream| async move {
        read_request(&mut stream).await;
        std::future::pending().await
    })
    .await;
    let slow = Server::script(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello").await.unwrap();
        std::future::pending().await
    })
    .await;
    for (server, phase) in [(silent, Phase::Wait), (slow, Phase::Body)] {
        let started = Instant::now();
        let error = send_with(settings(), &Request::new("GET", server.url("/"))).await.unwrap_err();
        assert!(matches!(error.failure, Failure::Timeout { phase: found, .. } if found == phase), "{error}");
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}

/// At once, and with what there was.
#[tokio::test]
async fn cancellation_is_quick() {
    let endless = Server::script(|mut stream| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
    })
    .await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        stop.cancel();
    });
    let started = Instant::now();
    let error =
        client(Settings::default()).send(&Request::new("GET", endless.url("/")), &cancel, None).await.unwrap_err();
    assert_eq!(error.failure, Failure::Cancelled);
    assert!(started.elapsed() < Duration::from_millis(150 + 350), "{:?}", started.elapsed());
    assert!(error.exchange.unwrap().response().unwrap().body.len() > 65536);
}

#[tokio::test]
async fn a_proxy_is_used_but_never_for_loopback() {
    let proxy = Server::answering(|_| answer("407 Proxy Authentication Required", "", "")).await;
    let settings = || Settings {
        proxy: Proxy::Url(format!("http://user:pr0xy-pass@127.0.0.1:{}", proxy.port).into()),
        ..Settings::default()
    };
    let far = send_with(settings(), &get("http://far.example/path")).await.unwrap();
    assert_eq!(far.status(), 407);
    let seen = proxy.requests().pop().unwrap();
    assert!(seen.starts_with("GET http://far.example/path HTTP/1.1"), "{seen}");
    assert!(seen.to_lowercase().contains("proxy-authorization: basic"));

    let error = send_with(settings(), &get("https://far.example/")).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Proxy { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("pr0xy-pass"));

    let near = Server::answering(|_| answer("200 OK", "", "")).await;
    for url in [near.url("/").to_string(), format!("http://localhost:{}/", near.port)] {
        assert_eq!(send_with(settings(), &get(&url)).await.unwrap().status(), 200);
    }
    assert_eq!(proxy.requests().len(), 2);
    for wrong in ["nonsense://x", "http://", ":::"] {
        let settings = Settings { proxy: Proxy::Url(wrong.into()), ..Settings::default() };
        assert!(
            matches!(
                exchange::Client::new(settings, std::sync::Arc::new(std::time::SystemTime::now)),
                Err(Failure::BadSettings { .. })
            ),
            "{wrong}"
        );
    }
}
