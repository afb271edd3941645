//! What an authorization server that is played by the test makes of the tokens that came together.

use crate::{
    form,
    renewal::token_server,
    server::{Server, answer},
};
use claimcheck_desk::{
    Desk, Reveal, Target, TokenWish,
    wire::{ConnectionForm, GrantInputs, GrantOptions, GrantType, Problem, ProblemCode, ServerForm},
};
use std::sync::Arc;
use tempfile::TempDir;

const JSON: &str = "Content-Type: application/json\r\nCache-Control: no-store\r\n";

/// `{"alg":"none"}`, `{"sub":"ann"}`.
const OF_ANN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.";

/// A server whose answers but the token's are told by `other`, and a connection to it by a refresh token that is at hand.
async fn world(other: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (Server, Arc<Desk>, i64, TempDir) {
    let token = format!(
        r#"{{"access_token":"opaque","token_type":"bearer","expires_in":60,"refresh_token":"r3fresh-canary","id_token":"{OF_ANN}"}}"#
    );
    let server = Server::answering(move |request| match request.starts_with("POST /token") {
        true => answer("200 OK", JSON, token.clone()),
        false => other(request),
    })
    .await;
    let folder = TempDir::new().unwrap();
    let desk = crate::desk_in(&folder);
    let saved = desk.save_connection(connection(&server)).await.unwrap();
    let inputs = GrantInputs { refresh_token: Some("old".into()), ..GrantInputs::default() };
    desk.get_token_with(saved.id, false, inputs).await.unwrap();
    (server, desk, saved.id, folder)
}

fn connection(server: &Server) -> ConnectionForm {
    let ServerForm::TokenUrl { token_url, .. } = token_server(server.url("/token").to_string()) else { unreachable!() };
    let at = |path: &str| Some(server.url(path).to_string());
    ConnectionForm {
        server: ServerForm::TokenUrl {
            token_url,
            introspect_url: None,
            revoke_url: at("/revoke"),
            jwks_url: None,
            authorize_url: None,
            device_url: None,
            userinfo_url: at("/userinfo"),
        },
        grant: GrantOptions { grant_type: GrantType::RefreshToken, ..GrantOptions::default() },
        ..form("http://unused", "client", "s3cret")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refresh_token_is_revoked_first_and_each_by_its_hint() {
    let (server, desk, id, _folder) = world(|_| answer("200 OK", "", "")).await;
    let revoked = desk.revoke_token(id).await.unwrap();
    assert_eq!(revoked.refresh.unwrap().problem, None);
    let seen = server.requests();
    assert!(seen[1].ends_with("token=r3fresh-canary&token_type_hint=refresh_token"), "{}", seen[1]);
    assert!(seen[2].ends_with("token=opaque&token_type_hint=access_token"), "{}", seen[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_is_not_revoked_is_said() {
    let (_server, desk, id, _folder) = world(|request| match request.contains("r3fresh-canary") {
        true => answer("400 Bad", JSON, r#"{"error":"unsupported_token_type"}"#),
        false => answer("200 OK", "", ""),
    })
    .await;
    let refresh = desk.revoke_token(id).await.unwrap().refresh.unwrap();
    let problem = refresh.problem.unwrap();
    assert!(problem.contains("unsupported_token_type") && !problem.contains("canary"), "{problem}");
    assert!(desk.current_token(id).is_none());
}

/// OpenID Connect Core 5.3.2: the claims are used only if `sub` is the ID token's.
#[tokio::test(flavor = "multi_thread")]
async fn claims_of_another_user_or_of_nobody_are_said() {
    for (said, words) in [
        (r#"{"sub":"ann"}"#, None),
        (r#"{"sub":"eve"}"#, Some(r#"`sub` is "eve", and "ann" in the ID token"#)),
        (r#"{"name":"Ann"}"#, Some("`sub` is missing")),
    ] {
        let (_server, desk, id, _folder) = world(move |_| answer("200 OK", JSON, said)).await;
        let user = desk.ask_userinfo(id).await.unwrap();
        assert_eq!(user.same_subject, words.is_none(), "{said}");
        assert_eq!(user.note.is_some(), words.is_some());
        assert!(user.note.unwrap_or_default().contains(words.unwrap_or_default()), "{said}");
        let same = desk.userinfo(&Target::Saved(id), &TokenWish::default(), Reveal::No).await.unwrap();
        assert_eq!(same.same_subject, words.is_none(), "for the command line too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_no_extra_parameters_saved_or_not() {
    let (server, desk, _, _folder) = world(|_| answer("200 OK", "", "")).await;
    let with = |params: &[(&str, &str)], headers: &[(&str, &str)]| {
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        ConnectionForm { name: "x".into(), params: pairs(params), headers: pairs(headers), ..connection(&server) }
    };
    for form in [with(&[("api_key", "k")], &[]), with(&[], &[("X-Api-Key", "k")])] {
        let saving = Problem::from(desk.save_connection(form.clone()).await.unwrap_err());
        let spelled = Target::Spelled(Box::new(form));
        let using = Problem::from(desk.token(&spelled, &TokenWish::default()).await.unwrap_err());
        for problem in [saving, using] {
            assert_eq!(problem.code, ProblemCode::Invalid);
            assert!(problem.message.contains("looks like a secret"), "{}", problem.message);
        }
    }
}

/// A claim that happens to be the client's secret is masked on both sides, and so is not said to differ from itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_is_the_secret_is_masked_and_compared() {
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJwbGFuIjoiczNjcmV0d29yZCJ9.AAAA";
    let server = Server::answering(|_| answer("200 OK", JSON, r#"{"active":true,"plan":"s3cretword"}"#)).await;
    let folder = TempDir::new().unwrap();
    let desk = crate::desk_in(&folder);
    let mut wanted = ConnectionForm { secret: Some("s3cretword".into()), ..connection(&server) };
    if let ServerForm::TokenUrl { introspect_url, .. } = &mut wanted.server {
        *introspect_url = Some(server.url("/introspect").to_string());
    }
    let id = desk.save_connection(wanted).await.unwrap().id;
    let target = Target::Saved(id);
    let said = desk.introspect(&target, &TOKEN.into(), Reveal::No).await.unwrap();
    let plan = said.comparison.iter().find(|claim| claim.name == "plan").unwrap();
    assert_eq!(plan.agreement, claimcheck_desk::wire::Agreement::Same, "{plan:?}");
    assert!(!serde_json::to_string(&said).unwrap().contains("s3cretword"));
}
