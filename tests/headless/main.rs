//! Black-box tests of the command line and of the local gateway: real processes, real sockets, a real keyring.
//! Belongs here: what scripts may rely on. Not here: the window (`desktop`), units (the crates themselves).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod apim;
mod behaviours;
mod call;
mod canary;
mod clock;
mod connection;
mod curl;
mod definitions;
mod demo;
mod doctor;
mod errors;
mod found;
mod gateway;
mod grants;
mod inspect;
mod inspect_judging;
mod interop;
mod introspect;
mod keyring;
mod mint;
mod program;
mod reload;
mod revoke;
mod serving;
mod shapes;
mod spelled;
mod terminal;
mod token;
mod tutorial;
