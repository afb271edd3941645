//! An authorization server and clients that others wrote. `cargo xtask interop`; not part of `cargo test`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
};

use oauth2::{
    AuthUrl, ClientId, ClientSecret, HttpRequest, HttpResponse, IntrospectionUrl, RevocationUrl, Scope,
    StandardRevocableToken, TokenIntrospectionResponse, TokenResponse, TokenUrl, basic::BasicClient,
};
use serde_json::{Value, json};

use crate::{
    definitions::{Setup, generic, keyless, step},
    support::{CLIENTS, send, start},
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/interop");

const WEB: &str = r#"
    [[domains.clients]]
    client_id = "web"
    client_secret = "w3b"
    grant_types = ["authorization_code", "refresh_token"]
    scopes = ["openid", "read"]
    redirect_uris = ["http://127.0.0.1/cb"]
    [[domains]]
    path = "second"
"#;

/// A server in a process of its own, ended with the test.
struct Foreign {
    child: Child,
    _output: BufReader<ChildStdout>,
    origin: String,
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn oidc_provider() -> Foreign {
    let jwk = jose::SigningKey::generate(jose::Algorithm::Es256).unwrap().public_jwk().unwrap();
    let mut child = Command::new("node")
        .arg("oidc-provider.mjs")
        .current_dir(FOLDER)
        .env("CLIENT_JWK", json!(jwk).to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut output, mut origin) = (BufReader::new(child.stdout.take().unwrap()), String::new());
    output.read_line(&mut origin).unwrap();
    Foreign { child, _output: output, origin: origin.trim().to_owned() }
}

#[tokio::test]
#[ignore = "needs npm servers: cargo xtask interop"]
async fn oidc_provider_protects_an_imported_api() {
    let server = oidc_provider();
    let ask = async |path: &'static str, form: String| {
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        send(&server.origin, "POST", path, &kind, &format!("{form}&client_id=plain&client_secret=plain-secret")).await
    };
    let granted = ask("/token", "grant_type=client_credentials&scope=api:read".into()).await;
    let token = granted.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", granted.raw)).to_owned();

    let mut resource = generic(&server.origin);
    let configuration = &mut resource["configuration"];
    for (name, value) in
        [("introspectionEndpoint", "/token/introspection"), ("clientId", "gateway"), ("clientSecret", "gateway-secret")]
    {
        configuration[name] = Value::from(value);
    }
    let policy =
        step("oauth2", json!({"oauthResource": "as", "checkRequiredScopes": true, "requiredScopes": ["api:read"]}));
    let running = Setup::v4(&[resource], &[keyless()], &[policy]).start().await;
    let bearer = format!("Bearer {token}");
    let call = async |headers: &[(&str, &str)]| {
        let reply = send(running.gateway_origin(), "GET", "/api", headers, "").await;
        (reply.status(), running.recent(0).last().unwrap().error_key.clone())
    };
    let key = |name: &'static str| Some(std::borrow::Cow::Borrowed(name));
    assert_eq!(call(&[]).await, (401, key("OAUTH2_MISSING_HEADER")));
    assert_eq!(call(&[("Authorization", "Bearer made-up")]).await, (401, key("OAUTH2_INVALID_ACCESS_TOKEN")));
    assert_eq!(call(&[("Authorization", &bearer)]).await, (200, None));
    assert_eq!(ask("/token/revocation", format!("token={token}")).await.status(), 200);
    assert_eq!(call(&[("Authorization", &bearer)]).await, (401, key("OAUTH2_INVALID_ACCESS_TOKEN")));
    drop(server);
    assert_eq!(call(&[("Authorization", &bearer)]).await, (503, key("OAUTH2_SERVER_UNAVAILABLE")));
}

fn own() -> String {
    // Revocations are seen at once: the window in which Access Management does not look is tested apart.
    CLIENTS.replace("    [[domains]]\n    path = \"second\"\n", WEB).replacen(
        "path = \"demo\"\n",
        "path = \"demo\"\n    offline_verification_seconds = 0\n",
        1,
    )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs npm packages: cargo xtask interop"]
async fn openid_client_completes_its_flows() {
    let running = start(&own()).await;
    let issuer = format!("{}/demo/oidc", running.am_origin());
    let ended = tokio::task::spawn_blocking(move || {
        Command::new("node").args(["openid-client.mjs", &issuer]).current_dir(FOLDER).output().unwrap()
    });
    let ended = ended.await.unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

/// The transport that the crate `oauth2` is given.
fn over_http(request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let (uri, mut head) = (request.uri(), String::new());
    head.push_str(&format!("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method(), uri.path(), uri.authority().unwrap()));
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let mut stream = TcpStream::connect(uri.authority().unwrap().as_str())?;
    stream
        .write_all(format!("{head}Content-Length: {}\r\nConnection: close\r\n\r\n", request.body().len()).as_bytes())?;
    stream.write_all(request.body())?;
    let mut raw = String::new();
    stream.read_to_string(&mut raw)?;
    let reply = crate::support::Reply::parse(raw);
    let mut response = http::Response::builder().status(reply.status());
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    Ok(response.body(reply.body.into_bytes()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "one more real client: cargo xtask interop"]
async fn the_crate_oauth2_completes_its_flows() {
    let running = start(&own()).await;
    let origin = running.am_origin().to_owned();
    let flows = tokio::task::spawn_blocking(move || {
        let at = |endpoint: &str| format!("{origin}/demo/oauth/{endpoint}");
        let client = BasicClient::new(ClientId::new("basic".into()))
            .set_client_secret(ClientSecret::new("s3cret".into()))
            .set_auth_uri(AuthUrl::new(at("authorize")).unwrap())
            .set_token_uri(TokenUrl::new(at("token")).unwrap())
            .set_introspection_url(IntrospectionUrl::new(at("introspect")).unwrap())
            // The crate revokes at https URLs only (RFC 7009, section 2); the transport above does not look at the scheme.
            .set_revocation_url(RevocationUrl::new(at("revoke").replace("http://", "https://")).unwrap());
        let scope = Scope::new("read".into());
        let granted = client.exchange_client_credentials().add_scope(scope.clone()).request(&over_http).unwrap();
        assert_eq!(granted.scopes(), Some(&vec![scope]));
        let token = granted.access_token();
        assert!(client.introspect(token).request(&over_http).unwrap().active());
        let revocable = StandardRevocableToken::AccessToken(token.clone());
        client.revoke_token(revocable).unwrap().request(&over_http).unwrap();
        assert!(!client.introspect(token).request(&over_http).unwrap().active());
    });
    flows.await.unwrap();
}
