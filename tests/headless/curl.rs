//! The real `curl` and what it got.
//! Belongs here: running it, taking the answer apart. Not here: expectations.

use std::process::Command;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The value of the only header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice: {self:?}");
        value
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs curl with these arguments, headers shown, no proxy.
pub(crate) fn curl(arguments: &[&str]) -> Answer {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--include", "--noproxy", "*", "--max-time", "20"]).args(arguments);
    answer(command)
}

/// Types a line into a shell; it holds `curl -i` somewhere.
pub(crate) fn shell(line: &str) -> Answer {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    answer(command)
}

fn answer(mut command: Command) -> Answer {
    let output = command.output().expect("curl is installed: `cargo xtask test` sees to that");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
    let mut lines = head.split("\r\n");
    let mut status = lines.next().unwrap().splitn(3, ' ');
    assert_eq!(status.next(), Some("HTTP/1.1"));
    Answer {
        status: status.next().unwrap().parse().unwrap(),
        reason: status.next().unwrap_or_default().to_owned(),
        headers: lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}
