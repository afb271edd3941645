//! A desktop of our own for the window: display, session bus, keyring, home and data folder.
//! Belongs here: putting them together, and opening the window on them. Not here: driving the window.

use crate::children::{Process, bare_command, program};
use crate::display::Display;
use crate::keyring::Keyring;
use crate::webdriver::Window;
use std::path::PathBuf;

/// The title of the window.
const TITLE: &str = "Claimcheck";

/// Everything around the window. It stays while windows come and go; all of it goes away with the value.
#[derive(Debug)]
pub struct Desktop {
    /// The keyring, for locking and looking into.
    pub keyring: Keyring,
    display: Display,
    more: Vec<(String, String)>,
}

impl Desktop {
    /// A desktop on this bus.
    #[must_use]
    pub fn on(keyring: Keyring) -> Self {
        Desktop { keyring, display: Display::start(), more: Vec::new() }
    }

    /// The same with a variable more in the environment of the programs that it opens.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.more.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Environment of a program on this desktop.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut environment = self.keyring.environment();
        environment.push(("DISPLAY".to_owned(), self.display.name()));
        environment.push(("CLAIMCHECK_HOME".to_owned(), self.data_folder().display().to_string()));
        environment.push(("TMPDIR".to_owned(), self.keyring.folder().join("run").display().to_string()));
        environment.extend(self.more.iter().cloned());
        environment
    }

    /// The product's data folder.
    #[must_use]
    pub fn data_folder(&self) -> PathBuf {
        self.keyring.folder().join("claimcheck")
    }

    /// Opens the app under WebDriver.
    pub async fn open(&self) -> Window {
        Window::open(&self.environment(), &self.printed()).await
    }

    /// The file of everything that the app has printed so far.
    #[must_use]
    pub fn printed(&self) -> PathBuf {
        self.keyring.folder().join("printed")
    }

    /// Closes the app's window as its user does, and waits until the app has ended.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn close(&self, window: Window) {
        self.display.close_window(TITLE);
        window.gone().await;
    }

    /// Starts the app without WebDriver.
    #[must_use]
    pub fn start(&self) -> Process {
        Process::start(bare_command(program("claimcheck-desktop"), &self.environment()))
    }

    /// Asks the app's window to close.
    pub fn close_window(&self) {
        self.display.close_window(TITLE);
    }
}
