//! What crosses from the engine to the window and the command line, and back.
//! Belongs here: plain data with its JSON shape (TypeScript is generated from it). Not here: behaviour, secrets on the
//! way out. A secret travels inwards once, as `SecretString`, and outwards only through the reveal methods.

mod apim;
mod apis;
mod call;
mod companion;
mod connection;
mod definition;
mod doctor;
mod gateway;
mod grant;
mod jwks;
mod overview;
mod problem;
mod token;

pub use apim::{ApimDone, ApimStep};
pub use apis::{DefinitionPreview, ServedApi, Subscribed};
pub use call::{BodyWindow, CallView, SendRequest};
pub use companion::{Companion, IdTokenView};
pub use connection::{
    ConnectionForm, ConnectionTest, ConnectionView, Pasted, ResultingEndpoints, SecretState, ServerForm, TestStep,
};
pub use definition::{DefinitionReport, Imported, PlanReport};
pub use doctor::{ComparedLine, CurlComparison, DoctorPlan, DoctorWay, LineVerdict, TriedWay, WayRef};
pub use exchange::code::Language;
pub use exchange::{ExchangeRecord, RedirectRecord, RequestRecord, ResponseRecord, TimingRecord};
pub use gateway::{GatewayClient, GatewayControl, GatewayDomain, GatewayEvents, GatewayView};
pub use grant::{Discovery, GrantInputs, SignIn};
pub use gravitee::{Form as DefinitionForm, Problem as DefinitionProblem, Severity as DefinitionSeverity};
pub use jose::inspection::{
    AcceptableVerdict, DecryptionVerdict, Finding, Form, Inspection, Note, Rule, RuleVerdict, Severity, Signature,
    SignatureVerdict,
};
pub use jose::{Agreement, ComparedClaim, Difference};
pub use jwks::{JwkView, JwksView, KeyChannel, Rotation};
pub use oauth::{Explanation, Likelihood};
pub use overview::{Overview, StoragePlace, VaultView};
pub use problem::{Problem, ProblemCode, ProblemDetail};
pub use store::{ClientAssertion, GrantOptions, GrantType, HistoryEntry, Keeping};
pub use token::{
    AcceptanceRules, ConnectionName, DiffSide, DiffedToken, FoundTokenView, InspectForm, InspectKey, InspectedPaste,
    Judging, KeptTokenView, ProvedRequest, TokenDiff, TokenLife, TokenRef, TokenView,
};

/// `HistoryEntry` stands in no other type of this crate, so none of its exports brings it along.
#[cfg(all(test, feature = "bindings"))]
#[test]
fn export_bindings_history_entry() -> Result<(), ts_rs::ExportError> {
    <HistoryEntry as ts_rs::TS>::export_all(&ts_rs::Config::from_env())
}

/// Nor does `Companion`, which the window names and never receives.
#[cfg(all(test, feature = "bindings"))]
#[test]
fn export_bindings_companion() -> Result<(), ts_rs::ExportError> {
    <Companion as ts_rs::TS>::export_all(&ts_rs::Config::from_env())
}

/// Nor does `Language`, which the window names and never receives.
#[cfg(all(test, feature = "bindings"))]
#[test]
fn export_bindings_language() -> Result<(), ts_rs::ExportError> {
    <Language as ts_rs::TS>::export_all(&ts_rs::Config::from_env())
}
