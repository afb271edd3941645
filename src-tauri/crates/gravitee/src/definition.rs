//! A definition as a document. Belongs here: reading and writing without losing a member.
//! Not here: what the members mean (`model`), the text itself (`read`).

use std::fmt;

use serde_json::Value;

use crate::{Form, GraviteeError, Problem, check, convert, model::Api, number, place, read};

/// An API definition as it came: every member is kept, known or not, in its order.
#[derive(Clone, PartialEq)]
pub struct Definition {
    form: Form,
    document: Value,
}

impl fmt::Debug for Definition {
    /// Leaves the document out: it may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definition").field("form", &self.form).finish_non_exhaustive()
    }
}

impl Definition {
    /// Reads JSON or YAML of any known form. Numbers of JSON are kept as they are written, those of YAML as 64-bit integers, else as
    /// doubles.
    ///
    /// # Errors
    /// [`GraviteeError::Syntax`] if it is neither JSON nor YAML, names a member twice or holds a second document,
    /// [`GraviteeError::UnknownForm`] if it is no definition.
    pub fn read(text: &str) -> Result<Self, GraviteeError> {
        let document = read::document(text)?;
        Ok(Self { form: Form::of(&document)?, document })
    }

    /// A version 4 export that was made, not read.
    pub(crate) fn v4(document: Value) -> Self {
        Self { form: Form::V4Export, document }
    }

    /// Its form.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The document itself. A number that is no 64-bit integer and that a double would spell otherwise stands in it as a text (`number`).
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    pub(crate) fn document_mut(&mut self) -> &mut Value {
        &mut self.document
    }

    /// As text: JSON, or YAML for Kubernetes.
    #[must_use]
    pub fn write(&self) -> String {
        let json = || number::unmarked(&serde_json::to_string_pretty(&self.document).unwrap_or_default()) + "\n";
        if !self.form.is_yaml() {
            return json();
        }
        serde_saphyr::to_string(&number::settled(&self.document)).unwrap_or_else(|_| json())
    }

    /// The same API as a version 4 export, ready to import.
    ///
    /// # Errors
    /// [`GraviteeError::Member`] if a part cannot be converted (a version 2 `securityDefinition` that is no JSON,
    /// version 1 `paths`).
    pub fn to_v4(&self) -> Result<Self, GraviteeError> {
        convert::to_v4_export(self.form, &self.document).map(Self::v4)
    }

    /// The same API in another form of version 4.
    ///
    /// # Errors
    /// As [`Definition::to_v4`]; [`GraviteeError::UnknownForm`] for version 2, which nothing is converted to.
    pub fn to(&self, form: Form) -> Result<Self, GraviteeError> {
        if form == self.form {
            return Ok(self.clone());
        }
        let v4 = self.to_v4()?;
        let document = match form {
            Form::V4Export => v4.document,
            Form::V4Gateway => convert::to_gateway(v4.document),
            Form::KubernetesV4 => convert::to_kubernetes(v4.document),
            Form::V2 | Form::KubernetesV2 => {
                return Err(GraviteeError::UnknownForm("nothing is converted back to version 2".into()));
            }
        };
        Ok(Self { form, document })
    }

    /// What the gateway needs of it.
    ///
    /// # Errors
    /// [`GraviteeError::Member`] naming the first member that is missing or of the wrong kind, by its path in this document.
    pub fn api(&self) -> Result<Api, GraviteeError> {
        let api = self.to_v4().and_then(|v4| Api::of(self, &v4.document));
        api.map_err(|error| match error {
            GraviteeError::Member { path, message } => GraviteeError::Member { path: self.place(&path), message },
            other => other,
        })
    }

    /// The path in this document of what stands at `path` in the version 4 export of the same API.
    #[must_use]
    pub fn place(&self, path: &str) -> String {
        place::own(self.form, &self.document, path)
    }

    /// Everything that is wrong or suspicious, with its path. Empty = ready to import.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        check::problems(self)
    }
}
