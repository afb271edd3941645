//! Steps that several journeys share.

use support::gateway::GatewayProcess;
use support::webdriver::Window;
use tokio::sync::Mutex;

/// One test at a time may take the well-known ports of the gateway on this machine, or see them taken.
pub(crate) static WELL_KNOWN_PORTS: Mutex<()> = Mutex::const_new(());

/// Fills in the connection form for the gateway's demo client; nothing is saved yet.
pub(crate) async fn type_connection(window: &Window, gateway: &GatewayProcess) {
    window.button("Connect to an authorization server").await.click().await;
    window.field("Server URL").await.fill(gateway.am()).await;
    window.field("Security domain").await.fill("demo").await;
    window.field("Client ID").await.fill(gateway.client_id()).await;
    let secret = window.field("Client secret").await;
    assert_eq!(secret.attribute("type").await.as_deref(), Some("password"));
    secret.fill(gateway.client_secret()).await;
}

/// Waits until the connection stands in the list.
pub(crate) async fn connection_is_listed(window: &Window, gateway: &GatewayProcess) {
    window.button(&format!("Delete {} at {}/demo", gateway.client_id(), gateway.am())).await;
}

/// Asks for a token in the token view.
pub(crate) async fn ask_for_token(window: &Window) {
    window.button("Token").await.click().await;
    window.button("Get token").await.click().await;
}
