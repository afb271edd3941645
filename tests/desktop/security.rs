//! What a script in the page could try, if one ever got in there: every way out is shut.

use serde_json::{Value, json};
use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;
use support::desktop::Desktop;
use support::keyring::Keyring;
use support::webdriver::Window;

async fn window() -> (Desktop, Window) {
    let desktop = Desktop::on(Keyring::bus_only());
    let window = desktop.open().await;
    (desktop, window)
}

/// Runs a script that calls `done` with what came of it.
async fn outcome(window: &Window, script: &str) -> Value {
    let script =
        format!("const done = arguments[arguments.length - 1];\nsetTimeout(() => done('silence'), 3000);\n{script}");
    window.run_async(&script, Vec::new()).await
}

#[tokio::test]
async fn the_page_has_no_global_api() {
    let (desktop, window) = window().await;
    assert_eq!(window.run("return typeof window.__TAURI__", Vec::new()).await, "undefined");
    let frozen = "try { Object.prototype.polluted = 1 } catch { } return ({}).polluted === undefined";
    assert_eq!(window.run(frozen, Vec::new()).await, true);
    desktop.close(window).await;
}

#[tokio::test]
async fn commands_outside_the_capability_are_refused() {
    let (desktop, window) = window().await;
    for command in [
        "plugin:app|version",
        "plugin:event|listen",
        "plugin:window|close",
        "plugin:webview|create_webview_window",
        "nothing",
    ] {
        let script = format!(
            "window.__TAURI_INTERNALS__.invoke({command:?}, {{}}).then(() => done('answered'), (e) => done('refused: ' + e))"
        );
        let outcome = outcome(&window, &script).await;
        assert!(outcome.as_str().is_some_and(|text| text.starts_with("refused")), "{command}: {outcome}");
    }
    let script =
        "window.__TAURI_INTERNALS__.invoke('storage', {}).then((v) => done(Array.isArray(v)), (e) => done(String(e)))";
    assert_eq!(outcome(&window, script).await, true, "our own commands do answer");
    desktop.close(window).await;
}

#[tokio::test]
async fn malformed_arguments_are_refused_at_once() {
    let (desktop, window) = window().await;
    for arguments in ["{ id: '1' }", "{ id: 1, more: 1 }", "{}", "{ id: { toString: null } }", "[1]", "{ id: -1 }"] {
        let script = format!(
            "window.__TAURI_INTERNALS__.invoke('reveal_secret', {arguments}).then(() => done('answered'), (e) => done('refused: ' + e))"
        );
        let outcome = outcome(&window, &script).await;
        assert!(outcome.as_str().is_some_and(|text| text.starts_with("refused")), "{arguments}: {outcome}");
    }
    desktop.close(window).await;
}

#[tokio::test]
async fn a_call_around_the_isolation_frame_is_refused() {
    let (desktop, window) = window().await;
    let script = "fetch('ipc://localhost/storage', {
            method: 'POST', body: '{}',
            headers: { 'Content-Type': 'application/json', 'Tauri-Callback': '1', 'Tauri-Error': '2', 'Tauri-Invoke-Key': 'guess' },
        }).then(async (r) => done([r.headers.get('Tauri-Response'), r.status, await r.text()]), (e) => done('refused: ' + e))";
    let outcome = outcome(&window, script).await;
    assert!(!outcome.to_string().contains("keyring"), "an unsealed call was answered: {outcome}");
    assert!(outcome.is_array() || outcome.as_str().is_some_and(|text| text.starts_with("refused")), "{outcome}");
    desktop.close(window).await;
}

#[tokio::test]
async fn the_content_security_policy_holds() {
    let (desktop, window) = window().await;
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", server.local_addr().expect("it has an address"));
    let attempts = [
        ("eval", "try { done(new Function('return 1')()) } catch (e) { done('refused: ' + e.name) }".to_owned()),
        (
            "inline script",
            "const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.head.append(s); \
             done(window.hacked ? 'ran' : 'refused')"
                .to_owned(),
        ),
        (
            "inline handler",
            "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked2 = 1\">'); \
             setTimeout(() => done(window.hacked2 ? 'ran' : 'refused'), 300)"
                .to_owned(),
        ),
        ("fetch", format!("fetch('{address}/').then(() => done('went out'), (e) => done('refused: ' + e))")),
        (
            "foreign script",
            format!(
                "const s = document.createElement('script'); s.src = '{address}/x.js'; s.onload = () => done('ran'); \
                 s.onerror = () => done('refused'); document.head.append(s)"
            ),
        ),
        (
            "image beacon",
            format!("const i = new Image(); i.onload = () => done('went out'); i.onerror = () => done('refused'); i.src = '{address}/?secret'"),
        ),
        (
            "web socket",
            format!(
                "try {{ const s = new WebSocket('{}'); s.onopen = () => done('went out'); s.onerror = () => done('refused') }} \
                 catch (e) {{ done('refused: ' + e) }}",
                address.replace("http", "ws")
            ),
        ),
    ];
    for (what, script) in attempts {
        let outcome = outcome(&window, &script).await;
        assert!(outcome.as_str().is_some_and(|text| text.starts_with("refused")), "{what}: {outcome}");
        assert_nothing_came(&server, what);
    }
    desktop.close(window).await;
}

#[tokio::test]
async fn the_window_goes_nowhere_else() {
    let (desktop, window) = window().await;
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", server.local_addr().expect("it has an address"));
    let attempts = [
        "window.open(to)",
        "const a = document.createElement('a'); a.href = to; a.target = '_blank'; document.body.append(a); a.click()",
        "const f = document.createElement('form'); f.action = to; document.body.append(f); f.submit()",
        "location.href = to",
    ];
    for attempt in attempts {
        window.run(&format!("const [to] = arguments; {attempt}; return true"), vec![json!(address)]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_nothing_came(&server, attempt);
        let stayed = "return location.href.startsWith('tauri://localhost')";
        assert_eq!(window.run(stayed, Vec::new()).await, true, "{attempt}");
        assert_eq!(window.windows().await, 1, "{attempt}");
    }
    desktop.close(window).await;
}

#[tokio::test]
async fn a_frame_can_call_nothing() {
    let (desktop, window) = window().await;
    let sources = ["frame.src = '/index.html'", "frame.srcdoc = '<p>x</p>'", "", "frame.src = 'data:text/html,x'"];
    for source in sources {
        let script = format!(
            "const frame = document.createElement('iframe'); {source}; document.body.append(frame);
             setTimeout(() => {{
                 let inner; try {{ inner = frame.contentWindow.__TAURI_INTERNALS__ }} catch {{ done('refused: out of reach'); return }}
                 if (!inner) {{ done('refused: nothing to call'); return }}
                 inner.invoke('storage', {{}}).then(() => done('answered'), (e) => done('refused: ' + e));
             }}, 500)"
        );
        let outcome = outcome(&window, &script).await;
        assert!(outcome.as_str().is_some_and(|text| text.starts_with("refused")), "{source}: {outcome}");
    }
    desktop.close(window).await;
}

/// The web engine may open a connection ahead of a click; what counts is that nothing is ever said on it.
fn assert_nothing_came(server: &TcpListener, attempt: &str) {
    server.set_nonblocking(true).expect("a socket option");
    while let Ok((mut connection, _)) = server.accept() {
        connection.set_nonblocking(false).expect("a socket option");
        connection.set_read_timeout(Some(Duration::from_millis(300))).expect("a socket option");
        let mut request = [0; 1024];
        let said = connection.read(&mut request).unwrap_or(0);
        assert_eq!(said, 0, "{attempt}: {}", String::from_utf8_lossy(&request));
    }
}
