//! Faults of access tokens and of the members around them. Belongs here: what each does to claims, signature and answer.

use std::sync::Arc;

use base64::{
    Engine,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};
use jose::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};

use super::{Fault, Faults};
use crate::{am::DomainKey, der, weakness::key_forms};

/// Sets these members, or takes them away.
type Changes<'a> = &'a [(Fault, &'static str, Option<Value>)];

/// Who may sign.
pub(crate) struct Signers {
    pub(crate) own: Arc<DomainKey>,
    /// A key of the same kind that is not published.
    pub(crate) stranger: Option<Arc<DomainKey>>,
}

impl Faults {
    /// Whether a key is needed that is not the domain's.
    pub(crate) fn needs_stranger(self) -> bool {
        self.has(Fault::ForeignKey) || self.has(Fault::UnpublishedKey)
    }

    fn change(self, members: &mut Map<String, Value>, changes: Changes<'_>) {
        for (_, name, value) in changes.iter().filter(|(fault, ..)| self.has(*fault)) {
            match value {
                Some(value) => drop(members.insert((*name).to_owned(), value.clone())),
                None => drop(members.shift_remove(*name)),
            }
        }
    }

    /// Changes the claims before they are signed.
    pub(crate) fn spoil_claims(self, claims: &mut Map<String, Value>) {
        let number =
            |claims: &Map<String, Value>, name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
        let (iat, exp) = (number(claims, "iat"), number(claims, "exp"));
        let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default().to_owned();
        let audience = claims.get("aud").cloned().unwrap_or_default();
        self.change(
            claims,
            &[
                (Fault::Expired, "exp", Some((iat - 60).into())),
                (Fault::NbfFuture, "nbf", Some((iat + 3600).into())),
                (Fault::IatFuture, "iat", Some((iat + 3600).into())),
                (Fault::WrongIss, "iss", Some("https://issuer.invalid/oidc".into())),
                (Fault::IssTrailingSlash, "iss", Some(format!("{issuer}/").into())),
                (Fault::WrongAud, "aud", Some("another-audience".into())),
                (Fault::MissingAud, "aud", None),
                (Fault::AudArray, "aud", Some(json!([audience, "another-audience"]))),
                (Fault::AudEmpty, "aud", Some(json!([]))),
                (Fault::MissingExp, "exp", None),
                (Fault::ExpString, "exp", Some(exp.to_string().into())),
                (Fault::ExpMilliseconds, "exp", Some((exp * 1000).into())),
                (Fault::Huge, "padding", Some("x".repeat(16 * 1024).into())),
            ],
        );
    }

    /// Signs the claims, wrongly if that is the fault.
    pub(crate) fn sign(
        self,
        signers: &Signers,
        mut header: Map<String, Value>,
        claims: &Map<String, Value>,
    ) -> Option<String> {
        let own = &signers.own.signing;
        let kid = own.kid().unwrap_or_default();
        let other = self.other_key(signers, kid);
        let key = other.as_ref().or(signers.stranger.as_ref().map(|key| &key.signing)).unwrap_or(own);
        if self.has(Fault::ForeignKey) {
            header.insert("kid".into(), kid.into());
        }
        for (fault, name, value) in [
            (Fault::WrongTyp, "typ", json!("dpop+jwt")),
            (Fault::UnknownKid, "kid", json!("no-such-key")),
            (Fault::MissingKid, "kid", Value::Null),
        ] {
            if self.has(fault) {
                header.insert(name.to_owned(), value);
            }
        }
        let mut token = key.sign(&header, claims).ok()?;
        if self.has(Fault::DuplicateClaims) {
            token = twice(key, &token, "sub", "another-subject")?;
        }
        if self.has(Fault::Nested) {
            let header = json!({"kid": key.kid(), "typ": "JWT", "alg": key.algorithm().name(), "cty": "JWT"});
            token = key.sign_parts(header.as_object()?, token.as_bytes()).ok()?;
        }
        self.spoil_token(token)
    }

    /// A key that is made for the fault; its strangers' keys are kept, for making one may take long.
    fn other_key(self, signers: &Signers, kid: &str) -> Option<SigningKey> {
        let key = if self.has(Fault::HsPublicKey) {
            let public = signers.own.public.as_ref().and_then(key_forms::pem);
            // A domain that signs with HS256 has no public key; one byte is as bad a secret.
            SigningKey::hmac(Algorithm::Hs256, public.as_deref().unwrap_or(" ").as_bytes()).ok()?
        } else if self.has(Fault::WeakSecret) {
            SigningKey::hmac(Algorithm::Hs256, b"secret").ok()?
        } else if self.has(Fault::DerSignature) && signers.own.algorithm != Algorithm::Es256 {
            SigningKey::generate(Algorithm::Es256).ok()?
        } else {
            return None;
        };
        Some(key.with_kid(kid))
    }

    fn spoil_token(self, token: String) -> Option<String> {
        let (input, signature) = token.rsplit_once('.')?;
        if self.has(Fault::AlgNone) {
            let payload = input.split_once('.')?.1;
            return Some(format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#)));
        }
        if self.has(Fault::TamperedSignature) {
            let mut bytes = URL_SAFE_NO_PAD.decode(signature).ok()?;
            bytes.iter_mut().take(1).for_each(|byte| *byte ^= 1);
            return Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(bytes)));
        }
        if self.has(Fault::DerSignature) {
            let raw = URL_SAFE_NO_PAD.decode(signature).ok()?;
            let (r, s) = raw.split_at_checked(raw.len() / 2)?;
            let der = der::tagged(0x30, &[der::integer(r), der::integer(s)].concat());
            return Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(der)));
        }
        if self.has(Fault::Truncated) {
            return token.get(..token.len() - 10).map(str::to_owned);
        }
        if self.has(Fault::PaddedBase64) {
            return Some(format!("{input}.{}", URL_SAFE.encode(URL_SAFE_NO_PAD.decode(signature).ok()?)));
        }
        Some(token)
    }

    /// Changes the members of the token endpoint's answer.
    pub(crate) fn spoil_members(self, body: &mut Map<String, Value>) {
        self.change(
            body,
            &[
                (Fault::MissingAccessToken, "access_token", None),
                (Fault::MissingTokenType, "token_type", None),
                (Fault::UnsupportedTokenType, "token_type", Some("mac".into())),
                (Fault::MissingExpiresIn, "expires_in", None),
                (Fault::ExpiresInString, "expires_in", Some("7199".into())),
                (Fault::ExpiresInFraction, "expires_in", Some(7199.5.into())),
                (Fault::ExpiresInNegative, "expires_in", Some((-1).into())),
                (Fault::ExpiresInTiny, "expires_in", Some(1.into())),
                (Fault::ExpiresInHuge, "expires_in", Some(u64::MAX.into())),
                (Fault::MissingScope, "scope", None),
            ],
        );
    }

    /// Changes the written members.
    pub(crate) fn spoil_text(self, body: Vec<u8>) -> Vec<u8> {
        if !self.has(Fault::DuplicateMembers) {
            return body;
        }
        let rest = body.strip_prefix(b"{").unwrap_or(&body);
        [b"{\n  \"access_token\" : \"another-token\",".as_slice(), rest].concat()
    }
}

/// The same token with a claim in front that stands there already.
fn twice(key: &SigningKey, token: &str, name: &str, value: &str) -> Option<String> {
    let mut parts = token.split('.');
    let header: Map<String, Value> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok()?;
    let payload = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
    let first = format!("{{{}:{},", Value::from(name), Value::from(value));
    key.sign_parts(&header, &[first.as_bytes(), payload.get(1..)?].concat()).ok()
}
