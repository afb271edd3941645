//! A client that is refused is told what fits the way it authenticated.

use std::sync::Arc;

use exchange::CancellationToken;
use oauth::{
    AssertionKey, AssertionStyle, Client, ClientAuthentication, Credentials, Verdict, examine, explain_error,
    request_token,
};
use secrecy::SecretString;

use crate::{
    client_credentials, endpoints, http,
    server::{Server, answer},
};

fn by_key() -> ClientAuthentication {
    let key = AssertionKey::new(&include_str!("fixtures/ec.pem").into(), None).unwrap();
    ClientAuthentication::PrivateKeyJwt { key: Arc::new(key), style: AssertionStyle::default() }
}

/// A refused client is explained by what it proved itself with.
#[tokio::test]
async fn a_refused_client_is_explained_by_its_method() {
    let style = AssertionStyle::default;
    let secret = || SecretString::from("a-canary-that-is-long-enough-for-hs256");
    let special = || SecretString::from("a+canary/that-is-long-enough");
    const GENERIC: &str = "Client authentication failed due to unknown clientId, expired or invalid client secret";
    const METHOD: &str = "Invalid client: missing or unsupported authentication method";
    let rows: Vec<(ClientAuthentication, &str, &[&str], &[&str])> = vec![
        (ClientAuthentication::ClientSecretBasic(special()), GENERIC, &["secret", "client_secret_basic_raw"], &["kid"]),
        (ClientAuthentication::ClientSecretBasicRaw(special()), "", &["secret", "Try client_secret_basic "], &["kid"]),
        // Both forms of Basic send the same.
        (ClientAuthentication::ClientSecretBasic(secret()), GENERIC, &["secret"], &["special", "basic_raw", "kid"]),
        (
            ClientAuthentication::ClientSecretBasicRaw(secret()),
            "",
            &["secret"],
            &["special", "Try client_secret_basic"],
        ),
        (ClientAuthentication::ClientSecretBasic(secret()), METHOD, &["another method"], &["special"]),
        (ClientAuthentication::ClientSecretBasic(special()), METHOD, &["another method", "special"], &["kid"]),
        (ClientAuthentication::ClientSecretPost(secret()), GENERIC, &["secret"], &["Basic credentials", "kid"]),
        (
            ClientAuthentication::ClientSecretJwt { secret: secret(), style: style() },
            "",
            &["secret", "aud", "clocks"],
            &["kid", "Basic credentials"],
        ),
        (by_key(), GENERIC, &["public key", "kid", "(aud)", "clocks", "claimcheck doctor"], &["secret"]),
        (by_key(), "assertion has expired", &["clocks"], &["kid", "secret"]),
        (by_key(), "Unable to validate client, no matching key.", &["kid"], &["clocks", "secret"]),
        (by_key(), "No jwk keys available on client", &["register its public key"], &["clocks", "secret"]),
        (ClientAuthentication::TlsClientAuth, "", &["subject", "mTLS"], &["secret", "kid"]),
        (
            ClientAuthentication::TlsClientAuth,
            "Missing or invalid peer certificate",
            &["subject", "mTLS"],
            &["secret", "kid"],
        ),
        (ClientAuthentication::None, GENERIC, &["not public"], &["kid"]),
        (
            by_key(),
            "Invalid client: missing or unsupported authentication method",
            &["another method than private_key_jwt"],
            &["kid", "secret"],
        ),
    ];
    for (authentication, said, words, foreign) in rows {
        let what = format!("{}, {said:?}", authentication.method().name());
        let body = format!(r#"{{"error":"invalid_client","error_description":"{said}"}}"#);
        let text = told(authentication, "401 U", body, "").await;
        words.iter().for_each(|word| assert!(text.contains(word), "{what} without {word}: {text}"));
        foreign.iter().for_each(|word| assert!(!text.contains(word), "{what} with {word}: {text}"));
    }
}

/// The server's `Date` tells a clock that is off.
#[tokio::test]
async fn an_assertion_that_came_at_the_wrong_time_is_measured() {
    let body = r#"{"error":"invalid_client"}"#.to_owned();
    let text = told(by_key(), "401 U", body, "Date: Tue, 14 Nov 2023 22:23:20 GMT\r\n").await;
    assert!(text.contains("The server's is 10 minutes ahead of this machine's"), "{text}");
}

/// The doctor lays a refusal at the clocks where the server says so, or its `Date` does and nothing else is named.
#[tokio::test]
async fn the_doctor_sees_clocks_that_differ() {
    const AHEAD: &str = "Date: Tue, 14 Nov 2023 22:23:20 GMT\r\n";
    let basic = || ClientAuthentication::ClientSecretBasic("a-canary-that-is-long-enough-for-hs256".into());
    let rows: Vec<(ClientAuthentication, &str, &'static str, Option<&str>)> = vec![
        (by_key(), "assertion has expired", "", Some("lives two minutes")),
        (by_key(), "assertion is invalid: it is not valid yet", "", Some("lives two minutes")),
        (by_key(), "assertion has expired", AHEAD, Some("10 minutes ahead")),
        (by_key(), "", AHEAD, Some("10 minutes ahead")),
        (by_key(), "", "", None),
        (by_key(), "wrong signature", AHEAD, None),
        (basic(), "", AHEAD, None),
    ];
    for (authentication, said, headers, expected) in rows {
        let body = format!(r#"{{"error":"invalid_client","error_description":"{said}"}}"#);
        let server = Server::answering(move |_| answer("401 U", headers, &body)).await;
        let client = Client { id: "c".into(), authentication };
        let (request, nothing, cancel) = (client_credentials(), Credentials::default(), CancellationToken::new());
        let found = examine(&http(), &endpoints(&server), &client, &nothing, &request, &cancel).await.unwrap();
        let clocks = found.attempts.iter().find_map(|attempt| attempt.clocks.as_deref());
        assert_eq!(clocks.is_some(), expected.is_some(), "{said:?}, {headers:?}: {:?}", found.attempts);
        assert!(clocks.unwrap_or_default().contains(expected.unwrap_or_default()), "{said:?}, {headers:?}: {clocks:?}");
        assert!(found.attempts.iter().all(|attempt| attempt.verdict == Verdict::Refused));
    }
}

/// Keycloak refuses a wrong secret with `unauthorized_client` and 401; with 400 the code is about the grant.
#[tokio::test]
async fn an_unauthorized_client_is_told_by_the_status() {
    let basic = || ClientAuthentication::ClientSecretBasic("wrong".into());
    let body = || {
        r#"{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}"#
            .to_owned()
    };
    let text = told(basic(), "401 Unauthorized", body(), "").await;
    assert!(text.starts_with("Client ID or secret is wrong") && text.contains("may not use this grant"), "{text}");
    let text = told(basic(), "400 Bad Request", body(), "").await;
    assert!(text.starts_with("The client may not use this grant") && !text.contains("secret"), "{text}");
}

/// What a client is told that is refused like this.
async fn told(
    authentication: ClientAuthentication,
    status: &'static str,
    body: String,
    headers: &'static str,
) -> String {
    let server = Server::answering(move |_| answer(status, headers, &body)).await;
    let client = Client { id: "c".into(), authentication };
    let cancel = CancellationToken::new();
    let outcome = request_token(&http(), &endpoints(&server), &client, &client_credentials(), &cancel).await;
    let explanation = explain_error(&outcome.unwrap_err());
    assert!(explanation.causes.is_sorted_by_key(|cause| cause.likelihood), "{explanation:?}");
    explanation.causes.iter().map(|cause| format!("{} {}\n", cause.cause, cause.next)).collect()
}
