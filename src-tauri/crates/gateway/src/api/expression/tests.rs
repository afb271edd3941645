//! Texts from the documentation, conditions, refusals.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::{Expression, Scope, Template};

struct Fixed(Value);

impl Scope for Fixed {
    fn property(&self, path: &[String]) -> Value {
        super::json_path(&self.0, path)
    }
}

fn scope() -> Fixed {
    Fixed(json!({
        "request": {"headers": {"X-A": ["one"]}, "method": "GET"},
        "context": {"attributes": {"oauth.payload": "{\"username\":\"flx\",\"roles\":[\"a\",\"b\"]}"}}
    }))
}

#[test]
fn renders_what_the_documentation_shows() {
    for (text, expected) in [
        ("plain", "plain"),
        ("{#jsonPath(#context.attributes['oauth.payload'], '$.username')}", "flx"),
        ("a{#request.headers['X-A'][0]}b{#request.method}", "aonebGET"),
        ("{#request.headers['X-A']}", "one"),
        ("{#request.missing.deep}", ""),
        ("{#request.method + 'it''s}' + '!'}", "GETit's}!"),
    ] {
        assert_eq!(Template::parse(text).unwrap().render(&scope()), expected, "{text}");
    }
}

#[test]
fn conditions_hold_or_not() {
    for (text, expected) in [
        ("{#request.method == 'GET'}", true),
        ("#request.method != 'GET'", false),
        ("{#request.headers['X-A'] == 'one' && !(#request.method == 'PUT')}", true),
        ("{#jsonPath(#context.attributes['oauth.payload'], '$.roles').contains('b')}", true),
        ("{#request.method.startsWith('P') || true}", true),
        ("{#request.headers['none'][0] == null}", true),
    ] {
        assert_eq!(Expression::condition(text).unwrap().holds(&scope()), expected, "{text}");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    for text in
        ["{#request.method.toUpperCase()}", "{T(java.lang.Runtime).x}", "{#a ? 1 : 2}", "{#a", "{#}", "{#x > 1}"]
    {
        assert!(Template::parse(text).and(Expression::condition(text)).is_err(), "{text}");
    }
}
