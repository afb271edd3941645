//! Vault and library: where connections live.
//!
//! Belongs here: secrets in the keyring of the operating system (the *vault*), everything else in one SQLite file (the
//! *library*), and the write that keeps the two in step. Not here: what a connection is used for, and any place that could hold a
//! secret in plain text.

mod connection;
mod credentials;
mod definition;
mod definition_steps;
mod error;
mod exchanges;
mod grant;
mod lease;
mod library;
mod store;
mod two_phase;
mod vault;

pub use connection::{
    Connection, ConnectionDraft, ConnectionId, Deleted, Keeping, Origin, Profile, SecretChange, Server,
};
pub use credentials::Credentials;
pub use definition::{DefinitionDraft, DefinitionId, PlanSubscription, RemovedDefinition, SavedDefinition};
pub use error::{Error, Result, VaultError};
pub use exchanges::{HistoryEntry, HistoryFilter, NewHistoryEntry};
pub use grant::{ClientAssertion, GrantOptions, GrantType};
pub use store::{Clock, Notice, Opened, Store};
pub use vault::{VaultChoice, VaultStatus};
