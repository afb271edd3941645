//! `claimcheck introspect`

use crate::{apim::Apim, program::Surroundings, serving::Serving, shapes};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    thread,
};

#[test]
fn json_is_the_servers_members_and_the_exchange() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let token = serving.token(&surroundings);
    let outcome = serving.pipe(&surroundings, &token, "introspect", &["-", "--json"]).exits(0);
    let document = outcome.json();
    assert_eq!(document["active"], true);
    for (name, value) in
        [("client_id", "demo-client"), ("sub", "demo-client"), ("token_type", "bearer"), ("scope", "echo:read")]
    {
        assert_eq!(document[name], value, "{name}");
    }
    assert_eq!(document["iss"], format!("{}/demo/oidc", serving.am()));
    shapes::exchange(&document["exchange"]);
    assert_eq!(document["exchange"]["request"]["url"], format!("{}/demo/oauth/introspect", serving.am()));
    assert!(document["exchange"]["request"]["body"].as_str().unwrap().starts_with("token=••••"));
    assert!(!outcome.stdout.contains(&token) && !outcome.stdout.contains(serving.secret()));
}

#[test]
fn the_token_is_stripped_of_white_space_and_bearer() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let token = serving.token(&surroundings);
    for input in [format!("Bearer {token}\n"), format!("\r\n  bearer   {token} \t\n"), token.clone()] {
        serving.pipe(&surroundings, &input, "introspect", &["-"]).exits(0);
    }
    serving.run(&surroundings, "introspect", &[&token]).exits(0);
}

#[test]
fn without_a_token_it_asks_about_one_of_its_own() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.run(&surroundings, "introspect", &[]).exits(0);
    assert!(outcome.stdout.starts_with("✓ active\n"), "{}", outcome.stdout);
}

#[test]
fn inactive_exits_1() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let outcome = serving.pipe(&surroundings, "not.a.token", "introspect", &["-", "--json"]).exits(1);
    assert_eq!(outcome.json()["active"], Value::Bool(false));
    let outcome = serving.pipe(&surroundings, "not.a.token", "introspect", &["-"]).exits(1);
    assert_eq!(outcome.stdout, "✗ inactive\n");
}

#[test]
fn a_token_of_another_gateway_is_inactive() {
    let surroundings = Surroundings::new();
    let (one, other) = (Serving::start(&surroundings), Serving::start(&surroundings));
    one.pipe(&surroundings, &other.token(&surroundings), "introspect", &["-"]).exits(1);
}

#[test]
fn a_wrong_secret_is_a_refusal_and_not_an_inactive_token() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let token = serving.token(&surroundings);
    let words = [vec!["introspect".to_owned()], serving.spelled(), vec!["-".to_owned(), "--json".to_owned()]].concat();
    let outcome = surroundings.authenticated("wrong", &token, &words).exits(4);
    assert_eq!(outcome.error().0, "refused");
}

#[test]
fn a_server_without_the_endpoint_is_a_usage_error() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let url = format!("{}/demo/oauth/token", serving.am());
    let words = ["introspect", "--token-url", &url, "--client-id", "demo-client", "abc", "--json"];
    let outcome = surroundings.authenticated(serving.secret(), "", &words).exits(2);
    assert_eq!(outcome.error().0, "no_endpoint");
}

/// A played server: what it says of a token has a member of the name that the exchange has here.
#[test]
fn a_member_of_the_servers_called_exchange_does_not_hide_ours() {
    let server = Apim::start(|_| (200, json!({ "active": true, "exchange": "XNYS" })));
    let surroundings = Surroundings::new();
    let (token_url, introspect_url) = (format!("{}/token", server.origin), format!("{}/introspect", server.origin));
    let words = ["introspect", "--token-url", &token_url, "--introspect-url", &introspect_url, "--client-id", "c"];
    let document = surroundings.authenticated("s", "abc", &[&words[..], &["-", "--json"]].concat()).exits(0).json();
    assert_eq!((&document["active"], &document["server_exchange"]), (&json!(true), &json!("XNYS")));
    shapes::exchange(&document["exchange"]);
}

/// The client authenticates; nobody signs in, enters a password or is asked for a refresh token.
#[test]
fn any_token_is_asked_about_and_revoked_whatever_the_grant() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let token = serving.token(&surroundings);
    let grants =
        ["authorization_code", "device_code", "refresh_token", "token_exchange", "jwt_bearer", "password"].into_iter();
    for grant in grants.clone() {
        serving.pipe(&surroundings, &token, "introspect", &["--grant", grant, "-"]).exits(0);
    }
    for grant in grants {
        serving.pipe(&surroundings, &token, "revoke", &["--grant", grant, "-"]).exits(0);
    }
    let outcome =
        serving.run(&surroundings, "introspect", &["--grant", "password", "--username", "u", "--json"]).exits(2);
    assert_eq!(outcome.error().0, "input_needed", "without a token it gets one of its own");
    let file = surroundings.file("password", "p");
    let words = ["--grant", "password", "--username", "u", "--password-file", file.to_str().unwrap(), "--json"];
    assert_eq!(serving.run(&surroundings, "introspect", &words).exits(4).error().0, "refused");
}

/// What `token --json` printed is pasted as it is.
#[test]
fn a_token_answer_is_read_as_its_token() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let answer = serving.run(&surroundings, "token", &["--json"]).exits(0).stdout;
    serving.run(&surroundings, "introspect", &[answer.trim()]).exits(0);
    serving.pipe(&surroundings, &answer, "introspect", &["-"]).exits(0);
    for unfit in [r#"{"error":"x"}"#, r#"{"access_token":"••••"}"#] {
        serving.run(&surroundings, "introspect", &[unfit]).exits(2);
    }
}

/// A server that answers with the headers and the body that `answer` makes of a request.
pub(crate) fn raw(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(&connection);
            let (mut request, mut length) = (String::new(), 0);
            while reader.read_line(&mut request).unwrap_or_default() > 2 {
                let last = request.lines().last().unwrap().to_lowercase();
                length = last.strip_prefix("content-length: ").map_or(length, |length| length.parse().unwrap());
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            request += &String::from_utf8(body).unwrap();
            let said = answer(&request);
            let length = said.len() - said.find("\r\n\r\n").unwrap() - 4;
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n");
            let _ = (&connection).write_all((head + &said).as_bytes());
        }
    });
    origin
}

/// A server that repeats what it was asked with shows no secret, unless `--reveal` asks for it.
#[test]
fn what_the_server_repeats_is_masked() {
    const SECRET: &str = "Zq9secretvalue";
    let origin = raw(|request| {
        let authorization = request.lines().find(|line| line.to_lowercase().starts_with("authorization: "));
        let said = json!({
            "active": true, "sub": SECRET, "auth": authorization, "body": request.lines().last(), "client_id": "c",
        });
        format!("Content-Type: application/json\r\n\r\n{said}")
    });
    let surroundings = Surroundings::new();
    let (token_url, url) = (format!("{origin}/token"), format!("{origin}/introspect"));
    for method in ["client_secret_basic", "client_secret_post"] {
        let words = [
            "introspect",
            "--token-url",
            &token_url,
            "--introspect-url",
            &url,
            "--client-id",
            "c",
            "--auth-method",
            method,
            "t0ken-value",
        ];
        for more in [&[][..], &["--json"]] {
            let outcome = surroundings.authenticated(SECRET, "", &[&words, more].concat()).exits(0);
            for hidden in [SECRET, "t0ken-value", "YzpacTlzZWNyZXR2YWx1ZQ"] {
                assert!(!outcome.stdout.contains(hidden) && !outcome.stderr.contains(hidden), "{}", outcome.stdout);
            }
            assert!(outcome.stdout.contains("••••"), "{}", outcome.stdout);
        }
        let revealed = surroundings.authenticated(SECRET, "", &[&words[..], &["--json", "--reveal"]].concat()).exits(0);
        assert_eq!(revealed.json()["sub"], SECRET);
    }
}
