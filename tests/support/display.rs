//! A display of our own, so that a test neither needs nor disturbs the one of whoever runs it.
//! Belongs here: the display, and what a window manager would do on it. Not here: what is on the windows.

use crate::children::Process;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, Window};
use x11rb::rust_connection::RustConnection;

/// A running Xvfb on a number that it picked itself. It has no window manager.
#[derive(Debug)]
pub struct Display {
    number: u32,
    _server: Process,
}

impl Display {
    /// Starts one of 1400 by 1000 pixels.
    ///
    /// # Panics
    /// If Xvfb is missing or does not come up.
    #[must_use]
    pub fn start() -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp", "-noreset"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = Process::start(command);
        let line = server.first_line(Duration::from_secs(20));
        let number = line.parse().unwrap_or_else(|_| panic!("Xvfb answered {line:?} instead of a display number"));
        Display { number, _server: server }
    }

    /// The value of `DISPLAY`.
    #[must_use]
    pub fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// Asks the window with this title to close, as the button in its frame does.
    ///
    /// # Panics
    /// If there is no such window in time.
    pub fn close_window(&self, title: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        let (connection, screen) = x11rb::connect(Some(&self.name())).expect("the display answers");
        let root = connection.setup().roots.get(screen).expect("it has a screen").root;
        loop {
            if let Some(window) = find_titled(&connection, root, title) {
                return ask_to_close(&connection, window).expect("the window is told");
            }
            assert!(Instant::now() < until, "there is no window titled {title:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Without a window manager, top-level windows are the root's children. Windows may vanish while they are looked at.
fn find_titled(connection: &RustConnection, root: Window, title: &str) -> Option<Window> {
    let tree = connection.query_tree(root).ok()?.reply().ok()?;
    tree.children.into_iter().find(|window| is_shown_as(connection, *window, title).unwrap_or(false))
}

fn is_shown_as(connection: &RustConnection, window: Window, title: &str) -> Result<bool, ReplyError> {
    let name = connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 256)?.reply()?.value;
    let class = connection.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::ANY, 0, 256)?.reply()?.value;
    Ok(name == title.as_bytes() && !class.is_empty())
}

/// `WM_DELETE_WINDOW` (ICCCM 4.2.8.1).
fn ask_to_close(connection: &RustConnection, window: Window) -> Result<(), ReplyError> {
    let protocols = connection.intern_atom(false, b"WM_PROTOCOLS")?.reply()?.atom;
    let delete = connection.intern_atom(false, b"WM_DELETE_WINDOW")?.reply()?.atom;
    let message = ClientMessageEvent::new(32, window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
    connection.send_event(false, window, EventMask::NO_EVENT, message)?.check()
}
