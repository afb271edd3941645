//! The one place that reads environment, clock and paths.
//! Belongs here: reading them once. Not here: deciding anything by them.

use crate::failure::Failure;
use desk::{Desk, ProxyEnvironment, Setup, VaultChoice};
use secrecy::SecretString;
use std::{
    ffi::OsString,
    io::Read,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};
use tracing_subscriber::EnvFilter;

/// More than this is not a secret and not a token.
const LONGEST_INPUT: u64 = 16 << 20;

/// What was read at the start.
pub(crate) struct Environment {
    /// The command line as typed.
    pub(crate) words: Vec<OsString>,
    /// `NO_COLOR` (no-color.org).
    pub(crate) no_colour: bool,
    /// `CLAIMCHECK_CLIENT_SECRET`.
    client_secret: Mutex<Option<SecretString>>,
    home: Option<PathBuf>,
    log: Option<String>,
    proxies: ProxyEnvironment,
}

impl Environment {
    /// Reads everything that is ever read.
    pub(crate) fn read() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let secret = |name: &str| text(name).map(SecretString::from);
        // Lower case first: curl's order.
        let either = |lower: &str, upper: &str| secret(lower).or_else(|| secret(upper));
        Environment {
            words: std::env::args_os().collect(),
            no_colour: text("NO_COLOR").is_some(),
            client_secret: Mutex::new(secret("CLAIMCHECK_CLIENT_SECRET")),
            home: text("CLAIMCHECK_HOME").map(PathBuf::from),
            log: text("CLAIMCHECK_LOG"),
            proxies: ProxyEnvironment {
                // HTTP_PROXY in capitals is not read: a CGI request header could set it (httpoxy).
                http: secret("http_proxy"),
                https: either("https_proxy", "HTTPS_PROXY"),
                all: either("all_proxy", "ALL_PROXY"),
                no: text("no_proxy").or_else(|| text("NO_PROXY")),
            },
        }
    }

    /// Whether `--json` stands anywhere among the arguments, so that usage errors can have its shape too.
    pub(crate) fn wants_json(&self) -> bool {
        self.words.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json")
    }

    /// Sets the one log sink up: stderr, silent unless `CLAIMCHECK_LOG` asks.
    pub(crate) fn log(&self) {
        if let Some(filter) = &self.log {
            let subscriber =
                tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(std::io::stderr);
            subscriber.init();
        }
    }

    /// The engine.
    pub(crate) fn desk(&self) -> Result<Desk, Failure> {
        let folder = match &self.home {
            Some(home) => home.clone(),
            None => desk::data_folder().ok_or_else(Failure::no_home)?,
        };
        Ok(Desk::new(Setup {
            folder,
            clock: Arc::new(SystemTime::now),
            vault: VaultChoice::Keyring,
            proxies: self.proxies.clone(),
        }))
    }

    /// The client secret: from standard input where asked for, else from the environment.
    pub(crate) fn client_secret(&self, from_stdin: bool) -> Result<Option<SecretString>, Failure> {
        if from_stdin {
            return stdin_secret().map(Some);
        }
        Ok(self.client_secret.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// A secret on standard input: everything up to the end, without the line end that `echo` adds.
pub(crate) fn stdin_secret() -> Result<SecretString, Failure> {
    let text = stdin_text()?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(Failure::usage("Standard input holds no secret. Pipe it in: printf %s \"$SECRET\" | claimcheck … --secret-stdin"));
    }
    Ok(SecretString::from(text.to_owned()))
}

/// Standard input as text.
pub(crate) fn stdin_text() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LONGEST_INPUT)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage(format!("Standard input cannot be read: {error}")))?;
    // Not UTF-8 is for the inspection to say: what cannot be text stands as replacement characters there.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
