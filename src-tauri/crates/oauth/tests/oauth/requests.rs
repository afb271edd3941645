//! What is asked, byte for byte, and where.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use exchange::CancellationToken;
use oauth::{
    Client, ClientAuthentication, Endpoints, Error, Server as Issuer, TokenTypeHint, WrongAnswer, fetch_jwks,
    introspect, request_token, revoke,
};
use url::Url;

use crate::{
    client, client_credentials, endpoints, http,
    server::{Server, answer},
    token,
};

const TOKEN: &str = r#"{"access_token":"abc","token_type":"bearer","expires_in":60}"#;
const JSON: &str = "Content-Type: application/json\r\n";

fn cancel() -> CancellationToken {
    CancellationToken::new()
}

#[tokio::test]
async fn client_credentials_over_the_wire() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    token(&server, &client_credentials()).await.unwrap();
    let mut request = client_credentials();
    request.scopes = vec!["echo:read".into(), "b".into()];
    request.audience = Some("https://api.example".into());
    request.resources = vec!["https://a.example/".into(), "urn:b".into()];
    request.parameters = vec![("x y".into(), "1&2".into())];
    let answer = token(&server, &request).await.unwrap();
    assert_eq!(answer.requested_scope.as_deref(), Some("echo:read b"));
    assert_eq!(answer.scope.as_deref(), Some("echo:read b"), "no scope in the answer: as asked");

    let seen = server.requests();
    assert!(seen[0].starts_with("POST /demo/oauth/token HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[0].contains("Content-Type: application/x-www-form-urlencoded\r\n"));
    assert!(
        seen[0].contains(&format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode("my-client:s3cret-canary")))
    );
    assert!(seen[0].ends_with("\r\n\r\ngrant_type=client_credentials"), "{}", seen[0]);
    assert!(seen[1].ends_with(
        "grant_type=client_credentials&scope=echo%3Aread+b&audience=https%3A%2F%2Fapi.example\
         &resource=https%3A%2F%2Fa.example%2F&resource=urn%3Ab&x+y=1%262"
    ));
}

#[tokio::test]
async fn other_methods_over_the_wire() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    for (authentication, form) in [
        (
            ClientAuthentication::ClientSecretPost("p&q".into()),
            "grant_type=client_credentials&client_id=me&client_secret=p%26q",
        ),
        (ClientAuthentication::None, "grant_type=client_credentials&client_id=me"),
        (ClientAuthentication::TlsClientAuth, "grant_type=client_credentials&client_id=me"),
    ] {
        let client = Client { id: "me".into(), authentication };
        request_token(&http(), &endpoints(&server), &client, &client_credentials(), &cancel()).await.unwrap();
        let seen = server.requests().pop().unwrap();
        assert!(seen.ends_with(form), "{seen}");
        assert!(!seen.contains("Authorization:"));
    }
}

#[tokio::test]
async fn nonsense_is_not_sent() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let with = |change: &dyn Fn(&mut oauth::TokenRequest)| {
        let mut request = client_credentials();
        change(&mut request);
        request
    };
    for request in [
        with(&|request| request.scopes = vec!["a b".into()]),
        with(&|request| request.scopes = vec!["a\"".into()]),
        with(&|request| request.resources = vec!["not absolute".into()]),
        with(&|request| request.resources = vec!["https://a/#b".into()]),
        with(&|request| request.parameters = vec![("client_secret".into(), "x".into())]),
        with(&|request| request.parameters = vec![("Client_Assertion_Type".into(), "x".into())]),
        with(&|request| request.parameters = vec![("state".into(), "x".into())]),
        with(&|request| request.headers = vec![("dpop".into(), "x".into())]),
    ] {
        assert!(matches!(token(&server, &request).await, Err(Error::BadRequest { .. })), "{request:?}");
    }
    let far = Endpoints::gravitee(&Url::parse("http://as.example").unwrap(), "demo").unwrap();
    let error = request_token(&http(), &far, &client(), &client_credentials(), &cancel()).await.unwrap_err();
    assert!(matches!(error, Error::PlainHttp { host } if host == "as.example"));
    assert!(server.requests().is_empty());
}

/// What is shown or copied is what is sent.
#[tokio::test]
async fn extra_headers_are_in_the_shown_request_too() {
    let mut request = client_credentials();
    request.headers = vec![("X-Tenant".into(), "acme".into())];
    let here = Endpoints::gravitee(&Url::parse("https://as.example").unwrap(), "demo").unwrap();
    let shown = oauth::token_message(&http(), &here, &client(), &request).unwrap();
    assert!(shown.headers.iter().any(|header| header.name == "X-Tenant" && header.value.expose() == "acme"));
}

#[test]
fn gravitee_s_paths() {
    for (url, domain) in [("https://am.example/base/", "/demo/"), ("https://am.example/base", "demo")] {
        let endpoints = Endpoints::gravitee(&Url::parse(url).unwrap(), domain).unwrap();
        assert_eq!(endpoints.token.as_str(), "https://am.example/base/demo/oauth/token");
        assert_eq!(endpoints.introspection.unwrap().as_str(), "https://am.example/base/demo/oauth/introspect");
        assert_eq!(endpoints.revocation.unwrap().as_str(), "https://am.example/base/demo/oauth/revoke");
        assert_eq!(endpoints.jwks.unwrap().as_str(), "https://am.example/base/demo/oidc/.well-known/jwks.json");
        assert_eq!(endpoints.issuer.unwrap(), "https://am.example/base/demo/oidc");
    }
    for (url, domain) in [
        ("https://am.example", "  "),
        ("https://am.example/?q", "d"),
        ("https://am.example/#f", "d"),
        ("ftp://am.example", "d"),
        ("https://u:p@am.example", "d"),
    ] {
        let error = Endpoints::gravitee(&Url::parse(url).unwrap(), domain).unwrap_err();
        assert!(matches!(error, Error::BadServer { .. }) && !error.to_string().contains("u:p"), "{url} {error}");
    }
}

/// RFC 8414 3.1 and 3.3, OpenID Connect Discovery 4.
#[tokio::test]
async fn discovery() {
    let places = [
        "/.well-known/oauth-authorization-server/t",
        "/t/.well-known/openid-configuration",
        "/.well-known/openid-configuration/t",
    ];
    for place in places {
        let server = Server::answering(move |request| {
            let host = request.lines().find_map(|line| line.strip_prefix("Host: ")).unwrap();
            let body = format!(r#"{{"issuer":"http://{host}/t","token_endpoint":"http://{host}/token?x=1","jwks_uri":"https://keys.example/jwks","introspection_endpoint":"javascript:x"}}"#);
            match request.split(' ').nth(1) {
                Some(path) if path == place => answer("200 OK", JSON, body),
                _ => answer("404 Not Found", "", ""),
            }
        })
        .await;
        let issuer = server.url("/t").to_string();
        let found = Issuer::Issuer { issuer: issuer.clone() }.endpoints(&http(), &cancel()).await.unwrap();
        assert_eq!(found.token, server.url("/token?x=1"));
        assert_eq!((found.issuer, found.introspection), (Some(issuer.clone()), None));
        assert_eq!(found.notes.len(), 1, "the keys are elsewhere");
        // A trailing slash finds the same place, but is another issuer.
        let other = Issuer::Issuer { issuer: format!("{issuer}/") }.endpoints(&http(), &cancel()).await.unwrap_err();
        assert!(matches!(&other, Error::IssuerMismatch { found, .. } if *found == issuer), "{other}");
    }
    let nothing = Server::answering(|_| answer("302 Found", "Location: https://evil.example/\r\n", "")).await;
    let error = Issuer::Issuer { issuer: nothing.url("/t").into() }.endpoints(&http(), &cancel()).await.unwrap_err();
    assert!(
        matches!(&error, Error::NoMetadata { tried, .. } if tried.contains("302 to https://evil.example/")),
        "{error}"
    );
    for issuer in ["not a url", "https://as.example/?q=1", "https://as.example/#f"] {
        let error = Issuer::Issuer { issuer: issuer.into() }.endpoints(&http(), &cancel()).await.unwrap_err();
        assert!(matches!(error, Error::BadServer { .. }));
    }
}

#[tokio::test]
async fn introspection() {
    for (status, body, active) in [
        ("200 OK", r#"{"active":true,"client_id":"x"}"#, Some(true)),
        ("200 OK", r#"{ "active" : false }"#, Some(false)),
        ("200 OK", r#"{"active":"true"}"#, None),
        ("200 OK", "{}", None),
        ("200 OK", "[]", None),
    ] {
        let server = Server::answering(move |_| answer(status, JSON, body)).await;
        let outcome = introspect(&http(), &endpoints(&server), &client(), &"t0ken-canary".into(), &cancel()).await;
        match active {
            Some(active) => assert_eq!(outcome.unwrap().active, active, "{body}"),
            None => assert!(matches!(outcome.unwrap_err(), Error::WrongAnswer { .. }), "{body}"),
        }
        let seen = server.requests().pop().unwrap();
        assert!(
            seen.starts_with("POST /demo/oauth/introspect ")
                && seen.ends_with("token=t0ken-canary&token_type_hint=access_token"),
            "{seen}"
        );
        assert!(seen.contains("Authorization: Basic"));
    }
}

#[tokio::test]
async fn revocation() {
    let server = Server::answering(|_| answer("200 OK", "", "")).await;
    let done = revoke(&http(), &endpoints(&server), &client(), &"t0ken-canary".into(), None, &cancel()).await.unwrap();
    assert_eq!(done.status(), 200);
    let hint = Some(TokenTypeHint::RefreshToken);
    revoke(&http(), &endpoints(&server), &client(), &"r".into(), hint, &cancel()).await.unwrap();
    let seen = server.requests();
    assert!(
        seen[0].ends_with("\r\n\r\ntoken=t0ken-canary") && seen[1].ends_with("token=r&token_type_hint=refresh_token")
    );
    assert!(!serde_json::to_string(&done.record(exchange::Reveal::No)).unwrap().contains("canary"));
    let other = Server::answering(|_| {
        answer(
            "400 Bad Request",
            JSON,
            r#"{"error":"invalid_grant","error_description":"Cannot revoke tokens issued to other clients."}"#,
        )
    })
    .await;
    let error = revoke(&http(), &endpoints(&other), &client(), &"t".into(), None, &cancel()).await.unwrap_err();
    assert_eq!(error.code(), "invalid_grant");
    let bare = Endpoints { revocation: None, ..endpoints(&server) };
    assert!(matches!(
        revoke(&http(), &bare, &client(), &"t".into(), None, &cancel()).await,
        Err(Error::NoEndpoint { .. })
    ));
}

#[tokio::test]
async fn key_sets() {
    let server = Server::answering(|_| {
        answer(
            "200 OK",
            "Content-Type: application/jwk-set+json; charset=UTF-8\r\nAge: 5\r\nCache-Control: public, max-age=300\r\n",
            r#"{"keys":[]}"#,
        )
    })
    .await;
    let jwks = fetch_jwks(&http(), &server.url("/jwks"), &cancel()).await.unwrap();
    assert_eq!((jwks.text.as_str(), jwks.age, jwks.max_age), (r#"{"keys":[]}"#, Some(5), Some(300)));
    assert!(server.requests()[0].starts_with("GET /jwks "));
    for body in [r#"{"keys":{}}"#, "{}", "[]", "<html>"] {
        let server = Server::answering(move |_| answer("200 OK", JSON, body)).await;
        assert!(
            matches!(fetch_jwks(&http(), &server.url("/"), &cancel()).await, Err(Error::WrongAnswer { .. })),
            "{body}"
        );
    }
    let moved = Server::answering(|_| answer("301 Moved", "Location: http://169.254.169.254/\r\n", "")).await;
    let error = fetch_jwks(&http(), &moved.url("/"), &cancel()).await.unwrap_err();
    assert!(matches!(error, Error::WrongAnswer { wrong: WrongAnswer::Redirected { .. }, .. }));
}
