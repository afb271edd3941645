//! The pictures of the guide: every view of the real window over the real local gateway, in light and dark and in two
//! sizes. Run by `cargo xtask shots`.
//! Belongs here: the way through the views. Not here: any judgement; the tests judge.
#![allow(clippy::expect_used, clippy::panic, reason = "what fails here fails the run")]

mod gateway;
mod painted;

use fantoccini::key::Key;
use painted::is_painted;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::desktop::Desktop;
use support::keyring::Keyring;
use support::webdriver::Window;

/// The sizes: as the window opens, and the smallest that it takes.
const SIZES: [(u32, u32); 2] = [(1100, 720), (760, 560)];

/// The looks: by the name of GTK's theme, from which the web engine takes `prefers-color-scheme`.
const LOOKS: [(&str, &str); 2] = [("light", "Adwaita"), ("dark", "Adwaita:dark")];

/// How long a view may take to stand still.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks: longer than any transition of the page.
const INTERVAL: Duration = Duration::from_millis(350);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for (look, theme) in LOOKS {
        let desktop = Desktop::on(Keyring::start()).with("GTK_THEME", theme);
        let window = desktop.open().await;
        window.button("Try it on this machine").await;
        journey(&window, look).await;
        gateway::views(&window, look).await;
        troubles(&window, look).await;
        desktop.close(window).await;

        let desktop = Desktop::on(Keyring::bus_only()).with("GTK_THEME", theme);
        let window = desktop.open().await;
        window.region_says("Keyring", "There is no keyring").await;
        picture(&window, look, "keyring-absent").await;
        desktop.close(window).await;
    }
}

async fn journey(window: &Window, look: &str) {
    picture(window, look, "start").await;
    window.button("Try it on this machine").await.click().await;
    window.button("Send without token").await;
    picture(window, look, "guide").await;
    window.button("Send without token").await.click().await;
    window.region_says("Response status", "401").await;
    picture(window, look, "guide-refused").await;
    window.button("Get token").await.click().await;
    window.region("Token claims").await;
    picture(window, look, "guide-token").await;
    window.button("Send").await.click().await;
    window.region_says("Response status", "200").await;
    picture(window, look, "guide-answered").await;
    views(window, look).await;
}

async fn views(window: &Window, look: &str) {
    window.button("Leave the guide").await.click().await;
    for view in ["Connections", "Token", "Request", "Gateway", "Settings"] {
        window.button(view).await.click().await;
        if view == "Request" {
            window.button("Send").await.click().await;
            window.region_says("Response status", "200").await;
        }
        picture(window, look, &view.to_lowercase()).await;
    }
    tokens(window, look).await;
}

/// The list of kept tokens, what the server says of one, and one judged at another time.
async fn tokens(window: &Window, look: &str) {
    window.button("Token").await.click().await;
    window.choice("All kept").await.click().await;
    window.says("live token").await;
    window.button("Introspect").await.click().await;
    window.region_says("Token and introspection", "same").await;
    picture(window, look, "token-kept").await;
    window.choice("Of this connection").await.click().await;
    window.field("Judge at").await.fill(&format!("2031-01-01T00:00:00Z{}", char::from(Key::Enter))).await;
    window.says("Acceptable then").await;
    picture(window, look, "token-travel").await;
    window.button("Now").await.click().await;
    window.says("Acceptable now").await;
    window.press_ctrl('h').await;
    picture(window, look, "token-hidden").await;
    window.button("Values are hidden").await.click().await;
}

/// Tokens that are no signed JWT: an encrypted one (RFC 7520 5.2), one with disclosures, one that only its server can read.
async fn inspections(window: &Window, look: &str) {
    let encrypted = vector("cookbook/jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json");
    let disclosing = vector("sd-jwt/examples.json");
    let tokens = [
        (&encrypted["output"]["compact"], "Encrypted JWT", "jwe"),
        (&disclosing["examples"][0]["presentation"], "SD-JWT", "sd-jwt"),
        (&Value::from("8ffc3a1b-6d5a-4c0e-b7c5-1a4d2f9e7b60"), "Opaque token", "opaque"),
    ];
    for (token, form, name) in tokens {
        window.field("Token to inspect").await.fill(token.as_str().expect("a token")).await;
        window.button("Inspect").await.click().await;
        window.says(form).await;
        picture(window, look, &format!("inspect-{name}")).await;
    }
}

fn vector(file: &str) -> Value {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors")).join(file);
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file of vectors")).expect("JSON")
}

/// What is empty, refused or broken.
async fn troubles(window: &Window, look: &str) {
    window.button("Request").await.click().await;
    window.button("Send without token").await.click().await;
    window.region_says("Response status", "401").await;
    picture(window, look, "request-refused").await;

    window.button("Token").await.click().await;
    window.choice("Any other").await.click().await;
    window.field("Token to inspect").await.fill("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsImV4cCI6MX0=.").await;
    window.button("Inspect").await.click().await;
    window.says("alg").await;
    picture(window, look, "inspect-broken").await;
    inspections(window, look).await;

    window.button("Connections").await.click().await;
    window.button("New connection").await.click().await;
    picture(window, look, "form").await;
    for (grant, name) in [
        ("Authorization code: you sign in, in the browser", "code"),
        ("Token exchange: a token for another token", "exchange"),
    ] {
        window.field("Grant").await.choose(grant).await;
        picture(window, look, &format!("form-{name}")).await;
    }
    window.field("Grant").await.choose("Client credentials: the client for itself").await;
    window.field("Server URL").await.fill("http://127.0.0.1:8092").await;
    window.field("Security domain").await.fill("demo").await;
    window.field("Client ID").await.fill("demo-client").await;
    window.field("Client secret").await.fill("not-the-secret").await;
    window.button("Save connection").await.click().await;
    window.says("Saved").await;
    quiet(window).await;
    window.button("Token").await.click().await;
    window.choice("Of this connection").await.click().await;
    window.button("Get token").await.click().await;
    window.says("invalid_client").await;
    picture(window, look, "token-refused").await;
    window.button("Find the right method").await.click().await;
    window.button("Start trying").await.click().await;
    window.says("The server accepts none of them").await;
    picture(window, look, "token-doctor").await;

    window.button("Gateway").await.click().await;
    window.button("Stop gateway").await.click().await;
    window.button("Start gateway").await;
    picture(window, look, "gateway-stopped").await;
}

/// Writes `docs/screenshots/<name>-<look>-<width>.png` for every size.
async fn picture(window: &Window, look: &str, name: &str) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/screenshots"));
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    for (width, height) in SIZES {
        window.resize(width, height).await;
        quiet(window).await;
        let file = folder.join(format!("{name}-{look}-{width}.png"));
        std::fs::write(&file, painted(window, &file).await).expect("the picture is written");
    }
    // The way goes on in the usual size.
    let [(width, height), ..] = SIZES;
    window.resize(width, height).await;
}

/// Waits until passing messages are gone, and what they told of is done.
async fn quiet(window: &Window) {
    window.until("passing messages to be gone", "return document.querySelector('.toast') === null").await;
}

/// The picture once it is painted and nothing in it moves any more.
async fn painted(window: &Window, file: &Path) -> Vec<u8> {
    let until = Instant::now() + PATIENCE;
    let mut before = Vec::new();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let now = window.screenshot().await;
        let painted = is_painted(&now);
        // What counts down on the page may keep two pictures from ever being the same.
        if painted && (now == before || Instant::now() > until) {
            return now;
        }
        assert!(painted || Instant::now() < until, "{} stays blank", file.display());
        before = now;
    }
}
