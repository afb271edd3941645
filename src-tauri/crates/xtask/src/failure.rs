//! Why a task ended early.

use std::fmt;

/// Result of a task or step.
pub(crate) type Done<T = ()> = Result<T, Failure>;

/// What happened, and the line to type or the place to look at next. Nothing branches on it: every failure ends the task.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Failure(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure(error.to_string())
    }
}
