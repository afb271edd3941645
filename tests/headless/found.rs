//! `claimcheck inspect` of a text that holds tokens, and of two tokens: which are found, what differs. Not here: what is said of one.

use crate::{
    inspect::{inspect, living, read},
    program::Surroundings,
};
use serde_json::json;

/// The text of a paste is more than a token: the tokens in it are found, the first one is read, the others are named.
#[test]
fn tokens_are_found_in_any_text() {
    let surroundings = Surroundings::new();
    let (token, _) = living(&surroundings, json!({ "sub": "one" }));
    let (other, _) = living(&surroundings, json!({ "sub": "two" }));
    let answer = json!({ "access_token": token, "id_token": other, "refresh_token": "0paque" }).to_string();
    for text in [
        format!("curl -H 'Authorization: Bearer {token}' https://api.example/orders"),
        format!("GET /orders HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer {token}\r\n"),
        format!("https://app.example/cb#access_token={token}&token_type=bearer"),
        answer.clone(),
    ] {
        let outcome = inspect(&text, &[]).exits(0);
        assert_eq!(outcome.json()["payload"]["sub"], "one", "{text}");
        assert!(!outcome.stderr.contains(&token), "{}", outcome.stderr);
    }
    let outcome = inspect(&answer, &["--pick", "2"]).exits(0);
    assert_eq!(outcome.json()["payload"]["sub"], "two");
    assert!(outcome.stderr.contains("--pick 1: access_token") && outcome.stderr.contains("--pick 3: refresh_token"));
    assert!(inspect(&answer, &["--pick", "4"]).exits(2).error().1.contains("holds 3 tokens"));
    assert!(inspect(&token, &["--pick", "2"]).exits(2).error().1.contains("holds 1 token."));
}

/// Several tokens are not one that was broken into lines.
#[test]
fn tokens_on_lines_of_their_own_are_several() {
    let surroundings = Surroundings::new();
    let (token, _) = living(&surroundings, json!({ "sub": "one" }));
    let (other, _) = living(&surroundings, json!({ "sub": "two" }));
    for text in [
        format!("{token}\n{other}\n"),
        format!("Bearer {token}\nBearer {other}\n"),
        format!("{token}\n{other}\n{token}\n"),
    ] {
        let outcome = inspect(&text, &["--pick", "2"]).exits(0);
        assert_eq!(outcome.json()["payload"]["sub"], "two", "{text}");
        assert_eq!(inspect(&text, &[]).exits(0).json()["payload"]["sub"], "one", "{text}");
    }
}

/// What stands around it in a mail, a page or an address is no part of it.
#[test]
fn a_token_is_found_in_prose_markup_and_escaped_addresses() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({}));
    for text in [
        format!("My token is {token}. Thanks"),
        format!("It was {token}..."),
        format!("https://app.example/login?next=%2Fcb%23access_token%3D{token}"),
        format!("%22{token}%22"),
        format!("access_token%3D{token}"),
        format!("<token>{token}</token>"),
        format!("\u{201c}{token}\u{201d}"),
        format!("({token})"),
    ] {
        let document = read(&text, &["--key", &path], 0);
        assert_eq!((&document["well_formed"], &document["form"]), (&json!(true), &json!("jws")), "{text}");
    }
    assert_eq!(read("opaque%3Dwith%20escapes", &[], 0)["form"], "opaque");
}

/// As tokens stand in code, in JSON and in YAML.
#[test]
fn a_token_in_quotes_is_found() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({}));
    for text in [
        format!("\"{token}\""),
        format!("'{token}'\n"),
        format!("\"{token}\","),
        format!("`{token}`;"),
        format!("{token},"),
        format!("Bearer {token};"),
        format!("\"Bearer {token}\""),
    ] {
        let document = read(&text, &["--key", &path], 0);
        assert_eq!((&document["well_formed"], &document["form"]), (&json!(true), &json!("jws")), "{text}");
    }
    assert_eq!(read("\"2YotnFZFEjr1zCsicMWpAA\",", &[], 0)["form"], "opaque");
}

/// PowerShell and editors put it there.
#[test]
fn a_byte_order_mark_before_the_token_is_left_out_and_told() {
    let surroundings = Surroundings::new();
    let (token, path) = living(&surroundings, json!({}));
    let document = read(&format!("\u{feff}{token}\r\n"), &["--key", &path], 0);
    let ids: Vec<_> = document["findings"].as_array().unwrap().iter().map(|finding| &finding["id"]).collect();
    assert!(document["well_formed"] == true && ids.contains(&&json!("byte-order-mark")), "{ids:?}");
}

#[test]
fn an_address_without_a_token_is_none() {
    for text in ["https://app.example/cb?code=abc&state=x", "http://127.0.0.1:8082/echo"] {
        let document = read(text, &[], 1);
        assert_eq!((document["form"].as_str(), document["well_formed"].as_bool()), (Some("broken"), Some(false)));
    }
}

/// What begins as a token is one, whatever stands inside of it (white space is a defect and no place to cut).
#[test]
fn a_token_with_something_inside_is_not_mended() {
    let surroundings = Surroundings::new();
    let (token, _) = living(&surroundings, json!({}));
    let (head, tail) = token.split_at(token.rfind('.').unwrap());
    for broken in [format!("{head}\n{tail}"), format!("{head} {tail}"), format!("{token} {token}")] {
        assert_eq!(read(&broken, &[], 1)["well_formed"], false, "{broken}");
    }
}

#[test]
fn two_tokens_are_set_beside_each_other() {
    let surroundings = Surroundings::new();
    let (left, _) = living(&surroundings, json!({ "sub": "a", "scope": "read", "exp": 2_000_000_000_i64 }));
    let (right, _) = living(&surroundings, json!({ "sub": "a", "scope": "read write", "exp": 2_000_003_600_i64 }));
    let file = surroundings.file("right.txt", format!("Authorization: Bearer {right}\n"));
    let lines = format!("{left}\n\n{right}\n");
    let file = file.to_str().unwrap();
    for (input, words) in [
        (left.as_str(), vec!["--diff", file]),
        (lines.as_str(), vec!["--diff"]),
        (right.as_str(), vec![left.as_str(), "--diff"]),
        ("", vec![left.as_str(), "--diff", file]),
    ] {
        let document = inspect(input, &words).exits(0).json();
        let differences = document["differences"].as_array().unwrap();
        let of = |path: &str| differences.iter().find(|one| one["path"] == path).unwrap();
        assert_eq!(of("payload.exp")["note"], "1 h later", "{words:?}");
        assert_eq!(of("payload.scope")["note"], "adds write");
        assert!(differences.iter().all(|one| one["path"] != "payload.sub"), "{differences:?}");
        assert_eq!(document["same"], false);
    }
    let text = surroundings.pipe(&lines, &["inspect", "--diff"]).exits(0).stdout;
    assert!(text.contains("payload.scope") && text.contains("adds write") && !text.contains(&left), "{text}");
    let same = surroundings.pipe(&left, &["inspect", &left, "--diff"]).exits(0).stdout;
    assert!(same.contains("the same, byte for byte"), "{same}");
    inspect(&left, &["--diff"]).exits(2);
    inspect(&left, &["--diff", "/nowhere/x"]).exits(2);
    inspect(&lines, &["--diff", "--issuer", "x"]).exits(2);
}
