//! What holds for every command: exit codes and shapes of errors, help, colours, closed pipes.

use crate::program::Surroundings;
use std::process::Stdio;

#[test]
fn usage_errors_exit_2_on_stderr() {
    let cases: [&[&str]; 8] = [
        &[],
        &["nothing"],
        &["token", "--bogus"],
        &["token", "a", "--raw", "--json"],
        &["token"],
        &["token", "--server", "http://x"],
        &["gateway", "--am"],
        &["call"],
    ];
    for arguments in cases.iter().filter(|words| !words.contains(&"--json")) {
        let outcome = Surroundings::new().run(arguments).exits(2);
        assert_eq!(outcome.stdout, "", "{arguments:?}");
        assert!(!outcome.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn usage_errors_are_json_as_soon_as_json_is_among_the_arguments() {
    let cases: [&[&str]; 11] = [
        &["--json"],
        &["token", "--json", "--bogus"],
        &["token", "--json"],
        &["token", "a", "--raw", "--json"],
        &["inspect", "--json", "--leeway", "never"],
        &["inspect", "--json", "a.b.c", "--at", "yesterday"],
        &["introspect", "--json", "a", "b", "c"],
        &["call", "--json"],
        &["connection", "show", "--json"],
        &["gateway", "--json", "--config"],
        &["nothing", "--json"],
    ];
    for arguments in cases {
        let outcome = Surroundings::new().run(arguments).exits(2);
        let (code, message) = outcome.error();
        assert_eq!(code, "invalid", "{arguments:?}");
        assert!(!message.contains('\n') && !message.contains("error:"), "{message}");
        assert_eq!(outcome.stderr, "", "{arguments:?}");
    }
}

#[test]
fn an_unknown_connection_exits_2_and_is_named() {
    for command in [
        vec!["token", "nobody"],
        vec!["connection", "show", "nobody"],
        vec!["connection", "remove", "nobody"],
        vec!["call", "nobody", "http://127.0.0.1:1"],
    ] {
        let outcome = Surroundings::new().run(&[command, vec!["--json"]].concat()).exits(2);
        let (code, message) = outcome.error();
        assert_eq!(code, "not_found");
        assert!(message.contains("nobody"), "{message}");
    }
}

#[test]
fn words_that_are_left_over_are_not_dropped() {
    let spelled = ["--server", "http://127.0.0.1:1", "--domain", "d", "--client-id", "c"];
    let cases: [&[&str]; 4] = [
        &["token", "name"],
        &["introspect", "one", "two"],
        &["revoke", "one", "two"],
        &["call", "name", "GET", "http://127.0.0.1:1"],
    ];
    for words in cases {
        Surroundings::new().authenticated("s", "", &[words, &spelled].concat()).exits(2);
    }
    let outcome = Surroundings::new().run(&["token", "name", "--client-id", "c"]).exits(2);
    assert!(outcome.stderr.contains("--client-id"), "{}", outcome.stderr);
}

#[test]
fn standard_input_is_not_taken_twice() {
    let spelled = ["--server", "http://127.0.0.1:1", "--domain", "d", "--client-id", "c", "--secret-stdin"];
    for words in
        [&["introspect", "-"][..], &["revoke", "-"], &["revoke"], &["call", "http://127.0.0.1:1", "--data-file", "-"]]
    {
        let outcome = Surroundings::new().pipe("secret", &[words, &spelled].concat()).exits(2);
        assert!(outcome.stderr.contains("Standard input"), "{}", outcome.stderr);
    }
    Surroundings::new().pipe("x", &["inspect", "-", "--secret-stdin"]).exits(2);
}

#[test]
fn help_and_version_are_data() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["help", "token"],
        &["gateway", "--help"],
        &["connection", "add", "--help"],
        &["--version"],
    ] {
        let outcome = Surroundings::new().run(arguments).exits(0);
        assert!(!outcome.stdout.is_empty() && outcome.stderr.is_empty(), "{arguments:?}");
        assert!(!outcome.stdout.contains('\u{1b}'), "no colours off a terminal");
    }
    assert_eq!(Surroundings::new().run(&["--version"]).stdout, format!("claimcheck {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_data_folder_that_cannot_be_used_exits_5_and_is_named() {
    let surroundings = Surroundings::new();
    surroundings.file("data", "a file where a folder should be");
    let outcome = surroundings.run(&["connection", "list", "--json"]).exits(5);
    let (code, message) = outcome.error();
    assert_eq!(code, "library");
    assert!(message.contains(surroundings.home().to_str().unwrap()), "{message}");
}

#[test]
fn a_damaged_library_is_set_aside_and_not_overwritten() {
    let surroundings = Surroundings::new();
    surroundings.run(&["connection", "list"]).exits(0);
    let library = surroundings.home().join("library.sqlite");
    let damaged = b"this is no database, and it is mine".repeat(200);
    std::fs::write(&library, &damaged).unwrap();
    let outcome = surroundings.run(&["connection", "list", "--json"]).exits(0);
    assert_eq!(outcome.json(), serde_json::json!([]));
    assert!(!outcome.stderr.is_empty(), "says so");
    let kept = std::fs::read_dir(surroundings.home()).unwrap().map(|entry| entry.unwrap().path());
    assert!(kept.into_iter().any(|path| path != library && std::fs::read(path).is_ok_and(|bytes| bytes == damaged)));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let surroundings = Surroundings::new();
    let mut child = surroundings.command(&["demo"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn a_log_filter_that_cannot_be_read_is_said() {
    let outcome = Surroundings::new().set("CLAIMCHECK_LOG", "a=b=c=[").run(&["connection", "list"]).exits(2);
    assert!(outcome.stderr.contains("CLAIMCHECK_LOG"), "{}", outcome.stderr);
}
