//! The one place that reads environment, clock, paths and standard input.
//! Belongs here: reading them. Not here: deciding anything by them.

use crate::failure::Failure;
use desk::{Browser, Desk, ProxyEnvironment, Setup, VaultChoice};
use secrecy::SecretString;
use std::{
    ffi::OsString,
    io::{BufRead, IsTerminal, Read},
    ops::ControlFlow,
    path::PathBuf,
    sync::Arc,
    time::SystemTime,
};
use tracing_subscriber::{filter::Targets, prelude::*};

/// More than this is not a secret and not a token.
const LONGEST_INPUT: u64 = 16 << 20;

/// What was read at the start.
pub(crate) struct Environment {
    /// The command line as typed.
    pub(crate) words: Vec<OsString>,
    /// `NO_COLOR` (no-color.org).
    pub(crate) no_colour: bool,
    /// `CLAIMCHECK_CLIENT_SECRET`.
    client_secret: Option<SecretString>,
    /// `CLAIMCHECK_APIM_TOKEN`.
    pub(crate) apim_token: Option<SecretString>,
    /// `CLAIMCHECK_KEY_PASSPHRASE`.
    key_passphrase: Option<SecretString>,
    /// `CLAIMCHECK_PASSWORD`.
    password: Option<SecretString>,
    /// `CLAIMCHECK_BROWSER`.
    pub(crate) browser: Browser,
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
            client_secret: secret("CLAIMCHECK_CLIENT_SECRET"),
            apim_token: secret("CLAIMCHECK_APIM_TOKEN"),
            key_passphrase: secret("CLAIMCHECK_KEY_PASSPHRASE"),
            password: secret("CLAIMCHECK_PASSWORD"),
            browser: Browser::named(&text("CLAIMCHECK_BROWSER").unwrap_or_default()),
            home: std::env::var_os("CLAIMCHECK_HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
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
    pub(crate) fn log(&self) -> Result<(), Failure> {
        let Some(text) = &self.log else { return Ok(()) };
        let filter = text.parse::<Targets>().map_err(|error| {
            Failure::usage(format!(
                "CLAIMCHECK_LOG `{text}` cannot be read ({error}). Write it like `debug`, or `hyper_util=debug,info`."
            ))
        })?;
        let colour = !self.no_colour && std::io::stderr().is_terminal();
        let sink = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colour);
        tracing_subscriber::registry().with(sink.with_filter(filter)).init();
        Ok(())
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
            downloads: None,
            proxies: self.proxies.clone(),
        }))
    }

    /// The passphrase of a PKCS#12 file: from standard input where that is said, else the environment, else asked for; many have none.
    pub(crate) fn key_passphrase(&self, from_stdin: bool) -> Result<Option<SecretString>, Failure> {
        match &self.key_passphrase {
            _ if from_stdin => ask_secret("Passphrase of the key file: ").map(Some),
            Some(passphrase) => Ok(Some(passphrase.clone())),
            None if stdin_is_terminal() => ask_secret("Passphrase of the key file: ").map(Some),
            None => Ok(None),
        }
    }

    /// The user's password, for the password grant.
    pub(crate) fn password(&self) -> Result<Option<SecretString>, Failure> {
        match &self.password {
            Some(password) => Ok(Some(password.clone())),
            None if stdin_is_terminal() => ask_secret("Password: ").map(Some),
            None => Ok(None),
        }
    }

    /// The client secret from standard input where that is said, else the environment; nobody is asked.
    pub(crate) fn client_secret_at_hand(&self, from_stdin: bool) -> Result<Option<SecretString>, Failure> {
        if from_stdin { ask_secret("Client secret: ").map(Some) } else { Ok(self.client_secret.clone()) }
    }

    /// The client secret from the environment; asked for where somebody sits at a terminal.
    pub(crate) fn client_secret(&self) -> Result<Option<SecretString>, Failure> {
        match &self.client_secret {
            Some(secret) => Ok(Some(secret.clone())),
            None if stdin_is_terminal() => ask_secret("Client secret: ").map(Some),
            None => Err(Failure::usage(
                "The client secret is missing. Set CLAIMCHECK_CLIENT_SECRET, or pipe it in with --secret-stdin. For a public client: --auth-method none.",
            )),
        }
    }
}

/// Whether somebody types on standard input.
pub(crate) fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// A secret: typed without echo at a terminal, else everything on standard input without the line end that `echo` adds.
pub(crate) fn ask_secret(prompt: &str) -> Result<SecretString, Failure> {
    let text = if stdin_is_terminal() {
        rpassword::prompt_password(prompt)
            .map_err(|error| Failure::usage(format!("The terminal cannot be read: {error}")))?
    } else {
        stdin_secret()?
    };
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(Failure::usage(
            "There is no secret: nothing was typed, or standard input is empty. Pipe it in: printf %s \"$SECRET\" | claimcheck … --secret-stdin",
        ));
    }
    Ok(SecretString::from(text.to_owned()))
}

/// A secret or token on standard input. What is no text must not become another secret on the way.
pub(crate) fn stdin_secret() -> Result<String, Failure> {
    String::from_utf8(stdin_bytes(LONGEST_INPUT)?).map_err(|_| {
        Failure::usage(
            "Standard input is not UTF-8, and credentials are sent as that. Convert it, for instance with iconv.",
        )
    })
}

/// Standard input as text.
pub(crate) fn stdin_text() -> Result<String, Failure> {
    // Not UTF-8 is for the inspection to say: what cannot be text stands as replacement characters there.
    let bytes = stdin_bytes(LONGEST_INPUT + 1)?;
    if bytes.len() as u64 > LONGEST_INPUT {
        return Err(Failure::usage(
            "Standard input is longer than 16 MiB: nothing was judged, for a part of it says nothing.",
        ));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Calls `each` with the number (from 1) and the text of every line of standard input that is not empty, as it comes, until
/// that breaks.
pub(crate) fn for_each_stdin_line(mut each: impl FnMut(usize, &str) -> ControlFlow<()>) -> Result<(), Failure> {
    let mut stdin = std::io::stdin().lock();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = stdin.by_ref().take(LONGEST_INPUT).read_until(b'\n', &mut line);
        match read.map_err(|error| Failure::usage(format!("Standard input cannot be read: {error}")))? as u64 {
            0 => break,
            LONGEST_INPUT => {
                return Err(Failure::usage(format!("Line {number} is longer than 16 MiB: no token is.")));
            }
            _ => {}
        }
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() && each(number, &text).is_break() {
            break;
        }
    }
    Ok(())
}

/// Standard input, up to a limit.
pub(crate) fn stdin_bytes(limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Failure::usage(format!("Standard input cannot be read: {error}")))?;
    Ok(bytes)
}
