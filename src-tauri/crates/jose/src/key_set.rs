//! Keys with their provenance: given by the user, or fetched from the issuer's JWKS. Picks the key for a token.

use crate::inspection::{KeyOrigin, KeySource};
use crate::{Algorithm, JoseError, Key, VerifyError, json, key};
use serde_json::{Map, Value};

/// How many keys are tried for one token, and read from one set: more only serve to stall the reader.
const MOST_TRIED: usize = 64;
const MOST_READ: usize = 1_000;

/// Keys to verify or decrypt with, and where they came from.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    members: Vec<Member>,
    /// Whether the caller gave a set at all, be it empty.
    is_given: bool,
    /// Whether this is a JWK Set, in which a token's `kid` must be found; a key given alone is used whatever its name.
    is_jwks: bool,
    unreadable: Vec<Unreadable>,
}

/// A member of a JWKS that could not be read, and is left out (RFC 7517 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it stands in `keys`, from 0.
    pub position: usize,
    /// Its `kid`, if it has one.
    pub kid: Option<String>,
    /// Its `kty`, if it has one.
    pub kty: Option<String>,
    /// Why it cannot be read.
    pub reason: String,
}

/// A key and its provenance.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: Key,
    source: KeySource,
    place: String,
    /// Which part of that place, where it holds several keys.
    part: Option<String>,
}

impl Member {
    pub(crate) fn origin(&self) -> KeyOrigin {
        let kind = self.key.describe();
        let mut detail = if self.place.is_empty() { kind } else { format!("{kind}, from {}", self.place) };
        if let Some(part) = &self.part {
            detail = format!("{detail}, {part}");
        }
        KeyOrigin { source: self.source, kid: self.key.kid().map(str::to_owned), detail }
    }
}

impl KeySet {
    /// No key at all: nothing will be checked.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Keys that the user gave; an empty list is a set in which no key fits.
    #[must_use]
    pub fn given(keys: Vec<Key>) -> Self {
        Self::given_in_parts(keys.into_iter().map(|key| (key, None)))
    }

    /// Keys that the user gave in one place, and in which part of it each stands.
    pub(crate) fn given_in_parts(keys: impl IntoIterator<Item = (Key, Option<String>)>) -> Self {
        let member = |(key, part)| Member { key, source: KeySource::Given, place: String::new(), part };
        Self { members: keys.into_iter().map(member).collect(), is_given: true, ..Self::default() }
    }

    /// The same keys, said to come from this place (a file name, `standard input`), given by the user.
    #[must_use]
    pub fn from_file(self, place: &str) -> Self {
        self.from(KeySource::Given, place)
    }

    /// The same keys, said to come from the issuer's JWKS at this URL.
    #[must_use]
    pub fn from_issuer(self, url: &str) -> Self {
        self.from(KeySource::IssuerJwks, url)
    }

    fn from(mut self, source: KeySource, place: &str) -> Self {
        for member in &mut self.members {
            member.source = source;
            place.clone_into(&mut member.place);
        }
        self
    }

    /// These keys and those.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.members.extend(other.members);
        self.unreadable.extend(other.unreadable);
        self.is_given |= other.is_given;
        self.is_jwks |= other.is_jwks;
        self
    }

    /// The keys, in the order they came in.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.members.iter().map(|member| &member.key)
    }

    /// Members of the JWKS that could not be read.
    #[must_use]
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Whether there is nothing to check with because no set was given.
    #[must_use]
    pub fn is_none(&self) -> bool {
        !self.is_given
    }

    /// The `kid` that a header asks for. One that is no string names no key of a set (RFC 7515 4.1.4, RFC 7516 4.1.6).
    pub(crate) fn asked<'h>(&self, header: &'h Map<String, Value>) -> Result<Option<&'h str>, VerifyError> {
        match header.get("kid") {
            None => Ok(None),
            Some(Value::String(kid)) => Ok(Some(kid)),
            Some(_) if self.is_alone() => Ok(None),
            Some(other) => {
                let kind = json::type_name(other);
                Err(VerifyError::NoKey(format!("`kid` is {kind}, and must be a string (RFC 7515 4.1.4)")))
            }
        }
    }

    /// Whether this is one key that was given by itself.
    fn is_alone(&self) -> bool {
        !self.is_jwks && self.members.len() == 1
    }

    /// The keys that may verify a token with this `kid` and algorithm; never an empty list.
    pub(crate) fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Vec<&Member>, VerifyError> {
        self.refuse_mixed_symmetry()?;
        let named = self.named(kid)?;
        let mut misfit = None;
        let fitting: Vec<&Member> = named
            .into_iter()
            .filter(|member| member.key.fits(algorithm).map_err(|reason| misfit = Some(reason)).is_ok())
            .collect();
        match (fitting.as_slice(), misfit) {
            ([], Some(reason)) => Err(VerifyError::NoKey(reason)),
            ([], None) => Err(VerifyError::NoKey("the key set is empty".to_owned())),
            (fitting, _) if fitting.len() > MOST_TRIED => Err(VerifyError::NoKey(format!(
                "{} keys would do; more than {MOST_TRIED} are not tried",
                fitting.len()
            ))),
            ([first, rest @ ..], _) if self.is_ambiguous(kid, first, rest) => {
                let kid = kid.unwrap_or_default();
                Err(VerifyError::UnusableKey(format!("two different keys of the set have the kid `{kid}`")))
            }
            _ => Ok(fitting),
        }
    }

    /// Whether the token's `kid` names several different keys, be one of them unreadable.
    fn is_ambiguous(&self, kid: Option<&str>, first: &Member, rest: &[&Member]) -> bool {
        let unreadable =
            |other: &Unreadable| other.kid.as_deref() == kid && other.kty.as_deref() == Some(first.key.kty());
        kid.is_some()
            && first.key.kid() == kid
            && (rest.iter().any(|other| other.key.thumbprint() != first.key.thumbprint())
                || self.unreadable.iter().any(unreadable))
    }

    /// Keys with the token's `kid`, else those without any; a key given alone is used whatever its name.
    pub(crate) fn named(&self, kid: Option<&str>) -> Result<Vec<&Member>, VerifyError> {
        let (Some(kid), false) = (kid, self.is_alone()) else { return Ok(self.members.iter().collect()) };
        let with = |wanted: Option<&str>| -> Vec<&Member> {
            self.members.iter().filter(|member| member.key.kid() == wanted).collect()
        };
        let named = with(Some(kid));
        let named = if named.is_empty() { with(None) } else { named };
        if named.is_empty() && !self.members.is_empty() {
            return Err(VerifyError::NoKey(format!("no key of the set has the kid `{kid}`; {}", self.names())));
        }
        Ok(named)
    }

    /// The kids that are there, for a person who looks for another one.
    fn names(&self) -> String {
        let kids: Vec<String> = self.keys().filter_map(|key| key.kid().map(|kid| format!("`{kid}`"))).collect();
        let shown = kids.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        match kids.len() {
            0..=5 => format!("it has {shown}"),
            count => format!("it has {shown} and {} more", count - 5),
        }
    }

    /// A set that mixes shared secrets with public keys invites the use of one as the other (RFC 8725 3.2).
    fn refuse_mixed_symmetry(&self) -> Result<(), VerifyError> {
        let mut signing = self.members.iter().filter(|member| member.key.labels().usage.as_deref() != Some("enc"));
        let Some(first) = signing.next() else { return Ok(()) };
        let is_shared = |member: &Member| member.key.kty() == "oct";
        if signing.any(|member| is_shared(member) != is_shared(first)) {
            return Err(VerifyError::UnusableKey("the key set mixes shared secrets with public keys".to_owned()));
        }
        Ok(())
    }
}

/// Reads a JWK Set (RFC 7517 5), or a single JWK. Members that cannot be read are left out ([`KeySet::unreadable`]).
///
/// # Errors
/// [`JoseError::UnreadableKey`] if this is neither a JSON object with a `keys` array nor a JWK.
pub fn parse_jwks(bytes: &[u8]) -> Result<KeySet, JoseError> {
    let members = json::strict_object(bytes).map_err(JoseError::UnreadableKey)?;
    let Some(list) = members.get("keys") else {
        return key::parse_jwk(&members).map(|key| KeySet::given(vec![key])).map_err(JoseError::UnreadableKey);
    };
    let Value::Array(list) = list else {
        return Err(JoseError::UnreadableKey("`keys` is no array".to_owned()));
    };
    if list.len() > MOST_READ {
        return Err(JoseError::UnreadableKey(format!("the set has {} keys; {MOST_READ} are read at most", list.len())));
    }
    let mut keys = Vec::new();
    let mut unreadable = Vec::new();
    for (position, member) in list.iter().enumerate() {
        let read = member.as_object().ok_or_else(|| "no JSON object".to_owned()).and_then(key::parse_jwk);
        match read {
            Ok(key) => keys.push(key),
            Err(reason) => {
                unreadable.push(Unreadable { position, kid: label(member, "kid"), kty: label(member, "kty"), reason })
            }
        }
    }
    Ok(KeySet { unreadable, is_jwks: true, ..KeySet::given(keys) })
}

fn label(member: &Value, name: &str) -> Option<String> {
    member.get(name).and_then(Value::as_str).map(str::to_owned)
}
