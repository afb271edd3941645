//! The lint of a published key set: what makes keys dangerous, ambiguous or useless. Not here: tokens ([`crate::inspect()`]).

use crate::inspection::{Finding, Severity};
use crate::key::parse_jwk;
use crate::{Algorithm, Key, json, parse_key};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::collections::HashMap;

type Members = Map<String, Value>;

/// Looks a published JWK Set over, most severe first. An empty list means that nothing is wrong with it.
#[must_use]
pub fn lint_jwks(bytes: &[u8]) -> Vec<Finding> {
    let mut lint = Lint::default();
    let reading = json::read(bytes);
    for duplicate in &reading.duplicates {
        lint.find(
            "duplicate-member",
            Severity::High,
            format!("{duplicate}: readers differ in which one they take."),
            "RFC 7517 4",
        );
    }
    let value = reading.value.unwrap_or_default();
    match (value.get("keys").and_then(Value::as_array), value.get("kty")) {
        (Some(keys), _) if keys.is_empty() => {
            lint.find("no-keys", Severity::Medium, "The set is empty: no token can be verified with it.", "RFC 7517 5");
        }
        (Some(keys), _) => lint.set(keys),
        (None, Some(_)) => {
            lint.find("no-set", Severity::Low, "This is one key, not a set: clients look for `keys`.", "RFC 7517 5");
            lint.key(0, &value);
        }
        (None, None) => lint.find(
            "no-set",
            Severity::High,
            "This is no JWK Set: a JSON object with an array `keys` is expected.",
            "RFC 7517 5",
        ),
    }
    lint.findings.sort_by_key(|finding| finding.severity);
    lint.findings
}

#[derive(Default)]
struct Lint {
    findings: Vec<Finding>,
    /// By `kid`: position, kty and thumbprint of the first key.
    names: HashMap<String, (usize, String)>,
    /// By thumbprint: position of the first key.
    materials: HashMap<String, usize>,
}

impl Lint {
    fn find(&mut self, id: &str, severity: Severity, message: impl Into<String>, reference: &str) {
        self.findings.push(Finding {
            id: id.to_owned(),
            severity,
            message: message.into(),
            reference: reference.to_owned(),
        });
    }

    fn set(&mut self, keys: &[Value]) {
        let is_shared = |key: &&Value| key.get("kty").and_then(Value::as_str) == Some("oct");
        let shared = keys.iter().filter(is_shared).count();
        if shared > 0 && shared < keys.len() {
            let message = "The set mixes shared secrets with public keys, which invites the use of one as the other.";
            self.find("mixed-symmetry", Severity::High, message, "RFC 8725 3.2");
        }
        let unnamed = keys.iter().filter(|key| key.get("kid").is_none()).count();
        if keys.len() > 1 && unnamed > 0 {
            let message =
                format!("{unnamed} of {} keys have no `kid`: clients must try one after the other.", keys.len());
            self.find("no-kid", Severity::Medium, message, "RFC 7517 4.5");
        }
        for (position, key) in keys.iter().enumerate() {
            self.key(position, key);
        }
    }

    fn key(&mut self, position: usize, key: &Value) {
        let Some(members) = key.as_object() else {
            return self.find(
                "no-object",
                Severity::Medium,
                format!("Key {position} is no JSON object."),
                "RFC 7517 5",
            );
        };
        let name = name(position, members);
        self.private(&name, members);
        match parse_jwk(members) {
            Err(reason) => {
                let message = format!("{name} cannot be read and will be ignored: {reason}.");
                self.find("unreadable-key", Severity::Low, message, "RFC 7517 5");
            }
            Ok(key) => {
                if let Some(defect) = key.defect() {
                    self.find(
                        defect_id(defect),
                        Severity::Critical,
                        format!("{name} must not be used: {defect}."),
                        "RFC 7518, RFC 8725 3.4",
                    );
                }
                self.algorithm(&name, members, &key);
                self.usage(&name, members);
                self.certificate(&name, members, &key);
                self.repetition(&name, position, members, &key);
            }
        }
    }

    fn private(&mut self, name: &str, members: &Members) {
        if members.get("kty").and_then(Value::as_str) == Some("oct") {
            let message = format!("{name} is a shared secret: once published, anyone can sign with it.");
            return self.find("secret-published", Severity::Critical, message, "RFC 7517 9.2");
        }
        let private: Vec<&str> =
            ["d", "p", "q", "dp", "dq", "qi", "oth"].into_iter().filter(|name| members.contains_key(*name)).collect();
        if !private.is_empty() {
            let message = format!("{name} shows private members ({}): replace the key at once.", private.join(", "));
            self.find("private-key-published", Severity::Critical, message, "RFC 7517 9.2");
        }
    }

    fn algorithm(&mut self, name: &str, members: &Members, key: &Key) {
        let alg = members.get("alg").and_then(Value::as_str);
        match (alg, alg.and_then(Algorithm::from_name)) {
            (Some(alg), Some(algorithm)) if !fits_kind(key, algorithm) => {
                let message = format!("{name} says `alg` {alg}, which does not go with {}.", key.describe());
                self.find("alg-conflict", Severity::High, message, "RFC 7517 4.4");
            }
            (Some(alg), None) if !crate::jwe::is_encryption_name(alg) => {
                let message = format!("{name} says `alg` {alg}, which is no algorithm known here: it fits no token.");
                self.find("alg-unknown", Severity::Medium, message, "RFC 7518 3.1");
            }
            (None, _) => {
                let message = format!("{name} has no `alg`, so it is not bound to one algorithm.");
                self.find("no-alg", Severity::Info, message, "RFC 8725 3.1");
            }
            _ => {}
        }
    }

    fn usage(&mut self, name: &str, members: &Members) {
        let operations: Vec<&str> = members
            .get("key_ops")
            .and_then(Value::as_array)
            .map_or_else(Vec::new, |list| list.iter().filter_map(Value::as_str).collect());
        let signs = operations.iter().any(|operation| matches!(*operation, "sign" | "verify"));
        let encrypts = operations.iter().any(|operation| !matches!(*operation, "sign" | "verify"));
        let conflict = match members.get("use").and_then(Value::as_str) {
            Some("sig") => encrypts,
            Some("enc") => signs,
            None if operations.is_empty() => {
                let message =
                    format!("{name} says neither `use` nor `key_ops`: it may be taken for signing and for encrypting.");
                return self.find("no-use", Severity::Low, message, "RFC 7517 4.2");
            }
            _ => signs && encrypts,
        };
        if conflict {
            let message = format!("{name}: `use` and `key_ops` ({}) contradict each other.", operations.join(", "));
            self.find("use-conflict", Severity::Medium, message, "RFC 7517 4.3");
        }
    }

    fn certificate(&mut self, name: &str, members: &Members, key: &Key) {
        let Some(text) = members.get("x5c").and_then(|chain| chain.get(0)).and_then(Value::as_str) else { return };
        let Ok(der) = STANDARD.decode(text) else {
            let message = format!("{name}: `x5c` is not base64 (ordinary, with padding).");
            return self.find("x5c-unreadable", Severity::Medium, message, "RFC 7517 4.7");
        };
        if parse_key(&der).map(|certified| certified.thumbprint()).ok().as_deref() != Some(&key.thumbprint()) {
            let message = format!("{name}: the certificate in `x5c` is of another key.");
            self.find("x5c-conflict", Severity::High, message, "RFC 7517 4.7");
        }
        let expected = crate::base64url::encode(digest::digest(&digest::SHA256, &der));
        if members.get("x5t#S256").and_then(Value::as_str).is_some_and(|found| found != expected) {
            let message = format!("{name}: `x5t#S256` is not the digest of the certificate in `x5c`.");
            self.find("x5t-conflict", Severity::Medium, message, "RFC 7517 4.9");
        }
    }

    fn repetition(&mut self, name: &str, position: usize, members: &Members, key: &Key) {
        let thumbprint = key.thumbprint();
        if let Some(kid) = key.kid() {
            let usage = members.get("use").and_then(Value::as_str).unwrap_or_default();
            let identity = format!("{} {usage} {kid}", key.kty());
            match self.names.get(&identity) {
                Some((first, other)) if *other != thumbprint => {
                    let message = format!(
                        "{name} and key {first} have the same `kid` and are different keys: verifiers cannot choose."
                    );
                    self.find("duplicate-kid", Severity::High, message, "RFC 7517 4.5");
                }
                Some(_) => {}
                None => {
                    self.names.insert(identity, (position, thumbprint.clone()));
                }
            }
        }
        if let Some(first) = self.materials.get(&thumbprint) {
            let message =
                format!("{name} is the same key as key {first}: one key is for one purpose and one algorithm.");
            self.find("same-key", Severity::Low, message, "RFC 8725 3.1");
        } else {
            self.materials.insert(thumbprint, position);
        }
    }
}

fn name(position: usize, members: &Members) -> String {
    match members.get("kid") {
        Some(kid) => format!("Key {position} (kid {})", json::brief(kid)),
        None => format!("Key {position}"),
    }
}

/// Whether kind and curve go with the algorithm, whatever the labels say.
fn fits_kind(key: &Key, algorithm: Algorithm) -> bool {
    key.unlabelled().fits(algorithm).is_ok()
}

fn defect_id(defect: &str) -> &'static str {
    match defect {
        text if text.contains("ROCA") => "roca",
        text if text.contains("exponent") => "rsa-exponent",
        text if text.contains("too small") => "rsa-too-small",
        text if text.contains("not on the curve") => "off-curve",
        _ => "unusable-key",
    }
}
