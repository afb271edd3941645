//! The decisions of one request, in order. Belongs here: collecting steps and their durations.
//! Not here: keeping the result (`journal`). Callers never put a secret or a token into a detail.

use std::{borrow::Cow, time::Instant};

use crate::{
    event::{StepOutcome, TraceStep},
    text::Text,
};

/// Collects the steps of one request.
#[derive(Debug)]
pub(crate) struct Trace {
    started: Instant,
    last: Instant,
    steps: Vec<TraceStep>,
    error_key: Option<Cow<'static, str>>,
}

impl Trace {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { started: now, last: now, steps: Vec::with_capacity(8), error_key: None }
    }

    /// What has been collected; nothing is left here.
    pub(crate) fn take(&mut self) -> Self {
        let (steps, error_key) = (std::mem::take(&mut self.steps), self.error_key.take());
        Self { started: self.started, last: self.last, steps, error_key }
    }

    /// The step was passed.
    pub(crate) fn pass(&mut self, step: &'static str, detail: impl Into<Text>) {
        self.push(step, StepOutcome::Pass, detail.into());
    }

    /// The request was refused here.
    pub(crate) fn refuse(&mut self, step: &'static str, detail: impl Into<Text>) {
        self.push(step, StepOutcome::Refuse, detail.into());
    }

    /// The step did not apply.
    pub(crate) fn skip(&mut self, step: &'static str, detail: impl Into<Text>) {
        self.push(step, StepOutcome::Skip, detail.into());
    }

    /// Something worth knowing that decided nothing.
    pub(crate) fn info(&mut self, step: &'static str, detail: impl Into<Text>) {
        self.push(step, StepOutcome::Info, detail.into());
    }

    /// Gravitee's key of the error that the request ends with.
    pub(crate) fn error_key(&mut self, key: impl Into<Cow<'static, str>>) {
        self.error_key = Some(key.into());
    }

    /// Microseconds since the head arrived.
    pub(crate) fn total_us(&self) -> u64 {
        micros(self.started, Instant::now())
    }

    /// Whether a step refused the request.
    pub(crate) fn has_refused(&self) -> bool {
        self.steps.iter().any(|step| step.outcome == StepOutcome::Refuse)
    }

    /// The steps and the error key.
    pub(crate) fn finish(self) -> (Vec<TraceStep>, Option<Cow<'static, str>>) {
        (self.steps, self.error_key)
    }

    fn push(&mut self, step: &'static str, outcome: StepOutcome, detail: Text) {
        let now = Instant::now();
        let us = u32::try_from(micros(self.last, now)).unwrap_or(u32::MAX);
        self.last = now;
        self.steps.push(TraceStep { step, outcome, detail, us });
    }
}

fn micros(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(u64::MAX)
}
