//! Gravitee API definitions: version 4 export and gateway form, version 2 export, Kubernetes resources.
//! Belongs here: reading, writing, checking and converting them, and their policies' and resources' configurations.
//! Not here: files and network (`management` only says what to ask), serving an API (`gateway`).

mod check;
mod convert;
mod definition;
mod error;
mod form;
pub mod management;
pub mod model;
mod number;
mod place;
pub mod policy;
mod read;
pub mod resource;
mod secret;

pub use check::{Problem, Severity};
pub use definition::Definition;
pub use error::GraviteeError;
pub use form::Form;
pub use management::Management;
pub use secret::{Placeholder, Secrets};
