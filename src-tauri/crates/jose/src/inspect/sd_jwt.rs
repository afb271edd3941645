//! SD-JWT (RFC 9901): disclosures put in their places, digests matched.
//! Not here: the issuer's signature, which is that of a compact JWS; the holder's ([`super::key_binding`]).

use super::key_binding::Binding;
use super::rules::{Serialization, rule};
use super::{Context, broken, claims, facts, jws, life, rules};
use crate::inspection::{Claim, Disclosure, Form, Inspection, Rule, RuleVerdict, SelectiveDisclosure};
use crate::{base64url, json};
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
    if issued.matches('.').count() != 2 {
        return broken::fragments(issued, context);
    }
    let mut inspection = jws::inspect(issued, context);
    if inspection.form == Form::Broken {
        return inspection;
    }
    inspection.form = Form::SdJwt;
    let hash = hash(&inspection.payload);
    let mut reveal = Reveal::new(&disclosures, hash, |reading| reading.value);
    let written = inspection.spelled.payload.take().unwrap_or_else(|| inspection.payload.clone());
    let payload = reveal.reveal_in(std::mem::take(&mut inspection.payload));
    let mut as_written = Reveal::new(&disclosures, hash, |reading| reading.spelled.or(reading.value));
    inspection.spelled.payload = Some(as_written.reveal_in(written));
    if let Some(members) = payload.as_object() {
        inspection.claims = claims::explain(members, context.expectations.at);
        reveal.mark(&mut inspection.claims);
    }
    inspection.life = life(&payload);
    inspection.payload = payload;
    let binding = Binding {
        token: binding,
        hashed: input.get(..input.len() - binding.len()).unwrap_or_default(),
        hash,
        holder: inspection.payload.pointer("/cnf/jwk"),
    };
    inspection.findings.extend(binding.findings(context.expectations));
    let selective = reveal.finish(binding.is_jwt());
    let binding = binding.rules(&inspection.signature, context.expectations);
    let serialization = Serialization::of_compact(input);
    let mut acceptable = rules::judge(&facts(&inspection, serialization), context.expectations);
    acceptable.rules.push(disclosure_rule(&selective, &reveal.errors));
    acceptable.rules.extend(binding);
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

type Take = fn(json::Reading) -> Option<Value>;

/// Puts disclosures into a payload.
struct Reveal {
    disclosures: Vec<Disclosure>,
    places: HashMap<String, usize>,
    seen: HashSet<String>,
    undisclosed: usize,
    errors: Vec<String>,
    /// How many disclosures found their place.
    taken: usize,
    /// What is to be noted about the claims that disclosures brought, or brought something into.
    marks: HashMap<String, &'static str>,
}

impl Reveal {
    /// `take` says what of a disclosure's text counts: its value, or that with numbers as they are written.
    fn new(texts: &[&str], hash: Option<&'static digest::Algorithm>, take: Take) -> Self {
        let mut reveal = Self {
            disclosures: Vec::new(),
            places: HashMap::new(),
            seen: HashSet::new(),
            undisclosed: 0,
            errors: Vec::new(),
            taken: 0,
            marks: HashMap::new(),
        };
        let Some(hash) = hash else {
            reveal.errors.push("`_sd_alg` names a hash that is not known".to_owned());
            return reveal;
        };
        for (place, text) in texts.iter().enumerate() {
            match disclosure(text, hash, take) {
                Ok(disclosure) => reveal.add(disclosure),
                Err(reason) => reveal.errors.push(format!("disclosure {} {reason}", place + 1)),
            }
        }
        reveal
    }

    /// The payload with the disclosed claims in their places.
    fn reveal_in(&mut self, mut payload: Value) -> Value {
        self.object_or_array(&mut payload, 0);
        if let Some(members) = payload.as_object_mut() {
            members.shift_remove("_sd_alg");
        }
        payload
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
        self.taken += 1;
        Some((disclosure.name.clone(), disclosure.value.clone()))
    }

    /// Says of each claim whether the holder disclosed it.
    fn mark(&self, claims: &mut [Claim]) {
        for claim in claims {
            let Some(mark) = self.marks.get(&claim.name) else { continue };
            let gap = if claim.note.is_empty() { "" } else { "; " };
            claim.note = format!("{mark}{gap}{}", claim.note);
        }
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
        for (name, value) in &mut *members {
            let before = self.taken;
            self.object_or_array(value, depth + 1);
            if depth == 0 && self.taken > before {
                self.marks.insert(name.clone(), "disclosed in part");
            }
        }
        for digest in digests.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str) {
            let Some((Some(name), mut value)) = self.take(digest, false) else { continue };
            self.object_or_array(&mut value, depth + 1);
            if name == "_sd" || name == "..." || members.contains_key(&name) {
                self.errors.push(format!("a disclosure must not bring the claim `{name}` here"));
            } else {
                if depth == 0 {
                    self.marks.insert(name.clone(), "disclosed");
                }
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
fn disclosure(text: &str, hash: &'static digest::Algorithm, take: Take) -> Result<Disclosure, &'static str> {
    let bytes = base64url::decode(text).ok_or("is not base64url")?;
    let reading = json::read(&bytes);
    if !reading.out_of_range.is_empty() {
        return Err("holds a number that is too large for a double");
    }
    let Some(Value::Array(mut parts)) = take(reading) else { return Err("is no JSON array") };
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
