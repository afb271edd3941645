//! What a connection costs that nobody uses.

use super::peers::{Peers, read_answer};
use super::process;
use crate::failure::Done;
use crate::step::say;
use std::io::Write;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

/// Connections, unless the machine allows fewer.
const CONNECTIONS: usize = 10_000;

/// KiB of resident memory per connection.
const AT_MOST: f64 = 12.0;

/// Opens connections that have each had one answer, and prints what the gateway grew by; true if it holds.
pub(super) fn run(peers: &Peers) -> Done<bool> {
    let connections = CONNECTIONS.min(process::files_allowed(0)?.saturating_sub(200));
    if connections < CONNECTIONS {
        say(&format!("This machine allows {connections} idle connections, not {CONNECTIONS}"));
    }
    let before = process::resident_kib(peers.ours.pid())?;
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut stream = TcpStream::connect(("127.0.0.1", peers.gateway))?;
        stream.write_all(format!("GET /rs256 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", peers.gateway).as_bytes())?;
        read_answer(&mut stream)?;
        open.push(stream);
    }
    sleep(Duration::from_secs(1));
    let grown = process::resident_kib(peers.ours.pid())?.saturating_sub(before);
    let each = grown as f64 / connections as f64;
    let holds = each <= AT_MOST;
    let word = if holds { "holds" } else { "MISSED" };
    println!("{connections} idle connections: {each:.1} KiB each (at most {AT_MOST}) {word}");
    Ok(holds)
}
