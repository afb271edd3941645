//! A person with a browser, as far as a sign-in at the local authorization server needs one: opens a page, fills in its form, goes where
//! that leads.
//! Belongs here: small HTTP over plain sockets, with cookies. Not here: the product.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Signs in as `alice` at this address, and agrees (`approve`) or does not (`deny`). Gives the page at the end.
///
/// # Panics
/// If a page does not come or has no form.
#[must_use]
pub fn answer_page(address: &str, decision: &str) -> String {
    let (head, page) = exchange("GET", address, &[], "");
    let value = |name: &str| between(&page, &format!("name=\"{name}\" value=\"")).unwrap_or_default();
    let mut form = format!("username=alice&decision={decision}");
    for name in ["form", "user_code"] {
        if !value(name).is_empty() {
            form += &format!("&{name}={}", value(name));
        }
    }
    let origin: String = address.split('/').take(3).collect::<Vec<_>>().join("/");
    let action = between(&page, "action=\"").expect("the page has a form");
    let cookie = header(&head, "set-cookie").and_then(|cookie| cookie.split(';').next().map(str::to_owned));
    let mut headers =
        vec![("Origin", origin.clone()), ("Content-Type", "application/x-www-form-urlencoded".to_owned())];
    headers.extend(cookie.map(|cookie| ("Cookie", cookie)));
    let (mut head, mut page) = exchange("POST", &format!("{origin}{action}"), &headers, &form);
    let mut here = origin;
    while let Some(location) = header(&head, "location") {
        let next = if location.starts_with('/') { format!("{here}{location}") } else { location };
        here = next.split('/').take(3).collect::<Vec<_>>().join("/");
        (head, page) = exchange("GET", &next, &[], "");
    }
    page
}

fn exchange(method: &str, url: &str, headers: &[(&str, String)], body: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").expect("a plain http address");
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut stream = TcpStream::connect(authority).expect("the server is there");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer with a head");
    (head.to_owned(), body.to_owned())
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}

fn between(text: &str, start: &str) -> Option<String> {
    text.split_once(start)?.1.split_once('"').map(|(value, _)| value.to_owned())
}
