//! The key binding JWT at the end of an SD-JWT (RFC 9901 4.3, 7.3): who presents it, to whom, when.
//! Not here: disclosures and the issuer's signature ([`super::sd_jwt`]).

use super::rules::rule;
use super::times::{NumericDate, describe};
use super::{duration, looks_structured};
use crate::algorithm::Algorithm;
use crate::inspection::{Finding, Rule, RuleVerdict, Severity, Signature, SignatureVerdict};
use crate::{Expectations, KeySet, base64url, json, key};
use aws_lc_rs::digest;
use serde_json::{Map, Value};

/// Clocks of holders, in seconds: what they may be ahead of the verifier's without a word.
const MINUTE: i64 = 60;

/// How old a presentation may be, in seconds, beside the leeway: RFC 9901 7.3 leaves the window to the verifier.
const WINDOW: i64 = 10 * MINUTE;

const REFERENCE: &str = "RFC 9901 7.3";

type Members = Map<String, Value>;

/// The key binding JWT (RFC 9901 7.3): by the holder's key, over this very presentation.
pub(super) struct Binding<'a> {
    pub(super) token: &'a str,
    /// Everything before it, the last `~` included.
    pub(super) hashed: &'a str,
    pub(super) hash: Option<&'static digest::Algorithm>,
    /// The holder's key, as the issuer named it.
    pub(super) holder: Option<&'a Value>,
}

impl Binding<'_> {
    /// Whether there is one, by its looks.
    pub(super) fn is_jwt(&self) -> bool {
        self.token.matches('.').count() == 2 && looks_structured(self.token)
    }

    /// What is wrong with its claims (RFC 9901 4.3, 7.3), whoever signed it.
    pub(super) fn findings(&self, expectations: &Expectations) -> Vec<Finding> {
        let payload = self.token.split('.').nth(1).map(|text| json::read(&base64url::read(text).bytes));
        let Some(Value::Object(claims)) = payload.and_then(|reading| reading.value).filter(|_| self.is_jwt()) else {
            return Vec::new();
        };
        let wrong = type_defects(&claims)
            .map(|(name, defect)| format!("`{name}` of the key binding JWT {defect}: verifiers must refuse it."));
        let early = ahead(&claims, expectations).map(|words| {
            format!("`iat` of the key binding JWT lies {words} in the future: verifiers take it within a window only.")
        });
        let finding = |message| Finding {
            id: "key-binding-claim".to_owned(),
            severity: Severity::Medium,
            message,
            reference: "RFC 9901 4.3, RFC 9901 7.3".to_owned(),
        };
        wrong.chain(early).map(finding).collect()
    }

    /// The verdict on it, and what was not compared.
    pub(super) fn rules(&self, signature: &Signature, expectations: &Expectations) -> Vec<Rule> {
        let line = |name, verdict, detail: String| rule(name, verdict, detail, REFERENCE);
        if self.token.is_empty() {
            return vec![line("key_binding", RuleVerdict::NotChecked, "there is no key binding JWT".to_owned())];
        }
        let payload = match self.verify(expectations) {
            Err(reason) => return vec![line("key_binding", RuleVerdict::Fail, reason)],
            Ok(payload) => payload,
        };
        let (verdict, start) = match signature.verdict {
            SignatureVerdict::Valid => (RuleVerdict::Pass, "by the holder's key"),
            _ => (
                RuleVerdict::NotChecked,
                "it matches the holder's key, which counts once the issuer's signature is valid",
            ),
        };
        let detail = format!("{start}; issued {}", moment(&payload, expectations));
        [line("key_binding", verdict, detail)].into_iter().chain(not_compared(&payload)).collect()
    }

    fn verify(&self, expectations: &Expectations) -> Result<Members, String> {
        if !self.is_jwt() {
            return Err("the last part is no key binding JWT: it is broken, or the final `~` is missing (RFC 9901 4)"
                .to_owned());
        }
        let hash = self.hash.ok_or("the hash is not known")?;
        let holder = self.holder.and_then(Value::as_object).ok_or("the issuer named no holder's key (`cnf.jwk`)")?;
        let keys = KeySet::given(vec![key::parse_jwk(holder)?]);
        let asymmetric: Vec<Algorithm> =
            Algorithm::ALL.into_iter().filter(|algorithm| algorithm.hmac_key_bytes().is_none()).collect();
        let verified = keys.verify_jws(self.token, &asymmetric).map_err(|error| error.to_string())?;
        if verified.header.get("typ").and_then(Value::as_str) != Some("kb+jwt") {
            return Err("its `typ` is not `kb+jwt`".to_owned());
        }
        let payload = json::strict_object(&verified.payload)?;
        let expected = base64url::encode(digest::digest(hash, self.hashed.as_bytes()));
        if payload.get("sd_hash").and_then(Value::as_str) != Some(expected.as_str()) {
            return Err("its `sd_hash` is not of this presentation".to_owned());
        }
        match claim_defect(&payload, expectations) {
            Some(defect) => Err(defect),
            None => Ok(payload),
        }
    }
}

/// What only the verifier can compare.
fn not_compared(payload: &Members) -> impl Iterator<Item = Rule> {
    const OPEN: [(&str, &str, &str); 2] = [
        ("key_binding_aud", "aud", "the verifier that it was made for"),
        ("key_binding_nonce", "nonce", "the nonce that the verifier gave out"),
    ];
    OPEN.into_iter().map(|(name, claim, needed)| {
        let found = payload.get(claim).map(json::brief).unwrap_or_default();
        let detail = format!("it says {found}, which was not compared with {needed}");
        rule(name, RuleVerdict::NotChecked, detail, REFERENCE)
    })
}

/// Why the claims are none to be taken at the moment of judging.
fn claim_defect(payload: &Members, expectations: &Expectations) -> Option<String> {
    let missing = ["iat", "aud", "nonce"].into_iter().find(|name| !payload.contains_key(*name));
    let missing = missing.map(|name| format!("it has no `{name}`"));
    let wrong = || type_defects(payload).next().map(|(name, defect)| format!("its `{name}` {defect}"));
    missing.or_else(wrong).or_else(|| time_defect(payload, expectations))
}

/// The claims that are there and not as RFC 9901 4.3 defines them.
fn type_defects(claims: &Members) -> impl Iterator<Item = (&'static str, String)> {
    const TEXTS: [&str; 2] = ["aud", "nonce"];
    let iat = claims.get("iat").filter(|value| !value.is_number()).map(|value| ("iat", "a number of seconds", value));
    let texts = TEXTS.into_iter().filter_map(|name| Some((name, "a string", claims.get(name)?)));
    let texts = texts.filter(|(.., value)| value.as_str().is_none_or(str::is_empty));
    iat.into_iter().chain(texts).map(|(name, wanted, value)| {
        let found = if value == "" { "empty" } else { json::type_name(value) };
        (name, format!("should be {wanted}, is {found}"))
    })
}

/// How far `iat` lies in the future, where that is further than clocks differ.
fn ahead(claims: &Members, expectations: &Expectations) -> Option<String> {
    let ahead = NumericDate::read(claims.get("iat")).seconds()?.saturating_sub(expectations.at);
    (ahead > expectations.leeway.max(MINUTE)).then(|| duration(ahead.unsigned_abs()))
}

/// Why the moment of judging is no moment for this presentation: not yet, too late, or made too long ago (RFC 9901 7.3).
fn time_defect(claims: &Members, expectations: &Expectations) -> Option<String> {
    let (at, leeway) = (expectations.at as f64, expectations.leeway.max(0) as f64);
    let date = |name: &str| NumericDate::read(claims.get(name));
    let told = |seconds| describe(seconds, expectations.at);
    if let Some(name) = ["exp", "nbf"].into_iter().find(|name| date(name) == NumericDate::NotANumber) {
        return Some(format!("its `{name}` is no number of seconds"));
    }
    if let Some(words) = ahead(claims, expectations) {
        return Some(format!("its `iat` lies {words} in the future"));
    }
    match (date("exp"), date("nbf"), date("iat")) {
        (NumericDate::Seconds(exp), ..) if at >= exp + leeway => Some(format!("it expired {}", told(exp))),
        (_, NumericDate::Seconds(nbf), _) if at < nbf - leeway => Some(format!("it is good only from {}", told(nbf))),
        (.., NumericDate::Seconds(iat)) if at - iat > WINDOW as f64 + leeway => {
            let window = duration(WINDOW.unsigned_abs());
            Some(format!("it was issued {}; {window} are taken, judge it at that time instead", told(iat)))
        }
        _ => None,
    }
}

fn moment(claims: &Members, expectations: &Expectations) -> String {
    match NumericDate::read(claims.get("iat")) {
        NumericDate::Seconds(iat) => describe(iat, expectations.at),
        _ => String::new(),
    }
}
