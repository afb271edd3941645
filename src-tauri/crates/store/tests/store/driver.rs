//! A handle on `examples/store_driver`: the store in a process that can be watched and killed.
//! Belongs here: starting it, asking it, ending it. Not here: expectations.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

/// Longer than any limit of the store.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Driver {
    child: Child,
    answers: Receiver<Value>,
    /// What the store said when it was opened.
    pub(crate) opened: Value,
}

impl Driver {
    /// Opens the store of `folder` with nothing but this environment.
    pub(crate) fn start(folder: &Path, environment: &[(String, String)]) -> Self {
        Self::start_with(folder, environment, "keyring")
    }

    pub(crate) fn start_with(folder: &Path, environment: &[(String, String)], vault: &str) -> Self {
        let mut command = Command::new(program());
        command.arg(folder).arg(vault).env_clear().envs(environment.iter().cloned());
        Self::spawn(command)
    }

    /// Starts a command that ends in [`program`].
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, answers) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let opened = answers.recv_timeout(PATIENCE).expect("the store is opened or refused");
        Self { child, answers, opened }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends an order without waiting for its answer.
    pub(crate) fn order(&mut self, order: &Value) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{order}").unwrap();
    }

    pub(crate) fn answer(&self) -> Value {
        self.answers.recv_timeout(PATIENCE).expect("an answer in time")
    }

    pub(crate) fn ask(&mut self, order: Value) -> Value {
        self.order(&order);
        self.answer()
    }

    /// Saves a new connection and returns its id.
    pub(crate) fn add(&mut self, name: &str, secret: &str) -> i64 {
        let saved = self.ask(json!({ "do": "save", "name": name, "client_id": "my-client", "secret": secret }));
        saved["id"].as_i64().unwrap_or_else(|| panic!("not saved: {saved}"))
    }

    /// The secret of a connection, or the code of the error.
    pub(crate) fn secret(&mut self, id: i64) -> String {
        let answer = self.ask(json!({ "do": "credentials", "id": id }));
        let text = answer.get("secret").or(answer.get("error")).unwrap().as_str();
        text.unwrap_or("none").to_owned()
    }

    pub(crate) fn list(&mut self) -> Vec<Value> {
        self.ask(json!({ "do": "list" })).as_array().unwrap().clone()
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The driver's executable: an example, which cargo builds along with the tests.
pub(crate) fn program() -> PathBuf {
    let built = std::env::current_exe().unwrap().parent().unwrap().with_file_name("examples").join("store_driver");
    assert!(built.exists(), "{} is built by `cargo test -p claimcheck-store` without `--test`", built.display());
    built
}
