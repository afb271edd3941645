//! Authorization servers over real sockets, well-behaved and not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

extern crate claimcheck_oauth as oauth;

mod answers;
mod cache;
mod explanations;
mod flows;
mod interop;
mod matrix;
mod proofs;
mod refused_clients;
mod requests;
#[allow(dead_code, reason = "shared with the tests of exchange")]
#[path = "../../../exchange/tests/exchange/server.rs"]
mod server;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use exchange::{CancellationToken, Settings};
use oauth::{Client, ClientAuthentication, Endpoints, Error, Grant, Http, TokenAnswer, TokenRequest, request_token};
use server::Server;

pub const NOW: u64 = 1_700_000_000;

pub fn http() -> Http {
    let clock: oauth::Clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
    Http::new(Settings::default(), clock, false).unwrap()
}

pub fn client() -> Client {
    Client { id: "my-client".into(), authentication: ClientAuthentication::ClientSecretBasic("s3cret-canary".into()) }
}

pub fn endpoints(server: &Server) -> Endpoints {
    Endpoints::gravitee(&server.url("/"), "demo").unwrap()
}

pub fn client_credentials() -> TokenRequest {
    TokenRequest::new(Grant::ClientCredentials)
}

pub async fn token(server: &Server, request: &TokenRequest) -> Result<TokenAnswer, Error> {
    request_token(&http(), &endpoints(server), &client(), request, &CancellationToken::new()).await
}
