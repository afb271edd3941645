//! The store as a process of its own: one JSON command per line in, one JSON answer per line out. The tests drive it, lock its
//! keyring and kill it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a tool of the tests")]

use std::{
    io::{BufRead, Write},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use claimcheck_store::{
    ClientAssertion, Connection, ConnectionDraft, ConnectionId, Deleted, Error, GrantOptions, Keeping, Origin, Profile,
    SecretChange, Server, Store, VaultChoice,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::{Event, Metadata, Subscriber, field::Field, span};

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Order {
    Save {
        id: Option<i64>,
        name: String,
        client_id: String,
        secret: Option<String>,
        #[serde(default)]
        clear: bool,
        #[serde(default)]
        memory: bool,
    },
    Credentials {
        id: i64,
    },
    Delete {
        id: i64,
    },
    Restore,
    List,
    Status,
    Unlock,
    /// Unlocks and changes its mind after so many milliseconds.
    UnlockBriefly {
        ms: u64,
    },
    /// Unlocks in the background: its answer comes when it comes.
    UnlockAside,
    Repair,
    /// The next write stops for good once it has come so far.
    StopAt {
        step: String,
    },
}

/// Stops the process in the middle of a write: whoever waits for it can then kill it exactly there.
struct Brake(Arc<Mutex<Option<String>>>);

impl Subscriber for Brake {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("claimcheck_store")
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let wanted = self.0.lock().unwrap().clone();
        event.record(&mut |field: &Field, value: &dyn std::fmt::Debug| {
            if field.name() == "step"
                && wanted.as_ref().is_some_and(|step| format!("{value:?}").trim_matches('"') == step)
            {
                say(&json!({ "stopped": wanted }));
                loop {
                    std::thread::park();
                }
            }
        });
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let choice = if arguments.next().as_deref() == Some("memory") { VaultChoice::Memory } else { VaultChoice::Keyring };
    let stop_at = Arc::new(Mutex::new(None));
    tracing::subscriber::set_global_default(Brake(stop_at.clone())).unwrap();
    let store = match Store::open(Path::new(&folder), Arc::new(SystemTime::now), choice).await {
        Ok(opened) => {
            say(&json!({ "opened": opened.notices }));
            opened.store
        }
        Err(error) => return say(&failure(&error)),
    };
    let mut deleted = None;
    for line in std::io::stdin().lock().lines() {
        let order = serde_json::from_str(&line.unwrap()).unwrap();
        let answer = obey(&store, order, &stop_at, &mut deleted).await;
        say(&answer.unwrap_or_else(|error| failure(&error)));
    }
}

async fn obey(
    store: &Store,
    order: Order,
    stop_at: &Mutex<Option<String>>,
    deleted: &mut Option<Deleted>,
) -> Result<Value, Error> {
    Ok(match order {
        Order::Save { id, name, client_id, secret, clear, memory } => {
            let change = match secret {
                Some(secret) => SecretChange::Set(SecretString::from(secret)),
                None if clear => SecretChange::Clear,
                None => SecretChange::Keep,
            };
            shown(&store.save(draft(id, name, client_id, memory), change).await?)
        }
        Order::Credentials { id } => {
            let found = store.credentials(ConnectionId(id)).await?;
            let secret = found.client_secret.as_ref().map(ExposeSecret::expose_secret);
            json!({ "client_id": found.client_id, "secret": secret, "domain": found.domain })
        }
        Order::Delete { id } => {
            let gone = deleted.insert(store.delete(ConnectionId(id)).await?);
            json!({ "credentials": gone.credentials.is_some(), "item_remains": gone.item_remains })
        }
        Order::Restore => shown(&store.restore(&deleted.take().expect("something was deleted")).await?),
        Order::List => store.connections().await?.iter().map(shown).collect(),
        Order::Status => json!(store.vault_status().await),
        Order::Unlock => json!({ "unlocked": store.unlock().await? }),
        Order::UnlockBriefly { ms } => {
            let started = Instant::now();
            let patience = Duration::from_millis(ms);
            let answered = tokio::time::timeout(patience, store.unlock()).await.is_ok();
            json!({ "answered": answered, "late_ms": (started.elapsed() - patience).as_millis() as u64 })
        }
        Order::UnlockAside => {
            let store = store.clone();
            tokio::spawn(async move {
                let answer = store.unlock().await.map(|()| json!({ "unlocked": null }));
                say(&answer.unwrap_or_else(|error| failure(&error)));
            });
            json!({ "asking": true })
        }
        Order::Repair => json!({ "repair": store.repair().await? }),
        Order::StopAt { step } => json!({ "stop_at": stop_at.lock().unwrap().insert(step) }),
    })
}

fn draft(id: Option<i64>, name: String, client_id: String, memory: bool) -> ConnectionDraft {
    let profile = Profile {
        name,
        server: Server::Gravitee { url: "https://am.example.com".to_owned() },
        domain: Some("demo".to_owned()),
        client_id,
        auth_method: "client_secret_basic".to_owned(),
        scopes: vec!["echo:read".to_owned()],
        audience: None,
        resources: Vec::new(),
        params: vec![("a".to_owned(), "b".to_owned())],
        headers: Vec::new(),
        grant: GrantOptions::default(),
        assertion: ClientAssertion::default(),
        dpop: false,
        ca_file: None,
        cert_file: None,
        key_file: None,
        proxy: None,
        allow_http: false,
        timeout_s: Some(20),
        api_url: None,
    };
    let keeping = if memory { Keeping::Memory } else { Keeping::Keyring };
    ConnectionDraft { id: id.map(ConnectionId), profile, keeping, origin: Origin::Typed }
}

fn shown(connection: &Connection) -> Value {
    json!({
        "id": connection.id, "name": connection.profile.name, "client_id": connection.profile.client_id,
        "account": connection.secret_version, "keeping": connection.keeping,
    })
}

fn failure(error: &Error) -> Value {
    json!({ "error": error.code(), "message": error.to_string() })
}

fn say(answer: &Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}").and_then(|()| out.flush()).expect("the test listens");
}
