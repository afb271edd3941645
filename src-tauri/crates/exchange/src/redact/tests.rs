#![allow(clippy::unwrap_used, reason = "tests")]

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_STANDARD_NO_PAD, prelude::BASE64_URL_SAFE_NO_PAD};
use url::form_urlencoded;

use super::*;

fn knowing(secret: &str) -> Redaction {
    let mut redaction = Redaction::new();
    redaction.add(&secret.into());
    redaction
}

#[test]
fn short_values_are_masked_as_words() {
    let redaction = knowing("secret");
    assert_eq!(redaction.text("client_secret=secret&x=secrets secret"), "client_secret=••••&x=secrets ••••");
    assert_eq!(knowing("abc").text("abc"), "abc");
    assert_eq!(knowing("longer-secret").text("xlonger-secretx"), "x••••x");
}

/// A secret that is, or has, the mask: masking ends, and finds it all the same.
#[test]
fn secrets_like_the_mask_end() {
    let none = knowing("••••");
    assert_eq!(none.bytes("a••••b".as_bytes(), true).as_ref(), "a••••b".as_bytes());
    assert_eq!(knowing("•••").text("a•••b"), "a•••b");
    let holding = knowing("x••••y");
    assert_eq!(holding.bytes("1x••••y2x••••y3".as_bytes(), false).as_ref(), "1••••2••••3".as_bytes());
    assert_eq!(holding.text("1x••••y2"), "1••••2");
    assert_eq!(holding.bytes(b"none", true).as_ref(), b"none");
    assert_eq!(holding.bytes("1x••".as_bytes(), true).as_ref(), "1••••".as_bytes());
}

/// Twice the content takes about twice the time: 2 MiB full of secrets would take minutes otherwise.
#[test]
fn many_secrets_in_bytes_are_masked_in_one_pass() {
    let redaction = knowing("c4nary-value");
    let masked = redaction.bytes(&b"\xffc4nary-value".repeat(160_000), false).into_owned();
    let expected = [b"\xff".as_slice(), MASK.as_bytes()].concat().repeat(160_000);
    assert!(masked == expected);
}

#[test]
fn encodings_are_found() {
    let secret = "p@ss wörd/+\"x";
    let redaction = knowing(secret);
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::to_string(secret).unwrap();
    for shift in ["", "a", "ab"] {
        let masked = redaction.text(&BASE64_STANDARD_NO_PAD.encode(format!("{shift}{secret}and more")));
        assert!(masked.contains(MASK), "{masked}");
    }
    for text in [
        secret.to_owned(),
        form.clone(),
        form.replace('+', "%20"),
        form.to_ascii_lowercase(),
        json,
        "p@ss wörd\\/+\\\"x".to_owned(),
    ] {
        let masked = redaction.text(&text);
        assert!(masked.contains(MASK) && !masked.contains("ss"), "{text}: {masked}");
    }
}

#[test]
fn headers_and_urls_by_name() {
    let none = Redaction::new();
    for (name, value, shown) in [
        ("Authorization", "Bearer abc", "Bearer ••••"),
        ("authorization", "Basic", "Basic"),
        ("Authorization", "abc", "••••"),
        ("Proxy-Authorization", "Digest username=x", "Digest ••••"),
        ("Cookie", "a=1; b=2", "a=••••; b=••••"),
        ("Set-Cookie", "a=1; Path=/; HttpOnly", "a=••••; Path=/; HttpOnly"),
        ("DPoP", "eyJ", "••••"),
        ("X-Gravitee-Api-Key", "k", "••••"),
        ("X-Auth-Token", "k", "••••"),
        ("Location", "https://a/cb?code=c&state=s#access_token=t", "https://a/cb?code=••••&state=s#access_token=••••"),
        ("Location", "https://ghp_t0ken@a/?code=c", "https://••••@a/?code=••••"),
        ("Referer", "https://u:p@a/x", "https://u:••••@a/x"),
        ("Location", "/next?code=c", "/next?code=••••"),
        ("Location", "https://a", "https://a"),
        ("Content-Type", "text/plain", "text/plain"),
    ] {
        assert_eq!(none.header(name, value), shown, "{name}");
    }
    let url = Url::parse("https://u:p@a/x?api_key=1&b=2&Client_Secret=3").unwrap();
    assert_eq!(none.url(&url), "https://u:••••@a/x?api_key=••••&b=2&Client_Secret=••••");
    for (url, shown) in [
        ("https://ghp_t0ken@host/x", "https://••••@host/x"),
        ("https://ghp_t0ken:@host/x", "https://••••@host/x"),
        ("https://:t0ken@host/x", "https://:••••@host/x"),
        ("https://MASKED@host//MASKED@x", "https://••••@host//MASKED@x"),
        ("https://host/a:MASKED@b", "https://host/a:MASKED@b"),
        ("ftp://t0ken@host/x", "ftp://••••@host/x"),
        ("mailto:a@b", "mailto:a@b"),
    ] {
        assert_eq!(none.url(&Url::parse(url).unwrap()), shown);
    }
}

#[test]
fn members_of_json_keep_the_layout() {
    let none = Redaction::new();
    for (text, shown) in [
        (r#"{ "access_token" : "a\"b", "n":1 }"#, r#"{ "access_token" : "••••", "n":1 }"#),
        (r#"{"a":[{"password":"x"},{"password":""}]}"#, r#"{"a":[{"password":"••••"},{"password":""}]}"#),
        (r#"{"access_token":"cut of"#, r#"{"access_token":"••••""#),
        (r#"{"code":"E42","token":null,"x":"token"}"#, r#"{"code":"E42","token":null,"x":"token"}"#),
        (r#"{"Authorization":["Bearer a"]}"#, r#"{"Authorization":["Bearer ••••"]}"#),
        (r#"{"id\u005ftoken":"x"}"#, r#"{"id\u005ftoken":"••••"}"#),
    ] {
        assert_eq!(none.body(Some("application/json"), text), shown);
    }
    assert_eq!(
        none.body(Some("application/x-www-form-urlencoded"), "a=1&client%5Fsecret=2"),
        "a=1&client%5Fsecret=••••"
    );
}

/// Whatever an API sends: no panic, and the known value never comes through.
#[test]
fn anything_can_be_masked() {
    let pieces = [
        "token",
        "\"",
        "\\",
        ":",
        "{",
        "[",
        ",",
        "access_token",
        "=",
        "&",
        "?",
        "é",
        "c4nary-value",
        " ",
        "\n",
        "%",
        "••••",
        "#",
    ];
    let redaction = knowing("c4nary-value");
    let mut seed = 11_u64;
    for _ in 0..5_000 {
        let mut text = String::new();
        for _ in 0..16 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces.get(usize::try_from(seed >> 33).unwrap() % pieces.len()).unwrap());
        }
        for content_type in [None, Some("application/json"), Some("application/x-www-form-urlencoded")] {
            assert!(!redaction.body(content_type, &text).contains("c4nary"), "{text}");
        }
        for name in ["authorization", "cookie", "set-cookie", "location", "x-other"] {
            assert!(!redaction.header(name, &text).contains("c4nary"), "{text}");
        }
        for cut in 0..text.len() {
            if let Some(part) = text.get(..cut) {
                assert!(!redaction.cut_end(redaction.body(None, part)).contains("c4nar"), "{part}");
            }
        }
    }
}

/// A server may repeat a secret as its own language writes texts.
#[test]
fn a_secret_is_masked_however_a_server_spells_it() {
    let redaction = knowing("S3CR+T /ü=&%:x\"<'");
    for spelled in [
        r#"S3CR+T /\u00fc=&%:x\"<'"#,
        r#"S3CR+T \/\u00fc=&%:x\"<'"#,
        "S3CR+T+/ü=&%:x\"<'",
        "S3CR+T /ü=&amp;%:x&quot;&lt;&#39;",
        "S3CR+T /ü=&amp;%:x&quot;&lt;&#x27;",
        "S3CR%2BT%20/%C3%BC%3D%26%25%3Ax%22%3C%27",
        "533343522b54202fc3bc3d26253a78223c27",
        "533343522B54202FC3BC3D26253A78223C27",
    ] {
        let masked = redaction.text(&format!("before {spelled} after"));
        assert_eq!(masked, format!("before {MASK} after"), "{spelled}");
    }
}

/// Every character escaped, as no server must and some do.
#[test]
fn a_secret_is_masked_where_all_of_it_is_escaped() {
    let secret = "jK9-zMoü🔑";
    let redaction = knowing(secret);
    let units: Vec<u16> = secret.encode_utf16().collect();
    let of_units = |write: fn(&u16) -> String| units.iter().map(write).collect::<String>();
    let of_chars = |write: fn(u32) -> String| secret.chars().map(|c| write(c.into())).collect::<String>();
    let of_bytes = |write: fn(u8) -> String| secret.bytes().map(write).collect::<String>();
    for spelled in [
        of_units(|unit| format!("\\u{unit:04x}")),
        of_units(|unit| format!("\\u{unit:04X}")),
        of_chars(|number| format!("&#{number};")),
        of_chars(|number| format!("&#x{number:x};")),
        of_chars(|number| format!("&#x{number:X};")),
        of_bytes(|byte| format!("%{byte:02x}")),
        of_bytes(|byte| format!("%{byte:02X}")),
    ] {
        assert_eq!(redaction.text(&format!("a {spelled} b")), format!("a {MASK} b"), "{spelled}");
    }
}

/// At whatever place a secret stands in what is encoded: not one of its bits is left, and nothing else is taken.
#[test]
fn base64_leaves_no_rest_of_a_secret() {
    for secret in ["c4nary~?>", "c4nary~?>x", "c4nary~?>xy", "c4nary~?>xyz"] {
        let redaction = knowing(secret);
        for before in ["", "u", "us", "usr", "user:"] {
            for after in ["", "\n", "ab", "abc"] {
                let content = format!("{before}{secret}{after}");
                for encoded in [BASE64_STANDARD.encode(&content), BASE64_URL_SAFE_NO_PAD.encode(&content)] {
                    let head = encoded.get(..before.len() * 8 / 6).unwrap_or_default();
                    let rest = (before.len() + secret.len()) * 8;
                    let tail = encoded.get(rest.div_ceil(6)..).unwrap_or_default();
                    assert_eq!(
                        redaction.text(&format!("\"{encoded}\"")),
                        format!("\"{head}{MASK}{tail}\""),
                        "{content:?}"
                    );
                    let bytes = redaction.bytes(encoded.as_bytes(), false).into_owned();
                    assert_eq!(bytes, format!("{head}{MASK}{tail}").into_bytes(), "{content:?}");
                }
            }
        }
    }
}

#[test]
fn a_base64_text_that_is_cut_off_keeps_no_beginning() {
    let encoded = BASE64_STANDARD_NO_PAD.encode("us\u{e4}c4nary-of-some-length");
    let masked = knowing("c4nary-of-some-length").cut_end(encoded.get(..20).unwrap().to_owned());
    assert_eq!(masked, format!("{}{MASK}", encoded.get(..5).unwrap()));
}

/// Names, values and numbers, by what is known and by name, at any depth; what is none stays as it is.
#[test]
fn members_of_json_are_masked() {
    let redaction = knowing("1234567890");
    let came = serde_json::json!({
        "sub": "x 1234567890", "1234567890": true, "n": 1234567890, "exp": 1234567891, "authorization": "Basic abc",
        "deep": [{ "password": "p", "token_type": "Bearer", "own": ["a", "1234567890"] }, null],
    });
    let shown = serde_json::json!({
        "sub": "x ••••", "••••": true, "n": "••••", "exp": 1234567891, "authorization": "Basic ••••",
        "deep": [{ "password": "••••", "token_type": "Bearer", "own": ["a", "••••"] }, null],
    });
    assert_eq!(Json::Object(redaction.members(came.as_object().unwrap())), shown);
}
