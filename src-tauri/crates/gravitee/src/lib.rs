//! Gravitee API definitions: version 4 export and gateway form, version 2 export, Kubernetes resources.
//! Belongs here: reading, writing, checking and converting them, and their policies' and resources' configurations.
//! Not here: files and network, serving an API (`gateway`).

mod check;
mod convert;
mod definition;
mod error;
mod form;
mod management;
pub mod model;
pub mod policy;
pub mod resource;

pub use check::Problem;
pub use definition::Definition;
pub use error::GraviteeError;
pub use form::Form;
pub use management::{Management, import_commands};
