//! Faults on demand: a token endpoint that goes wrong in a chosen way, for trying clients and verifiers on.
//! Belongs here: their names, and what each does to a token or an answer. Not here: anything that runs without one.

use std::time::Duration;

use base64::{
    Engine,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};
use jose::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};

use super::keys::DomainKey;
use crate::http1::{Answer, AnswerBody};

macro_rules! faults {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// Something that goes wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault { $($variant),+ }

        impl Fault {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$variant)),+];
        }
    };
}

faults! {
    Expired = "expired", NbfFuture = "nbf-future", IatFuture = "iat-future", WrongIss = "wrong-iss",
    IssTrailingSlash = "iss-trailing-slash", WrongAud = "wrong-aud", MissingAud = "missing-aud", AudArray = "aud-array",
    AudEmpty = "aud-empty", MissingExp = "missing-exp", ExpString = "exp-string", ExpMilliseconds = "exp-milliseconds",
    Huge = "huge", WrongTyp = "wrong-typ", UnknownKid = "unknown-kid", MissingKid = "missing-kid", AlgNone = "alg-none",
    ForeignKey = "foreign-key", TamperedSignature = "tampered-signature", Truncated = "truncated",
    PaddedBase64 = "padded-base64", InvalidJson = "invalid-json", WrongContentType = "wrong-content-type",
    MissingAccessToken = "missing-access-token", MissingTokenType = "missing-token-type",
    UnsupportedTokenType = "unsupported-token-type", MissingExpiresIn = "missing-expires-in",
    ExpiresInString = "expires-in-string", ExpiresInNegative = "expires-in-negative", ExpiresInHuge = "expires-in-huge",
    ErrorWith200 = "error-with-200", HtmlError = "html-error", Redirect = "redirect", TooManyRequests = "too-many-requests",
    Unavailable = "unavailable", Slow = "slow", ByteOrderMark = "byte-order-mark",
}

/// The faults of one client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults(u64);

impl Faults {
    /// By their names; the error lists what there is.
    pub(crate) fn named(names: &[String]) -> Result<Self, String> {
        names.iter().try_fold(Self::default(), |set, name| match Fault::ALL.iter().find(|(known, _)| known == name) {
            Some((_, fault)) => Ok(Self(set.0 | 1 << *fault as u64)),
            None => {
                let all: Vec<_> = Fault::ALL.iter().map(|(name, _)| *name).collect();
                Err(format!("`{name}` is none of {}", all.join(", ")))
            }
        })
    }

    fn has(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u64) != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Changes the claims before they are signed.
    pub(super) fn spoil_claims(self, claims: &mut Map<String, Value>) {
        let number =
            |claims: &Map<String, Value>, name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
        let (iat, exp) = (number(claims, "iat"), number(claims, "exp"));
        let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default().to_owned();
        let audience = claims.get("aud").cloned().unwrap_or_default();
        let changes: [(Fault, &str, Option<Value>); 13] = [
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
        ];
        for (_, name, value) in changes.into_iter().filter(|(fault, ..)| self.has(*fault)) {
            match value {
                Some(value) => drop(claims.insert(name.to_owned(), value)),
                None => drop(claims.shift_remove(name)),
            }
        }
    }

    /// Signs the claims, wrongly if that is the fault.
    pub(super) fn sign(
        self,
        key: &DomainKey,
        mut header: Map<String, Value>,
        claims: &Map<String, Value>,
    ) -> Option<String> {
        for (fault, name, value) in [
            (Fault::WrongTyp, "typ", json!("dpop+jwt")),
            (Fault::UnknownKid, "kid", json!("no-such-key")),
            (Fault::MissingKid, "kid", Value::Null),
        ] {
            if self.has(fault) {
                header.insert(name.to_owned(), value);
            }
        }
        let token = if self.has(Fault::ForeignKey) {
            let kid = key.signing.kid().unwrap_or_default();
            SigningKey::generate(Algorithm::Es256).ok()?.with_kid(kid).sign(&header, claims).ok()?
        } else {
            key.signing.sign(&header, claims).ok()?
        };
        self.spoil_token(token)
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
        if self.has(Fault::Truncated) {
            return token.get(..token.len() - 10).map(str::to_owned);
        }
        if self.has(Fault::PaddedBase64) {
            return Some(format!("{input}.{}", URL_SAFE.encode(URL_SAFE_NO_PAD.decode(signature).ok()?)));
        }
        Some(token)
    }

    /// Changes the members of the answer.
    pub(super) fn spoil_members(self, body: &mut Map<String, Value>) {
        let changes: [(Fault, &str, Option<Value>); 7] = [
            (Fault::MissingAccessToken, "access_token", None),
            (Fault::MissingTokenType, "token_type", None),
            (Fault::UnsupportedTokenType, "token_type", Some("mac".into())),
            (Fault::MissingExpiresIn, "expires_in", None),
            (Fault::ExpiresInString, "expires_in", Some("7199".into())),
            (Fault::ExpiresInNegative, "expires_in", Some((-1).into())),
            (Fault::ExpiresInHuge, "expires_in", Some(u64::MAX.into())),
        ];
        for (_, name, value) in changes.into_iter().filter(|(fault, ..)| self.has(*fault)) {
            match value {
                Some(value) => drop(body.insert(name.to_owned(), value)),
                None => drop(body.shift_remove(name)),
            }
        }
    }

    /// Changes the answer as a whole.
    pub(super) async fn spoil_answer(self, mut answer: Answer) -> Answer {
        const HTML: &str = "text/html; charset=utf-8";
        if self.has(Fault::Slow) {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        if self.has(Fault::ErrorWith200) {
            return Answer::with(200, "application/json", r#"{"error":"server_error"}"#);
        }
        if self.has(Fault::HtmlError) {
            return Answer::with(500, HTML, "<html><body><h1>Internal Server Error</h1></body></html>");
        }
        if self.has(Fault::Redirect) {
            return Answer::empty(302).header("Location", "/login");
        }
        if self.has(Fault::TooManyRequests) {
            return Answer::empty(429).header("Retry-After", "2");
        }
        if self.has(Fault::Unavailable) {
            return Answer::empty(503).header("Retry-After", "2");
        }
        if self.has(Fault::WrongContentType) {
            answer.headers.set("Content-Type", HTML);
        }
        if let AnswerBody::Full(body) = &mut answer.body {
            if self.has(Fault::InvalidJson) {
                body.truncate(body.len().saturating_sub(2));
            }
            if self.has(Fault::ByteOrderMark) {
                *body = ["\u{feff}".as_bytes(), body].concat().into();
            }
        }
        answer
    }
}
