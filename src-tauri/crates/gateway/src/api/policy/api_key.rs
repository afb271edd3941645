//! The API key policy (`api-key`). Belongs here: finding and comparing the key. Not here: whose it is (`security`).

use gravitee::policy::ApiKey as Configured;
use secrecy::{ExposeSecret, SecretString};

use crate::api::{Call, refusal::Refusal};

const HEADER: &str = "X-Gravitee-Api-Key";
const PARAMETER: &str = "api-key";

/// The policy with its configuration.
pub(crate) struct ApiKey {
    propagate: bool,
}

impl ApiKey {
    pub(crate) fn load(configured: &Configured) -> Self {
        Self { propagate: configured.propagate_api_key }
    }

    /// The key on the request.
    pub(crate) fn key(call: &Call<'_, '_>) -> Option<String> {
        let head = &call.request.head;
        if let Some(key) = head.headers.text(HEADER) {
            return Some(key.trim().to_owned());
        }
        let mut pairs = url::form_urlencoded::parse(head.query()?.as_bytes());
        pairs.find(|(name, _)| name == PARAMETER).map(|(_, key)| key.into_owned())
    }

    /// Whether a key is one of these, without telling by its duration how far it fits.
    pub(crate) fn is_known(key: &str, known: &[SecretString]) -> bool {
        let same = |known: &SecretString| {
            aws_lc_rs::constant_time::verify_slices_are_equal(known.expose_secret().as_bytes(), key.as_bytes()).is_ok()
        };
        known.iter().fold(false, |found, known| found | same(known))
    }

    pub(crate) fn enforce(&self, call: &mut Call<'_, '_>) -> Result<(), Refusal> {
        let Some(key) = Self::key(call) else {
            call.request.trace.refuse("api-key", "no API key on the request");
            return Err(Refusal::said("API_KEY_MISSING", 401, "Unauthorized"));
        };
        if !call.api.plans.iter().any(|plan| Self::is_known(&key, &plan.keys)) {
            call.request.trace.refuse("api-key", "the API key belongs to no plan of this API");
            return Err(Refusal::said("API_KEY_INVALID", 401, "Unauthorized"));
        }
        call.request.trace.pass("api-key", "the key belongs to the plan");
        if !self.propagate {
            call.request.head.headers.remove(HEADER);
        }
        Ok(())
    }
}
