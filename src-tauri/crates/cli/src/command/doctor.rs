//! `claimcheck doctor`

use crate::{
    arguments::DoctorArguments,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::{Output, Tone},
    spelled::Credentials,
    text,
};
use desk::{Desk, Verdict, method_name};

/// Runs the command. Exits with 4 if the server accepts none of the ways.
pub(crate) async fn run(
    desk: &Desk,
    arguments: DoctorArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let mut words = arguments.connection.into_iter().collect();
    let target = arguments.spelled.target(&mut words, Credentials::Wanted, desk, environment).await?;
    if let Some(word) = words.first() {
        return Err(Failure::usage(format!("`{word}`: a connection that is spelled out leaves no room for a name.")));
    }
    let report = desk.diagnose(&target).await?;
    if output.json {
        output.document(&report);
        return Ok(if report.accepted.is_some() { Exit::Done } else { Exit::Refused });
    }
    for attempt in &report.attempts {
        let (tone, word) = match attempt.verdict {
            Verdict::Accepted => (Tone::Good, "✓ accepted"),
            Verdict::Refused => (Tone::Bad, "✗ refused"),
            Verdict::Unclear => (Tone::Warn, "? unclear"),
        };
        let trimmed = if attempt.trimmed { ", white space around the secret removed" } else { "" };
        let method = method_name(attempt.method);
        output.line(format!("{}  {method}{trimmed}: {}", output.tone(tone, word), text::visible(&attempt.detail)));
    }
    match report.accepted {
        Some(method) => output.talk(format!("Use it: --auth-method {}", method_name(method))),
        None => output
            .talk("The server accepts none of them: the client ID, the secret, the domain or the server is wrong."),
    }
    Ok(if report.accepted.is_some() { Exit::Done } else { Exit::Refused })
}
