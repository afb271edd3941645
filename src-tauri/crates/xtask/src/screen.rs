//! Whether there is a display on which a window can be shown.

use std::env;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// True if a display server answers; always on systems that have one built in.
pub(crate) fn is_there() -> bool {
    !cfg!(target_os = "linux") || has_wayland() || env::var("DISPLAY").is_ok_and(|display| x_answers(&display))
}

fn has_wayland() -> bool {
    let Some(name) = env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty()) else { return false };
    let folder = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
    connects(&folder.join(name))
}

/// `DISPLAY` is `[host]:number[.screen]`; without a host it is a local socket.
fn x_answers(display: &str) -> bool {
    let Some((host, number)) = display.rsplit_once(':') else { return false };
    let Some(number) = number.split('.').next().and_then(|number| number.parse::<u16>().ok()) else { return false };
    if host.is_empty() || host == "unix" {
        return connects(&PathBuf::from(format!("/tmp/.X11-unix/X{number}"))) || x_over_tcp("localhost", number);
    }
    x_over_tcp(host, number)
}

fn x_over_tcp(host: &str, number: u16) -> bool {
    let Some(port) = number.checked_add(6000) else { return false };
    let mut addresses = (host, port).to_socket_addrs().into_iter().flatten();
    addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok())
}

#[cfg(unix)]
fn connects(socket: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

#[cfg(not(unix))]
fn connects(_socket: &Path) -> bool {
    false
}
