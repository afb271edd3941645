//! The one place of the window's program that reads environment, clock and paths.
//! Belongs here: reading them once. Not here: deciding anything by them.

use desk::{Browser, Desk, ProxyEnvironment, Setup, VaultChoice};
use secrecy::SecretString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// What was read at the start.
pub(crate) struct Environment {
    home: Option<PathBuf>,
    downloads: Option<PathBuf>,
    log: Option<String>,
    browser: Browser,
    proxies: ProxyEnvironment,
}

impl Environment {
    /// Reads everything that is ever read.
    pub(crate) fn read() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let secret = |name: &str| text(name).map(SecretString::from);
        let home = std::env::var_os("CLAIMCHECK_HOME").filter(|home| !home.is_empty());
        let either = |lower: &str, upper: &str| secret(lower).or_else(|| secret(upper));
        Environment {
            home: home.map(PathBuf::from).or_else(desk::data_folder),
            downloads: desk::downloads_folder(),
            log: text("CLAIMCHECK_LOG"),
            browser: Browser::named(&text("CLAIMCHECK_BROWSER").unwrap_or_default()),
            proxies: ProxyEnvironment {
                http: secret("http_proxy"),
                https: either("https_proxy", "HTTPS_PROXY"),
                all: either("all_proxy", "ALL_PROXY"),
                no: text("no_proxy").or_else(|| text("NO_PROXY")),
            },
        }
    }

    /// Sets the one log sink up: stderr, silent unless `CLAIMCHECK_LOG` asks.
    pub(crate) fn log(&self) {
        if let Some(filter) = &self.log {
            // A window has no place to refuse a filter that cannot be read.
            let filter = filter.parse().unwrap_or(Targets::new().with_default(LevelFilter::INFO));
            let sink = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
            tracing_subscriber::registry().with(sink).init();
        }
    }

    /// The engine.
    ///
    /// # Errors
    /// When nothing says where the data folder is.
    pub(crate) fn desk(&self) -> io::Result<Desk> {
        let setup = Setup {
            folder: self.folder()?.clone(),
            clock: Arc::new(SystemTime::now),
            vault: VaultChoice::Keyring,
            downloads: self.downloads.clone(),
            proxies: self.proxies.clone(),
        };
        Ok(Desk::new(setup).with_browser(self.browser.clone()))
    }

    /// Where the web engine may keep what it keeps, beside our own data.
    ///
    /// # Errors
    /// As [`Environment::desk`].
    pub(crate) fn window_data(&self) -> io::Result<PathBuf> {
        Ok(self.folder()?.join("window"))
    }

    fn folder(&self) -> io::Result<&PathBuf> {
        let text = "there is no home folder to keep connections in. Set CLAIMCHECK_HOME to a folder of yours.";
        self.home.as_ref().ok_or_else(|| io::Error::other(text))
    }
}
