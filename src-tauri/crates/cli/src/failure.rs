//! How a run that cannot go on says so.
//! Belongs here: the message on stderr, the JSON error on stdout, the exit code. Not here: the wording of engine errors.

use crate::{
    exit::Exit,
    output::{Output, Stream, Tone},
    text::{in_line, visible},
};
use clap::error::ErrorKind;
use desk::{
    DeskError,
    wire::{Problem, ProblemCode},
};
use serde::Serialize;
use std::{panic::Location, path::Path};

/// A run that cannot go on.
#[derive(Debug)]
pub(crate) struct Failure {
    problem: Box<Problem>,
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

    /// The operating system refuses something that every run needs.
    pub(crate) fn system(error: std::io::Error) -> Self {
        let message = format!("The operating system refuses threads or signals to this program: {error}");
        Failure { problem: problem(ProblemCode::Internal, message), exit: Exit::Negative }
    }

    /// The same, with this way out if it is the keyring that refuses.
    pub(crate) fn without_keyring(mut self, next: &str) -> Self {
        if self.exit == Exit::Storage && self.problem.detail.next.as_deref() == way_out(ProblemCode::Keyring) {
            self.problem.detail.next = Some(next.to_owned());
        }
        self
    }

    /// Names the file whose definition cannot be read.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        if self.problem.code == ProblemCode::Definition && file != Path::new("-") {
            self.problem.message = format!("{}: {}", file.display(), self.problem.message);
        }
        self
    }

    /// Says it, and gives the exit code.
    pub(crate) fn report(&self, output: Output) -> Exit {
        if output.json {
            output.document(&Document { error: &self.problem });
        } else {
            self.tell(output);
        }
        self.exit
    }

    /// Says it as one line of JSON, where every line is a document of its own, and gives the exit code.
    pub(crate) fn report_in_line(&self, output: Output) -> Exit {
        output.event(&Document { error: &self.problem });
        self.exit
    }

    fn tell(&self, output: Output) {
        let Problem { message, detail, .. } = self.problem.as_ref();
        output.talk(format!("{} {}", output.tone_on(Stream::Talk, Tone::Bad, "claimcheck:"), visible(message)));
        if let Some(description) = detail.oauth_description.as_ref().filter(|said| !message.contains(said.as_str())) {
            output.talk(format!("  server says: {}", in_line(description)));
        }
        for cause in &detail.causes {
            output.talk(format!("  · {}", visible(&cause.cause)));
            output.talk(format!("    → {}", visible(&cause.next)));
        }
        if let Some(next) = &detail.next {
            output.talk(format!("  → {next}"));
        }
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        let mut problem = Box::new(Problem::from(error));
        if problem.detail.next.is_none() {
            let field = problem.detail.field.as_deref();
            let by_field = field.and_then(|field| of_field(problem.code, field));
            problem.detail.next = by_field.or_else(|| way_out(problem.code)).map(str::to_owned);
        }
        let exit = problem.code.into();
        Failure { problem, exit }
    }
}

/// How the command line takes what a field of the window holds.
fn of_field(code: ProblemCode, field: &str) -> Option<&'static str> {
    match code {
        ProblemCode::InputNeeded => input(field),
        ProblemCode::Invalid => option(field),
        _ => None,
    }
}

/// The options behind fields whose messages do not name them.
fn option(field: &str) -> Option<&'static str> {
    match field {
        "username" => Some("Name the user: --username USER."),
        "allow_http" => Some("Or allow it: --allow-http."),
        "secret" => Some(
            "Pipe it in with --secret-stdin. The passphrase of a key file may also stand in CLAIMCHECK_KEY_PASSPHRASE, for a connection that is spelled out.",
        ),
        "key_file" => Some("The private key is named by --key-file FILE."),
        _ => None,
    }
}

/// How the command line takes what belongs to a grant.
fn input(field: &str) -> Option<&'static str> {
    match field {
        "password" => Some("Set CLAIMCHECK_PASSWORD, or name a file: --password-file FILE (or - for standard input)."),
        "refresh_token" => Some("Name a file: --refresh-token-file FILE (or - for standard input)."),
        "subject_token" => Some("Name a file: --subject-token-file FILE (or - for standard input)."),
        "actor_token" => Some("Name a file: --actor-token-file FILE (or - for standard input)."),
        "assertion" => Some("Sign it: --assertion-key FILE; or name a signed one: --assertion-file FILE (or -)."),
        _ => None,
    }
}

/// What only the command line can offer.
fn way_out(code: ProblemCode) -> Option<&'static str> {
    match code {
        ProblemCode::KeyringAbsent
        | ProblemCode::KeyringLocked
        | ProblemCode::KeyringDismissed
        | ProblemCode::KeyringDenied
        | ProblemCode::Keyring => Some(
            "Without a keyring: spell the connection out and give the secret in CLAIMCHECK_CLIENT_SECRET or with --secret-stdin.",
        ),
        ProblemCode::SecretMissing => Some("Give it for this run with --secret-stdin, or save the connection again."),
        _ => None,
    }
}

fn problem(code: ProblemCode, message: String) -> Box<Problem> {
    Box::new(Problem { code, message, detail: Box::default() })
}

/// What the grammar refused, or help and version, which are no errors.
pub(crate) fn of_arguments(error: &clap::Error, output: Output) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            Exit::Done
        }
        _ if output.json => Failure::usage(sentence(error)).report(output),
        _ => {
            let _ = error.print();
            Exit::Usage
        }
    }
}

/// The first sentence of a grammar error, without help and usage, which are for a terminal.
fn sentence(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "A command is missing. See `claimcheck --help`.".into();
    }
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or(&text);
    let said = first.trim().trim_start_matches("error: ");
    let words: Vec<&str> = said.split_whitespace().collect();
    format!("{}. See `claimcheck --help`.", words.join(" ").trim_end_matches('.'))
}

/// Says that this program has a defect, and where; the payload of a panic may hold anything and is not shown.
pub(crate) fn defect(place: Option<&Location<'_>>) {
    use std::io::Write;
    let place = place.map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    let _ = writeln!(std::io::stderr(), "claimcheck: This is a defect of claimcheck{place}. Please report it.");
}
