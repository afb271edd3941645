//! Tests in the real window: a real display, session bus, keyring and web engine, and real servers.
//! Belongs here: what only the whole thing shows. Not here: what a crate's own tests or the UI's can show.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod canary;
mod connections;
mod gateway;
mod grants;
mod journey;
mod keyboard;
mod keyring;
mod ports;
mod request;
mod security;
mod shutdown;
mod steps;
mod token;
