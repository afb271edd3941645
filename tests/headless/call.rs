//! `claimcheck call`

use crate::{
    program::Surroundings,
    serving::Serving,
    shapes::{self, header},
};
use serde_json::Value;

#[test]
fn without_a_token_401_is_shown_and_explained() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "call", &["--no-token", serving.api(), "--json"]).exits(0);
    let document = outcome.json();
    shapes::exchange(&document);
    assert_eq!(document["response"]["status"], 401);
    assert_eq!(
        header(&document["response"], "www-authenticate"),
        Some("Bearer realm=gravitee.io - No OAuth authorization header was supplied")
    );
    assert_eq!(header(&document["request"], "authorization"), None);
    let explanation = &document["explanation"];
    assert!(explanation["headline"].as_str().unwrap().contains("token"), "{explanation}");
    assert!(!explanation["causes"].as_array().unwrap().is_empty());
}

#[test]
fn with_a_token_200_and_the_token_masked_everywhere() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "call", &[serving.api(), "--json"]).exits(0);
    let document = outcome.json();
    shapes::exchange(&document);
    assert_eq!(document["response"]["status"], 200);
    assert_eq!(header(&document["request"], "authorization"), Some("Bearer ••••"));
    assert!(document["response"]["body"].as_str().unwrap().contains("\"Authorization\" : \"Bearer ••••\""));
    assert!(!outcome.stdout.contains("eyJ"));
    assert!(document.get("explanation").is_none(), "only where something was refused");
}

#[test]
fn reveal_shows_what_was_sent() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let document = serving.run(&surroundings, "call", &[serving.api(), "--json", "--reveal"]).exits(0).json();
    assert!(header(&document["request"], "authorization").unwrap().starts_with("Bearer eyJ"));
}

#[test]
fn in_text_the_body_is_data_and_the_rest_is_talk() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "call", &[serving.api()]).exits(0);
    let echo: Value = outcome.json();
    assert_eq!(echo["headers"]["Authorization"], "Bearer ••••");
    assert!(outcome.stderr.starts_with("200 OK · ") && outcome.stderr.contains("content-type: application/json"));
    let outcome = serving.run(&surroundings, "call", &["--no-token", serving.api()]).exits(0);
    assert_eq!(outcome.stdout, r#"{"message":"No OAuth authorization header was supplied","http_status_code":401}"#);
    assert!(outcome.stderr.contains("Why:") && outcome.stderr.contains("→"), "{}", outcome.stderr);
}

#[test]
fn fail_turns_400_and_more_into_exit_1() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let with_status = |status: u16| format!("{}?statusCode={status}", serving.api());
    for (status, code) in [(200, 0), (302, 0), (399, 0), (400, 1), (418, 1), (503, 1)] {
        serving.run(&surroundings, "call", &[&with_status(status), "--fail"]).exits(code);
        serving.run(&surroundings, "call", &[&with_status(status)]).exits(0);
    }
    serving.run(&surroundings, "call", &["--no-token", serving.api(), "--fail", "--json"]).exits(1);
}

#[test]
fn method_headers_and_body_are_sent_as_given() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let more =
        ["put", serving.api(), "-H", "x-mixed-case: a: b", "-H", "Accept:text/plain", "-d", "{\"a\":\"ü\"}", "--json"];
    let document = serving.run(&surroundings, "call", &more).exits(0).json();
    assert_eq!(document["request"]["method"], "PUT");
    assert_eq!(document["request"]["body"], "{\"a\":\"ü\"}");
    let echo: Value = serde_json::from_str(document["response"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(echo["headers"]["X-Mixed-Case"], "a: b");
    assert_eq!(echo["headers"]["Accept"], "text/plain");
    assert_eq!(echo["headers"]["Content-Type"], "application/json");
    assert_eq!(echo["bodySize"], 10);
    let document = serving.run(&surroundings, "call", &[serving.api(), "-d", "a=b", "--json"]).exits(0).json();
    assert_eq!(document["request"]["method"], "POST");
    assert_eq!(header(&document["request"], "content-type"), Some("application/x-www-form-urlencoded"));
}

#[test]
fn a_body_may_come_from_a_file_or_standard_input() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let file = surroundings.file("body.bin", [0, 159, 146, 150, 255]);
    let size = |more: &[&str], input: &str| {
        let document =
            serving.pipe(&surroundings, input, "call", &[&[serving.api(), "--json"], more].concat()).exits(0).json();
        let echo: Value = serde_json::from_str(document["response"]["body"].as_str().unwrap()).unwrap();
        echo["bodySize"].as_u64().unwrap()
    };
    assert_eq!(size(&["--data-file", file.to_str().unwrap()], ""), 5);
    assert_eq!(size(&["--data-file", "-"], "seven!!"), 7);
    let outcome = serving.run(&surroundings, "call", &[serving.api(), "--data-file", "/nowhere/x"]).exits(2);
    assert!(outcome.stderr.contains("/nowhere/x"));
}

#[test]
fn without_a_token_no_connection_is_needed() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    for words in [vec![serving.api()], vec!["GET", serving.api()], vec!["POST", serving.api()]] {
        let arguments = [vec!["call", "--no-token", "--json"], words].concat();
        let document = surroundings.run(&arguments).exits(0).json();
        assert_eq!(document["response"]["status"], 401);
    }
    let outcome = surroundings.run(&["call", serving.api()]).exits(2);
    assert!(outcome.stderr.contains("--no-token"), "{}", outcome.stderr);
}

#[test]
fn a_server_that_is_not_there_exits_3() {
    let outcome = Surroundings::new().run(&["call", "--no-token", "http://127.0.0.1:1/x", "--json"]).exits(3);
    assert_eq!(outcome.error().0, "network");
}

#[test]
fn a_typed_token_is_used_and_masked() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let bearer = format!("Authorization: Bearer {}", serving.token(&surroundings));
    let outcome = surroundings.run(&["call", "--no-token", serving.api(), "-H", &bearer, "--json"]).exits(0);
    assert_eq!(outcome.json()["response"]["status"], 200);
    assert!(!outcome.stdout.contains("eyJ"), "{}", outcome.stdout);
}

#[test]
fn a_refused_typed_token_is_not_explained_as_a_missing_one() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let words = ["call", "--no-token", serving.api(), "-H", "Authorization: Bearer a.b.c", "--json"];
    let document = surroundings.run(&words).exits(0).json();
    assert_eq!(document["response"]["status"], 401);
    let told = document["explanation"].to_string();
    assert!(!told.contains("carried no"), "{told}");
}

#[test]
fn a_bad_url_is_a_usage_error() {
    for url in ["echo", "ftp://127.0.0.1/x", "http://"] {
        let outcome = Surroundings::new().run(&["call", "--no-token", url, "--json"]).exits(2);
        assert_eq!(outcome.error().0, "invalid", "{url}");
    }
}

#[test]
fn an_authorization_header_that_is_not_sent_is_said() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "call", &[serving.api(), "-H", "Authorization: Bearer other"]).exits(0);
    assert!(outcome.stderr.contains("--no-token"), "{}", outcome.stderr);
    let outcome = serving.run(&surroundings, "call", &[serving.api()]).exits(0);
    assert!(!outcome.stderr.contains("--no-token"), "{}", outcome.stderr);
}
