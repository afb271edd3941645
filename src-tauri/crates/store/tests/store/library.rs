//! Rows: connections, settings, history, in one process.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use claimcheck_store::{
    ClientAssertion, Clock, Connection, ConnectionDraft, ConnectionId, Error, GrantOptions, GrantType, HistoryFilter,
    Keeping, NewHistoryEntry, Opened, Origin, Profile, SecretChange, Server, Store, VaultChoice,
};
use tempfile::TempDir;

/// A clock that is a second later with every look.
pub(crate) fn clock() -> Clock {
    let seconds = AtomicU64::new(1_795_000_000);
    Arc::new(move || UNIX_EPOCH + Duration::from_secs(seconds.fetch_add(1, Ordering::SeqCst)))
}

pub(crate) async fn open(folder: &Path) -> Result<Opened, Error> {
    Store::open(folder, clock(), VaultChoice::Memory).await
}

/// Every member has a value of its own, so that none can be taken for another.
pub(crate) fn draft(name: &str) -> ConnectionDraft {
    let profile = Profile {
        name: name.to_owned(),
        server: Server::TokenUrl {
            token_url: "https://as/token".to_owned(),
            introspect_url: Some("https://as/introspect".to_owned()),
            revoke_url: Some("https://as/revoke".to_owned()),
            jwks_url: Some("https://as/jwks".to_owned()),
            authorize_url: Some("https://as/authorize".to_owned()),
            device_url: Some("https://as/device".to_owned()),
            userinfo_url: Some("https://as/userinfo".to_owned()),
        },
        domain: Some("domain".to_owned()),
        client_id: "client".to_owned(),
        auth_method: "private_key_jwt".to_owned(),
        scopes: vec!["b".to_owned(), "a".to_owned()],
        audience: Some("audience".to_owned()),
        resources: vec!["https://api".to_owned()],
        params: vec![("k".to_owned(), "1".to_owned()), ("k".to_owned(), "2".to_owned())],
        headers: vec![("X-Tenant".to_owned(), "t".to_owned())],
        grant: GrantOptions {
            grant_type: GrantType::TokenExchange,
            username: Some("user".to_owned()),
            redirect_port: Some(8400),
            allow_missing_pkce: true,
            subject_connection: Some(3),
            subject_token_type: Some("urn:s".to_owned()),
            actor_token_type: Some("urn:a".to_owned()),
            requested_token_type: Some("urn:r".to_owned()),
            assertion_key_file: Some("/assertion.pem".to_owned()),
            assertion_issuer: Some("issuer".to_owned()),
            assertion_subject: Some("subject".to_owned()),
        },
        assertion: ClientAssertion {
            audience: Some("token_endpoint".to_owned()),
            key_id: Some("kid".to_owned()),
            explicit_type: true,
        },
        dpop: true,
        ca_file: Some("/ca.pem".into()),
        cert_file: Some("/cert.pem".into()),
        key_file: Some("/key.pem".into()),
        proxy: Some("socks5://127.0.0.1:9".to_owned()),
        allow_http: true,
        timeout_s: Some(7),
        api_url: Some("https://api/echo".to_owned()),
    };
    ConnectionDraft { id: None, profile, keeping: Keeping::Keyring, origin: Origin::Local }
}

pub(crate) async fn save(store: &Store, name: &str) -> Connection {
    store.save(draft(name), SecretChange::Keep).await.unwrap()
}

#[tokio::test]
async fn a_connection_comes_back_as_it_was_saved() {
    let folder = TempDir::new().unwrap();
    let Opened { store, notices } = open(folder.path()).await.unwrap();
    assert!(notices.is_empty());
    let servers = [
        draft("x").profile.server,
        Server::Gravitee { url: "https://am".to_owned() },
        Server::Issuer { url: "https://issuer".to_owned() },
    ];
    for (number, server) in servers.into_iter().enumerate() {
        let mut draft = draft(&format!("c{number}"));
        draft.profile.server = server;
        let saved = store.save(draft.clone(), SecretChange::Keep).await.unwrap();
        assert_eq!((&saved.profile, saved.origin, saved.has_secret), (&draft.profile, Origin::Local, false));
        assert_eq!(store.connection(saved.id).await.unwrap(), saved);
        assert_eq!(store.connection_named(&draft.profile.name).await.unwrap(), saved);

        draft.id = Some(saved.id);
        draft.origin = Origin::Typed;
        draft.profile.scopes.clear();
        let edited = store.save(draft, SecretChange::Keep).await.unwrap();
        assert_eq!((edited.origin, edited.created_at), (saved.origin, saved.created_at));
        assert!(edited.updated_at > saved.updated_at && edited.profile.scopes.is_empty());
    }
    drop(store);
    let names = open(folder.path()).await.unwrap().store.connections().await.unwrap();
    assert_eq!(names.iter().map(|connection| connection.profile.name.as_str()).collect::<Vec<_>>(), ["c0", "c1", "c2"]);
}

#[tokio::test]
async fn what_cannot_be_saved_says_why() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path()).await.unwrap().store;
    let saved = save(&store, "one").await;
    assert!(
        matches!(store.save(draft(" one "), SecretChange::Keep).await, Err(Error::NameTaken(name)) if name == "one")
    );
    assert!(matches!(store.save(draft(" "), SecretChange::Keep).await, Err(Error::NameEmpty)));
    let unknown = ConnectionDraft { id: Some(ConnectionId(99)), ..draft("two") };
    assert!(matches!(store.save(unknown, SecretChange::Keep).await, Err(Error::NoConnection(_))));
    assert!(matches!(store.delete(ConnectionId(99)).await, Err(Error::NoConnection(_))));
    assert!(matches!(store.touch(ConnectionId(99)).await, Err(Error::NoConnection(_))));
    assert!(matches!(store.connection_named("One").await, Err(Error::NoConnection(_))));
    assert_eq!(store.connections().await.unwrap(), [saved]);
}

#[tokio::test]
async fn a_deleted_id_is_not_given_away_and_comes_back_with_an_undo() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path()).await.unwrap().store;
    let one = save(&store, "one").await;
    store.touch(one.id).await.unwrap();
    let one = store.connection(one.id).await.unwrap();
    assert!(one.last_used_at.is_some());
    let deleted = store.delete(one.id).await.unwrap();
    let two = save(&store, "one").await;
    assert_ne!(two.id, one.id);
    assert!(matches!(store.restore(&deleted).await, Err(Error::NameTaken(_))));
    store.delete(two.id).await.unwrap();
    let back = store.restore(&deleted).await.unwrap();
    assert_eq!(back, Connection { updated_at: back.updated_at, ..one });
}

/// What an older version saved is all there, and means what it meant: client credentials, no proofs.
#[tokio::test]
async fn a_library_of_the_first_version_is_brought_up_to_date() {
    let folder = TempDir::new().unwrap();
    let old = rusqlite::Connection::open(folder.path().join("library.sqlite")).unwrap();
    old.execute_batch(include_str!("fixtures/library-1.sql")).unwrap();
    drop(old);
    let Opened { store, notices } = open(folder.path()).await.unwrap();
    assert!(notices.is_empty(), "{notices:?}");
    let connections = store.connections().await.unwrap();
    assert_eq!(connections.iter().map(|one| one.id.0).collect::<Vec<_>>(), [9, 7]);
    let orders = &connections[1].profile;
    assert_eq!((orders.auth_method.as_str(), orders.timeout_s), ("client_secret_post", Some(9)));
    assert_eq!(orders.params, [("k".to_owned(), "v".to_owned())]);
    assert_eq!(
        (&orders.grant, &orders.assertion, orders.dpop),
        (&GrantOptions::default(), &ClientAssertion::default(), false)
    );
    assert!(orders.headers.is_empty());
    let Server::TokenUrl { jwks_url, authorize_url, .. } = &orders.server else { panic!("{:?}", orders.server) };
    assert_eq!((jwks_url.as_deref(), authorize_url.as_deref()), (Some("https://as/jwks"), None));
    assert_eq!(store.setting("connection.current").await.unwrap().as_deref(), Some("7"));
    let mut changed = draft("Orders");
    changed.id = Some(connections[1].id);
    assert_eq!(store.save(changed.clone(), SecretChange::Keep).await.unwrap().profile, changed.profile);
}

#[tokio::test]
async fn a_setting_is_replaced_and_removed() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path()).await.unwrap().store;
    assert_eq!(store.setting("current").await.unwrap(), None);
    store.set_setting("current", Some("1")).await.unwrap();
    store.set_setting("current", Some("2")).await.unwrap();
    assert_eq!(store.setting("current").await.unwrap().as_deref(), Some("2"));
    store.set_setting("current", None).await.unwrap();
    assert_eq!(store.setting("current").await.unwrap(), None);
}

#[tokio::test]
async fn the_library_has_no_place_for_headers_and_bodies() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()).await.unwrap());
    let sqlite = rusqlite::Connection::open(folder.path().join("library.sqlite")).unwrap();
    let columns =
        "SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'";
    let mut columns = sqlite.prepare(columns).unwrap();
    let columns: Vec<String> = columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(columns.contains(&"history.url".to_owned()), "{columns:?}");
    let forbidden =
        |column: &&String| column.contains("header") || column.contains("body") || column.contains("request");
    assert_eq!(columns.iter().find(forbidden), None);
}

#[tokio::test]
async fn history_is_paged_filtered_and_cleared() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path()).await.unwrap().store;
    let id = save(&store, "one").await.id;
    for number in 0..10_u16 {
        let entry = NewHistoryEntry {
            connection: (number % 2 == 0).then_some(id),
            method: "GET".to_owned(),
            url: format!("https://api/Echo/{number}"),
            status: (number > 0).then_some(200 + number),
            total_us: Some(1_000),
            size: None,
        };
        let added = store.add_history(entry).await.unwrap();
        assert_eq!(added.status, (number > 0).then_some(200 + number));
    }
    let page = |filter| async { store.history(filter).await.unwrap() };
    let all = page(HistoryFilter::default()).await;
    assert_eq!(all.len(), 10);
    assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id && pair[0].at > pair[1].at), "newest first");
    let first = page(HistoryFilter { limit: Some(4), ..HistoryFilter::default() }).await;
    let second = page(HistoryFilter { limit: Some(4), before: Some(first[3].id), ..HistoryFilter::default() }).await;
    assert_eq!([first, second].concat(), all[..8]);
    let of_one = page(HistoryFilter { connection: Some(id), ..HistoryFilter::default() }).await;
    assert_eq!(of_one.len(), 5);
    let found = page(HistoryFilter { search: Some("echo/7".to_owned()), ..HistoryFilter::default() }).await;
    assert_eq!(found[0].status, Some(207));
    assert!(page(HistoryFilter { search: Some("%".to_owned()), ..HistoryFilter::default() }).await.is_empty());
    store.delete(id).await.unwrap();
    assert_eq!(page(HistoryFilter::default()).await.len(), 10, "the history outlives the connection");
    store.clear_history().await.unwrap();
    assert!(page(HistoryFilter::default()).await.is_empty());
}
