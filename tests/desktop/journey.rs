//! The product's promise, end to end: from nothing, or from a client ID and a secret, to an answered call.

use crate::steps::{WELL_KNOWN_PORTS, ask_for_token, connection_is_listed, type_connection};
use fantoccini::key::Key;
use std::net::TcpStream;
use support::desktop::Desktop;
use support::gateway::GatewayProcess;
use support::keyring::Keyring;
use support::webdriver::{Role, Window};

/// The guide, then a restart.
#[tokio::test]
async fn try_it_on_this_machine_and_come_back() {
    let _ports = WELL_KNOWN_PORTS.lock().await;
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    window.button("Try it on this machine").await.click().await;
    guide(&window).await;
    let before = addresses(&window).await;
    desktop.close(window).await;
    assert!(TcpStream::connect("127.0.0.1:8092").is_err(), "the gateway outlived its window");

    let window = desktop.open().await;
    window.find(Role::Entry, "Local gateway: demo-client at http://127.0.0.1:8092/demo").await;
    window.button("Gateway").await.click().await;
    window.button("Start gateway").await.click().await;
    window.button("Stop gateway").await;
    assert_eq!(addresses(&window).await, before);
    ask_for_token(&window).await;
    window.region_says("Token claims", "demo-client").await;
    desktop.close(window).await;
}

async fn guide(window: &Window) {
    window.button("Send without token").await.click().await;
    window.region_says("Response status", "401").await;
    window.region("Explanation").await;
    window.button("Get token").await.click().await;
    let claims = window.region_says("Token claims", "demo-client").await;
    assert!(claims.contains("echo:read"), "{claims}");
    window.button("Send").await.click().await;
    let status = window.region_says("Response status", "200").await;
    assert!(status.starts_with("200"), "{status}");
    window.region_says("Response body", "Bearer").await;
}

/// The two addresses and the clients, as the gateway view shows them.
async fn addresses(window: &Window) -> Vec<String> {
    window.button("Gateway").await.click().await;
    window.button("Stop gateway").await;
    // The list of APIs comes a moment after the addresses.
    window.says("http://127.0.0.1:8082/echo").await;
    let text = window.text().await;
    let words = text.split_whitespace().filter(|word| word.starts_with("http://127.0.0.1") || word.starts_with("demo"));
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort();
    words.dedup();
    assert!(
        words.iter().any(|word| word.contains(":8092")) && words.iter().any(|word| word.contains(":8082")),
        "{text}"
    );
    words
}

#[tokio::test]
async fn a_connection_is_typed_in_used_and_kept() {
    let gateway = GatewayProcess::start();
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    type_connection(&window, &gateway).await;
    window.says(&format!("{}/demo/oauth/token", gateway.am())).await;
    // Enter in the last field saves: the keyboard is enough.
    window.press(Key::Enter).await;
    connection_is_listed(&window, &gateway).await;

    get_token_and_call(&window, &gateway).await;
    assert_secret_is_nowhere(&window, &gateway, &desktop).await;
    desktop.close(window).await;

    let window = desktop.open().await;
    connection_is_listed(&window, &gateway).await;
    get_token_and_call(&window, &gateway).await;
    assert_secret_is_nowhere(&window, &gateway, &desktop).await;
    desktop.close(window).await;
}

async fn get_token_and_call(window: &Window, gateway: &GatewayProcess) {
    ask_for_token(window).await;
    window.region_says("Token claims", gateway.client_id()).await;
    window.button("Request").await.click().await;
    window.field("URL").await.fill(gateway.echo()).await;
    window.press_ctrl(Key::Enter).await;
    window.region_says("Response status", "200").await;
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_words() {
    let gateway = GatewayProcess::start();
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    type_connection(&window, &gateway).await;
    window.field("Client secret").await.fill("wrong").await;
    window.button("Save connection").await.click().await;
    ask_for_token(&window).await;
    window.says("invalid_client").await;
    desktop.close(window).await;
}

async fn assert_secret_is_nowhere(window: &Window, gateway: &GatewayProcess, desktop: &Desktop) {
    assert!(!window.everything().await.contains(gateway.client_secret()), "the secret is in the page");
    for file in files(&desktop.data_folder()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let found = bytes.windows(gateway.client_secret().len()).any(|part| part == gateway.client_secret().as_bytes());
        assert!(!found, "the secret is in {}", file.display());
    }
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
