//! What is different where somebody sits at a terminal, which `script` (util-linux) pretends.

use crate::{program::Surroundings, serving::Serving};
use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// A command on a terminal of its own.
struct Terminal {
    child: Child,
    shown: String,
}

impl Terminal {
    fn start(surroundings: &Surroundings, arguments: &[String], environment: &[(&str, &str)]) -> Self {
        let command = surroundings.command(arguments);
        let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap());
        // Whoever started the tests in the background made them ignore SIGINT, and children inherit that.
        let default = ["env".into(), "--default-signal=INT".into()];
        let words =
            default.iter().map(std::ffi::OsString::as_os_str).chain([command.get_program()]).chain(command.get_args());
        let line: Vec<String> = words.map(quoted).collect();
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"]).env_clear();
        script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        script.env("SHELL", "/bin/sh").env("TERM", "xterm").envs(environment.iter().copied());
        let child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        Terminal { child: child.expect("script is installed (util-linux)"), shown: String::new() }
    }

    /// Reads until the text is shown.
    fn wait_for(&mut self, text: &str) {
        let stdout = self.child.stdout.as_mut().unwrap();
        let mut byte = [0];
        while !self.shown.contains(text) {
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "ended before {text:?}: {}", self.shown);
            self.shown.push(char::from(byte[0]));
        }
    }

    fn type_in(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// All that was shown, and the exit code.
    fn end(mut self) -> (String, i32) {
        let mut rest = Vec::new();
        self.child.stdout.as_mut().unwrap().read_to_end(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        (self.shown + &String::from_utf8_lossy(&rest), status.code().unwrap())
    }
}

fn words(command: &str, serving: &Serving) -> Vec<String> {
    [vec![command.to_owned()], serving.spelled()].concat()
}

#[test]
fn a_secret_is_asked_for_without_echo() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let with_option = [words("token", &serving), vec!["--secret-stdin".to_owned()]].concat();
    for arguments in [words("token", &serving), with_option] {
        let mut terminal = Terminal::start(&surroundings, &arguments, &[("NO_COLOR", "1")]);
        terminal.wait_for("Client secret: ");
        // The echo is switched off right after the prompt; nobody types that fast.
        thread::sleep(Duration::from_millis(300));
        terminal.type_in(&format!("{}\r", serving.secret()));
        let (shown, code) = terminal.end();
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains("token from") && !shown.contains(serving.secret()), "{shown}");
    }
}

#[test]
fn an_empty_secret_is_a_usage_error() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let mut terminal = Terminal::start(&surroundings, &words("token", &serving), &[]);
    terminal.wait_for("Client secret: ");
    terminal.type_in("\r");
    assert_eq!(terminal.end().1, 2);
}

#[test]
fn colours_are_for_terminals_and_no_color_takes_them_away() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let arguments = ["call".to_owned(), "--no-token".to_owned(), serving.api().to_owned()];
    let (coloured, code) = Terminal::start(&surroundings, &arguments, &[]).end();
    assert_eq!(code, 0);
    assert!(coloured.contains("\u{1b}[31m401 Unauthorized\u{1b}[0m"), "{coloured:?}");
    let (plain, _) = Terminal::start(&surroundings, &arguments, &[("NO_COLOR", "1")]).end();
    assert!(plain.contains("401 Unauthorized") && !plain.contains('\u{1b}'), "{plain:?}");
}

#[test]
fn ctrl_c_ends_a_command_that_waits() {
    let surroundings = Surroundings::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let arguments = ["call".to_owned(), "--no-token".to_owned(), url];
    let mut terminal = Terminal::start(&surroundings, &arguments, &[]);
    let (_connection, _) = silent.accept().unwrap();
    terminal.type_in("\u{3}");
    let (shown, code) = terminal.end();
    assert_eq!(code, 130, "{shown}");
}

#[test]
fn what_a_server_sends_cannot_drive_the_terminal() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let url = format!("{}?statusMessage=%1b%5b2J", serving.api());
    let arguments = [words("call", &serving), vec![url]].concat();
    let environment = [("CLAIMCHECK_CLIENT_SECRET", serving.secret()), ("NO_COLOR", "1")];
    let (shown, _) = Terminal::start(&surroundings, &arguments, &environment).end();
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}
