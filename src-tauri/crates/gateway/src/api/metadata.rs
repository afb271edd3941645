//! Protected resource metadata (RFC 9728) of OAUTH2 plans. Belongs here: recognising the request, the document.

use serde_json::json;

use super::{Call, policy::Policy};
use crate::http1::Answer;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

impl Call<'_, '_> {
    /// The metadata, if they are asked for and an OAUTH2 plan has them.
    pub(super) fn metadata(&mut self) -> Option<Answer> {
        if !self.api.is_v4 || !self.api.behaviour.has_metadata() {
            return None;
        }
        let path = self.request.head.path();
        let resource = path.strip_prefix(WELL_KNOWN).or_else(|| path.strip_suffix(WELL_KNOWN))?.to_owned();
        let oauth2 = self.api.plans.iter().find_map(|plan| match &plan.policy {
            Some(Policy::OAuth2(oauth2)) => Some(oauth2),
            _ => None,
        })?;
        let issuer = oauth2.server(self)?.metadata.clone()?;
        let resource = format!("{}{}", self.origin(), if resource.is_empty() { "/" } else { &resource });
        let body = json!({
            "resource": resource,
            "authorization_servers": [issuer],
            "scopes_supported": oauth2.required_scopes,
        });
        self.request.trace.pass("metadata", "protected resource metadata (RFC 9728)");
        Some(Answer::with(200, "application/json", body.to_string()))
    }

    /// The challenge of an OAUTH2 plan of an `MCP_PROXY` API, which points to the metadata.
    pub(super) fn metadata_challenge(&self, required_scopes: &[String]) -> String {
        let path = self.api.paths.first().map(|at| at.path.as_str()).unwrap_or_default();
        let mut challenge = format!("Bearer resource_metadata=\"{}{WELL_KNOWN}{path}\"", self.origin());
        if !required_scopes.is_empty() {
            challenge.push_str(&format!(" scope=\"{}\"", required_scopes.join(" ")));
        }
        challenge
    }

    fn origin(&self) -> String {
        let scheme = if self.request.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.request.head.headers.text("host").unwrap_or_default())
    }
}
