//! A pasted curl line as data, without sending it.
//! Belongs here: curl's options that shape a request. Not here: the shell's quoting (`words`), writing such a line (`code`), what the request is for.
//! Pure: `@file` is never read, `$(…)` and variables are never expanded.

mod options;
mod secret;
mod words;

use options::{long_name, takes_value};
pub use words::quoted;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::SecretString;
use url::{Url, form_urlencoded};

/// A curl line longer than this is not one.
const LONGEST: usize = 1 << 20;

/// What a curl line would send.
#[derive(Debug, Clone)]
pub struct CurlCommand {
    /// Method token, in capitals as typed or as curl would choose.
    pub method: String,
    /// The URL; `http://` is added where the line has none, as curl does. Secret values of its query are empty, a fragment is not sent.
    pub url: Url,
    /// Headers as typed, none that carries a secret.
    pub headers: Vec<(String, String)>,
    /// Body text.
    pub body: Option<SecretString>,
    /// User and password of `-u` or of an `Authorization: Basic` header.
    pub basic: Option<(String, SecretString)>,
    /// The token of an `Authorization: Bearer` header or of `--oauth2-bearer`.
    pub bearer: Option<SecretString>,
    /// `-L`.
    pub follow_redirects: bool,
    /// What was left out, in words for a person.
    pub notes: Vec<String>,
}

/// Why a text is not a curl line that can be taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurlError {
    /// The text does not begin with `curl`.
    #[error("This is not a curl line: it does not begin with `curl`.")]
    NotCurl,
    /// A quote is not closed, as in a line that was copied in part.
    #[error("The curl line ends inside a quotation; probably its end was not copied.")]
    OpenQuote,
    /// No URL, or one that cannot be read.
    #[error("The curl line has no URL that can be used.")]
    NoUrl,
    /// More than 1 MiB.
    #[error("The text is too long for a curl line.")]
    TooLong,
}

/// Reads a curl line.
///
/// # Errors
/// [`CurlError`] says why it cannot be taken over.
pub fn parse(text: &str) -> Result<CurlCommand, CurlError> {
    if text.len() > LONGEST {
        return Err(CurlError::TooLong);
    }
    let text = text.trim().trim_start_matches(['$', '>', ' ']);
    let mut words = words::split(text).ok_or(CurlError::OpenQuote)?.into_iter();
    let program = words.next().unwrap_or_default();
    if !matches!(program.as_str(), "curl" | "curl.exe") {
        return Err(CurlError::NotCurl);
    }
    let mut line = Line::default();
    while let Some(word) = words.next() {
        line.word(&word, &mut words);
    }
    line.finish()
}

/// What has been read so far.
#[derive(Default)]
struct Line {
    method: Option<String>,
    url: Option<String>,
    headers: Vec<(String, String)>,
    data: Vec<String>,
    basic: Option<(String, SecretString)>,
    bearer: Option<SecretString>,
    get: bool,
    head: bool,
    json: bool,
    follow: bool,
    notes: Vec<String>,
}

impl Line {
    fn word(&mut self, word: &str, rest: &mut impl Iterator<Item = String>) {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            if takes_value(name) {
                let value = value.or_else(|| rest.next()).unwrap_or_default();
                self.option(name, value);
            } else {
                self.flag(name);
            }
        } else if let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) {
            self.short(short, rest);
        } else if self.url.is_none() {
            self.url = Some(word.to_owned());
        }
    }

    /// Short options may stand together (`-sSL`), and a value may stick to its option (`-XPOST`).
    fn short(&mut self, short: &str, rest: &mut impl Iterator<Item = String>) {
        for (at, letter) in short.char_indices() {
            let name = long_name(letter);
            if takes_value(name) {
                let stuck = short.get(at + letter.len_utf8()..).filter(|stuck| !stuck.is_empty());
                let value = stuck.map(str::to_owned).or_else(|| rest.next()).unwrap_or_default();
                self.option(name, value);
                return;
            }
            self.flag(name);
        }
    }

    fn flag(&mut self, name: &str) {
        match name {
            "get" => self.get = true,
            "head" => self.head = true,
            "location" => self.follow = true,
            "insecure" => self.notes.push("`--insecure` was left out: certificates are always checked here.".into()),
            _ => {}
        }
    }

    fn option(&mut self, name: &str, value: String) {
        match name {
            "request" => self.method = Some(value),
            "url" => self.url = Some(value),
            "header" => self.header(&value),
            "user" => self.basic = Some(user(&value)),
            "oauth2-bearer" => self.bearer = Some(value.into()),
            "user-agent" => self.plain_header("User-Agent", value),
            "referer" => self.plain_header("Referer", value),
            "json" => {
                self.json = true;
                self.data.push(value);
            }
            "data-urlencode" => self.data.push(urlencoded(&value)),
            "data" | "data-ascii" | "data-binary" if value.starts_with('@') => {
                self.notes.push(format!(
                    "The body comes from the file `{}`, which was not read.",
                    value.trim_start_matches('@')
                ));
            }
            "data" | "data-ascii" | "data-binary" | "data-raw" => self.data.push(value),
            "form" | "form-string" => self.notes.push("Multipart forms (`-F`) were left out.".into()),
            "cookie" => self.notes.push("Cookies (`-b`) were left out.".into()),
            "proxy" | "cacert" | "cert" | "key" => {
                self.notes.push(format!("`--{name}` was left out: it is a setting of the connection."));
            }
            _ => {}
        }
    }

    fn header(&mut self, text: &str) {
        let Some((name, value)) = text.split_once(':') else { return };
        let (name, value) = (name.trim(), value.trim());
        if !name.eq_ignore_ascii_case("authorization") {
            self.plain_header(name, value.to_owned());
            return;
        }
        match value.split_once(' ') {
            Some((scheme, credentials)) if scheme.eq_ignore_ascii_case("basic") => {
                match BASE64_STANDARD.decode(credentials.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
                    Some(decoded) => self.basic = Some(user(&decoded)),
                    None => self.notes.push("The Basic credentials are not base64; they were left out.".into()),
                }
            }
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                self.bearer = Some(token.trim().to_owned().into());
            }
            _ => self.notes.push("An Authorization header of another scheme was left out.".into()),
        }
    }

    /// A header that is kept with a request, and so carries no secret.
    fn plain_header(&mut self, name: &str, value: String) {
        if !value.is_empty() && secret::in_header(name, &value) {
            self.notes.push(format!(
                "The header `{name}` was left out because it carries a secret; such values are not kept with a request."
            ));
        } else {
            self.headers.push((name.to_owned(), value));
        }
    }

    fn finish(mut self) -> Result<CurlCommand, CurlError> {
        let typed = self.url.take().ok_or(CurlError::NoUrl)?;
        let mut url = address(&typed).ok_or(CurlError::NoUrl)?;
        if !url.username().is_empty() && self.basic.is_none() {
            let name = percent_decoded(url.username());
            self.basic = Some((name, percent_decoded(url.password().unwrap_or_default()).into()));
        }
        // Cannot fail for an http URL with a host, which `address` has made sure of.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let data = (!self.data.is_empty()).then(|| self.data.join(if self.json { "" } else { "&" }));
        let mut body = data;
        if let Some(query) = body.take_if(|_| self.get) {
            let joined = url.query().map_or_else(|| query.clone(), |before| format!("{before}&{query}"));
            url.set_query(Some(&joined));
        }
        url.set_fragment(None);
        self.empty_query(&mut url);
        self.content_type(body.is_some());
        let chosen = if self.head {
            "HEAD"
        } else if body.is_some() {
            "POST"
        } else {
            "GET"
        };
        Ok(CurlCommand {
            method: self.method.unwrap_or_else(|| chosen.to_owned()),
            url,
            headers: self.headers,
            body: body.map(SecretString::from),
            basic: self.basic,
            bearer: self.bearer,
            follow_redirects: self.follow,
            notes: self.notes,
        })
    }

    fn empty_query(&mut self, url: &mut Url) {
        self.notes.extend(secret::empty_in_query(url).into_iter().map(|name| {
            format!("The value of `{name}` in the query was left out because it is a secret; such values are not kept with a request.")
        }));
    }

    /// The header that curl adds to a body.
    fn content_type(&mut self, body: bool) {
        let typed = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if body && !typed {
            let media = if self.json { "application/json" } else { "application/x-www-form-urlencoded" };
            self.headers.push(("Content-Type".into(), media.into()));
        }
    }
}

impl CurlCommand {
    /// The parameters of a form body, decoded; none if the body is not a form.
    #[must_use]
    pub fn form(&self) -> Vec<(String, SecretString)> {
        use secrecy::ExposeSecret;
        let is_form = self.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.starts_with("application/x-www-form-urlencoded")
        });
        let Some(body) = self.body.as_ref().filter(|_| is_form) else { return Vec::new() };
        let pairs = form_urlencoded::parse(body.expose_secret().as_bytes());
        pairs.map(|(name, value)| (name.into_owned(), SecretString::from(value.into_owned()))).collect()
    }
}

fn user(text: &str) -> (String, SecretString) {
    let (name, password) = text.split_once(':').unwrap_or((text, ""));
    (name.to_owned(), password.to_owned().into())
}

fn address(typed: &str) -> Option<Url> {
    let text = if typed.contains("://") { typed.to_owned() } else { format!("http://{typed}") };
    Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// `name=value` with the value encoded, as `--data-urlencode` does.
fn urlencoded(text: &str) -> String {
    let encode = |value: &str| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    match text.split_once('=') {
        Some(("", value)) => encode(value),
        Some((name, value)) => format!("{name}={}", encode(value)),
        None => encode(text),
    }
}

fn percent_decoded(text: &str) -> String {
    // The form decoder also turns `+` into a space, which user information does not.
    let kept = text.replace('+', "%2B");
    form_urlencoded::parse(format!("x={kept}").as_bytes())
        .map(|(_, value)| value.into_owned())
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
