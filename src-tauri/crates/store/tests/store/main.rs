//! The store as its callers meet it: in processes of their own, on a private bus with a real gnome-keyring, on damaged files.
//! Belongs here: behaviour through the public interface. Not here: sealing (unit tests beside it).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod canary;
mod crash;
mod driver;
mod files;
mod items;
mod library;
mod prompts;
mod surroundings;
