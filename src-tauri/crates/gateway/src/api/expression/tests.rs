//! Texts from the documentation, conditions, refusals.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::{Expression, Property, Reach, RequestMember, Scope, Template};

struct Fixed(Value);

impl Scope for Fixed {
    fn property(&self, property: &Property) -> Value {
        let of = |path: &[&str]| {
            let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
            super::json_path(&self.0, &path)
        };
        match property {
            Property::Request(RequestMember::Method) => of(&["request", "method"]),
            Property::Header(name, None) => of(&["request", "headers", name]),
            Property::Header(name, Some(at)) => of(&["request", "headers", name, &at.to_string()]),
            Property::Attribute(name, _) => of(&["context", "attributes", name]),
            _ => Value::Null,
        }
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
        ("{#context.attributes['missing'].deep}", ""),
        ("{#request.method + 'it''s}' + '!'}", "GETit's}!"),
    ] {
        assert_eq!(Template::parse(text, Reach::Request).unwrap().render(&scope()), expected, "{text}");
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
        assert!(Template::parse(text, Reach::Error).and(Expression::condition(text)).is_err(), "{text}");
    }
}

/// As null they would make a condition false, and a policy behind it would never run.
#[test]
fn what_has_no_value_is_refused_by_name() {
    for (text, reach, name) in [
        ("{#dictionaries['d']['k'] == 'x'}", Reach::Request, "`#dictionaries.d.k` is not known here"),
        ("{#subscription.id == 'x'}", Reach::Request, "`#subscription.id`"),
        ("{#request.ssl.client.dn != null}", Reach::Request, "`#request.ssl.client.dn`"),
        ("{#request.content != null}", Reach::Request, "`#request.content`"),
        ("{#request.headrs['x'] != null}", Reach::Request, "`#request.headrs.x`"),
        ("{#request.headers['x'][first] != null}", Reach::Request, "`#request.headers.x.first`"),
        ("{#request.method == 'GET' || #nope.x == null}", Reach::Request, "`#nope.x`"),
        ("{#response.status == 200}", Reach::Request, "`#response.status`"),
        ("{#error.key}", Reach::Request, "`#error.key`"),
        ("{#error.cause}", Reach::Error, "`#error.cause`"),
        ("{#request.method}", Reach::Load, "`#request.method`"),
        ("{#context.attributes['x']}", Reach::Load, "`#context.attributes.x`"),
    ] {
        let refused = Template::parse(text, reach).unwrap_err();
        assert!(refused.contains(name) && refused.contains("known are #properties['…']"), "{text}: {refused}");
    }
    for (text, reach) in [
        ("{#properties['x']}{#api.properties['x']}{#api.name}", Reach::Load),
        ("{#context.attributes['set.by.somebody'].deep['er'] == null}", Reach::Request),
        ("{#request.headers['Any']}{#request.params['any'][0]}{#request.transactionId}", Reach::Request),
        ("{#error.key}{#error.message}{#error.statusCode}{#request.remoteAddress}", Reach::Error),
    ] {
        assert!(Template::parse(text, reach).is_ok(), "{text}");
    }
}
