//! Answers as text for a person: pleasant to read on a terminal, harmless whatever a server sent.
//! Belongs here: making text harmless, units. Not here: layout of one kind of answer (the modules below).

mod exchange;
mod inspection;
mod table;

pub(crate) use exchange::{exchange, explanation, status};
pub(crate) use inspection::{claims, inspection, inspection_line, key_lint};
pub(crate) use table::{facts, table};

use jiff::Timestamp;
use std::{fmt::Write, time::SystemTime};

/// Text from outside with control and bidirectional characters made visible, so that it cannot drive the terminal.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    push_visible(&mut shown, text);
    shown
}

/// The same within one line: a line break from outside could begin a line that looks like one of ours, such as a verdict.
pub(crate) fn in_line(text: &str) -> String {
    let shown = visible(text);
    if shown.contains(['\n', '\t']) { shown.replace('\n', "‹U+000A›").replace('\t', "‹U+0009›") } else { shown }
}

/// Appends text from outside as [`visible`] shows it.
pub(crate) fn push_visible(shown: &mut String, text: &str) {
    // The whole text is looked at in any case, several bytes at a time.
    if text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~')) {
        return shown.push_str(text);
    }
    for c in text.chars() {
        let hidden = c.is_control() || desk::is_hidden(c);
        match c {
            '\n' | '\t' => shown.push(c),
            c if hidden => {
                let _ = write!(shown, "‹U+{:04X}›", u32::from(c));
            }
            c => shown.push(c),
        }
    }
}

/// A JSON value as it is best read: a string without its quotes, all else as JSON.
pub(crate) fn value(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A point in time as RFC 3339 in UTC.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| String::new(), |time| format!("{time:.0}"))
}

/// Seconds in the two largest units.
pub(crate) fn duration(seconds: u64) -> String {
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..=86_399 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// Microseconds as milliseconds.
pub(crate) fn milliseconds(us: u64) -> String {
    let ms = us / 1_000;
    if ms < 10 { format!("{ms}.{} ms", us % 1_000 / 100) } else { format!("{ms} ms") }
}

/// A size in the unit that keeps it short.
pub(crate) fn bytes(size: u64) -> String {
    match size {
        0..=1_023 => format!("{size} B"),
        1_024..=1_048_575 => format!("{}.{} KB", size / 1_024, size % 1_024 * 10 / 1_024),
        _ => format!("{}.{} MB", size / 1_048_576, size % 1_048_576 * 10 / 1_048_576),
    }
}
