//! The one window and what it may not do.
//! Belongs here: size, title and limits that need code; the rest is in `tauri.conf.json`. Not here: what it shows.

use std::path::PathBuf;
use tauri::utils::config::WindowConfig;
use tauri::webview::NewWindowResponse;
use tauri::{App, Url, WebviewWindowBuilder};

/// Opens the window on the embedded page. What the web engine writes goes below `data`.
pub(crate) fn open(app: &App, data: PathBuf) -> tauri::Result<()> {
    let config: WindowConfig = app.config().app.windows.first().cloned().unwrap_or_default();
    let dev_server = app.config().build.dev_url.clone().filter(|_| tauri::is_dev());
    WebviewWindowBuilder::from_config(app, &config)?
        .data_directory(data)
        .on_navigation(move |url| is_own_page(url, dev_server.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    Ok(())
}

/// The embedded page is `tauri://localhost` here and `http://tauri.localhost` on Windows; under `tauri dev` it comes from
/// the dev server.
fn is_own_page(url: &Url, dev_server: Option<&Url>) -> bool {
    let embedded = match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => !cfg!(windows),
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows) && url.port().is_none(),
        _ => false,
    };
    embedded || dev_server.is_some_and(|server| server.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::is_own_page;
    use tauri::Url;

    #[test]
    fn only_the_embedded_page_may_be_opened() {
        let own = if cfg!(windows) { "http://tauri.localhost/" } else { "tauri://localhost/" };
        assert!(is_own_page(&Url::parse(own).unwrap(), None));
        let foreign = [
            "https://example.org/",
            "http://tauri.localhost.example.org/",
            "http://127.0.0.1:8082/echo",
            "tauri://other/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
            "javascript:alert(1)",
        ];
        for url in foreign {
            assert!(!is_own_page(&Url::parse(url).unwrap(), None), "{url}");
        }
    }

    #[test]
    fn the_dev_server_is_trusted_only_while_it_is_named() {
        let server = Url::parse("http://127.0.0.1:1420").unwrap();
        let page = Url::parse("http://127.0.0.1:1420/index.html").unwrap();
        assert!(is_own_page(&page, Some(&server)));
        assert!(!is_own_page(&page, None));
        assert!(!is_own_page(&Url::parse("http://127.0.0.1:1421/").unwrap(), Some(&server)));
    }
}
