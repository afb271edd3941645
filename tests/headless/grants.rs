//! `claimcheck token --grant …`, `userinfo`: what the grants take, and what a script can rely on.

use crate::{program::Surroundings, serving::Serving};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};
use support::person::answer_page;

const CONFIG: &str = r#"
[[domains]]
path = "demo"
[[domains.clients]]
client_id = "web"
client_secret = "a b:%+/=&"
auth_method = "client_secret_post"
grant_types = ["authorization_code", "refresh_token"]
redirect_uris = ["http://127.0.0.1/callback"]
scopes = ["openid", "echo:read"]
[[domains.clients]]
client_id = "tv"
auth_method = "none"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]
scopes = ["openid"]
[[domains.clients]]
client_id = "exchanger"
client_secret = "a b:%+/=&"
auth_method = "client_secret_post"
grant_types = ["urn:ietf:params:oauth:grant-type:token-exchange"]
scopes = ["openid"]
default_scopes = ["openid"]
"#;
const SECRET: &str = "a b:%+/=&";

/// Runs a command that waits for a sign-in, and signs in at the address after `mark` on stderr. Gives stdout.
fn signed_in(surroundings: &Surroundings, serving: &Serving, words: &[&str], mark: &str) -> String {
    let mut arguments: Vec<&str> = words.to_vec();
    arguments.extend(["--server", serving.am(), "--domain", "demo", "--no-browser"]);
    let mut command = surroundings.command(&arguments);
    command.env("CLAIMCHECK_CLIENT_SECRET", SECRET);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        said += &format!("{line}\n");
        if let Some(url) = line.split(mark).nth(1).filter(|url| url.starts_with("http://")) {
            let _ = answer_page(url.trim(), "approve");
        }
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(SECRET), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn sign_ins_print_the_address_on_stderr_and_the_token_on_stdout() {
    let surroundings = Surroundings::new();
    let serving = Serving::configured(&surroundings, CONFIG);
    let web = ["--client-id", "web", "--auth-method", "client_secret_post", "--grant", "authorization_code"];
    let token =
        signed_in(&surroundings, &serving, &[&["token", "--raw", "--scope", "openid"][..], &web[..]].concat(), "  ");
    assert_eq!(token.trim().matches('.').count(), 2, "{token}");
    let document = signed_in(
        &surroundings,
        &serving,
        &[&["userinfo", "--json", "--scope", "openid"][..], &web[..]].concat(),
        "  ",
    );
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(
        (document["sub"].as_str(), document["exchange"]["response"]["status"].as_u64()),
        (Some("alice"), Some(200))
    );
    assert_eq!(document["note"], Value::Null);
    let json = |more: &[&str]| -> Value {
        let words = [&["token", "--json", "--scope", "openid"][..], &web[..], more].concat();
        serde_json::from_str(&signed_in(&surroundings, &serving, &words, "  ")).unwrap()
    };
    let masked = json(&[]);
    assert_eq!((masked["refresh_token"].as_str(), masked["id_token"].as_str()), (Some("••••"), Some("••••")));
    let revealed = json(&["--reveal"]);
    assert_eq!(revealed["id_token"].as_str().unwrap().matches('.').count(), 2);
    assert!(revealed["refresh_token"].as_str().unwrap().len() > 20, "{revealed}");

    let tv =
        ["token", "--raw", "--client-id", "tv", "--auth-method", "none", "--grant", "device_code", "--scope", "openid"];
    assert_eq!(signed_in(&surroundings, &serving, &tv, "or open ").trim().matches('.').count(), 2);

    let file = surroundings.file("subject.txt", token.trim());
    let exchange = |source: &str, input: &str| {
        let mut words =
            vec!["token", "--json", "--server", serving.am(), "--domain", "demo", "--client-id", "exchanger"];
        words.extend([
            "--auth-method",
            "client_secret_post",
            "--grant",
            "token_exchange",
            "--subject-token-file",
            source,
        ]);
        surroundings.authenticated(SECRET, input, &words).exits(0).json()
    };
    assert_eq!(exchange(file.to_str().unwrap(), "")["token_type"], "bearer");
    let shown = exchange("-", &token)["exchange"].to_string();
    assert!(shown.contains("subject_token=••••"), "{shown}");
}

#[test]
fn what_is_missing_is_said_with_the_option_for_it() {
    let surroundings = Surroundings::new();
    let serving = Serving::configured(&surroundings, CONFIG);
    for (grant, option) in [
        ("refresh_token", "--refresh-token-file"),
        ("token_exchange", "--subject-token-file"),
        ("jwt_bearer", "--assertion-key"),
        ("password", "CLAIMCHECK_PASSWORD"),
    ] {
        let mut words = vec!["token", "--json", "--server", serving.am(), "--domain", "demo", "--client-id", "web"];
        words.extend(["--auth-method", "client_secret_post", "--grant", grant]);
        if grant == "password" {
            words.extend(["--username", "alice"]);
        }
        let outcome = surroundings.authenticated(SECRET, "", &words).exits(2);
        assert_eq!(outcome.error().0, "input_needed", "{grant}");
        assert!(
            outcome.json()["error"]["detail"]["next"].as_str().unwrap().contains(option),
            "{grant}: {}",
            outcome.stdout
        );
    }
    let words =
        ["token", "--server", serving.am(), "--domain", "demo", "--client-id", "web", "--header", "X-Api-Key=k"];
    let outcome = surroundings.authenticated(SECRET, "", &words).exits(2);
    assert!(outcome.stderr.contains("X-Api-Key") && outcome.stderr.contains("secret"), "{}", outcome.stderr);
}

#[test]
fn a_user_name_is_named_by_its_option() {
    let surroundings = Surroundings::new();
    let serving = Serving::configured(&surroundings, CONFIG);
    let words = ["--auth-method", "client_secret_post", "--grant", "password", "--password-file", "-", "--json"];
    let outcome = serving.pipe(&surroundings, "p", "token", &words).exits(2);
    assert!(outcome.json()["error"]["detail"]["next"].as_str().unwrap().contains("--username"), "{}", outcome.stdout);
}
