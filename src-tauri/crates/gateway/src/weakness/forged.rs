//! Defects in verifying a signature: what a careless verifier takes for genuine. Belongs here: one function per defect.
//! Not here: the claims (`claims`).

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{
    Engine, alphabet,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use jose::{Algorithm, KeySet};
use serde_json::{Map, Value};

use super::{Weakness, Weaknesses, key_forms};
use crate::{
    client::{Connecting, Connector, Message, Origin, Trust},
    http1::Headers,
};

/// Ignores padding and spare bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A token taken apart, whatever it is.
pub(crate) struct Parts {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    signing_input: String,
    signature: Vec<u8>,
}

/// What a careless verifier has at hand.
pub(crate) struct Verifier<'a> {
    pub(crate) set: Weaknesses,
    /// The domain's public key.
    pub(crate) public: Option<&'a Value>,
    /// Keys of the other domains, and their algorithms.
    pub(crate) others: &'a [(KeySet, Algorithm)],
    /// The domain's keys that have left the JWKS.
    pub(crate) retired: &'a [(KeySet, Algorithm)],
    pub(crate) own: (&'a KeySet, Algorithm),
}

impl Parts {
    /// Takes a token apart as leniently as can be.
    pub(crate) fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
        let decode = |part: &str| LENIENT.decode(plain(part)).ok();
        Some(Self {
            header: serde_json::from_slice(&decode(header)?).ok()?,
            claims: serde_json::from_slice(&decode(payload)?).ok()?,
            signing_input: format!("{header}.{payload}"),
            signature: decode(signature).unwrap_or_default(),
        })
    }

    fn text(&self, name: &str) -> &str {
        self.header.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn hmac_fits(&self, secret: &[u8]) -> bool {
        let algorithm = match self.text("alg") {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => return false,
        };
        hmac::verify(&hmac::Key::new(algorithm, secret), self.signing_input.as_bytes(), &self.signature).is_ok()
    }

    fn key_fits(&self, token: &str, keys: &KeySet) -> bool {
        let asymmetric: Vec<_> = Algorithm::ALL.into_iter().filter(|alg| !alg.name().starts_with("HS")).collect();
        let _ = self;
        keys.verify_jws(token, &asymmetric).is_ok()
    }
}

/// Standard alphabet, padding and white space as base64url.
fn plain(part: &str) -> String {
    let kept = part.chars().filter(|c| !c.is_whitespace() && *c != '=');
    kept.map(|c| match c {
        '+' => '-',
        '/' => '_',
        c => c,
    })
    .collect()
}

impl Verifier<'_> {
    /// The defect under which the token counts as genuine.
    pub(crate) async fn accepts(&self, token: &str, parts: &Parts) -> Option<Weakness> {
        let rules: [(Weakness, bool); 13] = [
            (Weakness::DecodeOnly, true),
            (Weakness::AlgNone, parts.text("alg").trim().eq_ignore_ascii_case("none")),
            (Weakness::BlankSecret, parts.hmac_fits(b"")),
            (Weakness::WeakSecret, WEAK_SECRETS.iter().any(|secret| parts.hmac_fits(secret.as_bytes()))),
            (Weakness::HsWithPublicKey, self.public_key_as_secret(parts)),
            (Weakness::AlgFromHeader, self.algorithm_of_the_header(token, parts)),
            (
                Weakness::TrustJwk,
                parts.header.get("jwk").is_some_and(|jwk| fits_key(token, parts, jwk.to_string().as_bytes())),
            ),
            (Weakness::TrustX5c, certificate(parts).is_some_and(|der| fits_key(token, parts, &der))),
            (Weakness::KidFilePath, parts.text("kid").ends_with("/dev/null") && parts.hmac_fits(b"")),
            (Weakness::KidSql, selected(parts.text("kid")).is_some_and(|secret| parts.hmac_fits(secret.as_bytes()))),
            (Weakness::PsychicEcdsa, parts.text("alg").starts_with("ES") && is_psychic(&parts.signature)),
            (Weakness::LenientBase64, self.leniently(token)),
            (Weakness::AnyDomainKey, self.others.iter().any(|(keys, alg)| keys.verify_jws(token, &[*alg]).is_ok())),
        ];
        let found = rules.into_iter().find(|(weakness, fits)| *fits && self.set.has(*weakness));
        if let Some((weakness, _)) = found {
            return Some(weakness);
        }
        if self.set.has(Weakness::StaleJwks)
            && self.retired.iter().any(|(keys, alg)| keys.verify_jws(token, &[*alg]).is_ok())
        {
            return Some(Weakness::StaleJwks);
        }
        for (weakness, name) in [(Weakness::TrustJku, "jku"), (Weakness::TrustX5u, "x5u")] {
            if self.set.has(weakness) && fetched_key_fits(token, parts, parts.text(name)).await {
                return Some(weakness);
            }
        }
        None
    }

    /// RS256 to HS256: the public key is the secret.
    fn public_key_as_secret(&self, parts: &Parts) -> bool {
        self.public.is_some_and(|jwk| key_forms::of(jwk).iter().any(|secret| parts.hmac_fits(secret)))
    }

    /// The own key with whatever algorithm the token names.
    fn algorithm_of_the_header(&self, token: &str, parts: &Parts) -> bool {
        let Some(mut jwk) = self.public.cloned() else { return false };
        if let Some(members) = jwk.as_object_mut() {
            members.shift_remove("alg");
        }
        fits_key(token, parts, jwk.to_string().as_bytes()) || self.public_key_as_secret(parts)
    }

    /// The signature again, written strictly.
    fn leniently(&self, token: &str) -> bool {
        let compact: String = token.split('.').map(plain).collect::<Vec<_>>().join(".");
        let Some((input, signature)) = compact.rsplit_once('.') else { return false };
        let Ok(signature) = LENIENT.decode(signature) else { return false };
        let strict = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
        self.own.0.verify_jws(&strict, &[self.own.1]).is_ok()
    }
}

/// Secrets that every dictionary begins with.
const WEAK_SECRETS: [&str; 10] = [
    "secret",
    "password",
    "changeme",
    "123456",
    "jwt",
    "key",
    "test",
    "your-256-bit-secret",
    "mysecret",
    "s3cR3t4grAv1t3310AMS1g1ingDftK3y",
];

fn fits_key(token: &str, parts: &Parts, key: &[u8]) -> bool {
    if let Ok(Value::Object(jwk)) = serde_json::from_slice::<Value>(key)
        && jwk.get("kty").and_then(Value::as_str) == Some("oct")
    {
        let secret = jwk.get("k").and_then(Value::as_str).and_then(|k| LENIENT.decode(k).ok());
        return secret.is_some_and(|secret| parts.hmac_fits(&secret));
    }
    let Ok(key) = jose::parse_key(key) else { return false };
    // The kid of a key that came with the token does not matter.
    parts.key_fits(token, &KeySet::given(vec![key]))
}

fn certificate(parts: &Parts) -> Option<Vec<u8>> {
    STANDARD.decode(parts.header.get("x5c")?.get(0)?.as_str()?).ok()
}

/// `… UNION SELECT 'secret' …`
fn selected(kid: &str) -> Option<String> {
    let lower = kid.to_ascii_lowercase();
    let at = lower.find("select")?;
    let rest = kid.get(at..)?;
    let quote = rest.find(['\'', '"'])?;
    let delimiter = rest.get(quote..)?.chars().next()?;
    let secret = rest.get(quote + 1..)?;
    secret.find(delimiter).and_then(|end| secret.get(..end)).map(str::to_owned)
}

/// Both halves zero, raw or in DER (CVE-2022-21449).
fn is_psychic(signature: &[u8]) -> bool {
    const DER: [u8; 8] = [0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00];
    !signature.is_empty() && (signature == DER || signature.iter().all(|byte| *byte == 0))
}

/// Fetches the key from where the token says, on this machine only.
async fn fetched_key_fits(token: &str, parts: &Parts, url: &str) -> bool {
    let Some(body) = fetch(url).await else { return false };
    let keys: Vec<Value> = match serde_json::from_slice::<Value>(&body) {
        Ok(value) => value.get("keys").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![value]),
        Err(_) => return fits_key(token, parts, &body),
    };
    keys.iter().any(|key| fits_key(token, parts, key.to_string().as_bytes()))
}

async fn fetch(url: &str) -> Option<Bytes> {
    let url = url::Url::parse(url).ok()?;
    let origin =
        Origin::of(&url).filter(|origin| matches!(origin.host.as_str(), "127.0.0.1" | "localhost" | "[::1]"))?;
    let mut headers = Headers::default();
    headers.add("Host", origin.authority.clone());
    let limit = Duration::from_secs(2);
    let connecting = Connecting { timeout: limit, keep_alive: false, most: Connecting::USUAL };
    let connector = Connector::new(origin, &Trust::Anything, connecting).ok()?;
    let message = Message { method: "GET", target: url.path(), headers, body: Bytes::new(), limit };
    connector.fetch(&message).await.ok().filter(|(status, _)| *status == 200).map(|(_, body)| body)
}
