//! SD-JWT (RFC 9901): disclosures put in their places, digests matched, key binding checked.
//! Not here: the issuer's signature, which is that of a compact JWS.

use super::rules::rule;
use super::{Context, claims, facts, jws, life, rules};
use crate::algorithm::Algorithm;
use crate::inspection::{
    Disclosure, Form, Inspection, Rule, RuleVerdict, SelectiveDisclosure, Signature, SignatureVerdict,
};
use crate::{KeySet, base64url, json, key};
use aws_lc_rs::digest;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// Disclosures may hold digests of further disclosures, so depth is not bounded by the payload.
const DEEPEST: usize = 64;

/// Inspects `<issuer-signed JWT>~<disclosure>~…~[<key binding JWT>]`.
pub(super) fn inspect(input: &str, context: &Context<'_>) -> Inspection {
    let (presented, binding) = input.rsplit_once('~').unwrap_or((input, ""));
    let (issued, disclosures) = presented.split_once('~').unwrap_or((presented, ""));
    let disclosures: Vec<&str> = if disclosures.is_empty() { Vec::new() } else { disclosures.split('~').collect() };
    let mut inspection = jws::inspect(issued, context);
    if inspection.form == Form::Broken {
        return inspection;
    }
    inspection.form = Form::SdJwt;
    let hash = hash(&inspection.payload);
    let bound_to = inspection.payload.pointer("/cnf/jwk").cloned();
    let mut reveal = Reveal::new(&disclosures, hash);
    let mut payload = std::mem::take(&mut inspection.payload);
    reveal.object_or_array(&mut payload, 0);
    if let Some(members) = payload.as_object_mut() {
        members.shift_remove("_sd_alg");
        inspection.claims = claims::explain(members, context.expectations.at);
    }
    inspection.life = life(&payload);
    inspection.payload = payload;
    let selective = reveal.finish(!binding.is_empty());

    let mut extra = vec![disclosure_rule(&selective, &reveal.errors)];
    let hashed = input.get(..input.len() - binding.len()).unwrap_or_default();
    extra.push(binding_rule(binding, hashed, hash, bound_to.as_ref(), &inspection.signature));
    let mut acceptable = rules::judge(&facts(&inspection, true), context.expectations);
    acceptable.rules.extend(extra);
    acceptable.verdict = rules::verdict(&acceptable.rules, &inspection.signature);
    inspection.acceptable = acceptable;
    inspection.selective_disclosure = Some(selective);
    inspection
}

/// The hash named by `_sd_alg` (RFC 9901 4.1.1); `None` if it is not known.
fn hash(payload: &Value) -> Option<&'static digest::Algorithm> {
    match payload.get("_sd_alg").map(Value::as_str) {
        None | Some(Some("sha-256")) => Some(&digest::SHA256),
        Some(Some("sha-384")) => Some(&digest::SHA384),
        Some(Some("sha-512")) => Some(&digest::SHA512),
        Some(_) => None,
    }
}

/// Puts disclosures into a payload.
struct Reveal {
    disclosures: Vec<Disclosure>,
    places: HashMap<String, usize>,
    seen: HashSet<String>,
    undisclosed: usize,
    errors: Vec<String>,
}

impl Reveal {
    fn new(texts: &[&str], hash: Option<&'static digest::Algorithm>) -> Self {
        let mut reveal = Self {
            disclosures: Vec::new(),
            places: HashMap::new(),
            seen: HashSet::new(),
            undisclosed: 0,
            errors: Vec::new(),
        };
        let Some(hash) = hash else {
            reveal.errors.push("`_sd_alg` names a hash that is not known".to_owned());
            return reveal;
        };
        for (place, text) in texts.iter().enumerate() {
            match disclosure(text, hash) {
                Ok(disclosure) => reveal.add(disclosure),
                Err(reason) => reveal.errors.push(format!("disclosure {} {reason}", place + 1)),
            }
        }
        reveal
    }

    fn add(&mut self, disclosure: Disclosure) {
        if self.places.insert(disclosure.digest.clone(), self.disclosures.len()).is_some() {
            self.errors.push("the same disclosure stands twice".to_owned());
        }
        self.disclosures.push(disclosure);
    }

    /// Takes the disclosure behind a digest, if it is there and of the right kind.
    fn take(&mut self, digest: &str, is_element: bool) -> Option<(Option<String>, Value)> {
        if !self.seen.insert(digest.to_owned()) {
            self.errors.push("the payload holds the same digest twice".to_owned());
            return None;
        }
        let Some(disclosure) = self.places.get(digest).and_then(|place| self.disclosures.get_mut(*place)) else {
            self.undisclosed += 1;
            return None;
        };
        disclosure.is_matched = true;
        if disclosure.name.is_none() != is_element {
            self.errors.push("a disclosure of a claim stands for an array element, or the other way round".to_owned());
            return None;
        }
        Some((disclosure.name.clone(), disclosure.value.clone()))
    }

    fn object_or_array(&mut self, value: &mut Value, depth: usize) {
        if depth > DEEPEST {
            return self.errors.push(format!("disclosures are nested deeper than {DEEPEST} levels"));
        }
        match value {
            Value::Object(members) => self.object(members, depth),
            Value::Array(elements) => self.array(elements, depth),
            _ => {}
        }
    }

    fn object(&mut self, members: &mut Map<String, Value>, depth: usize) {
        let digests = members.shift_remove("_sd");
        for value in members.values_mut() {
            self.object_or_array(value, depth + 1);
        }
        for digest in digests.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str) {
            let Some((Some(name), mut value)) = self.take(digest, false) else { continue };
            self.object_or_array(&mut value, depth + 1);
            if name == "_sd" || name == "..." || members.contains_key(&name) {
                self.errors.push(format!("a disclosure must not bring the claim `{name}` here"));
            } else {
                members.insert(name, value);
            }
        }
    }

    fn array(&mut self, elements: &mut Vec<Value>, depth: usize) {
        let old = std::mem::take(elements);
        for mut element in old {
            let digest =
                element.as_object().filter(|members| members.len() == 1).and_then(|members| members.get("..."));
            if let Some(digest) = digest.and_then(Value::as_str).map(str::to_owned) {
                let Some((None, value)) = self.take(&digest, true) else { continue };
                element = value;
            }
            self.object_or_array(&mut element, depth + 1);
            elements.push(element);
        }
    }

    fn finish(&mut self, key_binding: bool) -> SelectiveDisclosure {
        if self.disclosures.iter().any(|disclosure| !disclosure.is_matched) {
            self.errors.push("a disclosure has no digest in the payload".to_owned());
        }
        SelectiveDisclosure {
            disclosures: std::mem::take(&mut self.disclosures),
            undisclosed: self.undisclosed,
            key_binding,
        }
    }
}

/// Reads one disclosure (RFC 9901 4.2): salt, name unless it is an array element, value.
fn disclosure(text: &str, hash: &'static digest::Algorithm) -> Result<Disclosure, &'static str> {
    let bytes = base64url::decode(text).ok_or("is not base64url")?;
    let Some(Value::Array(mut parts)) = json::read(&bytes).value else { return Err("is no JSON array") };
    let value = parts.pop().ok_or("is empty")?;
    let name = match parts.as_slice() {
        [Value::String(_salt)] => None,
        [Value::String(_salt), Value::String(name)] => Some(name.clone()),
        _ => return Err("is not `[salt, name, value]` or `[salt, value]`"),
    };
    let digest = base64url::encode(digest::digest(hash, text.as_bytes()));
    Ok(Disclosure { name, value, digest, is_matched: false })
}

fn disclosure_rule(selective: &SelectiveDisclosure, errors: &[String]) -> Rule {
    const REFERENCE: &str = "RFC 9901 7.1";
    match errors.first() {
        Some(error) => rule("disclosures", RuleVerdict::Fail, error.clone(), REFERENCE),
        None => {
            let detail = format!(
                "{} disclosed, each with its digest; {} digests without a disclosure",
                selective.disclosures.len(),
                selective.undisclosed
            );
            rule("disclosures", RuleVerdict::Pass, detail, REFERENCE)
        }
    }
}

/// The key binding JWT (RFC 9901 7.3): by the holder's key, over this very presentation.
fn binding_rule(
    binding: &str,
    hashed: &str,
    hash: Option<&'static digest::Algorithm>,
    bound_to: Option<&Value>,
    signature: &Signature,
) -> Rule {
    const REFERENCE: &str = "RFC 9901 7.3";
    let fail = |reason: &str| rule("key_binding", RuleVerdict::Fail, reason, REFERENCE);
    if binding.is_empty() {
        return rule("key_binding", RuleVerdict::NotChecked, "there is no key binding JWT", REFERENCE);
    }
    let Some(hash) = hash else { return fail("the hash is not known") };
    let Some(Ok(holder)) = bound_to.and_then(Value::as_object).map(key::parse_jwk) else {
        return fail("the issuer named no holder's key (`cnf.jwk`)");
    };
    let asymmetric: Vec<Algorithm> =
        Algorithm::ALL.into_iter().filter(|algorithm| algorithm.hmac_key_bytes().is_none()).collect();
    let verified = match KeySet::given(vec![holder]).verify_jws(binding, &asymmetric) {
        Ok(verified) => verified,
        Err(error) => return fail(&error.to_string()),
    };
    if verified.header.get("typ").and_then(Value::as_str) != Some("kb+jwt") {
        return fail("its `typ` is not `kb+jwt`");
    }
    let Ok(payload) = json::strict_object(&verified.payload) else { return fail("its payload is no JSON object") };
    let expected = base64url::encode(digest::digest(hash, hashed.as_bytes()));
    if payload.get("sd_hash").and_then(Value::as_str) != Some(expected.as_str()) {
        return fail("its `sd_hash` is not of this presentation");
    }
    if let Some(missing) = ["iat", "aud", "nonce"].into_iter().find(|name| !payload.contains_key(*name)) {
        return fail(&format!("it has no `{missing}`"));
    }
    if signature.verdict != SignatureVerdict::Valid {
        let detail = "it matches the holder's key, which counts once the issuer's signature is valid";
        return rule("key_binding", RuleVerdict::NotChecked, detail, REFERENCE);
    }
    let part = |name: &str| payload.get(name).map(json::brief).unwrap_or_default();
    let detail = format!("by the holder's key, for {} with nonce {}", part("aud"), part("nonce"));
    rule("key_binding", RuleVerdict::Pass, detail, REFERENCE)
}
