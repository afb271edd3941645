//! Noticing that the configuration of a gateway in the foreground has changed.
//! Belongs here: which files, and when they have come to rest. Not here: what a change does (`gateway`).
//!
//! The files are looked at twice a second. Events of the file system would be quicker by that, but editors that replace a
//! file by renaming, links and network folders each need their own care there, and a look is the same everywhere.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use gateway::Config;

/// Time between two looks.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// The configuration file and the files that it names.
#[derive(Debug)]
pub struct ConfigWatch {
    file: PathBuf,
    /// As of the last change that was told of.
    told: Vec<Stamp>,
}

/// What tells one state of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    file: PathBuf,
    /// None: it is not there.
    state: Option<(SystemTime, u64, u64)>,
}

impl ConfigWatch {
    /// Watches from what the files are now.
    #[must_use]
    pub fn new(file: &Path) -> Self {
        Self { file: file.to_path_buf(), told: look(file, &[]) }
    }

    /// Returns when a file has changed, and has stayed the same for half a second since. Cancel-safe.
    pub async fn changed(&mut self) {
        let mut before = self.told.clone();
        loop {
            tokio::time::sleep(AGAIN_AFTER).await;
            let now = look(&self.file, &before);
            if now == before && now != self.told {
                self.told = now;
                return;
            }
            before = now;
        }
    }

    /// The change is known already: what the files are now is not told again.
    pub fn known(&mut self) {
        self.told = look(&self.file, &self.told);
    }
}

/// The files that the configuration names now; while it cannot be read, those that it named before.
fn look(file: &Path, before: &[Stamp]) -> Vec<Stamp> {
    let files = match Config::load(file) {
        Ok(config) => config.files(),
        Err(_) if before.is_empty() => vec![file.to_path_buf()],
        Err(_) => before.iter().map(|stamp| stamp.file.clone()).collect(),
    };
    files.into_iter().map(|file| Stamp { state: state(&file), file }).collect()
}

fn state(file: &Path) -> Option<(SystemTime, u64, u64)> {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len(), identity(&metadata)))
}

/// A file that took another one's place has the same name and is another one.
#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> u64 {
    0
}
