//! Bodies: codings, limits, disk, lines.

use async_compression::tokio::write::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use exchange::{Failure, Request, Reveal, Settings};
use tokio::io::AsyncWriteExt;

use crate::{
    send, send_with,
    server::{Server, answer},
};

macro_rules! encoded {
    ($encoder:ident, $data:expr) => {{
        let mut encoder = $encoder::new(Vec::new());
        encoder.write_all($data).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    }};
}

async fn get(coding: &str, body: Vec<u8>) -> Result<exchange::Exchange, exchange::SendError> {
    let header = format!("Content-Encoding: {coding}\r\nContent-Type: text/plain\r\n");
    let server = Server::answering(move |_| answer("200 OK", &header, &body)).await;
    send(&Request::new("GET", server.url("/"))).await
}

#[tokio::test]
async fn codings_are_undone_and_headers_stay() {
    let text = b"hello hello hello hello".repeat(100);
    let twice = encoded!(GzipEncoder, &encoded!(BrotliEncoder, &text));
    for (coding, body) in [
        ("gzip", encoded!(GzipEncoder, &text)),
        ("br", encoded!(BrotliEncoder, &text)),
        ("zstd", encoded!(ZstdEncoder, &text)),
        ("deflate", encoded!(ZlibEncoder, &text)),
        ("deflate", encoded!(DeflateEncoder, &text)),
        ("br, gzip", twice),
        ("identity", text.clone()),
    ] {
        let record = get(coding, body).await.unwrap().record(Reveal::No);
        let response = record.response.unwrap();
        assert_eq!(response.body.unwrap().as_bytes(), text, "{coding}");
        assert_eq!(response.body_bytes, text.len() as u64);
        assert!(response.headers.contains(&("content-encoding".into(), coding.into())));
    }
}

#[tokio::test]
async fn broken_codings_say_so() {
    let text = b"hello".repeat(1000);
    let mut cut = encoded!(GzipEncoder, &text);
    cut.truncate(cut.len() - 9);
    for (coding, body) in [("gzip", cut), ("gzip", b"no gzip at all".to_vec()), ("br", vec![0xff; 64])] {
        let error = get(coding, body).await.unwrap_err();
        assert!(matches!(error.failure, Failure::BrokenOff { .. }), "{coding}: {error}");
    }
    assert_eq!(get("gzip", Vec::new()).await.unwrap().status(), 200, "no content needs no coding");
    assert_eq!(get("x-unknown", b"abc".to_vec()).await.unwrap().response().unwrap().body.len(), 3);
}

/// A megabyte that unfolds to a gigabyte ends at the limit.
#[tokio::test]
async fn bombs_are_bounded() {
    let zeros = vec![0; 64 << 20];
    let bomb = encoded!(GzipEncoder, &zeros);
    let server = Server::answering(move |_| answer("200 OK", "Content-Encoding: gzip\r\n", &bomb)).await;
    let settings = Settings { max_body: 1 << 20, ..Settings::default() };
    let error = send_with(settings, &Request::new("GET", server.url("/"))).await.unwrap_err();
    assert_eq!(error.failure.code(), "too_large");
    let text = error.to_string();
    assert!(text.contains("1048576 bytes") && !text.contains("raise"), "there is no option for it: {text}");
    assert_eq!(error.exchange.unwrap().response().unwrap().body.len(), 1 << 20);
}

#[tokio::test]
async fn large_bodies_are_on_disk_and_read_by_lines() {
    let lines: String = (0..100_000).map(|number| format!("line {number}\r\n")).collect();
    let body = lines.clone();
    let server = Server::answering(move |_| answer("200 OK", "Content-Type: text/plain\r\n", &body)).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { spool: Some(folder.path().to_owned()), ..Settings::default() };
    let exchange = send_with(settings, &Request::new("GET", server.url("/"))).await.unwrap();
    let body = &exchange.response().unwrap().body;
    assert!(body.is_on_disk());
    assert_eq!((body.len(), body.line_count()), (lines.len() as u64, 100_000));
    assert_eq!(exchange.lines(99_998, 10, 100, Reveal::No).unwrap(), ["line 99998", "line 99999"]);
    assert_eq!(exchange.lines(513, 2, 4, Reveal::No).unwrap(), ["line", "line"]);
    assert_eq!(&body.range(0..6).unwrap()[..], b"line 0");
    let mut copy = Vec::new();
    body.copy_to(&mut copy).unwrap();
    assert_eq!(copy, lines.as_bytes());
    let record = exchange.record(Reveal::No).response.unwrap();
    assert!(record.body_truncated && record.body.unwrap().len() <= 256 * 1024);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no name, so nobody else can open it");
    let gone = Settings { spool: Some(folder.path().join("not there")), ..Settings::default() };
    assert_eq!(send_with(gone, &Request::new("GET", server.url("/"))).await.unwrap_err().failure.code(), "spool");
}

#[tokio::test]
async fn text_and_other_content() {
    for (content_type, bytes, text) in [
        ("text/plain; charset=iso-8859-1", &b"gr\xfc\xdfe"[..], Some("grüße")),
        ("text/plain", "\u{feff}grüße".as_bytes(), Some("grüße")),
        ("image/png", b"\x89PNG\x0d\x0a\x1a\x0a\0\0", None),
        ("application/octet-stream", b"a\0b", None),
        ("", b"plain", Some("plain")),
    ] {
        let header = format!("Content-Type: {content_type}\r\n");
        let server = Server::answering(move |_| answer("200 OK", &header, bytes)).await;
        let response = send(&Request::new("GET", server.url("/"))).await.unwrap().record(Reveal::No).response.unwrap();
        assert_eq!(response.body.as_deref(), text, "{content_type}");
        assert_eq!(response.body_base64.is_some(), text.is_none());
    }
}
