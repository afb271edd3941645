//! Client authentication by assertion: `client_secret_jwt` and `private_key_jwt` (RFC 7523, OpenID Connect Core
//! section 9). Belongs here: what an assertion must say. Not here: its signature (`jose`).

use jose::{Algorithm, KeySet};
use serde_json::{Map, Value};

use super::{
    Call,
    client_auth::{Presented, failed, no_method},
    domain::millis,
    parameters::Parameters,
    refusal::Refusal,
    tokens::digest,
};
use crate::{AuthMethod, Client};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub(super) const HMAC: [Algorithm; 3] = [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];
pub(super) const PAIRS: [Algorithm; 11] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
    Algorithm::Ed25519,
];

/// The assertion and the client it names, unverified.
pub(super) fn present(parameters: &Parameters) -> Result<Presented<'_>, Refusal> {
    if parameters.get("client_assertion_type") != Some(TYPE) {
        return Err(Refusal::new("invalid_client", "Unknown or unsupported assertion_type"));
    }
    let assertion = parameters.get("client_assertion").unwrap_or_default();
    let claims = unverified(assertion).ok_or_else(|| invalid("it is no JWT"))?;
    let id = claims.get("sub").and_then(Value::as_str).ok_or_else(|| invalid("it has no sub"))?.to_owned();
    Ok(Presented::Assertion { id, assertion })
}

fn unverified(assertion: &str) -> Option<Map<String, Value>> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut parts = assertion.split('.');
    let payload = URL_SAFE_NO_PAD.decode(parts.nth(1)?).ok()?;
    parts.nth(1).is_none().then(|| serde_json::from_slice(&payload).ok()).flatten()
}

fn invalid(reason: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new("invalid_client", "assertion is not valid").because(reason)
}

impl Call<'_, '_> {
    pub(super) fn check_assertion(&self, client: &Client, assertion: &str) -> Result<(), Refusal> {
        let (keys, allowed) = self.assertion_keys(client)?;
        let verified = keys.verify_jws(assertion, allowed).map_err(|error| invalid(error.to_string()))?;
        let claims: Map<String, Value> =
            serde_json::from_slice(&verified.payload).map_err(|_| invalid("its payload is no JSON object"))?;
        self.check_claims(client, &claims)
    }

    fn assertion_keys(&self, client: &Client) -> Result<(KeySet, &'static [Algorithm]), Refusal> {
        match (client.auth_method, &client.client_secret) {
            (AuthMethod::ClientSecretJwt, Some(secret)) => {
                Ok((KeySet::given(vec![jose::secret_key(&secret.0)]), HMAC.as_slice()))
            }
            (AuthMethod::PrivateKeyJwt, _) => {
                let keys = self.domain.client_keys.get(&client.client_id).cloned();
                Ok((keys.ok_or_else(|| failed("the client has no keys"))?, PAIRS.as_slice()))
            }
            _ => Err(no_method("this client does not authenticate with an assertion")),
        }
    }

    fn check_claims(&self, client: &Client, claims: &Map<String, Value>) -> Result<(), Refusal> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let id = Some(client.client_id.as_str());
        if text("iss") != id || text("sub") != id {
            return Err(invalid("iss and sub must both be the client id"));
        }
        if !self.is_addressed(claims) {
            return Err(invalid("aud is neither the token endpoint nor the issuer"));
        }
        let now = millis(self.now).div_euclid(1000);
        let seconds = |name: &str| claims.get(name).and_then(Value::as_i64);
        let exp = seconds("exp").ok_or_else(|| invalid("it has no exp"))?;
        if exp <= now {
            return Err(Refusal::new("invalid_client", "assertion has expired"));
        }
        if seconds("nbf").is_some_and(|nbf| nbf > now + 60) {
            return Err(invalid("it is not valid yet"));
        }
        let used = |jti: &str| self.domain.memory.use_once(digest(&format!("{}\n{jti}", client.client_id)), exp, now);
        if text("jti").is_some_and(|jti| !used(jti)) {
            return Err(invalid("its jti was used before"));
        }
        Ok(())
    }

    /// Whether `aud` is the token endpoint, the issuer, or the endpoint that was called.
    pub(super) fn is_addressed(&self, claims: &Map<String, Value>) -> bool {
        let own = [format!("{}/oauth/token", self.base), format!("{}/oidc", self.base), self.endpoint()];
        let is_for_us =
            |audience: &Value| audience.as_str().is_some_and(|audience| own.iter().any(|own| own == audience));
        match claims.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(is_for_us),
            Some(audience) => is_for_us(audience),
            None => false,
        }
    }

    /// URL of the endpoint that was called.
    fn endpoint(&self) -> String {
        let rest = self.request.head.path().splitn(3, '/').nth(2).unwrap_or_default();
        format!("{}/{rest}", self.base)
    }
}
