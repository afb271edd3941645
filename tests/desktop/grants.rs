//! Sign-ins in the real window: the browser and the other device are played by the test, which follows the address that is shown.

use support::desktop::Desktop;
use support::gateway::GatewayProcess;
use support::keyring::Keyring;
use support::person::answer_page;
use support::webdriver::Window;

/// A client for sign-ins in the browser, one for devices.
fn gateway() -> GatewayProcess {
    GatewayProcess::configured(
        "[[domains]]\npath = \"demo\"\n\
         [[domains.clients]]\nclient_id = \"web\"\nclient_secret = \"w3b\"\nscopes = [\"openid\"]\n\
         grant_types = [\"authorization_code\", \"refresh_token\"]\nredirect_uris = [\"http://127.0.0.1/callback\"]\n\
         [[domains.clients]]\nclient_id = \"tv\"\nauth_method = \"none\"\nscopes = [\"openid\"]\n\
         grant_types = [\"urn:ietf:params:oauth:grant-type:device_code\"]\n",
    )
}

/// Saves a connection with this grant.
async fn save(window: &Window, gateway: &GatewayProcess, client: &str, grant: &str) {
    window.button("Connect to an authorization server").await.click().await;
    window.field("Server URL").await.fill(gateway.am()).await;
    window.field("Security domain").await.fill("demo").await;
    window.button("Discover").await.click().await;
    window.region_says("Discovery", "/demo/oidc/.well-known/openid-configuration").await;
    window.field("Grant").await.choose(grant).await;
    window.field("Client ID").await.fill(client).await;
    if client == "web" {
        window.field("Client secret").await.fill("w3b").await;
    } else {
        window.button("More").await.click().await;
        window.field("Authentication method").await.choose("none: public client").await;
    }
    window.field("Scopes").await.fill("openid").await;
    window.button("Save connection").await.click().await;
    window.button(&format!("Delete {client} at {}/demo", gateway.am())).await;
}

/// The address that the window shows for the sign-in.
async fn address(window: &Window, name: &str) -> String {
    let script = format!("return document.querySelector('[aria-label=\"{name}\"]') !== null");
    window.until(name, &script).await;
    let script = format!("return document.querySelector('[aria-label=\"{name}\"]').textContent.trim()");
    window.run(&script, Vec::new()).await.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_sign_in_in_the_browser() {
    let gateway = gateway();
    let desktop = Desktop::on(Keyring::start()).with("CLAIMCHECK_BROWSER", "none");
    let window = desktop.open().await;
    save(&window, &gateway, "web", "Authorization code: you sign in, in the browser").await;
    window.button("Get token").await.click().await;
    let refused = address(&window, "Sign-in address").await;
    assert!(refused.contains("code_challenge_method=S256") && refused.contains("redirect_uri=http%3A%2F%2F127.0.0.1"));
    window.button("Cancel sign-in").await.click().await;
    window.says("Cancelled").await;

    window.button("Get token").await.click().await;
    let url = address(&window, "Sign-in address").await;
    assert_ne!(url, refused, "a state and a port of its own");
    let page = tokio::task::spawn_blocking(move || answer_page(&url, "approve")).await.unwrap();
    assert!(page.contains("Signed in"), "{page}");
    window.region_says("Token claims", "alice").await;

    window.button("Renew").await.click().await;
    window.region_says("Token claims", "alice").await;
    window.button("Forget").await.click().await;
    window.button("Get token").await.click().await;
    let url = address(&window, "Sign-in address").await;
    tokio::task::spawn_blocking(move || answer_page(&url, "deny")).await.unwrap();
    window.says("access_denied").await;
    desktop.close(window).await;
}

#[tokio::test]
async fn a_sign_in_on_another_device() {
    let gateway = gateway();
    let desktop = Desktop::on(Keyring::start()).with("CLAIMCHECK_BROWSER", "none");
    let window = desktop.open().await;
    save(&window, &gateway, "tv", "Device code: you sign in on another device").await;
    window.button("Get token").await.click().await;
    let url = address(&window, "Sign-in address with the code").await;
    let code = address(&window, "User code").await;
    assert!(url.ends_with(&code), "{code} in {url}");
    window.region_says("Sign-in", "left").await;
    let page = tokio::task::spawn_blocking(move || answer_page(&url, "approve")).await.unwrap();
    assert!(page.contains("The device is connected"), "{page}");
    window.region_says("Token claims", "alice").await;
    desktop.close(window).await;
}
