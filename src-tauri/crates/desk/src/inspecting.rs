//! Reading tokens: which key, which expectations, which moment.
//! Belongs here: where keys come from. Not here: parsing and verdicts (`jose`).

use crate::{
    Desk, DeskError, Result, Target,
    wire::{InspectForm, InspectKey},
};
use jiff::Timestamp;
use jose::{Expectations, KeySet, inspection::Inspection, parse_jwks, parse_key, secret_key};
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use url::Url;

/// A key file or key set larger than this is not one.
const LARGEST_KEY_FILE: u64 = 1024 * 1024;

/// A token to read and how to judge it.
#[derive(Debug)]
pub struct InspectWish {
    /// The token, white space and a `Bearer ` prefix around it allowed.
    pub text: String,
    /// The key to verify with.
    pub key: KeyWish,
    /// Expected issuer.
    pub issuer: Option<String>,
    /// Expected audience.
    pub audience: Option<String>,
    /// Allowed algorithms.
    pub algorithms: Vec<String>,
    /// Judge at this moment; none for now.
    pub at: Option<Timestamp>,
    /// Leeway in seconds.
    pub leeway: i64,
}

/// Where the verifying key comes from.
#[derive(Debug)]
pub enum KeyWish {
    /// From nowhere: look only.
    None,
    /// From the issuer of a connection.
    Connection(Target),
    /// From a text: JWKS, JWK or PEM.
    Text(String),
    /// From a file: JWK, PEM, DER or X.509.
    KeyFile(PathBuf),
    /// A key set: a file, or a URL.
    Jwks(String),
    /// A shared secret.
    Secret(SecretString),
}

/// Keys and expectations, ready for any number of tokens.
#[derive(Debug)]
pub struct Inspector {
    keys: KeySet,
    expectations: Expectations,
}

impl Inspector {
    /// Reads a token and judges it; white space and a `Bearer ` prefix around it are allowed.
    #[must_use]
    pub fn inspect(&self, text: &str) -> Inspection {
        jose::inspect(jose::normalise(text), &self.keys, &self.expectations)
    }
}

impl Desk {
    /// Reads a pasted token, as the window asks.
    ///
    /// # Errors
    /// When the time cannot be read or the key cannot be had. A broken token is no error: the inspection says how it is broken.
    pub async fn inspect(&self, form: InspectForm) -> Result<Inspection> {
        let key = match form.key {
            InspectKey::None => KeyWish::None,
            InspectKey::Connection { id } => KeyWish::Connection(Target::Saved(id)),
            InspectKey::Text { text } => KeyWish::Text(text),
            InspectKey::Url { url } => KeyWish::Jwks(url),
        };
        // A whole curl line or a JSON answer may be pasted; what holds no token is inspected as it is, to say so.
        let found = jose::find_tokens(&form.text).into_iter().next();
        let at = form.at.filter(|at| !at.trim().is_empty()).map(|at| moment(&at)).transpose()?;
        let wish = InspectWish {
            text: found.map_or(form.text, |found| found.token.expose_secret().to_owned()),
            key,
            issuer: form.issuer.filter(|issuer| !issuer.is_empty()),
            audience: form.audience.filter(|audience| !audience.is_empty()),
            algorithms: form.algorithms,
            at,
            leeway: form.leeway,
        };
        self.inspect_token(wish).await
    }

    /// Reads a token and judges it.
    ///
    /// # Errors
    /// When the key cannot be had. A broken token is no error: the inspection says how it is broken.
    pub async fn inspect_token(&self, wish: InspectWish) -> Result<Inspection> {
        let text = wish.text.clone();
        Ok(self.inspector(wish).await?.inspect(&text))
    }

    /// What a wish asks for, made ready once for any number of tokens; the wish's own text is not looked at.
    ///
    /// # Errors
    /// When the key cannot be had.
    pub async fn inspector(&self, wish: InspectWish) -> Result<Inspector> {
        let keys = self.keys(wish.key).await?;
        let at = wish.at.map_or_else(|| self.now(), Timestamp::as_second);
        let expectations = Expectations {
            leeway: wish.leeway,
            issuer: wish.issuer,
            audience: wish.audience,
            algorithms: wish.algorithms,
            // Whoever reads here has key and answer in hand: there is no stranger to whom a padding error could tell anything.
            allow_rsa1_5: true,
            ..Expectations::at(at)
        };
        Ok(Inspector { keys, expectations })
    }

    async fn keys(&self, wish: KeyWish) -> Result<KeySet> {
        match wish {
            KeyWish::None => Ok(KeySet::none()),
            KeyWish::Connection(target) => self.issuer_keys(&self.party(&target).await?).await,
            KeyWish::Text(text) => key_text("key", text.as_bytes()),
            KeyWish::KeyFile(path) => Ok(key_text("key", &read(&path)?)?.from_file(&path.display().to_string())),
            KeyWish::Jwks(place) => {
                match Url::parse(&place).ok().filter(|url| matches!(url.scheme(), "http" | "https")) {
                    Some(url) => self.fetch_keys(&url).await,
                    None => {
                        let keys = parse_jwks(&read(Path::new(&place))?).map_err(|error| unusable("jwks", &error))?;
                        Ok(keys.from_file(&place))
                    }
                }
            }
            KeyWish::Secret(secret) => Ok(KeySet::given(vec![secret_key(&secret)])),
        }
    }
}

/// A moment as RFC 3339 says it.
///
/// # Errors
/// When the text is not one.
pub fn moment(text: &str) -> Result<Timestamp> {
    text.trim().parse().map_err(|error| {
        DeskError::invalid(
            "at",
            format!("The time `{text}` cannot be read ({error}). Write it like 2026-01-31T12:00:00Z."),
        )
    })
}

/// A key set or a single key. JSON that has `keys` is a set.
fn key_text(field: &'static str, bytes: &[u8]) -> Result<KeySet> {
    let is_set = serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|value| value.get("keys").is_some());
    if is_set {
        return parse_jwks(bytes).map_err(|error| unusable(field, &error));
    }
    Ok(KeySet::given(vec![parse_key(bytes).map_err(|error| unusable(field, &error))?]))
}

fn unusable(field: &'static str, error: &jose::JoseError) -> DeskError {
    DeskError::invalid(field, error.to_string())
}

/// A file that somebody named, if it is of a sane size.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |reason: String| DeskError::File { path: path.display().to_string(), reason };
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > LARGEST_KEY_FILE {
        return Err(failed(format!("it is {size} bytes large, and no key file is larger than 1 MiB")));
    }
    std::fs::read(path).map_err(|error| failed(error.to_string()))
}
