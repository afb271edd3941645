//! A local gateway as a child process, on free ports.
//! Belongs here: starting it and reading its ready line. Not here: what it should answer.

use crate::children::{Process, bare_command, program};
use serde_json::Value;
use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;

/// `claimcheck gateway --json`, ready to serve.
#[derive(Debug)]
pub struct GatewayProcess {
    ready: Value,
    _process: Process,
}

impl GatewayProcess {
    /// Starts it with its default configuration.
    ///
    /// # Panics
    /// If it is not built, or does not get ready.
    #[must_use]
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts it with this configuration (TOML).
    ///
    /// # Panics
    /// If it is not built, refuses the configuration, or does not get ready.
    #[must_use]
    pub fn configured(toml: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("gateway.toml");
        std::fs::write(&file, toml).expect("the configuration is written");
        Self::with(&[OsStr::new("--config"), file.as_os_str()])
    }

    fn with(more: &[&OsStr]) -> Self {
        let mut command = bare_command(program("claimcheck"), &[]);
        command.args(["gateway", "--json", "--am", "127.0.0.1:0", "--gateway", "127.0.0.1:0"]).args(more);
        command.stdout(Stdio::piped());
        let mut process = Process::start(command);
        let line = process.first_line(Duration::from_secs(20));
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("no ready line ({error}): {line}"));
        GatewayProcess { ready, _process: process }
    }

    /// Origin of the authorization server.
    #[must_use]
    pub fn am(&self) -> &str {
        self.text("/am")
    }

    /// Client ID of the demo client.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.text("/domains/0/clients/0/client_id")
    }

    /// Secret of the demo client.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        self.text("/domains/0/clients/0/client_secret")
    }

    /// URL of the echo API.
    #[must_use]
    pub fn echo(&self) -> &str {
        self.text("/apis/0/url")
    }

    fn text(&self, pointer: &str) -> &str {
        let found = self.ready.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("the ready line has no {pointer}"))
    }
}
