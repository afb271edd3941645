//! The library: one SQLite file with everything that is not secret.
//! Belongs here: opening it safely, and rows in and out. Not here: the keyring; rules about secrets.

mod connections;
mod definitions;
mod history;
mod journal;
mod opening;
mod schema;
mod settings;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{ErrorCode, Transaction, TransactionBehavior};

use crate::{Error, Result};

pub(crate) use connections::{NewRow, Row};
pub(crate) use definitions::{DefinitionRow, NewDefinition};
pub(crate) use opening::make_folder;

/// An open library. Clones share the one SQLite connection; its work runs on the runtime's blocking threads.
#[derive(Debug, Clone)]
pub(crate) struct Library {
    path: Arc<Path>,
    sqlite: Arc<Mutex<rusqlite::Connection>>,
}

/// What a piece of work in the library fails with: SQLite's word, or ours.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    Ours(Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl Library {
    /// Reads, or writes with a single statement.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let library = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut sqlite = library.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut sqlite).map_err(|fault| library.meaning(fault))
        });
        done.await
            .unwrap_or_else(|ended| Err(Error::Library { path: self.path.to_path_buf(), reason: ended.to_string() }))
    }

    /// Writes all or nothing. The write lock is taken at the start, so that what was read still holds when it is written.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        self.run(move |sqlite| {
            let transaction = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }

    fn meaning(&self, fault: Fault) -> Error {
        match fault {
            Fault::Sqlite(error) => meaning(&self.path, &error),
            Fault::Ours(error) => error,
        }
    }
}

/// What SQLite's refusal asks of a person.
fn meaning(path: &Path, error: &rusqlite::Error) -> Error {
    let path: PathBuf = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::DiskFull(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy(path),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Damaged(path),
        Some(
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure,
        ) => Error::Folder { path, reason: error.to_string() },
        _ => Error::Library { path, reason: error.to_string() },
    }
}
