//! What is recorded of a request, and what never is.

use std::sync::{Arc, Mutex};

use gateway::event::Listener;

use crate::{
    echo::call,
    support::{CLIENTS, basic, post, send, start, token},
};

#[tokio::test]
async fn every_request_leaves_its_decisions() {
    let running = start(CLIENTS).await;
    let mut events = running.events();
    let live = token(&running, "basic", "s3cret", "read").await;
    call(&running, "/echo?secret=in-the-query", &live).await;
    send(running.gateway_origin(), "GET", "/echo", &[], "").await;
    post(&running, "/demo/oauth/token", Some(&basic("basic", "wrong")), "grant_type=client_credentials").await;
    send(running.gateway_origin(), "GET", "/nowhere", &[("Host", "evil.test")], "").await;

    let kept = running.recent(0);
    let summary: Vec<_> = kept
        .iter()
        .map(|event| {
            let last = event.trace.last().unwrap();
            (
                event.sequence,
                event.listener,
                event.path.as_str(),
                event.status,
                event.error_key.as_deref(),
                format!("{} {}", last.step, last.outcome.word()),
            )
        })
        .collect();
    let expected = [
        (1, Listener::Am, "/demo/oauth/token", 200, None, "token pass".to_owned()),
        (2, Listener::Gateway, "/echo", 200, None, "endpoint pass".into()),
        (3, Listener::Gateway, "/echo", 401, Some("OAUTH2_MISSING_HEADER"), "token refuse".into()),
        (4, Listener::Am, "/demo/oauth/token", 401, Some("invalid_client"), "invalid_client refuse".into()),
        (5, Listener::Gateway, "/nowhere", 400, None, "host refuse".into()),
    ];
    assert_eq!(summary, expected);
    let steps: Vec<_> = kept[1].trace.iter().map(|step| step.step).collect();
    assert_eq!(steps, ["route", "plan", "token", "introspection", "endpoint"]);
    for event in &kept {
        assert_eq!(events.recv().await.unwrap().sequence, event.sequence);
        assert!(event.at.to_string().ends_with('Z'), "{}", event.at);
    }
    let after: Vec<_> = running.recent(3).iter().map(|event| event.sequence).collect();
    assert_eq!(after, [4, 5]);
}

#[tokio::test]
async fn events_hold_no_secret_and_come_before_the_answer() {
    let running = start(CLIENTS).await;
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = lines.clone();
    running.on_event(move |event| sink.lock().unwrap().push(serde_json::to_string(event).unwrap()));
    let live = token(&running, "basic", "s3cret", "read").await;
    assert_eq!(lines.lock().unwrap().len(), 1, "recorded before the answer arrives");
    let authorization = basic("basic", "s3cret");
    for target in ["introspect", "revoke"] {
        post(&running, &format!("/demo/oauth/{target}"), Some(&authorization), &format!("token={live}")).await;
    }
    call(&running, &format!("/echo?access_token={live}"), &live).await;
    post(
        &running,
        "/demo/oauth/token",
        None,
        "grant_type=client_credentials&client_id=post&client_secret=p0st&scope=hidden-scope",
    )
    .await;
    let all = lines.lock().unwrap().join("\n");
    assert!(all.lines().all(|line| line.starts_with("{\"event\":\"request\",\"listener\":\"")), "{all}");
    for secret in [
        "s3cret",
        "p0st",
        live.as_str(),
        live.split('.').nth(1).unwrap(),
        authorization.strip_prefix("Basic ").unwrap(),
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    assert!(!format!("{:?}", running.ready()).contains("s3cret"));
}

#[tokio::test]
async fn what_the_caller_was_told_stands_beside_the_reason() {
    let running = start(&format!("{CLIENTS}\n[[apis]]\necho = true\nweaknesses = [\"reflect-token\"]")).await;
    let get = async |headers: &[(&str, &str)]| send(running.gateway_origin(), "GET", "/echo", headers, "").await;
    let told = || running.recent(0).last().unwrap().answer.clone();
    let reply = get(&[("Accept", "application/json")]).await;
    let answer = told().unwrap();
    assert_eq!(answer.challenge.as_deref(), reply.header("WWW-Authenticate"));
    assert_eq!(answer.content.as_deref(), Some(reply.body.as_str()));
    let reply = get(&[("Authorization", "Bearer canary")]).await;
    assert!(reply.body.contains("canary"));
    assert_eq!(
        told().unwrap().content.as_deref(),
        Some("Invalid token: Bearer …"),
        "no token, even if the answer has it"
    );
    let live = token(&running, "basic", "s3cret", "read").await;
    assert_eq!(told(), None, "nothing of an answer that was no refusal");
    assert_eq!(get(&[("Authorization", &format!("Bearer {live}"))]).await.status(), 200);
    assert_eq!(told(), None);
    assert!(!format!("{:?}", running.recent(0)).contains(&live));
}
