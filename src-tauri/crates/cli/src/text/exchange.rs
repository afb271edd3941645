//! An exchange and the explanation of a refusal.
//! Belongs here: layout. Not here: masking, which the record has already gone through.

use super::{bytes, milliseconds, visible};
use crate::output::{Output, Stream, Tone};
use desk::wire::{ExchangeRecord, Explanation, Likelihood, ResponseRecord};

/// Lines of a body that an exchange shows.
const BODY_LINES: usize = 40;

/// Request and response as they went over the wire, masked.
pub(crate) fn exchange(record: &ExchangeRecord, output: Output) {
    let request = &record.request;
    let method = output.tone(Tone::Strong, &visible(&request.method));
    output.line(format!("  > {method} {}", visible(&request.url)));
    headers("  > ", &request.headers, output);
    body("  >", request.body.as_deref(), output);
    let Some(response) = &record.response else { return };
    output.line("");
    output.line(format!("  < {}", status(response, record.timing_us.total, Stream::Data, output)));
    headers("  < ", &response.headers, output);
    body("  <", response.body.as_deref(), output);
}

/// `200 OK · 12 ms · 1.2 KB`
pub(crate) fn status(response: &ResponseRecord, total_us: Option<u64>, stream: Stream, output: Output) -> String {
    let tone = if response.status < 400 { Tone::Good } else { Tone::Bad };
    let line = format!("{} {}", response.status, visible(&response.reason));
    let total = total_us.map_or_else(String::new, |us| format!(" · {}", milliseconds(us)));
    format!("{}{total} · {}", output.tone_on(stream, tone, line.trim_end()), bytes(response.body_bytes))
}

fn headers(margin: &str, headers: &[(String, String)], output: Output) {
    for (name, value) in headers {
        output.line(format!("{margin}{}: {}", visible(name), visible(value)));
    }
}

fn body(margin: &str, text: Option<&str>, output: Output) {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return };
    output.line(margin);
    for line in text.lines().take(BODY_LINES) {
        output.line(format!("{margin} {}", visible(line)));
    }
    let left = text.lines().count().saturating_sub(BODY_LINES);
    if left > 0 {
        output.line(format!("{margin} … {left} more lines"));
    }
}

/// A refusal explained.
pub(crate) fn explanation(explanation: &Explanation, stream: Stream, output: Output) {
    output.say(stream, "");
    let why = output.tone_on(stream, Tone::Warn, "Why:");
    output.say(stream, format!("{why} {}", visible(&explanation.headline)));
    for cause in &explanation.causes {
        let word = match cause.likelihood {
            Likelihood::Certain => "certain",
            Likelihood::Likely => "likely",
            Likelihood::Possible => "possible",
        };
        output.say(stream, format!("  {word:<9} {}", visible(&cause.cause)));
        output.say(stream, format!("            → {}", visible(&cause.next)));
    }
}
