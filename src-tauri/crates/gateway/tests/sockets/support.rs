//! A gateway on free ports and a client that sends bytes. Not here: what is expected.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use gateway::{Clock, Config, Gateway, Running};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A clock that a test can move.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl TestClock {
    pub(crate) fn now() -> Self {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        Self(Arc::new(AtomicU64::new(u64::try_from(millis).unwrap())))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let millis = self.0.clone();
        Arc::new(move || UNIX_EPOCH + Duration::from_millis(millis.load(Ordering::SeqCst)))
    }
}

/// A domain `demo` with one client per way to authenticate, EC keys (quick to make), and the echo.
pub(crate) const CLIENTS: &str = r#"
    [listen]
    am = "127.0.0.1:0"
    gateway = "127.0.0.1:0"
    [[domains]]
    path = "demo"
    signing = "ES256"
    [[domains.clients]]
    client_id = "basic"
    client_secret = "s3cret"
    scopes = ["read", "write", "admin"]
    default_scopes = ["read"]
    [[domains.clients]]
    client_id = "post"
    client_secret = "p0st"
    auth_method = "client_secret_post"
    [[domains.clients]]
    client_id = "a+b"
    client_secret = "100%+: =é"
    [[domains.clients]]
    client_id = "idle"
    client_secret = "idle"
    grant_types = []
    [[domains.clients]]
    client_id = "public"
    auth_method = "none"
    [[domains.clients]]
    client_id = "mtls"
    auth_method = "tls_client_auth"
    [[domains.clients]]
    client_id = "other"
    client_secret = "other"
    claims = { tier = "gold", aud = "other" }
    [[domains]]
    path = "second"
    signing = "ES256"
    [[domains.clients]]
    client_id = "basic"
    client_secret = "s3cret"
"#;

pub(crate) async fn start(toml: &str) -> Running {
    start_at(toml, &TestClock::now()).await
}

pub(crate) async fn start_at(toml: &str, clock: &TestClock) -> Running {
    let config = Config::from_toml(toml, Path::new("test.toml")).unwrap();
    Gateway::start(config, clock.clock()).await.unwrap()
}

/// A response as it came.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) raw: String,
    pub(crate) status_line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn parse(raw: String) -> Self {
        let (head, body) = raw.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {raw:?}"));
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap().to_owned();
        let headers = lines.map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.into(), v.into())).collect();
        Self { status_line, headers, body: body.to_owned(), raw }
    }

    pub(crate) fn status(&self) -> u16 {
        self.status_line.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Looked up by the exact case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Sends bytes and reads until the peer closes.
pub(crate) async fn exchange(authority: &str, request: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(request.as_ref()).await.unwrap();
    let mut out = Vec::new();
    let read = stream.read_to_end(&mut out);
    // A reset after the answer is how some refusals end.
    let _ = tokio::time::timeout(Duration::from_secs(20), read).await.expect("the connection stays open");
    String::from_utf8(out).unwrap()
}

pub(crate) fn authority(origin: &str) -> &str {
    origin.strip_prefix("http://").unwrap()
}

/// A request with these header lines; the connection is closed afterwards.
pub(crate) async fn send(origin: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let host = authority(origin);
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str("Connection: close\r\n\r\n");
    request.push_str(body);
    Reply::parse(exchange(host, request).await)
}

pub(crate) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// A form post to the authorization server.
pub(crate) async fn post(running: &Running, target: &str, authorization: Option<&str>, form: &str) -> Reply {
    let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
    headers.extend(authorization.map(|value| ("Authorization", value)));
    send(running.am_origin(), "POST", target, &headers, form).await
}

/// An access token of domain `demo`.
pub(crate) async fn token(running: &Running, id: &str, secret: &str, scope: &str) -> String {
    let form = format!("grant_type=client_credentials&scope={scope}");
    let reply = post(running, "/demo/oauth/token", Some(&basic(id, secret)), &form).await;
    reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", reply.raw)).to_owned()
}
