//! The signing key of a domain. Belongs here: making or reading it, its public half.
//! Not here: what is signed (`tokens`).

use std::sync::Arc;

use jose::{Algorithm, KeySet, SigningKey, Verified};
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{Signing, random};

/// `kid` of the key that Access Management signs with when an application has no certificate.
const HMAC_KID: &str = "default-gravitee-AM-key";
/// `kid` of the key pair that every new domain gets.
const PAIR_KID: &str = "default";

/// A key and what verifies its signatures.
pub(crate) struct DomainKey {
    pub(crate) signing: SigningKey,
    pub(crate) verifying: KeySet,
    pub(crate) algorithm: Algorithm,
    /// Absent for HMAC, which has no public half.
    pub(crate) public: Option<Value>,
}

/// A key that is made in the background: an RSA key takes longer than the ready line may.
#[derive(Clone)]
pub(super) struct LazyKey {
    signing: Signing,
    /// None: the domain's first key, under the kid that every new domain gives it.
    kid: Option<String>,
    key: Arc<OnceCell<Option<Arc<DomainKey>>>>,
}

impl LazyKey {
    /// The first key of a domain, not made yet.
    pub(super) fn first(signing: Signing) -> Self {
        Self { signing, kid: None, key: Arc::default() }
    }

    /// A later key of a domain, under a kid of its own, so that verifiers look for it.
    pub(super) fn later(signing: Signing) -> Self {
        Self { kid: Some(random::uuid().as_ref().to_owned()), ..Self::first(signing) }
    }

    /// A key that is there already.
    pub(super) fn ready(key: DomainKey) -> Self {
        let key = Arc::new(OnceCell::new_with(Some(Some(Arc::new(key)))));
        Self { signing: Signing::default(), kid: None, key }
    }

    /// The key, made now if nobody has begun; `None` if the cryptographic library failed.
    pub(super) async fn get(&self) -> Option<Arc<DomainKey>> {
        if let Some(key) = self.made() {
            return Some(Arc::clone(key));
        }
        let (signing, kid) = (self.signing, self.kid.clone());
        let make = || async move {
            let made = tokio::task::spawn_blocking(move || DomainKey::generate(signing, kid)).await;
            made.ok().and_then(Result::ok).map(Arc::new)
        };
        self.key.get_or_init(make).await.clone()
    }

    /// Whether it is this key.
    pub(super) fn is(&self, other: &DomainKey) -> bool {
        let thumbprint = |key: &DomainKey| key.signing.verifying_key().thumbprint();
        self.made().is_some_and(|key| thumbprint(key) == thumbprint(other))
    }

    /// The key, if it was made already.
    pub(super) fn made(&self) -> Option<&Arc<DomainKey>> {
        self.key.get()?.as_ref()
    }
}

impl DomainKey {
    /// A fresh key.
    fn generate(signing: Signing, kid: Option<String>) -> Result<Self, jose::JoseError> {
        let algorithm = algorithm(signing);
        if signing == Signing::HS256 {
            return Self::hmac(&SecretString::from(random::token()), kid.as_deref().unwrap_or(HMAC_KID));
        }
        Self::pair(SigningKey::generate(algorithm)?.with_kid(kid.unwrap_or_else(|| PAIR_KID.to_owned())))
    }

    /// The token's content, if this key has signed it.
    pub(super) fn verify(&self, token: &str) -> Option<Verified> {
        self.verifying.verify_jws(token, &[self.algorithm]).ok()
    }

    /// The same key under its thumbprint (RFC 7638): for a key whose kid another one has already. A shared secret
    /// keeps its kid, for it is never published.
    pub(super) fn renamed(self) -> Self {
        let Some(mut public) = self.public else { return self };
        let thumbprint = self.signing.verifying_key().thumbprint();
        if let Some(members) = public.as_object_mut() {
            members.insert("kid".into(), thumbprint.clone().into());
        }
        let signing = self.signing.with_kid(thumbprint);
        let verifying = KeySet::given(vec![signing.verifying_key()]);
        Self { signing, verifying, algorithm: self.algorithm, public: Some(public) }
    }

    /// A private key from a file's text: PEM or JWK.
    pub(super) fn read(text: &SecretString, signing: Signing) -> Result<Self, jose::JoseError> {
        use secrecy::ExposeSecret;
        let is_json = text.expose_secret().trim_start().starts_with('{');
        let key = if is_json {
            SigningKey::from_jwk(text, algorithm(signing))?
        } else if signing == Signing::HS256 {
            return Self::hmac(&SecretString::from(text.expose_secret().trim().to_owned()), HMAC_KID);
        } else {
            SigningKey::from_pem(text, algorithm(signing))?
        };
        let kid = key.kid().unwrap_or(PAIR_KID).to_owned();
        Self::pair(key.with_kid(kid))
    }

    fn hmac(secret: &SecretString, kid: &str) -> Result<Self, jose::JoseError> {
        use secrecy::ExposeSecret;
        let algorithm = Algorithm::Hs256;
        let signing = SigningKey::hmac(algorithm, secret.expose_secret().as_bytes())?.with_kid(kid);
        let verifying = KeySet::given(vec![jose::secret_key(secret)]);
        Ok(Self { signing, verifying, algorithm, public: None })
    }

    fn pair(signing: SigningKey) -> Result<Self, jose::JoseError> {
        let unreadable = || jose::JoseError::UnreadableKey("it has no public half".into());
        let public = signing.public_jwk().ok_or_else(unreadable)?;
        let verifying = KeySet::given(vec![jose::parse_key(public.to_string().as_bytes())?]);
        let algorithm = signing.algorithm();
        Ok(Self { signing, verifying, algorithm, public: Some(public) })
    }
}

/// A public key with its members in Access Management's order.
pub(crate) fn as_published(mut public: Value) -> Value {
    let Some(members) = public.as_object_mut() else { return public };
    let first: Vec<_> = ["kty", "use", "alg", "kid", "e", "n"]
        .into_iter()
        .filter_map(|name| members.shift_remove(name).map(|value| (name.to_owned(), value)))
        .collect();
    first.into_iter().chain(std::mem::take(members)).collect::<serde_json::Map<_, _>>().into()
}

fn algorithm(signing: Signing) -> Algorithm {
    match signing {
        Signing::HS256 => Algorithm::Hs256,
        Signing::RS256 => Algorithm::Rs256,
        Signing::PS256 => Algorithm::Ps256,
        Signing::ES256 => Algorithm::Es256,
        Signing::EdDSA => Algorithm::EdDsa,
    }
}
