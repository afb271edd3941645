//! A request in the HTTP library's form, and as it leaves.
//! Belongs here: checks, added headers, encoding of forms. Not here: sending, redirects.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use crate::{Body, Failure, Header, Redaction, Request, Value, exchange::Sent, scan};

/// Codings that are undone on receipt.
const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";

/// Bytes of a request body that are kept for showing.
const SHOWN_BODY: usize = 256 * 1024;

/// A request that can be sent, in both forms.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

/// Turns `user:password@` of the URL into Basic credentials (RFC 9110 4.2.4 forbids to send it as it is), and checks the URL.
pub(crate) fn settle_url(request: &mut Request) -> Result<(), Failure> {
    let refuse = |reason: &str| Failure::BadUrl { url: Redaction::new().url(&request.url), reason: reason.to_owned() };
    if !matches!(request.url.scheme(), "http" | "https") {
        return Err(refuse("only http and https can be called"));
    }
    if request.url.host_str().is_none_or(str::is_empty) {
        return Err(refuse("it has no host"));
    }
    request.url.set_fragment(None);
    let (user, password) = (request.url.username().to_owned(), request.url.password().unwrap_or_default().to_owned());
    if user.is_empty() && password.is_empty() {
        return Ok(());
    }
    let _ = request.url.set_username("");
    let _ = request.url.set_password(None);
    let (user, password) = (decode_percent(&user), decode_percent(&password));
    // A user name without a password is a token.
    request.secrets.push(SecretString::from(if password.is_empty() { user.clone() } else { password.clone() }));
    if !request.headers.iter().any(|header| header.name.eq_ignore_ascii_case("authorization")) {
        let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
        request.headers.push(Header::new("Authorization", SecretString::from(format!("Basic {credentials}"))));
    }
    Ok(())
}

/// `+` is no space here, so form decoding will not do.
fn decode_percent(text: &str) -> String {
    let kept = text.replace('+', "%2B");
    form_urlencoded::parse(format!("x={kept}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

impl Outgoing {
    pub(crate) fn new(request: &Request, user_agent: &str) -> Result<Self, Failure> {
        let method = method(&request.method)?;
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 5);
        for header in &request.headers {
            append(&mut headers, header)?;
        }
        let body = content(&request.body);
        frame(&mut headers, &method, body.as_ref(), matches!(request.body, Body::Form(_)));
        let defaults =
            [(header::USER_AGENT, user_agent), (header::ACCEPT, "*/*"), (header::ACCEPT_ENCODING, ACCEPT_ENCODING)];
        for (name, value) in defaults {
            if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        Ok(Self { method, headers, body })
    }

    /// What leaves, for the record. HTTP/1.1 has `Host`, which the library writes last.
    pub(crate) fn sent(&self, url: &Url) -> Sent {
        let mut headers: Vec<(String, SecretString)> = Vec::with_capacity(self.headers.len() + 1);
        for (name, value) in &self.headers {
            headers.push((title_case(name.as_str()), String::from_utf8_lossy(value.as_bytes()).into_owned().into()));
        }
        if !self.headers.contains_key(header::HOST) {
            headers.push(("Host".to_owned(), authority(url).into()));
        }
        let body = self.body.as_ref().and_then(shown);
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Sent {
            method: self.method.to_string(),
            url: url.clone(),
            headers,
            body,
            content_type: content_type.map(str::to_owned),
        }
    }
}

/// The beginning of a text body.
fn shown(body: &Bytes) -> Option<SecretString> {
    let cut = body.get(..SHOWN_BODY).unwrap_or(body);
    crate::text::decode(None, cut, cut.len() < body.len()).map(SecretString::from)
}

/// `host` or `host:port`, the port only if it is not the scheme's.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn method(token: &str) -> Result<Method, Failure> {
    match Method::from_bytes(token.as_bytes()) {
        Ok(Method::CONNECT) => Err(unfit("CONNECT asks a proxy for a tunnel and cannot be called".to_owned())),
        Ok(method) => Ok(method),
        Err(_) => Err(unfit("the method is not a token such as GET or PATCH".to_owned())),
    }
}

fn append(headers: &mut HeaderMap, header: &Header) -> Result<(), Failure> {
    let name = HeaderName::from_bytes(header.name.trim().as_bytes())
        .map_err(|_| unfit(format!("\"{}\" is no header name", header.name.escape_debug())))?;
    // Framing is ours: a wrong length would break the connection, not the API.
    if matches!(name.as_str(), "content-length" | "transfer-encoding") {
        return Ok(());
    }
    let mut value = HeaderValue::from_bytes(header.value.expose().trim().as_bytes())
        .map_err(|_| unfit(format!("the value of header {name} has a line break or another control character")))?;
    value.set_sensitive(header.filled_from_secret());
    headers.append(name, value);
    Ok(())
}

fn frame(headers: &mut HeaderMap, method: &Method, body: Option<&Bytes>, form: bool) {
    if form && !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    let expected = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
    match body {
        Some(body) => headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len())),
        None if expected => headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0")),
        None => None,
    };
}

fn content(body: &Body) -> Option<Bytes> {
    match body {
        Body::Empty => None,
        Body::Bytes(bytes) => Some(bytes.clone()),
        Body::Secret(text) => Some(Bytes::copy_from_slice(text.expose_secret().as_bytes())),
        Body::Form(pairs) => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(pairs.iter().map(|(name, value)| (name, value.expose())));
            Some(form.finish().into())
        }
    }
}

fn unfit(what: String) -> Failure {
    Failure::BadRequest { what }
}

/// How HTTP/1.1 header names are written: `content-type` as `Content-Type`.
pub(crate) fn title_case(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|c| {
            let shown = if upper { c.to_ascii_uppercase() } else { c };
            upper = c == '-';
            shown
        })
        .collect()
}

/// Every value of a request that must be masked in its exchange: what the caller calls secret, and what messages name so.
pub(crate) fn redaction(request: &Request) -> Redaction {
    let mut redaction = Redaction::new();
    for secret in &request.secrets {
        redaction.add(secret);
    }
    for header in &request.headers {
        add_header(&mut redaction, header);
    }
    for (name, value) in request.url.query_pairs() {
        add_named(&mut redaction, scan::is_member(&name, true), &value);
    }
    match &request.body {
        Body::Form(pairs) => pairs.iter().for_each(|(name, value)| match value {
            Value::Secret(secret) => redaction.add(secret),
            Value::Plain(text) => add_named(&mut redaction, scan::is_member(name, true), text),
        }),
        Body::Secret(text) => redaction.add(text),
        Body::Bytes(bytes) => add_json(&mut redaction, bytes),
        Body::Empty => {}
    }
    redaction
}

/// A credential is found as a whole and, after its scheme, bare.
fn add_header(redaction: &mut Redaction, header: &Header) {
    let name = header.name.to_ascii_lowercase();
    let value = header.value.expose();
    let authorization = matches!(name.as_str(), "authorization" | "proxy-authorization");
    match value.trim().split_once(' ') {
        Some((scheme, credential)) if authorization || (header.filled_from_secret() && is_scheme(scheme)) => {
            redaction.add(&SecretString::from(credential.trim()));
        }
        _ if header.filled_from_secret() => redaction.add(&SecretString::from(value)),
        _ if name == "cookie" => {
            value
                .split(';')
                .filter_map(|pair| pair.split_once('='))
                .for_each(|(_, value)| add_named(redaction, true, value));
        }
        _ => add_named(redaction, authorization || scan::is_secret_header(&name), value),
    }
}

fn add_named(redaction: &mut Redaction, secret: bool, value: &str) {
    // Shorter plain values are too often everyday words.
    if secret && value.len() >= 8 {
        redaction.add(&SecretString::from(value));
    }
}

/// Secret members of a JSON body, at any depth.
fn add_json(redaction: &mut Redaction, bytes: &[u8]) {
    if bytes.len() > SHOWN_BODY || !bytes.trim_ascii_start().starts_with(b"{") {
        return;
    }
    let mut open: Vec<serde_json::Value> = serde_json::from_slice(bytes).into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::Array(items) => open.extend(items),
            serde_json::Value::Object(members) => {
                for (name, value) in members {
                    add_named(redaction, scan::is_member(&name, false), value.as_str().unwrap_or_default());
                    open.push(value);
                }
            }
            _ => {}
        }
    }
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "dpop", "token", "apikey", "digest", "negotiate"].contains(&word.to_ascii_lowercase().as_str())
}
