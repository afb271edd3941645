//! Packages of the operating system that building and testing need.
//! Belongs here: their names, and installing what is missing where that is allowed. Not here: cargo and npm packages.

use crate::failure::{Done, Failure};
use crate::step::{Step, say};
use std::path::Path;

/// To build and run the window (Debian 12 and later, Ubuntu 22.04 and later).
const WINDOW: &[&str] =
    &["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev", "libgtk-3-dev", "librsvg2-dev", "libdbus-1-dev"];

/// To drive the window and a keyring in tests, on a display and a session bus of their own.
const TESTS: &[&str] = &[
    "curl",
    "xvfb",
    "webkit2gtk-driver",
    "dbus",
    "gnome-keyring",
    "libsecret-tools",
    "at-spi2-core",
    "fonts-dejavu-core",
];

/// What the bench measures against, and the load.
const BENCH: &[&str] = &["build-essential", "haproxy", "nginx-light", "wrk", "openssl"];

/// Sees to it that the bench can run.
///
/// # Errors
/// As [`ensure_window`]; and on systems other than Linux, since CPU time is read from /proc.
pub(crate) fn ensure_bench() -> Done {
    if !cfg!(target_os = "linux") {
        return Err(Failure::new("the bench reads /proc, and so runs on Linux only"));
    }
    ensure(BENCH)
}

/// Sees to it that the window can be built.
///
/// # Errors
/// When packages are missing and may not be installed from here; the text is the line to type.
pub(crate) fn ensure_window() -> Done {
    ensure(WINDOW)
}

/// Sees to it that the window can be built and tested.
///
/// # Errors
/// As [`ensure_window`]; and on systems other than Linux, since the tests need Xvfb, a session bus and WebKitWebDriver.
pub(crate) fn ensure_tests() -> Done {
    if !cfg!(target_os = "linux") {
        return Err(Failure::new("the tests in the real window run on Linux only: use `cargo test` for the others"));
    }
    ensure(&[WINDOW, TESTS].concat())
}

fn ensure(packages: &[&str]) -> Done {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !Path::new("/usr/bin/dpkg-query").exists() {
        return ensure_without_dpkg(packages);
    }
    let missing = missing(packages);
    if missing.is_empty() {
        say("System packages: complete");
        return Ok(());
    }
    install(&missing)
}

fn missing<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let format = "--showformat=${Package} ${db:Status-Abbrev}\n";
    let known = Step::new("dpkg-query").args(["--show", format]).args(packages).output_anyway();
    let installed: Vec<&str> = known.lines().filter_map(|line| line.trim_end().strip_suffix(" ii")).collect();
    packages.iter().copied().filter(|package| !installed.contains(package)).collect()
}

fn install(missing: &[&str]) -> Done {
    let as_root: &[&str] = if is_root() { &[] } else { &["sudo", "-n"] };
    if !is_root() && Step::new("sudo").args(["-n", "true"]).output().is_none() {
        let line = format!("sudo apt-get install --yes {}", missing.join(" "));
        return Err(Failure::new(format!("system packages are missing. Type this line, then try again:\n{line}")));
    }
    let apt_get = |arguments: &[&str]| {
        let words = [as_root, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
        Step::new(words.first().copied().unwrap_or("apt-get")).args(words.iter().skip(1)).run()
    };
    apt_get(&["update", "--quiet=2"])?;
    apt_get(&[&["install", "--yes", "--quiet=2", "--no-install-recommends"], missing].concat())
}

fn is_root() -> bool {
    Step::new("id").args(["-u"]).output().is_some_and(|id| id.trim() == "0")
}

fn ensure_without_dpkg(packages: &[&str]) -> Done {
    let libraries = ["webkit2gtk-4.1", "gtk+-3.0", "librsvg-2.0"];
    if Step::new("pkg-config").args(["--exists"]).args(libraries).output().is_some() {
        say("System libraries: found by pkg-config");
        return Ok(());
    }
    let text = "install this system's packages for what Debian calls";
    Err(Failure::new(format!("libraries are missing ({}): {text} {}", libraries.join(", "), packages.join(" "))))
}
