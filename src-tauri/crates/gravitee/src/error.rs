//! Why a definition cannot be used. Belongs here: errors a caller acts on. Not here: findings (`check`).

/// What is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraviteeError {
    /// Neither JSON nor YAML, or more than one document.
    #[error("{}{message}", position(*.line, *.column))]
    Syntax {
        /// Line, from 1; 0 if not known.
        line: usize,
        /// Column, from 1; 0 if not known.
        column: usize,
        /// What is wrong there, without the position.
        message: String,
    },
    /// Well-formed, but no API definition of a known form.
    #[error(
        "not a Gravitee API definition: {0}. Known forms: version 4 export (`api` with `definitionVersion: V4`), \
         version 4 of the gateway (`gravitee: 4.0.0`), version 2 export (`gravitee: 2.0.0` with `proxy`), \
         Kubernetes `ApiV4Definition` and `ApiDefinition`"
    )]
    UnknownForm(String),
    /// A member is missing or of the wrong kind.
    #[error("{path}: {message}")]
    Member {
        /// Path of the member (`api.listeners[0].paths`).
        path: String,
        /// What is wrong.
        message: String,
    },
}

/// `line 6, column 14: `; nothing where the position is not known.
fn position(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!("line {line}, column {column}: ") }
}
