//! One call to the keyring at a time, each with its own limit.
//! Belongs here: the thread that calls the keyring. Not here: what is called.
//!
//! A plain thread and not the runtime's blocking pool: the runtime waits for its pool when it ends, and a keyring that never answers
//! would keep the program from ending. Two calls at once are known to bring keyring services down.

use std::{
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use super::platform::Backend;
use crate::VaultError;

/// How long a call may take, waiting for its turn and for a person's answer to a prompt included.
const LIMIT: Duration = Duration::from_secs(30);

/// Resolves when the caller has gone: the limit has passed, or it dropped its future.
pub(super) type Gone = oneshot::Receiver<()>;

type Job = Box<dyn FnOnce(&mut Backend) + Send>;

/// The queue in front of the keyring.
#[derive(Debug, Default)]
pub(super) struct Lane {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
}

impl Lane {
    /// Runs `work` on the keyring's thread after the jobs before it.
    ///
    /// # Errors
    /// What `work` answered, or [`VaultError::TimedOut`]. A job that was not begun by then never is; one that was is left to
    /// itself, and the next call gets a fresh thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Backend, &mut Gone) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let (answer, answered) = oneshot::channel();
        let (_here, mut gone) = oneshot::channel::<()>();
        let job: Job = Box::new(move |backend| {
            if !answer.is_closed() {
                let _ = answer.send(work(backend, &mut gone));
            }
        });
        self.send(job)?;
        match tokio::time::timeout(LIMIT, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(VaultError::Failed("its thread ended without an answer".to_owned())),
            Err(_) => {
                self.abandon();
                Err(VaultError::TimedOut)
            }
        }
    }

    fn send(&self, job: Job) -> Result<(), VaultError> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match jobs.as_ref() {
            Some(sender) => match sender.send(job) {
                Ok(()) => return Ok(()),
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        let sender = start()?;
        let sent = sender.send(job).map_err(|_| VaultError::Failed("its thread ended at once".to_owned()));
        *jobs = Some(sender);
        sent
    }

    fn abandon(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

fn start() -> Result<mpsc::Sender<Job>, VaultError> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let work = move || {
        let mut backend = Backend::default();
        while let Ok(job) = jobs.recv() {
            job(&mut backend);
        }
    };
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(work)
        .map_err(|error| VaultError::Failed(error.to_string()))?;
    Ok(sender)
}
