//! A display of our own, so that a test neither needs nor disturbs the one of whoever runs it.

use crate::children::Process;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A running Xvfb on a number that it picked itself.
#[derive(Debug)]
pub struct Display {
    number: u32,
    _server: Process,
}

impl Display {
    /// Starts one of 1400 by 1000 pixels.
    ///
    /// # Panics
    /// If Xvfb is missing or does not come up.
    #[must_use]
    pub fn start() -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp", "-noreset"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = Process::start(command);
        let line = server.first_line(Duration::from_secs(20));
        let number = line.parse().unwrap_or_else(|_| panic!("Xvfb answered {line:?} instead of a display number"));
        Display { number, _server: server }
    }

    /// The value of `DISPLAY`.
    #[must_use]
    pub fn name(&self) -> String {
        format!(":{}", self.number)
    }
}
