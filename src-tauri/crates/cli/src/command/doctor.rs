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
use desk::{Desk, DoctorReport, TriedAudience, Verdict, method_name};

/// Runs the command. Exits with 4 if the server accepts none of the ways.
pub(crate) async fn run(
    desk: &Desk,
    arguments: DoctorArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let spelled = &arguments.spelled;
    let target = spelled.only_target(arguments.connection, Credentials::Tried, desk, environment).await?;
    let report = desk.diagnose(&target).await?;
    if output.json {
        output.document(&report);
    } else {
        show(&report, output);
    }
    Ok(if report.accepted.is_some() { Exit::Done } else { Exit::Refused })
}

/// What the refusals have in common.
fn why_none(report: &DoctorReport) -> String {
    if let Some(clocks) = report.attempts.iter().find_map(|attempt| attempt.clocks.as_deref()) {
        return text::visible(clocks);
    }
    let by_key = report.attempts.iter().any(|attempt| method_name(attempt.method) == "private_key_jwt");
    let key = if by_key { "key, key ID (kid)" } else { "key" };
    format!(
        "the client ID, the domain or the server is wrong, or the secret, {key} or certificate is not the one that it knows."
    )
}

fn show(report: &DoctorReport, output: Output) {
    for attempt in &report.attempts {
        let (tone, word) = match attempt.verdict {
            Verdict::Accepted => (Tone::Good, "✓ accepted"),
            Verdict::Refused => (Tone::Bad, "✗ refused"),
            Verdict::Unclear => (Tone::Warn, "? unclear"),
        };
        let trimmed = if attempt.trimmed { ", white space around the secret removed" } else { "" };
        let audience = match attempt.audience {
            Some(TriedAudience::Issuer) => ", for the issuer",
            Some(TriedAudience::TokenEndpoint) => ", for the token endpoint",
            None => "",
        };
        let method = method_name(attempt.method);
        let detail = text::visible(&attempt.detail);
        output.line(format!("{}  {method}{trimmed}{audience}: {detail}", output.tone(tone, word)));
    }
    let Some(method) = report.accepted else {
        output.talk(format!("The server accepts none of them: {}", why_none(report)));
        return;
    };
    let audience = match report.accepted_audience {
        Some(TriedAudience::Issuer) => " --client-assertion-audience issuer",
        Some(TriedAudience::TokenEndpoint) => " --client-assertion-audience token_endpoint",
        None => "",
    };
    output.talk(format!("Use it: --auth-method {}{audience}", method_name(method)));
    if report.accepted_trimmed {
        output.talk(
            "The secret has white space around it (spaces, line breaks) that is not part of it: give it without.",
        );
    }
}
