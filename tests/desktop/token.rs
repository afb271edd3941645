//! The token view: tokens kept, understood and given back, in the real window against the real gateway.

use crate::steps::{ask_for_token, connection_is_listed, type_connection};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::io::Read;
use std::net::TcpListener;
use support::children::{bare_command, program};
use support::desktop::Desktop;
use support::gateway::GatewayProcess;
use support::keyring::Keyring;
use support::webdriver::{Role, Window};

/// A window with a saved connection to the gateway.
async fn connected(gateway: &GatewayProcess) -> (Desktop, Window) {
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    type_connection(&window, gateway).await;
    window.button("Save connection").await.click().await;
    connection_is_listed(&window, gateway).await;
    (desktop, window)
}

/// A token for the window to be shown, got by the command line.
fn minted(gateway: &GatewayProcess) -> String {
    let secret = ("CLAIMCHECK_CLIENT_SECRET".to_owned(), gateway.client_secret().to_owned());
    let home = ("CLAIMCHECK_HOME".to_owned(), "/nonexistent".to_owned());
    let mut command = bare_command(program("claimcheck"), &[secret, home]);
    command.args(["token", "--server", gateway.am(), "--domain", "demo", "--client-id", gateway.client_id(), "--raw"]);
    let output = command.output().expect("the command line runs");
    let token = String::from_utf8(output.stdout).expect("a token is text").trim().to_owned();
    assert!(token.starts_with("ey"), "no token: {}", String::from_utf8_lossy(&output.stderr));
    token
}

/// Puts a text into the field as a paste does, which takes no time for its length, and reads it.
async fn inspect(window: &Window, text: &str) {
    window.field("Token to inspect").await;
    let script = "const field = [...document.querySelectorAll('textarea')].find((one) => one.labels[0]?.textContent === 'Token to inspect');
        field.value = arguments[0];
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));";
    window.run(script, vec![json!(text)]).await;
    window.button("Inspect").await.click().await;
}

async fn open_step(window: &Window, title: &str) {
    let script = "const step = [...document.querySelectorAll('li > button[aria-expanded]')].find((one) => one.querySelector('.title')?.textContent === arguments[0]);
        if (step?.ariaExpanded === 'false') step.click();
        return step !== undefined";
    assert_eq!(window.run(script, vec![json!(title)]).await, true, "there is no step {title:?}");
}

/// The three verdicts by their names.
async fn verdicts(window: &Window) -> Value {
    let script = "return Object.fromEntries([...document.querySelectorAll('dl[aria-label=Verdicts] > div')].map((one) => [one.querySelector('dt').textContent, one.querySelector('dd').textContent.trim()]))";
    window.run(script, Vec::new()).await
}

/// Waits for the three verdicts.
async fn judged(window: &Window, well_formed: &str, signature: &str, acceptable: &str, when: &str) {
    let wanted = format!(
        "const said = Object.fromEntries([...document.querySelectorAll('dl[aria-label=Verdicts] > div')].map((one) => [one.querySelector('dt').textContent, one.querySelector('dd').textContent.trim()]));
         return (said['Well-formed'] === '{well_formed}' && said['Signature'] === '{signature}' && said['Acceptable {when}'] === '{acceptable}') || JSON.stringify(said)"
    );
    window.until(&format!("{well_formed}, {signature}, {acceptable} {when}"), &wanted).await;
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn whatever_is_pasted_is_read() {
    let gateway = GatewayProcess::start();
    let (desktop, window) = connected(&gateway).await;
    window.button("Token").await.click().await;
    window.choice("Any other").await.click().await;

    // A JWS inside a curl line, verified with the issuer's keys.
    let token = minted(&gateway);
    inspect(&window, &format!("curl -H 'Authorization: Bearer {token}' https://api.example/")).await;
    judged(&window, "yes", "not checked", "unknown", "now").await;
    window.region_says("Token claims", gateway.client_id()).await;
    window
        .field("Key to verify with")
        .await
        .choose(&format!("The issuer of {} at {}/demo", gateway.client_id(), gateway.am()))
        .await;
    window.button("Inspect").await.click().await;
    judged(&window, "yes", "valid", "yes", "now").await;

    // A JWE, opened with its own key (RFC 7520 5.6).
    let vector: Value =
        serde_json::from_str(include_str!("../vectors/cookbook/jwe/5_6.direct_encryption_using_aes-gcm.json")).unwrap();
    window.field("Key to verify with").await.choose("A key or key set that I paste").await;
    window.field("Key").await.fill(&vector["input"]["key"].to_string()).await;
    inspect(&window, vector["output"]["compact"].as_str().unwrap()).await;
    window.says("Encrypted JWT (JWE)").await;
    window.says("You can trust us to stick with you").await;

    // An opaque one has nothing to read, and a broken one is told where.
    window.field("Key to verify with").await.choose("None: look only").await;
    inspect(&window, "2YotnFZFEjr1zCsicMWpAA").await;
    window.says("Opaque token").await;
    judged(&window, "nothing to read", "not checked", "unknown", "now").await;
    inspect(&window, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0=.").await;
    window.says("(byte ").await;
    judged(&window, "no", "invalid", "no", "now").await;

    // Of several tokens in one text, one is chosen.
    let unsigned = format!("{}.{}.", part(&json!({"alg": "none"})), part(&json!({"sub": "the-second-one"})));
    inspect(&window, &json!({ "access_token": token, "id_token": unsigned }).to_string()).await;
    window.region_says("Token claims", gateway.client_id()).await;
    let options = "return [...document.querySelectorAll('option')].find((one) => one.textContent.includes('id_token')).textContent";
    let second = window.run(options, Vec::new()).await;
    window.field("Token in the text").await.choose(second.as_str().unwrap()).await;
    window.region_says("Token claims", "the-second-one").await;
    desktop.close(window).await;
}

#[tokio::test]
async fn a_token_is_judged_at_another_time_and_by_rules_that_stay() {
    let gateway = GatewayProcess::start();
    let (desktop, window) = connected(&gateway).await;
    ask_for_token(&window).await;
    window.region("Token claims").await;
    judged(&window, "yes", "valid", "yes", "now").await;

    // Time travel by the field, then by the slider's keys, then back.
    window.field("Judge at").await.fill(&format!("2099-01-01T00:00:00Z{}", char::from(Key::Enter))).await;
    judged(&window, "yes", "valid", "no", "then").await;
    window.region_says("Time travel", "2099-01-01 00:00:00 UTC").await;
    window.field("Judge at").await.fill(&format!("soon{}", char::from(Key::Enter))).await;
    window.region_says("Time travel", "cannot be read").await;
    window.button("Now").await.click().await;
    judged(&window, "yes", "valid", "yes", "now").await;
    window.run("document.querySelector('input[type=range]').focus()", Vec::new()).await;
    window.press(Key::End).await;
    judged(&window, "yes", "valid", "no", "then").await;
    window.button("Now").await.click().await;

    open_step(&window, "Acceptable here?").await;
    window.button("Set the rules").await.click().await;
    window.field("Expected audience").await.fill("another-api").await;
    judged(&window, "yes", "valid", "no", "now").await;
    window.region_says("Rules of acceptance", "expected another-api").await;
    window.button("Save rules").await.click().await;
    window.says("Rules saved for this connection").await;
    desktop.close(window).await;

    // They are there after a restart, and gone when they are removed.
    let window = desktop.open().await;
    connection_is_listed(&window, &gateway).await;
    ask_for_token(&window).await;
    judged(&window, "yes", "valid", "no", "now").await;
    open_step(&window, "Acceptable here?").await;
    window.button("Set the rules").await.click().await;
    window.button("Remove saved rules").await.click().await;
    judged(&window, "yes", "valid", "yes", "now").await;
    desktop.close(window).await;
}

#[tokio::test]
async fn kept_tokens_are_listed_compared_renewed_and_revoked() {
    let gateway = GatewayProcess::start();
    let (desktop, window) = connected(&gateway).await;
    window.button("Token").await.click().await;
    window.choice("All kept").await.click().await;
    window.says("No token is kept").await;
    window.choice("Of this connection").await.click().await;
    window.button("Get token").await.click().await;
    window.region("Token claims").await;

    // What the server says, claim by claim.
    window.button("Introspect").await.click().await;
    let compared = window.region_says("Token and introspection", "same").await;
    assert!(compared.contains("exp") && !compared.contains("differs"), "{compared}");
    open_step(&window, "Issuer's keys").await;
    window.region_says("Keys of the issuer", "signed this token").await;

    // Another token beside it, once the kept ones stand in the list.
    open_step(&window, "Compare").await;
    let listed = "return [...document.querySelectorAll('option')].some((one) => one.value.startsWith('kept-'))";
    window.until("the kept token among the choices", listed).await;
    window.field("Compare with").await.choose("A token that I paste").await;
    window.field("Other token").await.fill(&minted(&gateway)).await;
    let differences = window.region_says("Differences", "payload.jti").await;
    assert!(!differences.contains("payload.sub"), "{differences}");

    let first = masked(&window).await;
    window.button("Renew").await.click().await;
    let changed = format!("return !document.querySelector('.token p')?.textContent.includes('{first}')");
    window.until("the renewed token", &changed).await;
    window.region("Token claims").await;
    let second = masked(&window).await;

    // A call is a use; the list tells it, and its keys go from row to row.
    window.button("Request").await.click().await;
    window.field("URL").await.fill(gateway.echo()).await;
    window.button("Send").await.click().await;
    window.region_says("Response status", "200").await;
    window.button("Token").await.click().await;
    window.choice("All kept").await.click().await;
    window.says("used once").await;
    window.says("client_credentials").await;
    assert!(!window.text().await.contains(&first), "the token that was replaced is not kept");
    let name = format!("{second} of {} at {}/demo", gateway.client_id(), gateway.am());
    assert!(window.shows(Role::Button, &format!("Show {name}")).await);
    window.button("Introspect").await.click().await;
    window.region_says("Token and introspection", "same").await;

    window.button("Revoke").await.click().await;
    let said = window.region_says("Revoked", "HTTP 200").await;
    assert!(said.contains("An API that verifies it by itself goes on taking it until it expires"), "{said}");
    window.says("No token is kept").await;
    window.choice("Of this connection").await.click().await;
    window.says("No token yet").await;
    desktop.close(window).await;
}

/// First and last characters of the token that is shown.
async fn masked(window: &Window) -> String {
    let shown = window.run("return document.querySelector('.token p').textContent.trim()", Vec::new()).await;
    shown.as_str().unwrap().to_owned()
}

const POST_ONLY: &str = r#"
[[domains]]
path = "demo"
  [[domains.clients]]
  client_id = "my-client"
  client_secret = "my:secret 1"
  auth_method = "client_secret_post"
  grant_types = ["client_credentials"]
  scopes = ["read"]
  default_scopes = ["read"]
"#;

#[tokio::test]
async fn the_doctor_finds_the_method_and_a_working_curl_tells_it_too() {
    let gateway = GatewayProcess::configured(POST_ONLY);
    let (desktop, window) = connected(&gateway).await;
    ask_for_token(&window).await;
    window.says("invalid_client").await;

    window.button("Compare with a working curl").await.click().await;
    let line = format!(
        "curl {}/demo/oauth/token -d grant_type=client_credentials -d client_id=my-client --data-urlencode 'client_secret=my:secret 1'",
        gateway.am()
    );
    window.field("Working curl line").await.fill(&line).await;
    window.button("Compare lines").await.click().await;
    let compared = window.region_says("Request and curl", "client_id and client_secret in the body").await;
    assert!(compared.contains("The same secret"), "{compared}");
    assert!(!window.everything().await.contains("my:secret"), "the pasted secret does not stay");
    window.button("Use client_secret_post").await;
    window.button("Close the comparison").await.click().await;

    window.button("Find the right method").await.click().await;
    let plan = window.region_says("Find the right method", "Nothing is sent yet").await;
    assert!(plan.contains("127.0.0.1") && plan.contains("/demo/oauth/token"), "{plan}");
    window.button("Start trying").await.click().await;
    window.region_says("Ways to authenticate", "accepted").await;
    window.button("Use client_secret_post").await.click().await;
    window.region_says("Token claims", "my-client").await;
    desktop.close(window).await;
}

/// A token may name keys and bring some: it is never believed, and the window asks nobody for it.
#[tokio::test]
async fn a_token_that_brings_its_key_is_not_believed_and_makes_no_connection() {
    let bait = TcpListener::bind("127.0.0.1:0").unwrap();
    bait.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", bait.local_addr().unwrap());
    let gateway = GatewayProcess::start();
    let (desktop, window) = connected(&gateway).await;
    window.button("Token").await.click().await;
    window.choice("Any other").await.click().await;
    let key = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
    let header = json!({"alg": "RS256", "kid": url, "jku": url, "x5u": url, "jwk": key, "x5c": ["MIIB"]});
    let token = format!("{}.{}.c2ln", part(&header), part(&json!({"iss": url, "sub": "bait"})));
    for key in ["None: look only".to_owned(), format!("The issuer of {} at {}/demo", gateway.client_id(), gateway.am())]
    {
        window.field("Key to verify with").await.choose(&key).await;
        inspect(&window, &token).await;
        window.region_says("Token claims", "bait").await;
        let said = verdicts(&window).await;
        assert_ne!(said["Signature"], "valid", "{said}");
        assert_ne!(said["Acceptable now"], "yes", "{said}");
        open_step(&window, "Compare").await;
        window.field("Compare with").await.choose("A token that I paste").await;
        window.field("Other token").await.fill(&token).await;
        window.says("Both are the same, byte for byte.").await;
    }
    // Whatever was to be asked would have been by the time the window has answered all this.
    if let Ok((mut stream, _)) = bait.accept() {
        let mut said = [0; 256];
        let count = stream.read(&mut said).unwrap_or(0);
        panic!("a connection was made: {}", String::from_utf8_lossy(&said[..count]));
    }
    desktop.close(window).await;
}

#[tokio::test]
async fn large_deep_and_misleading_tokens_leave_the_window_as_it_was() {
    let gateway = GatewayProcess::start();
    let (desktop, window) = connected(&gateway).await;
    window.button("Token").await.click().await;
    window.choice("Any other").await.click().await;
    let header = part(&json!({"alg": "HS256"}));

    let large = format!("{header}.{}.c2ln", part(&json!({"sub": "large", "blob": "x".repeat(2 * 1024 * 1024)})));
    inspect(&window, &large).await;
    window.region_says("Token claims", "Show all").await;
    window.says("weaknesses worth knowing").await;
    still_answers(&window).await;

    let many: serde_json::Map<String, Value> = (0..20_000).map(|at| (format!("claim-{at}"), json!(at))).collect();
    inspect(&window, &format!("{header}.{}.c2ln", part(&Value::Object(many)))).await;
    window.says("20,000 claims").await;
    still_answers(&window).await;

    let deep = format!("{{\"sub\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    inspect(&window, &format!("{header}.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(deep))).await;
    judged(&window, "no", "not checked", "no", "now").await;
    still_answers(&window).await;

    // What reorders or hides text is drawn as a mark, in names and in values.
    let bidi = json!({"sub": "user\u{202e}nimda", "na\u{200b}me": "<img src=x onerror=alert(1)>"});
    inspect(&window, &format!("{header}.{}.c2ln", part(&bidi))).await;
    window.region_says("Token claims", "user").await;
    let marks = window
        .run("return [...document.querySelectorAll('.mark')].map((one) => one.dataset.label).join(' ')", Vec::new())
        .await;
    let marks = marks.as_str().unwrap();
    assert!(marks.contains("RLO") && marks.contains("ZWSP"), "{marks}");
    assert_eq!(window.run("return document.images.length", Vec::new()).await, 0, "nothing in a claim is markup");
    desktop.close(window).await;
}

/// The window follows a click and comes back, and holds no more than a person could look at.
async fn still_answers(window: &Window) {
    window.choice("All kept").await.click().await;
    window.says("No token is kept").await;
    window.choice("Any other").await.click().await;
    window.field("Token to inspect").await;
    let elements = window.run("return document.querySelectorAll('*').length", Vec::new()).await;
    assert!(elements.as_u64().unwrap() < 20_000, "{elements} elements on the page");
}
