//! The facade over the real gateway, real sockets and a real library; secrets in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "desk/companions.rs"]
mod companions;
#[path = "desk/credentials.rs"]
mod credentials;
#[path = "desk/grants.rs"]
mod grants;
#[path = "desk/matrix.rs"]
mod matrix;
#[path = "desk/renewal.rs"]
mod renewal;
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of exchange")]
#[path = "../../exchange/tests/exchange/server.rs"]
mod server;

use claimcheck_desk as desk;
use desk::wire::{
    AcceptableVerdict, ClientAssertion, ConnectionForm, GrantOptions, Keeping, Problem, ProblemCode, SecretState,
    SendRequest, ServerForm, SignatureVerdict,
};
use desk::{Desk, ProxyEnvironment, Setup, VaultChoice};
use secrecy::{ExposeSecret, SecretString};
use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;

fn desk_in(folder: &TempDir) -> Arc<Desk> {
    let setup = Setup {
        downloads: None,
        folder: folder.path().join("data"),
        clock: Arc::new(SystemTime::now),
        vault: VaultChoice::Memory,
        proxies: ProxyEnvironment::default(),
    };
    Arc::new(Desk::new(setup).with_browser(desk::Browser::Nobody))
}

fn form(am: &str, client_id: &str, secret: &str) -> ConnectionForm {
    ConnectionForm {
        id: None,
        name: String::new(),
        server: ServerForm::Gravitee { url: am.to_owned(), domain: "demo".into() },
        client_id: client_id.to_owned(),
        secret: Some(SecretString::from(secret.to_owned())),
        keeping: Keeping::Memory,
        auth_method: serde_json::from_value("client_secret_basic".into()).unwrap(),
        scopes: String::new(),
        audience: None,
        resources: Vec::new(),
        params: Vec::new(),
        headers: Vec::new(),
        grant: GrantOptions::default(),
        assertion: ClientAssertion::default(),
        dpop: false,
        api_url: None,
        ca_file: None,
        cert_file: None,
        key_file: None,
        proxy: None,
        allow_http: false,
        timeout_seconds: None,
    }
}

fn get(send: u64, connection: i64, url: &str, with_token: bool) -> SendRequest {
    SendRequest {
        send,
        connection: Some(connection),
        with_token,
        method: "GET".into(),
        url: url.to_owned(),
        headers: vec![("Accept".into(), "*/*".into())],
        body: String::new(),
        follow_redirects: false,
    }
}

fn status(view: &desk::wire::CallView) -> u16 {
    view.exchange.response.as_ref().map(|response| response.status).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journey_on_this_machine() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    assert!(connection.local, "the gateway's own connection");
    let api = connection.api_url.clone().expect("the echo's URL");

    let refused = desk.send(get(1, connection.id, &api, false)).await.unwrap();
    assert_eq!(status(&refused), 401);
    assert!(refused.explanation.is_some(), "a 401 is explained");

    let token = desk.get_token(connection.id, false).await.unwrap();
    assert_eq!(token.inspection.signature.verdict, SignatureVerdict::Valid);
    assert_eq!(token.inspection.acceptable.verdict, AcceptableVerdict::Yes);
    assert!(!token.from_cache, "the first one was asked for");
    assert!(desk.get_token(connection.id, false).await.unwrap().from_cache, "the second one was at hand");

    let answered = desk.send(get(2, connection.id, &api, true)).await.unwrap();
    assert_eq!(status(&answered), 200);
    let secret_token = desk.reveal_token(connection.id).unwrap();
    let shown = serde_json::to_string(&answered).unwrap();
    assert!(!shown.contains(secret_token.expose_secret()), "the echoed token is masked");
    assert!(answered.pretty.is_some(), "JSON is shown indented");

    let history = desk.history("", 10).await.unwrap();
    assert_eq!(history.iter().map(|entry| entry.status).collect::<Vec<_>>(), [Some(200), Some(401)], "newest first");
    let said = desk.introspect_token(connection.id).await.unwrap();
    assert!(said.active);
    desk.revoke_token(connection.id).await.unwrap();
    assert!(desk.current_token(connection.id).is_none(), "a revoked token is not shown any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_comes_back_with_the_same_addresses_and_client() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    let before = desk.gateway().await;
    let secret = desk.reveal_secret(connection.id).await.unwrap();
    assert!(!desk.stop_gateway().await.running);
    let after = desk.start_gateway(false).await.unwrap();
    assert_eq!((&after.am, &after.gateway), (&before.am, &before.gateway));
    assert_eq!(desk.reveal_secret(connection.id).await.unwrap().expose_secret(), secret.expose_secret());
    desk.get_token(connection.id, true).await.expect("the client is known again");
    desk.stop_gateway().await;

    // A later run: the secret was in memory only, so the gateway gets a fresh client secret.
    let later = desk_in(&folder);
    assert_eq!(later.connections().await.unwrap()[0].secret, SecretState::Missing);
    let connection = later.try_it(false).await.unwrap();
    assert_eq!(connection.secret, SecretState::InMemory);
    assert_eq!(later.gateway().await.am, before.am);
    later.get_token(connection.id, false).await.expect("the fresh secret works");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named_and_free_ports_are_the_way_out() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    desk.try_it(true).await.unwrap();
    let address = desk.gateway().await.am.replace("http://", "");
    desk.stop_gateway().await;
    let squatter = TcpListener::bind(&address).unwrap();
    let problem = Problem::from(desk.start_gateway(false).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::PortTaken);
    let port = address.rsplit(':').next().unwrap();
    assert!(problem.message.contains(port), "{}", problem.message);
    assert!(desk.start_gateway(true).await.unwrap().running);
    drop(squatter);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_wake_the_long_poll() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let waiting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.gateway_events(0).await }
    });
    let connection = desk.try_it(true).await.unwrap();
    desk.send(get(1, connection.id, connection.api_url.as_deref().unwrap(), false)).await.unwrap();
    let events = tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("woken long before 20 s").unwrap();
    let last = events.requests.last().unwrap();
    assert_eq!((last.path.as_str(), last.status), ("/echo", 401));
    assert_eq!(events.last, last.sequence);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_secret_is_explained_and_a_token_at_hand_stays() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let local = desk.try_it(true).await.unwrap();
    let am = desk.gateway().await.am;
    desk.get_token(local.id, false).await.unwrap();
    let wrong = desk.save_connection(form(&am, "demo-client", "not the secret")).await.unwrap();
    assert_eq!(desk.current_connection().await.unwrap(), Some(wrong.id), "saving makes it current");
    let problem = Problem::from(desk.get_token(wrong.id, false).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::Refused);
    assert_eq!(problem.detail.oauth_error.as_deref(), Some("invalid_client"));
    assert!(!problem.detail.causes.is_empty(), "the usual causes are listed");
    assert!(!serde_json::to_string(&problem).unwrap().contains("not the secret"));
    assert!(desk.current_token(wrong.id).is_none());
    assert!(desk.current_token(local.id).is_some(), "the other connection's token is untouched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_connection_comes_back_with_its_secret() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let saved = desk.save_connection(form("http://127.0.0.1:9", "a", "s3cret")).await.unwrap();
    desk.delete_connection(saved.id).await.unwrap();
    assert!(desk.connections().await.unwrap().is_empty());
    let back = desk.undo_delete(saved.id).await.unwrap().expect("there is something to undo");
    assert_eq!(back.name, saved.name);
    assert_eq!(desk.reveal_secret(back.id).await.unwrap().expose_secret(), "s3cret");
    assert!(desk.undo_delete(saved.id).await.unwrap().is_none(), "once only");
}

#[tokio::test(flavor = "multi_thread")]
async fn editing_without_a_secret_keeps_the_saved_one() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let saved = desk.save_connection(form("http://127.0.0.1:9", "a", "s3cret")).await.unwrap();
    let edited = ConnectionForm {
        id: Some(saved.id),
        name: "Renamed".into(),
        secret: None,
        ..form("http://127.0.0.1:9", "b", "")
    };
    let edited = desk.save_connection(edited).await.unwrap();
    assert_eq!((edited.id, edited.name.as_str(), edited.client_id.as_str()), (saved.id, "Renamed", "b"));
    assert_eq!(desk.reveal_secret(saved.id).await.unwrap().expose_secret(), "s3cret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_can_be_given_up() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let saved = desk.save_connection(form("http://127.0.0.1:9", "a", "s")).await.unwrap();
    let sending = tokio::spawn({
        let (desk, request) = (desk.clone(), get(7, saved.id, &url, false));
        async move { desk.send(request).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let start = Instant::now();
    desk.cancel(7);
    let problem = Problem::from(sending.await.unwrap().unwrap_err());
    assert_eq!(problem.code, ProblemCode::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(desk.history("", 1).await.unwrap()[0].status, None, "remembered as unanswered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_tested_without_being_saved() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let local = desk.try_it(true).await.unwrap();
    let secret = desk.reveal_secret(local.id).await.unwrap();
    let am = desk.gateway().await.am;
    let good = desk.test_connection(form(&am, "demo-client", secret.expose_secret())).await.unwrap();
    assert!(good.ok);
    assert_eq!(good.steps.iter().map(|step| step.outcome.as_str()).collect::<Vec<_>>(), ["pass", "pass", "pass"]);
    let bad = desk.test_connection(form(&am, "demo-client", "wrong")).await.unwrap();
    assert!(!bad.ok);
    assert_eq!(desk.connections().await.unwrap().len(), 1, "nothing was saved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_secret_never_goes_to_a_saved_connection() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let saved = desk.save_connection(form("http://127.0.0.1:1", "kept", "s3cret")).await.unwrap();
    desk.read_paste("curl http://127.0.0.1:2/demo/oauth/token -u other:pasted -d grant_type=client_credentials");
    let edit = ConnectionForm { id: Some(saved.id), secret: None, ..form("http://127.0.0.1:1", "kept", "") };
    let edited = desk.save_connection(edit).await.unwrap();
    assert_eq!(desk.reveal_secret(edited.id).await.unwrap().expose_secret(), "s3cret");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_deletion_has_its_own_way_back() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let one = desk.save_connection(form("http://127.0.0.1:9", "one", "s1")).await.unwrap();
    let two = desk.save_connection(form("http://127.0.0.1:9", "two", "s2")).await.unwrap();
    desk.delete_connection(one.id).await.unwrap();
    desk.delete_connection(two.id).await.unwrap();
    assert_eq!(desk.current_connection().await.unwrap(), None);
    let back = desk.undo_delete(one.id).await.unwrap().unwrap();
    assert_eq!(
        (back.client_id.as_str(), desk.undo_delete(two.id).await.unwrap().unwrap().client_id.as_str()),
        ("one", "two")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_running_gateway_gets_its_deleted_connection_back() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let first = desk.try_it(true).await.unwrap();
    desk.delete_connection(first.id).await.unwrap();
    let again = desk.try_it(false).await.expect("a new connection to the gateway that runs");
    desk.get_token(again.id, false).await.expect("it is let in");
    let spoilt = ConnectionForm { id: Some(again.id), ..form("http://127.0.0.1:9", "other", "other") };
    desk.save_connection(spoilt).await.unwrap();
    let mended = desk.try_it(false).await.unwrap();
    desk.get_token(mended.id, false).await.expect("a changed connection is put right");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_in_plain_text_must_not_hold_a_secret() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let blank = || form("http://127.0.0.1:9", "a", "s");
    let forms = [
        ("server_url", form("http://user:pass@127.0.0.1:9", "a", "s")),
        ("proxy", ConnectionForm { proxy: Some("http://u:p@127.0.0.1:1".into()), ..blank() }),
        ("api_url", ConnectionForm { api_url: Some("http://h/x?access_token=t".into()), ..blank() }),
        ("params", ConnectionForm { params: vec![("api_key".into(), "k".into())], ..blank() }),
    ];
    for (field, form) in forms {
        let problem = Problem::from(desk.save_connection(form).await.unwrap_err());
        assert_eq!((problem.code, problem.detail.field.as_deref()), (ProblemCode::Invalid, Some(field)));
    }
    assert!(desk.connections().await.unwrap().is_empty());
    let request = SendRequest { url: "user:PASSWORD@host/x".into(), ..get(1, 1, "", false) };
    let problem = Problem::from(desk.send(SendRequest { connection: None, ..request }).await.unwrap_err());
    assert!(!problem.message.contains("PASSWORD"), "{}", problem.message);
    assert!(desk.history("", 10).await.unwrap().is_empty(), "what cannot be read is not kept");
}
