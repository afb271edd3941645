//! Faults of the discovery document and of the JWKS. Belongs here: what each does to them.

use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::{Fault, Faults};
use crate::http1::Answer;

impl Faults {
    /// Changes the discovery document. `base`: where the domain is (`http://127.0.0.1:8092/demo`).
    pub(crate) fn spoil_metadata(self, metadata: &mut Value, base: &str) {
        let Some(members) = metadata.as_object_mut() else { return };
        if self.has(Fault::IssuerMismatch) {
            members.insert("issuer".into(), "https://issuer.invalid/oidc".into());
        }
        if self.has(Fault::HttpEndpoints) {
            let path = base.splitn(4, '/').nth(3).unwrap_or_default();
            for (_, value) in members.iter_mut().filter(|(name, _)| name.ends_with("_endpoint")) {
                let rest = value.as_str().and_then(|url| url.strip_prefix(base)).unwrap_or_default();
                *value = format!("http://authorization.invalid/{path}{rest}").into();
            }
        }
        if self.has(Fault::MissingMetadata) {
            members.retain(|name, _| !matches!(name.as_str(), "token_endpoint" | "jwks_uri"));
        }
        if self.has(Fault::WrongJwksUri) {
            members.insert("jwks_uri".into(), format!("{base}/oidc/.well-known/no-such-keys.json").into());
        }
    }

    /// Changes the published keys.
    pub(crate) fn spoil_keys(self, keys: &mut Vec<Value>) {
        if self.has(Fault::EmptyJwks) {
            keys.clear();
        }
        if self.has(Fault::DuplicateKid) {
            let kid =
                keys.first().and_then(|key| key.get("kid")).and_then(Value::as_str).unwrap_or("default").to_owned();
            let other = SigningKey::generate(Algorithm::Es256).ok().and_then(|key| key.with_kid(kid).public_jwk());
            keys.splice(0..0, other);
        }
        if self.has(Fault::PrivateKeyInJwks) {
            // Example key of RFC 7517 appendix A.2, made up for this: the domain's own never leaves it.
            keys.push(json!({
                "kty": "EC", "crv": "P-256", "use": "enc", "kid": "private-by-mistake",
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
                "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
            }));
        }
    }

    /// Changes the fields of the JWKS.
    pub(crate) fn spoil_key_fields(self, answer: &mut Answer) {
        if self.has(Fault::StaleCacheHeaders) {
            answer.headers.set("Cache-Control", "public, max-age=31536000, immutable");
            answer.headers.remove("pragma");
        }
    }
}
