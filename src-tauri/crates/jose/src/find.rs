//! Finding tokens in whatever was pasted: a curl line, a header dump, a JSON answer, an address, a cookie, a wrapped line.
//! Belongs here: where tokens stand in texts. Not here: what they say ([`crate::inspect()`]).

use crate::inspect::looks_structured;
use secrecy::SecretString;
use serde_json::Value;

/// A token and where it stood.
#[derive(Debug, Clone)]
pub struct FoundToken {
    /// The token alone, ready for [`crate::inspect()`].
    pub token: SecretString,
    /// Where it stood, for a person: `Authorization header`, `access_token`, `cookie session`, `text`.
    pub place: String,
}

/// Parameters and members that carry tokens.
const NAMES: [&str; 15] = [
    "access_token",
    "id_token",
    "refresh_token",
    "token",
    "client_assertion",
    "assertion",
    "subject_token",
    "actor_token",
    "logout_token",
    "id_token_hint",
    "request",
    "response",
    "jwt",
    "software_statement",
    "dpop",
];

/// Nothing sensible holds more tokens.
const MOST: usize = 64;

/// Finds every token in a paste, in the order of the text, each once. A paste that is one word is taken as a token whatever
/// it is; a paste with nothing that looks like a token gives an empty list.
#[must_use]
pub fn find_tokens(text: &str) -> Vec<FoundToken> {
    let trimmed = unwrapped(text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}'));
    let mut found = Found::default();
    if let Ok(document @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(trimmed) {
        if is_serialization(&document) {
            found.add(0, trimmed, "text");
        } else {
            in_json(&mut found, &document, "");
        }
    } else if is_one_word(trimmed) {
        // Padding and other strays inside belong to it: they are what is to be told.
        found.add(0, trimmed, "text");
    } else if let Some(joined) = wrapped(trimmed) {
        found.add(0, &joined, "text over several lines");
    } else {
        in_text(&mut found, trimmed);
        if found.tokens.is_empty()
            && !trimmed.is_empty()
            && !trimmed.contains(char::is_whitespace)
            && !trimmed.contains("://")
        {
            found.add(0, trimmed, "text");
        }
    }
    found.finish()
}

/// A token as it stands in code or JSON: in quotes, with a comma or semicolon behind.
fn unwrapped(text: &str) -> &str {
    let bare = text.trim_end_matches([',', ';']).trim_end();
    let within = |quote: char| bare.strip_prefix(quote)?.strip_suffix(quote).filter(|inside| !inside.contains(quote));
    let inside = ['"', '\'', '`'].into_iter().find_map(within).unwrap_or(bare).trim();
    if inside.contains(char::is_whitespace) { text } else { inside }
}

#[derive(Default)]
struct Found {
    tokens: Vec<(usize, String, String)>,
}

impl Found {
    fn add(&mut self, position: usize, token: &str, place: &str) {
        let is_new = !token.is_empty() && self.tokens.iter().all(|(_, known, _)| known != token);
        if is_new && self.tokens.len() < MOST {
            self.tokens.push((position, token.to_owned(), place.to_owned()));
        }
    }

    fn finish(mut self) -> Vec<FoundToken> {
        self.tokens.sort_by_key(|(position, ..)| *position);
        let found = |(_, token, place)| FoundToken { token: SecretString::from(token), place };
        self.tokens.into_iter().map(found).collect()
    }
}

/// Whether a document is itself a token: a JWS or JWE in its JSON serialization.
fn is_serialization(document: &Value) -> bool {
    let has = |name: &str| document.get(name).is_some();
    has("ciphertext") || (has("payload") && (has("signature") || has("signatures")))
}

/// Members with a telling name, and every string that is a structured token. The document's depth is capped by its parser.
fn in_json(found: &mut Found, value: &Value, name: &str) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| in_json(found, value, name)),
        Value::Array(elements) => elements.iter().for_each(|element| in_json(found, element, name)),
        Value::String(text) if is_token_name(name) || is_structured(text) => {
            let token = crate::normalise(text);
            if !token.contains(char::is_whitespace) {
                found.add(found.tokens.len(), token, if name.is_empty() { "text" } else { name });
            }
        }
        Value::String(text) => in_text(found, text),
        _ => {}
    }
}

fn is_token_name(name: &str) -> bool {
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// One structured token that a terminal or a mail broke into lines.
fn wrapped(text: &str) -> Option<String> {
    let is_line = |line: &str| line.chars().all(|c| is_token_character(c) || c == '\r');
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() < 2 || !lines.iter().all(|line| is_line(line.trim())) {
        return None;
    }
    let whole = lines.iter().filter(|line| is_whole(line.trim())).count();
    let joined: String = lines.iter().map(|line| line.trim()).collect();
    let dots = joined.matches('.').count();
    // Several whole tokens on lines of their own are no wrapped one.
    (looks_structured(&joined) && (dots == 2 || dots == 4) && whole <= 1).then_some(joined)
}

/// Whether more than one line of a text is a whole token, perhaps behind `Bearer`, or two of its words are different ones:
/// then it is no token that was broken into lines.
#[must_use]
pub fn holds_several(text: &str) -> bool {
    let mut words = text.split_whitespace().filter(|word| is_whole(word));
    let first = words.next();
    words.any(|word| Some(word) != first)
        || text.lines().filter(|line| is_whole(crate::normalise(line))).nth(1).is_some()
}

/// Where the whole token ends that a text begins with, if another one stands behind white space.
pub(crate) fn end_of_first(text: &str) -> Option<usize> {
    let end = text.find(char::is_whitespace)?;
    let (first, rest) = text.split_at_checked(end)?;
    (is_whole(first) && rest.split_whitespace().any(is_whole)).then_some(end)
}

/// The characters of compact tokens, SD-JWTs and `b64token` (RFC 6750 2.1).
fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '/' | '=')
}

/// Whether a word is a JWS, JWE or SD-JWT by its looks.
fn is_structured(word: &str) -> bool {
    word.starts_with("ey") && word.contains('.') && looks_structured(word)
}

/// Whether a word has as many parts as a JWS or a JWE.
fn is_whole(word: &str) -> bool {
    is_structured(word) && matches!(word.matches('.').count(), 2 | 4)
}

/// Whether a paste is one structured token and nothing else, be it broken.
fn is_one_word(text: &str) -> bool {
    is_structured(text) && text.chars().all(is_token_character)
}

/// Looks at each word with what stands before it.
fn in_text(found: &mut Found, text: &str) {
    let (mut before, mut end) = ("", 0);
    for (position, word) in words(text) {
        let gap = text.get(end..position).unwrap_or_default();
        let line = line_before(text, end);
        let is_behind_scheme = is_scheme(before) && !is_scheme(word) && !gap.is_empty();
        if is_behind_scheme && gap.chars().all(char::is_whitespace) && is_credentials(line) {
            found.add(position, without_full_stop(word), "Authorization header");
        } else if is_assignment(before, gap) {
            of_parameter(found, position, word, before, line);
        } else {
            inside_word(found, position, word);
        }
        (before, end) = (word, position + word.len());
        if found.tokens.len() >= MOST {
            return;
        }
    }
}

/// The line up to a byte, at most its last kilobyte.
fn line_before(text: &str, end: usize) -> &str {
    let start = (end.saturating_sub(1024)..=end).find(|byte| text.is_char_boundary(*byte)).unwrap_or(end);
    let near = text.get(start..end).unwrap_or_default();
    near.rsplit('\n').next().unwrap_or_default()
}

/// Whether `Bearer` at the end of this line is credentials, not prose or a challenge.
fn is_credentials(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let mut before = line.trim_end();
    // `Bearer Bearer eyJ…`, as scripts write it, is meant as one.
    while let Some(rest) = ["bearer", "dpop"].into_iter().find_map(|scheme| before.strip_suffix(scheme)) {
        before = rest.trim_end();
    }
    before.is_empty() || before.contains("authorization") || before.ends_with("dpop:")
}

/// The runs of token characters, which include neither quotes nor `&`, `:`, `;`, `#`, `?` and `%`. A `=` inside splits.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_break = |c: char| !is_token_character(c) && c != '%';
    text.split(is_break).filter(|word| !word.is_empty()).flat_map(move |run| {
        let offset = run.as_ptr() as usize - text.as_ptr() as usize;
        let (name, value) = match run.split_once('=') {
            Some((name, value)) if !value.trim_end_matches('=').is_empty() && !name.contains('.') => (name, value),
            _ => ("", run),
        };
        let value_at = offset + run.len() - value.len();
        [(offset, name), (value_at, value)].into_iter().filter(|(_, part)| !part.is_empty())
    })
}

fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("dpop")
}

/// Whether a name stands in front: `name=`, `"name": "`, `Name: `.
fn is_assignment(before: &str, gap: &str) -> bool {
    let is_plain = gap.chars().all(|c| matches!(c, '=' | ':' | '"' | '\'' | ' ' | '\\'));
    !before.is_empty() && is_plain && gap.contains(['=', ':'])
}

fn of_parameter(found: &mut Found, position: usize, word: &str, name: &str, line: &str) {
    let value = decoded(word);
    if is_token_name(name) && !is_scheme(&value) {
        found.add(position, without_full_stop(&value), name);
    } else if is_structured(&value) {
        let is_cookie = line.to_ascii_lowercase().contains("cookie");
        found.add(
            position,
            without_full_stop(&value),
            &if is_cookie { format!("cookie {name}") } else { name.to_owned() },
        );
    } else {
        inside_word(found, position, word);
    }
}

/// A structured token, perhaps with something in front of it, such as a path, or escaped for an address as a whole.
fn inside_word(found: &mut Found, position: usize, word: &str) {
    let text = decoded(word);
    for part in words(&text).flat_map(|(_, word)| word.split(['/', '+', '='])).filter(|part| is_structured(part)) {
        found.add(position, without_full_stop(part), "text");
    }
}

/// A token without the end of the sentence that it closes. The dot that an unsecured JWS ends with is its own.
fn without_full_stop(word: &str) -> &str {
    let bare = word.trim_end_matches('.');
    if is_whole(bare) { bare } else { word }
}

/// Percent-decoding, where it is needed.
fn decoded(word: &str) -> String {
    if !word.contains('%') {
        return word.to_owned();
    }
    url::form_urlencoded::parse(format!("v={}", word.replace('+', "%2B")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
