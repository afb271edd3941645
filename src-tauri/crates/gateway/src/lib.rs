//! The local authorization server and the local API gateway.

pub mod event;
