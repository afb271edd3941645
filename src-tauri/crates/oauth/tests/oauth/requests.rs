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
        with(&|request| request.parameters = vec![("a".into(), "1".into()), ("a".into(), "2".into())]),
        with(&|request| request.parameters = vec![("audience".into(), "x".into()), ("audience".into(), "y".into())]),
        with(&|request| {
            (request.audience, request.parameters) = (Some("y".into()), vec![("audience".into(), "x".into())]);
        }),
    ] {
        assert!(matches!(token(&server, &request).await, Err(Error::BadRequest { .. })), "{request:?}");
    }
    let far = Endpoints::gravitee(&Url::parse("http://as.example").unwrap(), "demo").unwrap();
    let error = request_token(&http(), &far, &client(), &client_credentials(), &cancel()).await.unwrap_err();
    assert!(matches!(error, Error::PlainHttp { host } if host == "as.example"));
    assert!(server.requests().is_empty());
}

/// RFC 8707 2, RFC 8693 2.1.
#[tokio::test]
async fn resources_and_the_audiences_of_a_token_exchange_may_be_several() {
    let server = Server::answering(|_| answer("200 OK", JSON, TOKEN)).await;
    let mut request = client_credentials();
    request.resources = vec!["urn:a".into(), "urn:b".into()];
    request.parameters = vec![("resource".into(), "urn:c".into()), ("resource".into(), "urn:d".into())];
    token(&server, &request).await.unwrap();
    let mut request = oauth::TokenRequest::new(oauth::Grant::TokenExchange {
        subject_token: "s".into(),
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token".into(),
        actor: None,
        requested_token_type: None,
    });
    (request.audience, request.parameters) = (Some("y".into()), vec![("audience".into(), "x".into())]);
    token(&server, &request).await.unwrap();
    let seen = server.requests();
    assert!(seen[0].ends_with("resource=urn%3Aa&resource=urn%3Ab&resource=urn%3Ac&resource=urn%3Ad"), "{}", seen[0]);
    assert!(seen[1].ends_with("audience=y&audience=x"), "{}", seen[1]);
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
    // Metadata of nobody is called that, and is not proposed as an issuer.
    for body in [
        r#"{"token_endpoint":"https://as.example/token"}"#,
        r#"{"issuer":"","token_endpoint":"https://as.example/token"}"#,
    ] {
        let server = Server::answering(move |_| answer("200 OK", JSON, body)).await;
        let issuer = server.url("/t").to_string();
        let error = Issuer::Issuer { issuer }.endpoints(&http(), &cancel()).await.unwrap_err();
        assert!(matches!(&error, Error::WrongAnswer { wrong: WrongAnswer::NoIssuer, .. }), "{error:?}");
        assert!(error.to_string().contains("no issuer, which RFC 8414 2 requires"), "{error}");
        assert!(!error.to_string().contains("nobody"), "{error}");
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
    assert!(!error.to_string().contains("credentials"), "none were sent: {error}");
}

/// Only what could be the endpoint is proposed.
#[tokio::test]
async fn redirects_are_not_followed_for_true_reasons() {
    for (headers, target, proposed) in [
        ("Location: file:///etc/passwd\r\n", "file:///etc/passwd", false),
        ("Location: javascript:alert(1)\r\n", "javascript:alert(1)", false),
        ("", "nowhere", false),
        ("Location: https://u:p4ss@keys.example/a?code=1\r\n", "https://keys.example/a,", true),
        ("Location: /other\r\n", "/other,", true),
    ] {
        let server = Server::answering(move |_| answer("302 Found", headers, "")).await;
        let keys = fetch_jwks(&http(), &server.url("/jwks"), &cancel()).await.unwrap_err();
        let granted = token(&server, &client_credentials()).await.unwrap_err();
        for (error, with_credentials) in [(keys, false), (granted, true)] {
            let causes = format!("{:?}", oauth::explain_error(&error).causes);
            let text = error.to_string();
            assert!(text.contains(target) && !text.contains("p4ss"), "{text}");
            assert_eq!(text.contains("use that URL"), proposed, "{text}");
            assert_eq!(text.contains("credentials would go along"), proposed && with_credentials, "{text}");
            assert_eq!(causes.contains("Use the target's URL"), proposed, "{causes}");
        }
    }
}

/// A server that repeats what it was asked with shows it to nobody, but to who asks for it.
#[tokio::test]
async fn what_introspection_and_userinfo_repeat_is_masked() {
    let server = Server::answering(|request| {
        let line = |start: &str| request.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_default();
        let said = serde_json::json!({
            "active": true, "sub": "s3cret-canary", "auth": line("Authorization: "), "body": request.lines().last(),
            "client_id": "my-client", "deep": [{ "t0ken-canary": "x t0ken-canary y" }], "exp": 1_700_000_000,
        });
        answer("200 OK", JSON, said.to_string())
    })
    .await;
    let post = Client {
        id: "my-client".into(),
        authentication: ClientAuthentication::ClientSecretPost("s3cret-canary".into()),
    };
    let here = Endpoints { userinfo: Some(server.url("/userinfo")), ..endpoints(&server) };
    let token = "t0ken-canary".into();
    for client in [client(), post] {
        let said = introspect(&http(), &here, &client, &token, &cancel()).await.unwrap();
        let shown = serde_json::to_string(&said.members).unwrap();
        for hidden in ["canary", "bXktY2xpZW50"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert_eq!((&said.members["sub"], &said.members["client_id"]), (&"••••".into(), &"my-client".into()));
        assert_eq!(said.members["exp"], 1_700_000_000);
        assert!(!format!("{said:?}").contains("canary"));
        assert_eq!(said.revealed()["sub"], "s3cret-canary");
    }
    let said = oauth::userinfo(&http(), &here, &token, &cancel()).await.unwrap();
    assert_eq!(said.claims["auth"], "Bearer ••••");
    assert!(!format!("{said:?}").contains("t0ken-canary"));
    assert_eq!(said.revealed()["auth"], "Bearer t0ken-canary");
}

/// RFC 9701, OpenID Connect Core 5.3.2: nothing is wrong with the URL.
#[tokio::test]
async fn signed_answers_are_called_that() {
    const SIGNED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJhY3RpdmUiOnRydWV9.c2lnbmF0dXJl";
    for (media_type, setting) in [
        ("application/token-introspection+jwt", "introspection_signed_response_alg"),
        ("application/jwt", "userinfo_signed_response_alg"),
        ("text/plain", "userinfo_signed_response_alg"),
    ] {
        let server =
            Server::answering(move |_| answer("200 OK", &format!("Content-Type: {media_type}\r\n"), SIGNED)).await;
        let here = Endpoints { userinfo: Some(server.url("/userinfo")), ..endpoints(&server) };
        let asked = introspect(&http(), &here, &client(), &"t0ken-canary".into(), &cancel()).await.unwrap_err();
        let user = oauth::userinfo(&http(), &here, &"t0ken-canary".into(), &cancel()).await.unwrap_err();
        for error in [asked, user] {
            let causes = format!("{:?}", oauth::explain_error(&error).causes);
            assert!(error.to_string().contains(&format!("a JWT ({media_type})")), "{error}");
            assert!(causes.contains(setting) && !causes.contains("URL is not that"), "{causes}");
        }
    }
}
