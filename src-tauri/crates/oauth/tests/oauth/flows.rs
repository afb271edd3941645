//! Grants with a user, played by the test: browser, device, refresh.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use exchange::CancellationToken;
use oauth::{
    AuthorizationRequest, DevicePrompt, Endpoints, Error, Grant, TokenRequest, authorize, device, request_token,
    userinfo,
};
use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

use crate::{
    client, client_credentials, endpoints, http,
    server::{Server, answer},
};

const JSON: &str = "Content-Type: application/json\r\nCache-Control: no-store\r\n";
const TOKEN: &str = r#"{"access_token":"abc","token_type":"bearer","expires_in":60,"refresh_token":"r1"}"#;

fn value(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// What a browser does with an address on this machine; the answer as text.
async fn browse(url: &str, host: Option<&str>) -> String {
    let url = Url::parse(url).unwrap();
    browse_on(TcpStream::connect(("127.0.0.1", url.port().unwrap())).await.unwrap(), &url, host).await
}

/// The same on a connection that is open already.
async fn browse_on(mut stream: TcpStream, url: &Url, host: Option<&str>) -> String {
    let own = format!("127.0.0.1:{}", url.port().unwrap());
    let target = &url[url::Position::BeforePath..];
    stream
        .write_all(format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", host.unwrap_or(&own)).as_bytes())
        .await
        .unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text).await;
    text
}

fn code_flow(server: &Server) -> Endpoints {
    Endpoints { issuer: Some("https://issuer".into()), ..endpoints(server) }
}

/// Runs the flow with a browser that does `play` with the redirect URI and the state.
async fn flow<F, R>(endpoints: &Endpoints, play: F) -> (Url, Result<oauth::TokenAnswer, Error>)
where
    F: FnOnce(Url) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let request = AuthorizationRequest { scopes: vec!["openid".into(), "a".into()], ..AuthorizationRequest::default() };
    let opened = Arc::new(Mutex::new(None));
    let seen = opened.clone();
    let open = move |url: &Url| {
        *seen.lock().unwrap() = Some(url.clone());
        tokio::spawn(play(url.clone()));
        Ok(())
    };
    let outcome = authorize(&http(), endpoints, &client(), &request, open, &CancellationToken::new()).await;
    let url = opened.lock().unwrap().clone().unwrap();
    (url, outcome)
}

#[tokio::test]
async fn code_flow_with_pkce() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let (done, page) = tokio::sync::oneshot::channel();
    let (url, outcome) = flow(&code_flow(&server), |url| async move {
        let (back, state) = (value(&url, "redirect_uri"), value(&url, "state"));
        // Neither a stranger's answer nor another host name nor noise ends the flow.
        assert!(browse(&format!("{back}?code=evil&state=wrong"), None).await.starts_with("HTTP/1.1 400"));
        assert!(browse(&format!("{back}?code=evil&code=evil2&state={state}"), None).await.starts_with("HTTP/1.1 400"));
        assert!(
            browse(&format!("{back}?code=evil&state={state}"), Some("evil.example")).await.starts_with("HTTP/1.1 421")
        );
        assert!(browse(&back.replace("/callback", "/favicon.ico"), None).await.starts_with("HTTP/1.1 404"));
        let away = browse(&format!("{back}?code=c0de%2Bcanary&state={state}&iss=https%3A%2F%2Fissuer"), None).await;
        assert!(away.starts_with("HTTP/1.1 303") && away.contains("Location: /done\r\n"), "{away}");
        let _ = done.send(browse(&back.replace("/callback", "/done"), None).await);
    })
    .await;
    let answer = outcome.unwrap();
    assert_eq!(answer.requested_scope.as_deref(), Some("openid a"));
    assert_eq!(answer.refresh_token.unwrap().expose_secret(), "r1");
    let page = page.await.unwrap();
    assert!(page.contains("default-src 'none'") && page.contains("Signed in") && !page.contains("c0de"), "{page}");

    assert_eq!(value(&url, "code_challenge_method"), "S256");
    assert_eq!(answer.nonce, Some(value(&url, "nonce")).filter(|nonce| nonce.len() >= 43), "openid was asked for");
    assert_eq!(
        (value(&url, "response_type"), value(&url, "scope"), value(&url, "client_id")),
        ("code".into(), "openid a".into(), "my-client".into())
    );
    assert!(value(&url, "redirect_uri").starts_with("http://127.0.0.1:"));
    let seen = server.requests();
    assert_eq!(seen.len(), 1);
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(seen[0].rsplit("\r\n\r\n").next().unwrap().as_bytes()).into_owned().collect();
    let sent =
        |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default();
    assert_eq!(
        (sent("grant_type"), sent("code"), sent("redirect_uri"), sent("scope")),
        ("authorization_code".into(), "c0de+canary".into(), value(&url, "redirect_uri"), String::new())
    );
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, sent("code_verifier").as_bytes());
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(hash), value(&url, "code_challenge"));
    let shown = serde_json::to_string(&answer.exchange.record(exchange::Reveal::No)).unwrap();
    assert!(!shown.contains("c0de") && !shown.contains(&sent("code_verifier")), "{shown}");
}

/// Browsers open connections ahead and leave them idle; the redirect may come on another one, the closing page be asked for on these.
#[tokio::test]
async fn an_idle_connection_does_not_hold_the_redirect_up() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let begun = std::time::Instant::now();
    let (done, page) = tokio::sync::oneshot::channel();
    let (_, outcome) = flow(&code_flow(&server), |url| async move {
        let (back, state) = (Url::parse(&value(&url, "redirect_uri")).unwrap(), value(&url, "state"));
        let mut idle = Vec::new();
        for _ in 0..3 {
            idle.push(TcpStream::connect(("127.0.0.1", back.port().unwrap())).await.unwrap());
        }
        let away = browse(&format!("{back}?code=c&state={state}"), None).await;
        assert!(away.starts_with("HTTP/1.1 303"), "{away}");
        let _ = done.send(browse_on(idle.remove(0), &back.join("/done").unwrap(), None).await);
    })
    .await;
    assert_eq!(outcome.unwrap().access_token.expose_secret(), "abc");
    assert!(page.await.unwrap().contains("Signed in"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn refused_and_forged_redirects() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let strict = Endpoints { response_iss: true, ..code_flow(&server) };
    for (endpoints, query, code) in [
        (code_flow(&server), "error=access_denied&error_description=no%0Athanks", "access_denied"),
        (code_flow(&server), "code=c&iss=https%3A%2F%2Fevil", "issuer_mismatch"),
        (strict, "code=c", "issuer_mismatch"),
        (code_flow(&server), "nothing=1", "browser"),
    ] {
        let (told, page) = tokio::sync::oneshot::channel();
        let (_, outcome) = flow(&endpoints, move |url| async move {
            let back = format!("{}?{query}&state={}", value(&url, "redirect_uri"), value(&url, "state"));
            let _ = told.send(browse(&back, None).await);
        })
        .await;
        assert_eq!(outcome.unwrap_err().code(), code, "{query}");
        let page = page.await.unwrap();
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("The sign-in was refused"), "{query}: {page}");
    }
    assert!(server.requests().is_empty());
    let downgraded = Endpoints { discovered: true, code_challenge_methods: vec!["plain".into()], ..code_flow(&server) };
    let request = AuthorizationRequest::default();
    let open = |_: &Url| -> Result<(), String> { panic!("must not be opened") };
    let outcome = authorize(&http(), &downgraded, &client(), &request, open, &CancellationToken::new()).await;
    assert!(outcome.unwrap_err().to_string().contains("S256"));
    for name in ["state", "client_id", "redirect_uri", "response_type", "code_challenge", "nonsense"] {
        let parameters = vec![(name.to_owned(), "evil".to_owned())];
        let request = AuthorizationRequest { parameters, ..AuthorizationRequest::default() };
        let opened = |url: &Url| Err(format!("opened {}", value(url, name)));
        let outcome =
            authorize(&http(), &code_flow(&server), &client(), &request, opened, &CancellationToken::new()).await;
        let said = outcome.unwrap_err().to_string();
        assert!(said.contains(if name == "nonsense" { "opened evil" } else { "extra parameter" }), "{name}: {said}");
    }
    let failing = |_: &Url| Err("no browser".to_owned());
    let outcome =
        authorize(&http(), &code_flow(&server), &client(), &request, failing, &CancellationToken::new()).await;
    assert!(outcome.unwrap_err().to_string().contains("no browser"));
}

/// The program may end right after a refusal: its page must not be behind a second request.
#[tokio::test]
async fn a_refusal_is_told_in_the_browser_at_once() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let (done, page) = tokio::sync::oneshot::channel();
    let (_, outcome) = flow(&code_flow(&server), |url| async move {
        let (back, state) = (value(&url, "redirect_uri"), value(&url, "state"));
        done.send(browse(&format!("{back}?error=access_denied&state={state}"), None).await).unwrap();
    })
    .await;
    assert_eq!(outcome.unwrap_err().code(), "access_denied");
    let page = page.await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("The sign-in was refused"), "{page}");
}

#[tokio::test]
async fn refreshing_and_other_grants_over_the_wire() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    for (grant, form) in [
        (Grant::RefreshToken { refresh_token: "r&1".into() }, "grant_type=refresh_token&refresh_token=r%261"),
        (
            Grant::Password { username: "u".into(), password: "p w".into() },
            "grant_type=password&username=u&password=p+w",
        ),
        (
            Grant::JwtBearer { assertion: "a.b.c".into() },
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c",
        ),
        (
            Grant::TokenExchange {
                subject_token: "st".into(),
                subject_token_type: "urn:x".into(),
                actor: Some(("at".into(), "urn:y".into())),
                requested_token_type: None,
            },
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=st&subject_token_type=urn%3Ax&actor_token=at&actor_token_type=urn%3Ay",
        ),
    ] {
        request_token(&http(), &endpoints(&server), &client(), &TokenRequest::new(grant), &CancellationToken::new())
            .await
            .unwrap();
        assert!(server.requests().pop().unwrap().ends_with(form), "{form}");
    }
}

#[tokio::test]
async fn device_flow() {
    let asked = Arc::<AtomicUsize>::default();
    let count = asked.clone();
    let server = Server::answering(move |request| {
        if request.starts_with("POST /device") {
            return answer("200 OK", JSON, r#"{"device_code":"d3vice-canary","user_code":"AB-CD","verification_uri":"https://as/d","verification_uri_complete":"javascript:x","expires_in":600,"interval":1}"#);
        }
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => answer("400 Bad", JSON, r#"{"error":"authorization_pending"}"#),
            _ => answer("200 OK", JSON, TOKEN),
        }
    })
    .await;
    let endpoints = Endpoints { device_authorization: Some(server.url("/device")), ..endpoints(&server) };
    let mut request = TokenRequest::new(Grant::ClientCredentials);
    request.scopes = vec!["a".into()];
    request.headers = vec![("X-Tenant".into(), "acme".into())];
    let mut shown = None;
    let show = |prompt: &DevicePrompt| shown = Some(prompt.clone());
    let started = std::time::Instant::now();
    let answer = device(&http(), &endpoints, &client(), &request, show, &CancellationToken::new()).await.unwrap();
    assert!(started.elapsed() >= std::time::Duration::from_secs(2), "the interval is kept");
    assert_eq!(answer.scope.as_deref(), Some("a"));
    let prompt = shown.unwrap();
    assert_eq!((prompt.user_code.as_str(), prompt.verification_uri_complete), ("AB-CD", None));
    let seen = server.requests();
    assert!(seen[0].ends_with("scope=a&client_id=my-client"), "{}", seen[0]);
    assert!(seen.iter().all(|request| request.contains("X-Tenant: acme\r\n")), "{seen:?}");
    assert!(
        seen[1]
            .ends_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d3vice-canary")
    );
    assert!(!format!("{answer:?}").contains("canary"));
}

#[tokio::test]
async fn device_flow_ends_with_the_user_s_no() {
    let server = Server::answering(|request| match request.starts_with("POST /device") {
        true => answer(
            "200 OK",
            JSON,
            r#"{"device_code":"d","user_code":"x","verification_uri":"https://as/d","expires_in":600,"interval":1}"#,
        ),
        false => answer("400 Bad", JSON, r#"{"error":"access_denied"}"#),
    })
    .await;
    let with = Endpoints { device_authorization: Some(server.url("/device")), ..endpoints(&server) };
    let request = TokenRequest::new(Grant::ClientCredentials);
    let outcome = device(&http(), &with, &client(), &request, |_| {}, &CancellationToken::new()).await;
    assert_eq!(outcome.unwrap_err().code(), "access_denied");
    let outcome = device(&http(), &endpoints(&server), &client(), &request, |_| {}, &CancellationToken::new()).await;
    assert_eq!(outcome.unwrap_err().code(), "no_endpoint");
    let bad = Server::answering(|_| {
        answer("200 OK", JSON, r#"{"device_code":"d","user_code":"x","verification_uri":"file:///x"}"#)
    })
    .await;
    let with = Endpoints { device_authorization: Some(bad.url("/device")), ..endpoints(&bad) };
    let outcome = device(&http(), &with, &client(), &request, |_| {}, &CancellationToken::new()).await;
    assert_eq!(outcome.unwrap_err().code(), "wrong_answer");
}

#[tokio::test]
async fn the_user_behind_a_token() {
    let server = Server::answering(|request| match request.contains("Authorization: Bearer good") {
        true => answer("200 OK", JSON, r#"{"sub":"u"}"#),
        false => answer(
            "401 U",
            JSON,
            r#"{"error":"invalid_token","error_description":"The access token was not issued for an End-User"}"#,
        ),
    })
    .await;
    let info = userinfo(&http(), &endpoints(&server), &"good-token".into(), &CancellationToken::new()).await.unwrap();
    assert_eq!(info.claims["sub"], "u");
    let error =
        userinfo(&http(), &endpoints(&server), &"bad-token".into(), &CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.code(), "invalid_token");
}

/// RFC 6749 6: what the server does not say stays as it was.
#[tokio::test]
async fn refreshing_keeps_what_is_not_said() {
    let server = Server::answering(|request| match request.contains("refresh_token=r1") {
        true => answer(
            "200 OK",
            JSON,
            r#"{"access_token":"new","token_type":"bearer","expires_in":60,"refresh_token":"r2"}"#,
        ),
        false => answer("200 OK", JSON, r#"{"access_token":"newer","token_type":"bearer","expires_in":60}"#),
    })
    .await;
    let (endpoints, client, cancel) = (endpoints(&server), client(), CancellationToken::new());
    let mut request = TokenRequest::new(Grant::RefreshToken { refresh_token: "r1".into() });
    request.scopes = vec!["a".into()];
    let first = request_token(&http(), &endpoints, &client, &request, &cancel).await.unwrap();
    let second = oauth::refresh(&http(), &endpoints, &client, &first, &client_credentials(), &cancel).await.unwrap();
    assert!(server.requests().pop().unwrap().ends_with("refresh_token=r2"));
    assert_eq!(second.access_token.expose_secret(), "newer");
    assert_eq!((second.refresh_token.as_ref().unwrap().expose_secret(), second.scope.as_deref()), ("r2", Some("a")));
    let without = oauth::TokenAnswer { refresh_token: None, ..second };
    assert_eq!(
        oauth::refresh(&http(), &endpoints, &client, &without, &request, &cancel).await.unwrap_err().code(),
        "bad_request"
    );
}
