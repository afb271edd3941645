//! When a token is asked for, and when not: calls to a real API, a real token endpoint that counts, a clock that can be moved.

use crate::{
    form,
    server::{Server, answer},
};
use claimcheck_desk::{
    Desk, ProxyEnvironment, Setup, VaultChoice,
    wire::{ConnectionForm, Problem, ProblemCode, SendRequest, ServerForm},
};
use secrecy::SecretString;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};
use tempfile::TempDir;

const JSON: &str = "Content-Type: application/json\r\nCache-Control: no-store\r\n";
const NOW: u64 = 1_700_000_000;

/// An authorization server that numbers its tokens, an API that takes only the tokens it is told to, and a desk.
struct World {
    server: Server,
    minted: Arc<AtomicUsize>,
    seconds: Arc<AtomicU64>,
    /// What the API answers to a token that is not the good one.
    good: Arc<Mutex<Option<String>>>,
    desk: Arc<Desk>,
    _folder: TempDir,
}

async fn world(headers: &'static str, refusal: &'static str) -> World {
    let (minted, good) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Option<String>>>::default());
    let (count, takes) = (minted.clone(), good.clone());
    let server = Server::answering(move |request| {
        if request.starts_with("POST /token") {
            let number = count.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(20));
            let body = format!(r#"{{"access_token":"token-{number}","token_type":"bearer","expires_in":1000}}"#);
            return answer("200 OK", &format!("{JSON}{headers}"), body);
        }
        match takes.lock().unwrap().as_ref() {
            Some(token) if !request.contains(&format!("Bearer {token}\r\n")) => {
                answer("401 Unauthorized", &format!("WWW-Authenticate: Bearer error=\"{refusal}\"\r\n"), "")
            }
            _ => answer("200 OK", JSON, "{}"),
        }
    })
    .await;
    let (folder, seconds) = (TempDir::new().unwrap(), Arc::new(AtomicU64::new(NOW)));
    let now = seconds.clone();
    let desk = Arc::new(Desk::new(Setup {
        folder: folder.path().join("data"),
        clock: Arc::new(move || UNIX_EPOCH + Duration::from_secs(now.load(Ordering::SeqCst))),
        vault: VaultChoice::Memory,
        downloads: None,
        proxies: ProxyEnvironment::default(),
    }));
    World { server, minted, seconds, good, desk, _folder: folder }
}

impl World {
    fn form(&self, secret: &str) -> ConnectionForm {
        let token_url = self.server.url("/token").to_string();
        ConnectionForm { server: token_server(token_url), ..form("http://unused", "client", secret) }
    }

    async fn call(&self, send: u64, connection: i64) -> Result<u16, Problem> {
        let view = self.desk.send(self.request(send, connection)).await.map_err(Problem::from)?;
        Ok(view.exchange.response.unwrap().status)
    }

    fn request(&self, send: u64, connection: i64) -> SendRequest {
        SendRequest {
            send,
            connection: Some(connection),
            with_token: true,
            method: "GET".into(),
            url: self.server.url("/api").to_string(),
            headers: Vec::new(),
            body: String::new(),
            follow_redirects: false,
        }
    }

    /// All at once; their statuses.
    async fn hundred_calls(&self, connection: i64) -> Vec<u16> {
        let calls: Vec<_> = (0..100)
            .map(|number| {
                let (desk, request) = (self.desk.clone(), self.request(1_000 + number, connection));
                tokio::spawn(async move { desk.send(request).await.unwrap().exchange.response.unwrap().status })
            })
            .collect();
        let mut statuses = Vec::new();
        for call in calls {
            statuses.push(call.await.unwrap());
        }
        statuses
    }

    fn minted(&self) -> usize {
        self.minted.load(Ordering::SeqCst)
    }
}

pub(crate) fn token_server(token_url: String) -> ServerForm {
    ServerForm::TokenUrl {
        token_url,
        introspect_url: None,
        revoke_url: None,
        jwks_url: None,
        authorize_url: None,
        device_url: None,
        userinfo_url: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_with_an_expired_token_ask_for_one() {
    let world = world("", "invalid_token").await;
    let id = world.desk.save_connection(world.form("s")).await.unwrap().id;
    assert_eq!((world.call(1, id).await.unwrap(), world.minted()), (200, 1));
    world.seconds.fetch_add(2_000, Ordering::SeqCst);
    assert!(world.hundred_calls(id).await.iter().all(|status| *status == 200));
    assert_eq!(world.minted(), 2, "one token request for all of them");
}

/// The token looks good here, but the API does not take it any more: each call hears so for itself, at its own time.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_with_a_revoked_token_ask_for_one() {
    let world = world("", "invalid_token").await;
    let id = world.desk.save_connection(world.form("s")).await.unwrap().id;
    assert_eq!(world.call(1, id).await.unwrap(), 200);
    *world.good.lock().unwrap() = Some("token-1".into());
    assert!(
        world.hundred_calls(id).await.iter().all(|status| *status == 200),
        "each was sent again, with the new token"
    );
    assert_eq!(world.minted(), 2, "one renewal for all of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_401_is_tried_again_once_and_a_missing_scope_never() {
    for (refusal, minted) in [("invalid_token", 2), ("insufficient_scope", 1)] {
        let world = world("", refusal).await;
        let id = world.desk.save_connection(world.form("s")).await.unwrap().id;
        assert_eq!(world.call(1, id).await.unwrap(), 200);
        *world.good.lock().unwrap() = Some("none".into());
        assert_eq!((world.call(2, id).await.unwrap(), world.minted()), (401, minted), "{refusal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_scope_or_secret_asks_for_a_new_one() {
    let world = world("", "invalid_token").await;
    let saved = world.desk.save_connection(world.form("s")).await.unwrap();
    assert_eq!(
        (world.call(1, saved.id).await.unwrap(), world.call(2, saved.id).await.unwrap(), world.minted()),
        (200, 200, 1)
    );
    let scoped = ConnectionForm { id: Some(saved.id), scopes: "a".into(), secret: None, ..world.form("") };
    world.desk.save_connection(scoped.clone()).await.unwrap();
    assert_eq!((world.call(3, saved.id).await.unwrap(), world.minted()), (200, 2));
    world.desk.save_connection(ConnectionForm { secret: Some(SecretString::from("other")), ..scoped }).await.unwrap();
    assert_eq!(
        (world.call(4, saved.id).await.unwrap(), world.call(5, saved.id).await.unwrap(), world.minted()),
        (200, 200, 3)
    );
    let sent = world.server.requests();
    let tokens: Vec<_> = sent.iter().filter(|request| request.starts_with("POST /token")).collect();
    assert!(tokens[1].ends_with("scope=a") && !tokens[0].contains("scope"), "{tokens:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_ten_minutes_off_is_noticed_and_said() {
    // NOW is 22:13:20.
    for (date, skew, word) in [("22:23:20", 600, "10 minutes ahead of"), ("22:03:20", -600, "10 minutes behind")] {
        let headers: &'static str = Box::leak(format!("Date: Tue, 14 Nov 2023 {date} GMT\r\n").into_boxed_str());
        let world = world(headers, "invalid_token").await;
        let id = world.desk.save_connection(world.form("s")).await.unwrap().id;
        let view = world.desk.get_token(id, false).await.unwrap();
        assert_eq!(view.life.skew_seconds, Some(skew));
        assert!(view.notes.iter().any(|note| note.contains(&format!("server's clock is {word}"))), "{:?}", view.notes);
        assert_eq!(
            view.life.expires_at,
            Some(i64::try_from(NOW).unwrap() + 1_000),
            "the life is counted by this clock"
        );
    }
}

/// A refresh token renews; the one that came last is used; a refused one means that a person must sign in again.
#[tokio::test(flavor = "multi_thread")]
async fn refresh_tokens_rotate_and_end_with_a_sign_in() {
    let count = Arc::<AtomicUsize>::default();
    let asked = count.clone();
    let server = Server::answering(move |request| {
        if !request.starts_with("POST /token") {
            return answer("200 OK", JSON, "{}");
        }
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let expected = format!("refresh_token=r{number}");
        if number > 2 || !request.ends_with(&expected) {
            return answer(
                "400 Bad",
                JSON,
                r#"{"error":"invalid_grant","error_description":"Refresh token is invalid"}"#,
            );
        }
        let next = number + 1;
        let body = format!(
            r#"{{"access_token":"token-{number}","token_type":"bearer","expires_in":1000,"refresh_token":"r{next}"}}"#
        );
        answer("200 OK", JSON, body)
    })
    .await;
    let (folder, seconds) = (TempDir::new().unwrap(), Arc::new(AtomicU64::new(NOW)));
    let now = seconds.clone();
    let desk = Arc::new(Desk::new(Setup {
        folder: folder.path().join("data"),
        clock: Arc::new(move || UNIX_EPOCH + Duration::from_secs(now.load(Ordering::SeqCst))),
        vault: VaultChoice::Memory,
        downloads: None,
        proxies: ProxyEnvironment::default(),
    }));
    let mut wanted =
        ConnectionForm { server: token_server(server.url("/token").to_string()), ..form("http://unused", "c", "s") };
    wanted.grant.grant_type = claimcheck_desk::wire::GrantType::RefreshToken;
    let id = desk.save_connection(wanted).await.unwrap().id;

    let problem = Problem::from(desk.get_token(id, false).await.unwrap_err());
    assert_eq!((problem.code, problem.detail.field.as_deref()), (ProblemCode::InputNeeded, Some("refresh_token")));
    let inputs = claimcheck_desk::wire::GrantInputs { refresh_token: Some("r0".into()), ..Default::default() };
    desk.get_token_with(id, false, inputs).await.unwrap();
    for expected in [2, 3] {
        seconds.fetch_add(2_000, Ordering::SeqCst);
        assert!(!desk.get_token(id, false).await.unwrap().from_cache);
        assert_eq!(count.load(Ordering::SeqCst), expected, "renewed by the refresh token that came last");
    }
    seconds.fetch_add(2_000, Ordering::SeqCst);
    let problem = Problem::from(desk.get_token(id, false).await.unwrap_err());
    assert_eq!(problem.detail.oauth_error.as_deref(), Some("invalid_grant"));
    let problem = Problem::from(desk.get_token(id, false).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::InputNeeded, "what the server does not take is asked for anew");
}

/// A server that does not know the client says nothing of the refresh token: no older one is sent after it, and nobody is to sign in.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_client_is_no_spent_refresh_token() {
    let server = Server::answering(|request| match request.ends_with("refresh_token=r0") {
        true => answer(
            "200 OK",
            JSON,
            r#"{"access_token":"token","token_type":"bearer","expires_in":1000,"refresh_token":"r1"}"#,
        ),
        false => answer("401 Unauthorized", JSON, r#"{"error":"unauthorized_client"}"#),
    })
    .await;
    let folder = TempDir::new().unwrap();
    let desk = crate::desk_in(&folder);
    let mut wanted =
        ConnectionForm { server: token_server(server.url("/token").to_string()), ..form("http://unused", "c", "s") };
    wanted.grant.grant_type = claimcheck_desk::wire::GrantType::RefreshToken;
    let id = desk.save_connection(wanted).await.unwrap().id;
    let inputs = claimcheck_desk::wire::GrantInputs { refresh_token: Some("r0".into()), ..Default::default() };
    desk.get_token_with(id, false, inputs).await.unwrap();
    let problem = Problem::from(desk.get_token(id, true).await.unwrap_err());
    assert_eq!(
        (problem.code, problem.detail.oauth_error.as_deref()),
        (ProblemCode::Refused, Some("unauthorized_client"))
    );
    assert_eq!(server.requests().len(), 2, "{:?}", server.requests());
}

/// Forgotten after it came and before it is shown: requests do not find it either.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_forgotten_while_its_keys_are_fetched_is_gone() {
    let (asks, asked) = std::sync::mpsc::channel();
    let (goes_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let gate = Mutex::new((asks, may_go_on));
    let server = Server::answering(move |request| {
        if request.starts_with("POST /token") {
            return answer("200 OK", JSON, r#"{"access_token":"token","token_type":"bearer","expires_in":1000}"#);
        }
        let gate = gate.lock().unwrap();
        let _ = gate.0.send(());
        // An error only says that it may go on for good.
        let _ = gate.1.recv();
        answer("200 OK", JSON, r#"{"keys":[]}"#)
    })
    .await;
    let folder = TempDir::new().unwrap();
    let desk = crate::desk_in(&folder);
    let mut wanted =
        ConnectionForm { server: token_server(server.url("/token").to_string()), ..form("http://unused", "c", "s") };
    if let ServerForm::TokenUrl { jwks_url, .. } = &mut wanted.server {
        *jwks_url = Some(server.url("/keys").to_string());
    }
    let id = desk.save_connection(wanted).await.unwrap().id;
    let getting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.get_token(id, false).await.map(|_| ()) }
    });
    tokio::task::spawn_blocking(move || asked.recv().unwrap()).await.unwrap();
    desk.forget_token(claimcheck_desk::wire::TokenRef::Connection { id });
    drop(goes_on);
    let _ = getting.await.unwrap();
    assert!(desk.kept_tokens().await.unwrap().is_empty());
}
