#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

fn token() -> Text {
    let value = Placeholder { variable: "TOKEN".into(), command: Some("claimcheck token 'my demo' --raw".into()) };
    Text::Secret { before: "Bearer ".into(), value }
}

fn snippet() -> Snippet {
    Snippet {
        method: "POST".into(),
        url: "https://api.example/a?b=c&d={{x}}#".into(),
        headers: vec![
            ("Authorization".into(), token()),
            ("X-It's".into(), Text::Literal("\"$(id)\" `id` \\".into())),
            ("X-At".into(), Text::Literal("@/etc/passwd".into())),
        ],
        content: Content::Text("{\"ü\": \"it's $HOME\"}\n".into()),
        ..Snippet::default()
    }
}

/// What a shell makes of a line, its commands replaced by functions that tell their words.
fn words(line: &str, setup: &str) -> Vec<String> {
    let script = format!(
        "claimcheck() {{ printf 't-%s' \"$2\"; }}; {setup}; curl() {{ printf '%s\\0' \"$@\"; }}; http() {{ printf '%s\\0' \"$@\"; }}; {line}"
    );
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn shells_see_the_command_and_nothing_else() {
    let curl = snippet().write(Language::Curl);
    let seen = words(&curl, ":");
    assert!(seen.contains(&"-g".to_owned()), "braces in the URL are no pattern: {seen:?}");
    assert!(seen.contains(&"Authorization: Bearer t-my demo".to_owned()), "{seen:?}");
    assert!(seen.contains(&"X-It's: \"$(id)\" `id` \\".to_owned()), "{seen:?}");
    assert_eq!(seen.last().unwrap(), "{\"ü\": \"it's $HOME\"}\n");
    let httpie = words(&snippet().write(Language::Httpie), ":");
    assert!(httpie.contains(&"Authorization:Bearer t-my demo".to_owned()), "{httpie:?}");
    assert!(httpie.contains(&"X-It's:\"$(id)\" `id` \\".to_owned()), "{httpie:?}");
    assert!(httpie.contains(&"X-At:\\@/etc/passwd".to_owned()), "no file is read: {httpie:?}");
    assert_eq!(httpie.last().unwrap(), "{\"ü\": \"it's $HOME\"}\n");
}

#[test]
fn a_token_request_reads_its_secret_from_the_environment() {
    let password = Placeholder { variable: "CLIENT_SECRET".into(), command: None };
    let request = Snippet {
        method: "POST".into(),
        url: "http://127.0.0.1:8092/demo/oauth/token".into(),
        basic: Some(Basic { user: "my $client".into(), password, form_encoded: true }),
        content: Content::Form(vec![
            ("grant_type".into(), Text::Literal("client_credentials".into())),
            ("scope".into(), Text::Literal("@a b".into())),
        ]),
        ..Snippet::default()
    };
    let secret = "CLIENT_SECRET='s p'";
    let curl = request.write(Language::Curl);
    assert!(
        curl.starts_with("# CLIENT_SECRET is read from the environment.\n# CLIENT_SECRET must be form-encoded"),
        "{curl}"
    );
    let seen = words(&curl, secret);
    assert!(seen.windows(2).any(|pair| pair == ["-u", "my $client:s p"]), "{seen:?}");
    assert!(seen.contains(&"scope=@a b".to_owned()) && !seen.contains(&"-X".to_owned()), "{seen:?}");
    let httpie = words(&request.write(Language::Httpie), secret);
    assert!(httpie.contains(&"--form".to_owned()) && httpie.contains(&"scope=\\@a b".to_owned()), "{httpie:?}");
    let hurl = request.write(Language::Hurl);
    assert!(hurl.contains("[BasicAuth]\nmy\\u{20}$client: {{CLIENT_SECRET}}\n[Form]\n"), "{hurl}");
    assert!(hurl.contains("# hurl --secret CLIENT_SECRET=\"$CLIENT_SECRET\" this.hurl\n"), "{hurl}");
    for language in [Language::Javascript, Language::Python, Language::Rust] {
        let code = request.write(language);
        assert_eq!(code.matches("CLIENT_SECRET").count(), 2, "the remark and the place: {code}");
    }
}

/// With `-X HEAD` curl waits for a body until the connection ends.
#[test]
fn curl_asks_for_the_head_alone_by_its_own_option() {
    let head = Snippet { method: "HEAD".into(), url: "https://api.example/a".into(), ..Snippet::default() };
    assert_eq!(head.write(Language::Curl), "curl -I https://api.example/a");
    let get = Snippet { method: "GET".into(), ..head };
    assert_eq!(get.write(Language::Curl), "curl -i https://api.example/a");
}

#[test]
fn hurl_sees_one_template() {
    let hurl = snippet().write(Language::Hurl);
    assert!(hurl.contains("\nAuthorization: Bearer {{TOKEN}}\n"), "{hurl}");
    assert_eq!(hurl.matches("{{").count(), 1, "{hurl}");
    assert!(hurl.contains("POST https://api.example/a?b=c&d=%7B%7Bx%7D%7D\n"), "{hurl}");
    assert!(hurl.contains("--secret TOKEN=\"$(claimcheck token 'my demo' --raw)\""), "{hurl}");
}

#[test]
fn languages_quote_as_they_should() {
    let javascript = snippet().write(Language::Javascript);
    assert!(javascript.starts_with("// TOKEN=$(claimcheck token 'my demo' --raw)\n"), "{javascript}");
    assert!(javascript.contains("[\"Authorization\", \"Bearer \" + process.env.TOKEN],"), "{javascript}");
    assert!(javascript.contains(r#"body: "{\"ü\": \"it's $HOME\"}\n","#));
    let python = snippet().write(Language::Python);
    assert!(python.contains("\"Authorization\": \"Bearer \" + os.environ[\"TOKEN\"],"), "{python}");
}
