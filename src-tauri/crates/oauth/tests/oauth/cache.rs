//! One request per identity, renewal in time, failures forgotten.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use exchange::{CancellationToken, Settings};
use oauth::{Client, ClientAuthentication, Clock, Http, TokenCache, TokenRequest, Wanted};
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;

use crate::{
    client, client_credentials, endpoints,
    server::{Server, answer, read_request},
};

/// A server that numbers its tokens, answers slowly, and can be told to fail; and a clock that can be moved.
struct World {
    server: Server,
    minted: Arc<AtomicUsize>,
    failing: Arc<AtomicUsize>,
    time: Arc<AtomicU64>,
    http: Http,
    cache: TokenCache,
}

async fn world() -> World {
    let (minted, failing, time) =
        (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default(), Arc::new(AtomicU64::new(1_700_000_000)));
    let (count, fail, seconds) = (minted.clone(), failing.clone(), time.clone());
    let server = Server::script(move |mut stream| {
        let (count, fail) = (count.clone(), fail.clone());
        async move {
            while read_request(&mut stream).await.is_some() {
                let number = count.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(100)).await;
                let body = format!(r#"{{"access_token":"token-{number}","token_type":"bearer","expires_in":1000}}"#);
                let bytes = match fail.load(Ordering::SeqCst) {
                    0 => answer("200 OK", "Content-Type: application/json\r\n", body),
                    _ => answer("400 Bad", "", r#"{"error":"invalid_scope"}"#),
                };
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    let clock: Clock = Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst)));
    let http = Http::new(Settings::default(), clock.clone(), false).unwrap();
    World { server, minted, failing, time, http, cache: TokenCache::new(clock) }
}

impl World {
    async fn token(&self, client: &Client, request: &TokenRequest, fresh: bool) -> Result<(String, bool), String> {
        let cancel = CancellationToken::new();
        let got = self.cache.token(&self.http, &endpoints(&self.server), client, request, fresh, &cancel).await;
        got.map(|got| (got.answer.access_token.expose_secret().to_owned(), got.from_cache))
            .map_err(|error| error.code().to_owned())
    }

    fn minted(&self) -> usize {
        self.minted.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_hundred_callers_make_one_request() {
    let world = Arc::new(world().await);
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.token(&client(), &client_credentials(), false).await.unwrap().0 })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), "token-0");
    }
    assert_eq!(world.minted(), 1);
    assert_eq!(world.token(&client(), &client_credentials(), false).await.unwrap(), ("token-0".into(), true));
    assert_eq!(world.token(&client(), &client_credentials(), true).await.unwrap(), ("token-1".into(), false));
    assert_eq!(world.token(&client(), &client_credentials(), false).await.unwrap(), ("token-1".into(), true));
}

/// Each was refused with the same token, at another time: the second takes the renewal of the first.
#[tokio::test]
async fn who_was_refused_later_takes_the_renewed_one() {
    let world = world().await;
    let refused = world.token(&client(), &client_credentials(), false).await.unwrap().0;
    let (http, endpoints, client, request, cancel) =
        (&world.http, endpoints(&world.server), client(), client_credentials(), CancellationToken::new());
    for (from_cache, minted) in [(false, 2), (true, 2)] {
        let wanted = Wanted::OtherThan(refused.clone().into());
        let got = world.cache.token(http, &endpoints, &client, &request, wanted, &cancel).await.unwrap();
        assert_eq!((got.answer.access_token.expose_secret(), got.from_cache), ("token-1", from_cache));
        assert_eq!(world.minted(), minted);
    }
}

#[tokio::test]
async fn whatever_shapes_a_token_makes_another() {
    let world = world().await;
    let with = |change: &dyn Fn(&mut TokenRequest)| {
        let mut request = client_credentials();
        change(&mut request);
        request
    };
    let other = |authentication| Client { authentication, ..client() };
    let basic = || client().authentication;
    let different = [
        (client(), client_credentials()),
        (client(), with(&|request| request.scopes = vec!["a".into(), "b".into()])),
        (client(), with(&|request| request.scopes = vec!["a".into()])),
        (client(), with(&|request| request.scopes = vec!["ab".into()])),
        (client(), with(&|request| request.audience = Some("a".into()))),
        (client(), with(&|request| request.resources = vec!["urn:a".into()])),
        (client(), with(&|request| request.parameters = vec![("a".into(), "b".into())])),
        (client(), with(&|request| request.parameters = vec![("ab".into(), String::new())])),
        (client(), with(&|request| request.headers = vec![("a".into(), "b".into())])),
        (other(ClientAuthentication::ClientSecretBasic("new-secret".into())), client_credentials()),
        (other(ClientAuthentication::ClientSecretPost("s3cret-canary".into())), client_credentials()),
        (Client { id: "other".into(), authentication: basic() }, client_credentials()),
    ];
    for (number, (client, request)) in different.iter().enumerate() {
        assert_eq!(world.token(client, request, false).await.unwrap(), (format!("token-{number}"), false));
    }
    for (number, (client, request)) in different.iter().enumerate() {
        assert_eq!(world.token(client, request, false).await.unwrap(), (format!("token-{number}"), true));
    }
    // Order and repetition of scopes are nothing.
    let same = with(&|request| request.scopes = vec!["b".into(), "a".into(), "b".into()]);
    assert_eq!(world.token(&client(), &same, false).await.unwrap(), ("token-1".into(), true));
    assert_eq!(world.cache.list().len(), different.len());
}

#[tokio::test]
async fn renewal_comes_before_the_end() {
    let world = world().await;
    let ask = || async { world.token(&client(), &client_credentials(), false).await.unwrap().0 };
    assert_eq!(ask().await, "token-0");
    // 1000 s of life: 60 s margin.
    world.time.fetch_add(939, Ordering::SeqCst);
    assert_eq!(ask().await, "token-0");
    world.time.fetch_add(1, Ordering::SeqCst);
    assert_eq!(ask().await, "token-1");
    // A clock set back makes the age unknown.
    world.time.fetch_sub(5000, Ordering::SeqCst);
    assert_eq!(ask().await, "token-2");
}

#[tokio::test]
async fn failures_are_not_kept_and_replace_nothing() {
    let world = world().await;
    world.failing.store(1, Ordering::SeqCst);
    assert_eq!(world.token(&client(), &client_credentials(), false).await, Err("invalid_scope".into()));
    world.failing.store(0, Ordering::SeqCst);
    assert_eq!(world.token(&client(), &client_credentials(), false).await.unwrap().0, "token-1");
    world.failing.store(1, Ordering::SeqCst);
    assert!(world.token(&client(), &client_credentials(), true).await.is_err());
    assert_eq!(world.token(&client(), &client_credentials(), false).await.unwrap(), ("token-1".into(), true));
    let peeked = world.cache.peek(&world.http, &endpoints(&world.server), &client(), &client_credentials()).unwrap();
    assert_eq!(peeked.access_token.expose_secret(), "token-1");
    world.cache.forget(&peeked.access_token);
    assert!(world.cache.list().is_empty());
}

#[tokio::test]
async fn who_cancels_leaves_alone() {
    let world = Arc::new(world().await);
    let leader = CancellationToken::new();
    let first = {
        let (world, leader) = (world.clone(), leader.clone());
        tokio::spawn(async move {
            world
                .cache
                .token(&world.http, &endpoints(&world.server), &client(), &client_credentials(), false, &leader)
                .await
                .map(|_| ())
        })
    };
    tokio::time::sleep(Duration::from_millis(30)).await;
    let second = {
        let world = world.clone();
        tokio::spawn(async move { world.token(&client(), &client_credentials(), false).await })
    };
    tokio::time::sleep(Duration::from_millis(20)).await;
    leader.cancel();
    assert_eq!(first.await.unwrap().unwrap_err().code(), "cancelled");
    assert_eq!(second.await.unwrap().unwrap(), ("token-0".into(), false));
    assert_eq!(world.minted(), 1);

    // When the only one leaves, the request ends and the next caller starts anew.
    let alone = CancellationToken::new();
    let (endpoints, client_, request) = (endpoints(&world.server), client(), client_credentials());
    let call = world.cache.token(&world.http, &endpoints, &client_, &request, true, &alone);
    assert!(tokio::time::timeout(Duration::from_millis(30), call).await.is_err());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(world.token(&client(), &client_credentials(), false).await.unwrap(), ("token-0".into(), true));
    assert_eq!(world.token(&client(), &client_credentials(), true).await.unwrap().0, "token-2");
}

/// Who forgets a token while it is renewed is not handed the renewed one the next time.
#[tokio::test]
async fn what_is_forgotten_does_not_come_back_with_a_renewal_under_way() {
    let world = Arc::new(world().await);
    let old = world.token(&client(), &client_credentials(), false).await.unwrap().0;
    let renewal = {
        let world = world.clone();
        tokio::spawn(async move { world.token(&client(), &client_credentials(), true).await })
    };
    tokio::time::sleep(Duration::from_millis(30)).await;
    world.cache.forget(&old.into());
    let next = world.token(&client(), &client_credentials(), false).await.unwrap();
    assert_eq!(next, ("token-2".into(), false), "the renewal is not joined");
    assert_eq!(renewal.await.unwrap().unwrap().0, "token-1", "who waits for the renewal gets it");
    assert_eq!(world.token(&client(), &client_credentials(), false).await.unwrap(), ("token-2".into(), true));
    assert_eq!(world.cache.list().len(), 1);
}

/// Forgotten by who has seen only the token before it.
#[tokio::test]
async fn a_renewed_token_goes_with_the_one_that_it_replaced() {
    let world = world().await;
    let old = world.token(&client(), &client_credentials(), false).await.unwrap().0;
    world.token(&client(), &client_credentials(), true).await.unwrap();
    world.cache.forget(&old.clone().into());
    assert_eq!(world.cache.list().len(), 1, "a call that was refused with the old one leaves the new one");
    world.cache.forget_renewed(&old.into());
    assert!(world.cache.list().is_empty());
}

/// A renewal that was left lands all the same: the next caller takes it and does not use the refresh token a second time.
#[tokio::test]
async fn a_renewal_that_was_left_is_joined() {
    let world = world().await;
    let (endpoints, client, request) = (endpoints(&world.server), client(), client_credentials());
    let (parts, left) =
        ((world.http.clone(), endpoints.clone(), client.clone(), request.clone()), CancellationToken::new());
    let seen_through = |_, _| async move {
        let (http, endpoints, client, request) = parts;
        oauth::request_token(&http, &endpoints, &client, &request, &CancellationToken::new()).await
    };
    let call = world.cache.token_by(&world.http, &endpoints, &client, &request, true, &left, seen_through);
    assert!(tokio::time::timeout(Duration::from_millis(30), call).await.is_err());
    assert_eq!(world.token(&client, &request, false).await.unwrap(), ("token-0".into(), false));
    assert_eq!(world.minted(), 1);
}
