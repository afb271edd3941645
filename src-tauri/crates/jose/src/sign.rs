//! Signing compact JWS with a key that is parsed once and kept. Not here: what to put into a token.
//!
//! `jsonwebtoken` reads the private key anew for every signature, which for RSA costs more than the signature itself,
//! and has no ES512; so signatures are made by `aws-lc-rs`, the provider under both.

use crate::key::material::{Material, Okp, OkpCurve, Rsa};
use crate::{Algorithm, JoseError, Key, base64url, parse_key};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RsaEncoding};
use aws_lc_rs::{hmac, rand};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// A private or shared key, ready to sign. Share it behind an `Arc`; printing shows no key material.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: Option<String>,
    key: Key,
    signer: Signer,
    /// The encoded header of an ordinary token.
    plain_header: String,
}

enum Signer {
    Hmac(Box<hmac::Key>),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Makes a fresh key from the operating system's randomness: RSA with 2048 bits, the algorithm's curve, or a secret
    /// of the hash's size. Its `kid` is the RFC 7638 thumbprint, or random where that would be a digest of a secret.
    ///
    /// # Errors
    /// [`JoseError::Crypto`] if the library fails.
    pub fn generate(algorithm: Algorithm) -> Result<Self, JoseError> {
        if let Some(size) = algorithm.hmac_key_bytes() {
            let secret = random(size)?;
            return Ok(Self::hmac(algorithm, &secret)?.with_kid(base64url::encode(random(16)?.as_slice())));
        }
        let key = parse_key(&generate_pkcs8(algorithm)?)?;
        Self::from_key(&key, algorithm).map(|signing| signing.with_kid(key.thumbprint()))
    }

    /// Reads a private key in PEM (PKCS#8, PKCS#1 or SEC1). It has no `kid` then: see [`SigningKey::with_kid`].
    ///
    /// # Errors
    /// [`JoseError::UnreadableKey`], [`JoseError::UnusableKey`], or [`JoseError::WrongKey`] if it is not private or does
    /// not fit `algorithm`.
    pub fn from_pem(pem: &SecretString, algorithm: Algorithm) -> Result<Self, JoseError> {
        Self::from_key(&parse_key(pem.expose_secret().as_bytes())?, algorithm)
    }

    /// Reads a private JWK; its `kid` is taken over, its `alg` binds.
    ///
    /// # Errors
    /// As [`SigningKey::from_pem`].
    pub fn from_jwk(jwk: &SecretString, algorithm: Algorithm) -> Result<Self, JoseError> {
        Self::from_key(&parse_key(jwk.expose_secret().as_bytes())?, algorithm)
    }

    /// Takes a key that was read.
    ///
    /// # Errors
    /// As [`SigningKey::from_pem`].
    pub fn from_key(key: &Key, algorithm: Algorithm) -> Result<Self, JoseError> {
        let wrong = |reason: String| JoseError::WrongKey { algorithm: algorithm.to_string(), reason };
        key.fits(algorithm).map_err(wrong)?;
        if let Some(defect) = key.defect() {
            return Err(JoseError::UnusableKey(defect.to_owned()));
        }
        if !key.is_private() {
            return Err(wrong("this is a public key; a private one is needed to sign".to_owned()));
        }
        let signer = signer(key.material(), algorithm)?;
        let signing = Self { algorithm, kid: None, key: key.clone(), signer, plain_header: String::new() };
        Ok(signing.named(key.kid().map(str::to_owned)))
    }

    /// A shared secret. Secrets shorter than RFC 7518 3.2 asks for are accepted, since client secrets are; empty ones are not.
    ///
    /// # Errors
    /// [`JoseError::UnusableKey`] if `secret` is empty, [`JoseError::WrongKey`] if `algorithm` is no HMAC.
    pub fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<Self, JoseError> {
        let material = Material::Oct(Zeroizing::new(secret.to_vec()));
        Self::from_key(&Key::new(material, crate::key::Labels::default()), algorithm)
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        self.named(Some(kid.into()))
    }

    fn named(mut self, kid: Option<String>) -> Self {
        self.kid = kid;
        self.plain_header = encoded_json(&self.header(&Map::new())).unwrap_or_default();
        self
    }

    /// The key's id, written into every header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half as a JWK with `kid`, `alg` and `use`; `None` for a shared secret, which has no public half.
    #[must_use]
    pub fn public_jwk(&self) -> Option<Value> {
        let mut jwk = self.key.public_jwk()?;
        if let Some(kid) = &self.kid {
            jwk.insert("kid".to_owned(), kid.clone().into());
        }
        jwk.insert("alg".to_owned(), self.algorithm.name().into());
        jwk.insert("use".to_owned(), "sig".into());
        Some(Value::Object(jwk))
    }

    /// The key to verify with, under the same `kid`: for [`crate::KeySet::given`].
    #[must_use]
    pub fn verifying_key(&self) -> Key {
        self.key.renamed(self.kid.clone())
    }

    /// Signs `claims` as a compact JWS. The header is `kid`, `typ: JWT`, `alg`, overlaid with `header`
    /// (a null there removes a member; `alg` cannot be overlaid).
    ///
    /// # Errors
    /// [`JoseError::UnwritableContent`] if `claims` is no JSON, [`JoseError::Crypto`] if signing fails.
    pub fn sign(&self, header: &Map<String, Value>, claims: &impl Serialize) -> Result<String, JoseError> {
        let mut token = match header.is_empty() {
            true => self.plain_header.clone(),
            false => encoded_json(&self.header(header))?,
        };
        token.push('.');
        token.push_str(&encoded_json(claims)?);
        self.finish(token)
    }

    /// Signs any bytes under exactly this header, which need not be true: for trying what a verifier refuses.
    ///
    /// # Errors
    /// As [`SigningKey::sign`].
    pub fn sign_parts(&self, header: &Map<String, Value>, payload: &[u8]) -> Result<String, JoseError> {
        self.finish(format!("{}.{}", encoded_json(header)?, base64url::encode(payload)))
    }

    /// The signature over a signing input, as the raw bytes that JWS wants.
    ///
    /// # Errors
    /// [`JoseError::Crypto`] if signing fails.
    pub fn signature(&self, signing_input: &[u8]) -> Result<Vec<u8>, JoseError> {
        match &self.signer {
            Signer::Hmac(key) => Ok(hmac::sign(key, signing_input).as_ref().to_vec()),
            Signer::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &SystemRandom::new(), signing_input, &mut signature)
                    .map_err(|_| JoseError::Crypto)?;
                Ok(signature)
            }
            Signer::Ecdsa(pair) => {
                let signature = pair.sign(&SystemRandom::new(), signing_input).map_err(|_| JoseError::Crypto)?;
                Ok(signature.as_ref().to_vec())
            }
            Signer::Ed25519(pair) => Ok(pair.sign(signing_input).as_ref().to_vec()),
        }
    }

    fn finish(&self, mut token: String) -> Result<String, JoseError> {
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        token.push_str(&base64url::encode(signature));
        Ok(token)
    }

    fn header(&self, overlay: &Map<String, Value>) -> Map<String, Value> {
        let mut header = Map::new();
        if let Some(kid) = &self.kid {
            header.insert("kid".to_owned(), kid.clone().into());
        }
        header.insert("typ".to_owned(), "JWT".into());
        header.insert("alg".to_owned(), self.algorithm.name().into());
        for (name, value) in overlay.iter().filter(|(name, _)| *name != "alg") {
            match value {
                Value::Null => header.shift_remove(name),
                value => header.insert(name.clone(), value.clone()),
            };
        }
        header
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm).field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn encoded_json(value: &impl Serialize) -> Result<String, JoseError> {
    let json = serde_json::to_vec(value).map_err(|error| JoseError::UnwritableContent(error.to_string()))?;
    Ok(base64url::encode(json))
}

fn random(size: usize) -> Result<Zeroizing<Vec<u8>>, JoseError> {
    let mut bytes = Zeroizing::new(vec![0; size]);
    rand::fill(&mut bytes).map_err(|_| JoseError::Crypto)?;
    Ok(bytes)
}

fn generate_pkcs8(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, JoseError> {
    let document = if let Some(curve) = ecdsa(algorithm) {
        EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).map(|pkcs8| pkcs8.as_ref().to_vec())
    } else if matches!(algorithm, Algorithm::EdDsa | Algorithm::Ed25519) {
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map(|pkcs8| pkcs8.as_ref().to_vec())
    } else {
        RsaKeyPair::generate(KeySize::Rsa2048)
            .and_then(|pair| AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map(|der| der.as_ref().to_vec()))
    };
    document.map(Zeroizing::new).map_err(|_| JoseError::Crypto)
}

fn signer(material: &Material, algorithm: Algorithm) -> Result<Signer, JoseError> {
    let unusable = || JoseError::UnusableKey("its private and public parts do not belong together".to_owned());
    match material {
        Material::Oct(secret) => Ok(Signer::Hmac(Box::new(hmac::Key::new(hmac_hash(algorithm), secret)))),
        Material::Rsa(Rsa { private: Some(der), .. }) => {
            let pair = RsaKeyPair::from_der(der).map_err(|_| unusable())?;
            Ok(Signer::Rsa(pair, rsa_encoding(algorithm)))
        }
        Material::Ec(ec) => {
            let (Some(d), Some(curve)) = (&ec.d, ecdsa(algorithm)) else { return Err(unusable()) };
            let pair = EcdsaKeyPair::from_private_key_and_public_key(curve, d, &ec.point()).map_err(|_| unusable())?;
            Ok(Signer::Ecdsa(pair))
        }
        Material::Okp(Okp { curve: OkpCurve::Ed25519, x, d: Some(seed) }) => {
            Ed25519KeyPair::from_seed_and_public_key(seed, x).map(Signer::Ed25519).map_err(|_| unusable())
        }
        _ => Err(unusable()),
    }
}

fn ecdsa(algorithm: Algorithm) -> Option<&'static EcdsaSigningAlgorithm> {
    match algorithm {
        Algorithm::Es256 => Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::Es384 => Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::Es512 => Some(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        Algorithm::Es256K => Some(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING),
        _ => None,
    }
}

fn hmac_hash(algorithm: Algorithm) -> hmac::Algorithm {
    match algorithm {
        Algorithm::Hs384 => hmac::HMAC_SHA384,
        Algorithm::Hs512 => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    }
}

fn rsa_encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_SHA512,
        _ => &signature::RSA_PKCS1_SHA256,
    }
}
