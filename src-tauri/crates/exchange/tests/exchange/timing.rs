//! Phases, and the record as a whole.

use exchange::{Body, CancellationToken, Request, Reveal, Settings};
use url::Url;

use crate::{
    client, send,
    server::{Server, answer},
};

#[tokio::test]
async fn a_first_connection_and_a_reused_one() {
    let server =
        Server::answering(|_| answer("200 Fine", "X-One: a\r\nX-One: b\r\nContent-Type: application/json\r\n", "{}"))
            .await;
    let client = client(Settings::default());
    let request = Request::new("GET", Url::parse(&format!("http://localhost:{}/x?y=1", server.port)).unwrap());
    let first = client.send(&request, &CancellationToken::new(), None).await.unwrap();
    let second = client.send(&request, &CancellationToken::new(), None).await.unwrap();

    let (first, second) = (first.record(Reveal::No), second.record(Reveal::No));
    let timing = first.timing_us;
    assert!(timing.dns.is_some() && timing.connect.is_some() && timing.tls.is_none(), "{timing:?}");
    let parts = timing.dns.unwrap() + timing.connect.unwrap() + timing.first_byte.unwrap();
    assert!(parts <= timing.total.unwrap(), "{timing:?}");

    let timing = second.timing_us;
    assert_eq!((timing.dns, timing.connect, timing.tls), (None, None, None), "reused: nothing of this happened");
    assert!(timing.first_byte.unwrap() <= timing.total.unwrap());

    assert_eq!(first.sent_at, "2023-11-14T22:13:20.000000Z");
    assert_eq!(first.remote_address.as_deref(), Some(format!("127.0.0.1:{}", server.port).as_str()));
    assert_eq!(first.http_version.as_deref(), Some("HTTP/1.1"));
    let response = first.response.unwrap();
    assert_eq!((response.status, response.reason.as_str()), (200, "Fine"));
    let ones: Vec<_> =
        response.headers.iter().filter(|(name, _)| name == "x-one").map(|(_, value)| value.as_str()).collect();
    assert_eq!(ones, ["a", "b"]);
}

#[tokio::test]
async fn an_address_needs_no_dns() {
    let server = Server::answering(|_| answer("204 No Content", "", "")).await;
    let exchange = send(&Request::new("GET", server.url("/"))).await.unwrap();
    assert_eq!(exchange.timing().dns, None);
    assert!(exchange.timing().connect.is_some());
}

/// What the record shows is what went over the wire, header by header.
#[tokio::test]
async fn the_record_shows_what_left() {
    let server = Server::answering(|_| answer("200 OK", "", "ok")).await;
    let plain =
        Request::new("POST", server.url("/a?b=c#d")).header("x-api-version", "7").body(Body::Bytes("hello".into()));
    let form = Request::new("PUT", server.url("/")).body(Body::Form(vec![("a b".into(), "ü&=".into())]));
    for request in [plain, form, Request::new("POST", server.url("/empty")), Request::new("GET", server.url("/get"))] {
        let record = send(&request).await.unwrap().record(Reveal::Yes);
        let seen = server.requests().pop().unwrap();
        let (head, body) = seen.split_once("\r\n\r\n").unwrap();
        let lines: Vec<_> = head.lines().skip(1).map(str::to_lowercase).collect();
        let mut shown: Vec<_> =
            record.request.headers.iter().map(|(name, value)| format!("{name}: {value}").to_lowercase()).collect();
        let mut sent = lines.clone();
        shown.sort();
        sent.sort();
        assert_eq!(shown, sent);
        assert_eq!(record.request.body.unwrap_or_default(), body);
        assert!(!head.contains('#'));
    }
}
