//! A keyring that is missing or locked is named, and there is a way on.

use crate::steps::{ask_for_token, connection_is_listed, type_connection};
use support::desktop::Desktop;
use support::gateway::GatewayProcess;
use support::keyring::Keyring;
use support::webdriver::Window;

#[tokio::test]
async fn without_a_keyring_secrets_stay_in_memory() {
    let gateway = GatewayProcess::start();
    let desktop = Desktop::on(Keyring::bus_only());
    let window = desktop.open().await;
    window.region_says("Keyring", "There is no keyring").await;
    window.button("Go on in memory only").await.click().await;
    save_connection(&window, &gateway).await;
    ask_for_token(&window).await;
    window.region_says("Token claims", gateway.client_id()).await;
    desktop.close(window).await;

    let window = desktop.open().await;
    ask_for_token(&window).await;
    window.button("Enter the secret").await;
    desktop.close(window).await;
}

#[tokio::test]
async fn a_locked_keyring_is_said_to_be_locked_and_can_be_used_again() {
    let gateway = GatewayProcess::start();
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    save_connection(&window, &gateway).await;
    desktop.close(window).await;

    desktop.keyring.lock();
    let window = desktop.open().await;
    window.region_says("Keyring", "locked").await;
    ask_for_token(&window).await;
    window.says("The keyring is locked").await;
    desktop.keyring.unlock();
    window.button("Get token").await.click().await;
    window.region_says("Token claims", gateway.client_id()).await;
    desktop.close(window).await;
}

async fn save_connection(window: &Window, gateway: &GatewayProcess) {
    type_connection(window, gateway).await;
    window.button("Save connection").await.click().await;
    connection_is_listed(window, gateway).await;
}
