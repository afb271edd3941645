//! The life of a connection: idle, taken up again, in pieces, read slowly, many at once.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use crate::{
    definitions::{Setup, keyless},
    support::{CLIENTS, authority, start},
};

const PAUSE: Duration = Duration::from_millis(300);

/// Reads one answer that has a length.
async fn answer(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return text;
            }
        }
        let read = timeout(Duration::from_secs(10), stream.read_buf(&mut seen)).await.unwrap().unwrap();
        assert!(read > 0, "closed after {text:?}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_taken_up_again_until_its_time_is_over() {
    let running = start(&format!("{CLIENTS}\n[limits]\nkeep_alive_seconds = 2")).await;
    for origin in [running.am_origin(), running.gateway_origin()] {
        let host = authority(origin);
        let mut stream = TcpStream::connect(host).await.unwrap();
        let metadata = if origin == running.am_origin() { "/demo/oidc/.well-known/jwks.json" } else { "/echo" };
        // Ten pauses are longer than the time that one may last.
        for round in 0..10 {
            stream.write_all(format!("GET {metadata} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
            let answer = answer(&mut stream).await;
            assert!(!answer.contains("Connection: close"), "{round}: {answer}");
            sleep(PAUSE).await;
        }
        let mut rest = Vec::new();
        timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.expect("closed in the end").unwrap();
        assert_eq!(rest, b"", "an idle connection is closed without a word");
    }
}

#[tokio::test]
async fn heads_may_come_in_pieces_and_more_than_one_at_once() {
    let running = start(CLIENTS).await;
    let host = authority(running.gateway_origin());
    let head = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let (first, second, third) = (head("/nowhere"), head("/echo"), head("/nowhere"));
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.set_nodelay(true).unwrap();
    // One and a half, the rest after the first answer.
    let (half, rest) = second.split_at(20);
    stream.write_all(format!("{first}{half}").as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 404"));
    sleep(PAUSE).await;
    stream.write_all(rest.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 401"));
    // Byte by byte, on a connection that has idled.
    sleep(PAUSE).await;
    for byte in third.bytes() {
        stream.write_all(&[byte]).await.unwrap();
    }
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 404"));
    // A head that fills what is read at once exactly, and one that is larger.
    for length in (4_096 - 8..4_096 + 8).chain([8_192, 60_000]) {
        let padding = length - head("/echo").len() - "X: \r\n".len();
        let padded = format!("GET /echo HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "x".repeat(padding));
        assert_eq!(padded.len(), length);
        stream.write_all(padded.as_bytes()).await.unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 401"), "{length}");
    }
}

#[tokio::test]
async fn a_slow_reader_gets_everything() {
    const SIZE: usize = 16_000_000;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes()).await.unwrap();
        stream.write_all(&vec![7; SIZE]).await.unwrap();
        sleep(Duration::from_secs(60)).await;
    });
    let running = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream).start().await;
    let host = authority(running.gateway_origin());
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /api HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = vec![0; 100_000];
    sleep(PAUSE).await;
    stream.read_exact(&mut seen).await.unwrap();
    sleep(PAUSE).await;
    timeout(Duration::from_secs(30), stream.read_to_end(&mut seen)).await.unwrap().unwrap();
    let body = seen.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(seen.len() - body, SIZE);
}

/// Answers every request of a connection with the request's path, in one upstream for all.
async fn repeating() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while matches!(stream.read_buf(&mut seen).await, Ok(1..)) {
                    if !seen.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    let head = String::from_utf8(std::mem::take(&mut seen)).unwrap();
                    let path = head.split(' ').nth(1).unwrap();
                    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{path}", path.len());
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    origin
}

#[tokio::test]
async fn many_connections_each_get_their_own_answers() {
    let upstream = repeating().await;
    let running = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream).start().await;
    let host = authority(running.gateway_origin()).to_owned();
    let callers: Vec<_> = (0..40)
        .map(|caller| {
            let host = host.clone();
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(&host).await.unwrap();
                for number in 0..25 {
                    let path = format!("/{caller}/{number}");
                    let request = format!("GET /api{path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
                    stream.write_all(request.as_bytes()).await.unwrap();
                    let answer = answer(&mut stream).await;
                    assert!(answer.ends_with(&format!("\r\n\r\n{path}")), "{path}: {answer}");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(running.recent(0).len(), 500);
}
