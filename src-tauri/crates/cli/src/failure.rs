//! How a run that cannot go on says so.
//! Belongs here: the message on stderr, the JSON error on stdout, the exit code. Not here: the wording of engine errors.

use crate::{exit::Exit, output::{Output, Tone}};
use clap::error::ErrorKind;
use desk::{
    DeskError,
    wire::{Problem, ProblemCode, ProblemDetail},
};
use serde::Serialize;

/// A run that cannot go on.
#[derive(Debug)]
pub(crate) struct Failure {
    problem: Problem,
    exit: Exit,
}

#[derive(Serialize)]
struct Document<'a> {
    error: &'a Problem,
}

impl Failure {
    /// The arguments cannot be used.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure { problem: problem(ProblemCode::Invalid, message.into()), exit: Exit::Usage }
    }

    /// There is no place for the data folder.
    pub(crate) fn no_home() -> Self {
        let message = "There is no home folder to keep connections in. Set CLAIMCHECK_HOME to a folder of yours.";
        Failure { problem: problem(ProblemCode::Library, message.into()), exit: Exit::Storage }
    }

    /// The operating system refuses threads.
    pub(crate) fn runtime(error: std::io::Error) -> Self {
        let message = format!("The program cannot start its threads: {error}");
        Failure { problem: problem(ProblemCode::Internal, message), exit: Exit::Negative }
    }

    /// Says it, and gives the exit code.
    pub(crate) fn report(&self, output: Output) -> Exit {
        if output.json {
            output.document(&Document { error: &self.problem });
            return self.exit;
        }
        output.talk(format!("claimcheck: {}", self.problem.message));
        if let Some(description) = &self.problem.detail.oauth_description {
            if !self.problem.message.contains(description.as_str()) {
                output.talk(format!("  server says: {description}"));
            }
        }
        for cause in &self.problem.detail.causes {
            output.talk(format!("  {} {}", output.tone(Tone::Quiet, "·"), cause.cause));
            output.talk(format!("    → {}", cause.next));
        }
        self.exit
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        let problem = Problem::from(error);
        let exit = problem.code.into();
        Failure { problem, exit }
    }
}

fn problem(code: ProblemCode, message: String) -> Problem {
    Problem { code, message, detail: ProblemDetail::default() }
}

/// What the grammar refused, or help and version, which are no errors.
pub(crate) fn of_arguments(error: &clap::Error, output: Output) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            Exit::Done
        }
        _ if output.json => {
            let message = error.render().to_string();
            let message = message.trim().strip_prefix("error: ").unwrap_or(message.trim()).to_owned();
            Failure::usage(message).report(output)
        }
        _ => {
            let _ = error.print();
            Exit::Usage
        }
    }
}
