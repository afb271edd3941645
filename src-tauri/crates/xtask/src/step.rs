//! One step of a task: a program that is run, and said so.

use crate::failure::{Done, Failure};
use crate::files;
use crate::tally::Tally;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A program with its arguments, run in the top folder unless told otherwise, without input.
pub(crate) struct Step(Command);

impl Step {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(files::top()).stdin(Stdio::null());
        Step(command)
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Runs it to its end; anything but success ends the task.
    pub(crate) fn run(mut self) -> Done {
        self.announce();
        let status = self.0.status().map_err(|error| self.not_started(&error))?;
        self.judge(status)
    }

    /// Runs it to its end while counting the tests that its output reports. Failing tests are counted, not an error.
    pub(crate) fn run_tests(mut self, tally: &mut Tally) -> Done {
        self.announce();
        self.0.stdout(Stdio::piped());
        let mut child = self.0.spawn().map_err(|error| self.not_started(&error))?;
        let failed_before = tally.failed();
        copy_and_count(&mut child, tally)?;
        let status = child.wait()?;
        if tally.failed() > failed_before { Ok(()) } else { self.judge(status) }
    }

    /// What it prints, if it succeeds.
    pub(crate) fn output(mut self) -> Option<String> {
        let output = self.0.stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What it prints, however it ends. Empty if it cannot be started.
    pub(crate) fn output_anyway(mut self) -> String {
        self.0
            .stderr(Stdio::null())
            .output()
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default()
    }

    fn announce(&self) {
        say(&format!("$ {}", self.shown()));
    }

    fn shown(&self) -> String {
        let words = std::iter::once(self.0.get_program()).chain(self.0.get_args());
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    fn judge(&self, status: ExitStatus) -> Done {
        if status.success() { Ok(()) } else { Err(Failure::new(format!("`{}` failed: {status}", self.shown()))) }
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        let program = self.0.get_program().to_string_lossy();
        match error.kind() {
            ErrorKind::NotFound => Failure::new(format!("`{program}` is not installed, or not in PATH")),
            _ => Failure::new(format!("`{program}` could not be started: {error}")),
        }
    }
}

/// Tells what happens next.
pub(crate) fn say(text: &str) {
    println!("==> {text}");
}

fn copy_and_count(child: &mut Child, tally: &mut Tally) -> Done {
    let Some(output) = child.stdout.take() else { return Ok(()) };
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        tally.count(&line);
    }
    Ok(())
}
