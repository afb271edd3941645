//! Where output goes: stdout is data, stderr is talk.
//! Belongs here: the two streams, colour, JSON. Not here: what is said. A closed pipe ends the run quietly.

use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// The two streams, and whether data is JSON and coloured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Data as one JSON document.
    pub(crate) json: bool,
    /// Colour on stdout.
    colour: bool,
}

/// How a word is set off on a terminal. Never the only sign: the words say it too.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// To be noted.
    Warn,
    /// A heading.
    Strong,
    /// Secondary.
    Quiet,
}

impl Output {
    /// Reads once whether stdout is a terminal; `NO_COLOR` is passed in as `no_colour`.
    pub(crate) fn new(json: bool, no_colour: bool) -> Self {
        Output { json, colour: !no_colour && io::stdout().is_terminal() }
    }

    /// A line of data.
    pub(crate) fn line(self, text: impl AsRef<str>) {
        // A closed pipe (`| head`) is no error worth a message: there is nobody left to read it.
        let _ = writeln!(io::stdout().lock(), "{}", text.as_ref());
    }

    /// Data as it is, without a line end.
    pub(crate) fn raw(self, bytes: &[u8]) {
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
    }

    /// One JSON document, indented for a document and compact for an event line.
    pub(crate) fn document(self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.line(text),
            Err(error) => self.talk(format!("claimcheck: the answer cannot be written as JSON: {error}")),
        }
    }

    /// One JSON document on one line, flushed.
    pub(crate) fn event(self, value: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(value) {
            self.line(text);
            let _ = io::stdout().flush();
        }
    }

    /// Talk: hints and errors on stderr.
    pub(crate) fn talk(self, text: impl AsRef<str>) {
        let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
    }

    /// The text, coloured where stdout is a terminal.
    pub(crate) fn tone(self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Warn => "33",
            Tone::Strong => "1",
            Tone::Quiet => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
