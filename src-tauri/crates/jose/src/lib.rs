//! Tokens and keys as data: parse anything, verify, explain, lint. No I/O, no clock of its own.

pub mod inspection;
