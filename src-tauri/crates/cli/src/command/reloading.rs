//! A gateway in the foreground whose configuration changes. Belongs here: reading it anew and saying how that went.
//! Not here: serving it (`desk`), the other lines (`lines`).

use std::io::{IsTerminal, stderr};

use desk::{
    ConfigWatch, Desk, Running, ServeWish,
    event::{Ready, ReadyApi, ReadyDomain},
    wire::Problem,
};
use serde::Serialize;

use crate::{command::lines::Lines, text};

/// How it went, as a line of `--json`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename = "reload")]
pub(super) struct Reload {
    ok: bool,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    /// The members of the ready line.
    Served {
        am: String,
        gateway: String,
        domains: Vec<ReadyDomain>,
        apis: Vec<ReadyApi>,
        warnings: Vec<String>,
    },
    Kept {
        error: Box<Problem>,
    },
}

/// Reads the configuration anew whenever it changes, and on SIGHUP. Returns when the terminal is gone.
pub(super) async fn follow(
    desk: &Desk,
    running: &Running,
    wish: &ServeWish,
    watch: Option<(ConfigWatch, Hangups)>,
    lines: &Lines,
) {
    let Some((mut watch, mut hangups)) = watch else { return std::future::pending().await };
    loop {
        tokio::select! {
            () = watch.changed() => {}
            () = hangups.next() => {
                if hangups.mean_the_end() {
                    return;
                }
                watch.known();
            }
        }
        lines.tell(Reload::now(desk, running, wish).await);
    }
}

impl Reload {
    async fn now(desk: &Desk, running: &Running, wish: &ServeWish) -> Self {
        match desk.reload_gateway(running, wish).await {
            Ok(Ready { am, gateway, domains, apis, warnings }) => {
                Self { ok: true, outcome: Outcome::Served { am, gateway, domains, apis, warnings } }
            }
            Err(error) => Self { ok: false, outcome: Outcome::Kept { error: Box::new(Problem::from(error)) } },
        }
    }

    /// What a person is told, on stderr.
    pub(super) fn talk(&self) -> Vec<String> {
        let (said, warnings) = match &self.outcome {
            Outcome::Served { domains, apis, warnings, .. } => {
                let names: Vec<_> = apis.iter().map(|api| api.name.as_str()).collect();
                let paths: Vec<_> = domains.iter().map(|domain| domain.path.as_str()).collect();
                let said = format!("configuration read anew: domains {}; APIs {}", paths.join(", "), names.join(", "));
                (said, warnings.clone())
            }
            Outcome::Kept { error } => {
                (format!("{}; the configuration before it serves on", error.message), Vec::new())
            }
        };
        let all = [said].into_iter().chain(warnings);
        all.map(|line| format!("claimcheck: {}", text::visible(&line))).collect()
    }
}

/// SIGHUP: read the configuration anew; or, when the terminal was closed, the end.
pub(super) struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
    /// Whether there was a terminal at the start.
    at_terminal: bool,
}

impl Hangups {
    /// From now on; before the ready line, so that whoever reads it may send one at once.
    pub(super) fn listen() -> Self {
        Self {
            // Where it cannot be listened for, SIGHUP ends the program as ever, and the file is still watched.
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
            at_terminal: stderr().is_terminal(),
        }
    }

    /// Waits for the next one; for ever where there are none.
    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }

    /// A terminal that is closed sends SIGHUP too, and is none any more.
    fn mean_the_end(&self) -> bool {
        self.at_terminal && !stderr().is_terminal()
    }
}
