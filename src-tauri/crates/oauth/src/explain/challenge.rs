//! Reads `WWW-Authenticate` (RFC 9110 11.6.1), legal or not.
//! Belongs here: the grammar and where it was broken. Not here: what a challenge means.

use exchange::Exchange;

use super::Challenge;

/// Longest header line that is read.
const MAX_LINE: usize = 8 * 1024;

/// Most challenges that are read.
const MAX_CHALLENGES: usize = 16;

/// All challenges of an answer, line by line.
pub(crate) fn of(exchange: &Exchange) -> Vec<Challenge> {
    let Some(response) = exchange.response() else { return Vec::new() };
    let lines = response.headers.get_all("www-authenticate");
    let mut challenges = Vec::new();
    for line in lines {
        let text = String::from_utf8_lossy(line.as_bytes());
        // A gateway may put anything into it, even the token.
        let shown = exchange.redaction().text(text.get(..MAX_LINE).unwrap_or(&text));
        challenges.extend(parse(&shown));
    }
    challenges.truncate(MAX_CHALLENGES);
    challenges
}

/// The challenges of one header line.
pub(crate) fn parse(line: &str) -> Vec<Challenge> {
    let mut reader = Reader { rest: line };
    let mut challenges = Vec::new();
    while challenges.len() < MAX_CHALLENGES {
        reader.skip(&[' ', '\t', ',']);
        let scheme = reader.token();
        if scheme.is_empty() {
            if !reader.rest.is_empty() {
                let text = reader.take_rest();
                challenges.push(broken(text));
            }
            break;
        }
        challenges.push(challenge(scheme, &mut reader));
    }
    challenges
}

fn broken(text: &str) -> Challenge {
    Challenge {
        scheme: String::new(),
        parameters: Vec::new(),
        token68: None,
        errors: vec![format!("\"{text}\" is no challenge: it does not begin with a scheme")],
    }
}

fn challenge(scheme: &str, reader: &mut Reader<'_>) -> Challenge {
    let mut challenge =
        Challenge { scheme: scheme.to_owned(), parameters: Vec::new(), token68: None, errors: Vec::new() };
    reader.skip(&[' ', '\t']);
    if let Some(text) = reader.token68() {
        challenge.token68 = Some(text.to_owned());
        return challenge;
    }
    let mut comma = true;
    while let Some(name) = reader.name_of_parameter() {
        if !comma {
            challenge.errors.push(format!("there is no comma before the parameter {name}"));
        }
        let value = reader.value(&name, &mut challenge.errors);
        if challenge.parameters.iter().any(|(known, _)| *known == name) {
            challenge.errors.push(format!("the parameter {name} occurs twice"));
        }
        challenge.parameters.push((name, value));
        reader.skip(&[' ', '\t']);
        comma = reader.rest.starts_with(',');
        reader.skip(&[' ', '\t', ',']);
        if !comma && !reader.rest.is_empty() && reader.peek_parameter().is_none() {
            let text = reader.take_rest();
            challenge
                .errors
                .push(format!("after the parameters there is free text, which is no legal grammar: \"{text}\""));
        }
    }
    if challenge.scheme.eq_ignore_ascii_case("bearer") && challenge.parameters.is_empty() {
        challenge.errors.push("Bearer stands alone; RFC 6750 3 wants at least one parameter".to_owned());
    }
    challenge
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self, characters: &[char]) {
        self.rest = self.rest.trim_start_matches(characters);
    }

    fn take_rest(&mut self) -> &'a str {
        std::mem::take(&mut self.rest).trim()
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn token(&mut self) -> &'a str {
        self.take(self.rest.find(|c| !is_token(c)).unwrap_or(self.rest.len()))
    }

    /// token68 stands alone between the scheme and the next comma, and is no `name=value`.
    fn token68(&mut self) -> Option<&'a str> {
        let end = self.rest.find([',', ' ']).unwrap_or(self.rest.len());
        let text = self.rest.get(..end)?;
        let body = text.trim_end_matches('=');
        let legal = !body.is_empty() && body.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c));
        let alone = self.rest.get(end..)?.trim_start_matches([' ', '\t']);
        (legal && (alone.is_empty() || alone.starts_with(','))).then(|| self.take(end))
    }

    fn peek_parameter(&self) -> Option<(&'a str, &'a str)> {
        let end = self.rest.find(|c| !is_token(c))?;
        let (name, rest) = self.rest.split_at_checked(end)?;
        let after = rest.trim_start_matches([' ', '\t']).strip_prefix('=')?;
        (!name.is_empty()).then(|| (name, after.trim_start_matches([' ', '\t'])))
    }

    /// The name of the next parameter; the reader stands at its value then.
    fn name_of_parameter(&mut self) -> Option<String> {
        let (name, rest) = self.peek_parameter()?;
        self.rest = rest;
        Some(name.to_ascii_lowercase())
    }

    fn value(&mut self, name: &str, errors: &mut Vec<String>) -> String {
        if self.rest.starts_with('"') {
            return self.quoted(name, errors);
        }
        let value = self.take(self.rest.find([',', ' ', '\t']).unwrap_or(self.rest.len())).to_owned();
        if name == "realm" {
            errors.push("realm is not in quotes (RFC 9110 11.5)".to_owned());
        } else if value.is_empty() || !value.chars().all(is_token) {
            errors.push(format!("the value of {name} must be in quotes"));
        }
        value
    }

    fn quoted(&mut self, name: &str, errors: &mut Vec<String>) -> String {
        let mut value = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return value;
                }
                '\\' => value.extend(characters.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        errors.push(format!("the value of {name} has no closing quote"));
        self.rest = "";
        value
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn parameters(challenge: &Challenge) -> Vec<(&str, &str)> {
        challenge.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn legal_challenges() {
        let one = parse(r#"Bearer realm="a, \"b\"", error="invalid_token", error_description="x=y""#);
        assert_eq!(one.len(), 1);
        assert_eq!(
            parameters(&one[0]),
            [("realm", r#"a, "b""#), ("error", "invalid_token"), ("error_description", "x=y")]
        );
        assert!(one[0].errors.is_empty(), "{:?}", one[0].errors);

        let many = parse(
            r#"Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple", Negotiate YII=, DPoP algs="ES256""#,
        );
        assert_eq!(
            many.iter().map(|c| c.scheme.as_str()).collect::<Vec<_>>(),
            ["Newauth", "Basic", "Negotiate", "DPoP"]
        );
        assert_eq!(many[2].token68.as_deref(), Some("YII="));
        assert!(many.iter().all(|challenge| challenge.errors.is_empty()));
    }

    #[test]
    fn the_tutorial_s_header() {
        let all = parse("Bearer realm=gravitee.io - No OAuth authorization header was supplied");
        assert_eq!(all.len(), 1);
        assert_eq!(parameters(&all[0]), [("realm", "gravitee.io")]);
        assert_eq!(all[0].errors.len(), 2, "{:?}", all[0].errors);
        assert!(all[0].errors[1].contains("No OAuth authorization header was supplied"));
    }

    #[test]
    fn other_broken_headers() {
        for (line, scheme, parts, errors) in [
            ("Bearer", "Bearer", vec![], 1),
            (
                r#"Bearer resource_metadata="https://h/x" scope="a b""#,
                "Bearer",
                vec![("resource_metadata", "https://h/x"), ("scope", "a b")],
                1,
            ),
            (r#"Bearer realm="open"#, "Bearer", vec![("realm", "open")], 1),
            ("Bearer realm=gravitee.io ", "Bearer", vec![("realm", "gravitee.io")], 1),
            (r#"Bearer realm=gravitee.io {"active" : false, "a":1}"#, "Bearer", vec![("realm", "gravitee.io")], 2),
            (r#"Bearer error="a", error="b""#, "Bearer", vec![("error", "a"), ("error", "b")], 1),
            ("Bearer error=invalid token", "Bearer", vec![("error", "invalid")], 1),
            ("@@@", "", vec![], 1),
        ] {
            let all = parse(line);
            assert_eq!(all.len(), 1, "{line}");
            assert_eq!(
                (all[0].scheme.as_str(), parameters(&all[0]), all[0].errors.len()),
                (scheme, parts, errors),
                "{line}: {:?}",
                all[0].errors
            );
        }
    }

    #[test]
    fn nothing_endless() {
        assert!(parse("").is_empty());
        assert!(parse(" , ,, ").is_empty());
        assert_eq!(parse(&"Basic realm=\"x\",".repeat(100)).len(), MAX_CHALLENGES);
    }

    /// Whatever a server sends: no panic, no endless loop.
    #[test]
    fn anything_can_be_read() {
        let pieces =
            ["Bearer", " ", "realm", "=", "\"", "\\", ",", "é", "\u{202e}", "\0", "Basic", "YWJj", "==", "\t", "%"];
        let mut seed = 7_u64;
        for _ in 0..20_000 {
            let mut line = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                line.push_str(pieces[usize::try_from(seed >> 33).unwrap() % pieces.len()]);
            }
            assert!(parse(&line).len() <= MAX_CHALLENGES);
        }
    }
}
