//! A refusal is laid at the right door.

use std::time::{Duration, SystemTime};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use exchange::{CancellationToken, Client, Request, Settings};
use oauth::{
    CallContext, Explanation, Grant, Likelihood, Side, TokenRequest, TokenTypeHint, explain_error, explain_response,
    revoke,
};
use secrecy::SecretString;

use crate::{
    NOW, client_credentials,
    server::{Server, answer},
    token,
};

const GRAVITEE: &str = "X-Gravitee-Transaction-Id: t\r\nX-Gravitee-Request-Id: r\r\n";

fn jwt(claims: &str) -> SecretString {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.c2lnbmF0dXJl", part(r#"{"alg":"RS256"}"#), part(claims)).into()
}

fn good() -> SecretString {
    jwt(&format!(
        r#"{{"iss":"https://am/demo/oidc","client_id":"my-client","aud":"my-client","scope":"read","exp":{}}}"#,
        NOW + 100
    ))
}

async fn explain(status: &str, headers: &str, body: &str, token: Option<&SecretString>) -> Explanation {
    let bytes = answer(status, headers, body);
    let server = Server::answering(move |_| bytes.clone()).await;
    let client = Client::new(Settings::default(), std::sync::Arc::new(SystemTime::now)).unwrap();
    let mut request = Request::new("GET", server.url("/echo"));
    if let Some(token) = token {
        request = request.bearer(token);
    }
    let exchange = client.send(&request, &CancellationToken::new(), None).await.unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let context = CallContext { token, issuer: Some("https://am/demo/oidc"), now };
    explain_response(&exchange, &context).unwrap()
}

/// Status, headers, message, token sent, side, words of the first cause.
type Row = (&'static str, &'static str, &'static str, bool, Side, &'static str);

#[tokio::test]
async fn gravitee_in_all_dialects() {
    let rows: &[Row] = &[
        // D0
        (
            "401 U",
            "WWW-Authenticate: Bearer realm=gravitee.io - No OAuth authorization header was supplied\r\n",
            "No OAuth authorization header was supplied",
            false,
            Side::GatewayPolicy,
            "carried no token",
        ),
        (
            "401 U",
            "WWW-Authenticate: Bearer realm=gravitee.io - No OAuth authorization header was supplied\r\n",
            "No OAuth authorization header was supplied",
            true,
            Side::GatewayPolicy,
            "did not arrive",
        ),
        ("403 F", "", "You're not allowed to access this resource", true, Side::GatewayPolicy, "requires scopes"),
        // D1
        (
            "401 U",
            "WWW-Authenticate: Bearer realm=\"gravitee.io\", error=\"insufficient_scope\", error_description=\"The request requires higher privileges than provided by the access token.\"\r\n",
            "",
            true,
            Side::GatewayPolicy,
            "requires scopes",
        ),
        (
            "401 U",
            "",
            "No OAuth authorization server has been configured",
            true,
            Side::GatewayPolicy,
            "names a resource",
        ),
        // D2, D3 in a flow
        (
            "401 U",
            "WWW-Authenticate: Bearer realm=\"gravitee.io\"\r\n",
            "Unauthorized",
            false,
            Side::GatewayPolicy,
            "carried no token",
        ),
        (
            "401 U",
            "WWW-Authenticate: Bearer realm=\"gravitee.io\"\r\n",
            "Unauthorized",
            true,
            Side::GatewayPolicy,
            "requires scopes",
        ),
        (
            "503 S",
            "WWW-Authenticate: Bearer realm=\"gravitee.io\"\r\n",
            "temporarily_unavailable",
            true,
            Side::GatewayPolicy,
            "authorization server is down",
        ),
        ("401 U", "X-Gravitee-Client-Identifier: c\r\n", "Unauthorized", true, Side::GatewayPolicy, "names a resource"),
        // plans
        (
            "401 U",
            "WWW-Authenticate: Bearer\r\n",
            "Unauthorized",
            true,
            Side::GatewayPlan,
            "client my-client is not subscribed",
        ),
        ("401 U", "", "Unauthorized", false, Side::GatewayPlan, "carried no token"),
        ("503 S", "", "Temporarily Unavailable", true, Side::GatewayPlan, "authorization server is down"),
        ("401 U", "", "The provided credentials are not authorized", true, Side::GatewayPlan, "no subscription"),
        ("401 U", "", "Access has expired for the provided credentials", true, Side::GatewayPlan, "has ended"),
        // the gateway and what is behind it
        ("502 B", "", "", true, Side::Gateway, "endpoint is down"),
        ("504 G", "", "Request timeout", true, Side::Gateway, "longer than"),
        (
            "401 U",
            "WWW-Authenticate: Basic realm=\"own\"\r\n",
            "{\"reason\":\"go away\"}",
            true,
            Side::Upstream,
            "wants Basic",
        ),
    ];
    for (status, headers, message, sent, side, first) in rows {
        let body = match *message {
            "" => String::new(),
            text if text.starts_with('{') => text.to_owned(),
            text => format!("{{\"message\":\"{text}\",\"http_status_code\":{}}}", &status[..3]),
        };
        let explanation = explain(status, &format!("{GRAVITEE}{headers}"), &body, sent.then(good).as_ref()).await;
        assert_eq!(explanation.side, *side, "{status} {headers} {message}: {explanation:?}");
        let words = &explanation.causes[0].cause;
        assert!(words.contains(first), "{status} {headers} {message}: {words}");
        assert!(explanation.causes.is_sorted_by_key(|cause| cause.likelihood));
    }
}

#[tokio::test]
async fn the_bare_text_is_recognised_too() {
    let explanation = explain(
        "401 Unauthorized",
        "Content-Type: text/plain\r\nWWW-Authenticate: Bearer realm=\"gravitee.io\"\r\n",
        "Unauthorized",
        None,
    )
    .await;
    assert_eq!((explanation.side, explanation.causes[0].likelihood), (Side::GatewayPolicy, Likelihood::Certain));
}

#[tokio::test]
async fn the_token_tells_first() {
    let challenge = "WWW-Authenticate: Bearer realm=\"x\", error=\"invalid_token\", error_description=\"nope\"\r\n";
    for (claims, words, likelihood) in [
        (format!(r#"{{"exp":{}}}"#, NOW - 600), "expired 10 min ago", Likelihood::Certain),
        (format!(r#"{{"nbf":{},"exp":{}}}"#, NOW + 600, NOW + 700), "not valid yet", Likelihood::Likely),
        (
            format!(r#"{{"iss":"https://am/other/oidc","exp":{}}}"#, NOW + 9),
            "issued by https://am/other/oidc",
            Likelihood::Likely,
        ),
    ] {
        let explanation = explain("401 Unauthorized", challenge, "", Some(&jwt(&claims))).await;
        assert!(explanation.causes[0].cause.contains(words), "{:?}", explanation.causes);
        assert_eq!(explanation.causes[0].likelihood, likelihood);
        assert!(explanation.causes.iter().any(|cause| cause.cause.contains("It says: nope")));
    }
    let scope = "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"read write\"\r\n";
    let explanation = explain("403 Forbidden", scope, "", Some(&good())).await;
    assert!(
        explanation.causes[0].cause.contains("wants the scope write, the token has read"),
        "{:?}",
        explanation.causes
    );
    for (token, words) in [("Bearer abc", "scheme was sent twice"), ("eyJhbGciOiJIUzI1NiJ9.eyJz", "cut off")] {
        let explanation = explain("401 Unauthorized", "", "", Some(&SecretString::from(token))).await;
        assert!(explanation.causes[0].cause.contains(words), "{:?}", explanation.causes);
    }
}

#[tokio::test]
async fn others() {
    let envoy = explain("401 Unauthorized", "", "Jwt is expired", Some(&good())).await;
    assert!(envoy.headline.starts_with("Envoy refused") && envoy.side == Side::Gateway, "{envoy:?}");
    let bare = explain("401 Unauthorized", "", "", None).await;
    assert!(bare.causes[0].cause.contains("lacks WWW-Authenticate"), "{bare:?}");
    let unavailable = explain("503 Service Unavailable", "Retry-After: 30\r\n", "<html>", Some(&good())).await;
    assert!(unavailable.causes[0].next.contains("after 30"));
}

#[tokio::test]
async fn refusals_of_a_token() {
    const METHOD: &str = "Invalid client: missing or unsupported authentication method";
    const GENERIC: &str = "Client authentication failed due to unknown clientId, expired or invalid client secret";
    for (status, body, words) in [
        (
            "401 U",
            format!(r#"{{"error":"invalid_client","error_description":"{GENERIC}"}}"#),
            "Client ID or secret is wrong",
        ),
        ("401 U", format!(r#"{{"error":"invalid_client","error_description":"{METHOD}"}}"#), "another method"),
        (
            "401 U",
            r#"{"error":"invalid_client","error_description":"Missing or invalid peer certificate"}"#.into(),
            "TLS certificate",
        ),
        (
            "400 B",
            r#"{"error":"unsupported_grant_type","error_description":"Unsupported grant type: client_credentials"}"#
                .into(),
            "not enabled",
        ),
        ("400 B", r#"{"error":"invalid_scope","error_description":"Invalid scope(s): x"}"#.into(), "scope"),
        ("404 N", "No security domain matches the request URI.".into(), "no such security domain"),
        ("404 N", "No endpoint matches the request URI.".into(), "not this path"),
        ("400 B", r#"{"error":"invalid_grant"}"#.into(), "bound to a key"),
        ("200 O", r#"{"access_token":"a","access_token":"b"}"#.into(), "puts its answers together wrongly"),
        ("200 O", "<html>".into(), "not that of the endpoint"),
    ] {
        let server = Server::answering(move |_| answer(status, "Content-Type: text/plain\r\n", &body)).await;
        let explanation = explain_error(&token(&server, &client_credentials()).await.unwrap_err());
        assert!(explanation.causes[0].cause.contains(words), "{words}: {explanation:?}");
    }
}

/// A refused grant is explained by what it was asked by.
#[tokio::test]
async fn an_invalid_grant_is_explained_by_the_grant() {
    let secret = || SecretString::from("s");
    let code = Grant::AuthorizationCode {
        code: secret(),
        redirect_uri: "http://127.0.0.1/callback".parse().unwrap(),
        verifier: secret(),
    };
    let rows = [
        (Grant::ClientCredentials, "DPoP", "unauthorized_client", "expired"),
        (Grant::RefreshToken { refresh_token: secret() }, "refresh token is unknown", "rotation", "redirect"),
        (code, "authorization code is unknown", "PKCE", "password"),
        (Grant::DeviceCode { device_code: secret() }, "device code is unknown", "", "PKCE"),
        (Grant::Password { username: "u".into(), password: secret() }, "User name or password", "", "PKCE"),
        (Grant::JwtBearer { assertion: secret() }, "who issued the assertion", "audience", "PKCE"),
    ];
    for (grant, first, further, foreign) in rows {
        let server = Server::answering(|_| answer("400 B", "", r#"{"error":"invalid_grant"}"#)).await;
        let explanation = explain_error(&token(&server, &TokenRequest::new(grant.clone())).await.unwrap_err());
        let text = format!("{:?}", explanation.causes);
        assert!(explanation.causes[0].cause.contains(first), "{grant:?}: {text}");
        assert!(text.contains(further) && !text.contains(foreign), "{grant:?}: {text}");
    }
}

/// RFC 7009 2.2.1.
#[tokio::test]
async fn a_kind_of_token_that_is_not_revoked_is_explained() {
    let server = Server::answering(|_| answer("400 B", "", r#"{"error":"unsupported_token_type"}"#)).await;
    let (client, hint) = (crate::client(), Some(TokenTypeHint::AccessToken));
    let (http, endpoints, cancel) = (crate::http(), crate::endpoints(&server), CancellationToken::new());
    let refused = revoke(&http, &endpoints, &client, &good(), hint, &cancel).await;
    let explanation = explain_error(&refused.unwrap_err());
    assert_eq!(explanation.reference.as_deref(), Some("RFC 7009 2.2.1"));
    assert!(explanation.causes[0].cause.contains("does not revoke tokens of this kind"), "{explanation:?}");
}
