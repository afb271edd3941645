#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::{CurlCommand, CurlError, parse};
use crate::code::{Content, Language, Snippet, Text};
use secrecy::ExposeSecret;

fn read(line: &str) -> CurlCommand {
    parse(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn the_tutorials_token_request() {
    let curl = read(
        "curl -X POST 'http://am:8092/demo/oauth/token' \\\n  -H 'Content-Type: application/x-www-form-urlencoded' \\\n  -H 'Authorization: Basic bXktY2xpZW50Om15OnNlY3JldA==' \\\n  -d 'grant_type=client_credentials'",
    );
    assert_eq!(curl.method, "POST");
    assert_eq!(curl.url.as_str(), "http://am:8092/demo/oauth/token");
    let (user, password) = curl.basic.as_ref().unwrap();
    assert_eq!((user.as_str(), password.expose_secret()), ("my-client", "my:secret"), "split at the first colon");
    assert!(curl.headers.iter().all(|(name, _)| name != "Authorization"), "credentials are kept apart");
    let form = curl.form();
    assert_eq!((form[0].0.as_str(), form[0].1.expose_secret()), ("grant_type", "client_credentials"));
}

#[test]
fn methods_are_chosen_as_curl_chooses() {
    assert_eq!(read("curl example.com").method, "GET");
    assert_eq!(read("curl example.com").url.as_str(), "http://example.com/", "http is added");
    assert_eq!(read("curl -d a=b example.com").method, "POST");
    assert_eq!(read("curl -I example.com").method, "HEAD");
    assert_eq!(read("curl -XDELETE example.com").method, "DELETE", "a value may stick to its option");
    let get = read("curl -G -d a=b --data-urlencode 'c=d e' 'example.com/?x=1'");
    assert_eq!((get.method.as_str(), get.url.as_str()), ("GET", "http://example.com/?x=1&a=b&c=d+e"));
}

#[test]
fn quoting() {
    let curl = read(r#"curl -H "X-A: \"q\" \$x" -H $'X-B: \'\u00e9\x41' -H X-C:\ d 'https://h/a b'"#);
    let headers: Vec<_> = curl.headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(headers, [r#"X-A="q" $x"#, "X-B='éA", "X-C=d"]);
    assert_eq!(curl.url.as_str(), "https://h/a%20b");
    assert_eq!(read("curl https://h/ | jq .").url.as_str(), "https://h/", "the pipe is another command");
}

#[test]
fn nothing_is_expanded_or_read() {
    let curl = read("curl -d @/etc/passwd https://h/$(id)");
    assert!(curl.body.is_none());
    assert!(curl.notes[0].contains("not read"), "{:?}", curl.notes);
    assert_eq!(curl.url.path(), "/$(id)");
}

#[test]
fn clusters_bearer_and_json() {
    let curl = read("curl -sSLk -H 'authorization: bearer abc' --json '{\"a\":1}' https://u:p%40@h/x");
    assert!(curl.follow_redirects);
    assert_eq!(curl.bearer.unwrap().expose_secret(), "abc");
    assert_eq!(curl.basic.unwrap().1.expose_secret(), "p@");
    assert_eq!(curl.url.as_str(), "https://h/x", "no credentials stay in the URL");
    assert_eq!(curl.body.unwrap().expose_secret(), "{\"a\":1}");
    assert!(curl.headers.contains(&("Content-Type".into(), "application/json".into())));
}

#[test]
fn what_is_not_a_curl_line_is_said() {
    assert_eq!(parse("wget x").unwrap_err(), CurlError::NotCurl);
    assert_eq!(parse("curl 'http://h").unwrap_err(), CurlError::OpenQuote);
    assert_eq!(parse("curl -s").unwrap_err(), CurlError::NoUrl);
    assert_eq!(parse("curl file:///etc/passwd").unwrap_err(), CurlError::NoUrl);
    assert_eq!(parse(&format!("curl {}", "x".repeat(1 << 20))).unwrap_err(), CurlError::TooLong);
}

#[test]
fn no_cut_of_a_line_panics() {
    let line = r#"curl -u 'a:b' -H "X: \"y\"" -d $'q\u00e9' --json={} -XPUT https://ü.example/ä?x=%"#;
    for end in line.char_indices().map(|(at, _)| at) {
        let _ = parse(&line[..end]);
    }
}

#[test]
fn a_line_that_was_written_reads_back() {
    let headers = [("X-A", "it's \"q\" $x"), ("Content-Type", "text/plain")];
    let snippet = Snippet {
        method: "PUT".into(),
        url: "https://h/p?q=a b&c='".into(),
        headers: headers.map(|(name, value)| (name.into(), Text::Literal(value.into()))).into(),
        content: Content::Text("@not a file 'x'".into()),
        ..Snippet::default()
    };
    let curl = read(&snippet.write(Language::Curl));
    assert_eq!(curl.method, "PUT");
    assert_eq!(curl.url.as_str(), "https://h/p?q=a%20b&c=%27");
    assert_eq!(curl.headers[0], ("X-A".into(), "it's \"q\" $x".into()));
    assert_eq!(curl.body.unwrap().expose_secret(), "@not a file 'x'");
    let head = Snippet { method: "HEAD".into(), url: "https://h/".into(), ..Snippet::default() };
    assert_eq!(read(&head.write(Language::Curl)).method, "HEAD");
}

/// What would be stored with a request has no secrets.
#[test]
fn secrets_in_headers_are_left_out() {
    let curl = read(
        "curl -H 'X-Api-Key: s3cr3t' -H 'cookie: sid=s3cr3t' -H 'DPoP: s3cr3t' -H 'Proxy-Authorization: Basic s3cr3t' \\
         -e 'https://a/?code=s3cr3t' -H 'Accept: text/plain' -H 'X-Token-Type: jwt' -H 'Referer: https://a/' https://h/",
    );
    let names: Vec<_> = curl.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Accept", "X-Token-Type", "Referer"]);
    for (name, note) in ["X-Api-Key", "cookie", "DPoP", "Proxy-Authorization", "Referer"].iter().zip(&curl.notes) {
        assert!(note.contains(&format!("`{name}`")), "{note}");
    }
    assert_eq!(curl.notes.len(), 5, "{:?}", curl.notes);
    assert!(!format!("{curl:?}").contains("s3cr3t"));
}

#[test]
fn secrets_in_queries_are_left_out() {
    let curl = read(
        "curl 'https://h/p?a=%2f+1&api_key=s3cr3t&Access%5FToken=s3cr3t&token=&x;sig=s3cr3t&api_key=s3cr3t#s3cr3t'",
    );
    assert_eq!(curl.url.as_str(), "https://h/p?a=%2f+1&api_key=&Access%5FToken=&token=&x;sig=&api_key=");
    let notes = curl.notes.join("\n");
    assert!(!notes.contains("s3cr3t"), "{notes}");
    for name in ["api_key", "Access_Token", "sig"] {
        assert_eq!(notes.matches(&format!("`{name}`")).count(), 1, "{notes}");
    }
    assert_eq!(read("curl -G -d client_secret=s3cr3t h").url.as_str(), "http://h/?client_secret=");
    assert_eq!(read("curl 'https://h/?a=1'").url.as_str(), "https://h/?a=1");
    assert!(read("curl 'https://h/?a=1&token='").notes.is_empty());
}
