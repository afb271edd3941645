//! Signed proofs: assertions, DPoP; the doctor; the second try.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use exchange::{CancellationToken, Request, Settings};
use jose::{Algorithm, KeySet};
use oauth::{
    AssertionAudience, AssertionKey, AssertionStyle, AuthenticationMethod, Client, ClientAuthentication, Credentials,
    Dpop, Endpoints, Error, Verdict, examine, request_token, worth_a_fresh_token,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{
    NOW, client, client_credentials, endpoints, http,
    server::{Server, answer},
    token,
};

const JSON: &str = "Content-Type: application/json\r\nCache-Control: no-store\r\n";
const TOKEN: &str = r#"{"access_token":"abc","token_type":"bearer","expires_in":60}"#;

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

fn form(request: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.rsplit("\r\n\r\n").next().unwrap().as_bytes()).into_owned().collect()
}

fn member(request: &str, name: &str) -> String {
    form(request).into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
}

fn line(request: &str, name: &str) -> Option<String> {
    let start = format!("{name}: ");
    request.lines().find_map(|line| line.strip_prefix(&start)).map(str::to_owned)
}

#[tokio::test]
async fn assertions_by_key() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let pem = include_str!("fixtures/ec.pem");
    let certificate = include_bytes!("fixtures/ec.crt");
    let key = AssertionKey::new(&pem.into(), None).unwrap().with_kid("k1").with_certificate(certificate).unwrap();
    let public = jose::parse_key(key.public_jwk().unwrap().to_string().as_bytes()).unwrap();
    let authentication = ClientAuthentication::PrivateKeyJwt { key: Arc::new(key), style: AssertionStyle::default() };
    let client = Client { id: "me".into(), authentication };
    for _ in 0..2 {
        request_token(&http(), &endpoints(&server), &client, &client_credentials(), &CancellationToken::new())
            .await
            .unwrap();
    }
    let seen = server.requests();
    let assertion = member(&seen[0], "client_assertion");
    assert_eq!(member(&seen[0], "client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert!(member(&seen[0], "client_secret").is_empty() && line(&seen[0], "Authorization").is_none());
    KeySet::given(vec![public]).verify_jws(&assertion, &[Algorithm::Es256]).unwrap();
    let (header, claims) = (part(&assertion, 0), part(&assertion, 1));
    assert_eq!((&header["kid"], &header["typ"]), (&"k1".into(), &"JWT".into()));
    let thumbprint = include_str!("fixtures/ec.x5t").trim();
    assert_eq!(header["x5t"], thumbprint);
    assert_eq!((&claims["iss"], &claims["sub"]), (&"me".into(), &"me".into()));
    assert_eq!(claims["aud"], server.url("/demo/oauth/token").as_str());
    assert_eq!((claims["iat"].as_u64(), claims["exp"].as_u64()), (Some(NOW), Some(NOW + 120)));
    assert_ne!(part(&member(&seen[1], "client_assertion"), 1)["jti"], claims["jti"], "one for each request");
    let record = token(&server, &client_credentials()).await.unwrap().exchange.record(exchange::Reveal::No);
    assert!(!serde_json::to_string(&record).unwrap().contains(&assertion));
}

#[tokio::test]
async fn assertions_by_secret_and_their_style() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let discovered = Endpoints { discovered: true, issuer: Some("https://issuer".into()), ..endpoints(&server) };
    let token_url = server.url("/demo/oauth/token").to_string();
    for (audience, endpoints, expected) in [
        (AssertionAudience::Automatic, discovered.clone(), "https://issuer"),
        (AssertionAudience::TokenEndpoint, discovered.clone(), token_url.as_str()),
        (AssertionAudience::Issuer, discovered.clone(), "https://issuer"),
        (AssertionAudience::Other("urn:x".into()), discovered.clone(), "urn:x"),
    ] {
        let style = AssertionStyle { audience, explicit_type: true };
        let secret = SecretString::from("a secret of more than 32 characters, as it should be");
        let authentication = ClientAuthentication::ClientSecretJwt { secret: secret.clone(), style };
        let client = Client { id: "me".into(), authentication };
        request_token(&http(), &endpoints, &client, &client_credentials(), &CancellationToken::new()).await.unwrap();
        let assertion = member(&server.requests().pop().unwrap(), "client_assertion");
        KeySet::given(vec![jose::secret_key(&secret)]).verify_jws(&assertion, &[Algorithm::Hs256]).unwrap();
        assert_eq!(part(&assertion, 1)["aud"], expected);
        assert_eq!(part(&assertion, 0)["typ"], "client-authentication+jwt");
    }
    for bad in ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
        assert!(matches!(AssertionKey::new(&bad.into(), None), Err(Error::BadRequest { .. })), "{bad}");
    }
}

/// RFC 9449 5, 7, 8: a fresh proof per request, the nonce learnt, one repetition.
#[tokio::test]
async fn proof_of_possession() {
    let server = Server::answering(|request| {
        let nonce = line(request, "Dpop").map(|proof| part(&proof, 1)["nonce"].clone());
        match nonce {
            Some(nonce) if nonce == "n1" => {
                answer("200 OK", JSON, r#"{"access_token":"abc","token_type":"DPoP","expires_in":60}"#)
            }
            _ => answer("400 Bad", &format!("{JSON}DPoP-Nonce: n1\r\n"), r#"{"error":"use_dpop_nonce"}"#),
        }
    })
    .await;
    let dpop = Arc::new(Dpop::generate().unwrap());
    let http = http().with_dpop(dpop.clone());
    let endpoints_ = endpoints(&server);
    let (client_, request_) = (client(), client_credentials());
    let cancel = CancellationToken::new();
    let granted = request_token(&http, &endpoints_, &client_, &request_, &cancel).await.unwrap();
    assert_eq!(granted.token_type, "DPoP");
    assert_eq!(server.requests().len(), 2);
    request_token(&http, &endpoints_, &client_, &request_, &cancel).await.unwrap();
    let seen = server.requests();
    assert_eq!(seen.len(), 3, "the nonce is known now");
    let proofs: Vec<String> = seen.iter().map(|request| line(request, "Dpop").unwrap()).collect();
    let (header, claims) = (part(&proofs[1], 0), part(&proofs[1], 1));
    assert_eq!((&header["typ"], &header["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
    assert!(header["jwk"].get("d").is_none() && header.get("kid").is_none(), "{header}");
    assert_eq!((&claims["htm"], &claims["htu"]), (&"POST".into(), &endpoints_.token.as_str().into()));
    assert_ne!(part(&proofs[1], 1)["jti"], part(&proofs[2], 1)["jti"]);
    let key = jose::parse_key(header["jwk"].to_string().as_bytes()).unwrap();
    KeySet::given(vec![key]).verify_jws(&proofs[1], &[Algorithm::Es256]).unwrap();

    let mut call = Request::new("GET", server.url("/api?x=1")).header("authorization", "Bearer old");
    dpop.authorize(&mut call, &granted.access_token, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)).unwrap();
    let one = |name: &str| {
        let all: Vec<_> = call.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).collect();
        assert_eq!(all.len(), 1);
        all[0].value.expose().to_owned()
    };
    assert_eq!(one("authorization"), "DPoP abc");
    let claims = part(&one("dpop"), 1);
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"abc");
    assert_eq!(claims["ath"], BASE64_URL_SAFE_NO_PAD.encode(hash));
    assert_eq!(claims["htu"], server.url("/api").as_str());

    let stubborn = Server::answering(|_| {
        answer("400 Bad", &format!("{JSON}DPoP-Nonce: n{}\r\n", NOW), r#"{"error":"use_dpop_nonce"}"#)
    })
    .await;
    let error = request_token(&http, &endpoints(&stubborn), &client_, &request_, &cancel).await.unwrap_err();
    assert_eq!((error.code(), stubborn.requests().len()), ("use_dpop_nonce", 2));
}

/// Each way at most once; none again that failed already; stops at the first success.
#[tokio::test]
async fn the_doctor_finds_the_way() {
    let post = Server::answering(|request| match member(request, "client_secret").as_str() {
        "s%cret" => answer("400 Bad", JSON, r#"{"error":"invalid_scope"}"#),
        _ => answer("401 U", JSON, r#"{"error":"invalid_client"}"#),
    })
    .await;
    let with = |secret: &str| Client {
        id: "me".into(),
        authentication: ClientAuthentication::ClientSecretBasic(secret.into()),
    };
    let examine_ = |server: &Server, client: Client| {
        let endpoints = endpoints(server);
        async move {
            examine(
                &http(),
                &endpoints,
                &client,
                &Credentials::default(),
                &client_credentials(),
                &CancellationToken::new(),
            )
            .await
            .unwrap()
        }
    };
    let found = examine_(&post, with("s%cret")).await;
    assert_eq!(found.accepted.unwrap().method(), AuthenticationMethod::ClientSecretPost);
    let tried: Vec<_> = found.attempts.iter().map(|attempt| (attempt.method, attempt.verdict)).collect();
    assert_eq!(
        tried,
        [
            (AuthenticationMethod::ClientSecretBasic, Verdict::Refused),
            (AuthenticationMethod::ClientSecretBasicRaw, Verdict::Refused),
            (AuthenticationMethod::ClientSecretPost, Verdict::Accepted)
        ]
    );
    assert!(found.token.is_none());
    let detail = &found.attempts[2].detail;
    assert!(detail.contains("client is known") && detail.contains("the scope is refused (invalid_scope)"), "{detail}");

    let found = examine_(&post, with("plain-secret")).await;
    let tried: Vec<_> = found.attempts.iter().map(|attempt| attempt.method).collect();
    assert_eq!(
        tried,
        [
            AuthenticationMethod::ClientSecretBasic,
            AuthenticationMethod::ClientSecretPost,
            AuthenticationMethod::ClientSecretJwt,
            AuthenticationMethod::None
        ],
        "raw would be the same request"
    );
    assert!(found.accepted.is_none());

    let basic = Server::answering(|request| match line(request, "Authorization").as_deref() {
        Some("Basic bWU6c2VjcmV0") => answer("200 OK", JSON, TOKEN),
        _ => answer("401 U", JSON, r#"{"error":"invalid_client"}"#),
    })
    .await;
    let found = examine_(&basic, with("secret\n")).await;
    assert!(found.attempts.last().unwrap().trimmed && found.token.is_some());
    assert_eq!(found.accepted.unwrap().secret().unwrap().expose_secret(), "secret");
}

/// What is accepted with a secret in the body is asked once more without it: a public client's secret is not looked at.
#[tokio::test]
async fn the_doctor_knows_a_public_client() {
    const UNKNOWN: &str = r#"{"error":"invalid_client"}"#;
    // What is answered to the secret in the body, and to nothing: a token, or that the grant is not for this client.
    for (with_secret, without, right) in [
        (TOKEN, TOKEN, AuthenticationMethod::None),
        (TOKEN, UNKNOWN, AuthenticationMethod::ClientSecretPost),
        (TOKEN, r#"{"error":"unauthorized_client"}"#, AuthenticationMethod::ClientSecretPost),
        (r#"{"error":"invalid_scope"}"#, r#"{"error":"invalid_scope"}"#, AuthenticationMethod::None),
    ] {
        let server = Server::answering(move |request| {
            let body = match (line(request, "Authorization"), request.contains("client_secret=")) {
                (Some(_), _) => UNKNOWN,
                (None, true) => with_secret,
                (None, false) => without,
            };
            let status = if body == TOKEN { "200 OK" } else { "400 Bad" };
            answer(status, JSON, body)
        })
        .await;
        let client = Client { id: "me".into(), authentication: ClientAuthentication::ClientSecretBasic("any".into()) };
        let (request, nothing, cancel) = (client_credentials(), Credentials::default(), CancellationToken::new());
        let found = examine(&http(), &endpoints(&server), &client, &nothing, &request, &cancel).await.unwrap();
        assert_eq!(found.accepted.unwrap().method(), right, "{without}: {:?}", found.attempts);
        assert_eq!(server.requests().len(), 3, "Basic, the body, nothing: {:?}", found.attempts);
        let last = found.attempts.last().unwrap();
        assert_eq!((last.method, last.verdict), (right, Verdict::Accepted));
        assert_eq!(last.detail.contains("this client is public"), right == AuthenticationMethod::None, "{last:?}");
        assert_eq!(found.token.is_some(), with_secret == TOKEN);
    }
}

#[tokio::test]
async fn a_second_try_only_where_it_helps() {
    let minting = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let token = token(&minting, &client_credentials()).await.unwrap();
    let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + seconds);
    for (status, challenge, age, worth) in [
        ("401 U", "Bearer error=\"invalid_token\"", 1, true),
        ("401 U", "Bearer error=\"insufficient_scope\"", 100, false),
        ("401 U", "Bearer realm=\"gravitee.io\"", 100, true),
        ("401 U", "Bearer realm=\"gravitee.io\"", 5, false),
        ("401 U", "Basic realm=\"x\"", 100, false),
        ("403 F", "Bearer error=\"invalid_token\"", 100, false),
        ("200 O", "Bearer error=\"invalid_token\"", 100, false),
    ] {
        let bytes = answer(status, &format!("WWW-Authenticate: {challenge}\r\n"), "");
        let server = Server::answering(move |_| bytes.clone()).await;
        let client = exchange::Client::new(Settings::default(), Arc::new(SystemTime::now)).unwrap();
        let exchange =
            client.send(&Request::new("GET", server.url("/")), &CancellationToken::new(), None).await.unwrap();
        assert_eq!(worth_a_fresh_token(&exchange, &token, at(age)), worth, "{status} {challenge} {age}");
    }
}
