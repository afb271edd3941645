//! What a saved API definition is: the row, never its secrets.
//! Belongs here: the types that cross to the callers. Not here: what a definition means (`gravitee`), SQL, the keyring.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::Keeping;

/// Identifies a saved definition in this library. Never used twice, not even after a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefinitionId(pub i64);

/// A client's subscription to a plan, at the local gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSubscription {
    /// The plan's name.
    pub plan: String,
    /// OAuth client identifier.
    pub client_id: String,
}

/// What is given to [`crate::Store::save_definition`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionDraft {
    /// The definition to change; none makes a new one.
    pub id: Option<DefinitionId>,
    /// Unique among the definitions; outer white space is dropped.
    pub name: String,
    /// Its text, without secrets: it is kept in plain text.
    pub document: String,
    /// Who is subscribed to its plans at the local gateway.
    pub subscriptions: Vec<PlanSubscription>,
    /// Where to keep its secrets.
    pub keeping: Keeping,
}

/// A saved definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedDefinition {
    /// Its id.
    pub id: DefinitionId,
    /// Its name.
    pub name: String,
    /// Its text, without secrets.
    pub document: String,
    /// Who is subscribed to its plans at the local gateway.
    pub subscriptions: Vec<PlanSubscription>,
    /// Where its secrets are kept.
    pub keeping: Keeping,
    /// Whether secrets were saved with it.
    pub has_secrets: bool,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Milliseconds since the Unix epoch.
    pub updated_at: i64,
}

/// A definition that was removed, with all that [`crate::Store::restore_definition`] needs. Lives in memory only.
#[derive(Debug)]
pub struct RemovedDefinition {
    /// The definition as it was.
    pub definition: SavedDefinition,
    /// Its secrets, if they could be read before they were removed.
    pub secrets: Option<SecretString>,
}
