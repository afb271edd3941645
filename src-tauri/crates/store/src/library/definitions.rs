//! API definitions and named secrets as rows.
//! Belongs here: the mapping between rows and types, and the transactions on them. Not here: the keyring's part of a save.

use rusqlite::{OptionalExtension, Params, Transaction, types::Type};

use super::{Fault, Library, journal};
use crate::{DefinitionDraft, DefinitionId, Error, Keeping, PlanSubscription, Result, SavedDefinition};

/// A definition with what only the store knows of it.
#[derive(Debug, Clone)]
pub(crate) struct DefinitionRow {
    pub(crate) definition: SavedDefinition,
    /// Account of the item that holds its secrets; none if it has none.
    pub(crate) account: Option<String>,
}

/// A row to be written.
#[derive(Debug)]
pub(crate) struct NewDefinition {
    pub(crate) draft: DefinitionDraft,
    /// The id is that of a removed definition which comes back.
    pub(crate) restored: bool,
    pub(crate) account: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

const COLUMNS: &str = "id, name, document, subscriptions, keeping, account, created_at, updated_at";

const PUT: &str = "INSERT INTO definitions (id, name, document, subscriptions, keeping, account, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, document = excluded.document, subscriptions = excluded.subscriptions,
    keeping = excluded.keeping, account = excluded.account, updated_at = excluded.updated_at
RETURNING id";

impl Library {
    /// All of them, by name.
    pub(crate) async fn definitions(&self) -> Result<Vec<SavedDefinition>> {
        self.run(|sqlite| {
            let query = format!("SELECT {COLUMNS} FROM definitions ORDER BY name COLLATE NOCASE, name");
            let mut statement = sqlite.prepare_cached(&query)?;
            let rows = statement.query_map([], read)?;
            Ok(rows.map(|row| row.map(|row| row.definition)).collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    pub(crate) async fn definition(&self, id: DefinitionId) -> Result<DefinitionRow> {
        self.run(move |sqlite| find(sqlite, "id = ?1", [id.0])?.ok_or_else(|| missing(id))).await
    }

    /// Fails if the name belongs to another definition.
    pub(crate) async fn definition_name_is_free(&self, name: &str, id: Option<DefinitionId>) -> Result<()> {
        let name = name.to_owned();
        self.run(move |sqlite| {
            let taken = "SELECT 1 FROM definitions WHERE name = ?1 AND id IS NOT ?2";
            let taken = sqlite.query_row(taken, (&name, id.map(|id| id.0)), |_| Ok(())).optional()?;
            if taken.is_some() { Err(Error::DefinitionNameTaken(name).into()) } else { Ok(()) }
        })
        .await
    }

    /// Writes the row. In the same transaction the account it points to leaves the journal and the one it pointed to enters it.
    pub(crate) async fn put_definition(&self, new: NewDefinition) -> Result<DefinitionRow> {
        self.write(move |transaction| {
            let old = match new.draft.id {
                Some(id) => find(transaction, "id = ?1", [id.0])?,
                None => None,
            };
            if let (Some(id), None, false) = (new.draft.id, &old, new.restored) {
                return Err(missing(id));
            }
            let id = put(transaction, &new)?;
            let before = old.and_then(|old| keyring_account(old.definition.keeping, old.account));
            point(transaction, before, new.account.as_deref(), new.updated_at)?;
            find(transaction, "id = ?1", [id])?.ok_or_else(|| missing(DefinitionId(id)))
        })
        .await
    }

    /// Deletes the row and journals its item.
    pub(crate) async fn delete_definition_row(&self, id: DefinitionId, at: i64) -> Result<()> {
        self.write(move |transaction| {
            let row = find(transaction, "id = ?1", [id.0])?.ok_or_else(|| missing(id))?;
            point(transaction, keyring_account(row.definition.keeping, row.account), None, at)?;
            transaction.execute("DELETE FROM definitions WHERE id = ?1", [id.0])?;
            Ok(())
        })
        .await
    }

    /// The account of a named secret.
    pub(crate) async fn named_secret(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        self.run(move |sqlite| {
            let query = "SELECT account FROM named_secrets WHERE name = ?1";
            Ok(sqlite.query_row(query, [name], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Points a name to another account, or to none.
    pub(crate) async fn point_named_secret(&self, name: &str, account: Option<String>, at: i64) -> Result<()> {
        let name = name.to_owned();
        self.write(move |transaction| {
            let query = "SELECT account FROM named_secrets WHERE name = ?1";
            let before = transaction.query_row(query, [&name], |row| row.get(0)).optional()?;
            match &account {
                Some(account) => {
                    let put = "INSERT OR REPLACE INTO named_secrets (name, account) VALUES (?1, ?2)";
                    transaction.execute(put, [&name, account])?
                }
                None => transaction.execute("DELETE FROM named_secrets WHERE name = ?1", [&name])?,
            };
            point(transaction, before, account.as_deref(), at)
        })
        .await
    }
}

/// The new account is pointed to and so stays; the old one must go.
fn point(transaction: &Transaction<'_>, old: Option<String>, new: Option<&str>, at: i64) -> Result<(), Fault> {
    if let Some(account) = old.filter(|old| new != Some(old.as_str())) {
        journal::add(transaction, &account, at)?;
    }
    if let Some(account) = new {
        journal::strike(transaction, account)?;
    }
    Ok(())
}

fn keyring_account(keeping: Keeping, account: Option<String>) -> Option<String> {
    account.filter(|_| keeping == Keeping::Keyring)
}

fn missing(id: DefinitionId) -> Fault {
    Error::NoDefinition(format!("with the id {}", id.0)).into()
}

fn find(sqlite: &rusqlite::Connection, condition: &str, values: impl Params) -> Result<Option<DefinitionRow>, Fault> {
    let query = format!("SELECT {COLUMNS} FROM definitions WHERE {condition}");
    Ok(sqlite.prepare_cached(&query)?.query_row(values, read).optional()?)
}

fn put(transaction: &Transaction<'_>, new: &NewDefinition) -> Result<i64, Fault> {
    let draft = &new.draft;
    let keeping = if draft.keeping == Keeping::Memory { "memory" } else { "keyring" };
    let subscriptions = serde_json::to_string(&draft.subscriptions)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let (id, document) = (draft.id.map(|id| id.0), &draft.document);
    let values = (id, &draft.name, document, subscriptions, keeping, &new.account, new.created_at, new.updated_at);
    match transaction.query_row(PUT, values, |row| row.get(0)) {
        Err(rusqlite::Error::SqliteFailure(error, _))
            if error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE =>
        {
            Err(Error::DefinitionNameTaken(draft.name.clone()).into())
        }
        other => Ok(other?),
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<DefinitionRow> {
    let account: Option<String> = row.get("account")?;
    let subscriptions: String = row.get("subscriptions")?;
    let subscriptions: Vec<PlanSubscription> = serde_json::from_str(&subscriptions)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error.into()))?;
    let definition = SavedDefinition {
        id: DefinitionId(row.get("id")?),
        name: row.get("name")?,
        document: row.get("document")?,
        subscriptions,
        keeping: if row.get::<_, String>("keeping")? == "memory" { Keeping::Memory } else { Keeping::Keyring },
        has_secrets: account.is_some(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    };
    Ok(DefinitionRow { definition, account })
}
