//! `claimcheck gateway`

use crate::{
    curl::curl,
    program::Surroundings,
    serving::Serving,
    shapes::{member, number, text, text_or_null},
};
use rustix::process::Signal;
use serde_json::Value;
use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

#[test]
fn the_ready_line_says_what_is_served() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let ready = &serving.ready;
    let origin = |value: &Value| {
        value.as_str().is_some_and(|text| text.starts_with("http://127.0.0.1:") && !text.ends_with('/'))
    };
    member(ready, "am", origin);
    member(ready, "gateway", origin);
    assert_eq!(ready["domains"].as_array().unwrap().len(), 1);
    assert_eq!(ready["domains"][0]["path"], "demo");
    assert_eq!(ready["domains"][0]["clients"][0]["client_id"], "demo-client");
    assert!(serving.secret().len() >= 32);
    assert_eq!(ready["apis"][0]["name"], "echo");
    assert_eq!(serving.api(), format!("{}/echo", serving.gateway()));
}

#[test]
fn the_built_in_client_has_a_fresh_secret_each_time() {
    let surroundings = Surroundings::new();
    let (one, other) = (Serving::start(&surroundings), Serving::start(&surroundings));
    assert_ne!(one.secret(), other.secret());
    assert!(!surroundings.home().exists(), "serving keeps nothing");
}

#[test]
fn ends_with_0_on_sigterm_and_sigint_even_with_connections_open() {
    for signal in [Signal::TERM, Signal::INT] {
        let serving = Serving::start(&Surroundings::new());
        let address = serving.gateway().trim_start_matches("http://").to_owned();
        let _idle = TcpStream::connect(&address).unwrap();
        let mut half = TcpStream::connect(&address).unwrap();
        half.write_all(b"POST /echo HTTP/1.1\r\nHost: ").unwrap();
        let (status, took) = serving.end(signal);
        assert_eq!(status.code(), Some(0), "{signal:?}");
        assert!(took < Duration::from_secs(5), "{signal:?} took {took:?}");
    }
}

#[test]
fn a_taken_port_ends_it_with_3_and_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let port = taken.local_addr().unwrap().port().to_string();
    for (option, other) in [("--am", "--gateway"), ("--gateway", "--am")] {
        let words = ["gateway", option, &address, other, "127.0.0.1:0"];
        let outcome = Surroundings::new().run(&words).exits(3);
        assert!(outcome.stderr.contains(&port) && outcome.stderr.contains(option), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "nothing on stdout before the ready line");
        let json = Surroundings::new().run(&[&words[..], &["--json"]].concat()).exits(3);
        let (code, message) = json.error();
        assert_eq!(code, "port_taken");
        assert!(message.contains(&port), "{message}");
    }
}

#[test]
fn a_bad_configuration_ends_it_with_2_and_names_file_and_place() {
    let cases = [
        ("[listen\n", "line 1"),
        ("[listen]\nam = \"127.0.0.1:0\"\nport = 7\n", "line 3"),
        ("[[domains]]\npath = \"demo\"\nsigning = \"none\"\n", "line 3"),
        ("[[domains]]\npath = \"demo\"\n[[domains.clients]]\nclient_id = \"a\"\n", "domains[0].clients[0]"),
        ("[[domains]]\npath = \"a/b\"\n", "domains[0].path"),
        ("[listen]\nam = \"0.0.0.0:8092\"\n", "listen.am"),
        ("[[domains]]\npath = \"a\"\n[[domains]]\npath = \"a\"\n", "domains[1].path"),
    ];
    for (toml, place) in cases {
        let surroundings = Surroundings::new();
        let file = surroundings.file("mine.toml", toml);
        let outcome = surroundings.run(&["gateway", "--config", file.to_str().unwrap()]).exits(2);
        assert!(outcome.stderr.contains("mine.toml"), "{}", outcome.stderr);
        let said = outcome.stderr.replace(':', " line ");
        assert!(outcome.stderr.contains(place) || said.contains(place), "{place} in: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let outcome = Surroundings::new().run(&["gateway", "--config", "/nowhere/g.toml", "--json"]).exits(2);
    let (code, message) = outcome.error();
    assert_eq!(code, "configuration");
    assert!(message.contains("/nowhere/g.toml"), "{message}");
    // Every line of this stream is a document.
    assert_eq!(outcome.stdout.lines().count(), 1, "{}", outcome.stdout);
}

#[test]
fn what_a_definition_means_and_is_not_done_here_is_said_at_once_and_in_the_ready_line() {
    let surroundings = Surroundings::new();
    let echo = surroundings.run(&["export", "echo"]).exits(0).stdout;
    let mut definition: Value = serde_json::from_str(&echo).unwrap();
    definition["api"]["state"] = "STOPPED".into();
    definition["api"]["resources"][0]["configuration"]["clientSecret"] = "x".into();
    surroundings.file("stopped.json", definition.to_string());
    let serving = Serving::configured(&surroundings, "[[apis]]\ndefinition = \"stopped.json\"\necho = true\n");
    let warnings = serving.ready["warnings"].as_array().unwrap();
    let warned = |text: &str| text.contains("stopped.json: api.state: not acted on here");
    assert!(warnings.len() == 1 && warned(warnings[0].as_str().unwrap()), "{warnings:?}");
    let until = Instant::now() + Duration::from_secs(5);
    while !warned(&serving.talk()) {
        assert!(Instant::now() < until, "{}", serving.talk());
        std::thread::sleep(Duration::from_millis(20));
    }

    definition["api"]["flows"][0]["request"][0]["policy"] = "magic".into();
    surroundings.file("stopped.json", definition.to_string());
    let file = surroundings.folder().join("gateway.toml");
    let outcome = surroundings.run(&["gateway", "--config", file.to_str().unwrap()]).exits(2);
    assert!(outcome.stderr.contains("the policy `magic` is not supported"), "{}", outcome.stderr);
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let outcome = Surroundings::new().run(&["gateway", "--am", "192.0.2.1:8092"]).exits(2);
    assert!(outcome.stderr.contains("192.0.2.1"), "{}", outcome.stderr);
}

#[test]
fn a_wrong_host_gets_421_on_both_listeners_with_or_without_a_token() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let bearer = format!("Authorization: Bearer {}", serving.token(&surroundings));
    let jwks = format!("{}/demo/oidc/.well-known/jwks.json", serving.am());
    for url in [serving.api(), &jwks] {
        for host in ["evil.example", "127.0.0.1:1", "localhost.evil.example", "169.254.169.254"] {
            let host = format!("Host: {host}");
            assert_eq!(curl(&["-H", &host, url]).status, 421, "{host} {url}");
            assert_eq!(curl(&["-H", &host, "-H", &bearer, url]).status, 421, "{host} {url}");
        }
    }
    let local = serving.api().replace("127.0.0.1", "localhost");
    assert_eq!(
        curl(&["--resolve", &format!("{}:127.0.0.1", local.split('/').nth(2).unwrap()), "-H", &bearer, &local]).status,
        200
    );
}

#[test]
fn every_request_has_its_line_at_the_latest_with_the_response() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let token = serving.token(&surroundings);
    assert_eq!(curl(&[&format!("{}?access=none", serving.api())]).status, 401);
    let refused = serving.last_request(401);
    assert_eq!(refused["event"], "request");
    assert_eq!(refused["listener"], "gateway");
    assert_eq!(
        (refused["method"].as_str(), refused["path"].as_str()),
        (Some("GET"), Some("/echo")),
        "no query in the path"
    );
    assert_eq!((refused["status"].as_u64(), refused["error_key"].as_str()), (Some(401), Some("OAUTH2_MISSING_HEADER")));
    assert_eq!(curl(&["-H", &format!("Authorization: Bearer {token}"), serving.api()]).status, 200);
    let passed = serving.last_request(200);
    assert_eq!(passed["status"], 200);
    member(&passed, "error_key", Value::is_null);
    for event in [&refused, &passed] {
        member(event, "error_key", text_or_null);
        assert!(!event["trace"].as_array().unwrap().is_empty());
        for step in event["trace"].as_array().unwrap() {
            member(step, "step", text);
            member(step, "outcome", text);
            member(step, "detail", text);
            member(step, "us", number);
        }
    }
    let told = serving.printed();
    assert!(!told.contains(&token), "no token in the lines");
    assert_eq!(told.matches(serving.secret()).count(), 1, "the secret stands in the ready line only");
    let granted = serving.line(1);
    assert_eq!((granted["listener"].as_str(), granted["path"].as_str()), (Some("am"), Some("/demo/oauth/token")));
}

#[test]
fn a_file_may_name_other_domains_clients_and_methods() {
    let surroundings = Surroundings::new();
    let serving = Serving::configured(
        &surroundings,
        r#"
[[domains]]
path = "shop"
behaviour = "am-4"
access_token_seconds = 300
signing = "EdDSA"
  [[domains.clients]]
  client_id = "post-client"
  client_secret = "öffne dich: 100% +&="
  auth_method = "client_secret_post"
  scopes = ["read", "write"]
  default_scopes = ["read"]
  claims = { tier = "gold" }
"#,
    );
    let granted =
        serving.run(&surroundings, "token", &["--auth-method", "client_secret_post", "--json"]).exits(0).json();
    assert_eq!(granted["expires_in"], 299);
    assert_eq!(granted["scope"], "read");
    let jwks = format!("{}/shop/oidc/.well-known/jwks.json", serving.am());
    let read = surroundings
        .pipe(granted["access_token"].as_str().unwrap(), &["inspect", "--json", "--jwks", &jwks])
        .exits(0)
        .json();
    assert_eq!(read["signature"]["verdict"], "valid");
    assert_eq!(read["header"]["alg"], "EdDSA");
    assert_eq!(read["payload"]["tier"], "gold");
    assert_eq!(read["payload"]["iss"], format!("{}/shop/oidc", serving.am()));
    // The client's own method only.
    let refused = serving.run(&surroundings, "token", &["--json"]).exits(4);
    assert_eq!(refused.json()["error"]["detail"]["oauth_error"], "invalid_client");
}

#[test]
fn the_text_form_tells_a_person_what_to_try() {
    let surroundings = Surroundings::new();
    let mut command = surroundings.command(&["gateway", "--am", "127.0.0.1:0", "--gateway", "127.0.0.1:0"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let text: String = lines
        .by_ref()
        .map_while(Result::ok)
        .take_while(|line| !line.contains("/oauth/token"))
        .fold(String::new(), |text, line| text + &line + "\n");
    crate::serving::kill(child.id());
    child.wait().unwrap();
    for word in ["authorization server  http://127.0.0.1:", "API gateway", "demo-client", "/echo", "curl"] {
        assert!(text.contains(word), "{word} in: {text}");
    }
}

#[test]
fn a_request_that_stalls_does_not_hold_up_the_end() {
    let serving = Serving::start(&Surroundings::new());
    let address = serving.am().trim_start_matches("http://").to_owned();
    let mut stalled = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /demo/oauth/token HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant"
    );
    stalled.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let (status, took) = serving.end(Signal::TERM);
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_millis(4_900), "{took:?}");
}

#[test]
fn a_reader_who_stops_reading_holds_up_neither_answers_nor_the_end() {
    let surroundings = Surroundings::new();
    let mut child = surroundings
        .command(&["gateway", "--json", "--am", "127.0.0.1:0", "--gateway", "127.0.0.1:0"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Kept open and unread after the first line.
    let mut stdout = std::io::BufReader::with_capacity(1, child.stdout.take().unwrap());
    let mut first = String::new();
    std::io::BufRead::read_line(&mut stdout, &mut first).unwrap();
    let ready: Value = serde_json::from_str(&first).unwrap();
    let address = ready["gateway"].as_str().unwrap().trim_start_matches("http://").to_owned();
    for number in 0..400 {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
            .write_all(format!("GET /echo HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
            .unwrap();
        let mut start = [0; 12];
        std::io::Read::read_exact(&mut stream, &mut start).unwrap_or_else(|error| panic!("answer {number}: {error}"));
        assert_eq!(&start, b"HTTP/1.1 401", "answer {number}");
    }
    let asked = Instant::now();
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}
