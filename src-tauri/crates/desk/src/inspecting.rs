//! Reading tokens: which key, which expectations, which moment.
//! Belongs here: where keys come from. Not here: parsing and verdicts (`jose`).

use crate::{
    Desk, DeskError, Result, Target,
    jwks::Wanted,
    tokens::masked,
    wire::{FoundTokenView, InspectForm, InspectKey, InspectedPaste, ProvedRequest},
};
use jiff::Timestamp;
use jose::{
    DPOP_WINDOW, DpopRequest, Expectations, FoundToken, KeySet,
    inspection::{Finding, Inspection, Rule, Severity},
    lint_jwks, parse_jwks, parse_keys, secret_key,
};
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use url::Url;

/// A key file or key set larger than this is not one.
const LARGEST_KEY_FILE: u64 = 1024 * 1024;

/// A token to read and how to judge it. A rule that is `None` or empty is not asked for.
#[derive(Debug, Default)]
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
    /// Scopes that must all be granted.
    pub scopes: Vec<String>,
    /// Expected `typ`.
    pub typ: Option<String>,
    /// How long ago `iat` may be, in seconds.
    pub max_age: Option<i64>,
    /// Expected client (`client_id` or `azp`).
    pub client: Option<String>,
    /// Judge at this moment; none for now.
    pub at: Option<Timestamp>,
    /// Leeway in seconds.
    pub leeway: i64,
}

/// Where the verifying key comes from.
#[derive(Debug, Default)]
pub enum KeyWish {
    /// From nowhere: look only.
    #[default]
    None,
    /// From the issuer of a connection.
    Connection(Target),
    /// From a text: JWKS, JWK or PEM.
    Text(String),
    /// From a file: JWK, PEM (several keys too), DER or X.509.
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
    key_lint: Vec<Finding>,
    expectations: Expectations,
}

impl Inspector {
    /// What is wrong with the key or key set that was named by file or URL, whatever the token; most severe first.
    #[must_use]
    pub fn key_lint(&self) -> &[Finding] {
        &self.key_lint
    }

    /// Reads a token and judges it; white space and a `Bearer ` prefix around it are allowed.
    #[must_use]
    pub fn inspect(&self, text: &str) -> Inspection {
        marked(text, jose::inspect(jose::normalise(text), &self.keys, &self.expectations))
    }
}

/// The inspection of a token in a text; a byte order mark before the text, which is dropped, is told.
fn marked(text: &str, mut inspection: Inspection) -> Inspection {
    if text.trim_start().starts_with('\u{FEFF}') {
        inspection.findings.push(Finding {
            id: "byte-order-mark".to_owned(),
            severity: Severity::Info,
            message: "A byte order mark (U+FEFF) stands before the token and was left out: it is no part of it, and an API would not take it.".to_owned(),
            reference: "RFC 6750 2.1".to_owned(),
        });
    }
    inspection
}

impl Desk {
    /// Reads what was pasted: every token in it, and one of them closely.
    ///
    /// # Errors
    /// When the time cannot be read or the key cannot be had. A broken token is no error: the inspection says how it is broken.
    pub async fn inspect(&self, form: InspectForm) -> Result<InspectedPaste> {
        let keys = self.keys(form.key.into()).await?.set;
        let expectations = Expectations {
            // As in `inspect_token`: there is no stranger here.
            allow_rsa1_5: true,
            ..form.judging.rules.expectations(self.judged_at(&form.judging)?)
        };
        let (text, pick, proved) = (form.text, form.pick, form.proved);
        // A large paste takes a moment of computing: not on the runtime's threads.
        let read = move || read_paste(&text, pick, proved.as_ref(), &keys, &expectations);
        Ok(tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other)?)
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
            scopes: wish.scopes,
            typ: wish.typ,
            max_age: wish.max_age,
            client: wish.client,
            // Whoever reads here has key and answer in hand: there is no stranger to whom a padding error could tell anything.
            allow_rsa1_5: true,
            ..Expectations::at(at)
        };
        Ok(Inspector { keys: keys.set, key_lint: keys.lint, expectations })
    }

    async fn keys(&self, wish: KeyWish) -> Result<Keys> {
        match wish {
            KeyWish::None => Ok(KeySet::none().into()),
            KeyWish::Connection(target) => {
                Ok(self.issuer_keys(&self.party(&target).await?, Wanted::Recent).await?.into())
            }
            KeyWish::Text(text) => Ok(key_text("key", text.as_bytes())?.into()),
            KeyWish::KeyFile(path) => {
                let bytes = read(&path)?;
                let set = key_text("key", &bytes)?.from_file(&path.display().to_string());
                Ok(Keys { set, lint: lint_key(&bytes) })
            }
            KeyWish::Jwks(place) => self.jwks(&place).await,
            KeyWish::Secret(secret) => Ok(KeySet::given(vec![secret_key(&secret)]).into()),
        }
    }

    /// A key set by URL or file name.
    async fn jwks(&self, place: &str) -> Result<Keys> {
        if let Some(url) = Url::parse(place).ok().filter(|url| matches!(url.scheme(), "http" | "https")) {
            let (set, text) = self.keys_with_text_at(&url).await?;
            return Ok(Keys { set, lint: lint_jwks(text.as_bytes()) });
        }
        let bytes = read(Path::new(place))?;
        let set = parse_jwks(&bytes).map_err(|error| unusable("jwks", &error))?.from_file(place);
        Ok(Keys { set, lint: lint_jwks(&bytes) })
    }
}

/// Keys, and what is wrong with them where they came by file or URL; a connection has a view of its own for that.
struct Keys {
    set: KeySet,
    lint: Vec<Finding>,
}

impl From<KeySet> for Keys {
    fn from(set: KeySet) -> Self {
        Keys { set, lint: Vec::new() }
    }
}

/// The lint of a key file. A key that was given alone is not published: that it is no set, and private, is no fault of it.
fn lint_key(text: &[u8]) -> Vec<Finding> {
    if !text.trim_ascii_start().starts_with(b"{") {
        return Vec::new();
    }
    let mut findings = lint_jwks(text);
    if findings.iter().any(|finding| finding.id == "no-set") {
        let of_published = ["no-set", "private-key-published", "secret-published"];
        findings.retain(|finding| !of_published.contains(&finding.id.as_str()));
    }
    findings
}

impl From<InspectKey> for KeyWish {
    fn from(key: InspectKey) -> Self {
        match key {
            InspectKey::None => KeyWish::None,
            InspectKey::Connection { id } => KeyWish::Connection(Target::Saved(id)),
            InspectKey::Text { text } => KeyWish::Text(text),
            InspectKey::Secret { secret } => KeyWish::Secret(secret),
            InspectKey::Url { url } => KeyWish::Jwks(url),
        }
    }
}

/// What stands around tokens in markup, prose, JSON, forms and addresses, and inside of no token.
const WRAPPING: [char; 16] = ['{', '[', '<', '>', '(', ')', '%', '&', '=', '“', '”', '„', '‘', '’', '«', '»'];

/// The tokens in a text that is more than a token: several of them, a curl line, headers, a JSON answer, a form, an address,
/// one in quotes or with a comma behind.
/// Empty for one that begins as a token: what stands inside of that is for the inspection to judge.
#[must_use]
pub fn tokens_in(text: &str) -> Vec<FoundToken> {
    let token = jose::normalise(text);
    // One look at most lines of a list is enough.
    if token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')) {
        return Vec::new();
    }
    let is_wrapped =
        !token.contains(char::is_whitespace) && (token.starts_with(['"', '\'', '`']) || token.ends_with([',', ';']));
    if is_wrapped {
        return jose::find_tokens(text);
    }
    let first = token.split(char::is_whitespace).next().unwrap_or_default();
    let begins_as_one = first.starts_with("ey") && !jose::holds_several(token);
    let is_more = token.contains(char::is_whitespace) || token.contains("://") || token.contains(WRAPPING);
    if begins_as_one || !is_more {
        return Vec::new();
    }
    let found = jose::find_tokens(text);
    let is_itself = found.iter().all(|found| found.token.expose_secret() == token);
    if is_itself { Vec::new() } else { found }
}

/// What holds no token is inspected as it is, to say so.
fn read_paste(
    text: &str,
    pick: usize,
    proved: Option<&ProvedRequest>,
    keys: &KeySet,
    expectations: &Expectations,
) -> InspectedPaste {
    let tokens = jose::find_tokens(text);
    let picked = pick.min(tokens.len().saturating_sub(1));
    let token = tokens.get(picked).map_or_else(|| jose::normalise(text), |found| found.token.expose_secret());
    let inspection = marked(text, jose::inspect(token, keys, expectations));
    let proof = proved.map_or_else(Vec::new, |request| check_proof(token, request, expectations));
    let shape = |token: &str| jose::inspect(token, &KeySet::none(), &Expectations::at(expectations.at)).form;
    let found = tokens.iter().enumerate().map(|(at, found)| FoundTokenView {
        place: found.place.clone(),
        masked: masked(&found.token),
        form: if at == picked { inspection.form } else { shape(found.token.expose_secret()) },
        bytes: found.token.expose_secret().len(),
    });
    InspectedPaste { found: found.collect(), picked, inspection, proof }
}

fn check_proof(proof: &str, request: &ProvedRequest, expectations: &Expectations) -> Vec<Rule> {
    let access_token = request.access_token.as_ref().map(ExposeSecret::expose_secret).filter(|token| !token.is_empty());
    let bound = access_token.map(|token| jose::inspect(token, &KeySet::none(), expectations).payload);
    jose::check_dpop_proof(
        proof,
        &DpopRequest {
            header_count: 1,
            method: request.method.trim(),
            url: request.url.trim(),
            access_token,
            bound_thumbprint: bound.as_ref().and_then(|payload| payload.pointer("/cnf/jkt")?.as_str()),
            nonce: request.nonce.as_deref().filter(|nonce| !nonce.is_empty()),
            at: expectations.at,
            window: DPOP_WINDOW.saturating_add(expectations.leeway),
        },
    )
}

/// A moment: RFC 3339, or seconds since the epoch, or milliseconds where the number would be far off as seconds.
///
/// # Errors
/// When the text is neither.
pub fn moment(text: &str) -> Result<Timestamp> {
    const MILLISECONDS: i64 = 100_000_000_000;
    let number = text.trim().parse::<i64>().ok();
    let moment = match number {
        Some(number) if number.abs() >= MILLISECONDS => Timestamp::from_millisecond(number),
        Some(number) => Timestamp::from_second(number),
        None => text.trim().parse(),
    };
    moment.map_err(|error| {
        DeskError::invalid(
            "at",
            format!("The time `{text}` cannot be read ({error}). Write it like 2026-01-31T12:00:00Z."),
        )
    })
}

/// A key set, a single key, or several in PEM. JSON that has `keys` is a set.
fn key_text(field: &'static str, bytes: &[u8]) -> Result<KeySet> {
    let is_set = serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|value| value.get("keys").is_some());
    if is_set {
        return parse_jwks(bytes).map_err(|error| unusable(field, &error));
    }
    parse_keys(bytes).map_err(|error| unusable(field, &error))
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
