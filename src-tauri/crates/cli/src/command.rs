//! The commands, one module each: the desk's answer in, text or JSON out.

pub(crate) mod call;
pub(crate) mod connection;
pub(crate) mod definition;
pub(crate) mod demo;
mod difference;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod gateway;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod introspect;
mod lines;
mod reloading;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod userinfo;
