//! No secret and no token where none belongs: marked ones go through every view, then everything that the window, its web
//! engine and its children could have written to or show to others is searched for them.

use crate::steps::{WELL_KNOWN_PORTS, ask_for_token};
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};
use support::desktop::Desktop;
use support::gateway::GatewayProcess;
use support::keyring::Keyring;
use support::scan;
use support::webdriver::{Role, Window};

const TYPED: &str = "cn-typed/9f3b?Kolibri-5+%41";
const PASTED: &str = "cn-pasted-27c1~Eisvogel/x";
const WRONG: &str = "cn-wrong-5d80-Zaunkoenig";
const KEY_HEADER: &str = "cn-api-key-header-b7d2-Neuntoeter";
const KEY_QUERY: &str = "cn-api-key-query-03fe-Pirol";
const AUTHORIZATION: &str = "cn-typed-authorization-e41a-Wendehals";
const IN_BODY: &str = "cn-secret-in-a-body-77aa-Rohrdommel";
const IN_LARGE_BODY: &str = "cn-secret-in-a-large-body-18f0-Wiedehopf";

const ALL: [&str; 8] = [TYPED, PASTED, WRONG, KEY_HEADER, KEY_QUERY, AUTHORIZATION, IN_BODY, IN_LARGE_BODY];

/// Two clients with marked secrets; one of them is typed in, the other one pasted.
fn configuration() -> String {
    format!(
        "[[domains]]\npath = \"demo\"\n\
         [[domains.clients]]\nclient_id = \"typed\"\nclient_secret = {}\nscopes = [\"echo:read\"]\ndefault_scopes = [\"echo:read\"]\n\
         [[domains.clients]]\nclient_id = \"pasted\"\nclient_secret = {}\n",
        json!(TYPED),
        json!(PASTED)
    )
}

/// The desktop under observation, and what must be found nowhere on it.
struct Watch<'a> {
    desktop: &'a Desktop,
    /// Secrets, and the signatures of tokens: the part that alone makes a token worth stealing.
    canaries: Vec<String>,
}

impl Watch<'_> {
    /// A token that the window holds now becomes one of what must be found nowhere.
    async fn token(&mut self, window: &Window, connection: i64) {
        let token = invoke(window, "reveal_token", json!({ "id": connection })).await;
        let signature = token.as_str().and_then(|token| token.rsplit('.').next()).expect("a JWT").to_owned();
        assert!(signature.len() > 40, "{signature}");
        if !self.canaries.contains(&signature) {
            self.canaries.push(signature);
        }
    }

    async fn secret(&mut self, window: &Window, connection: i64) {
        let secret = invoke(window, "reveal_secret", json!({ "id": connection })).await;
        self.canaries.push(secret.as_str().expect("a text").to_owned());
    }

    /// Arguments and environment of every process, as any program of the same person reads them.
    fn processes(&self, window: &Window) {
        let processes = window.processes();
        assert!(processes.len() >= 4, "driver, app and two processes of the web engine: {processes:?}");
        for id in processes {
            for place in ["cmdline", "environ"] {
                let told = fs::read(format!("/proc/{id}/{place}")).unwrap_or_default();
                for canary in &self.canaries {
                    assert!(!scan::holds(&told, canary), "{place} of {}: {canary}", name(id));
                }
            }
        }
    }

    /// Files of the product, the web engine, the keyring and the temporary folder; what the app has printed is one of them.
    fn files(&self) {
        let leaks: Vec<String> = self.canaries.iter().flat_map(|canary| self.found(canary)).collect();
        assert!(leaks.is_empty(), "{leaks:#?}");
    }

    fn found(&self, canary: &str) -> Vec<String> {
        let files = scan::files(self.desktop.keyring.folder(), canary);
        files.into_iter().map(|file| format!("{canary} is in {file}")).collect()
    }
}

fn name(process: u32) -> String {
    fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default()
}

/// Calls the engine as the page does.
async fn invoke(window: &Window, command: &str, arguments: Value) -> Value {
    let script = "const [command, given, done] = arguments;
        window.__TAURI_INTERNALS__.invoke(command, given).then(done, (e) => done({ refused: JSON.stringify(e) }))";
    let answer = window.run_async(script, vec![json!(command), arguments]).await;
    assert!(answer.get("refused").is_none(), "{command}: {answer}");
    answer
}

/// Pastes a text where no field has the focus.
async fn paste(window: &Window, text: &str) {
    let script = "const clipboardData = new DataTransfer(); clipboardData.setData('text/plain', arguments[0]);
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))";
    window.run(script, vec![json!(text)]).await;
}

async fn current(window: &Window) -> i64 {
    invoke(window, "overview", json!({})).await["current"].as_i64().expect("a connection is current")
}

#[tokio::test]
async fn no_secret_and_no_token_where_none_belongs() {
    let _ports = WELL_KNOWN_PORTS.lock().await;
    let gateway = GatewayProcess::configured(&configuration());
    let desktop = Desktop::on(Keyring::start()).with("CLAIMCHECK_LOG", "trace");
    let mut watch = Watch { desktop: &desktop, canaries: ALL.map(str::to_owned).to_vec() };

    let window = desktop.open().await;
    typed_connection(&window, &gateway, &mut watch).await;
    watch.processes(&window);
    requests(&window, &gateway, &mut watch).await;
    pasted_connection(&window, &gateway, &mut watch).await;
    tried_on_this_machine(&window, &mut watch).await;
    deleted_and_brought_back(&window, &mut watch).await;
    watch.processes(&window);
    watch.files();
    desktop.close(window).await;
    watch.files();

    let window = desktop.open().await;
    ask_for_token(&window).await;
    window.region("Token claims").await;
    let connection = current(&window).await;
    watch.token(&window, connection).await;
    watch.processes(&window);
    desktop.close(window).await;
    watch.files();
    let printed = fs::read_to_string(desktop.printed()).expect("what the app printed");
    assert!(printed.contains("TRACE"), "the log was on: {printed}");
}

/// Typed, tested, saved, refused, mended; a token, shown and hidden, renewed, introspected, revoked.
async fn typed_connection(window: &Window, gateway: &GatewayProcess, watch: &mut Watch<'_>) {
    window.button("Connect to an authorization server").await.click().await;
    window.field("Server URL").await.fill(gateway.am()).await;
    window.field("Security domain").await.fill("demo").await;
    window.field("Client ID").await.fill("typed").await;
    window.field("Client secret").await.fill(WRONG).await;
    window.button("Save connection").await.click().await;
    let label = format!("typed at {}/demo", gateway.am());
    window.button(&format!("Delete {label}")).await;
    ask_for_token(window).await;
    window.says("invalid_client").await;
    window.button("Edit the connection").await.click().await;
    window.field("Client secret").await.fill(TYPED).await;
    window.button("Test connection").await.click().await;
    window.button("Save connection").await.click().await;
    let connection = current(window).await;
    // The word that it is saved may still be that of the first save: the keyring itself tells.
    let until = Instant::now() + Duration::from_secs(20);
    while invoke(window, "reveal_secret", json!({ "id": connection })).await != TYPED {
        assert!(Instant::now() < until, "the mended secret is not saved");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    ask_for_token(window).await;
    window.region_says("Token claims", "typed").await;
    watch.token(window, connection).await;
    window.button("Reveal token").await.click().await;
    window.button("Hide token").await.click().await;
    window.button("Reveal token").await;
    window.button("Renew").await.click().await;
    idle(window).await;
    watch.token(window, connection).await;
    window.button("Introspect").await.click().await;
    window.says("active, says the server").await;
    idle(window).await;
    let page = window.everything().await;
    for canary in &watch.canaries {
        assert!(!scan::holds(page.as_bytes(), canary), "the page holds {canary}");
    }
    window.button("Revoke").await.click().await;
    window.says("No token yet").await;
}

/// A button that works is wider than one that rests, and what stands beside it moves.
async fn idle(window: &Window) {
    window.until("all work to be done", "return document.querySelector('[aria-busy=true]') === null").await;
}

/// Sent with and without the token, with credentials in every place where a person types them.
async fn requests(window: &Window, gateway: &GatewayProcess, watch: &mut Watch<'_>) {
    window.button("Request").await.click().await;
    window.field("URL").await.fill(&format!("{}?api_key={KEY_QUERY}&page=1", gateway.echo())).await;
    send(window, "Send", "200").await;
    watch.token(window, current(window).await).await;
    send(window, "Send without token", "401").await;

    part_of_request(window, "Headers").await;
    for (at, name, value) in [(1, "X-Api-Key", KEY_HEADER), (2, "Authorization", AUTHORIZATION)] {
        let value = if name == "Authorization" { format!("Bearer {value}") } else { value.to_owned() };
        window.field(&format!("Header {at} name")).await.fill(name).await;
        window.field(&format!("Header {at} value")).await.fill(&value).await;
    }
    window.field("Method").await.choose("POST").await;
    part_of_request(window, "Body").await;
    window.field("Body").await.fill(&format!("grant_type=client_credentials&client_secret={IN_BODY}")).await;
    send(window, "Send without token", "401").await;
    send(window, "Send", "200").await;
    window.button("Raw").await.click().await;
    window.button("Copy as…").await.click().await;
    window.button("curl").await.click().await;

    // What is too large for memory goes another way.
    let filler = "x".repeat(600 * 1024);
    paste(window, &format!("curl '{}' -d 'client_secret={IN_LARGE_BODY}&filler={filler}'", gateway.echo())).await;
    window.says("Request taken over").await;
    send(window, "Send", "200").await;

    let entries = invoke(window, "history", json!({ "query": "", "limit": 50 })).await;
    assert!(entries.as_array().is_some_and(|entries| entries.len() >= 5), "{entries}");
    assert!(entries.to_string().contains("api_key="), "the history keeps the rest of the URL: {entries}");
}

/// The response has parts of the same names.
async fn part_of_request(window: &Window, name: &str) {
    let script = "const tabs = document.querySelectorAll('[aria-label=\"Parts of the request\"] [role=tab]');
        [...tabs].find((tab) => tab.textContent.startsWith(arguments[0])).click()";
    window.run(script, vec![json!(name)]).await;
}

/// Sends, and waits for an answer with this status.
async fn send(window: &Window, button: &str, status: &str) {
    window.button(button).await.click().await;
    window.region_says("Response status", status).await;
    window.button("Send").await;
}

async fn pasted_connection(window: &Window, gateway: &GatewayProcess, watch: &mut Watch<'_>) {
    window.button("Connections").await.click().await;
    paste(
        window,
        &format!("curl -u 'pasted:{PASTED}' -d grant_type=client_credentials {}/demo/oauth/token", gateway.am()),
    )
    .await;
    window.says("Connection taken over").await;
    window.button("Save connection").await.click().await;
    window.says("Saved pasted").await;
    ask_for_token(window).await;
    window.region_says("Token claims", "pasted").await;
    let connection = current(window).await;
    assert_eq!(invoke(window, "reveal_secret", json!({ "id": connection })).await, PASTED);
    watch.token(window, connection).await;
}

/// The guide, whose client's secret nobody typed.
async fn tried_on_this_machine(window: &Window, watch: &mut Watch<'_>) {
    window.press_ctrl('k').await;
    window.field("Find an action, a request or a connection").await.fill("try the whole").await;
    window.press(Key::Enter).await;
    window.button("Send without token").await.click().await;
    window.button("Get token").await.click().await;
    window.region_says("Token claims", "demo-client").await;
    let connection = current(window).await;
    watch.secret(window, connection).await;
    watch.token(window, connection).await;
    window.button("Send").await.click().await;
    window.region_says("Response status", "200").await;
    window.button("Gateway").await.click().await;
    window.button("Stop gateway").await.click().await;
    window.button("Start gateway").await.click().await;
    window.button("Stop gateway").await;
}

async fn deleted_and_brought_back(window: &Window, watch: &mut Watch<'_>) {
    window.button("Connections").await.click().await;
    let deletes = window.names(Role::Button).await;
    let delete = deletes.iter().find(|name| name.starts_with("Delete pasted at")).expect("the pasted one is listed");
    window.button(delete).await.click().await;
    window.button("Undo").await.click().await;
    window.button(delete).await;
    let connection = current(window).await;
    assert_eq!(invoke(window, "reveal_secret", json!({ "id": connection })).await, PASTED);
    ask_for_token(window).await;
    window.region_says("Token claims", "pasted").await;
    watch.token(window, connection).await;
    // A deletion that is not undone takes the secret with it, and so does the end of the program.
    window.button("Connections").await.click().await;
    let typed = deletes.iter().find(|name| name.starts_with("Delete typed at")).expect("the typed one is listed");
    window.button(typed).await.click().await;
    window.button("Undo").await;
}

/// The search sees what it must: a marked text in a documented place, the name of a connection, and in an argument.
#[tokio::test]
async fn the_search_finds_what_is_planted() {
    let desktop = Desktop::on(Keyring::start());
    let watch = Watch { desktop: &desktop, canaries: vec![TYPED.to_owned()] };
    let window = desktop.open().await;
    assert_eq!(watch.found(TYPED), Vec::<String>::new());
    window.button("Connect to an authorization server").await.click().await;
    window.choice("Token URL").await.click().await;
    window.field("Token URL").await.fill("http://127.0.0.1:1/token").await;
    window.field("Client ID").await.fill(TYPED).await;
    window.field("Client secret").await.fill("anything").await;
    window.button("Save connection").await.click().await;
    window.says("Saved").await;
    let found = watch.found(TYPED);
    assert!(found.iter().any(|file| file.contains("/claimcheck/")), "{found:?}");
    assert!(window.everything().await.contains(TYPED));
    desktop.close(window).await;
    // What the web engine keeps of the page is below the data folder, so it is searched too.
    let engine = desktop.data_folder().join("window");
    assert!(engine.is_dir());
    fs::write(engine.join("planted"), WRONG).expect("a file beside those of the web engine");
    assert_eq!(watch.found(WRONG).len(), 1);
}
