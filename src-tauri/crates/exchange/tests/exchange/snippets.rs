//! Snippets are run by the tools that they are written for, and what arrives is looked at.

use crate::server::{Server, answer};
use exchange::code::{Basic, Content, Language, Placeholder, Snippet, Text};
use std::process::{Command, Output, Stdio};

async fn server() -> Server {
    Server::answering(|_| answer("200 OK", "Connection: close\r\n", "done")).await
}

fn placeholder(variable: &str) -> Placeholder {
    Placeholder { variable: variable.into(), command: None }
}

fn call(server: &Server) -> Snippet {
    Snippet {
        method: "POST".into(),
        url: server.url("/a?b=c%20d&e={x}").into(),
        headers: vec![
            ("Authorization".into(), Text::Secret { before: "Bearer ".into(), value: placeholder("TOKEN") }),
            ("Content-Type".into(), Text::Literal("application/json".into())),
            ("X-Odd".into(), Text::Literal("it's \"$HOME\" `id` \\ #{{".into())),
        ],
        content: Content::Text("{\"ü\": \"it's $HOME\"}\n".into()),
        ..Snippet::default()
    }
}

fn token_request(server: &Server) -> Snippet {
    Snippet {
        method: "POST".into(),
        url: server.url("/oauth/token").into(),
        headers: vec![("Accept".into(), Text::Literal("application/json".into()))],
        basic: Some(Basic { user: "my-client".into(), password: placeholder("CLIENT_SECRET"), form_encoded: false }),
        content: Content::Form(vec![
            ("grant_type".into(), Text::Literal("client_credentials".into())),
            ("scope".into(), Text::Literal("a+b c&d".into())),
            ("client_assertion".into(), Text::Secret { before: String::new(), value: placeholder("ASSERTION") }),
        ]),
        ..Snippet::default()
    }
}

/// Runs code with a program that reads it from standard input; `None` where the program is not installed.
async fn run(program: &'static [&'static str], code: String) -> Option<Output> {
    let (name, arguments) = program.split_first().unwrap();
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("TOKEN", "t-1").env("CLIENT_SECRET", "p:ss w%rd").env("ASSERTION", "a.b-c");
    for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env_remove(proxy);
    }
    let work = move || {
        use std::io::Write;
        let mut child = command.spawn().ok()?;
        child.stdin.take().unwrap().write_all(code.as_bytes()).unwrap();
        Some(child.wait_with_output().unwrap())
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

const TOOLS: [(Language, &[&str]); 3] = [
    (Language::Curl, &["sh", "-s"]),
    (Language::Python, &["python3", "-"]),
    (Language::Javascript, &["node", "--input-type=module", "-"]),
];

/// Python itself does not bring `requests`; where it is missing there is nothing to run.
fn is_missing(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("No module named 'requests'")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_arrives_as_it_was_written() {
    let mut ran = 0;
    for (language, program) in TOOLS {
        let server = server().await;
        let Some(output) = run(program, call(&server).write(language)).await.filter(|output| !is_missing(output))
        else {
            continue;
        };
        ran += 1;
        let seen = server.requests();
        assert_eq!(seen.len(), 1, "{language:?}: {}", String::from_utf8_lossy(&output.stderr));
        let request = &seen[0];
        let line = request.lines().next().unwrap();
        // The parser of URLs in the one or the other encodes the braces.
        assert!(line.starts_with("POST /a?b=c%20d&e="), "{language:?}: {line}");
        let has = |header: &str| request.lines().any(|line| line.eq_ignore_ascii_case(header));
        assert!(has("authorization: Bearer t-1"), "{language:?}: {request}");
        assert!(has("x-odd: it's \"$HOME\" `id` \\ #{{"), "{language:?}: {request}");
        assert!(request.ends_with("\r\n\r\n{\"ü\": \"it's $HOME\"}\n"), "{language:?}: {request}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("done"), "{language:?} tells the answer");
    }
    assert!(ran > 0, "curl is everywhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_request_arrives_with_its_credentials() {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    for form_encoded in [false, true] {
        for (language, program) in TOOLS {
            // A shell cannot encode; the code says so instead.
            if form_encoded && language == Language::Curl {
                continue;
            }
            let server = server().await;
            let mut snippet = token_request(&server);
            snippet.basic.as_mut().unwrap().form_encoded = form_encoded;
            let Some(output) = run(program, snippet.write(language)).await.filter(|output| !is_missing(output)) else {
                continue;
            };
            let seen = server.requests();
            assert_eq!(seen.len(), 1, "{language:?}: {}", String::from_utf8_lossy(&output.stderr));
            let (head, body) = seen[0].split_once("\r\n\r\n").unwrap();
            let sent = head.lines().find_map(|line| line.split_once(": Basic ")).unwrap().1;
            let credentials = String::from_utf8(BASE64_STANDARD.decode(sent).unwrap()).unwrap();
            let (user, password) = credentials.split_once(':').unwrap();
            let decoded = |text: &str| -> String {
                url::form_urlencoded::parse(format!("v={text}").as_bytes()).next().unwrap().1.into_owned()
            };
            assert_eq!(user, "my-client");
            assert_eq!(password.contains("%20"), form_encoded, "{language:?}: as ours writes a space");
            let password = if form_encoded { decoded(password) } else { password.to_owned() };
            assert_eq!(password, "p:ss w%rd", "{language:?}");
            let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let expected =
                [pair("grant_type", "client_credentials"), pair("scope", "a+b c&d"), pair("client_assertion", "a.b-c")];
            assert_eq!(pairs, expected, "{language:?}");
            assert!(head.to_ascii_lowercase().contains("content-type: application/x-www-form-urlencoded"));
        }
    }
}

/// The Rust snippet is compiled into this test: the file beside it is what the writer must write.
#[tokio::test]
async fn the_rust_snippet_compiles_and_is_what_is_written() {
    let snippet = Snippet {
        method: "PUT".into(),
        url: "http://127.0.0.1:1/x".into(),
        headers: vec![("X-Odd".into(), Text::Literal("\"quoted\" \\ {brace}".into()))],
        content: Content::Text("a \"text\"\n".into()),
        ..Snippet::default()
    };
    assert_eq!(format!("{{\n{}}}\n", snippet.write(Language::Rust)), include_str!("snippet.rs.txt"));
    let error = run_snippet().await.unwrap_err();
    let error = error.downcast::<reqwest::Error>().unwrap();
    assert!(error.is_connect(), "nobody listens there: {error}");
}

#[allow(clippy::disallowed_methods, reason = "the snippet is for programs of others")]
async fn run_snippet() -> Result<(), Box<dyn std::error::Error>> {
    include!("snippet.rs.txt");
    Ok(())
}
