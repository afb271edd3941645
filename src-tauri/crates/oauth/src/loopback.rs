//! The listener that takes the browser's redirect (RFC 8252 7.3).
//! Belongs here: one small HTTP conversation on 127.0.0.1. Not here: what the redirect means (`authorization`).

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use url::Url;

use crate::Error;

/// A browser's request head is smaller.
const MAX_HEAD: usize = 16 * 1024;

/// How long a connection may take to ask for something.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that are listened to at a time; more wait for one of them to end.
const MOST: usize = 64;

/// How long the closing page is served.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where the redirect goes.
const CALLBACK: &str = "/callback";

/// The page after the redirect. Its address has no code, so none stays in the browser's history.
const DONE: &str = "/done";

/// A listener that is open for one flow.
pub(crate) struct Loopback {
    listener: TcpListener,
    port: u16,
    /// The connections that have not asked for anything yet. Each is read by itself: browsers open some ahead and leave them idle.
    reading: JoinSet<Option<(TcpStream, Url)>>,
}

impl Loopback {
    /// Port 0 means any free one.
    pub(crate) async fn open(port: u16) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::Browser {
            what: format!("no listener on 127.0.0.1:{port} for the way back ({error}). Choose another port"),
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, port, reading: JoinSet::new() })
    }

    /// `http://127.0.0.1:{port}/callback`.
    pub(crate) fn redirect_uri(&self) -> Result<Url, Error> {
        let text = format!("http://127.0.0.1:{}{CALLBACK}", self.port);
        Url::parse(&text).map_err(|error| Error::Browser { what: error.to_string() })
    }

    /// Waits for the first redirect that `accept` takes; others get 400 and change nothing. The listener closes shortly afterwards.
    pub(crate) async fn redirect<T>(mut self, accept: impl Fn(&Url) -> Option<(T, bool)>) -> Result<T, Error> {
        loop {
            let (mut stream, url) = self.asked().await;
            if url.path() != CALLBACK {
                answer(&mut stream, "404 Not Found", "", "There is nothing here.").await;
                continue;
            }
            let Some((value, good)) = accept(&url) else {
                let stranger = "This answer does not belong to the sign-in that is under way.";
                answer(&mut stream, "400 Bad Request", "", stranger).await;
                continue;
            };
            if good {
                // Takes the code out of the address and the history of the browser.
                answer(&mut stream, "303 See Other", &format!("Location: {DONE}\r\n"), "").await;
                tokio::spawn(timeout(FAREWELL, self.farewell()));
            } else {
                // At once: nothing in the address is secret, and who waits ends now.
                let text = "The sign-in was refused. You can close this page; Claimcheck shows the reason.";
                answer(&mut stream, "200 OK", "", text).await;
            }
            return Ok(value);
        }
    }

    async fn farewell(mut self) {
        loop {
            let (mut stream, url) = self.asked().await;
            if url.path() != DONE {
                answer(&mut stream, "404 Not Found", "", "There is nothing here.").await;
                continue;
            }
            let text = "Signed in. You can close this page and go back to Claimcheck.";
            return answer(&mut stream, "200 OK", "", text).await;
        }
    }

    /// The next request, from whichever connection.
    async fn asked(&mut self) -> (TcpStream, Url) {
        let port = self.port;
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if self.reading.len() < MOST => {
                    let Ok((stream, _)) = accepted else { continue };
                    self.reading.spawn(async move { timeout(PATIENCE, request(stream, port)).await.ok().flatten() });
                }
                Some(read) = self.reading.join_next() => {
                    if let Ok(Some(asked)) = read {
                        return asked;
                    }
                }
            }
        }
    }
}

/// A connection with the target of its GET request, if that has the right Host; anything else is answered here.
async fn request(mut stream: TcpStream, port: u16) -> Option<(TcpStream, Url)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 2048];
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(chunk.get(..count)?);
        if bytes.len() > MAX_HEAD {
            return None;
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    let mut lines = text.split("\r\n");
    let target = lines.next()?.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")?.to_owned();
    let host = lines.find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("host")));
    // A page that rebinds its name to this address (DNS rebinding) sends its own name.
    if host.map(|(_, value)| value.trim().to_owned()) != Some(format!("127.0.0.1:{port}")) {
        answer(&mut stream, "421 Misdirected Request", "", "There is nothing here.").await;
        return None;
    }
    if !target.starts_with('/') {
        return None;
    }
    Some((stream, Url::parse(&format!("http://127.0.0.1:{port}{target}")).ok()?))
}

/// A page with nothing from elsewhere.
async fn answer(stream: &mut TcpStream, status: &str, headers: &str, text: &str) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Claimcheck</title><p>{text}</p></html>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        page.len()
    );
    // The browser may be gone; the flow does not depend on it.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
}
