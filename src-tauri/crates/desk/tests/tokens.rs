//! Tokens kept, judged, compared and given back: over the real gateway, real sockets and a real library.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use claimcheck_desk as desk;
use desk::wire::{
    AcceptableVerdict, AcceptanceRules, Agreement, DiffSide, InspectForm, InspectKey, Judging, Problem, ProblemCode,
    RuleVerdict, SendRequest, SignatureVerdict, TokenRef,
};
use desk::{Desk, ProxyEnvironment, Setup, VaultChoice};
use secrecy::ExposeSecret;
use std::{
    io::Read,
    net::TcpListener,
    sync::Arc,
    time::{Duration, SystemTime},
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

fn judging(at: Option<String>, rules: AcceptanceRules) -> Judging {
    Judging { at, rules }
}

fn look(text: &str, key: InspectKey) -> InspectForm {
    InspectForm {
        text: text.to_owned(),
        pick: 0,
        key,
        judging: judging(None, AcceptanceRules::default()),
        proved: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_tokens_say_where_they_are_from_and_what_they_were_used_for() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    assert!(desk.kept_tokens().await.unwrap().is_empty());
    let connection = desk.try_it(true).await.unwrap();
    desk.get_token(connection.id, false).await.unwrap();
    let kept = desk.kept_tokens().await.unwrap();
    let [token] = kept.as_slice() else { panic!("one token: {kept:?}") };
    assert_eq!((token.client_id.as_str(), token.grant.as_str()), ("demo-client", "client_credentials"));
    assert_eq!(token.connections[0].name, connection.name);
    assert!(token.token_url.ends_with("/demo/oauth/token"));
    assert_eq!((token.uses, token.last_used), (0, None), "getting one is not using it");
    let secret = desk.reveal_token(connection.id).unwrap();
    assert!(!serde_json::to_string(&kept).unwrap().contains(secret.expose_secret()));

    let request = SendRequest {
        send: 1,
        connection: Some(connection.id),
        with_token: true,
        method: "GET".into(),
        url: connection.api_url.clone().unwrap(),
        headers: Vec::new(),
        body: String::new(),
        follow_redirects: false,
    };
    desk.send(request).await.unwrap();
    let token = desk.kept_tokens().await.unwrap().remove(0);
    assert_eq!(token.uses, 1);
    assert!(token.last_used.is_some());

    // A renewed token takes the place of the old one under another number.
    desk.get_token(connection.id, true).await.unwrap();
    let renewed = desk.kept_tokens().await.unwrap();
    assert_eq!(renewed.len(), 1);
    assert_ne!(renewed[0].number, token.number);
    let gone = Problem::from(desk.introspect_token(TokenRef::Kept { number: token.number }).await.unwrap_err());
    assert_eq!(gone.code, ProblemCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_says_what_it_cannot_do() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    let view = desk.get_token(connection.id, false).await.unwrap();
    let number = desk.kept_tokens().await.unwrap()[0].number;
    let revoked = desk.revoke_token(TokenRef::Kept { number }).await.unwrap();
    assert!(revoked.self_contained, "a JWT can be judged without asking");
    assert_eq!(revoked.expires_at, view.inspection.life.expires_at);
    assert_eq!(revoked.exchange.response.as_ref().unwrap().status, 200);
    assert!(desk.kept_tokens().await.unwrap().is_empty(), "it is forgotten");
    assert!(desk.current_token(connection.id).is_none(), "by its connection too");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_says_stands_beside_the_claims() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    desk.get_token(connection.id, false).await.unwrap();
    let said = desk.introspect_token(connection.id).await.unwrap();
    assert!(said.active);
    let of = |name: &str| said.comparison.iter().find(|claim| claim.name == name).map(|claim| claim.agreement);
    assert_eq!(of("exp"), Some(Agreement::Same), "{:?}", said.comparison);
    assert_eq!(of("active"), None, "a verdict is no claim");
    // The client's own token has no user: the server refuses, in words.
    let problem = Problem::from(desk.ask_userinfo(connection.id).await.unwrap_err());
    assert_eq!(problem.detail.oauth_error.as_deref(), Some("invalid_token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_judged_at_any_time_and_by_rules_that_are_kept() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    let view = desk.get_token(connection.id, false).await.unwrap();
    assert!(view.rules.issuer.is_some() && !view.rules_saved, "the connection knows its issuer");
    assert_eq!(view.inspection.acceptable.verdict, AcceptableVerdict::Yes);

    let expires = view.inspection.life.expires_at.unwrap();
    let then = |at: i64, leeway: i64| {
        let rules = AcceptanceRules { leeway, ..view.rules.clone() };
        desk.judge_token(connection.id, &judging(Some(at.to_string()), rules)).unwrap()
    };
    assert_eq!(then(expires + 10, 0).acceptable.verdict, AcceptableVerdict::No, "expired then");
    assert_eq!(then(expires + 10, 60).acceptable.verdict, AcceptableVerdict::Yes, "within the leeway");
    assert_eq!(then(expires * 1000, 0).acceptable.verdict, AcceptableVerdict::No, "milliseconds are told apart");
    assert_eq!(then(expires - 10, 0).signature.verdict, SignatureVerdict::Valid, "the signature knows no time");
    let nonsense = desk.judge_token(connection.id, &judging(Some("soon".into()), AcceptanceRules::default()));
    assert_eq!(Problem::from(nonsense.unwrap_err()).detail.field.as_deref(), Some("at"));

    let rules = AcceptanceRules { audience: Some("another-api".into()), ..view.rules.clone() };
    desk.save_rules(connection.id, Some(rules.clone())).await.unwrap();
    let view = desk.current_token(connection.id).unwrap();
    assert_eq!((&view.rules, view.rules_saved), (&rules, true));
    let failing: Vec<&str> = view
        .inspection
        .acceptable
        .rules
        .iter()
        .filter(|rule| rule.verdict == RuleVerdict::Fail)
        .map(|rule| rule.rule.as_str())
        .collect();
    assert_eq!(failing, ["audience"]);

    // A later run knows them still.
    let later = desk_in(&folder);
    later.try_it(true).await.unwrap();
    assert_eq!(later.get_token(connection.id, false).await.unwrap().rules, rules);
    later.save_rules(connection.id, None).await.unwrap();
    assert!(!later.current_token(connection.id).unwrap().rules_saved);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tokens_are_set_side_by_side() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    desk.get_token(connection.id, false).await.unwrap();
    let first = desk.reveal_token(connection.id).unwrap().expose_secret().to_owned();
    let text = |text: &str| DiffSide::Text { text: format!("Authorization: Bearer {text}"), pick: 0 };
    let same = desk.diff_tokens(DiffSide::Connection { id: connection.id }, text(&first)).await.unwrap();
    assert!(same.same && same.differences.is_empty());
    desk.get_token(connection.id, true).await.unwrap();
    let diff = desk.diff_tokens(text(&first), DiffSide::Connection { id: connection.id }).await.unwrap();
    let paths: Vec<&str> = diff.differences.iter().map(|difference| difference.path.as_str()).collect();
    assert!(paths.contains(&"payload.jti"), "{paths:?}");
    assert!(!paths.contains(&"payload.sub"), "{paths:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuers_keys_are_kept_for_a_while_and_looked_over() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    let token = desk.get_token(connection.id, false).await.unwrap();
    let keys = desk.issuer_jwks(connection.id, false).await.unwrap();
    assert_eq!(keys.fetches, 1, "the set that verified the token is at hand");
    let kid = token.inspection.header["kid"].as_str();
    let own = keys.keys.iter().find(|key| key.kid.as_deref() == kid).expect("the token's key is in it");
    assert!(own.defect.is_none() && own.kind.contains("RSA"), "{own:?}");
    assert!(keys.findings.iter().all(|finding| finding.severity > desk::wire::Severity::High), "{:?}", keys.findings);
    let again = desk.issuer_jwks(connection.id, true).await.unwrap();
    assert_eq!((again.fetches, again.rotations.len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_tokens_in_a_paste_can_be_chosen_from() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let answer = r#"{"access_token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.","refresh_token":"opaque-refresh-token","id_token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJiIn0.c2ln"}"#;
    let read = desk.inspect(look(answer, InspectKey::None)).await.unwrap();
    let places: Vec<&str> = read.found.iter().map(|found| found.place.as_str()).collect();
    assert_eq!(places, ["access_token", "refresh_token", "id_token"]);
    assert_eq!(read.inspection.payload["sub"], "a");
    let other = desk.inspect(InspectForm { pick: 2, ..look(answer, InspectKey::None) }).await.unwrap();
    assert_eq!((other.picked, &other.inspection.payload["sub"]), (2, &"b".into()));
    let beyond = desk.inspect(InspectForm { pick: 9, ..look(answer, InspectKey::None) }).await.unwrap();
    assert_eq!(beyond.picked, 2, "the last one");
}

/// A token may point to keys (`jku`, `x5u`) and bring some (`jwk`, `x5c`): it is never believed, and nobody is asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_names_a_key_makes_no_connection() {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let bait = TcpListener::bind("127.0.0.1:0").unwrap();
    bait.set_nonblocking(true).unwrap();
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    let url = format!("http://{}/keys", bait.local_addr().unwrap());
    let header = serde_json::json!({ "alg": "RS256", "kid": url, "jku": url, "x5u": url, "jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "x5c": ["MIIB"] });
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.c2ln", part(&header.to_string()), part(&format!(r#"{{"iss":"{url}","jku":"{url}"}}"#)));
    for key in [InspectKey::None, InspectKey::Connection { id: connection.id }] {
        let read = desk.inspect(look(&token, key)).await.unwrap().inspection;
        assert_ne!(read.signature.verdict, SignatureVerdict::Valid);
        assert_ne!(read.acceptable.verdict, AcceptableVerdict::Yes);
    }
    desk.read_paste(&token);
    desk.diff_tokens(DiffSide::Text { text: token.clone(), pick: 0 }, DiffSide::Text { text: "x".into(), pick: 0 })
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    if let Ok((mut stream, _)) = bait.accept() {
        let mut said = [0; 256];
        let count = stream.read(&mut said).unwrap_or(0);
        panic!("a connection was made: {}", String::from_utf8_lossy(&said[..count]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_secret_verifies_and_a_proof_is_checked_against_its_request() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    // RFC 7515 A.1 with its key as text would not do, since that key is binary: this one was made with the secret below.
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let key = InspectKey::Secret { secret: "your-256-bit-secret".into() };
    let read = desk.inspect(look(token, key)).await.unwrap().inspection;
    assert!(read.signature.key.is_some(), "the secret was tried: {:?}", read.signature);
    // RFC 9449 4.2.
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let form = |method: &str| InspectForm {
        judging: judging(Some("1562262616".into()), AcceptanceRules::default()),
        proved: Some(desk::wire::ProvedRequest {
            method: method.into(),
            url: "https://server.example.com/token".into(),
            access_token: None,
            nonce: None,
        }),
        ..look(proof, InspectKey::None)
    };
    let failing = |rules: &[desk::wire::Rule]| -> Vec<String> {
        rules.iter().filter(|rule| rule.verdict == RuleVerdict::Fail).map(|rule| rule.rule.clone()).collect()
    };
    assert_eq!(failing(&desk.inspect(form("POST")).await.unwrap().proof), Vec::<String>::new());
    assert_eq!(failing(&desk.inspect(form("GET")).await.unwrap().proof), ["dpop_htm"]);
}
