//! Secrets do not show, wherever they come back.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use exchange::{Body, Request, Reveal, Value};
use secrecy::SecretString;

use crate::{
    send,
    server::{Server, answer},
};

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl+/x";

/// The echo API sends everything back: header, URL and body, as they are and encoded.
#[tokio::test]
async fn an_echo_shows_nothing() {
    let server = Server::answering(|request| {
        let percent: String = url::form_urlencoded::byte_serialize(TOKEN.as_bytes()).collect();
        let inner = format!("a{TOKEN}b");
        let body = format!(
            "{}\n{percent}\n{}\n{}\n{{\"headers\":{{\"Authorization\":\"Bearer {TOKEN}\"}}}}",
            request.to_owned(),
            BASE64_STANDARD.encode(TOKEN),
            BASE64_STANDARD.encode(inner),
        );
        answer("200 OK", &format!("X-Echo: {TOKEN}\r\nSet-Cookie: sid={TOKEN}; Path=/\r\n"), body)
    })
    .await;
    let request =
        Request::new("GET", server.url("/echo?access_token=other-secret&x=1")).bearer(&SecretString::from(TOKEN));
    let exchange = send(&request).await.unwrap();
    let hidden = serde_json::to_string(&exchange.record(Reveal::No)).unwrap();
    for needle in [TOKEN, "eyJzdWIi", "other-secret", &BASE64_STANDARD.encode(TOKEN)[..40], "c2lnbmF0dXJl%2B"] {
        assert!(!hidden.contains(needle), "{needle} in {hidden}");
    }
    let record = exchange.record(Reveal::No);
    let authorization = record.request.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
    assert_eq!(authorization.1, "Bearer ••••");
    assert!(record.request.url.ends_with("/echo?access_token=••••&x=1"), "{}", record.request.url);
    let cookie = record.response.unwrap().headers.iter().find(|(name, _)| name == "set-cookie").unwrap().1.clone();
    assert_eq!(cookie, "sid=••••; Path=/");
    assert!(serde_json::to_string(&exchange.record(Reveal::Yes)).unwrap().contains(TOKEN));
    assert!(!format!("{exchange:?} {request:?}").contains(TOKEN));
    let lines = exchange.lines(0, 50, 10_000, Reveal::No).unwrap().join("\n");
    assert!(!lines.contains(TOKEN) && lines.contains("Bearer ••••"));
}

#[tokio::test]
async fn a_token_exchange_shows_nothing() {
    let server = Server::answering(|_| {
        answer(
            "200 OK",
            "Content-Type: application/json\r\n",
            "{ \"access_token\" : \"t0ken-value\", \"scope\":\"a\", \"refresh_token\":\"r\\\"efresh\", \"code\": 7 }",
        )
    })
    .await;
    let secret = SecretString::from("s3cr3t & so on");
    let mut request = Request::new("POST", server.url("/oauth/token"))
        .header(
            "Authorization",
            Value::Secret(SecretString::from(format!("Basic {}", BASE64_STANDARD.encode("id:s3cr3t & so on")))),
        )
        .body(Body::Form(vec![
            ("client_secret".into(), secret.clone().into()),
            ("code".into(), "abc".into()),
            ("scope".into(), "x".into()),
        ]));
    request.secrets.push(secret);
    let record = send(&request).await.unwrap().record(Reveal::No);
    assert_eq!(record.request.body.as_deref(), Some("client_secret=••••&code=••••&scope=x"));
    let response = record.response.unwrap();
    assert_eq!(
        response.body.as_deref(),
        Some("{ \"access_token\" : \"••••\", \"scope\":\"a\", \"refresh_token\":\"••••\", \"code\": 7 }")
    );
    let basic = record.request.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
    assert_eq!(basic.1, "Basic ••••");
}

#[tokio::test]
async fn credentials_in_the_url_become_a_header() {
    let server = Server::answering(|_| answer("200 OK", "", "")).await;
    let mut url = server.url("/");
    url.set_username("me").unwrap();
    url.set_password(Some("p%40ss+word")).unwrap();
    let record = send(&Request::new("GET", url)).await.unwrap().record(Reveal::No);
    let seen = server.requests().pop().unwrap();
    assert!(seen.contains(&format!("Authorization: Basic {}", BASE64_STANDARD.encode("me:p@ss+word"))), "{seen}");
    assert!(!serde_json::to_string(&record).unwrap().contains("p@ss"));
}

/// Neither a cut in the middle of a token nor content that is not text lets a part through.
#[tokio::test]
async fn cuts_and_binary_content_show_nothing() {
    let server = Server::answering(|request| {
        let start = if request.starts_with("GET /binary") { "\0\u{1}" } else { "" };
        answer("200 OK", "", format!("{start}{}{TOKEN}{}", "x".repeat(100), "y".repeat(100)))
    })
    .await;
    for path in ["/text", "/binary"] {
        let exchange = send(&Request::new("GET", server.url(path)).bearer(&SecretString::from(TOKEN))).await.unwrap();
        for limit in [110, 130, 150, 1000] {
            let response = exchange.record_up_to(Reveal::No, limit).response.unwrap();
            let shown = response.body.unwrap_or_else(|| {
                String::from_utf8_lossy(&BASE64_STANDARD.decode(response.body_base64.unwrap()).unwrap()).into_owned()
            });
            assert!(!shown.contains(&TOKEN[..5]), "{path} {limit}: {shown}");
        }
        let lines = exchange.lines(0, 1, 120, Reveal::No).unwrap();
        assert!(!lines[0].contains(&TOKEN[..5]), "{lines:?}");
    }
}

/// `https://TOKEN@host`: the user name is the secret if there is no password.
#[tokio::test]
async fn a_user_name_without_password_does_not_show() {
    let server = Server::answering(|_| answer("200 OK", "", "you are ghp_t0ken")).await;
    for (user_info, shows) in [("ghp_t0ken", false), ("ghp_t0ken:p4ss-word", true)] {
        let url = format!("http://{user_info}@127.0.0.1:{}/", server.port);
        let exchange = send(&Request::new("GET", url.parse().unwrap())).await.unwrap();
        let hidden = serde_json::to_string(&exchange.record(Reveal::No)).unwrap();
        assert_eq!(hidden.contains("ghp_t0ken"), shows, "{hidden}");
        assert!(!hidden.contains("p4ss"), "{hidden}");
    }
}
