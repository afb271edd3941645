//! Tests in the real window: a real display, session bus, keyring and web engine, and real servers.
//! Belongs here: what only the whole thing shows. Not here: what a crate's own tests or the UI's can show.

mod journey;
mod keyring;
mod security;
mod shutdown;
mod steps;
