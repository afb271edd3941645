//! What is switched while the gateway serves: weaknesses and behaviour of one API, and what stays of it.

use std::path::Path;

use gateway::{Config, ControlError, Running};

use crate::{
    definitions::{Setup, keyless, step},
    support::{CLIENTS, send, start},
};

async fn anonymous(running: &Running, path: &str) -> crate::support::Reply {
    send(running.gateway_origin(), "GET", path, &[], "").await
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_weakness_is_switched_on_and_off() {
    let running = start(CLIENTS).await;
    assert_eq!(anonymous(&running, "/echo").await.status(), 401);
    running.set_weaknesses("/echo", names(&["no-auth", "public-cache"])).await.unwrap();
    assert_eq!(running.apis()[0].weaknesses, ["no-auth", "public-cache"]);
    assert_eq!(anonymous(&running, "/echo").await.status(), 200);
    // A change of the configuration does not undo it.
    running.reload(Config::from_toml(CLIENTS, Path::new("test.toml")).unwrap()).await.unwrap();
    assert_eq!(anonymous(&running, "/echo").await.status(), 200);
    running.set_weaknesses("/echo", names(&[])).await.unwrap();
    assert_eq!(anonymous(&running, "/echo").await.status(), 401);
}

#[tokio::test]
async fn another_behaviour_has_other_words_and_the_configured_one_comes_back() {
    let running = start(CLIENTS).await;
    let challenge = async || anonymous(&running, "/echo").await.header("WWW-Authenticate").unwrap().to_owned();
    assert_eq!(running.apis()[0].behaviour, "tutorial");
    let tutorial = challenge().await;
    running.set_behaviour("/echo", Some("apim-4.12".into())).await.unwrap();
    assert_eq!((running.apis()[0].behaviour.as_str(), challenge().await != tutorial), ("apim-4.12", true));
    running.set_behaviour("/echo", None).await.unwrap();
    assert_eq!((running.apis()[0].behaviour.as_str(), challenge().await), ("tutorial", tutorial));
}

#[tokio::test]
async fn switching_keeps_counters() {
    let limit = step(
        "rate-limit",
        serde_json::json!({"rate": {"limit": 1, "periodTime": 1, "periodTimeUnit": "MINUTES"}, "addHeaders": true}),
    );
    let running = Setup::v4(&[], &[keyless()], &[limit]).start().await;
    assert_eq!(anonymous(&running, "/api").await.status(), 200);
    running.set_weaknesses("/api", names(&["public-cache"])).await.unwrap();
    assert_eq!(anonymous(&running, "/api").await.status(), 429);
}

#[tokio::test]
async fn what_is_unknown_changes_nothing() {
    let running = start(CLIENTS).await;
    let unknown = running.set_weaknesses("/nowhere", names(&["no-auth"])).await;
    assert_eq!(unknown, Err(ControlError::UnknownApi("/nowhere".into())));
    let error = running.set_weaknesses("/echo", names(&["no-auth", "magic"])).await.unwrap_err();
    assert!(error.to_string().starts_with("`magic` is none of no-auth, any-bearer"), "{error}");
    let error = running.set_behaviour("/echo", Some("apim-9".into())).await.unwrap_err();
    assert_eq!(error.to_string(), "`apim-9` is none of tutorial, apim-3, apim-4.0, apim-4.6, apim-4.12");
    assert_eq!(anonymous(&running, "/echo").await.status(), 401);
    assert_eq!(running.controls(), gateway::Controls::default());
}

#[tokio::test]
async fn what_was_switched_is_switched_again_on_another_start() {
    let first = start(CLIENTS).await;
    first.set_weaknesses("/echo", names(&["no-auth"])).await.unwrap();
    let kept = serde_json::to_string(&first.controls()).unwrap();
    let second = start(CLIENTS).await;
    let mut controls: gateway::Controls = serde_json::from_str(&kept).unwrap();
    controls.apis.insert("/gone".into(), controls.apis["/echo"].clone());
    second.set_controls(controls).await;
    assert_eq!(anonymous(&second, "/echo").await.status(), 200);
    assert!(second.controls().apis.contains_key("/gone"), "it may be served again");
}
