//! Authorization servers that others wrote. `npm ci` in `tests/interop` first; not part of `cargo test`.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
    time::SystemTime,
};

use exchange::{CancellationToken, Settings};
use oauth::{
    AssertionKey, AssertionStyle, AuthenticationMethod, AuthorizationRequest, Client, ClientAuthentication,
    Credentials, Dpop, Endpoints, Error, Grant, Http, Server, TokenRequest, authorize, device, examine, fetch_jwks,
    introspect, request_token, revoke,
};
use secrecy::ExposeSecret;
use url::Url;

const SECRET: &str = "s: %&+/=?\"\\ long enough for an HMAC key";

/// A server in a process of its own, ended with the test.
pub struct Foreign {
    child: Child,
    /// Kept open: a server that cannot write its warnings ends.
    _output: BufReader<ChildStdout>,
    pub issuer: String,
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(script: &str, jwk: &str) -> Foreign {
    start_with(script, jwk, "[]")
}

/// With further clients, as JSON.
pub fn start_with(script: &str, jwk: &str, clients: &str) -> Foreign {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/interop");
    let mut child = Command::new("node")
        .arg(script)
        .current_dir(folder)
        .env("CLIENT_JWK", jwk)
        .env("CLIENTS", clients)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut issuer = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut issuer).unwrap();
    Foreign { child, _output: output, issuer: issuer.trim().to_owned() }
}

pub fn http() -> Http {
    Http::new(Settings::default(), Arc::new(SystemTime::now), false).unwrap()
}

pub fn cancel() -> CancellationToken {
    CancellationToken::new()
}

pub async fn endpoints(server: &Foreign) -> Endpoints {
    Server::Issuer { issuer: server.issuer.clone() }.endpoints(&http(), &cancel()).await.unwrap()
}

pub fn for_api() -> TokenRequest {
    let mut request = TokenRequest::new(Grant::ClientCredentials);
    request.scopes = vec!["api:read".into()];
    request.resources = vec!["urn:api".into()];
    request
}

pub fn named(id: &str, authentication: ClientAuthentication) -> Client {
    Client { id: id.into(), authentication }
}

#[tokio::test]
#[ignore = "needs npm servers: cargo xtask interop"]
async fn oidc_provider_knows_every_method() {
    let key = AssertionKey::new(&include_str!("fixtures/ec.pem").into(), None).unwrap();
    let server = start("oidc-provider.mjs", &key.public_jwk().unwrap().to_string());
    let endpoints = endpoints(&server).await;
    assert_eq!(endpoints.notes, Vec::<String>::new());
    let style = AssertionStyle::default;
    for client in [
        named("basic id:+", ClientAuthentication::ClientSecretBasic(SECRET.into())),
        named("post", ClientAuthentication::ClientSecretPost(SECRET.into())),
        named("jwt", ClientAuthentication::ClientSecretJwt { secret: SECRET.into(), style: style() }),
        named("key", ClientAuthentication::PrivateKeyJwt { key: Arc::new(key), style: style() }),
    ] {
        let answer = request_token(&http(), &endpoints, &client, &for_api(), &cancel()).await;
        let answer = answer.unwrap_or_else(|error| panic!("{client:?}: {error}"));
        assert_eq!(
            (answer.expires_in, answer.scope.as_deref(), &answer.notes),
            (Some(600), Some("api:read"), &Vec::new())
        );
    }
    let jwks = fetch_jwks(&http(), endpoints.jwks.as_ref().unwrap(), &cancel()).await.unwrap();
    assert!(jwks.text.contains("RS256"));
}

#[tokio::test]
#[ignore = "needs npm servers: cargo xtask interop"]
async fn oidc_provider_binds_introspects_revokes_and_is_examined() {
    let key = AssertionKey::new(&include_str!("fixtures/ec.pem").into(), None).unwrap();
    let server = start("oidc-provider.mjs", &key.public_jwk().unwrap().to_string());
    let endpoints = endpoints(&server).await;
    let bound = http().with_dpop(Arc::new(Dpop::generate().unwrap()));
    let client = named("dpop", ClientAuthentication::ClientSecretBasic(SECRET.into()));
    let answer = request_token(&bound, &endpoints, &client, &for_api(), &cancel()).await.unwrap();
    assert_eq!(answer.token_type, "DPoP");

    let client = named("post", ClientAuthentication::ClientSecretPost(SECRET.into()));
    let opaque = TokenRequest::new(Grant::ClientCredentials);
    let token = request_token(&http(), &endpoints, &client, &opaque, &cancel()).await.unwrap();
    assert!(introspect(&http(), &endpoints, &client, &token.access_token, &cancel()).await.unwrap().active);
    revoke(&http(), &endpoints, &client, &token.access_token, None, &cancel()).await.unwrap();
    assert!(!introspect(&http(), &endpoints, &client, &token.access_token, &cancel()).await.unwrap().active);

    let wrong = named("jwt", ClientAuthentication::ClientSecretBasic(SECRET.into()));
    let error = request_token(&http(), &endpoints, &wrong, &for_api(), &cancel()).await.unwrap_err();
    assert_eq!(error.code(), "invalid_client");
    let found = examine(&http(), &endpoints, &wrong, &Credentials::default(), &for_api(), &cancel()).await.unwrap();
    assert_eq!(found.accepted.unwrap().method(), AuthenticationMethod::ClientSecretJwt);
    assert!(found.token.is_some());
}

#[tokio::test]
#[ignore = "needs npm servers: cargo xtask interop"]
async fn oidc_provider_gives_device_codes() {
    let key = AssertionKey::new(&include_str!("fixtures/ec.pem").into(), None).unwrap();
    let server = start("oidc-provider.mjs", &key.public_jwk().unwrap().to_string());
    let endpoints = endpoints(&server).await;
    let client = named("device", ClientAuthentication::None);
    let mut request = TokenRequest::new(Grant::ClientCredentials);
    request.scopes = vec!["openid".into()];
    let (seen, stop) = (std::cell::Cell::new(None), cancel());
    let show = |prompt: &oauth::DevicePrompt| {
        seen.set(Some(prompt.clone()));
        stop.cancel();
    };
    let outcome = device(&http(), &endpoints, &client, &request, show, &stop).await;
    assert!(matches!(outcome, Err(Error::Send { .. })), "{outcome:?}");
    assert!(seen.take().unwrap().verification_uri.as_str().starts_with(&server.issuer));
}

#[tokio::test]
#[ignore = "needs npm servers: cargo xtask interop"]
async fn oauth2_mock_server_runs_the_code_flow() {
    let server = start("oauth2-mock-server.mjs", "");
    let endpoints = endpoints(&server).await;
    let client = named("me", ClientAuthentication::None);
    // A browser that follows the redirect.
    let open = |url: &Url| {
        let url = url.clone();
        tokio::spawn(async move {
            let settings = Settings { redirects: exchange::Redirects::Follow { max: 5 }, ..Settings::default() };
            let browser = exchange::Client::new(settings, Arc::new(SystemTime::now)).unwrap();
            let page =
                browser.send(&exchange::Request::new("GET", url), &CancellationToken::new(), None).await.unwrap();
            assert!(page.url().path() == "/done" && page.url().query().is_none());
        });
        Ok(())
    };
    let request = AuthorizationRequest { scopes: vec!["openid".into()], ..AuthorizationRequest::default() };
    let answer = authorize(&http(), &endpoints, &client, &request, open, &cancel()).await.unwrap();
    assert!(answer.access_token.expose_secret().starts_with("eyJ"));
    let refresh = Grant::RefreshToken { refresh_token: answer.refresh_token.unwrap() };
    request_token(&http(), &endpoints, &client, &TokenRequest::new(refresh), &cancel()).await.unwrap();
}
