//! Opening the library: make it, check it, bring it up to date, or set it aside.
//! Belongs here: the file and its schema version. Not here: what is in the tables.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use rusqlite::{Connection, TransactionBehavior};

use super::{Library, meaning, schema};
use crate::{Error, Notice, Result};

const FILE: &str = "library.sqlite";

/// How long a statement waits for another process.
const PATIENCE: Duration = Duration::from_secs(5);

/// SQLite's smallest page, in bytes.
const SMALLEST: u64 = 512;

/// Above this size (bytes) only the tables that hold what a person entered are checked at the start; the history is not.
const CHECKED_WHOLE: u64 = 32 << 20;
const CHECKED_ALWAYS: [&str; 6] =
    ["connections", "vault_journal", "sealed", "settings", "definitions", "named_secrets"];

/// Why a file cannot be the library.
enum Unfit {
    /// It is damaged or not ours: a fresh one may take its place.
    Damaged(String),
    /// Something else is in the way; the file stays where it is.
    Refused(Error),
}

impl Library {
    /// Opens the library of the folder; `at` (seconds since the epoch) names a file that must be set aside. The caller makes sure
    /// that only one process does this at a time.
    pub(crate) fn open(folder: &Path, at: u64) -> Result<(Self, Option<Notice>)> {
        let path = folder.join(FILE);
        let (sqlite, notice) = match attempt(&path) {
            Ok(sqlite) => (sqlite, None),
            Err(Unfit::Refused(error)) => return Err(error),
            Err(Unfit::Damaged(reason)) => {
                let aside = set_aside(&path, at)?;
                let sqlite = attempt(&path).map_err(|unfit| match unfit {
                    Unfit::Refused(error) => error,
                    Unfit::Damaged(reason) => Error::Library { path: path.clone(), reason },
                })?;
                (sqlite, Some(Notice::SetAside { path: aside, reason }))
            }
        };
        Ok((Self { path: path.into(), sqlite: Arc::new(Mutex::new(sqlite)) }, notice))
    }
}

/// Makes the folder, for its owner only. One that exists is closed to others only while it is empty: it may be anyone's.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    let refused = |error: io::Error| Error::Folder { path: folder.to_owned(), reason: error.to_string() };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(refused)?;
    #[cfg(unix)]
    if fs::read_dir(folder).map_err(refused)?.next().is_none() {
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(folder, owner_only).map_err(refused)?;
    }
    Ok(())
}

fn attempt(path: &Path) -> Result<Connection, Unfit> {
    create(path)?;
    let refused = |error: rusqlite::Error| unfit(path, &error);
    let mut sqlite = Connection::open(path).map_err(refused)?;
    sqlite.busy_timeout(PATIENCE).map_err(refused)?;
    let version: i64 = sqlite.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(refused)?;
    let known = i64::try_from(schema::MIGRATIONS.len()).unwrap_or(i64::MAX);
    check_ours(&sqlite, version).map_err(refused)?;
    if version > known {
        return Err(Unfit::Refused(Error::NewerSchema { path: path.to_owned(), found: version, known }));
    }
    if version > 0 {
        check(&sqlite, path)?;
    }
    // Only now: these settings are the first that write to the file.
    configure(&sqlite).map_err(refused)?;
    migrate(&mut sqlite, version).map_err(refused)?;
    Ok(sqlite)
}

/// Makes the file, readable by its owner only; SQLite gives its companions the same mode. A file that is there but empty has lost
/// what was in it; SQLite would take it for a new one.
fn create(path: &Path) -> Result<(), Unfit> {
    let refused = |error: io::Error| Unfit::Refused(Error::Folder { path: path.to_owned(), reason: error.to_string() });
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.clone().create_new(true).open(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(refused(error)),
    }
    let bytes = length(path);
    if bytes < SMALLEST && length(&beside(path, "-wal")) == 0 {
        return Err(Unfit::Damaged(format!("it has only {bytes} bytes")));
    }
    options.open(path).map(drop).map_err(refused)
}

fn configure(sqlite: &Connection) -> rusqlite::Result<()> {
    sqlite.pragma_update(None, "journal_mode", "WAL")?;
    sqlite.pragma_update(None, "synchronous", "FULL")?;
    sqlite.pragma_update(None, "secure_delete", "ON")?;
    sqlite.pragma_update(None, "foreign_keys", "ON")?;
    sqlite.pragma_update(None, "trusted_schema", "OFF")?;
    sqlite.pragma_update(None, "cell_size_check", "ON")?;
    sqlite.pragma_update(None, "temp_store", "MEMORY")
}

/// A database of another program is as unusable as a damaged one.
fn check_ours(sqlite: &Connection, version: i64) -> rusqlite::Result<()> {
    let id: i64 = sqlite.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = sqlite.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let fresh = version == 0 && tables == 0;
    if fresh || id == schema::APPLICATION_ID { Ok(()) } else { Err(not_ours()) }
}

fn not_ours() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
    rusqlite::Error::SqliteFailure(code, Some("it is not a library of this program".to_owned()))
}

fn check(sqlite: &Connection, path: &Path) -> Result<(), Unfit> {
    let size = length(path);
    let page: u64 = sqlite
        .pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))
        .map_err(|error| unfit(path, &error))?
        .unsigned_abs();
    // SQLite fills a last page that was cut off with zeros and says nothing. While there is a log, its pages may count instead.
    if !size.is_multiple_of(page.max(SMALLEST)) && length(&beside(path, "-wal")) == 0 {
        return Err(Unfit::Damaged("its last page is cut off".to_owned()));
    }
    if size <= CHECKED_WHOLE {
        return quick_check(sqlite, path, "PRAGMA quick_check(1)");
    }
    CHECKED_ALWAYS.iter().try_for_each(|table| quick_check(sqlite, path, &format!("PRAGMA quick_check('{table}')")))
}

fn quick_check(sqlite: &Connection, path: &Path, pragma: &str) -> Result<(), Unfit> {
    let verdict: String = sqlite.query_row(pragma, [], |row| row.get(0)).map_err(|error| unfit(path, &error))?;
    if verdict == "ok" { Ok(()) } else { Err(Unfit::Damaged(verdict)) }
}

fn migrate(sqlite: &mut Connection, version: i64) -> rusqlite::Result<()> {
    let done = usize::try_from(version).unwrap_or(0);
    for (step, statements) in schema::MIGRATIONS.iter().enumerate().skip(done) {
        let transaction = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(statements)?;
        transaction.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", i64::try_from(step).unwrap_or(i64::MAX).saturating_add(1))?;
        transaction.commit()?;
    }
    Ok(())
}

fn unfit(path: &Path, error: &rusqlite::Error) -> Unfit {
    match meaning(path, error) {
        Error::Damaged(_) => Unfit::Damaged(error.to_string()),
        other => Unfit::Refused(other),
    }
}

/// Moves the file and its companions away together, so that a repair tool finds what belongs to it. Nothing is overwritten.
fn set_aside(path: &Path, at: u64) -> Result<PathBuf> {
    let refused = |error: io::Error| Error::Folder { path: path.to_owned(), reason: error.to_string() };
    let mut name = (0_u32..).map(|count| match count {
        0 => path.with_file_name(format!("library.damaged-{at}.sqlite")),
        _ => path.with_file_name(format!("library.damaged-{at}-{count}.sqlite")),
    });
    let Some(aside) = name.find(|aside| !aside.exists()) else { return Ok(path.to_owned()) };
    for companion in ["-wal", "-shm"] {
        match fs::rename(beside(path, companion), beside(&aside, companion)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refused(error)),
            _ => {}
        }
    }
    fs::rename(path, &aside).map_err(refused)?;
    Ok(aside)
}

/// Of a file, in bytes; one that is not there has none.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
