//! Everything that can go wrong in a user action, and how it crosses to window and command line.
//! Belongs here: the enum and its mapping to `Problem`. Not here: wording of the engine's own errors.

use crate::wire::{Problem, ProblemCode, ProblemDetail};
use exchange::{ExchangeRecord, Failure, Reveal, SendError};
use gateway::{ControlError, GatewayError};
use store::VaultError;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, DeskError>;

/// What a user action can end with, other than its result.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// A field or argument cannot be used.
    #[error("{message}")]
    Invalid {
        /// The form field, by its name in `ConnectionForm` or on the command line.
        field: &'static str,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// A file that was named cannot be read.
    #[error("The file {path} cannot be read: {reason}. Check the path and its permissions.")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// There is no saved connection of that name or number, no such body.
    #[error("{0}")]
    NotFound(String),
    /// Something that belongs to the grant and is not saved is missing.
    #[error("{message}")]
    InputNeeded {
        /// Member of `GrantInputs`.
        field: &'static str,
        /// What is missing.
        message: String,
    },
    /// There is no token to work on.
    #[error("This connection holds no token. Get one first.")]
    NoToken,
    /// The server publishes no such endpoint.
    #[error("{0} has no {1} endpoint. Name it in the connection's settings if there is one.")]
    NoEndpoint(String, &'static str),
    /// What was given is no API definition, or one that cannot be converted.
    #[error("{0}")]
    Definition(gravitee::GraviteeError),
    /// The Management API refused.
    #[error("{0}")]
    Apim(Box<crate::ApimRefusal>),
    /// The Management API answered something else than the API.
    #[error("{0} answered, but not with an API. Is it the Management API? Its usual port is 8083.")]
    ApimAnswer(String),
    /// Library or keyring.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The authorization server, or the way to it.
    #[error(transparent)]
    OAuth(#[from] oauth::Error),
    /// An exchange failed.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The local gateway.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The local gateway did not do what it was told.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// A body on disk cannot be read.
    #[error("The response body cannot be read back from its temporary file: {0}. Send the request again.")]
    Body(#[from] std::io::Error),
}

impl DeskError {
    /// A field or argument that cannot be used.
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        DeskError::Invalid { field, message: message.into() }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let message = error.to_string();
        let (code, detail) = match error {
            DeskError::Invalid { field, .. } => (ProblemCode::Invalid, about(field)),
            DeskError::InputNeeded { field, .. } => (ProblemCode::InputNeeded, about(field)),
            DeskError::File { .. } => (ProblemCode::Invalid, ProblemDetail::default()),
            DeskError::NotFound(_) => (ProblemCode::NotFound, ProblemDetail::default()),
            DeskError::NoToken => (ProblemCode::NoToken, ProblemDetail::default()),
            DeskError::NoEndpoint(..) => (ProblemCode::NoEndpoint, ProblemDetail::default()),
            DeskError::Definition(_) => (ProblemCode::Definition, ProblemDetail::default()),
            DeskError::Apim(refusal) => (ProblemCode::Refused, of_apim(*refusal)),
            DeskError::ApimAnswer(_) => (ProblemCode::BadAnswer, ProblemDetail::default()),
            DeskError::Store(error) => (of_store(&error), ProblemDetail::default()),
            DeskError::OAuth(error) => of_oauth(&error),
            DeskError::Send(error) => of_send(&error),
            DeskError::Gateway(error) => of_gateway(&error),
            DeskError::Control(ControlError::NoKey) => (ProblemCode::Internal, ProblemDetail::default()),
            DeskError::Control(ControlError::UnknownName(_)) => (ProblemCode::Invalid, ProblemDetail::default()),
            DeskError::Control(_) => (ProblemCode::NotFound, ProblemDetail::default()),
            DeskError::Body(_) => (ProblemCode::Library, ProblemDetail::default()),
        };
        Problem { code, message, detail: Box::new(detail) }
    }
}

fn about(field: &'static str) -> ProblemDetail {
    ProblemDetail { field: Some(field.to_owned()), ..ProblemDetail::default() }
}

fn of_apim(refusal: crate::ApimRefusal) -> ProblemDetail {
    ProblemDetail {
        next: Some(refusal.next),
        status: Some(refusal.refusal.status),
        exchange: Some(Box::new(refusal.exchange)),
        ..ProblemDetail::default()
    }
}

fn of_store(error: &store::Error) -> ProblemCode {
    match error {
        store::Error::Vault(error) => of_vault(error),
        store::Error::NoConnection(_) | store::Error::NoDefinition(_) => ProblemCode::NotFound,
        store::Error::NameTaken(_) | store::Error::DefinitionNameTaken(_) => ProblemCode::NameTaken,
        store::Error::NameEmpty => ProblemCode::Invalid,
        store::Error::SecretNotKept(_) => ProblemCode::SecretMissing,
        _ => ProblemCode::Library,
    }
}

fn of_vault(error: &VaultError) -> ProblemCode {
    match error {
        VaultError::Absent(_) => ProblemCode::KeyringAbsent,
        VaultError::Locked => ProblemCode::KeyringLocked,
        VaultError::Dismissed => ProblemCode::KeyringDismissed,
        VaultError::Denied(_) => ProblemCode::KeyringDenied,
        VaultError::Missing | VaultError::Foreign(_) => ProblemCode::SecretMissing,
        _ => ProblemCode::Keyring,
    }
}

fn of_send(error: &SendError) -> (ProblemCode, ProblemDetail) {
    let exchange = error.exchange.as_ref().map(|exchange| Box::new(exchange.record(Reveal::No)));
    (of_failure(&error.failure), ProblemDetail { exchange, ..ProblemDetail::default() })
}

fn of_failure(failure: &Failure) -> ProblemCode {
    match failure {
        Failure::BadUrl { .. } | Failure::BadRequest { .. } | Failure::BadSettings { .. } => ProblemCode::Invalid,
        Failure::Tls { .. } => ProblemCode::Tls,
        Failure::Timeout { .. } => ProblemCode::Timeout,
        Failure::Cancelled => ProblemCode::Cancelled,
        Failure::Spool { .. } => ProblemCode::Library,
        _ => ProblemCode::Network,
    }
}

fn of_oauth(error: &oauth::Error) -> (ProblemCode, ProblemDetail) {
    let code = match error {
        oauth::Error::Send { failure, .. } => of_failure(failure),
        oauth::Error::Refused { .. } | oauth::Error::AuthorizationRefused { .. } => ProblemCode::Refused,
        oauth::Error::SignInNeeded { .. } => ProblemCode::SignInNeeded,
        oauth::Error::Browser { .. } => ProblemCode::SignIn,
        oauth::Error::NoEndpoint { .. } => ProblemCode::NoEndpoint,
        oauth::Error::WrongAnswer { .. }
        | oauth::Error::IssuerMismatch { .. }
        | oauth::Error::ForeignAnswer { .. }
        | oauth::Error::NoMetadata { .. } => ProblemCode::BadAnswer,
        _ => ProblemCode::Invalid,
    };
    let refusal = match error {
        oauth::Error::Refused { error, .. } | oauth::Error::AuthorizationRefused { error } => Some(error),
        _ => None,
    };
    let issuer = match error {
        // What has no address cannot be used instead.
        oauth::Error::IssuerMismatch { found, .. } => Some(found.clone()).filter(|found| found.contains("://")),
        _ => None,
    };
    let record: Option<ExchangeRecord> = error.exchange().map(|exchange| exchange.record(Reveal::No));
    let detail = ProblemDetail {
        oauth_error: refusal.map(|refusal| refusal.code.clone()),
        oauth_description: refusal.and_then(|refusal| refusal.description.clone()),
        status: record.as_ref().and_then(|record| record.response.as_ref()).map(|response| response.status),
        causes: oauth::explain_error(error).causes,
        exchange: record.map(Box::new),
        issuer,
        field: matches!(error, oauth::Error::PlainHttp { .. }).then(|| "allow_http".to_owned()),
        ..ProblemDetail::default()
    };
    (code, detail)
}

fn of_gateway(error: &GatewayError) -> (ProblemCode, ProblemDetail) {
    match error {
        GatewayError::Config(_) => (ProblemCode::Configuration, ProblemDetail::default()),
        GatewayError::PortTaken { flag, .. } | GatewayError::Listen { flag, .. } => {
            (ProblemCode::PortTaken, about(flag))
        }
        GatewayError::Threads(_) => (ProblemCode::Internal, ProblemDetail::default()),
    }
}
