//! Exit codes: an interface that scripts rely on.
//! Belongs here: the codes and which problem leads to which. Not here: messages.

use desk::wire::ProblemCode;
use std::process::ExitCode;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// A negative answer: not acceptable, inactive, `--fail`.
    Negative = 1,
    /// The arguments or a configuration cannot be used.
    Usage = 2,
    /// Network, TLS, a taken port.
    Network = 3,
    /// The authorization server refused or answered nonsense.
    Refused = 4,
    /// Keyring or data folder.
    Storage = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl From<ProblemCode> for Exit {
    fn from(code: ProblemCode) -> Self {
        use ProblemCode::{
            BadAnswer, Cancelled, Configuration, Definition, InputNeeded, Internal, Invalid, Keyring, KeyringAbsent,
            KeyringDenied, KeyringDismissed, KeyringLocked, Library, NameTaken, Network, NoEndpoint, NoToken, NotFound,
            PortTaken, Refused, SecretMissing, SignIn, SignInNeeded, Timeout, Tls,
        };
        match code {
            Invalid | NotFound | NameTaken | Configuration | Definition | NoEndpoint | NoToken | InputNeeded => {
                Exit::Usage
            }
            Network | Tls | Timeout | PortTaken | Cancelled => Exit::Network,
            Refused | BadAnswer | SignIn | SignInNeeded => Exit::Refused,
            Keyring | KeyringAbsent | KeyringLocked | KeyringDismissed | KeyringDenied | SecretMissing | Library => {
                Exit::Storage
            }
            Internal => Exit::Negative,
        }
    }
}
