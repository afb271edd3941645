//! From a TOML text to a [`Config`]. Belongs here: reading, and saying where the text is wrong.
//! Not here: whether the values make sense (`check`).

use std::{
    fs,
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
