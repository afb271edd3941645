//! The program under test as a child process.
//! Belongs here: building it if need be, running it to its end in surroundings of its own. Not here: expectations.

use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;

/// No command of the tests takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program, built from the sources as they are now: `cargo test` builds programs only for their own package.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().find(|folder| folder.join("deps").is_dir()).unwrap();
    let program = folder.join("claimcheck");
    if fs::metadata(&program).and_then(|file| file.modified()).is_ok_and(|built| built >= newest_source()) {
        return program;
    }
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--package", "claimcheck-cli"]).current_dir(workspace());
    if folder.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success(), "claimcheck cannot be built: run `cargo build -p claimcheck-cli`");
    program
});

/// The workspace's top folder.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn newest_source() -> SystemTime {
    let used = ["cli", "desk", "exchange", "gateway", "gravitee", "jose", "oauth", "store"];
    let mut folders: Vec<PathBuf> =
        used.iter().map(|name| workspace().join("src-tauri/crates").join(name).join("src")).collect();
    let mut newest = SystemTime::UNIX_EPOCH;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => newest = newest.max(entry.metadata().unwrap().modified().unwrap()),
            }
        }
    }
    newest
}

/// Surroundings of one test: a data folder, a folder for temporary files and an environment, all its own. No session bus unless a
/// keyring lends one.
#[derive(Debug)]
pub(crate) struct Surroundings {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Surroundings {
    /// Without a keyring.
    pub(crate) fn new() -> Self {
        Self::with(&[("DBUS_SESSION_BUS_ADDRESS".to_owned(), "unix:path=/nonexistent".to_owned())])
    }

    /// With these variables, such as those of a keyring.
    pub(crate) fn with(environment: &[(String, String)]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Surroundings { folder, environment: environment.to_vec() }
    }

    /// The same, with one variable more.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Everything that the program may write to.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder; made by the program.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file of the test.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The program with these surroundings and nothing else of this process's environment.
    pub(crate) fn command<S: AsRef<str>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(&*PROGRAM);
        command.args(arguments.iter().map(AsRef::as_ref)).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env("TMPDIR", self.folder.path().join("tmp"));
        command.env("CLAIMCHECK_HOME", self.home());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program without input.
    pub(crate) fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Outcome {
        run(self.command(arguments), b"")
    }

    /// Runs the program with input.
    pub(crate) fn pipe<S: AsRef<str>>(&self, input: impl AsRef<[u8]>, arguments: &[S]) -> Outcome {
        run(self.command(arguments), input.as_ref())
    }

    /// Runs the program with a client secret in the environment.
    pub(crate) fn authenticated<S: AsRef<str>>(&self, secret: &str, input: &str, arguments: &[S]) -> Outcome {
        let mut command = self.command(arguments);
        command.env("CLAIMCHECK_CLIENT_SECRET", secret);
        run(command, input.as_bytes())
    }
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Outcome {
    let shown = format!("{command:?}");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program need not read its input: then the pipe is closed under our hands.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let id = child.id();
    let started = Instant::now();
    let (done, ended) = std::sync::mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        if ended.recv_timeout(PATIENCE).is_err() {
            crate::serving::kill(id);
        }
    });
    let output = child.wait_with_output().unwrap();
    let _ = done.send(());
    watch.join().unwrap();
    writer.join().unwrap();
    assert!(started.elapsed() < PATIENCE, "did not end: {shown}");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_else(|_| panic!("not UTF-8: {shown}"));
    Outcome {
        code: output.status.code().unwrap_or_else(|| panic!("ended by a signal: {shown}")),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The same, if it ended with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// The one JSON document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {:?}", self.stdout))
    }

    /// The JSON error on stdout: its code and message.
    #[track_caller]
    pub(crate) fn error(&self) -> (String, String) {
        let document = self.json();
        assert_eq!(document.as_object().unwrap().keys().collect::<Vec<_>>(), ["error"]);
        let error = &document["error"];
        assert!(error["detail"].is_object(), "{document}");
        (error["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
    }
}
