//! `claimcheck export --to-apim`: a definition brought to an API Management, played by a server that answers as its documentation
//! says and records what it is asked.

use crate::{
    definitions::{v2, v4},
    program::{Outcome, Surroundings, run},
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};
use support::keyring::Keyring;

const TOKEN: &str = "personal-access-token-5c2d";
const SECRET: &str = "resource-secret-4e1f";

/// A request as it came.
#[derive(Debug, Clone)]
struct Seen {
    line: String,
    authorization: Option<String>,
    body: String,
}

/// The server. It answers every request by its first line, such as `POST /management/v2/…`.
pub(crate) struct Apim {
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Apim {
    pub(crate) fn start(answer: impl Fn(&str) -> (u16, Value) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if let Some(request) = read(&connection) {
                    let (status, body) = answer(&request.line);
                    kept.lock().unwrap().push(request);
                    reply(connection, status, &body);
                }
            }
        });
        Self { origin, seen }
    }

    /// One that refuses everything and repeats the definition while doing so.
    pub(crate) fn refusing(definition: &str) -> Self {
        let said = format!("Unexpected definition: {definition}");
        Self::start(move |_| (422, json!({"httpStatus": 422, "message": said, "details": [said]})))
    }

    /// What was sent to it.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.body).collect()
    }

    /// As an API Management that knows nothing yet: one plan is in staging.
    pub(crate) fn fresh() -> Self {
        Self::start(usual)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

fn read(connection: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let line = first.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    (!line.is_empty()).then(|| Seen { line, authorization, body: String::from_utf8(body).unwrap() })
}

fn reply(mut connection: TcpStream, status: u16, body: &Value) {
    let location = body.get("location").and_then(Value::as_str).map(|to| format!("Location: {to}\r\n"));
    let body = if status == 204 { String::new() } else { body.to_string() };
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n",
        location.unwrap_or_default(),
        body.len()
    );
    let _ = connection.write_all((head + &body).as_bytes());
}

fn usual(line: &str) -> (u16, Value) {
    let api = json!({"id": "api-1", "name": "orders", "state": "STOPPED", "definitionVersion": "V4"});
    match line {
        _ if line.ends_with("/_import/definition") => (if line.starts_with("PUT") { 200 } else { 201 }, api),
        _ if line.ends_with("/apis/import") => (201, json!({"id": "api-2", "state": "stopped"})),
        _ if line.contains("/plans?") && line.contains("/v2/") => {
            (200, json!({"data": [{"id": "plan-1", "name": "gold", "status": "STAGING"}], "pagination": {}}))
        }
        _ if line.contains("/plans?") => (200, json!([])),
        _ if line.ends_with("/_publish") => (200, json!({"id": "plan-1"})),
        _ if line.ends_with("/_start") || line.ends_with("action=START") => (204, json!({})),
        _ if line.ends_with("/deployments") => (202, json!({})),
        _ if line.ends_with("/deploy") => (200, json!({})),
        other => (404, json!({"httpStatus": 404, "message": format!("nothing at {other}")})),
    }
}

/// The definition as a file, and the command on it.
fn export(surroundings: &Surroundings, definition: &Value, apim: &Apim, more: &[&str]) -> Outcome {
    let file = surroundings.file("orders.json", definition.to_string());
    let words = [&["export", file.to_str().unwrap(), "--to-apim", &apim.origin], more].concat();
    let mut command = surroundings.command(&words);
    command.env("CLAIMCHECK_APIM_TOKEN", TOKEN);
    run(command, b"")
}

#[test]
fn imports_publishes_starts_and_deploys() {
    let (surroundings, apim) = (Surroundings::new(), Apim::fresh());
    let outcome = export(&surroundings, &v4(), &apim, &[]).exits(0);
    assert_eq!(outcome.stdout, "api-1\n");
    let apis = "/management/v2/environments/DEFAULT/apis";
    assert_eq!(
        apim.lines(),
        [
            format!("POST {apis}/_import/definition"),
            format!("GET {apis}/api-1/plans?statuses=STAGING&perPage=100"),
            format!("POST {apis}/api-1/plans/plan-1/_publish"),
            format!("POST {apis}/api-1/_start"),
            format!("POST {apis}/api-1/deployments"),
        ]
    );
    let seen = apim.seen();
    assert!(seen.iter().all(|seen| seen.authorization.as_deref() == Some(&format!("Bearer {TOKEN}"))));
    assert_eq!(serde_json::from_str::<Value>(&seen[0].body).unwrap(), v4(), "as it is, with the real secret");
    assert_eq!(seen[4].body, "{\"deploymentLabel\":\"claimcheck\"}");
    for (step, status) in apim.lines().iter().zip([201, 200, 200, 204, 202]) {
        let (method, path) = step.split_once(' ').unwrap();
        let told = format!("{status}  {method:<4} {}{path}", apim.origin);
        assert!(outcome.stderr.contains(&told), "{told}: {}", outcome.stderr);
    }
    assert!(!outcome.stderr.contains(SECRET) && !outcome.stderr.contains(TOKEN));
    let done = export(&surroundings, &v4(), &apim, &["--json", "--organization", "acme", "--environment", "prod"])
        .exits(0)
        .json();
    assert_eq!((&done["api_id"], done["steps"].as_array().unwrap().len()), (&json!("api-1"), 5));
    assert_eq!(apim.lines()[5], "POST /management/v2/organizations/acme/environments/prod/apis/_import/definition");
    assert!(!surroundings.home().exists(), "a file, and the token from the environment: nothing is kept");
}

#[test]
fn updates_an_api_that_is_started() {
    let apim = Apim::start(|line| match line {
        _ if line.starts_with("PUT ") => (200, json!({"id": "api-9", "state": "STARTED"})),
        _ if line.contains("/plans?") => (200, json!({"data": []})),
        other => usual(other),
    });
    export(&Surroundings::new(), &v4(), &apim, &["--update", "api-9"]).exits(0);
    let apis = "/management/v2/environments/DEFAULT/apis/api-9";
    assert_eq!(
        apim.lines(),
        [
            format!("PUT {apis}/_import/definition"),
            format!("GET {apis}/plans?statuses=STAGING&perPage=100"),
            format!("POST {apis}/deployments"),
        ]
    );
}

#[test]
fn version_2_goes_through_version_1_or_is_converted() {
    let v2 = json!({"name": "orders", "version": "1", "gravitee": "2.0.0",
        "proxy": {"virtual_hosts": [{"path": "/orders"}], "groups": [{"endpoints": [{"name": "e", "target": "https://orders.example"}]}]},
        "plans": [{"name": "keyless", "security": "KEY_LESS", "status": "PUBLISHED"}]});
    let apim = Apim::fresh();
    assert_eq!(export(&Surroundings::new(), &v2, &apim, &[]).exits(0).stdout, "api-2\n");
    let apis = "/management/organizations/DEFAULT/environments/DEFAULT/apis";
    assert_eq!(
        apim.lines(),
        [
            format!("POST {apis}/import"),
            format!("GET {apis}/api-2/plans?status=STAGING"),
            format!("POST {apis}/api-2?action=START"),
            format!("POST {apis}/api-2/deploy"),
        ]
    );
    assert_eq!(serde_json::from_str::<Value>(&apim.seen()[0].body).unwrap(), v2);
    let apim = Apim::fresh();
    export(&Surroundings::new(), &v2, &apim, &["--as", "v4"]).exits(0);
    let seen = apim.seen();
    assert!(seen[0].line.ends_with("/management/v2/environments/DEFAULT/apis/_import/definition"));
    assert_eq!(serde_json::from_str::<Value>(&seen[0].body).unwrap()["api"]["definitionVersion"], "V4");
}

#[test]
fn an_api_that_is_there_is_named_with_its_id() {
    let apim = Apim::start(|line| match line {
        _ if line.contains("/_search") => {
            (200, json!({"data": [{"id": "api-7", "name": "orders"}, {"id": "api-8", "name": "orders old"}]}))
        }
        _ => (
            400,
            json!({"httpStatus": 400, "message": "Validation error", "technicalCode": "invalid",
            "details": [{"location": "path", "message": "Path [/orders/] already exists"}]}),
        ),
    });
    let outcome = export(&Surroundings::new(), &v4(), &apim, &["--json"]).exits(4);
    let error = &outcome.json()["error"];
    assert_eq!((error["code"].as_str(), error["detail"]["status"].as_u64()), (Some("refused"), Some(400)));
    assert!(error["message"].as_str().unwrap().contains("Path [/orders/] already exists"), "{error}");
    let next = error["detail"]["next"].as_str().unwrap();
    assert!(next.contains("--update api-7") && !next.contains("api-8"), "{next}");
    assert!(!outcome.stdout.contains(SECRET) && !outcome.stdout.contains(TOKEN), "{}", outcome.stdout);
}

#[test]
fn refusals_say_what_to_do_next() {
    for (status, expected) in
        [(401, "CLAIMCHECK_APIM_TOKEN"), (403, "permission"), (404, "--environment"), (500, "log")]
    {
        let apim = Apim::start(move |_| (status, json!({"httpStatus": status, "message": "no"})));
        let outcome = export(&Surroundings::new(), &v4(), &apim, &[]).exits(4);
        assert!(
            outcome.stderr.contains(expected) && outcome.stderr.contains(&status.to_string()),
            "{}",
            outcome.stderr
        );
        assert_eq!(outcome.stdout, "");
        assert_eq!(apim.lines().len(), 1);
    }
    // Half of the way: the API is there, and how to go on is said.
    let apim = Apim::start(|line| match line {
        _ if line.ends_with("/deployments") => (500, json!({"message": "no gateway"})),
        other => usual(other),
    });
    let outcome = export(&Surroundings::new(), &v4(), &apim, &[]).exits(4);
    assert!(outcome.stderr.contains("--update api-1"), "{}", outcome.stderr);
    // Not an API Management at all.
    let apim = Apim::start(|_| (200, json!("hello")));
    let outcome = export(&Surroundings::new(), &v4(), &apim, &["--json"]).exits(4);
    assert_eq!(outcome.error().0, "bad_answer");
}

#[test]
fn a_redirect_is_not_followed_with_the_token() {
    let elsewhere = Apim::fresh();
    let to = format!("{}/stolen", elsewhere.origin);
    let apim = Apim::start(move |_| (307, json!({"location": to})));
    let outcome = export(&Surroundings::new(), &v4(), &apim, &[]).exits(4);
    assert!(outcome.stderr.contains("307") && outcome.stderr.contains("redirect"), "{}", outcome.stderr);
    assert!(elsewhere.seen().is_empty());
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let surroundings = Surroundings::new();
    let file = surroundings.file("orders.json", v4().to_string());
    for (url, said) in [
        ("http://192.0.2.1:8083", "--allow-http"),
        ("https://admin:admin@192.0.2.1", "without credentials"),
        ("ftp://192.0.2.1", "http or https"),
        ("apim", "no URL"),
    ] {
        let mut command = surroundings.command(&["export", file.to_str().unwrap(), "--to-apim", url]);
        command.env("CLAIMCHECK_APIM_TOKEN", TOKEN);
        let outcome = run(command, b"").exits(2);
        assert!(outcome.stderr.contains(said), "{said}: {}", outcome.stderr);
    }
}

#[test]
fn a_definition_without_its_secrets_is_not_sent() {
    let (surroundings, apim) = (Surroundings::new(), Apim::fresh());
    let file = surroundings.file("v4.json", v4().to_string());
    let shared = surroundings.run(&["export", file.to_str().unwrap()]).exits(0).json();
    let outcome = export(&surroundings, &shared, &apim, &[]).exits(2);
    assert!(outcome.stderr.contains("api.resources[0].configuration.clientSecret"), "{}", outcome.stderr);
    assert!(apim.seen().is_empty());
}

#[test]
fn a_dry_run_prints_lines_that_do_the_same() {
    let (surroundings, apim) = (Surroundings::new(), Apim::fresh());
    let mut definition = v4();
    definition["plans"][0]["name"] = "gold".into();
    definition["plans"][0]["status"] = "STAGING".into();
    let outcome = export(&surroundings, &definition, &apim, &["--dry-run"]).exits(0);
    assert!(apim.seen().is_empty());
    assert!(!outcome.stdout.contains(TOKEN) && !outcome.stdout.contains(SECRET));
    typed(&surroundings, &outcome.stdout);
    let apis = "/management/v2/environments/DEFAULT/apis";
    assert_eq!(
        apim.lines(),
        [
            format!("POST {apis}/_import/definition"),
            format!("GET {apis}/api-1/plans?statuses=STAGING&perPage=100"),
            format!("POST {apis}/api-1/plans/plan-1/_publish"),
            format!("POST {apis}/api-1/_start"),
            format!("POST {apis}/api-1/deployments"),
        ]
    );
    assert_eq!(serde_json::from_str::<Value>(&apim.seen()[0].body).unwrap(), definition);
    let lines = surroundings.run(&["export", "orders.json", "--as", "curl"]);
    assert_eq!(lines.code, 2, "no such file here, and no API of that name");
}

/// Runs lines in a real shell, which finds this program; the credential is in `~/.netrc`.
fn typed(surroundings: &Surroundings, lines: &str) {
    let program = surroundings.command::<&str>(&[]);
    let folder = std::path::Path::new(program.get_program()).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    surroundings.file(".netrc", "machine 127.0.0.1 login admin password admin\n");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-euc", lines]).current_dir(surroundings.folder());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path);
    run(shell, b"").exits(0);
}

#[test]
fn the_lines_send_what_the_real_run_sends() {
    let kubernetes = |surroundings: &Surroundings| {
        surroundings.pipe(v4().to_string(), &["export", "-", "--as", "kubernetes", "--reveal"]).exits(0).stdout
    };
    let surroundings = Surroundings::new();
    for (name, text, more, converted) in [
        ("orders.json", v4().to_string(), &[][..], false),
        ("v2.json", v2().to_string(), &[], false),
        ("v2.json", v2().to_string(), &["--as", "v4"], true),
        ("it's $HOME \"one\".yaml", kubernetes(&surroundings), &[], true),
        ("-v4.yaml", format!("# As YAML.\n{}", v4()), &[], true),
    ] {
        let apim = Apim::fresh();
        surroundings.file(name, text);
        let command = |options: &[&str]| {
            let words = [&["export", "--to-apim", &apim.origin], more, options, &["--", name]].concat();
            let mut command = surroundings.command(&words);
            command.env("CLAIMCHECK_APIM_TOKEN", TOKEN).current_dir(surroundings.folder());
            run(command, b"").exits(0)
        };
        let lines = command(&["--dry-run"]).stdout;
        assert!(!lines.contains(SECRET) && apim.seen().is_empty());
        assert_eq!(lines.contains(" | curl "), converted, "{name}: {lines}");
        typed(&surroundings, &lines);
        let by_hand = apim.seen();
        command(&[]);
        let by_itself = apim.seen().split_off(by_hand.len());
        assert_eq!(by_hand[0].line, by_itself[0].line, "{name}");
        let body = |seen: &[Seen]| serde_json::from_str::<Value>(&seen[0].body).unwrap();
        assert_eq!(body(&by_hand), body(&by_itself), "{name}: {lines}");
        assert!(by_hand[0].body.contains(SECRET), "{name}");
        let told = command(&["--dry-run", "--json"]).json();
        assert_eq!(told["file"], name);
        assert_eq!(told["lines"][0].as_str(), lines.lines().next());
    }
}

#[test]
fn the_lines_for_an_api_by_name_read_it_from_the_library() {
    let keyring = Keyring::start();
    let (surroundings, apim) = (Surroundings::with(&keyring.environment()), Apim::fresh());
    surroundings.pipe(v4().to_string(), &["import", "-", "--name", "my orders"]).exits(0);
    let words = ["export", "my orders", "--to-apim", &apim.origin, "--dry-run"];
    let lines = surroundings.run(&words).exits(0).stdout;
    assert!(lines.contains("$(claimcheck export --as v4 --reveal 'my orders' | curl "), "{lines}");
    typed(&surroundings, &lines);
    assert_eq!(serde_json::from_str::<Value>(&apim.seen()[0].body).unwrap(), v4());
    let told = surroundings.run(&[&words[..], &["--json"]].concat()).exits(0).json();
    assert_eq!(told["file"], Value::Null);
}

#[test]
fn the_token_is_kept_in_the_keyring_if_that_is_asked_for() {
    let keyring = Keyring::start();
    let (surroundings, apim) = (Surroundings::with(&keyring.environment()), Apim::fresh());
    surroundings.pipe(v4().to_string(), &["import", "-"]).exits(0);
    let to = ["export", "orders", "--to-apim", &apim.origin];
    let missing = surroundings.run(&to).exits(2);
    assert!(missing.stderr.contains("CLAIMCHECK_APIM_TOKEN"), "{}", missing.stderr);
    surroundings.pipe(TOKEN, &["export", "--to-apim", &apim.origin, "--token-stdin", "--keep"]).exits(0);
    assert!(apim.seen().is_empty());
    surroundings.run(&to).exits(0);
    assert_eq!(apim.seen()[0].authorization.as_deref(), Some(&*format!("Bearer {TOKEN}")));
    assert!(apim.seen()[0].body.contains(SECRET), "an imported API is sent with its secret");
    assert_eq!(support::scan::files(surroundings.folder(), TOKEN), Vec::<String>::new());
    surroundings.run(&["export", "--to-apim", &apim.origin, "--forget"]).exits(0);
    surroundings.run(&to).exits(2);
}
