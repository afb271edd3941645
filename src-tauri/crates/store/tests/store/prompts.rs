//! The keyring's prompt: dismissed, answered, silent, orphaned; and a service that refuses or never answers. Played by a service of
//! our own, since a real prompt needs a person.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use support::keyring::Keyring;
use zbus::{
    blocking::{Connection, connection::Builder},
    fdo, interface,
    object_server::SignalEmitter,
    zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value},
};

use crate::driver::Driver;

const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/p1";

#[derive(Clone, Copy, PartialEq)]
enum Behaviour {
    /// The person closes the prompt.
    Dismiss,
    /// The person types the password.
    Agree,
    /// The prompt stays open.
    Hesitate,
    /// Access is denied to this program.
    Deny,
    /// No call is ever answered.
    Mute,
    /// There is no collection yet; making one asks for a password.
    Fresh,
}

#[derive(Clone)]
struct State {
    behaviour: Behaviour,
    locked: Arc<AtomicBool>,
    prompts: Arc<AtomicU32>,
}

struct Service(State);

#[interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    async fn read_alias(&self, _name: String) -> fdo::Result<OwnedObjectPath> {
        match self.0.behaviour {
            Behaviour::Deny => Err(fdo::Error::AccessDenied("not this program".to_owned())),
            Behaviour::Mute => std::future::pending().await,
            Behaviour::Fresh if self.0.locked.load(Ordering::SeqCst) => Ok(path("/")),
            _ => Ok(path(LOGIN)),
        }
    }

    fn unlock(&self, _objects: Vec<ObjectPath<'_>>) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        (Vec::new(), path(PROMPT))
    }

    fn create_collection(
        &self,
        _properties: HashMap<String, OwnedValue>,
        alias: String,
    ) -> (OwnedObjectPath, OwnedObjectPath) {
        assert_eq!(alias, "default");
        (path("/"), path(PROMPT))
    }
}

struct Collection(State);

#[interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    #[zbus(property)]
    fn locked(&self) -> bool {
        self.0.locked.load(Ordering::SeqCst)
    }
}

struct Prompt(State);

#[interface(name = "org.freedesktop.Secret.Prompt")]
impl Prompt {
    async fn prompt(&self, _window: String, #[zbus(signal_emitter)] emitter: SignalEmitter<'_>) -> fdo::Result<()> {
        self.0.prompts.fetch_add(1, Ordering::SeqCst);
        let dismissed = self.0.behaviour == Behaviour::Dismiss;
        if self.0.behaviour == Behaviour::Hesitate {
            return Ok(());
        }
        self.0.locked.store(dismissed, Ordering::SeqCst);
        Self::completed(&emitter, dismissed, Value::from("")).await?;
        Ok(())
    }

    #[zbus(signal)]
    async fn completed(emitter: &SignalEmitter<'_>, dismissed: bool, result: Value<'_>) -> zbus::Result<()>;
}

fn path(path: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(path).unwrap()
}

/// A bus with such a service, a store on it, and the service's connection and counter of prompts.
fn surroundings(behaviour: Behaviour) -> (Keyring, Driver, Connection, Arc<AtomicU32>) {
    let bus = Keyring::bus_only();
    let state = State { behaviour, locked: Arc::new(AtomicBool::new(true)), prompts: Arc::default() };
    let service = Builder::address(bus.address().as_str())
        .and_then(|builder| builder.serve_at("/org/freedesktop/secrets", Service(state.clone())))
        .and_then(|builder| builder.serve_at(LOGIN, Collection(state.clone())))
        .and_then(|builder| builder.serve_at(PROMPT, Prompt(state.clone())))
        .and_then(|builder| builder.name("org.freedesktop.secrets"))
        .and_then(|builder| builder.build())
        .unwrap();
    let store = Driver::start(&bus.folder().join("library"), &bus.environment());
    (bus, store, service, state.prompts)
}

#[test]
fn a_dismissed_prompt_is_not_asked_again_by_itself() {
    let (_bus, mut store, _service, prompts) = surroundings(Behaviour::Dismiss);
    assert_eq!(store.ask(json!({ "do": "unlock" }))["error"], "keyring_dismissed");
    assert_eq!(prompts.load(Ordering::SeqCst), 1);
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "locked");
    assert_eq!(prompts.load(Ordering::SeqCst), 1, "asking for the status shows no prompt");
    assert_eq!(store.ask(json!({ "do": "unlock" }))["error"], "keyring_dismissed", "it can be tried again");
    assert_eq!(prompts.load(Ordering::SeqCst), 2);
}

#[test]
fn an_answered_prompt_opens_the_keyring() {
    for behaviour in [Behaviour::Agree, Behaviour::Fresh] {
        let (_bus, mut store, _service, prompts) = surroundings(behaviour);
        assert_eq!(store.ask(json!({ "do": "status" }))["state"], "locked");
        assert!(store.ask(json!({ "do": "unlock" })).get("unlocked").is_some());
        assert_eq!(store.ask(json!({ "do": "status" }))["state"], "ready");
        assert_eq!(prompts.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_denial_is_not_an_absence() {
    let (_bus, mut store, _service, _) = surroundings(Behaviour::Deny);
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "denied");
    assert_eq!(store.ask(json!({ "do": "unlock" }))["error"], "keyring_denied");
}

#[test]
fn an_open_prompt_can_be_left_at_once() {
    let (_bus, mut store, _service, _) = surroundings(Behaviour::Hesitate);
    let left = store.ask(json!({ "do": "unlock_briefly", "ms": 300 }));
    assert_eq!(left["answered"], false);
    assert!(left["late_ms"].as_u64().unwrap() < 100, "{left}");
    let started = Instant::now();
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "locked");
    assert!(started.elapsed() < Duration::from_secs(2), "the prompt that was left stops nobody");
}

#[test]
fn an_open_prompt_waits_for_its_person_and_stops_nobody_else() {
    let (_bus, mut store, service, prompts) = surroundings(Behaviour::Hesitate);
    assert_eq!(store.ask(json!({ "do": "unlock_aside" }))["asking"], true);
    while prompts.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let opened = Instant::now();
    while opened.elapsed() < Duration::from_secs(35) {
        let started = Instant::now();
        assert_eq!(store.ask(json!({ "do": "status" }))["state"], "locked");
        let refused = store.ask(json!({ "do": "save", "name": "one", "client_id": "c", "secret": "s" }));
        assert_eq!(refused["error"], "keyring_locked");
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        std::thread::sleep(Duration::from_secs(5));
    }
    let prompt = service.object_server().interface::<_, Prompt>(PROMPT).unwrap();
    prompt.get().0.locked.store(false, Ordering::SeqCst);
    zbus::block_on(Prompt::completed(prompt.signal_emitter(), false, Value::from(""))).unwrap();
    assert!(store.answer().get("unlocked").is_some());
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "ready");
    assert_eq!(prompts.load(Ordering::SeqCst), 1);
}

#[test]
fn a_service_that_leaves_while_its_prompt_is_open_ends_the_waiting() {
    let (_bus, mut store, service, prompts) = surroundings(Behaviour::Hesitate);
    store.order(&json!({ "do": "unlock" }));
    while prompts.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let started = Instant::now();
    service.close().unwrap();
    assert_eq!(store.answer()["error"], "keyring_failed");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "absent");
}

#[test]
fn a_service_that_never_answers_is_given_up_after_30_s() {
    let (_bus, mut store, _service, _) = surroundings(Behaviour::Mute);
    let started = Instant::now();
    assert_eq!(store.ask(json!({ "do": "status" }))["state"], "failed");
    assert!(started.elapsed() < Duration::from_millis(3_500), "{:?}", started.elapsed());
    let started = Instant::now();
    let refused = store.ask(json!({ "do": "save", "name": "one", "client_id": "c", "secret": "s" }));
    assert_eq!(refused["error"], "keyring_timed_out");
    assert!(started.elapsed() < Duration::from_secs(33));
    assert!(store.list().is_empty());
}
