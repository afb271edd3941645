//! `claimcheck call`

use crate::{
    arguments::CallArguments,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::{Output, Tone},
    text,
};
use desk::{
    CallWish, Called, CancellationToken, Desk, Reveal, TokenWish,
    wire::{ExchangeRecord, Explanation},
};
use serde::Serialize;

/// The JSON document: an exchange, and why it was refused.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    exchange: ExchangeRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation>,
}

/// A JSON document holds at most this much of the body.
const LARGEST_BODY: u64 = 64 << 20;

/// Runs the command.
pub(crate) async fn run(
    desk: &Desk,
    arguments: CallArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let (fail, reveal) = (arguments.fail, if arguments.reveal { Reveal::Yes } else { Reveal::No });
    let wish = wish(arguments, environment)?;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let called = desk.call(wish, &cancel).await?;
    let status = called.exchange.status();
    show(called, reveal, output)?;
    Ok(if fail && status >= 400 { Exit::Negative } else { Exit::Done })
}

fn wish(arguments: CallArguments, environment: &Environment) -> Result<CallWish, Failure> {
    let mut words = arguments.words;
    // Without a token the connection is only a place for proxy and trust: it may be left out.
    let target = match arguments.spelled.server() {
        None if arguments.no_token && words.first().is_some_and(|word| word.contains("://")) => None,
        _ => Some(arguments.spelled.target(&mut words, environment)?),
    };
    let body = match (arguments.data, arguments.data_file) {
        (Some(data), _) => Some(data.into_bytes()),
        (_, Some(file)) => Some(std::fs::read(&file).map_err(|error| {
            Failure::usage(format!("--data-file {}: {error}", file.display()))
        })?),
        _ => None,
    };
    let (method, url) = match words.as_slice() {
        [url] => (if body.is_some() { "POST" } else { "GET" }.to_owned(), url.clone()),
        [method, url] => (method.to_ascii_uppercase(), url.clone()),
        [] => return Err(Failure::usage("Which URL? claimcheck call CONNECTION [METHOD] URL")),
        _ => return Err(Failure::usage("Too many words: claimcheck call CONNECTION [METHOD] URL")),
    };
    let mut headers = arguments.header.iter().map(|text| desk::header(text)).collect::<Result<Vec<_>, _>>()?;
    let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if body.is_some() && !typed {
        headers.push(("Content-Type".into(), content_type(body.as_deref())));
    }
    Ok(CallWish {
        target,
        with_token: !arguments.no_token,
        token: TokenWish { scopes: arguments.spelled.scope, fresh: false },
        method,
        url,
        headers,
        body,
        follow_redirects: arguments.location,
    })
}

/// JSON where the body is JSON, else a form as curl sends it.
fn content_type(body: Option<&[u8]>) -> String {
    let json = body.is_some_and(|body| serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok());
    if json { "application/json" } else { "application/x-www-form-urlencoded" }.into()
}

fn show(called: Called, reveal: Reveal, output: Output) -> Result<(), Failure> {
    if output.json {
        let exchange = called.exchange.record_up_to(reveal, LARGEST_BODY);
        output.document(&Document { exchange, explanation: called.explanation });
        return Ok(());
    }
    let record = called.exchange.record_up_to(reveal, 0);
    if let Some(response) = &record.response {
        let tone = if response.status < 400 { Tone::Good } else { Tone::Bad };
        let total = record.timing_us.total.map_or_else(String::new, |us| format!(" · {}", text::milliseconds(us)));
        output.talk(format!("{}{total} · {}", output.tone(tone, &format!("{} {}", response.status, response.reason)), text::bytes(response.body_bytes)));
        for (name, value) in &response.headers {
            output.talk(format!("{}: {}", output.tone(Tone::Quiet, name), text::visible(value)));
        }
        output.talk("");
    }
    body(&called, reveal, output)?;
    if let Some(explanation) = &called.explanation {
        text::explanation(explanation, output);
    }
    Ok(())
}

/// The body on stdout: masked text as it came, or the bytes themselves.
fn body(called: &Called, reveal: Reveal, output: Output) -> Result<(), Failure> {
    let Some(response) = called.exchange.response() else { return Ok(()) };
    let record = called.exchange.record_up_to(reveal, LARGEST_BODY);
    match record.response.filter(|record| !record.body_truncated).and_then(|record| record.body) {
        Some(text) => {
            output.raw(text.as_bytes());
            if !text.is_empty() && !text.ends_with('\n') {
                output.line("");
            }
        }
        None => response.body.copy_to(&mut std::io::stdout().lock()).map_err(|error| Failure::from(desk::DeskError::from(error)))?,
    }
    Ok(())
}
