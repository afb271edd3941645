//! `claimcheck call`

use crate::{
    arguments::CallArguments,
    environment::{Environment, stdin_bytes},
    exit::Exit,
    failure::Failure,
    output::{Output, Stream, Tone},
    spelled::Credentials,
    text,
};
use desk::{
    CallWish, Called, CancellationToken, Desk, DeskError, Reveal, Target, TokenWish,
    wire::{ExchangeRecord, Explanation},
};
use serde::Serialize;
use std::{io::ErrorKind, path::Path};

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
    let wish = wish(desk, arguments, environment, output).await?;
    // Ctrl+C ends the process, and with it the request: nothing has to be tidied up.
    let called = desk.call(wish, &CancellationToken::new()).await?;
    let status = called.exchange.status();
    show(called, reveal, output)?;
    Ok(if fail && status >= 400 { Exit::Negative } else { Exit::Done })
}

async fn wish(
    desk: &Desk,
    arguments: CallArguments,
    environment: &Environment,
    output: Output,
) -> Result<CallWish, Failure> {
    let mut words = arguments.words.clone();
    let target = target(desk, &arguments, &mut words, environment).await?;
    let body = body(&arguments)?;
    let (method, url) = match words.as_slice() {
        [url] => (if body.is_some() { "POST" } else { "GET" }.to_owned(), url.clone()),
        [method, url] => (method.to_ascii_uppercase(), url.clone()),
        [] => return Err(Failure::usage("Which URL? claimcheck call CONNECTION [METHOD] URL")),
        [..] => {
            return Err(Failure::usage(
                "Too many words: claimcheck call CONNECTION [METHOD] URL. A connection that is spelled out leaves no CONNECTION word.",
            ));
        }
    };
    let mut headers = arguments.header.iter().map(|text| desk::header(text)).collect::<Result<Vec<_>, _>>()?;
    let sets_token = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    if sets_token && target.is_some() && !arguments.no_token {
        output.talk("claimcheck: the connection's token takes the place of the Authorization header that was given. To send that one: --no-token.");
    }
    let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if body.is_some() && !typed {
        headers.push(("Content-Type".into(), content_type(body.as_deref())));
    }
    let token = match &target {
        Some(target) if !arguments.no_token => arguments.own.wish(target, false, desk, environment, output).await?,
        _ => TokenWish::default(),
    };
    Ok(CallWish {
        target,
        with_token: !arguments.no_token,
        token,
        method,
        url,
        headers,
        body,
        follow_redirects: arguments.location,
    })
}

/// The connection. Without a token it is only a place for proxy and trust, and may be left out.
async fn target(
    desk: &Desk,
    arguments: &CallArguments,
    words: &mut Vec<String>,
    environment: &Environment,
) -> Result<Option<Target>, Failure> {
    let spelled = &arguments.own.spelled;
    let is_url = |word: &String| word.contains("://");
    // [URL], [METHOD URL] or [CONNECTION URL]: a method is written in capitals, or the first word is the URL already.
    let nameless = match words.as_slice() {
        [_] => true,
        [first, second] => is_url(second) && METHODS.contains(&first.as_str()),
        _ => false,
    };
    if arguments.no_token && spelled.server().is_none() && nameless {
        return Ok(None);
    }
    if !arguments.no_token && spelled.server().is_none() && words.first().is_some_and(is_url) {
        return Err(Failure::usage(
            "Which connection? Put its name before the URL, spell it out (--server URL --domain PATH --client-id ID), or send without a token: --no-token.",
        ));
    }
    let credentials = if arguments.no_token { Credentials::Unused } else { Credentials::Wanted };
    spelled.target(words, credentials, desk, environment).await.map(Some)
}

/// The methods of RFC 9110 and RFC 5789, which cannot be taken for a connection's name where none is needed.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

fn body(arguments: &CallArguments) -> Result<Option<Vec<u8>>, Failure> {
    match (&arguments.data, &arguments.data_file) {
        (Some(data), _) => Ok(Some(data.clone().into_bytes())),
        (_, Some(file)) if file == Path::new("-") && arguments.own.spelled.options.secret_stdin => Err(Failure::usage(
            "Standard input can hold the secret or the body, not both. Give the secret in CLAIMCHECK_CLIENT_SECRET.",
        )),
        (_, Some(file)) if file == Path::new("-") && arguments.own.reads_stdin() => {
            Err(Failure::usage("Standard input can hold the token or the body, not both. Give one of them in a file."))
        }
        (_, Some(file)) if file == Path::new("-") => stdin_bytes(u64::MAX).map(Some),
        (_, Some(file)) => std::fs::read(file)
            .map(Some)
            .map_err(|error| Failure::usage(format!("--data-file {} cannot be read: {error}", file.display()))),
        _ => Ok(None),
    }
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
        output.talk(text::status(response, record.timing_us.total, Stream::Talk, output));
        for (name, value) in &response.headers {
            let name = output.tone_on(Stream::Talk, Tone::Quiet, &text::visible(name));
            output.talk(format!("{name}: {}", text::visible(value)));
        }
        output.talk("");
    }
    show_body(&called, reveal, output)?;
    if let Some(explanation) = &called.explanation {
        text::explanation(explanation, Stream::Talk, output);
    }
    Ok(())
}

/// The body on stdout: masked text, or the bytes themselves.
fn show_body(called: &Called, reveal: Reveal, output: Output) -> Result<(), Failure> {
    let Some(response) = called.exchange.response() else { return Ok(()) };
    let record = called.exchange.record_up_to(reveal, LARGEST_BODY);
    match record.response.filter(|record| !record.body_truncated).and_then(|record| record.body) {
        Some(text) if output.width().is_some() => {
            // On a terminal a response must not be able to move the cursor or to hide text.
            output.line(text::visible(text.trim_end_matches('\n')));
        }
        Some(text) => output.raw(text.as_bytes()),
        None => match response.body.copy_to(&mut std::io::stdout().lock()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(DeskError::from(error).into()),
            _ => {}
        },
    }
    Ok(())
}
