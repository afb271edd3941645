//! OAuth2 resources: whom the policy asks about a token. Belongs here: asking. Not here: what follows from the answer.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use crate::am::{Claims, Domain, Standing};

/// This gateway's own authorization server, asked without HTTP.
pub(crate) struct AmResource {
    pub(crate) domain: Arc<Domain>,
}

/// What the resource says of a token.
pub(crate) enum Introspection {
    /// Active, with its claims.
    Active(Arc<Claims>),
    /// Not active: the payload that Gravitee's resource hands on, and the reason for the trace.
    Inactive(Cow<'static, str>, &'static str),
}

impl AmResource {
    pub(crate) async fn introspect(&self, token: &str, now: SystemTime) -> Introspection {
        let payload = Cow::Borrowed("{\"error\": \"Invalid Access Token\"}");
        match self.domain.standing(token, now).await {
            Standing::Live(claims) => Introspection::Active(claims),
            Standing::Revoked(_) => Introspection::Inactive(payload, "it was revoked"),
            Standing::Invalid(reason) => Introspection::Inactive(payload, reason),
        }
    }
}
