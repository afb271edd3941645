//! What a desk needs from outside: folder, clock, randomness, proxies. Read once in `main`, passed in everywhere else.

use exchange::{Clock, ProxyEnvironment};
use std::{fmt, path::PathBuf};
use store::VaultChoice;

/// What `main` passes in.
#[derive(Clone)]
pub struct Setup {
    /// Data folder; made with mode 0700 when something is first stored.
    pub folder: PathBuf,
    /// The time.
    pub clock: Clock,
    /// Which vault to use.
    pub vault: VaultChoice,
    /// Where files go that a person saves from the window; none where the system names no such folder.
    pub downloads: Option<PathBuf>,
    /// Proxy variables. Never used for loopback.
    pub proxies: ProxyEnvironment,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The system's folder for downloads, else the home folder. Called by `main` only.
#[must_use]
pub fn downloads_folder() -> Option<PathBuf> {
    dirs::download_dir().filter(|folder| folder.is_dir()).or_else(dirs::home_dir)
}

/// The system's folder for this program's data; none where the system names no home. Called by `main` only.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    dirs::data_dir().map(|folder| folder.join("claimcheck"))
}
