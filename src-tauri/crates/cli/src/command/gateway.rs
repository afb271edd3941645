//! `claimcheck gateway`

use crate::{
    arguments::GatewayArguments,
    command::{lines::Lines, reloading},
    exit::Exit,
    failure::Failure,
    output::{Output, Tone},
    text,
};
use desk::{
    ConfigWatch, Desk, Running, ServeWish,
    event::{Listener, Ready, RequestEvent},
};

/// Runs the command: serves until SIGINT or SIGTERM.
pub(crate) async fn run(desk: &Desk, arguments: GatewayArguments, output: Output) -> Result<Exit, Failure> {
    match serve(desk, arguments, output).await {
        Err(failure) if output.json => Ok(failure.report_in_line(output)),
        ended => ended,
    }
}

async fn serve(desk: &Desk, arguments: GatewayArguments, output: Output) -> Result<Exit, Failure> {
    // Listened for before the ready line, so that whoever reads it may end the gateway at once.
    let ending = Ending::listen().map_err(Failure::system)?;
    let wish = ServeWish { config: arguments.config, am: arguments.am, gateway: arguments.gateway };
    // Looked at before it is read, so that no change falls in between.
    let watch = wish.config.as_deref().map(|file| (ConfigWatch::new(file), reloading::Hangups::listen()));
    let running = desk.serve_gateway(&wish).await?;
    for warning in &running.ready().warnings {
        output.talk(format!("claimcheck: {}", text::visible(warning)));
    }
    let lines = announce(&running, output);
    tokio::select! {
        () = ending.asked() => {}
        () = reloading::follow(desk, &running, &wish, watch, &lines) => {}
    }
    running.stop().await;
    Ok(Exit::Done)
}

/// The request to end: SIGINT (Ctrl+C) or SIGTERM.
#[cfg(unix)]
struct Ending(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Ending {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Ending(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn asked(mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// The request to end: Ctrl+C, or the console being closed or shut down.
#[cfg(windows)]
struct Ending(tokio::signal::windows::CtrlC, tokio::signal::windows::CtrlClose, tokio::signal::windows::CtrlShutdown);

#[cfg(windows)]
impl Ending {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close, ctrl_shutdown};
        Ok(Ending(ctrl_c()?, ctrl_close()?, ctrl_shutdown()?))
    }

    async fn asked(mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
            _ = self.2.recv() => {}
        }
    }
}

/// Says that the gateway serves, and from then on what it is asked. A request's line is written before its answer is sent, so
/// that a script that has the answer finds the line; and never before the ready line.
fn announce(running: &Running, output: Output) -> Lines {
    let lines = Lines::default();
    let sink = lines.clone();
    running.on_event(move |event| sink.put(event));
    ready(running, output);
    lines.write_from_now_on(output);
    lines
}

fn ready(running: &Running, output: Output) {
    let ready = running.ready();
    if output.json {
        output.event(&ready);
    } else {
        welcome(&ready, output);
    }
}

fn welcome(ready: &Ready, output: Output) {
    output.line(output.tone(Tone::Strong, "The local gateway serves. Ctrl+C ends it."));
    output.line(format!("  authorization server  {}", ready.am));
    output.line(format!("  API gateway           {}", ready.gateway));
    for domain in &ready.domains {
        for client in &domain.clients {
            let secret = client.client_secret.as_deref().unwrap_or("(none)");
            output.line(format!("  domain {:<14} client {}  secret {secret}", domain.path, client.client_id));
        }
    }
    for api in &ready.apis {
        output.line(format!("  API {:<17} {}", api.name, api.url));
    }
    let domain = ready.domains.first();
    let client = domain.and_then(|domain| domain.clients.first());
    if let (Some(domain), Some(client), Some(api)) = (domain, client, ready.apis.first()) {
        output.line("");
        output.line(output.tone(Tone::Quiet, "Try, in another terminal:"));
        output.line(format!("  curl -i {}", api.url));
        output.line(format!(
            "  curl -u '{}:{}' -d grant_type=client_credentials {}/{}/oauth/token",
            client.client_id,
            client.client_secret.as_deref().unwrap_or_default(),
            ready.am,
            domain.path
        ));
    }
    output.line("");
}

/// What is said of a request: one line of JSON, or a line and its steps.
pub(super) fn lines_of(event: &RequestEvent, output: Output) -> String {
    let mut text = if output.json { serde_json::to_string(event).unwrap_or_default() } else { told(event, output) };
    text.push('\n');
    text
}

/// Every request comes here, so nothing is put together only to be copied.
fn told(event: &RequestEvent, output: Output) -> String {
    let mut text = String::with_capacity(1024);
    let tone = if event.status < 400 { Tone::Good } else { Tone::Bad };
    text.push_str(match event.listener {
        Listener::Am => "am      ",
        Listener::Gateway => "gateway ",
    });
    output.append(&mut text, tone, |text| text.push_str(&event.status.to_string()));
    text.push(' ');
    text.push_str(&event.method);
    text.push(' ');
    text::push_visible(&mut text, &event.path);
    for step in &event.trace {
        text.push('\n');
        output.append(&mut text, Tone::Quiet, |text| {
            text.push_str("          ");
            push_padded(text, step.outcome.word(), "         ");
            push_padded(text, step.step, "               ");
            text::push_visible(text, &step.detail);
        });
    }
    text
}

/// A column as wide as these blanks, with one blank at its end at least. The words of a trace are ASCII.
fn push_padded(text: &mut String, word: &str, blanks: &str) {
    text.push_str(word);
    text.push_str(blanks.get(word.len()..).filter(|left| !left.is_empty()).unwrap_or(" "));
}
