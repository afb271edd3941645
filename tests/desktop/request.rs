//! The request view: what a refusal looks like.

use crate::steps::{connection_is_listed, type_connection};
use support::desktop::Desktop;
use support::gateway::GatewayProcess;
use support::keyring::Keyring;
use support::webdriver::Role;

#[tokio::test]
async fn a_refusal_is_explained_and_an_answer_is_not() {
    let gateway = GatewayProcess::start();
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    type_connection(&window, &gateway).await;
    window.button("Save connection").await.click().await;
    connection_is_listed(&window, &gateway).await;
    window.button("Request").await.click().await;
    window.field("URL").await.fill(gateway.echo()).await;
    window.button("Send without token").await.click().await;
    window.region_says("Response status", "401").await;
    let explanation = window.region_says("Explanation", "Refused by").await;
    assert!(explanation.contains("Bearer") && explanation.contains("Possible causes"), "{explanation}");

    window.button("Send").await.click().await;
    window.region_says("Response status", "200").await;
    assert!(!window.shows(Role::Region, "Explanation").await);
    desktop.close(window).await;
}
