//! The browser in which a person signs in.
//! Belongs here: opening an address. Not here: which (`obtain`). Nothing goes through a command line shell.

use std::process::{Command, Stdio};
use url::Url;

/// Which browser is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Browser {
    /// The system's.
    #[default]
    System,
    /// A program; the address is its only argument.
    Program(String),
    /// None: the address is shown, and a person opens it wherever they like.
    Nobody,
}

impl Browser {
    /// As `CLAIMCHECK_BROWSER` says it: a program, `none`, or empty for the system's.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name.trim() {
            "" => Browser::System,
            "none" => Browser::Nobody,
            program => Browser::Program(program.to_owned()),
        }
    }

    /// Opens a web address. False if none is to be opened.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub(crate) fn open(&self, url: &Url) -> Result<bool, String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("the address is neither http nor https".to_owned());
        }
        match self {
            Browser::Nobody => Ok(false),
            Browser::System => open::that_detached(url.as_str()).map(|()| true).map_err(|error| error.to_string()),
            Browser::Program(program) => started(program, url).map(|()| true).map_err(|error| error.to_string()),
        }
    }
}

fn started(program: &str, url: &Url) -> std::io::Result<()> {
    let mut command = Command::new(program);
    command.arg(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Waited for, so that no dead process stays behind.
    std::thread::spawn(move || child.wait());
    Ok(())
}
