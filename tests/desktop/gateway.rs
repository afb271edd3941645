//! The gateway's view in the window: what is switched on while it serves, and APIs that are brought along.

use crate::steps::WELL_KNOWN_PORTS;
use serde_json::json;
use support::desktop::Desktop;
use support::keyring::Keyring;
use support::webdriver::{Role, Window};

const ECHO: &str = "http://127.0.0.1:8082/echo";

/// In the definition, and then in the keyring only.
const RESOURCE_SECRET: &str = "cn-resource-6c2e-Ziegenmelker";

async fn try_it(window: &Window) {
    window.button("Try it on this machine").await.click().await;
    window.button("Leave the guide").await.click().await;
}

/// Sends the request of the view, and waits for this status.
async fn send(window: &Window, button: &str, status: &str) {
    window.button("Request").await.click().await;
    window.button(button).await.click().await;
    window.region_says("Response status", status).await;
}

/// Opens the weaknesses of the echo.
async fn weaknesses(window: &Window) {
    window.button("Gateway").await.click().await;
    if !window.shows(Role::Button, "Weaknesses of echo").await {
        window.button("Live control").await.click().await;
    }
    window.button("Weaknesses of echo").await.click().await;
}

/// The check box of this weakness, by the first word of its label.
async fn toggle(window: &Window, weakness: &str) {
    window.field("Filter by name or effect").await.fill(weakness).await;
    let names = window.names(Role::Field).await;
    let name = names.iter().find(|name| name.split(' ').next() == Some(weakness));
    window.field(name.unwrap_or_else(|| panic!("no {weakness} in {names:?}"))).await.click().await;
}

#[tokio::test]
async fn a_weakness_is_switched_on_seen_in_red_and_switched_off() {
    let _ports = WELL_KNOWN_PORTS.lock().await;
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    try_it(&window).await;
    window.button("Request").await.click().await;
    window.field("URL").await.fill(ECHO).await;
    send(&window, "Send without token", "401").await;

    weaknesses(&window).await;
    toggle(&window, "no-auth").await;
    window.button("Done").await.click().await;
    window.region_says("Live control", "echo is weak: no-auth").await;
    send(&window, "Send without token", "200").await;
    desktop.close(window).await;

    // It is remembered, and still said.
    let window = desktop.open().await;
    window.button("Gateway").await.click().await;
    window.button("Start gateway").await.click().await;
    window.region_says("Live control", "echo is weak: no-auth").await;
    weaknesses(&window).await;
    window.button("Switch all off").await.click().await;
    window.button("Done").await.click().await;
    window.until("no weakness", "return !document.body.textContent.includes('is weak')").await;
    window.button("Request").await.click().await;
    window.field("URL").await.fill(ECHO).await;
    send(&window, "Send without token", "401").await;
    desktop.close(window).await;
}

/// One OAuth2 plan; the endpoint is the echo, the resource the local authorization server.
fn orders() -> String {
    let resource = json!({"name": "am", "type": "oauth2-am-resource", "enabled": true, "configuration": {
        "serverURL": "http://127.0.0.1:0", "version": "V3_X", "securityDomain": "demo", "clientId": "orders-gateway",
        "clientSecret": RESOURCE_SECRET}});
    let endpoint = json!({"name": "e", "type": "http-proxy", "configuration": {"target": ECHO}});
    json!({
        "export": {"apimVersion": "4.12.0"},
        "api": {
            "definitionVersion": "V4", "type": "PROXY", "name": "orders", "apiVersion": "1",
            "listeners": [{"type": "HTTP", "paths": [{"path": "/orders"}], "entrypoints": [{"type": "http-proxy"}]}],
            "endpointGroups": [{"name": "g", "type": "http-proxy", "endpoints": [endpoint]}],
            "resources": [resource], "flows": []
        },
        "plans": [{"definitionVersion": "V4", "name": "gold", "mode": "STANDARD", "status": "PUBLISHED",
            "security": {"type": "OAUTH2", "configuration": {"oauthResource": "am"}}}]
    })
    .to_string()
}

#[tokio::test]
async fn an_api_is_imported_subscribed_to_and_called() {
    let _ports = WELL_KNOWN_PORTS.lock().await;
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    try_it(&window).await;

    window.button("Gateway").await.click().await;
    window.button("Import definition").await.click().await;
    window.field("Definition").await.fill("{\"api\": 1}").await;
    window.until("a refusal", "return document.querySelector('[role=alert]') !== null").await;
    window.field("Definition").await.fill(&orders()).await;
    window.region_says("Preview", "gold").await;
    window.button("Add API").await.click().await;
    window.says("nobody is subscribed").await;

    window.button("Request").await.click().await;
    window.field("URL").await.fill("http://127.0.0.1:8082/orders").await;
    send(&window, "Send", "401").await;
    window.button("Gateway").await.click().await;
    window.button("Subscribe demo-client to gold").await.click().await;
    window.says("demo-client is subscribed").await;
    send(&window, "Send", "200").await;
    send(&window, "Send without token", "401").await;

    let found = support::scan::files(desktop.keyring.folder(), RESOURCE_SECRET);
    assert!(found.is_empty(), "the resource's secret is in {found:?}");
    assert!(!window.everything().await.contains(RESOURCE_SECRET), "the resource's secret is in the page");
    desktop.close(window).await;
}
