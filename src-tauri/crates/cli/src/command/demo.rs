//! `claimcheck demo`: the whole journey on a gateway inside this process.

use crate::{
    exit::Exit,
    failure::Failure,
    output::{Output, Stream, Tone},
    text,
};
use desk::{
    CallWish, CancellationToken, Desk, InspectWish, KeyWish, Reveal, Running, ServeWish, Target, TokenWish, demo_target,
};
use secrecy::ExposeSecret;

/// Runs the command. Needs no keyring, no data folder and no free port in particular.
pub(crate) async fn run(desk: &Desk, output: Output) -> Result<Exit, Failure> {
    let any = Some("127.0.0.1:0".to_owned());
    let running = desk.serve_gateway(&ServeWish { config: None, am: any.clone(), gateway: any }).await?;
    let result = journey(desk, &running, output).await;
    running.stop().await;
    result
}

async fn journey(desk: &Desk, running: &Running, output: Output) -> Result<Exit, Failure> {
    let ready = running.ready();
    let (Some(target), Some(api)) = (demo_target(running), ready.apis.first()) else {
        return Err(Failure::usage("The built-in gateway has no client or no API."));
    };
    heading(output, 1, "A local authorization server and a gateway with a protected echo API");
    output.line(format!("  authorization server  {}\n  API                   {}", ready.am, api.url));

    heading(output, 2, "Call the API without a token");
    let refused = call(desk, None, &api.url, output).await?;

    heading(output, 3, "Get a token: client_credentials, HTTP Basic");
    let granted = desk.token(&target, &TokenWish::default()).await?;
    text::exchange(&granted.answer.exchange.record(Reveal::No), output);

    heading(output, 4, "Read it, verified against the issuer's keys");
    let wish = InspectWish {
        text: granted.answer.access_token.expose_secret().to_owned(),
        key: KeyWish::Connection(target.clone()),
        ..InspectWish::default()
    };
    text::inspection(&desk.inspect_token(wish).await?, output);

    heading(output, 5, "Call the API with the token");
    let answered = call(desk, Some(target), &api.url, output).await?;
    output.line("");
    let (tone, summary) = if (refused, answered) == (401, 200) {
        (Tone::Good, "✓ 401 without the token, 200 with it: the API is protected, and you are let in.")
    } else {
        (Tone::Bad, "✗ The journey did not go as it should.")
    };
    output.line(output.tone(tone, summary));
    Ok(if (refused, answered) == (401, 200) { Exit::Done } else { Exit::Negative })
}

async fn call(desk: &Desk, target: Option<Target>, url: &str, output: Output) -> Result<u16, Failure> {
    let wish = CallWish {
        with_token: target.is_some(),
        target,
        token: TokenWish::default(),
        method: "GET".into(),
        url: url.to_owned(),
        headers: vec![("Accept".into(), "*/*".into())],
        body: None,
        follow_redirects: false,
    };
    let called = desk.call(wish, &CancellationToken::new()).await?;
    text::exchange(&called.exchange.record(Reveal::No), output);
    if let Some(explanation) = &called.explanation {
        text::explanation(explanation, Stream::Data, output);
    }
    Ok(called.exchange.status())
}

fn heading(output: Output, number: u8, text: &str) {
    if number > 1 {
        output.line("");
    }
    output.line(output.tone(Tone::Strong, &format!("{number}. {text}")));
}
