//! Limits, strictness of the framing, containment, the end.

use std::time::{Duration, Instant};

use gateway::{Config, Gateway, GatewayError};
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    definitions::{Setup, keyless},
    support::{CLIENTS, Reply, TestClock, authority, exchange, start, token},
};

#[tokio::test]
async fn refuses_heads_that_are_too_large_or_malformed() {
    let running = start(CLIENTS).await;
    for origin in [running.am_origin(), running.gateway_origin()] {
        let host = authority(origin);
        let head = |more: &str| format!("GET /x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n");
        let long = format!("X: {}\r\n", "a".repeat(66_000));
        let many: String = (0..100).map(|at| format!("X-{at}: 1\r\n")).collect();
        let fits: String = (0..97).map(|at| format!("X-{at}: 1\r\n")).collect();
        for (case, request, status) in [
            ("66 kB", head(&long), 431),
            ("102 fields", head(&many), 431),
            ("99 fields", head(&fits), 404),
            ("not HTTP", "hello\r\n\r\n".into(), 400),
            ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), 400),
            ("bare line feeds", format!("GET /x HTTP/1.1\nHost: {host}\n\n"), 400),
            ("space before colon", head("X : 1\r\n"), 400),
            ("folded line", head("X: 1\r\n  2\r\n"), 400),
            ("NUL", head("X: a\0b\r\n"), 400),
            ("CONNECT", format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400),
            ("no leading slash", format!("GET x HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400),
        ] {
            let reply = Reply::parse(exchange(host, request).await);
            assert_eq!(reply.status(), status, "{case}");
            assert_eq!(reply.header("Connection"), Some("close"), "{case}");
        }
    }
}

#[tokio::test]
async fn refuses_framing_that_can_be_read_in_two_ways() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let host = authority(running.gateway_origin());
    let smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    for (fields, status) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 5, 5\r\n", 400),
        ("Content-Length: +5\r\n", 400),
        ("Content-Length: 0x5\r\n", 400),
        ("Content-Length: \r\n", 400),
        ("Content-Length: 99999999999999999999\r\n", 400),
        ("Transfer-Encoding: gzip, chunked\r\n", 501),
        ("Transfer-Encoding: xchunked\r\n", 501),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 501),
    ] {
        let request =
            format!("POST /echo HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{fields}\r\n{smuggled}");
        let reply = exchange(host, request).await;
        assert_eq!(reply.matches("HTTP/1.1").count(), 1, "{fields}: {reply}");
        assert_eq!(Reply::parse(reply).status(), status, "{fields}");
    }
    for chunks in ["zz\r\n", "3\r\nabcd\r\n", "3\nabc\r\n0\r\n\r\n", "-1\r\n", "fffffffffffffffff\r\n"] {
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
        );
        assert_eq!(Reply::parse(exchange(host, request).await).status(), 400, "{chunks:?}");
    }
}

#[tokio::test]
async fn limits_bodies_of_the_authorization_server() {
    let running = start(CLIENTS).await;
    let host = authority(running.am_origin());
    let head = format!(
        "POST /demo/oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    );
    let declared = format!("{head}Content-Length: 10485761\r\n\r\n");
    assert_eq!(Reply::parse(exchange(host, declared).await).status(), 413);
    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    chunked.push_str(&format!("a00001\r\n{}\r\n0\r\n\r\n", "x".repeat(0xa0_0001)));
    assert_eq!(Reply::parse(exchange(host, chunked).await).status(), 413);
}

#[tokio::test]
async fn waits_for_slow_heads_only_so_long() {
    let running = start(CLIENTS).await;
    let host = authority(running.gateway_origin());
    let started = Instant::now();
    let mut silent = TcpStream::connect(host).await.unwrap();
    let mut trickling = TcpStream::connect(host).await.unwrap();
    trickling.write_all(b"GET /echo HTTP/1.1\r\nHos").await.unwrap();
    let mut out = Vec::new();
    timeout(Duration::from_secs(8), silent.read_to_end(&mut out)).await.unwrap().unwrap();
    assert_eq!(out, b"");
    timeout(Duration::from_secs(8), trickling.read_to_end(&mut out)).await.unwrap().unwrap();
    assert_eq!(Reply::parse(String::from_utf8(out).unwrap()).status(), 408);
    assert!(started.elapsed() >= Duration::from_secs(4));
}

/// A body that comes in drips is cut off, however short the pauses are.
#[tokio::test]
async fn a_dripping_body_is_not_waited_for() {
    let running = start(CLIENTS).await;
    let host = authority(running.am_origin());
    let (mut read, mut write) = TcpStream::connect(host).await.unwrap().into_split();
    let head = format!("POST /demo/oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\n\r\n");
    write.write_all(head.as_bytes()).await.unwrap();
    let drip = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let mut out = Vec::new();
    let ended = timeout(Duration::from_secs(40), read.read_to_end(&mut out)).await;
    drip.abort();
    assert!(ended.is_ok(), "still open after 40 s");
}

#[tokio::test]
async fn keeps_connections_and_pipelines() {
    let running = start(CLIENTS).await;
    let host = authority(running.gateway_origin());
    let one = format!("GET /nowhere HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let last = format!("GET /nowhere HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let with_body = format!("POST /echo HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\n\r\nabc");
    let replies = exchange(host, format!("{one}{with_body}{one}{last}")).await;
    let statuses: Vec<_> = replies.split("HTTP/1.1 ").skip(1).map(|reply| &reply[..3]).collect();
    assert_eq!(statuses, ["404", "401", "404", "404"]);
    let old = format!("GET /nowhere HTTP/1.0\r\nHost: {host}\r\n\r\n{one}");
    assert_eq!(exchange(host, old).await.matches("HTTP/1.1").count(), 1);
}

#[tokio::test]
async fn invites_a_body_only_when_it_is_wanted() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let host = authority(running.gateway_origin());
    for (authorization, expected) in [
        (format!("Authorization: Bearer {token}\r\n"), "HTTP/1.1 100 Continue\r\n\r\n"),
        (String::new(), "HTTP/1.1 401 Unauthorized\r\n"),
    ] {
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!(
            "POST /echo HTTP/1.1\r\nHost: {host}\r\n{authorization}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut seen = vec![0; expected.len()];
        stream.read_exact(&mut seen).await.unwrap();
        assert_eq!(String::from_utf8(seen).unwrap(), expected);
    }
}

#[tokio::test]
async fn turns_away_what_is_too_much() {
    let running = start(&format!("{CLIENTS}\n[limits]\nconnections = 2\nin_flight = 1")).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let host = authority(running.gateway_origin());
    let mut busy = TcpStream::connect(host).await.unwrap();
    let head =
        format!("POST /echo HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n\r\n");
    busy.write_all(head.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(200)).await;
    let request = format!("GET /echo HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let mut second = TcpStream::connect(host).await.unwrap();
    second.write_all(request.as_bytes()).await.unwrap();
    let mut out = vec![0; 4096];
    let read = second.read(&mut out).await.unwrap();
    let reply = Reply::parse(String::from_utf8(out[..read].to_vec()).unwrap());
    assert_eq!((reply.status(), reply.header("Retry-After")), (503, Some("1")), "in flight");
    let third = Reply::parse(exchange(host, request).await);
    assert_eq!((third.status(), third.header("Retry-After")), (503, Some("1")), "connections");
    busy.write_all(b"123456789").await.unwrap();
    let read = timeout(Duration::from_secs(2), busy.read(&mut out)).await.unwrap().unwrap();
    assert!(out[..read].starts_with(b"HTTP/1.1 200 OK"));
}

/// Sends a head and a first chunk, and then nothing.
async fn streaming() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n").await.unwrap();
            open.push(stream);
        }
    });
    origin
}

#[tokio::test]
async fn an_answer_that_streams_is_in_flight_until_its_end_or_the_hang_up() {
    let upstream = streaming().await;
    let setup = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream);
    let running = Setup { head: format!("{}\n[limits]\nin_flight = 1", setup.head), ..setup }.start().await;
    let host = authority(running.gateway_origin());
    let request = format!("GET /api HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let begins = async || {
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut begun = vec![0; 12];
        stream.read_exact(&mut begun).await.unwrap();
        (String::from_utf8(begun).unwrap(), stream)
    };
    let (begun, first) = begins().await;
    assert_eq!(begun, "HTTP/1.1 200");
    assert_eq!(begins().await.0, "HTTP/1.1 503");
    drop(first);
    let left = Instant::now();
    while begins().await.0 != "HTTP/1.1 200" {
        assert!(left.elapsed() < Duration::from_secs(5), "a caller who has left still holds the place");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn lets_requests_in_flight_end() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let host = authority(running.gateway_origin()).to_owned();
    let mut busy = TcpStream::connect(&host).await.unwrap();
    let head =
        format!("POST /echo HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 3\r\n\r\n");
    busy.write_all(head.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let idle = TcpStream::connect(&host).await.unwrap();
    let started = Instant::now();
    let stop = tokio::spawn(async move { running.stop().await });
    sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(&host).await.is_err(), "nothing new is accepted");
    sleep(Duration::from_millis(4_000)).await;
    busy.write_all(b"abc").await.unwrap();
    let mut out = String::new();
    busy.read_to_string(&mut out).await.unwrap();
    let reply = Reply::parse(out);
    assert_eq!((reply.status(), reply.header("Connection")), (200, Some("close")));
    stop.await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    drop(idle);
}

#[tokio::test]
async fn a_stuck_request_does_not_hold_the_end_up() {
    let running = start(CLIENTS).await;
    let token = token(&running, "basic", "s3cret", "read").await;
    let host = authority(running.gateway_origin()).to_owned();
    let mut stuck = TcpStream::connect(&host).await.unwrap();
    let head =
        format!("POST /echo HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Length: 3\r\n\r\n");
    stuck.write_all(head.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let started = Instant::now();
    running.stop().await;
    assert!(started.elapsed() < Duration::from_secs(5));
    let mut out = Vec::new();
    timeout(Duration::from_secs(2), stuck.read_to_end(&mut out)).await.unwrap().unwrap();
    assert_eq!(out, b"");
}

#[tokio::test]
async fn names_a_taken_port_and_starts_quickly() {
    let mut config = Config::demo(SecretString::from("x"));
    config.listen.am.set_port(0);
    config.listen.gateway.set_port(0);
    let started = Instant::now();
    let running = Gateway::start(config.clone(), TestClock::now().clock()).await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(500), "an RSA key must not hold the ready line up");
    let port = authority(running.am_origin()).rsplit(':').next().unwrap().to_owned();
    config.listen.am.set_port(port.parse().unwrap());
    let error = Gateway::start(config, TestClock::now().clock()).await.unwrap_err();
    assert!(matches!(error, GatewayError::PortTaken { flag: "am", .. }));
    assert!(error.to_string().contains(&port) && error.to_string().contains("--am"), "{error}");
}
