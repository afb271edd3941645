//! The forms a definition comes in. Belongs here: telling them apart. Not here: converting them (`convert`).

use serde::Serialize;
use serde_json::Value;

use crate::GraviteeError;

/// The form of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export, rename = "DefinitionForm"))]
pub enum Form {
    /// Export and import envelope of version 4: `api` with `plans` beside it.
    V4Export,
    /// What the gateway synchronises: version 4 with plans inside and lower-case types.
    V4Gateway,
    /// Export of version 2.
    V2,
    /// Kubernetes resource `ApiV4Definition`.
    KubernetesV4,
    /// Kubernetes resource `ApiDefinition` (version 2).
    KubernetesV2,
}

impl Form {
    pub(crate) fn of(document: &Value) -> Result<Self, GraviteeError> {
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("kind") {
            "ApiV4Definition" => return Ok(Self::KubernetesV4),
            "ApiDefinition" => return Ok(Self::KubernetesV2),
            "" => {}
            other => return Err(GraviteeError::UnknownForm(format!("kind is `{other}`"))),
        }
        if let Some(api) = document.get("api").filter(|api| api.is_object()) {
            let version = api.get("definitionVersion").and_then(Value::as_str).unwrap_or("V4");
            return match version.to_ascii_uppercase().trim_start_matches('V') {
                "4" | "4.0.0" => Ok(Self::V4Export),
                other => Err(GraviteeError::UnknownForm(format!("api.definitionVersion is `{other}`"))),
            };
        }
        if document.get("proxy").is_some() {
            return Ok(Self::V2);
        }
        if document.get("listeners").is_some() {
            return Ok(Self::V4Gateway);
        }
        Err(GraviteeError::UnknownForm("it has no `api`, `proxy`, `listeners` or known `kind`".into()))
    }

    /// Whether it is written as YAML.
    #[must_use]
    pub fn is_yaml(self) -> bool {
        matches!(self, Self::KubernetesV4 | Self::KubernetesV2)
    }
}
