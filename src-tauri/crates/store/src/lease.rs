//! Who may write to the keyring: one process, one task at a time.
//! Belongs here: the lock between processes. Not here: what is done while it is held.
//!
//! The window and the command line use the same library and keyring. Without the lock one would take the other's half-done save for
//! the remains of a crash and undo it. The operating system releases it when a process dies, however it dies.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    sync::Arc,
    time::Duration,
};

use crate::{Error, Result};

/// How long to wait for another holder, and how often to look.
const PATIENCE: Duration = Duration::from_secs(40);
const PAUSE: Duration = Duration::from_millis(10);

/// Held until the last clone is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    _file: Arc<File>,
}

impl Lease {
    /// Waits for the lock `name` of the folder.
    pub(crate) async fn take(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(name);
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(lease) = Self::try_take(folder, name)? {
                return Ok(lease);
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(Error::Busy(path));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The lock, if nobody holds it now.
    pub(crate) fn try_take(folder: &Path, name: &str) -> Result<Option<Self>> {
        let path = folder.join(name);
        let refused = |reason: std::io::Error| Error::Folder { path: path.clone(), reason: reason.to_string() };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(refused)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: Arc::new(file) })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(refused(error)),
        }
    }
}
