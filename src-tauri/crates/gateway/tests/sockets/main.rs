//! The gateway over real sockets, byte for byte. One binary, one file per topic.
#![allow(clippy::type_complexity, reason = "tables of cases")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

extern crate claimcheck_gateway as gateway;

mod assertions;
mod cases;
mod clock;
mod configuration;
mod connections;
mod contents;
mod definitions;
mod discovery;
mod echo;
mod fake;
mod faults;
mod forms;
mod grants;
mod hosts;
mod interop;
mod limits;
mod loading;
mod plans;
mod pools;
mod proxying;
mod reload;
mod resources;
mod revocation;
mod rotation;
mod routing;
mod support;
mod switches;
mod tls;
mod token;
mod traces;
mod tutorial;
mod weaknesses;
