//! What an inspection says: the JSON shape `inspect` of the interface contract.
//! Belongs here: the serialised shape. Not here: parsing, verification, wording.

use serde::{Deserialize, Serialize};

/// Everything that can be said of a pasted token. Three verdicts that are never mixed: well-formed, signature, acceptable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Inspection {
    /// The form verdict.
    pub form: Form,
    /// Whether every part reads strictly as its RFC says.
    pub well_formed: bool,
    /// Where it is broken or bent: part and byte. Empty for a strict token.
    pub notes: Vec<Note>,
    /// The JOSE header; null if it cannot be read as JSON.
    #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
    pub header: serde_json::Value,
    /// The payload; null if it is not JSON.
    #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
    pub payload: serde_json::Value,
    /// The payload as text where it is not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub payload_text: Option<String>,
    /// The payload in ordinary base64, with padding, where it is not text either.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub payload_base64: Option<String>,
    /// Each header parameter with its meaning, in the order of the header.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "bindings", ts(as = "Option<Vec<Claim>>", optional))]
    pub parameters: Vec<Claim>,
    /// Each claim with its meaning, in the order of the payload.
    pub claims: Vec<Claim>,
    /// Verdict on the signature.
    pub signature: Signature,
    /// Verdict for this API now.
    pub acceptable: Acceptable,
    /// Weaknesses worth knowing, most severe first.
    pub findings: Vec<Finding>,
    /// Life of the token, from its claims.
    pub life: Life,
    /// Outcome of decrypting, for a JWE only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub decryption: Option<Decryption>,
    /// The token inside, for a nested one only. `header` above is the outer header then; the verdicts are those of both.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub inner: Option<Box<Inspection>>,
    /// What was disclosed, for an SD-JWT only. `payload` above is the one with the disclosed claims in their places.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub selective_disclosure: Option<SelectiveDisclosure>,
    /// The numbers of header and payload as they are written, for the difference of two tokens. Not part of the document.
    #[serde(skip)]
    #[cfg_attr(feature = "bindings", ts(skip))]
    pub spelled: Spelled,
}

/// Header and payload with texts in the place of the numbers that are written otherwise than they are shown
/// (`18446744073709551617`); none where there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spelled {
    /// The header.
    pub header: Option<serde_json::Value>,
    /// The payload.
    pub payload: Option<serde_json::Value>,
}

/// The form of a pasted token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Form {
    /// JWS compact serialization (RFC 7515 7.1).
    Jws,
    /// JWE (RFC 7516).
    Jwe,
    /// JWS JSON serialization (RFC 7515 7.2).
    JwsJson,
    /// SD-JWT, with or without key binding (RFC 9901).
    SdJwt,
    /// A JWE that holds a token, or a JWS that does and says so (RFC 7519 5.2).
    Nested,
    /// A DPoP proof (RFC 9449 4.2).
    Dpop,
    /// No structure to read: introspect it.
    Opaque,
    /// Meant to be structured, and broken: the notes say where.
    Broken,
}

/// A departure from strict reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Note {
    /// `header`, `payload`, `signature` or another part of the form.
    pub part: String,
    /// Byte offset inside the whole input.
    pub byte: Option<usize>,
    /// What is there and what should be.
    pub message: String,
}

/// One claim or header parameter, explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Claim {
    /// Member name.
    pub name: String,
    /// Member value as it stands in the payload.
    #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
    pub value: serde_json::Value,
    /// What the claim means; empty for an unknown one.
    pub meaning: String,
    /// What is to be noted about this value (times in UTC and relative, wrong types); empty if nothing.
    pub note: String,
    /// Where the meaning comes from (`RFC 7519 4.1.4`).
    pub reference: Option<String>,
    /// Seconds since the epoch where the value is a time, so that a window can count.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub time: Option<i64>,
}

/// Verdict on the signature, with provenance of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Signature {
    /// The verdict.
    pub verdict: SignatureVerdict,
    /// Why, in a sentence.
    pub reason: String,
    /// The `alg` of the header as it stands there.
    pub algorithm: Option<String>,
    /// The key that decided.
    pub key: Option<KeyOrigin>,
}

/// Verdict on a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum SignatureVerdict {
    /// Verifies with a key that did not come from the token.
    Valid,
    /// Does not verify, or must not be verified (`alg: none`, unusable key).
    Invalid,
    /// No key was there to check with.
    NotChecked,
}

/// Where the verifying key came from. A key that the token brought never makes a signature valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct KeyOrigin {
    /// Provenance.
    pub source: KeySource,
    /// The key's id, if it has one.
    pub kid: Option<String>,
    /// File or URL, key type and size.
    pub detail: String,
}

/// Provenance of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum KeySource {
    /// Given by the user.
    Given,
    /// The issuer's JWKS.
    IssuerJwks,
    /// The token itself (`jwk`, `x5c`): never trusted.
    Token,
}

/// Verdict for the API that the token is meant for, now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Acceptable {
    /// `no` if any rule fails, `yes` if the signature is valid and every rule asked for passes, else `unknown`.
    pub verdict: AcceptableVerdict,
    /// One line per rule.
    pub rules: Vec<Rule>,
}

/// Verdict on acceptability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum AcceptableVerdict {
    /// Every rule asked for passes and the signature is valid.
    Yes,
    /// A rule fails.
    No,
    /// Nothing fails, yet the signature was not checked.
    Unknown,
}

/// One rule of acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Rule {
    /// `signature`, `expiry`, `not_before`, `issuer`, `audience`, `algorithm`, `compact`, …
    pub rule: String,
    /// The outcome.
    pub verdict: RuleVerdict,
    /// Expected and found.
    pub detail: String,
    /// RFC section.
    pub reference: String,
}

/// Outcome of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum RuleVerdict {
    /// Holds.
    Pass,
    /// Does not hold.
    Fail,
    /// Was not asked for.
    NotChecked,
}

/// A weakness of the token or its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Finding {
    /// Stable id, kebab-case (`alg-none`).
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// What and why, in a sentence.
    pub message: String,
    /// RFC section or other source.
    pub reference: String,
}

/// Severity of a finding, most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum Severity {
    /// Anyone can forge or take over.
    Critical,
    /// Serious.
    High,
    /// Worth mending.
    Medium,
    /// Minor.
    Low,
    /// Good to know.
    Info,
}

/// The token's life as its claims tell it, in seconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Life {
    /// `iat`.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub issued_at: Option<i64>,
    /// `nbf`.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub not_before: Option<i64>,
    /// `exp`.
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub expires_at: Option<i64>,
}

/// Outcome of decrypting a JWE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Decryption {
    /// The verdict.
    pub verdict: DecryptionVerdict,
    /// Why, in a sentence.
    pub reason: String,
}

/// Verdict on decryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub enum DecryptionVerdict {
    /// The content is shown.
    Decrypted,
    /// A key was there and did not open it.
    Failed,
    /// No key was given.
    NotTried,
}

/// The disclosures of an SD-JWT (RFC 9901).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct SelectiveDisclosure {
    /// Each disclosure, in the order it came in.
    pub disclosures: Vec<Disclosure>,
    /// How many digests of the payload have no disclosure here: claims kept back, or decoys.
    pub undisclosed: usize,
    /// Whether a key binding JWT is at the end.
    pub key_binding: bool,
}

/// One disclosure of an SD-JWT (RFC 9901 4.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS), ts(export))]
pub struct Disclosure {
    /// The claim's name; null for an element of an array.
    pub name: Option<String>,
    /// The claim's value.
    #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
    pub value: serde_json::Value,
    /// Its digest, as the payload holds it.
    pub digest: String,
    /// Whether the payload (or another disclosure) holds that digest exactly once.
    pub is_matched: bool,
}
