//! What makes two token requests the same.
//! Belongs here: the digest over everything that shapes a token. Not here: keeping tokens.

use aws_lc_rs::{digest, hmac, rand};
use secrecy::ExposeSecret;

use crate::{Client, ClientAuthentication, Dpop, Endpoints, Http, TokenRequest};

/// A keyed digest of server, client, method, credentials, grant, scope set, audience, resources, parameters, headers and client certificate.
/// Whoever reads memory or a trace finds neither secret nor something to guess it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity([u8; 32]);

/// The key of the digest, random per cache.
pub(crate) struct Salt(hmac::Key);

impl Salt {
    pub(crate) fn random() -> Self {
        let mut key = [0; digest::SHA256_OUTPUT_LEN];
        // If the system has no randomness, an unsalted digest still tells requests apart.
        let _ = rand::fill(&mut key);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    pub(crate) fn identity(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        client: &Client,
        request: &TokenRequest,
    ) -> Identity {
        let mut parts = Parts(hmac::Context::with_key(&self.0));
        parts.add("server", endpoints.token.as_str());
        parts.add("client", &client.id);
        parts.add("method", client.method().name());
        if let Some(secret) = client.secret() {
            parts.add("secret", secret.expose_secret());
        }
        match &client.authentication {
            ClientAuthentication::PrivateKeyJwt { key, style } => {
                parts.add("key", &key.thumbprint());
                parts.add("style", &format!("{style:?} {:?}", key.kid()));
            }
            ClientAuthentication::ClientSecretJwt { style, .. } => parts.add("style", &format!("{style:?}")),
            _ => {}
        }
        parts.add("dpop", &http.proof_of_possession().map(Dpop::thumbprint).unwrap_or_default());
        parts.add_bytes("certificate", http.certificate());
        for (name, value) in request.grant.parameters() {
            parts.add(&name, value.expose());
        }
        parts.add_set("scope", &request.scopes);
        parts.add("audience", request.audience.as_deref().unwrap_or_default());
        parts.add_set("resource", &request.resources);
        for (what, pairs) in [("parameter", &request.parameters), ("header", &request.headers)] {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}:{name}={value}", name.len())).collect();
            parts.add_set(what, &pairs);
        }
        let tag = parts.0.sign();
        let mut identity = [0; 32];
        identity.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Identity(identity)
    }
}

struct Parts(hmac::Context);

impl Parts {
    /// Lengths go in too, so that no two lists of parts look the same.
    fn add_bytes(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), value] {
            self.0.update(&(part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        self.add_bytes(name, value.as_bytes());
    }

    /// Order and repetition do not count.
    fn add_set(&mut self, name: &str, values: &[String]) {
        let mut set: Vec<_> = values.iter().collect();
        set.sort();
        set.dedup();
        self.add(name, &set.len().to_string());
        for value in set {
            self.add(name, value);
        }
    }
}
