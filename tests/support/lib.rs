//! What the black-box tests share: child processes, a display, a keyring and a window of their own.
//! Belongs here: surroundings, and handles to drive them. Not here: what the product should do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here fails the test")]

pub mod children;
pub mod desktop;
pub mod display;
pub mod gateway;
pub mod keyring;
pub mod person;
pub mod scan;
pub mod webdriver;
