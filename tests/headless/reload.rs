//! `claimcheck gateway --config`: the file changes while it serves.

use crate::{curl::curl, program::Surroundings, serving::Serving};
use rustix::process::Signal;
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::Stdio,
    time::Duration,
};

const STRICT: &str = "[[apis]]\necho = true\n";
const WEAK: &str = "[[apis]]\necho = true\nweaknesses = [\"no-auth\"]\n";

#[test]
fn a_changed_file_is_served_and_what_was_issued_lives_on() {
    let surroundings = Surroundings::new();
    let file = surroundings.file("gateway.toml", STRICT);
    let serving = Serving::with(&surroundings, Some(&file));
    let token = serving.token(&surroundings);
    assert_eq!(curl(&[serving.api()]).status, 401);
    // As editors do it: another file takes its place.
    fs::rename(surroundings.file("gateway.toml~", WEAK), &file).unwrap();
    let reload = serving.event("reload", 0);
    assert_eq!((&reload["ok"], &reload["apis"][0]["name"]), (&true.into(), &"echo".into()));
    assert_eq!(reload["domains"], serving.ready["domains"], "the secret that was made lives on");
    assert_eq!(curl(&[serving.api()]).status, 200);
    fs::write(&file, STRICT).unwrap();
    assert_eq!(serving.event("reload", 1)["ok"], true);
    assert_eq!(curl(&[serving.api()]).status, 401);
    assert_eq!(curl(&["-H", &format!("Authorization: Bearer {token}"), serving.api()]).status, 200);
}

#[test]
fn a_broken_file_leaves_the_old_one_serving_and_is_named() {
    let surroundings = Surroundings::new();
    let file = surroundings.file("gateway.toml", WEAK);
    let serving = Serving::with(&surroundings, Some(&file));
    fs::write(&file, "[[apis]]\necho = perhaps\n").unwrap();
    let broken = serving.event("reload", 0);
    assert_eq!((&broken["ok"], &broken["error"]["code"]), (&false.into(), &"configuration".into()));
    let message = broken["error"]["message"].as_str().unwrap();
    assert!(message.contains("gateway.toml:2:8"), "{message}");
    assert_eq!(curl(&[serving.api()]).status, 200);
    fs::write(&file, STRICT).unwrap();
    assert_eq!(serving.event("reload", 1)["ok"], true);
    assert_eq!(curl(&[serving.api()]).status, 401);
}

#[test]
fn files_that_are_named_are_watched_too() {
    let surroundings = Surroundings::new();
    let definition = |path: &str| {
        serde_json::json!({
            "export": {"apimVersion": "4.12.0"},
            "api": {
                "definitionVersion": "V4", "type": "PROXY", "name": "mine", "apiVersion": "1",
                "listeners": [{"type": "HTTP", "paths": [{"path": path}], "entrypoints": [{"type": "http-proxy"}]}],
                "endpointGroups": [], "flows": [],
            },
            "plans": [{"name": "open", "status": "PUBLISHED", "security": {"type": "KEY_LESS", "configuration": {}}}],
        })
        .to_string()
    };
    surroundings.file("api.json", definition("/one"));
    let toml = "[[apis]]\ndefinition = \"api.json\"\necho = true\n";
    let serving = Serving::configured(&surroundings, toml);
    let url = |path: &str| format!("{}{path}", serving.gateway());
    assert_eq!((curl(&[&url("/one")]).status, curl(&[&url("/two")]).status), (200, 404));
    surroundings.file("api.json", definition("/two"));
    assert_eq!(serving.event("reload", 0)["apis"][0]["url"], url("/two"));
    assert_eq!((curl(&[&url("/one")]).status, curl(&[&url("/two")]).status), (404, 200));
    surroundings.file("api.json", "{");
    let broken = serving.event("reload", 1);
    assert!(broken["error"]["message"].as_str().unwrap().contains("api.json"), "{broken}");
    assert_eq!(curl(&[&url("/two")]).status, 200);
}

#[test]
fn sighup_reads_it_anew() {
    let surroundings = Surroundings::new();
    let serving = Serving::configured(&surroundings, STRICT);
    serving.signal(Signal::HUP);
    assert_eq!(serving.event("reload", 0)["ok"], true);
    let (status, took) = serving.end(Signal::TERM);
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_person_is_told_on_stderr() {
    let surroundings = Surroundings::new();
    let file = surroundings.file("gateway.toml", STRICT);
    let words = ["gateway", "--am", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--config", file.to_str().unwrap()];
    let mut command = surroundings.command(&words);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = || {
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        line
    };
    fs::write(&file, "[[apis]]\necho = true\nweaknesses = [\"magic\"]\n").unwrap();
    let line = said();
    assert!(line.contains("gateway.toml: apis[0].weaknesses: `magic`") && line.contains("serves on"), "{line}");
    fs::write(&file, WEAK).unwrap();
    assert!(said().contains("configuration read anew: domains demo; APIs echo"));
    crate::serving::kill(child.id());
    child.wait().unwrap();
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
}
