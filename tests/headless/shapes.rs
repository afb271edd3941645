//! The JSON shapes that scripts rely on: names and types of members. More members may stand beside them.
//! Belongs here: the shapes. Not here: values.

use serde_json::Value;

/// Checks the type of a member, which must be there.
#[track_caller]
pub(crate) fn member(object: &Value, name: &str, is: fn(&Value) -> bool) {
    let value = object.get(name).unwrap_or_else(|| panic!("no member {name}: {object}"));
    assert!(is(value), "{name} has the wrong type: {value}");
}

pub(crate) fn text(value: &Value) -> bool {
    value.is_string()
}

pub(crate) fn text_or_null(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

pub(crate) fn number(value: &Value) -> bool {
    value.is_u64()
}

pub(crate) fn number_or_null(value: &Value) -> bool {
    value.is_u64() || value.is_null()
}

/// A point in time as RFC 3339 in UTC.
pub(crate) fn time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() >= 20 && text.contains('T') && text.ends_with('Z'))
}

fn headers(value: &Value) -> bool {
    let pair = |pair: &Value| pair.as_array().is_some_and(|pair| pair.len() == 2 && pair.iter().all(Value::is_string));
    value.as_array().is_some_and(|headers| headers.iter().all(pair))
}

/// `exchange`
#[track_caller]
pub(crate) fn exchange(exchange: &Value) {
    let request = &exchange["request"];
    member(request, "method", text);
    member(request, "url", text);
    member(request, "headers", headers);
    member(request, "body", text_or_null);
    let response = &exchange["response"];
    member(response, "status", number);
    member(response, "reason", text);
    member(response, "headers", headers);
    member(response, "body_bytes", number);
    let bodies =
        ["body", "body_base64"].iter().filter(|name| response.get(**name).is_some_and(Value::is_string)).count();
    assert_eq!(bodies, 1, "one of body and body_base64: {response}");
    for name in ["dns", "connect", "tls", "first_byte", "total"] {
        member(&exchange["timing_us"], name, number_or_null);
    }
    member(exchange, "redirects", Value::is_array);
}

/// The value of a header of the request or response.
pub(crate) fn header<'a>(message: &'a Value, name: &str) -> Option<&'a str> {
    let headers = message["headers"].as_array().unwrap();
    let found = headers.iter().find(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(name));
    found.map(|pair| pair[1].as_str().unwrap())
}

/// `inspect`
#[track_caller]
pub(crate) fn inspection(inspection: &Value) {
    let one_of = |value: &Value, words: &[&str]| assert!(words.contains(&value.as_str().unwrap()), "{value}");
    one_of(&inspection["form"], &["jws", "jwe", "jws-json", "sd-jwt", "nested", "dpop", "opaque", "broken"]);
    member(inspection, "well_formed", Value::is_boolean);
    assert!(inspection.get("header").is_some() && inspection.get("payload").is_some());
    for claim in inspection["claims"].as_array().unwrap() {
        member(claim, "name", text);
        assert!(claim.get("value").is_some());
        member(claim, "meaning", text);
        member(claim, "note", text);
    }
    let signature = &inspection["signature"];
    one_of(&signature["verdict"], &["valid", "invalid", "not_checked"]);
    member(signature, "reason", text);
    member(signature, "algorithm", text_or_null);
    assert!(signature.get("key").is_some());
    if signature["key"].is_object() {
        one_of(&signature["key"]["source"], &["given", "issuer_jwks", "token"]);
        member(&signature["key"], "kid", text_or_null);
        member(&signature["key"], "detail", text);
    }
    one_of(&inspection["acceptable"]["verdict"], &["yes", "no", "unknown"]);
    for rule in inspection["acceptable"]["rules"].as_array().unwrap() {
        member(rule, "rule", text);
        one_of(&rule["verdict"], &["pass", "fail", "not_checked"]);
        member(rule, "detail", text);
        member(rule, "reference", text);
    }
    for finding in inspection["findings"].as_array().unwrap() {
        for name in ["id", "severity", "message", "reference"] {
            member(finding, name, text);
        }
    }
}

/// The verdict of one rule of an inspection.
#[track_caller]
pub(crate) fn rule<'a>(inspection: &'a Value, name: &str) -> &'a str {
    let rules = inspection["acceptable"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["rule"] == name).unwrap_or_else(|| panic!("no rule {name}: {rules:?}"));
    rule["verdict"].as_str().unwrap()
}
