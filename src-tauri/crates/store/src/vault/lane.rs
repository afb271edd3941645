//! One call to the keyring at a time, each with its own limit.
//! Belongs here: the thread that calls the keyring. Not here: what is called.
//!
//! A plain thread and not the runtime's blocking pool: the runtime waits for its pool when it ends, and a keyring that never answers
//! would keep the program from ending. Two calls at once are known to bring keyring services down.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use tokio::{
    sync::{oneshot, watch},
    time::timeout,
};

use super::platform::Backend;
use crate::VaultError;

/// How long to wait for an answer, waiting for one's turn included.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// A call that reads or writes.
    call: Duration,
    /// A look at how the keyring is: a window waits for it.
    glance: Duration,
    /// On top of `call`, for an unlock whose prompt is open by then: a person looks for a password and types it.
    prompt: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { call: seconds(30), glance: seconds(3), prompt: seconds(120) }
    }
}

/// Resolves when the caller has gone: the limit has passed, or it dropped its future.
pub(super) type Gone = oneshot::Receiver<()>;

type Job = Box<dyn FnOnce(&mut Backend) + Send>;

/// How many of the keyring's prompts are open in this process. While there is one the keyring is locked to every other call.
#[derive(Debug, Clone, Default)]
pub(super) struct Prompts(Arc<watch::Sender<usize>>);

/// A prompt that is open until this is dropped.
#[derive(Debug)]
pub(super) struct OpenPrompt(Prompts);

impl Prompts {
    pub(super) fn open(&self) -> OpenPrompt {
        self.0.send_modify(|open| *open += 1);
        OpenPrompt(self.clone())
    }

    fn is_open(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Resolves once a prompt is open.
    async fn opened(&self) {
        if self.0.subscribe().wait_for(|open| *open > 0).await.is_err() {
            std::future::pending().await
        }
    }
}

impl Drop for OpenPrompt {
    fn drop(&mut self) {
        self.0.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}

/// A job under way. Dropping it tells the job that nobody waits any more.
struct Pending<T> {
    answered: oneshot::Receiver<Result<T, VaultError>>,
    _here: oneshot::Sender<()>,
}

impl<T> Pending<T> {
    async fn answer(&mut self) -> Result<T, VaultError> {
        let ended = |_| Err(VaultError::Failed("its thread ended without an answer".to_owned()));
        (&mut self.answered).await.unwrap_or_else(ended)
    }
}

/// The queue in front of the keyring.
#[derive(Debug, Default)]
pub(super) struct Lane {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    prompts: Prompts,
    limits: Limits,
}

impl Lane {
    /// Runs `work` on the keyring's thread after the jobs before it.
    ///
    /// # Errors
    /// What `work` answered; [`VaultError::Locked`] at once while a prompt is open; or [`VaultError::TimedOut`]. A job that was not
    /// begun by then never is; one that was is left to itself, and the next call gets a fresh thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Backend, &mut Gone) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let answer = self.unless_prompted(work, self.limits.call).await;
        if matches!(answer, Err(VaultError::TimedOut(_))) {
            self.abandon();
        }
        answer
    }

    /// Like [`Self::run`], with little patience. A late answer says nothing about the calls before: their thread is left alone.
    pub(super) async fn glance<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Backend, &mut Gone) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        self.unless_prompted(work, self.limits.glance).await
    }

    /// Like [`Self::run`], for work that may open a prompt and is then given the time that a person needs.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Backend, &mut Gone, &Prompts) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let prompts = self.prompts.clone();
        let mut pending = self.begin(move |backend, gone| work(backend, gone, &prompts))?;
        let Limits { call, prompt, .. } = self.limits;
        if let Ok(answer) = timeout(call, pending.answer()).await {
            return answer;
        }
        let is_open = self.prompts.is_open();
        if is_open && let Ok(answer) = timeout(prompt, pending.answer()).await {
            return answer;
        }
        self.abandon();
        Err(timed_out(if is_open { call + prompt } else { call }))
    }

    async fn unless_prompted<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Backend, &mut Gone) -> Result<T, VaultError> + Send + 'static,
        limit: Duration,
    ) -> Result<T, VaultError> {
        if self.prompts.is_open() {
            return Err(VaultError::Locked);
        }
        let mut pending = self.begin(work)?;
        tokio::select! {
            biased;
            answer = pending.answer() => answer,
            () = self.prompts.opened() => Err(VaultError::Locked),
            () = tokio::time::sleep(limit) => Err(timed_out(limit)),
        }
    }

    fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Backend, &mut Gone) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<Pending<T>, VaultError> {
        let (answer, answered) = oneshot::channel();
        let (here, mut gone) = oneshot::channel::<()>();
        let job: Job = Box::new(move |backend| {
            if !answer.is_closed() {
                let _ = answer.send(work(backend, &mut gone));
            }
        });
        self.send(job)?;
        Ok(Pending { answered, _here: here })
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

fn timed_out(limit: Duration) -> VaultError {
    VaultError::TimedOut(limit.as_secs())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use std::time::Instant;

    use super::*;

    /// Milliseconds in the place of seconds, but for the ratio.
    fn lane() -> Lane {
        let limits = Limits {
            call: Duration::from_millis(300),
            glance: Duration::from_millis(30),
            prompt: Duration::from_millis(1_200),
        };
        Lane { limits, ..Lane::default() }
    }

    /// A keyring that never answers.
    fn silent(gone: &mut Gone) -> Result<(), VaultError> {
        while gone.try_recv() == Err(oneshot::error::TryRecvError::Empty) {
            thread::sleep(Duration::from_millis(5));
        }
        Err(VaultError::Failed("nobody waits".to_owned()))
    }

    #[test]
    fn a_person_has_two_minutes_and_a_window_waits_three_seconds() {
        let limits = Limits::default();
        assert!(limits.prompt >= Duration::from_secs(120) && limits.glance <= Duration::from_secs(3));
    }

    #[tokio::test]
    async fn only_an_open_prompt_is_waited_for() {
        let lane = lane();
        let started = Instant::now();
        let silent_answer = lane.ask(|_, gone, _| silent(gone)).await;
        assert!(matches!(silent_answer, Err(VaultError::TimedOut(_))));
        assert!(started.elapsed() < Duration::from_millis(1_000), "{:?}", started.elapsed());

        let started = Instant::now();
        let typed = lane.ask(|_, _, prompts| {
            let _open = prompts.open();
            thread::sleep(Duration::from_millis(1_100));
            Ok("typed")
        });
        assert_eq!(typed.await, Ok("typed"));

        let forgotten = lane.ask(|_, gone, prompts| {
            let _open = prompts.open();
            silent(gone)
        });
        assert!(matches!(forgotten.await, Err(VaultError::TimedOut(_))));
        assert!(started.elapsed() >= Duration::from_millis(1_100 + 1_500), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn while_a_prompt_is_open_the_others_find_the_keyring_locked() {
        let lane = Arc::new(lane());
        let asking = Arc::clone(&lane);
        let (close, closed) = mpsc::channel::<()>();
        let asking = tokio::spawn(async move {
            let prompt = move |_: &mut Backend, _: &mut Gone, prompts: &Prompts| {
                thread::sleep(Duration::from_millis(20));
                let _open = prompts.open();
                closed.recv_timeout(Duration::from_secs(5)).map_err(|_| VaultError::Dismissed)
            };
            asking.ask(prompt).await
        });
        let queued = lane.run(|_, _| Ok(())).await;
        let started = Instant::now();
        assert_eq!(queued, Ok(()), "it came before the prompt");
        lane.prompts.opened().await;
        assert_eq!(lane.run(|_, _| Ok(())).await, Err(VaultError::Locked));
        assert_eq!(lane.glance(|_, _| Ok(())).await, Err(VaultError::Locked));
        assert!(started.elapsed() < Duration::from_millis(200));
        close.send(()).unwrap();
        assert_eq!(asking.await.unwrap(), Ok(()));
        assert_eq!(lane.glance(|_, _| Ok(())).await, Ok(()), "the thread is free again");
    }

    #[tokio::test]
    async fn a_glance_that_comes_to_nothing_leaves_the_order_of_calls_alone() {
        let lane = lane();
        let slow = lane.run(|_, _| {
            thread::sleep(Duration::from_millis(120));
            Ok(thread::current().id())
        });
        let glance = async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            lane.glance(|_, _| Ok(())).await
        };
        let (slow, glance) = tokio::join!(slow, glance);
        assert!(matches!(glance, Err(VaultError::TimedOut(_))), "{glance:?}");
        assert_eq!(lane.run(|_, _| Ok(thread::current().id())).await, slow, "the same thread");
    }
}
