//! The signing key of a domain. Belongs here: making or reading it, its public half.
//! Not here: what is signed (`tokens`).

use std::sync::Arc;

use jose::{Algorithm, KeySet, SigningKey};
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
    pub(super) signing: SigningKey,
    pub(crate) verifying: KeySet,
    pub(crate) algorithm: Algorithm,
    /// Absent for HMAC, which has no public half.
    pub(crate) public: Option<Value>,
}

/// A key that is made in the background: an RSA key takes longer than the ready line may.
#[derive(Clone, Default)]
pub(super) struct LazyKey(Arc<OnceCell<Option<Arc<DomainKey>>>>);

impl LazyKey {
    /// A key that is there already.
    pub(super) fn ready(key: DomainKey) -> Self {
        Self(Arc::new(OnceCell::new_with(Some(Some(Arc::new(key))))))
    }

    /// The key, made now if nobody has begun; `None` if the cryptographic library failed.
    pub(super) async fn get(&self, signing: Signing) -> Option<Arc<DomainKey>> {
        let make = || async {
            let made = tokio::task::spawn_blocking(move || DomainKey::generate(signing)).await;
            made.ok().and_then(Result::ok).map(Arc::new)
        };
        self.0.get_or_init(make).await.clone()
    }
}

impl DomainKey {
    /// A fresh key.
    pub(super) fn generate(signing: Signing) -> Result<Self, jose::JoseError> {
        let algorithm = algorithm(signing);
        if signing == Signing::HS256 {
            let secret = SecretString::from(random::token());
            return Self::hmac(&secret);
        }
        Self::pair(SigningKey::generate(algorithm)?.with_kid(PAIR_KID))
    }

    /// A private key from a file's text: PEM or JWK.
    pub(super) fn read(text: &SecretString, signing: Signing) -> Result<Self, jose::JoseError> {
        use secrecy::ExposeSecret;
        let is_json = text.expose_secret().trim_start().starts_with('{');
        let key = if is_json {
            SigningKey::from_jwk(text, algorithm(signing))?
        } else if signing == Signing::HS256 {
            return Self::hmac(&SecretString::from(text.expose_secret().trim().to_owned()));
        } else {
            SigningKey::from_pem(text, algorithm(signing))?
        };
        let kid = key.kid().unwrap_or(PAIR_KID).to_owned();
        Self::pair(key.with_kid(kid))
    }

    fn hmac(secret: &SecretString) -> Result<Self, jose::JoseError> {
        use secrecy::ExposeSecret;
        let algorithm = Algorithm::Hs256;
        let signing = SigningKey::hmac(algorithm, secret.expose_secret().as_bytes())?.with_kid(HMAC_KID);
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

fn algorithm(signing: Signing) -> Algorithm {
    match signing {
        Signing::HS256 => Algorithm::Hs256,
        Signing::RS256 => Algorithm::Rs256,
        Signing::PS256 => Algorithm::Ps256,
        Signing::ES256 => Algorithm::Es256,
        Signing::EdDSA => Algorithm::EdDsa,
    }
}
