//! The pictures of the guide: every view of the real window over the real local gateway, in light and dark and in two
//! sizes. Run by `cargo xtask shots`.
//! Belongs here: the way through the views. Not here: any judgement; the tests judge.

use std::path::PathBuf;
use std::time::Duration;
use support::desktop::Desktop;
use support::keyring::Keyring;
use support::webdriver::Window;

/// The sizes: as the window opens, and the smallest that it takes.
const SIZES: [(u32, u32); 2] = [(1100, 720), (760, 560)];

/// The looks: by the name of GTK's theme, from which the web engine takes `prefers-color-scheme`.
const LOOKS: [(&str, &str); 2] = [("light", "Adwaita"), ("dark", "Adwaita:dark")];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for (look, theme) in LOOKS {
        let desktop = Desktop::on(Keyring::start()).with("GTK_THEME", theme);
        let window = desktop.open().await;
        journey(&window, look).await;
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
}

/// Writes `docs/screenshots/<name>-<look>-<width>.png` for every size.
async fn picture(window: &Window, look: &str, name: &str) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/screenshots"));
    for (width, height) in SIZES {
        window.resize(width, height).await;
        // Transitions of the page end within this time.
        tokio::time::sleep(Duration::from_millis(400)).await;
        window.screenshot(&folder.join(format!("{name}-{look}-{width}.png"))).await;
    }
}
