//! Where output goes: stdout is data, stderr is talk.
//! Belongs here: the two streams, colour, width, JSON. Not here: what is said.

use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    io::{self, ErrorKind, IsTerminal, Write},
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

/// Width of a terminal that does not tell its own.
const USUAL_WIDTH: usize = 100;

/// Bytes that a pipe takes whole once it takes any (`PIPE_BUF`; POSIX grants 512).
#[cfg(unix)]
const ATOMIC_WRITE: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// Set when data could not be written; the run's end says so.
static LOST: AtomicBool = AtomicBool::new(false);

/// Set while a write to stdout waits for a reader.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// The two streams, and how data is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Data as one JSON document.
    pub(crate) json: bool,
    colour_data: bool,
    colour_talk: bool,
    width: Option<usize>,
    /// stdout never waits for a reader: it is a file, or a device such as `/dev/null`.
    never_waits: bool,
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

impl Tone {
    /// As the terminal is told (ECMA-48, SGR).
    fn code(self) -> &'static str {
        match self {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Warn => "33",
            Tone::Strong => "1",
            Tone::Quiet => "2",
        }
    }
}

/// One of the two streams, with its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// stdout.
    Data,
    /// stderr.
    Talk,
}

impl Output {
    /// Reads once what the streams lead to; `NO_COLOR` is passed in as `no_colour`.
    pub(crate) fn new(json: bool, no_colour: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let width = || terminal_size::terminal_size().map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0));
        Output {
            json,
            colour_data: !no_colour && terminal,
            colour_talk: !no_colour && io::stderr().is_terminal(),
            width: terminal.then(width),
            never_waits: !terminal && never_waits(),
        }
    }

    /// Columns of the terminal that data is shown on; none where data is piped, so that nothing is wrapped for programs.
    pub(crate) fn width(self) -> Option<usize> {
        self.width
    }

    /// A line of data.
    pub(crate) fn line(self, text: impl AsRef<str>) {
        kept(writeln!(io::stdout().lock(), "{}", text.as_ref()));
    }

    /// Data as it is, without a line end; flushed, so that talk that follows is read after it.
    pub(crate) fn raw(self, bytes: &[u8]) {
        let mut stdout = io::stdout().lock();
        kept(stdout.write_all(bytes).and_then(|()| stdout.flush()));
    }

    /// Whole lines of data; breaks where nobody reads any more, or what is written is lost.
    pub(crate) fn lines(self, text: &str) -> ControlFlow<()> {
        let written = io::stdout().lock().write_all(text.as_bytes());
        let flow = if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        kept(written);
        flow
    }

    /// One JSON document, indented.
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
            kept(io::stdout().flush());
        }
    }

    /// Whether stdout takes this many bytes now, without waiting for whoever reads it. A terminal is not asked: it may be
    /// held by its user in the middle of a line.
    #[cfg(unix)]
    pub(crate) fn takes_at_once(self, bytes: usize) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        if self.never_waits {
            return true;
        }
        let stdout = io::stdout();
        let mut asked = [PollFd::new(&stdout, PollFlags::OUT)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        self.width.is_none()
            && bytes <= ATOMIC_WRITE
            && poll(&mut asked, Some(&at_once)).is_ok()
            && asked.iter().all(|stdout| stdout.revents() == PollFlags::OUT)
    }

    /// Whether stdout takes this many bytes now: not known.
    #[cfg(not(unix))]
    pub(crate) fn takes_at_once(self, _bytes: usize) -> bool {
        false
    }

    /// Talk: hints and errors on stderr. Where even that is closed there is nobody left to tell.
    pub(crate) fn talk(self, text: impl AsRef<str>) {
        let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
    }

    /// A line on either stream.
    pub(crate) fn say(self, stream: Stream, text: impl AsRef<str>) {
        match stream {
            Stream::Data => self.line(text),
            Stream::Talk => self.talk(text),
        }
    }

    /// The text for stdout, coloured on a terminal.
    pub(crate) fn tone(self, tone: Tone, text: &str) -> String {
        self.tone_on(Stream::Data, tone, text)
    }

    /// The text for either stream, coloured where that one leads to a terminal.
    pub(crate) fn tone_on(self, stream: Stream, tone: Tone, text: &str) -> String {
        let coloured = match stream {
            Stream::Data => self.colour_data,
            Stream::Talk => self.colour_talk,
        };
        if coloured { format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code()) } else { text.to_owned() }
    }

    /// Appends to text for stdout what `added` writes, coloured on a terminal.
    pub(crate) fn append(self, text: &mut String, tone: Tone, added: impl FnOnce(&mut String)) {
        if !self.colour_data {
            return added(text);
        }
        text.extend(["\u{1b}[", tone.code(), "m"]);
        added(text);
        text.push_str("\u{1b}[0m");
    }
}

/// What a server said as one JSON document with what is ours beside it. A member of the server's that has one of our names stands under
/// `server_` and that name: neither is lost, and ours are always where scripts look for them.
pub(crate) fn beside<const N: usize>(said: Map<String, Value>, ours: [(&str, Value); N]) -> Value {
    let is_ours = |name: &str| ours.iter().any(|(our, _)| *our == name);
    let renamed = said
        .into_iter()
        .map(|(name, value)| if is_ours(&name) { (format!("server_{name}"), value) } else { (name, value) });
    let mut document: Map<String, Value> = renamed.collect();
    document.extend(ours.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Value::Object(document)
}

/// Notes that nobody reads stdout (any more): a thread holds it and waits.
pub(crate) fn nobody_reads(stuck: bool) {
    UNREAD.store(stuck, Ordering::Relaxed);
}

/// Writes out what is still held back, and tells whether all data arrived.
pub(crate) fn all_written() -> bool {
    // Waiting for a reader who does not read would hold the exit up for ever.
    if !UNREAD.load(Ordering::Relaxed) {
        kept(io::stdout().flush());
    }
    !LOST.load(Ordering::Relaxed)
}

/// Whether stdout is a file or a device. Said of what is no terminal.
#[cfg(unix)]
fn never_waits() -> bool {
    use std::os::{fd::AsFd, unix::fs::FileTypeExt};
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
    let kind = stdout.and_then(|stdout| stdout.metadata()).map(|metadata| metadata.file_type());
    kind.is_ok_and(|kind| kind.is_file() || kind.is_char_device())
}

/// Whether stdout is a file or a device: not known.
#[cfg(not(unix))]
fn never_waits() -> bool {
    false
}

/// Notes that data was lost. A closed pipe (`| head`) is no loss: whoever read has read enough.
fn kept(written: io::Result<()>) {
    if written.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}
