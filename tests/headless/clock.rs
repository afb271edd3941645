//! A server whose clock is off: noticed by its `Date`, without one by its token, and said.

use crate::{program::Surroundings, serving::Serving};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

const TEN_MINUTES: i64 = 600;

#[track_caller]
fn said_once(notes: &Value, words: &[&str]) -> String {
    let [note] = notes.as_array().unwrap().as_slice() else { panic!("one note: {notes}") };
    let note = note.as_str().unwrap();
    words.iter().for_each(|word| assert!(note.contains(word), "{word}: {note}"));
    note.to_owned()
}

/// The local authorization server sends no `Date`, as Access Management does not: its tokens tell.
#[test]
fn a_gateway_whose_clock_is_off_is_noticed_by_its_token() {
    for (offset, words) in [
        (TEN_MINUTES, ["clock is 10 minutes ahead of this machine's", "iat", "not yet valid", "exp", "Set the clock"]),
        (-TEN_MINUTES, ["clock is 10 minutes behind this machine's", "iat", "expired", "exp", "Set the clock"]),
    ] {
        let surroundings = Surroundings::new();
        let serving = Serving::configured(&surroundings, &format!("clock_offset_seconds = {offset}\n"));
        let document = serving.run(&surroundings, "token", &["--json"]).exits(0).json();
        let headers = document["exchange"]["response"]["headers"].to_string().to_lowercase();
        assert!(!headers.contains("\"date\""), "{headers}");
        let note = said_once(&document["notes"], &words);
        let text = serving.run(&surroundings, "token", &[]).exits(0).stdout;
        assert!(text.contains(&note), "{text}");
    }
    let surroundings = Surroundings::new();
    let serving = Serving::configured(&surroundings, "clock_offset_seconds = 20\n");
    let document = serving.run(&surroundings, "token", &["--json"]).exits(0).json();
    assert_eq!(document["notes"], json!([]), "nobody minds seconds");
}

#[test]
fn a_server_whose_date_is_off_is_noticed_by_it() {
    for (offset, words) in [
        (TEN_MINUTES, ["clock is 10 minutes ahead of this machine's", "Date", "not yet valid", "exp"]),
        (-TEN_MINUTES, ["clock is 10 minutes behind this machine's", "Date", "expired", "exp"]),
    ] {
        let url = dated_server(offset);
        let surroundings = Surroundings::new();
        let arguments = ["token", "--token-url", &url, "--client-id", "c", "--json"];
        let document = surroundings.authenticated("s", "", &arguments).exits(0).json();
        let note = said_once(&document["notes"], &words);
        let text = surroundings.authenticated("s", "", &arguments[..5]).exits(0).stdout;
        assert!(text.contains(&note), "{text}");
    }
}

/// A token endpoint whose clock is so many seconds ahead. It ends with the test's process.
fn dated_server(offset: i64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(|stream| grant(stream, offset)));
    url
}

fn grant(mut stream: TcpStream, offset: i64) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let now = Timestamp::now() + SignedDuration::from_secs(offset);
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
    let body = r#"{"access_token":"opaque-token","token_type":"bearer","expires_in":60}"#;
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nDate: {date}\r\n");
    let _ = write!(stream, "{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
}
