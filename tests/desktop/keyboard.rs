//! The keyboard alone is enough, from the first start to an answered call, and what has the focus shows it.

use crate::steps::WELL_KNOWN_PORTS;
use fantoccini::key::Key;
use serde_json::Value;
use support::desktop::Desktop;
use support::keyring::Keyring;
use support::webdriver::Window;

/// More than any view has things to stop at.
const STOPS: usize = 80;

#[tokio::test]
async fn the_whole_journey_without_a_mouse() {
    let _ports = WELL_KNOWN_PORTS.lock().await;
    let desktop = Desktop::on(Keyring::start());
    let window = desktop.open().await;
    window.button("Try it on this machine").await;
    press(&window, "Try it on this machine").await;
    window.button("Send without token").await;
    press(&window, "Send without token").await;
    window.region_says("Response status", "401").await;
    press(&window, "Get token").await;
    window.region_says("Token claims", "demo-client").await;
    press(&window, "Send").await;
    window.region_says("Response status", "200").await;

    // The rail, then the request view, which Ctrl+Enter sends from anywhere.
    press(&window, "Request").await;
    window.press_ctrl(Key::Enter).await;
    window.region_says("Response body", "Bearer").await;
    desktop.close(window).await;
}

/// Goes to the button with the Tab key and presses it with Enter.
async fn press(window: &Window, name: &str) {
    window.button(name).await;
    let mut passed = Vec::new();
    for _ in 0..STOPS {
        window.press(Key::Tab).await;
        let focus = focus(window).await;
        if focus == name {
            return window.press(Key::Enter).await;
        }
        passed.push(focus);
    }
    panic!("the Tab key never came to {name:?}, but to {passed:?}");
}

/// The name of what has the focus, which must be seen to have it.
async fn focus(window: &Window) -> String {
    let script = "const it = document.activeElement;
        if (it === document.body) return '';
        const outlined = (element) => getComputedStyle(element).outlineStyle !== 'none' || getComputedStyle(element, '::after').outlineStyle !== 'none';
        const seen = outlined(it) || (it.labels?.length && outlined(it.labels[0])) || getComputedStyle(it).boxShadow !== 'none';
        const name = (it.ariaLabel ?? it.innerText ?? '').trim();
        return it.matches(':focus-visible') && seen ? name : `unseen: ${name || it.outerHTML}`";
    let Value::String(name) = window.run(script, Vec::new()).await else { panic!("a name is a text") };
    assert!(!name.starts_with("unseen"), "nothing shows that this has the focus: {name}");
    name
}
