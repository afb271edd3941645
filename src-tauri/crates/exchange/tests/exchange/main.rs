//! Exchanges over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

extern crate claimcheck_exchange as exchange;

mod bodies;
mod failures;
mod masking;
mod redirects;
mod server;
mod snippets;
mod timing;
mod tls;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use exchange::{CancellationToken, Client, Exchange, Request, SendError, Settings};

pub fn client(settings: Settings) -> Client {
    Client::new(settings, Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))).unwrap()
}

pub async fn send(request: &Request) -> Result<Exchange, SendError> {
    send_with(Settings::default(), request).await
}

pub async fn send_with(settings: Settings, request: &Request) -> Result<Exchange, SendError> {
    client(settings).send(request, &CancellationToken::new(), None).await
}
