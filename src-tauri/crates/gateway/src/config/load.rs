//! From a TOML text to a [`Config`]. Belongs here: reading, and saying where the text is wrong.
//! Not here: whether the values make sense (`check`).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::Config;
use crate::ConfigError;

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] naming the file and the place when it cannot be read, is not TOML, has unknown or missing
    /// members, or a value that makes no sense.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(file).map_err(|source| ConfigError::Read { file: file.to_path_buf(), source })?;
        Self::from_toml(&text, file)
    }

    /// Reads a configuration from its text. `file` is for messages and relative paths.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_toml(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| syntax(text, file, &error))?;
        config.file = file.to_path_buf();
        config.check()?;
        Ok(config)
    }

    /// The file and every file that it names: what to watch for changes.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let tls = self.tls.iter().flat_map(|tls| [&tls.certificate_file, &tls.key_file]).flatten();
        let keys = self.domains.iter().flat_map(|domain| [&domain.signing_key_file, &domain.retired_signing_key_file]);
        let clients = self.domains.iter().flat_map(|domain| &domain.clients);
        let clients = clients.flat_map(|client| [&client.jwks_file, &client.certificate_file]);
        let definitions = self.apis.iter().map(|api| &api.definition);
        let named = keys.chain(clients).chain(definitions).flatten();
        [self.file.clone()].into_iter().chain(tls.chain(named).map(|path| self.resolve(path))).collect()
    }

    /// Takes over the secrets that were made here, of clients that are made here again.
    pub(crate) fn keep_made_secrets(&mut self, before: &Self) {
        for domain in &mut self.domains {
            let Some(old) = before.domains.iter().find(|old| old.path == domain.path) else { continue };
            for client in domain.clients.iter_mut().filter(|client| client.secret_is_made) {
                let same = |old: &&super::Client| old.client_id == client.client_id && old.secret_is_made;
                if let Some(old) = old.clients.iter().find(same) {
                    client.client_secret.clone_from(&old.client_secret);
                }
            }
        }
    }

    /// Reads a file that the member at this place names.
    pub(crate) fn read_named<T>(
        &self,
        place: impl Into<String>,
        path: &Path,
        read: fn(PathBuf) -> io::Result<T>,
    ) -> Result<T, ConfigError> {
        let named = self.resolve(path);
        read(named.clone()).map_err(|source| ConfigError::Named {
            file: self.file.clone(),
            place: place.into(),
            named,
            source,
        })
    }

    /// What is wrong with the member at this place.
    pub(crate) fn invalid(&self, place: impl Into<String>, message: impl Into<String>) -> ConfigError {
        ConfigError::Invalid { file: self.file.clone(), place: place.into(), message: message.into() }
    }

    /// A path of the file, relative to the file.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        self.file.parent().map_or_else(|| path.to_path_buf(), |folder| folder.join(path))
    }
}

fn syntax(text: &str, file: &Path, error: &toml::de::Error) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    ConfigError::Syntax {
        file: file.to_path_buf(),
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
        message: error.message().to_owned(),
    }
}
