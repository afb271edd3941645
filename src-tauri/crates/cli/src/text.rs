//! Answers as text for a person: pleasant to read on a terminal, harmless whatever a server sent.
//! Belongs here: layout and units. Not here: what is said. Server text passes through `visible`.

use crate::output::{Output, Tone};
use desk::wire::{
    AcceptableVerdict, ExchangeRecord, Explanation, Form, Inspection, Likelihood, RuleVerdict, Severity,
    SignatureVerdict,
};
use jiff::Timestamp;
use std::{fmt::Write, time::SystemTime};

/// Lines of a body that an exchange shows.
const BODY_LINES: usize = 40;

/// Text from outside with control and bidirectional characters made visible, so that it cannot drive the terminal.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        match c {
            '\n' | '\t' => shown.push(c),
            c if hidden => {
                let _ = write!(shown, "‹U+{:04X}›", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// Columns under headings.
pub(crate) fn table(output: Output, headings: &[&str], rows: Vec<Vec<String>>) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.len())).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut text = output.tone(Tone::Quiet, &line(headings.iter().map(|heading| (*heading).to_owned()).collect()));
    text.push('\n');
    for row in rows.clone() {
        text.push_str(&line(row.iter().map(|cell| visible(cell)).collect()));
        text.push('\n');
    }
    text
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

/// Request and response as they went over the wire, masked.
pub(crate) fn exchange(record: &ExchangeRecord, output: Output) {
    let request = &record.request;
    output.line(format!("  > {} {}", output.tone(Tone::Strong, &request.method), visible(&request.url)));
    for (name, value) in &request.headers {
        output.line(format!("  > {name}: {}", visible(value)));
    }
    if let Some(body) = request.body.as_deref().filter(|body| !body.is_empty()) {
        output.line("  >".to_owned());
        lines(body, "  > ", output);
    }
    let Some(response) = &record.response else { return };
    let tone = if response.status < 400 { Tone::Good } else { Tone::Bad };
    let total = record.timing_us.total.map_or_else(String::new, |us| format!(" · {}", milliseconds(us)));
    output.line(format!("  < {}{total}", output.tone(tone, &format!("{} {}", response.status, response.reason))));
    for (name, value) in &response.headers {
        output.line(format!("  < {name}: {}", visible(value)));
    }
    if let Some(body) = response.body.as_deref().filter(|body| !body.is_empty()) {
        output.line("  <".to_owned());
        lines(body, "  < ", output);
    }
}

fn lines(text: &str, margin: &str, output: Output) {
    for line in text.lines().take(BODY_LINES) {
        output.line(format!("{margin}{}", visible(line)));
    }
    let left = text.lines().count().saturating_sub(BODY_LINES);
    if left > 0 {
        output.line(format!("{margin}… {left} more lines"));
    }
}

/// A refusal explained.
pub(crate) fn explanation(explanation: &Explanation, output: Output) {
    output.talk("");
    output.talk(format!("{} {}", output.tone(Tone::Warn, "Why:"), visible(&explanation.headline)));
    for cause in &explanation.causes {
        let word = match cause.likelihood {
            Likelihood::Certain => "certain",
            Likelihood::Likely => "likely",
            Likelihood::Possible => "possible",
        };
        output.talk(format!("  {word:<9} {}", visible(&cause.cause)));
        output.talk(format!("            → {}", visible(&cause.next)));
    }
}

/// The three verdicts, the claims, the findings.
pub(crate) fn inspection(inspection: &Inspection, output: Output) {
    let form = serde_json::to_value(inspection.form).ok().and_then(|form| form.as_str().map(str::to_owned));
    let well_formed = if inspection.well_formed { (Tone::Good, "✓ yes") } else { (Tone::Bad, "✗ no") };
    verdict(output, "form", form.as_deref().unwrap_or_default(), Tone::Strong, "");
    verdict(output, "well-formed", well_formed.1, well_formed.0, "");
    for note in &inspection.notes {
        let byte = note.byte.map_or_else(String::new, |byte| format!(", byte {byte}"));
        output.line(format!("  {} {}{byte}: {}", output.tone(Tone::Warn, "!"), note.part, visible(&note.message)));
    }
    let signature = match inspection.signature.verdict {
        SignatureVerdict::Valid => (Tone::Good, "✓ valid"),
        SignatureVerdict::Invalid => (Tone::Bad, "✗ invalid"),
        SignatureVerdict::NotChecked => (Tone::Warn, "? not checked"),
    };
    verdict(output, "signature", signature.1, signature.0, &inspection.signature.reason);
    let acceptable = match inspection.acceptable.verdict {
        AcceptableVerdict::Yes => (Tone::Good, "✓ yes"),
        AcceptableVerdict::No => (Tone::Bad, "✗ no"),
        AcceptableVerdict::Unknown => (Tone::Warn, "? unknown"),
    };
    verdict(output, "acceptable", acceptable.1, acceptable.0, "");
    for rule in inspection.acceptable.rules.iter().filter(|rule| rule.verdict == RuleVerdict::Fail) {
        output.line(format!("  {} {}: {} ({})", output.tone(Tone::Bad, "✗"), rule.rule, visible(&rule.detail), rule.reference));
    }
    if inspection.form != Form::Opaque {
        output.line("");
        claims(inspection, output);
    }
    findings(inspection, output);
}

fn verdict(output: Output, name: &str, word: &str, tone: Tone, reason: &str) {
    let reason = if reason.is_empty() { String::new() } else { format!("  {}", visible(reason)) };
    output.line(format!("{name:<12} {}{reason}", output.tone(tone, word)));
}

/// The claims as a table.
pub(crate) fn claims(inspection: &Inspection, output: Output) {
    if inspection.claims.is_empty() {
        return;
    }
    let rows = inspection.claims.iter().map(|claim| {
        let value = claim.value.as_str().map_or_else(|| claim.value.to_string(), str::to_owned);
        let said = if claim.note.is_empty() { claim.meaning.clone() } else { format!("{} — {}", claim.meaning, claim.note) };
        vec![claim.name.clone(), value, said]
    });
    output.raw(table(output, &["CLAIM", "VALUE", "MEANING"], rows.collect()).as_bytes());
}

fn findings(inspection: &Inspection, output: Output) {
    if inspection.findings.is_empty() {
        return;
    }
    output.line("");
    for finding in &inspection.findings {
        let (tone, word) = match finding.severity {
            Severity::Critical => (Tone::Bad, "critical"),
            Severity::High => (Tone::Bad, "high"),
            Severity::Medium => (Tone::Warn, "medium"),
            Severity::Low => (Tone::Warn, "low"),
            Severity::Info => (Tone::Quiet, "info"),
        };
        output.line(format!("{:<9} {} ({})", output.tone(tone, word), visible(&finding.message), finding.reference));
    }
}
