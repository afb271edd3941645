//! Signing keys that change while the gateway serves: the old one stays published for a time, or not.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gateway::{Config, ControlError, Running};
use serde_json::Value;

use crate::{
    echo::call,
    support::{CLIENTS, TestClock, send, start, start_at, token},
};

async fn kids(running: &Running) -> Vec<String> {
    let jwks = send(running.am_origin(), "GET", "/demo/oidc/.well-known/jwks.json", &[], "").await.json();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

async fn status(running: &Running, token: &str) -> u16 {
    call(running, "/echo", token).await.status()
}

fn demo() -> String {
    CLIENTS.replacen("\"read\", \"write\"", "\"echo:read\", \"read\", \"write\"", 1)
}

#[tokio::test]
async fn a_rotated_key_overlaps_with_the_new_one() {
    for signing in ["ES256", "RS256", "EdDSA"] {
        let clock = TestClock::now();
        let running = start_at(&demo().replacen("ES256", signing, 1), &clock).await;
        let old = token(&running, "basic", "s3cret", "echo:read").await;
        // One that is remembered as verified, and one that is seen after the rotation for the first time.
        let unseen = token(&running, "basic", "s3cret", "echo:read").await;
        assert_eq!(status(&running, &old).await, 200);
        running.rotate_key("demo").await.unwrap();
        let new = token(&running, "basic", "s3cret", "echo:read").await;
        assert_ne!(kid(&new), kid(&old));
        assert_eq!(kids(&running).await, [kid(&new), kid(&old)]);
        for token in [&old, &unseen, &new] {
            assert_eq!(status(&running, token).await, 200, "{signing}");
        }
        let keys = running.domains()[0].keys.clone();
        assert_eq!(keys.iter().map(|key| key.until.is_some()).collect::<Vec<_>>(), [false, true]);
        clock.advance(7200);
        assert_eq!(kids(&running).await, [kid(&new)], "the old key is published as long as its tokens live");
    }
}

#[tokio::test]
async fn a_key_that_is_not_published_any_more_ends_its_tokens() {
    let running = start(&demo()).await;
    let old = token(&running, "basic", "s3cret", "echo:read").await;
    assert_eq!(status(&running, &old).await, 200);
    running.rotate_key("demo").await.unwrap();
    assert_eq!(running.withdraw_keys("demo").await.unwrap(), 1);
    assert_eq!(status(&running, &old).await, 401, "although it was remembered as verified");
    let trace = format!("{:?}", running.recent(0).last().unwrap().trace);
    assert!(trace.contains("the key that signed it is not published any more"), "{trace}");
    let new = token(&running, "basic", "s3cret", "echo:read").await;
    assert_eq!(status(&running, &new).await, 200);
    assert_eq!(kids(&running).await, [kid(&new)]);
    assert_eq!(running.withdraw_keys("demo").await.unwrap(), 0);
    assert_eq!(running.rotate_key("nowhere").await, Err(ControlError::UnknownDomain("nowhere".into())));
}

#[tokio::test]
async fn a_withdrawn_key_counts_for_an_api_with_stale_keys() {
    let running = start(&format!("{}\n[[apis]]\necho = true\nweaknesses = [\"stale-jwks\"]", demo())).await;
    let old = token(&running, "basic", "s3cret", "echo:read").await;
    running.rotate_key("demo").await.unwrap();
    running.withdraw_keys("demo").await.unwrap();
    assert_eq!(status(&running, &old).await, 200);
}

#[tokio::test]
async fn the_overlap_may_be_shorter_than_the_tokens_live() {
    let clock = TestClock::now();
    let toml = demo().replacen("signing =", "key_overlap_seconds = 60\nsigning =", 1);
    let running = start_at(&toml, &clock).await;
    let old = token(&running, "basic", "s3cret", "echo:read").await;
    running.rotate_key("demo").await.unwrap();
    clock.advance(59);
    assert_eq!(status(&running, &old).await, 200);
    clock.advance(1);
    assert_eq!(status(&running, &old).await, 401);
}

#[tokio::test]
async fn another_key_file_is_a_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let toml = demo().replacen("signing =", "signing_key_file = \"key.pem\"\nsigning =", 1);
    let config = || Config::from_toml(&toml, &file).unwrap();
    let write = |path: &str| {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        std::fs::write(folder.path().join(path), pair.serialize_pem()).unwrap();
    };
    write("key.pem");
    let running = gateway::Gateway::start(config(), TestClock::now().clock()).await.unwrap();
    let old = token(&running, "basic", "s3cret", "echo:read").await;
    running.reload(config()).await.unwrap();
    assert_eq!(kids(&running).await.len(), 1, "the same file is the same key");
    write("key.pem");
    running.reload(config()).await.unwrap();
    let new = token(&running, "basic", "s3cret", "echo:read").await;
    assert_eq!(kids(&running).await, [kid(&new), kid(&old)], "each under a kid of its own");
    assert_eq!((status(&running, &old).await, status(&running, &new).await), (200, 200));
    // What was rotated while it served is not undone by an unchanged file.
    running.rotate_key("demo").await.unwrap();
    let newest = token(&running, "basic", "s3cret", "echo:read").await;
    running.reload(config()).await.unwrap();
    assert_eq!(kids(&running).await, [kid(&newest), kid(&new), kid(&old)]);
}

#[tokio::test]
async fn another_overlap_holds_for_keys_that_were_replaced_before() {
    let clock = TestClock::now();
    let overlapping =
        |overlap: &str| demo().replacen("signing =", &format!("key_overlap_seconds = {overlap}\nsigning ="), 1);
    let config = |toml: &str| Config::from_toml(toml, std::path::Path::new("test.toml")).unwrap();
    let running = start_at(&overlapping("100"), &clock).await;
    let old = token(&running, "basic", "s3cret", "echo:read").await;
    running.rotate_key("demo").await.unwrap();
    let new = token(&running, "basic", "s3cret", "echo:read").await;
    running.reload(config(&overlapping("7000"))).await.unwrap();
    clock.advance(100);
    assert_eq!(status(&running, &old).await, 200, "longer");
    // Left out, it says nothing about keys that were replaced already.
    running.reload(config(&demo())).await.unwrap();
    assert_eq!(status(&running, &old).await, 200);
    running.reload(config(&overlapping("101"))).await.unwrap();
    assert_eq!(kids(&running).await, [kid(&new), kid(&old)]);
    running.reload(config(&overlapping("0"))).await.unwrap();
    assert_eq!(kids(&running).await, [kid(&new)], "at once");
    assert_eq!((status(&running, &old).await, status(&running, &new).await), (401, 200));
    running.reload(config(&overlapping("7000"))).await.unwrap();
    assert_eq!(status(&running, &old).await, 401, "what has left does not come back");
}
