//! Several connections side by side: each keeps what is its own.

use crate::steps::ask_for_token;
use serde_json::json;
use support::desktop::Desktop;
use support::gateway::GatewayProcess;
use support::keyring::Keyring;
use support::webdriver::{Role, Window};

/// Two clients of one domain.
fn two_clients() -> GatewayProcess {
    GatewayProcess::configured(
        "[[domains]]\npath = \"demo\"\n\
         [[domains.clients]]\nclient_id = \"alpha\"\nclient_secret = \"secret-of-alpha\"\n\
         [[domains.clients]]\nclient_id = \"beta\"\nclient_secret = \"secret-of-beta\"\n",
    )
}

async fn save(window: &Window, gateway: &GatewayProcess, client: &str) {
    window.button("New connection").await.click().await;
    window.field("Server URL").await.fill(gateway.am()).await;
    window.field("Security domain").await.fill("demo").await;
    window.field("Client ID").await.fill(client).await;
    window.field("Client secret").await.fill(&format!("secret-of-{client}")).await;
    window.button("Save connection").await.click().await;
    window.button(&delete(gateway, client)).await;
}

fn delete(gateway: &GatewayProcess, client: &str) -> String {
    format!("Delete {client} at {}/demo", gateway.am())
}

/// Makes the connection the current one, by its entry in the list.
async fn choose(window: &Window, gateway: &GatewayProcess, client: &str) {
    window.button("Connections").await.click().await;
    let end = format!(": {client} at {}/demo", gateway.am());
    let names = window.names(Role::Entry).await;
    let name = names.iter().find(|name| name.ends_with(&end)).unwrap_or_else(|| panic!("no {end:?} in {names:?}"));
    // A list item and the button in it share the name.
    window.button(name).await.click().await;
}

#[tokio::test]
async fn two_deletions_are_undone_each_for_itself() {
    let gateway = two_clients();
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    save(&window, &gateway, "alpha").await;
    save(&window, &gateway, "beta").await;
    for client in ["alpha", "beta"] {
        window.button(&delete(&gateway, client)).await.click().await;
        window.says(&format!("Deleted {client}")).await;
    }
    for client in ["alpha", "beta"] {
        undo(&window, client).await;
        window.button(&delete(&gateway, client)).await;
        ask_for_token(&window).await;
        window.region_says("Token claims", client).await;
        window.button("Connections").await.click().await;
        let other = window.shows(Role::Button, &delete(&gateway, "beta")).await;
        assert_eq!(other, client == "beta", "after {client} came back");
    }
    desktop.close(window).await;
}

/// Presses *Undo* beside the message on this client's deletion.
async fn undo(window: &Window, client: &str) {
    let script = "const messages = [...document.querySelectorAll('.toast')];
        const message = messages.find((one) => one.textContent.includes(`Deleted ${arguments[0]}`));
        [...message.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Undo').click()";
    window.run(script, vec![json!(client)]).await;
}

#[tokio::test]
async fn claims_are_never_those_of_another_connection() {
    let gateway = two_clients();
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    for client in ["alpha", "beta"] {
        save(&window, &gateway, client).await;
        ask_for_token(&window).await;
        window.region_says("Token claims", client).await;
        window.button("Connections").await.click().await;
    }
    for (client, other) in [("alpha", "beta"), ("beta", "alpha"), ("alpha", "beta")] {
        choose(&window, &gateway, client).await;
        // Whatever the view shows on its way, it is never the other one's.
        let watching = "const other = arguments[0]; const mixed = globalThis.mixed = [];
            const look = () => { if (globalThis.mixed !== mixed) return; const claims = document.querySelector('[aria-label=\"Token claims\"]')?.innerText ?? '';
                if (claims.includes(other)) mixed.push(claims); requestAnimationFrame(look) }; look()";
        window.run(watching, vec![json!(other)]).await;
        window.button("Token").await.click().await;
        let claims = window.region_says("Token claims", client).await;
        assert!(!claims.contains(other), "{claims}");
        assert_eq!(window.run("return globalThis.mixed", Vec::new()).await, json!([]));
    }
    // A third one that has no token has no claims either.
    window.button("Connections").await.click().await;
    save(&window, &gateway, "gamma").await;
    window.button("Token").await.click().await;
    window.says("No token yet").await;
    assert!(!window.shows(Role::Region, "Token claims").await);
    desktop.close(window).await;
}
