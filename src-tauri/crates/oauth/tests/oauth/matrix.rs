//! Servers × grants × methods × odd secrets, against servers that others wrote, and the doctor in each wrong set-up. The local
//! server's part is in the tests of `gateway`, which runs it. What a server does not offer is not tried; the guide says what that is.

use std::sync::Arc;

use exchange::{Redirects, Request, Settings};
use oauth::{
    AssertionKey, AssertionStyle, AuthenticationMethod, AuthorizationRequest, Client, ClientAuthentication,
    Credentials, Endpoints, Grant, Http, TokenAnswer, TokenRequest, authorize, device, examine, grant_assertion,
    refresh, request_token,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use url::Url;

use crate::interop::{Foreign, cancel, endpoints, for_api, http, named, start_with};

/// Characters that one encoding or the other spoils. oidc-provider takes visible ASCII and the space only (RFC 6749 appendix A.2).
const ODD: [&str; 5] = [
    "colon:and:more-that-is-long-enough-for-hs256",
    "100%25+done-and-more-that-is-long-enough",
    "a/b=c&d-and-more-that-is-long-enough-for-it",
    "with space and + plus, long enough for hs256",
    "~!@#$^*()[]{}|\\;'\",.<>?`-long-enough-for-it",
];
const UNICODE: &str = "schlüssel-пароль-密码-🔑 & more";

/// The grants, by how the table runs them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Run {
    Client,
    Code,
    Renewal,
    Device,
    Password,
    Bearer,
}

fn key() -> AssertionKey {
    AssertionKey::new(&include_str!("fixtures/ec.pem").into(), None).unwrap()
}

fn authentication(method: AuthenticationMethod, secret: &str) -> ClientAuthentication {
    let (secret, style) = (SecretString::from(secret), AssertionStyle::default());
    match method {
        AuthenticationMethod::ClientSecretBasic => ClientAuthentication::ClientSecretBasic(secret),
        AuthenticationMethod::ClientSecretBasicRaw => ClientAuthentication::ClientSecretBasicRaw(secret),
        AuthenticationMethod::ClientSecretPost => ClientAuthentication::ClientSecretPost(secret),
        AuthenticationMethod::ClientSecretJwt => ClientAuthentication::ClientSecretJwt { secret, style },
        AuthenticationMethod::PrivateKeyJwt => ClientAuthentication::PrivateKeyJwt { key: Arc::new(key()), style },
        AuthenticationMethod::TlsClientAuth => ClientAuthentication::TlsClientAuth,
        AuthenticationMethod::None => ClientAuthentication::None,
    }
}

/// A browser that goes where it is sent and keeps its cookies.
fn browse(url: &Url) -> Result<(), String> {
    let url = url.clone();
    tokio::spawn(async move {
        let settings = Settings { redirects: Redirects::None, ..Settings::default() };
        let browser = exchange::Client::new(settings, Arc::new(std::time::SystemTime::now)).unwrap();
        let mut jar: Vec<(String, String)> = Vec::new();
        let mut next = Some(url);
        while let Some(at) = next {
            let cookies = jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            let mut request = Request::new("GET", at);
            if !cookies.is_empty() {
                request = request.header("Cookie", cookies.as_str());
            }
            let page = browser.send(&request, &cancel(), None).await.unwrap();
            let record = page.record(exchange::Reveal::Yes);
            for (name, value) in record.response.unwrap().headers {
                let pair = value.split(';').next().and_then(|pair| pair.split_once('='));
                if let (true, Some((cookie, value))) = (name.eq_ignore_ascii_case("set-cookie"), pair) {
                    jar.retain(|(known, _)| known != cookie);
                    jar.push((cookie.to_owned(), value.to_owned()));
                }
            }
            next = page.header("location").and_then(|location| page.url().join(location).ok());
        }
    });
    Ok(())
}

async fn run(server: &Foreign, endpoints: &Endpoints, client: &Client, run: Run) -> TokenAnswer {
    let (http, cancel) = (http(), cancel());
    let told = |error| -> TokenAnswer { panic!("{run:?} by {}: {error}", client.method().name()) };
    let asked = |grant| async { request_token(&http, endpoints, client, &TokenRequest::new(grant), &cancel).await };
    match run {
        Run::Client if endpoints.dpop_algorithms.is_empty() => {
            asked(Grant::ClientCredentials).await.unwrap_or_else(told)
        }
        Run::Client => request_token(&http, endpoints, client, &for_api(), &cancel).await.unwrap_or_else(told),
        Run::Code => code(&http, endpoints, client).await,
        Run::Renewal => {
            let first = code(&http, endpoints, client).await;
            let like = TokenRequest::new(Grant::ClientCredentials);
            refresh(&http, endpoints, client, &first, &like, &cancel).await.unwrap_or_else(told)
        }
        Run::Device => {
            let request = TokenRequest { scopes: vec!["openid".into()], ..TokenRequest::new(Grant::ClientCredentials) };
            let approve = format!("{}/approve?user_code=", server.issuer);
            let show = |prompt: &oauth::DevicePrompt| {
                let _ = browse(&Url::parse(&format!("{approve}{}", prompt.user_code)).unwrap());
            };
            device(&http, endpoints, client, &request, show, &cancel).await.unwrap_or_else(told)
        }
        Run::Password => {
            let (username, password) = ("alice:&=+ é".to_owned(), UNICODE.into());
            asked(Grant::Password { username, password }).await.unwrap_or_else(told)
        }
        Run::Bearer => {
            let claims = Map::from_iter([("iss".to_owned(), Value::from("me")), ("sub".to_owned(), "bob".into())]);
            let assertion = grant_assertion(&key(), claims, endpoints, http.now()).unwrap();
            asked(Grant::JwtBearer { assertion }).await.unwrap_or_else(told)
        }
    }
}

async fn code(http: &Http, endpoints: &Endpoints, client: &Client) -> TokenAnswer {
    let request = AuthorizationRequest { scopes: vec!["openid".into()], ..AuthorizationRequest::default() };
    let outcome = authorize(http, endpoints, client, &request, browse, &cancel()).await;
    outcome.unwrap_or_else(|error| panic!("code by {}: {error}", client.method().name()))
}

/// The clients of a table, one per method and secret, registered for every grant that oidc-provider has.
fn clients() -> (Vec<(AuthenticationMethod, &'static str, String)>, String) {
    use AuthenticationMethod::{ClientSecretBasic, ClientSecretJwt, ClientSecretPost, None, PrivateKeyJwt};
    let with_secret = [ClientSecretBasic, ClientSecretPost, ClientSecretJwt];
    let mut table: Vec<_> = with_secret.into_iter().flat_map(|method| ODD.map(|secret| (method, secret))).collect();
    table.extend([(PrivateKeyJwt, ""), (None, "")]);
    let named = |(number, (method, secret)): (usize, (AuthenticationMethod, &'static str))| {
        (method, secret, format!("client {number}:%+/=&"))
    };
    let table: Vec<_> = table.into_iter().enumerate().map(named).collect();
    let registered = |(method, secret, id): &(AuthenticationMethod, &str, String)| {
        let mut grants = vec!["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];
        if *method != None {
            grants.push("client_credentials");
        }
        let mut client = json!({
            "id": id, "method": method.name(), "grant_types": grants, "redirect_uris": ["http://127.0.0.1/callback"],
            "response_types": ["code"], "application_type": "native",
        });
        match method {
            PrivateKeyJwt => client["jwks"] = json!({ "keys": [key().public_jwk().unwrap()] }),
            None => {}
            _ => client["client_secret"] = (*secret).into(),
        }
        client
    };
    let json = Value::Array(table.iter().map(registered).collect()).to_string();
    (table, json)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs npm servers: cargo xtask interop"]
async fn interop_oidc_provider_every_grant_and_method() {
    let (table, registered) = clients();
    let server = start_with("oidc-provider.mjs", &key().public_jwk().unwrap().to_string(), &registered);
    let endpoints = endpoints(&server).await;
    for (number, (method, secret, id)) in table.iter().enumerate() {
        let client = named(id, authentication(*method, secret));
        let mut runs = vec![Run::Code, Run::Renewal];
        if *method != AuthenticationMethod::None {
            runs.push(Run::Client);
        }
        // A device is waited for at least five seconds: once per method.
        if number % ODD.len() == 0 || secret.is_empty() {
            runs.push(Run::Device);
        }
        for wanted in runs {
            let answer = run(&server, &endpoints, &client, wanted).await;
            assert!(!answer.access_token.expose_secret().is_empty(), "{wanted:?} by {} as {id}", method.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs npm servers: cargo xtask interop"]
async fn interop_oidc_provider_the_doctor_finds_the_method() {
    let (table, registered) = clients();
    let server = start_with("oidc-provider.mjs", &key().public_jwk().unwrap().to_string(), &registered);
    let endpoints = endpoints(&server).await;
    use AuthenticationMethod::{ClientSecretBasic, ClientSecretBasicRaw, ClientSecretJwt, ClientSecretPost};
    for (right, secret, id) in table.iter().filter(|(_, secret, _)| !secret.is_empty()) {
        for wrong in [ClientSecretBasic, ClientSecretBasicRaw, ClientSecretPost, ClientSecretJwt] {
            for spaced in [(*secret).to_owned(), format!(" {secret}\n")] {
                let client = named(id, authentication(wrong, &spaced));
                let found = examine(&http(), &endpoints, &client, &Credentials::default(), &for_api(), &cancel())
                    .await
                    .unwrap();
                let accepted = found.accepted.unwrap_or_else(|| panic!("{id}: {:?}", found.attempts));
                // It takes Basic and post from each other's clients.
                let either = |method| matches!(method, ClientSecretBasic | ClientSecretPost);
                let method = accepted.method();
                let fits = method == *right || (either(method) && either(*right));
                assert!(fits, "{right:?} configured as {wrong:?}: {:?}", found.attempts);
                assert_eq!(accepted.secret().unwrap().expose_secret(), *secret, "the secret as the server knows it");
                let mut tried: Vec<_> =
                    found.attempts.iter().map(|attempt| (attempt.method.name(), attempt.trimmed)).collect();
                let count = tried.len();
                tried.sort_unstable();
                tried.dedup();
                assert_eq!(tried.len(), count, "no way twice: servers count failures");
            }
        }
    }
}

/// It takes any client; what is proved here are the grants on the wire.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs npm servers: cargo xtask interop"]
async fn interop_oauth2_mock_server_every_grant() {
    let server = start_with("oauth2-mock-server.mjs", "", "[]");
    let endpoints = endpoints(&server).await;
    let secrets = ODD.into_iter().chain([UNICODE]);
    for (number, secret) in secrets.enumerate() {
        for method in [
            AuthenticationMethod::ClientSecretBasic,
            AuthenticationMethod::ClientSecretPost,
            AuthenticationMethod::None,
        ] {
            let client = named(&format!("client {number}:%+/=& ü"), authentication(method, secret));
            for wanted in [Run::Client, Run::Code, Run::Renewal, Run::Password, Run::Bearer] {
                let answer = run(&server, &endpoints, &client, wanted).await;
                let payload = payload(&answer);
                match wanted {
                    Run::Password => assert_eq!(payload["sub"], "alice:&=+ é"),
                    Run::Bearer => assert_eq!(payload["sub"], "bob"),
                    _ => {}
                }
            }
        }
    }
}

fn payload(answer: &TokenAnswer) -> Value {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let part = answer.access_token.expose_secret().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
