//! Child processes that never outlive the test that started them.
//! Belongs here: starting, waiting for the first line, ending by process id. Not here: what any of them is for.

use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take from the polite signal to its end.
const PATIENCE: Duration = Duration::from_secs(5);

/// A child with everything that it started in turn: they share a process group, which is ended on drop.
#[derive(Debug)]
pub struct Process {
    child: Child,
    program: String,
    ended: bool,
}

impl Process {
    /// Starts it without input. What it needs of the environment is set on the command.
    ///
    /// # Panics
    /// If it cannot be started; the message names the program.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.stdin(Stdio::null()).process_group(0).spawn().unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => panic!("{program} is not installed: `cargo xtask test` sees to that"),
            _ => panic!("{program} could not be started: {error}"),
        });
        Process { child, program, ended: false }
    }

    /// Waits for the first line on its standard output, which must be piped. What comes later is read and thrown away, so
    /// that it never blocks.
    ///
    /// # Panics
    /// If there is none within the limit.
    #[must_use]
    pub fn first_line(&mut self, limit: Duration) -> String {
        let program = &self.program;
        let output = self.child.stdout.take().unwrap_or_else(|| panic!("{program}: its output is not piped"));
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = String::new();
            let _ = output.read_line(&mut line);
            let _ = sender.send(line);
            let _ = std::io::copy(&mut output.by_ref().take(u64::MAX), &mut std::io::sink());
        });
        match receiver.recv_timeout(limit) {
            Ok(line) if !line.trim().is_empty() => line.trim().to_owned(),
            Ok(_) => panic!("{program} ended without a word"),
            Err(_) => panic!("{program} said nothing within {limit:?}"),
        }
    }

    /// Process id, which is the id of the group too.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Process ids of it and of everything that descends from it.
    #[must_use]
    pub fn family(&self) -> Vec<u32> {
        let mut family = vec![self.id()];
        let parents = parents();
        // Grows while it is walked.
        let mut at = 0;
        while let Some(&parent) = family.get(at) {
            family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
            at += 1;
        }
        family
    }

    /// Asks it to end (SIGTERM) and waits; what does not end in time is killed.
    pub fn end(&mut self) -> Option<ExitStatus> {
        self.ended = true;
        self.signal(Signal::TERM);
        let status = self.wait(PATIENCE);
        self.signal(Signal::KILL);
        status.or_else(|| self.child.wait().ok())
    }

    /// Its exit status, if it ends within the limit.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        None
    }

    fn signal(&self, signal: Signal) {
        // The group may be gone already, which is what is wanted.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended {
            self.end();
        }
    }
}

/// Every process of the machine with its parent (`proc_pid_stat(5)`).
fn parents() -> Vec<(u32, u32)> {
    let ids = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parent = |id: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name of the program, in parentheses, may hold anything.
        let after = stat.rsplit_once(')')?.1;
        Some((id, after.split_whitespace().nth(1)?.parse().ok()?))
    };
    ids.filter_map(parent).collect()
}

/// Path of one of the workspace's own programs, beside the test that runs.
///
/// # Panics
/// If it is not built: `cargo test` builds it only for its own package, `cargo xtask test` builds all.
#[must_use]
pub fn program(name: &str) -> std::path::PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    let folder = test.ancestors().find(|folder| folder.join("deps").is_dir()).expect("a test lies below target");
    let program = folder.join(name);
    assert!(program.exists(), "{} is not built: run `cargo xtask test`", program.display());
    program
}

/// A command with nothing of this process's environment but `PATH` and what is given.
#[must_use]
pub fn bare_command(program: impl AsRef<OsStr>, environment: &[(String, String)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}
