//! The API key policy (`api-key`). Belongs here: finding and comparing the key. Not here: whose it is (`security`).

use gravitee::policy::ApiKey as Configured;
use secrecy::ExposeSecret;

use crate::api::{
    Call,
    model::{Key, Plan},
    refusal::Refusal,
};

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

    /// The key of a plan that this is, without telling by its duration how far it fits.
    pub(crate) fn known<'p>(key: &str, plan: &'p Plan) -> Option<&'p Key> {
        let same = |known: &Key| {
            let secret = known.secret.expose_secret().as_bytes();
            aws_lc_rs::constant_time::verify_slices_are_equal(secret, key.as_bytes()).is_ok()
        };
        plan.keys.iter().fold(None, |found, known| if same(known) { Some(known) } else { found })
    }

    pub(crate) fn enforce(&self, call: &mut Call<'_, '_>) -> Result<(), Refusal> {
        let Some(key) = Self::key(call) else {
            call.request.trace.refuse("api-key", "no API key on the request");
            return Err(Refusal::said("API_KEY_MISSING", 401, "Unauthorized"));
        };
        let Some(known) = call.api.plans.iter().find_map(|plan| Self::known(&key, plan)) else {
            call.request.trace.refuse("api-key", "the API key belongs to no plan of this API");
            return Err(Refusal::said("API_KEY_INVALID", 401, "Unauthorized"));
        };
        call.context.application = Some(known.id.clone());
        call.context.subscription = Some(known.id.clone());
        call.request.trace.pass("api-key", "the key belongs to the plan");
        if !self.propagate {
            call.request.head.headers.remove(HEADER);
        }
        Ok(())
    }
}
