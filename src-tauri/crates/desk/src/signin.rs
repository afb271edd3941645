//! Sign-ins under way: what the window shows while a person is elsewhere, and the way to call it off.
//! Belongs here: the state of the waiting. Not here: the grants themselves (`obtain`).

use crate::{Browser, Desk, DeskError, Result, party::parse, wire::SignIn};
use exchange::CancellationToken;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// A long poll answers after this time even if nothing happened.
const LONGEST_POLL: Duration = Duration::from_secs(20);

/// Somebody who can sign in now.
#[derive(Clone)]
pub struct Person {
    /// Told what to do.
    tell: Arc<dyn Fn(SignIn) + Send + Sync>,
    /// Where addresses are opened.
    pub(crate) browser: Browser,
}

impl Person {
    /// A person who is told by `tell`; addresses are opened in `browser`.
    pub fn new(browser: Browser, tell: impl Fn(SignIn) + Send + Sync + 'static) -> Self {
        Person { tell: Arc::new(tell), browser }
    }

    pub(crate) fn tell(&self, what: SignIn) {
        (self.tell)(what);
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("browser", &self.browser).finish_non_exhaustive()
    }
}

/// The sign-ins under way, by connection.
#[derive(Default, Clone)]
pub(crate) struct SignIns(Arc<Mutex<HashMap<i64, Waiting>>>);

struct Waiting {
    cancel: CancellationToken,
    ended: CancellationToken,
    shown: watch::Sender<Option<SignIn>>,
}

/// A token that is being got; it is forgotten when this is dropped.
pub(crate) struct Getting {
    sign_ins: SignIns,
    connection: i64,
    pub(crate) cancel: CancellationToken,
    ended: CancellationToken,
}

impl SignIns {
    /// Registers that a token is being got for a connection. One that nobody ended is called off, and its end waited for, so that this
    /// one does not join what was shown to nobody.
    pub(crate) async fn begin(&self, connection: i64) -> Getting {
        let (cancel, ended) = (CancellationToken::new(), CancellationToken::new());
        let waiting = Waiting { cancel: cancel.clone(), ended: ended.clone(), shown: watch::Sender::new(None) };
        let before = self.lock().insert(connection, waiting);
        let getting = Getting { sign_ins: self.clone(), connection, cancel, ended };
        if let Some(before) = before {
            before.cancel.cancel();
            before.ended.cancelled().await;
        }
        getting
    }

    /// Calls off what is under way for a connection, if anything is.
    pub(crate) fn cancel(&self, connection: i64) {
        self.ask(connection, |waiting| waiting.cancel.cancel());
    }

    fn show(&self, connection: i64, what: SignIn) {
        if let Some(waiting) = self.lock().get(&connection) {
            waiting.shown.send_replace(Some(what));
        }
    }

    fn ask<T>(&self, connection: i64, question: impl FnOnce(&Waiting) -> T) -> Option<T> {
        self.lock().get(&connection).map(question)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Getting {
    /// The person at the window.
    pub(crate) fn person(&self, browser: Browser) -> Person {
        let (sign_ins, connection) = (self.sign_ins.clone(), self.connection);
        Person::new(browser, move |what| sign_ins.show(connection, what))
    }
}

impl Drop for Getting {
    fn drop(&mut self) {
        self.ended.cancel();
        let mut all = self.sign_ins.lock();
        // One that was called off by a later one does not take that away.
        if !self.cancel.is_cancelled() || all.get(&self.connection).is_some_and(|now| now.cancel.is_cancelled()) {
            all.remove(&self.connection);
        }
    }
}

impl Desk {
    /// What the person is to do for the token that is being got for a connection. Waits until there is something, at most twenty
    /// seconds; null if there is nothing (yet), or no token is being got.
    pub async fn sign_in(&self, connection: i64) -> Option<SignIn> {
        let mut shown = self.sign_ins.ask(connection, |waiting| waiting.shown.subscribe())?;
        let something = tokio::time::timeout(LONGEST_POLL, shown.wait_for(Option::is_some)).await;
        something.ok()?.ok()?.clone()
    }

    /// Opens the address of a sign-in (again).
    ///
    /// # Errors
    /// When none is under way, or the browser cannot be opened.
    pub fn open_sign_in(&self, connection: i64) -> Result<()> {
        let shown = self.sign_ins.ask(connection, |waiting| waiting.shown.borrow().clone()).flatten();
        let shown = shown.ok_or_else(|| DeskError::NotFound("No sign-in is under way any more.".into()))?;
        let opened = self.browser.open(&parse("url", shown.address())?);
        let reason = match opened {
            Ok(true) => return Ok(()),
            Ok(false) => "CLAIMCHECK_BROWSER says that none is to be opened".to_owned(),
            Err(reason) => reason,
        };
        Err(DeskError::NotFound(format!(
            "No browser could be opened ({reason}). Copy the address and open it yourself."
        )))
    }

    /// Calls a sign-in off. One that has ended meanwhile is no error.
    pub fn cancel_sign_in(&self, connection: i64) {
        self.sign_ins.cancel(connection);
    }
}
