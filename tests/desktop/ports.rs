//! The well-known ports of the gateway on this machine are taken by something else.

use crate::steps::{WELL_KNOWN_PORTS, ask_for_token};
use std::net::TcpListener;
use support::desktop::Desktop;
use support::keyring::Keyring;

#[tokio::test]
async fn when_a_port_is_taken_free_ones_are_used() {
    let _ports = WELL_KNOWN_PORTS.lock().await;
    let _taken = TcpListener::bind("127.0.0.1:8092").expect("the port is free");
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    window.button("Try it on this machine").await.click().await;
    window.says("8092").await;
    window.button("Use free ports").await.click().await;
    window.button("Send without token").await.click().await;
    window.region_says("Response status", "401").await;
    window.button("Get token").await.click().await;
    window.region_says("Token claims", "demo-client").await;
    window.button("Send").await.click().await;
    window.region_says("Response status", "200").await;

    // The connection follows to the new addresses, which the gateway keeps from then on.
    window.button("Gateway").await.click().await;
    window.button("Stop gateway").await.click().await;
    window.button("Start gateway").await.click().await;
    window.button("Stop gateway").await;
    let view = window.text().await;
    assert!(!view.contains("http://127.0.0.1:8092"), "{view}");
    ask_for_token(&window).await;
    window.region_says("Token claims", "demo-client").await;
    desktop.close(window).await;
}
