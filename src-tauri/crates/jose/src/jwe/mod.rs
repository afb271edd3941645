//! Decrypting a JWE (RFC 7516) with one's own key. Belongs here: the order of the steps and what is refused before any
//! secret is touched. Not here: telling a person about it ([`crate::inspect()`]), encrypting.

mod agreement;
mod content;
mod key_wrap;
mod management;

use crate::{KeySet, json};
use content::Encryption;
use management::Management;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// Largest content that `zip` may unfold to; a bomb unfolds to thousands of times its size (RFC 8725bis).
const LARGEST_CONTENT: usize = 2 * 1024 * 1024;

/// Whether a name is an `alg` or `enc` of JWE.
pub(crate) fn is_encryption_name(name: &str) -> bool {
    Management::from_name(name).is_some() || Encryption::from_name(name).is_some()
}

/// A JWE for one recipient, decoded but not opened.
pub(crate) struct Message<'a> {
    /// Protected, shared and per-recipient members together; they are disjoint.
    pub(crate) header: &'a Map<String, Value>,
    pub(crate) encrypted_key: &'a [u8],
    pub(crate) iv: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8],
    /// What is authenticated beside the content (RFC 7516 5.1, step 14).
    pub(crate) additional_data: &'a [u8],
}

/// Why a JWE stays closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Closed {
    /// What the header asks for is not done, whatever the key.
    Refused(String),
    /// A key was tried. Deliberately one case for every cause, so that nobody learns which step failed (RFC 7516 11.5).
    NotOpened,
}

type Bytes = Zeroizing<Vec<u8>>;

/// Whether the recipients together ask for more PBKDF2 rounds than one may ([`management::MOST_ROUNDS`]).
pub(crate) fn asks_too_many_rounds<'a>(headers: impl Iterator<Item = &'a Map<String, Value>>) -> bool {
    let rounds = headers.filter_map(|header| header.get("p2c").and_then(Value::as_u64));
    rounds.fold(0_u64, u64::saturating_add) > management::MOST_ROUNDS
}

/// Opens a message with the first key that fits and works.
pub(crate) fn decrypt(message: &Message<'_>, keys: &KeySet, allow_rsa1_5: bool) -> Result<Bytes, Closed> {
    let refused = |reason: String| Closed::Refused(reason);
    if message.header.contains_key("crit") {
        return Err(refused("The header names critical parameters that are not understood.".to_owned()));
    }
    let (alg, enc) = (name(message.header, "alg", "4.1.1")?, name(message.header, "enc", "4.1.2")?);
    let management = Management::from_name(alg)
        .ok_or_else(|| refused(format!("The key management algorithm `{alg}` is not supported.")))?;
    let encryption = Encryption::from_name(enc)
        .ok_or_else(|| refused(format!("The content encryption `{enc}` is not supported.")))?;
    let zipped = match message.header.get("zip") {
        None => false,
        Some(Value::String(name)) if name == "DEF" => true,
        Some(_) => return Err(refused("`zip` is something else than `DEF`.".to_owned())),
    };
    if management == Management::Rsa1_5 && !allow_rsa1_5 {
        return Err(refused(
            "RSA1_5 is switched off: its padding has been broken again and again (RFC 8725bis).".to_owned(),
        ));
    }
    let content = open(message, management, encryption, keys)?;
    if zipped { inflate(&content) } else { Ok(content) }
}

/// A name that the header must have, by this section of RFC 7516.
fn name<'a>(header: &'a Map<String, Value>, member: &str, section: &str) -> Result<&'a str, Closed> {
    let missing = || Closed::Refused(format!("The header has no `{member}`, which RFC 7516 {section} demands."));
    let value = header.get(member).ok_or_else(missing)?;
    let wrong = || {
        Closed::Refused(format!("`{member}` is {}, and must be a string (RFC 7516 {section}).", json::type_name(value)))
    };
    value.as_str().ok_or_else(wrong)
}

fn open(message: &Message<'_>, management: Management, encryption: Encryption, keys: &KeySet) -> Result<Bytes, Closed> {
    let mut misfit = "The key set is empty.".to_owned();
    let mut tried = false;
    let named = keys.asked(message.header).and_then(|kid| keys.named(kid));
    for member in named.map_err(|error| Closed::Refused(format!("{error}.")))? {
        match management::fits(&member.key, management, encryption) {
            Ok(()) => tried = true,
            Err(reason) => {
                misfit = reason;
                continue;
            }
        }
        let content_key = management::content_key(message, &member.key, management, encryption)?;
        if let Some(content) = content_key.and_then(|key| content::decrypt(encryption, &key, message)) {
            return Ok(content);
        }
    }
    Err(if tried { Closed::NotOpened } else { Closed::Refused(misfit) })
}

fn inflate(content: &[u8]) -> Result<Bytes, Closed> {
    miniz_oxide::inflate::decompress_to_vec_with_limit(content, LARGEST_CONTENT).map(Zeroizing::new).map_err(|error| {
        Closed::Refused(match error.status {
            miniz_oxide::inflate::TINFLStatus::HasMoreOutput => {
                format!("The compressed content unfolds to more than {LARGEST_CONTENT} bytes.")
            }
            _ => "The content is not what `zip: DEF` says.".to_owned(),
        })
    })
}
