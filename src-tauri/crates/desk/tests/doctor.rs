//! A client that its server does not know: ways tried one by one, a working curl line beside ours, and the request as code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use claimcheck_desk as desk;
use desk::wire::{
    ClientAssertion, ComparedLine, ConnectionForm, ConnectionView, GrantOptions, Keeping, Language, LineVerdict,
    Problem, ProblemCode, SendRequest, ServerForm, WayRef,
};
use desk::{Desk, ProxyEnvironment, Setup, VaultChoice, Verdict};
use secrecy::{ExposeSecret, SecretString};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};
use tempfile::TempDir;

fn desk_in(folder: &TempDir) -> Arc<Desk> {
    Arc::new(Desk::new(Setup {
        folder: folder.path().join("data"),
        clock: Arc::new(SystemTime::now),
        vault: VaultChoice::Memory,
        downloads: None,
        proxies: ProxyEnvironment::default(),
    }))
}

fn form(token_url: &str, secret: &str) -> ConnectionForm {
    ConnectionForm {
        id: None,
        name: "Orders".into(),
        server: ServerForm::TokenUrl {
            token_url: token_url.to_owned(),
            introspect_url: None,
            revoke_url: None,
            jwks_url: None,
            authorize_url: None,
            device_url: None,
            userinfo_url: None,
        },
        client_id: "my-client".into(),
        secret: Some(SecretString::from(secret.to_owned())),
        keeping: Keeping::Memory,
        auth_method: serde_json::from_value("client_secret_basic".into()).unwrap(),
        scopes: "read".into(),
        audience: None,
        resources: Vec::new(),
        params: Vec::new(),
        headers: Vec::new(),
        grant: GrantOptions::default(),
        assertion: ClientAssertion::default(),
        dpop: false,
        api_url: None,
        ca_file: None,
        cert_file: None,
        key_file: None,
        proxy: None,
        allow_http: false,
        timeout_seconds: None,
    }
}

/// A server that wants ID and secret in the body, and counts what it is asked.
fn server_that_wants_the_body() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let accepted = String::from_utf8_lossy(&body).contains("client_secret=s%3Acret");
            let (status, answer) = match accepted {
                true => {
                    ("200 OK", r#"{"access_token":"opaque-token-of-the-test","token_type":"bearer","expires_in":60}"#)
                }
                false => ("401 Unauthorized", r#"{"error":"invalid_client"}"#),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n");
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{answer}", answer.len());
        }
    });
    (url, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_it_will_send_tries_each_way_once_and_its_finding_is_taken_over() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let (url, asked) = server_that_wants_the_body();
    let saved = desk.save_connection(form(&url, "s:cret")).await.unwrap();
    let problem = Problem::from(desk.get_token(saved.id, false).await.unwrap_err());
    assert_eq!(problem.detail.oauth_error.as_deref(), Some("invalid_client"));
    let before = asked.load(Ordering::SeqCst);

    let plan = desk.plan_doctor(saved.id).await.unwrap();
    assert_eq!((plan.host.as_str(), plan.token_url.as_str()), ("127.0.0.1", url.as_str()));
    assert_eq!(asked.load(Ordering::SeqCst), before, "a plan sends nothing");
    let names: Vec<&str> = plan.ways.iter().map(|way| way.way.method.name()).collect();
    assert_eq!(
        names,
        ["client_secret_basic", "client_secret_basic_raw", "client_secret_post", "client_secret_jwt", "none"]
    );

    let mut accepted = None;
    for (number, way) in plan.ways.iter().enumerate() {
        let tried = desk.try_way(saved.id, way.way, number as u64).await.unwrap();
        assert_eq!(tried.len(), 1, "of two the server takes the last");
        if tried[0].verdict == Verdict::Accepted {
            assert!(tried[0].detail.contains("without the secret the client is refused"), "{}", tried[0].detail);
            accepted = Some(tried[0].way);
            break;
        }
        assert_eq!(tried[0].verdict, Verdict::Refused);
    }
    assert_eq!(asked.load(Ordering::SeqCst), before + 4, "once each, and once without the secret that is accepted");
    let way = accepted.expect("the body is accepted");
    let changed: ConnectionView = desk.use_way(saved.id, way).await.unwrap();
    assert_eq!((changed.id, changed.auth_method.name()), (saved.id, "client_secret_post"));
    assert_eq!(desk.reveal_secret(saved.id).await.unwrap().expose_secret(), "s:cret", "the secret stays");
    desk.get_token(saved.id, false).await.expect("the connection works now");
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_around_a_secret_is_found_and_removed() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let (url, _) = server_that_wants_the_body();
    let saved = desk.save_connection(form(&url, "s:cret \n")).await.unwrap();
    let plan = desk.plan_doctor(saved.id).await.unwrap();
    let trimmed =
        plan.ways.iter().find(|way| way.way.trimmed && way.way.method.name() == "client_secret_post").unwrap();
    assert_eq!(desk.try_way(saved.id, trimmed.way, 1).await.unwrap()[0].verdict, Verdict::Accepted);
    desk.use_way(saved.id, trimmed.way).await.unwrap();
    assert_eq!(desk.reveal_secret(saved.id).await.unwrap().expose_secret(), "s:cret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_can_be_cancelled() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let saved =
        desk.save_connection(form(&format!("http://{}/token", silent.local_addr().unwrap()), "s")).await.unwrap();
    let way = desk.plan_doctor(saved.id).await.unwrap().ways[0].way;
    let trying = tokio::spawn({
        let desk = desk.clone();
        async move { desk.try_way(saved.id, way, 9).await }
    });
    // Once somebody listens to the other end, the try is under way.
    let (_stream, _) = tokio::task::spawn_blocking(move || silent.accept().unwrap()).await.unwrap();
    desk.cancel(9);
    assert_eq!(Problem::from(trying.await.unwrap().unwrap_err()).code, ProblemCode::Cancelled);
}

fn at<'a>(lines: &'a [ComparedLine], part: &str, name: &str) -> &'a ComparedLine {
    let found = lines.iter().find(|line| line.part == part && line.name == name);
    found.unwrap_or_else(|| panic!("no line {part} {name:?}: {lines:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_working_curl_line_tells_what_is_different() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let saved = desk.save_connection(form("https://am.example/orders/token", "s:cret+1")).await.unwrap();
    let compared = desk
        .compare_curl(
            saved.id,
            "curl https://am.example/orders/token/ -H 'Accept: application/json' -H 'X-Tenant: a' -d grant_type=client_credentials \
             -d client_id=my-client --data-urlencode 'client_secret=s:cret+1' -d 'scope=read write'",
        )
        .await
        .unwrap();
    let lines = &compared.lines;
    assert_eq!(at(lines, "method", "").verdict, LineVerdict::Same);
    assert!(at(lines, "url", "").note.contains("last slash"), "{lines:?}");
    assert_eq!(at(lines, "client authentication", "").verdict, LineVerdict::Differs);
    assert_eq!(at(lines, "client authentication", "client ID").verdict, LineVerdict::Same);
    assert!(at(lines, "client authentication", "client secret").note.starts_with("The same secret"), "{lines:?}");
    assert_eq!(at(lines, "header", "Accept").verdict, LineVerdict::Same);
    assert_eq!(at(lines, "header", "X-Tenant").verdict, LineVerdict::TheirsOnly);
    assert_eq!(at(lines, "parameter", "grant_type").verdict, LineVerdict::Same);
    assert_eq!(at(lines, "parameter", "scope").theirs.as_deref(), Some("read write"));
    let post =
        WayRef { method: serde_json::from_value("client_secret_post".into()).unwrap(), trimmed: false, audience: None };
    assert_eq!(compared.suggested, Some(post));
    assert!(!serde_json::to_string(&compared).unwrap().contains("cret+1"), "secrets are masked");

    // `-u` sends what it is given; ours is form-encoded first.
    let raw = desk
        .compare_curl(saved.id, "curl https://am.example/orders/token -u 'my-client:s:cret+1' -d grant_type=client_credentials -d scope=read")
        .await
        .unwrap();
    assert!(at(&raw.lines, "client authentication", "client secret").note.contains("form-encoded"), "{:?}", raw.lines);
    assert_eq!(raw.suggested.unwrap().method.name(), "client_secret_basic_raw");

    // The same secret in another encoding is the same way.
    let lower = desk
        .compare_curl(
            saved.id,
            "curl https://am.example/orders/token -u 'my-client:s%3acret%2b1' -d grant_type=client_credentials",
        )
        .await
        .unwrap();
    assert!(
        at(&lower.lines, "client authentication", "client secret").note.starts_with("The same secret"),
        "{lower:?}"
    );
    assert_eq!(lower.suggested, None);

    let other =
        desk.compare_curl(saved.id, "curl https://am.example/orders/token -u my-client:other -d x=y").await.unwrap();
    assert_eq!(at(&other.lines, "client authentication", "client secret").note, "Another secret.");
    assert_eq!(other.suggested, None, "another secret is no reason for another method");
    let none = Problem::from(desk.compare_curl(saved.id, "wget x").await.unwrap_err());
    assert_eq!(none.detail.field.as_deref(), Some("curl"));
}

#[tokio::test(flavor = "multi_thread")]
async fn code_holds_no_secret_and_reads_it_where_it_is() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let saved = desk.save_connection(form("https://am.example/token", "s:cret+1")).await.unwrap();
    let request = SendRequest {
        send: 0,
        connection: Some(saved.id),
        with_token: true,
        method: "POST".into(),
        url: "https://api.example/x?api_key=planted-1&a=b".into(),
        headers: vec![("X-API-Key".into(), "planted-2".into()), ("Authorization".into(), "Bearer planted-3".into())],
        body: r#"{"password":"planted-4"}"#.into(),
        follow_redirects: false,
    };
    let languages =
        [Language::Curl, Language::Httpie, Language::Hurl, Language::Javascript, Language::Python, Language::Rust];
    for language in languages {
        let code = desk.copy_as(&request, language).await.unwrap();
        assert!(!code.contains("planted"), "{code}");
        assert!(code.contains("claimcheck token Orders --raw") && code.contains("X_API_KEY"), "{code}");
        let code = desk.copy_token_request_as(saved.id, language).await.unwrap();
        assert!(!code.contains("cret+1") && !code.contains("cret%2B1"), "{code}");
        assert!(code.contains("CLIENT_SECRET") && code.contains("client_credentials"), "{code}");
    }
    // What was typed is sent where no token is asked for; only its value is a variable.
    let typed = SendRequest { with_token: false, ..request };
    let code = desk.copy_as(&typed, Language::Curl).await.unwrap();
    assert!(code.contains("Authorization: Bearer $AUTHORIZATION"), "{code}");
}

/// The copied line does what the request does: run against the real local gateway, with the secret in the environment.
#[tokio::test(flavor = "multi_thread")]
async fn the_copied_token_request_gets_a_token() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    let secret = desk.reveal_secret(connection.id).await.unwrap();
    let line = desk.copy_token_request_as(connection.id, Language::Curl).await.unwrap();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &line]).env("CLIENT_SECRET", secret.expose_secret()).env("no_proxy", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(answer.contains("200 OK") && answer.contains("access_token"), "{line}\n{answer}");
}
