//! `claimcheck gateway` as a child process.
//! Belongs here: starting it, its lines, ending it. Not here: expectations of its answers.

use crate::program::{Outcome, Surroundings};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A gateway on free ports. Ends with the value.
#[derive(Debug)]
pub(crate) struct Serving {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    talk: Arc<Mutex<String>>,
    /// Number of the line that `last_request` gave last.
    given: AtomicUsize,
    /// The ready line.
    pub(crate) ready: Value,
}

impl Serving {
    /// The built-in configuration.
    pub(crate) fn start(surroundings: &Surroundings) -> Self {
        Self::with(surroundings, None)
    }

    /// A configuration file of the test.
    pub(crate) fn configured(surroundings: &Surroundings, toml: &str) -> Self {
        let file = surroundings.file("gateway.toml", toml);
        Self::with(surroundings, Some(&file))
    }

    /// The configuration in this file; none for the built-in one.
    pub(crate) fn with(surroundings: &Surroundings, config: Option<&Path>) -> Self {
        let mut arguments = vec!["gateway", "--am", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--json"];
        if let Some(file) = config {
            arguments.extend(["--config", file.to_str().unwrap()]);
        }
        let mut command = surroundings.command(&arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let talk = Arc::new(Mutex::new(String::new()));
        let (kept, stdout) = (lines.clone(), child.stdout.take().unwrap());
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line))
        });
        let (kept, mut stderr) = (talk.clone(), child.stderr.take().unwrap());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stderr.read(&mut bytes) {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        let mut serving = Serving { child, lines, talk, given: AtomicUsize::new(0), ready: Value::Null };
        serving.ready = serving.line(0);
        assert_eq!(serving.ready["event"], "ready");
        serving
    }

    /// The line of that number, waited for.
    #[track_caller]
    pub(crate) fn line(&self, number: usize) -> Value {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(line) = self.lines.lock().unwrap().get(number) {
                return serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            }
            assert!(Instant::now() < until, "no line {number}; stderr: {}", self.talk());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The line of the last request, which was answered with this status. It is written before the answer is; only this
    /// process may need a moment to read it, so that a line given before is not given again.
    #[track_caller]
    pub(crate) fn last_request(&self, status: u16) -> Value {
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            let count = self.lines.lock().unwrap().len();
            let last = self.line(count - 1);
            if last["status"] == status && count - 1 > self.given.load(Ordering::Relaxed) {
                self.given.store(count - 1, Ordering::Relaxed);
                return last;
            }
            assert!(Instant::now() < until, "no line of a request with {status}; the last one: {last}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// All of stdout so far.
    pub(crate) fn printed(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// All of stderr so far.
    pub(crate) fn talk(&self) -> String {
        self.talk.lock().unwrap().clone()
    }

    /// Process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Origin of the authorization server.
    pub(crate) fn am(&self) -> &str {
        self.ready["am"].as_str().unwrap()
    }

    /// Origin of the API gateway.
    pub(crate) fn gateway(&self) -> &str {
        self.ready["gateway"].as_str().unwrap()
    }

    /// URL of the first API.
    pub(crate) fn api(&self) -> &str {
        self.ready["apis"][0]["url"].as_str().unwrap()
    }

    /// Path of the first domain.
    pub(crate) fn domain(&self) -> &str {
        self.ready["domains"][0]["path"].as_str().unwrap()
    }

    /// The first client's secret.
    pub(crate) fn secret(&self) -> &str {
        self.ready["domains"][0]["clients"][0]["client_secret"].as_str().unwrap()
    }

    /// The first client, spelled out as arguments.
    pub(crate) fn spelled(&self) -> Vec<String> {
        let client = self.ready["domains"][0]["clients"][0]["client_id"].as_str().unwrap();
        let words = ["--server", self.am(), "--domain", self.domain(), "--client-id", client];
        words.map(str::to_owned).to_vec()
    }

    /// A command on the first client.
    pub(crate) fn run(&self, surroundings: &Surroundings, command: &str, more: &[&str]) -> Outcome {
        self.pipe(surroundings, "", command, more)
    }

    /// A command on the first client, with input.
    pub(crate) fn pipe(&self, surroundings: &Surroundings, input: &str, command: &str, more: &[&str]) -> Outcome {
        let mut arguments = vec![command.to_owned()];
        arguments.extend(self.spelled());
        arguments.extend(more.iter().map(|word| (*word).to_owned()));
        surroundings.authenticated(self.secret(), input, &arguments)
    }

    /// A fresh token of the first client.
    pub(crate) fn token(&self, surroundings: &Surroundings) -> String {
        self.run(surroundings, "token", &["--raw"]).exits(0).stdout.trim_end().to_owned()
    }

    /// The number-th line of this event, from 0, waited for.
    #[track_caller]
    pub(crate) fn event(&self, event: &str, number: usize) -> Value {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let lines = self.lines.lock().unwrap().clone();
            let mut events = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
            if let Some(found) = events.by_ref().filter(|line| line["event"] == event).nth(number) {
                return found;
            }
            assert!(Instant::now() < until, "no {event} {number} in {}; stderr: {}", lines.join("\n"), self.talk());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap(), signal).unwrap();
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(mut self, signal: Signal) -> (ExitStatus, Duration) {
        let started = Instant::now();
        self.signal(signal);
        while started.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, started.elapsed());
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("does not end");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kills a child by its id.
pub(crate) fn kill(id: u32) {
    let _ = kill_process(Pid::from_raw(i32::try_from(id).unwrap()).unwrap(), Signal::KILL);
}
