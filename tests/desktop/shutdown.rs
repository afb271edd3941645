//! The end of the program.

use std::time::Duration;
use support::desktop::Desktop;
use support::keyring::Keyring;

#[test]
fn closing_the_window_ends_the_program_cleanly() {
    let desktop = Desktop::on(Keyring::start());
    let mut app = desktop.start();
    desktop.close_window();
    let status = app.wait(Duration::from_secs(10)).expect("the program ends");
    assert!(status.success(), "{status}");
}
