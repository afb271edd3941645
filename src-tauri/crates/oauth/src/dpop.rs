//! Proof of possession of a key, DPoP (RFC 9449).
//! Belongs here: the key, the proofs, the servers' nonces. Not here: judging proofs (`jose`).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use aws_lc_rs::digest;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use exchange::{Exchange, Header, Request};
use jose::{Algorithm, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{Error, explain, random};

/// A key whose possession is proved with each request, and the nonces that servers asked for.
pub struct Dpop {
    signer: SigningKey,
    nonces: Mutex<HashMap<String, String>>,
}

impl std::fmt::Debug for Dpop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dpop({})", self.thumbprint())
    }
}

impl Dpop {
    /// A fresh ES256 key.
    ///
    /// # Errors
    /// [`Error::BadRequest`] if the key cannot be made.
    pub fn generate() -> Result<Self, Error> {
        let signer = SigningKey::generate(Algorithm::Es256).map_err(unfit)?;
        Ok(Self { signer, nonces: Mutex::default() })
    }

    /// RFC 7638 thumbprint: what `cnf.jkt` of bound tokens must equal.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.signer.verifying_key().thumbprint()
    }

    /// Sends `token` with a request under the scheme `DPoP` and a fresh proof (RFC 9449 7.1). A proof from before is replaced.
    ///
    /// # Errors
    /// [`Error::BadRequest`] if the proof cannot be signed.
    pub fn authorize(&self, request: &mut Request, token: &SecretString, now: SystemTime) -> Result<(), Error> {
        let proof = self.proof(request, Some(token), now)?;
        drop_header(request, "authorization");
        request
            .headers
            .push(Header::new("Authorization", SecretString::from(format!("DPoP {}", token.expose_secret()))));
        request.secrets.push(token.clone());
        set_proof(request, proof);
        Ok(())
    }

    /// Proves possession at an endpoint of the authorization server.
    pub(crate) fn prove(&self, request: &mut Request, now: SystemTime) -> Result<(), Error> {
        let proof = self.proof(request, None, now)?;
        set_proof(request, proof);
        Ok(())
    }

    /// Keeps the nonce of an answer. True if the answer refused the proof for lack of it, so that the request is to be repeated once
    /// (RFC 9449 8, 9).
    pub fn learn(&self, exchange: &Exchange) -> bool {
        let Some(nonce) = exchange.header("dpop-nonce").filter(|nonce| !nonce.is_empty()) else { return false };
        let origin = exchange.url().origin().ascii_serialization();
        let known = self.nonces().insert(origin, nonce.to_owned());
        let asked = explain::asks_for_nonce(exchange);
        asked && known.as_deref() != Some(nonce)
    }

    fn proof(&self, request: &Request, token: Option<&SecretString>, now: SystemTime) -> Result<SecretString, Error> {
        let mut target = request.url.clone();
        target.set_query(None);
        target.set_fragment(None);
        let mut claims = Map::from_iter([
            ("jti".to_owned(), Value::from(random::text::<16>()?)),
            ("htm".to_owned(), request.method.as_str().into()),
            ("htu".to_owned(), target.as_str().into()),
            ("iat".to_owned(), now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs().into()),
        ]);
        if let Some(token) = token {
            let hash = digest::digest(&digest::SHA256, token.expose_secret().as_bytes());
            claims.insert("ath".to_owned(), BASE64_URL_SAFE_NO_PAD.encode(hash).into());
        }
        if let Some(nonce) = self.nonces().get(&request.url.origin().ascii_serialization()) {
            claims.insert("nonce".to_owned(), nonce.as_str().into());
        }
        self.signer.sign(&self.header(), &claims).map(SecretString::from).map_err(unfit)
    }

    /// RFC 9449 4.2: typ, alg, and the bare public key.
    fn header(&self) -> Map<String, Value> {
        let mut jwk = self.signer.public_jwk().unwrap_or_default();
        if let Some(jwk) = jwk.as_object_mut() {
            jwk.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "x" | "y"));
        }
        Map::from_iter([
            ("typ".to_owned(), Value::from("dpop+jwt")),
            ("kid".to_owned(), Value::Null),
            ("jwk".to_owned(), jwk),
        ])
    }

    fn nonces(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set_proof(request: &mut Request, proof: SecretString) {
    drop_header(request, "dpop");
    request.headers.push(Header::new("DPoP", proof));
}

fn drop_header(request: &mut Request, name: &str) {
    request.headers.retain(|header| !header.name.eq_ignore_ascii_case(name));
}

fn unfit(error: jose::JoseError) -> Error {
    Error::BadRequest { what: format!("the DPoP key: {error}") }
}
