//! No secret and no token where none belongs: marked ones go through every command, then everything that the commands could have
//! written to is searched for them.

use crate::{
    apim::Apim,
    definitions,
    mint::{base64url, hs256, now},
    program::{Outcome, Surroundings, run},
    serving::Serving,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::{Command, Stdio},
    thread,
};
use support::{keyring::Keyring, scan};

const TYPED: &str = "cn-typed/9f3b?Kolibri-5+ü%41";
const IN_ENVIRONMENT: &str = "cn-environment-27c1-Eisvogel";
const WRONG: &str = "cn-wrong-5d80-Zaunkoenig";
const SHARED: &str = "cn-shared-secret-of-a-signature-e41a-Wendehals";
const HEADER: &str = "cn-typed-header-token-b7d2-Neuntoeter";
const PASSWORD: &str = "cn-proxy-password-03fe-Pirol";
const DEFINED: &str = "cn-in-a-definition/6b1d+Rotkehlchen=";
const APIM_TOKEN: &str = "cn-personal-access-token-90ce-Zilpzalp";

/// Everything that was printed, by command.
#[derive(Default)]
struct Printed(Vec<(String, Vec<u8>)>);

impl Printed {
    fn keep(&mut self, name: &str, outcome: &Outcome) {
        self.0.push((format!("{name}, stdout"), outcome.stdout.clone().into_bytes()));
        self.0.push((format!("{name}, stderr"), outcome.stderr.clone().into_bytes()));
    }

    fn hits(&self, canary: &str) -> Vec<&str> {
        self.0.iter().filter(|(_, bytes)| scan::holds(bytes, canary)).map(|(name, _)| name.as_str()).collect()
    }
}

/// Two clients with marked secrets, one domain with JWT and one with opaque tokens.
fn configuration() -> String {
    format!(
        "[[domains]]\npath = \"demo\"\n\
         [[domains.clients]]\nclient_id = \"typed\"\nclient_secret = {typed}\nscopes = [\"echo:read\"]\ndefault_scopes = [\"echo:read\"]\n\
         [[domains.clients]]\nclient_id = \"posted\"\nclient_secret = {environment}\nauth_method = \"client_secret_post\"\n\
         [[domains]]\npath = \"opaque\"\ntoken_format = \"opaque\"\n\
         [[domains.clients]]\nclient_id = \"typed\"\nclient_secret = {typed}\n",
        typed = json!(TYPED),
        environment = json!(IN_ENVIRONMENT)
    )
}

#[test]
fn no_secret_and_no_token_where_none_belongs() {
    let keyring = Keyring::start();
    let surroundings = Surroundings::with(&keyring.environment()).set("CLAIMCHECK_LOG", "trace");
    // The configuration holds secrets by its nature: it lies outside of what is searched.
    let elsewhere = Surroundings::with(&keyring.environment()).set("CLAIMCHECK_LOG", "trace");
    let serving = Serving::configured(&elsewhere, &configuration());
    let mut printed = Printed::default();
    let tokens = use_everything(&surroundings, &serving, &mut printed);

    let secrets = [TYPED, IN_ENVIRONMENT, WRONG, SHARED, HEADER, PASSWORD, DEFINED, APIM_TOKEN];
    for canary in secrets.into_iter().chain(tokens.iter().map(String::as_str)) {
        assert_eq!(scan::files(surroundings.folder(), canary), Vec::<String>::new(), "files: {canary}");
        assert_eq!(scan::files(keyring.folder(), canary), Vec::<String>::new(), "the keyring's own files: {canary}");
        assert_eq!(printed.hits(canary), Vec::<&str>::new(), "printed: {canary}");
        assert!(!scan::holds(serving.talk().as_bytes(), canary), "the gateway's log: {canary}");
        let lines = serving.printed();
        let events: Vec<&str> = lines.lines().skip(1).collect();
        assert!(
            events.len() > 10 && !scan::holds(events.join("\n").as_bytes(), canary),
            "the gateway's lines: {canary}"
        );
        for place in ["cmdline", "environ"] {
            let told = fs::read(format!("/proc/{}/{place}", serving.id())).unwrap();
            assert!(!scan::holds(&told, canary), "the gateway's {place}: {canary}");
        }
    }
    let logged = |text: &str| text.contains("TRACE");
    let commands = printed.0.iter().filter(|(_, bytes)| logged(&String::from_utf8_lossy(bytes))).count();
    assert!(commands > 10, "the log was on");
}

/// Runs every command. What is documented to hold a secret or token (`--raw`, `access_token`) is taken out before it is kept.
fn use_everything(surroundings: &Surroundings, serving: &Serving, printed: &mut Printed) -> Vec<String> {
    let mut tokens = Vec::new();
    let server = ["--server", serving.am(), "--domain", "demo"];
    let typed = [&server[..], &["--client-id", "typed", "--secret-stdin"]].concat();
    let posted = [&server[..], &["--client-id", "posted", "--auth-method", "client_secret_post"]].concat();
    let opaque = ["--server", serving.am(), "--domain", "opaque", "--client-id", "typed", "--secret-stdin"];

    // The connection, saved and used by its name.
    let add = [&["connection", "add", "shop"][..], &typed, &["--param", "tenant=acme"]].concat();
    printed.keep("add", &surroundings.pipe(TYPED, &add).exits(0));
    printed.keep("add again", &surroundings.pipe(TYPED, &add).exits(2));
    for words in [
        &["connection", "list"][..],
        &["connection", "show", "shop"],
        &["connection", "show", "shop", "--json"],
        &["token", "shop"],
    ] {
        printed.keep(&words.join(" "), &surroundings.run(words).exits(0));
    }

    // Tokens of every kind and way.
    let raw = surroundings.run(&["token", "shop", "--raw"]).exits(0);
    printed.0.push(("raw, stderr".into(), raw.stderr.into_bytes()));
    tokens.push(raw.stdout.trim().to_owned());
    let ways = [
        ("saved", surroundings.run(&["token", "shop", "--json"])),
        ("posted", surroundings.authenticated(IN_ENVIRONMENT, "", &[&["token", "--json"][..], &posted].concat())),
        ("opaque", surroundings.pipe(TYPED, &[&["token", "--json"][..], &opaque].concat())),
    ];
    for (name, outcome) in ways {
        let mut document = outcome.exits(0).json();
        tokens.push(document["access_token"].as_str().unwrap().to_owned());
        document["access_token"] = Value::Null;
        printed.0.push((format!("token {name}, stdout"), document.to_string().into_bytes()));
    }
    let token = tokens[0].clone();
    let opaque_token = tokens.last().unwrap().clone();

    // What is asked about tokens.
    for (name, words) in [
        ("introspect", &["introspect", "shop", "-"][..]),
        ("introspect json", &["introspect", "shop", "-", "--json"]),
        ("inspect", &["inspect", "-"]),
        ("inspect json", &["inspect", "-", "--json"]),
    ] {
        printed.keep(name, &surroundings.pipe(&token, words).exits(0));
    }
    printed.keep("introspect own", &surroundings.run(&["introspect", "shop", "--json"]).exits(0));
    printed.keep("inspect opaque", &surroundings.pipe(&opaque_token, &["inspect", "-", "--json"]).exits(0));
    let signed = hs256(&json!({ "alg": "HS256" }), json!({ "exp": now() + 60 }).to_string(), SHARED.as_bytes());
    printed
        .keep("inspect secret", &surroundings.pipe(SHARED, &["inspect", &signed, "--secret-stdin", "--json"]).exits(0));
    let outside = tempfile::TempDir::new().unwrap();
    let file = outside.path().join("key.jwk");
    fs::write(&file, json!({ "kty": "oct", "k": base64url(SHARED) }).to_string()).unwrap();
    printed.keep("inspect key", &surroundings.run(&["inspect", &signed, "--key", file.to_str().unwrap()]).exits(0));

    // Calls: echoed, refused, with a typed token, with a proxy that has a password.
    for (name, words) in [
        ("call", vec!["call", "shop", serving.api()]),
        ("call json", vec!["call", "shop", serving.api(), "--json"]),
        ("call post", vec!["call", "shop", "POST", serving.api(), "-d", "{}", "--json"]),
        ("call none", vec!["call", "shop", serving.api(), "--no-token"]),
    ] {
        printed.keep(name, &surroundings.run(&words).exits(0));
    }
    let header = format!("Authorization: Bearer {HEADER}");
    let typed_call = ["call", "--no-token", serving.api(), "-H", header.as_str(), "--json"];
    printed.keep("call typed", &surroundings.run(&typed_call).exits(0));
    printed.keep("call typed text", &surroundings.run(&typed_call[..5]).exits(0));
    let mut proxied = surroundings.command(&["call", "--no-token", "http://192.0.2.7/x", "--timeout", "2"]);
    proxied.env("http_proxy", format!("http://user:{PASSWORD}@127.0.0.1:1"));
    printed.keep("call proxied", &run(proxied, b"").exits(3));

    use_definitions(surroundings, printed);

    // Refusals and failures.
    let wrong = [&["token"][..], &typed].concat();
    printed.keep("wrong", &surroundings.pipe(WRONG, &wrong).exits(4));
    printed.keep("wrong json", &surroundings.pipe(WRONG, &[&wrong[..], &["--json"]].concat()).exits(4));
    let nowhere = ["token", "--server", "http://127.0.0.1:1", "--domain", "d", "--client-id", "c"];
    printed.keep(
        "nowhere",
        &surroundings.authenticated(IN_ENVIRONMENT, "", &[&nowhere[..], &["--json"]].concat()).exits(3),
    );
    printed.keep("demo", &surroundings.run(&["demo"]).exits(0));
    printed.keep("revoke", &surroundings.pipe(&token, &["revoke", "shop", "-"]).exits(0));
    printed.keep("remove", &surroundings.run(&["connection", "remove", "shop"]).exits(0));
    let again = [&["connection", "add", "again"][..], &typed].concat();
    printed.keep("add once more", &surroundings.pipe(TYPED, &again).exits(0));
    tokens
}

/// A definition with marked secrets in several places goes in, out in every form, and to a cluster; it stays in the library.
fn use_definitions(surroundings: &Surroundings, printed: &mut Printed) {
    let mut definition = definitions::v4();
    definition["api"]["resources"][0]["configuration"]["clientSecret"] = DEFINED.into();
    definition["api"]["endpointGroups"][0]["sharedConfiguration"] = json!({
        "headers": [{"name": "Authorization", "value": format!("Bearer {DEFINED}")}],
        "ssl": {"keyStore": {"type": "PKCS12", "content": DEFINED, "password": DEFINED}},
    });
    let text = definition.to_string();
    printed.keep("import check", &surroundings.pipe(&text, &["import", "-", "--check", "--json"]).exits(0));
    printed.keep("import", &surroundings.pipe(&text, &["import", "-"]).exits(0));
    printed.keep("import again", &surroundings.pipe(&text, &["import", "-", "--json"]).exits(0));
    let apim = Apim::fresh();
    for words in [
        &["definition", "list", "--json"][..],
        &["export", "orders"],
        &["export", "orders", "--json"],
        &["export", "orders", "--as", "gateway"],
        &["export", "orders", "--as", "kubernetes"],
        &["export", "orders", "--as", "curl"],
    ] {
        printed.keep(&words.join(" "), &surroundings.run(words).exits(0));
    }
    let revealed = surroundings.run(&["export", "orders", "--reveal"]).exits(0);
    assert!(revealed.stdout.contains(DEFINED), "it was there");
    printed.0.push(("export --reveal, stderr".into(), revealed.stderr.into_bytes()));
    let to = ["export", "orders", "--to-apim", &apim.origin];
    let keep = [&to[..], &["--token-stdin", "--keep"]].concat();
    printed.keep("to-apim keep", &surroundings.pipe(APIM_TOKEN, &keep).exits(0));
    printed.keep("to-apim", &surroundings.run(&[&to[..], &["--json"]].concat()).exits(0));
    printed.keep("to-apim dry", &surroundings.run(&[&to[..], &["--dry-run"]].concat()).exits(0));
    assert!(apim.bodies().iter().any(|body| body.contains(DEFINED)), "it was sent");
    // An answer that repeats what was sent, and a failure.
    let refusing = Apim::refusing(&text);
    let refused = [&to[..3], &[&refusing.origin, "--token-stdin", "--json"]].concat();
    printed.keep("to-apim refused", &surroundings.pipe(APIM_TOKEN, &refused).exits(4));
}

#[test]
fn a_running_command_shows_its_secret_to_no_other_process() {
    let surroundings = Surroundings::new();
    // A server that never answers keeps the command running.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", silent.local_addr().unwrap());
    let mut child = surroundings
        .command(&["token", "--token-url", &url, "--client-id", "c", "--secret-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(TYPED.as_bytes()).unwrap();
    let (_connection, _) = silent.accept().unwrap();
    for place in ["cmdline", "environ"] {
        let told = fs::read(format!("/proc/{}/{place}", child.id())).unwrap();
        assert!(!told.is_empty() && !scan::holds(&told, TYPED), "{place}");
    }
    assert_eq!(scan::files(surroundings.folder(), TYPED), Vec::<String>::new());
    crate::serving::kill(child.id());
    child.wait().unwrap();
}

#[test]
fn a_token_that_a_large_answer_repeats_is_masked_and_in_no_file() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    // More than is kept in memory: the answer goes through a temporary file. The token stands at a border of blocks, too.
    let (url, answers) = repeating(3);
    for more in [&["--json"][..], &[]] {
        let outcome = serving.run(&surroundings, "call", &[&[url.as_str()], more].concat()).exits(0);
        assert!(outcome.stdout.len() > LARGE && outcome.stdout.contains("••••"));
        assert!(!outcome.stdout.contains("eyJ"), "masked");
        assert_eq!(scan::files(surroundings.folder(), "eyJ"), Vec::<String>::new());
    }
    let outcome = serving.run(&surroundings, "call", &[&url, "--json", "--reveal"]).exits(0);
    assert!(outcome.stdout.contains("eyJ"), "it was there");
    answers.join().unwrap();
}

/// Size of a large answer: well above 256 KiB.
const LARGE: usize = 1 << 20;

/// A server that repeats the bearer token all over a large text, so many times.
fn repeating(times: usize) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answering = thread::spawn(move || {
        for _ in 0..times {
            let (mut connection, _) = listener.accept().unwrap();
            let mut head = BufReader::new(connection.try_clone().unwrap()).lines().map_while(Result::ok);
            let is_token = |line: &String| line.to_lowercase().starts_with("authorization:");
            let token = head.by_ref().find(is_token).unwrap().split_whitespace().last().unwrap().to_owned();
            head.take_while(|line| !line.is_empty()).for_each(drop);
            let mut body = String::new();
            while body.len() < LARGE {
                body += &format!("{}{token}\n", "x".repeat(60_000 - token.len() / 2));
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n", body.len());
            connection.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    (url, answering)
}

#[test]
fn the_search_finds_what_is_there_in_every_form() {
    let folder = tempfile::TempDir::new().unwrap();
    let encoded = |ahead: &str| base64url(format!("{ahead}{TYPED}!?>"));
    let standard =
        |ahead: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{ahead}{TYPED}!?>"));
    let hex: String = TYPED.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut planted: Vec<Vec<u8>> = vec![
        TYPED.into(),
        TYPED.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        "cn-typed%2f9f3b%3fKolibri-5%2b%c3%bc%2541".into(),
        "cn-typed%2F9f3b%3FKolibri-5%2B%C3%BC%2541".into(),
    ];
    for ahead in ["", "x", "xy", "xyz"] {
        planted.extend([encoded(ahead).into_bytes(), standard(ahead).into_bytes()]);
    }
    for (number, bytes) in planted.into_iter().enumerate() {
        let file = folder.path().join("deep");
        fs::create_dir_all(&file).unwrap();
        let file = file.join(number.to_string());
        fs::write(&file, [b"before\0".as_slice(), &bytes, b"\0after"].concat()).unwrap();
        assert_eq!(scan::files(folder.path(), TYPED).len(), 1, "form {number}");
        fs::remove_file(file).unwrap();
    }
    assert!(!scan::holds(b"cn-typed and nothing more", TYPED));
}

#[test]
fn the_search_finds_what_a_database_and_a_program_keep() {
    // Given to the documented place, the name of a connection, a marked text does reach the library: the search sees it there.
    let keyring = Keyring::start();
    let with_keyring = Surroundings::with(&keyring.environment());
    let words = ["connection", "add", TYPED, "--token-url", "http://127.0.0.1:1", "--client-id", "c", "--secret-stdin"];
    with_keyring.pipe("anything", &words).exits(0);
    assert!(!scan::files(with_keyring.folder(), TYPED).is_empty());
    // And a process that was given it as an argument shows it.
    let mut child = Command::new("sleep").arg("60").env("LEAK", TYPED).spawn().unwrap();
    let environ = || fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    // Empty for a moment while the program is being loaded.
    let told = std::iter::repeat_with(environ).find(|told| !told.is_empty()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(scan::holds(&told, TYPED));
}
