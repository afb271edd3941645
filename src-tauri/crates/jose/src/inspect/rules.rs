//! The rules of acceptance: would this API take this token now? One line per rule, each with its RFC section.
//! Not here: how signatures are checked ([`super::signature`]).

use super::claims::type_name;
use super::times::{self, NumericDate};
use crate::Expectations;
use crate::inspection::{Acceptable, AcceptableVerdict, Rule, RuleVerdict, Signature, SignatureVerdict};
use serde_json::{Map, Value};

/// What the rules look at.
pub(super) struct Facts<'a> {
    /// The header, of a nested token all, the outermost first.
    pub(super) headers: Vec<&'a Map<String, Value>>,
    /// `None` where the payload is no JSON object, or not known.
    pub(super) claims: Option<&'a Map<String, Value>>,
    pub(super) signature: &'a Signature,
    /// The first departure from strict reading.
    pub(super) departure: Option<String>,
    pub(super) serialization: Serialization,
    /// Whether there is any structure to judge.
    pub(super) is_opaque: bool,
}

/// How a token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Serialization {
    /// In one line of text, the only form that goes into an Authorization header.
    Compact,
    /// As parts with dots between, and with white space somewhere.
    Folded,
    /// As JSON.
    Json,
}

impl Serialization {
    /// That of a text that is meant to be compact.
    pub(super) fn of_compact(text: &str) -> Self {
        if text.contains(char::is_whitespace) { Self::Folded } else { Self::Compact }
    }
}

impl Facts<'_> {
    fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.and_then(|claims| claims.get(name))
    }

    /// `alg` of every signature; of what has none, a JWE (which has `enc`, RFC 7516 9), that of its key management.
    fn algorithms(&self) -> Vec<Option<&str>> {
        let is_signed = |header: &&&Map<String, Value>| !header.contains_key("enc");
        let signed: Vec<_> = self.headers.iter().filter(is_signed).collect();
        let counting = if signed.is_empty() { self.headers.iter().collect() } else { signed };
        counting.into_iter().map(|header| header.get("alg").and_then(Value::as_str)).collect()
    }
}

/// Judges every rule.
pub(super) fn judge(facts: &Facts<'_>, expectations: &Expectations) -> Acceptable {
    let mut rules =
        vec![well_formed(facts), compact(facts), signature(facts.signature), algorithm(facts, expectations)];
    rules.extend([typ(facts, expectations), expiry(facts, expectations), not_before(facts, expectations)]);
    rules.extend([age(facts, expectations), issuer(facts, expectations), audience(facts, expectations)]);
    rules.extend([client(facts, expectations), scope(facts, expectations), required(facts, expectations)]);
    rules.push(binding(facts, expectations));
    rules.push(rule(
        "revocation",
        RuleVerdict::NotChecked,
        "only the issuer knows; introspect the token",
        "RFC 7662 2.2",
    ));
    Acceptable { verdict: verdict(&rules, facts.signature), rules }
}

/// `no` if any rule fails; `yes` if the signature is valid and nothing fails; else `unknown`.
pub(super) fn verdict(rules: &[Rule], signature: &Signature) -> AcceptableVerdict {
    if rules.iter().any(|rule| rule.verdict == RuleVerdict::Fail) {
        AcceptableVerdict::No
    } else if signature.verdict == SignatureVerdict::Valid {
        AcceptableVerdict::Yes
    } else {
        AcceptableVerdict::Unknown
    }
}

pub(super) fn rule(name: &str, verdict: RuleVerdict, detail: impl Into<String>, reference: &str) -> Rule {
    Rule { rule: name.to_owned(), verdict, detail: detail.into(), reference: reference.to_owned() }
}

fn judged(name: &str, passes: bool, detail: impl Into<String>, reference: &str) -> Rule {
    rule(name, if passes { RuleVerdict::Pass } else { RuleVerdict::Fail }, detail, reference)
}

fn not_asked(name: &str, reference: &str) -> Rule {
    rule(name, RuleVerdict::NotChecked, "not asked for", reference)
}

fn well_formed(facts: &Facts<'_>) -> Rule {
    const REFERENCE: &str = "RFC 7515 5.2";
    if facts.is_opaque {
        return rule(
            "well_formed",
            RuleVerdict::NotChecked,
            "opaque: only its issuer can say more; introspect it",
            REFERENCE,
        );
    }
    match &facts.departure {
        Some(departure) => rule("well_formed", RuleVerdict::Fail, departure.clone(), REFERENCE),
        None => rule("well_formed", RuleVerdict::Pass, "every part reads strictly", REFERENCE),
    }
}

fn compact(facts: &Facts<'_>) -> Rule {
    const REFERENCE: &str = "RFC 7519 1, RFC 6750 2.1";
    let detail = match facts.serialization {
        Serialization::Compact => "one line of text without white space",
        Serialization::Folded => "white space stands in it: it does not fit an Authorization header",
        Serialization::Json => "a JSON serialization is no JWT and does not fit an Authorization header",
    };
    judged("compact", facts.serialization == Serialization::Compact, detail, REFERENCE)
}

fn signature(signature: &Signature) -> Rule {
    let verdict = match signature.verdict {
        SignatureVerdict::Valid => RuleVerdict::Pass,
        SignatureVerdict::Invalid => RuleVerdict::Fail,
        SignatureVerdict::NotChecked => RuleVerdict::NotChecked,
    };
    rule("signature", verdict, signature.reason.clone(), "RFC 7515 5.2")
}

fn algorithm(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 8725 3.1";
    if expectations.algorithms.is_empty() {
        return not_asked("algorithm", REFERENCE);
    }
    let found = facts.algorithms();
    let is_allowed =
        |found: &Option<&str>| expectations.algorithms.iter().any(|allowed| Some(allowed.as_str()) == *found);
    let passes = !found.is_empty() && found.iter().all(is_allowed);
    let words: Vec<&str> = found.iter().map(|found| found.unwrap_or("none at all")).collect();
    let shown = if words.is_empty() { "none at all".to_owned() } else { words.join(" and ") };
    let detail = format!("expected {}, found {shown}", expectations.algorithms.join(" or "));
    judged("algorithm", passes, detail, REFERENCE)
}

fn typ(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 8725 3.11, RFC 9068 4";
    let Some(wanted) = &expectations.typ else { return not_asked("typ", REFERENCE) };
    let found = facts.headers.last().and_then(|header| header.get("typ")).and_then(Value::as_str);
    let passes = found.is_some_and(|found| media_type(found) == media_type(wanted));
    judged("typ", passes, format!("expected {wanted}, found {}", found.unwrap_or("none")), REFERENCE)
}

/// Media types compare without case and without the prefix `application/` (RFC 7515 4.1.9).
pub(super) fn media_type(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    name.strip_prefix("application/").map_or(name.clone(), str::to_owned)
}

fn expiry(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 7519 4.1.4";
    match NumericDate::read(facts.claim("exp")) {
        NumericDate::Absent => rule("expiry", RuleVerdict::NotChecked, "the token has no `exp`", REFERENCE),
        NumericDate::NotANumber => wrong_type("expiry", facts.claim("exp"), REFERENCE),
        NumericDate::Seconds(exp) => {
            let passes = (expectations.at as f64) < exp + expectations.leeway as f64;
            judged("expiry", passes, time_detail("expires", "expired", passes, exp, expectations), REFERENCE)
        }
    }
}

fn not_before(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 7519 4.1.5";
    match NumericDate::read(facts.claim("nbf")) {
        NumericDate::Absent => rule("not_before", RuleVerdict::NotChecked, "the token has no `nbf`", REFERENCE),
        NumericDate::NotANumber => wrong_type("not_before", facts.claim("nbf"), REFERENCE),
        NumericDate::Seconds(nbf) => {
            let passes = expectations.at as f64 >= nbf - expectations.leeway as f64;
            judged(
                "not_before",
                passes,
                time_detail("good since", "good only from", passes, nbf, expectations),
                REFERENCE,
            )
        }
    }
}

fn wrong_type(name: &str, value: Option<&Value>, reference: &str) -> Rule {
    let found = value.map_or("nothing", type_name);
    rule(name, RuleVerdict::Fail, format!("must be a number of seconds, is {found}"), reference)
}

fn time_detail(good: &str, bad: &str, passes: bool, seconds: f64, expectations: &Expectations) -> String {
    let leeway = match expectations.leeway {
        0 => String::new(),
        leeway => format!(" (leeway {leeway} s)"),
    };
    format!("{} {}{leeway}", if passes { good } else { bad }, times::describe(seconds, expectations.at))
}

fn age(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 7519 4.1.6";
    let Some(most) = expectations.max_age else { return not_asked("age", REFERENCE) };
    match NumericDate::read(facts.claim("iat")) {
        NumericDate::Seconds(iat) => {
            let age = expectations.at as f64 - iat;
            let detail = format!("issued {}, at most {most} s are allowed", times::describe(iat, expectations.at));
            judged("age", age <= most.saturating_add(expectations.leeway) as f64, detail, REFERENCE)
        }
        NumericDate::Absent => {
            rule("age", RuleVerdict::Fail, "the token has no `iat`, so its age is unknown", REFERENCE)
        }
        NumericDate::NotANumber => wrong_type("age", facts.claim("iat"), REFERENCE),
    }
}

fn issuer(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 7519 4.1.1, RFC 8725 3.8";
    let Some(wanted) = &expectations.issuer else { return not_asked("issuer", REFERENCE) };
    let found = facts.claim("iss").and_then(Value::as_str);
    let hint = match found {
        Some(found) if found != wanted && found.trim_end_matches('/') == wanted.trim_end_matches('/') => {
            "; they differ in the last slash, which counts"
        }
        _ => "",
    };
    let detail = format!("expected {wanted}, found {}{hint}", found.unwrap_or("none"));
    judged("issuer", found == Some(wanted), detail, REFERENCE)
}

fn audience(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 7519 4.1.3, RFC 8725 3.9";
    let Some(wanted) = &expectations.audience else { return not_asked("audience", REFERENCE) };
    let found = texts(facts.claim("aud"));
    let shown = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
    judged("audience", found.contains(&wanted.as_str()), format!("expected {wanted}, found {shown}"), REFERENCE)
}

fn client(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 9068 2.2, OpenID Connect Core 2";
    let Some(wanted) = &expectations.client else { return not_asked("client", REFERENCE) };
    let found =
        ["client_id", "azp", "cid", "appid"].into_iter().find_map(|name| facts.claim(name).and_then(Value::as_str));
    judged("client", found == Some(wanted), format!("expected {wanted}, found {}", found.unwrap_or("none")), REFERENCE)
}

fn scope(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 6750 3.1, RFC 9068 2.2.3";
    if expectations.scopes.is_empty() {
        return not_asked("scope", REFERENCE);
    }
    let granted: Vec<&str> = ["scope", "scp"]
        .into_iter()
        .flat_map(|name| texts(facts.claim(name)))
        .flat_map(|text| text.split(' '))
        .collect();
    let missing: Vec<&str> =
        expectations.scopes.iter().map(String::as_str).filter(|scope| !granted.contains(scope)).collect();
    let detail = if missing.is_empty() {
        format!("has {}", expectations.scopes.join(" "))
    } else {
        format!(
            "lacks {}, has {}",
            missing.join(" "),
            if granted.is_empty() { "none".to_owned() } else { granted.join(" ") }
        )
    };
    judged("scope", missing.is_empty(), detail, REFERENCE)
}

fn required(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 7519 4, RFC 9068 2.2";
    if expectations.required_claims.is_empty() {
        return not_asked("required_claims", REFERENCE);
    }
    let missing: Vec<&str> = expectations
        .required_claims
        .iter()
        .map(String::as_str)
        .filter(|name| facts.claim(name).is_none_or(Value::is_null))
        .collect();
    let detail =
        if missing.is_empty() { "all are there".to_owned() } else { format!("missing: {}", missing.join(", ")) };
    judged("required_claims", missing.is_empty(), detail, REFERENCE)
}

fn binding(facts: &Facts<'_>, expectations: &Expectations) -> Rule {
    const REFERENCE: &str = "RFC 7800 3.1, RFC 9449 6.1, RFC 8705 3.1";
    let Some(wanted) = &expectations.thumbprint else { return not_asked("binding", REFERENCE) };
    let confirmation = facts.claim("cnf");
    let found = ["jkt", "x5t#S256"].into_iter().find_map(|name| confirmation?.get(name)?.as_str());
    judged("binding", found == Some(wanted), format!("expected {wanted}, found {}", found.unwrap_or("none")), REFERENCE)
}

/// A string, or the strings of an array.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
