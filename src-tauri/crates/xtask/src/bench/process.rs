//! Programs that the bench starts and ends by their id, and what the kernel counts about them.

use crate::failure::{Done, Failure};
use crate::step::Step;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Ticks per second of what Linux shows in /proc; fixed there.
const USER_HZ: u64 = 100;

/// A program, ended with the bench.
pub(super) struct Program {
    child: Child,
    /// Kept open, since a program that cannot write may end.
    output: Option<BufReader<ChildStdout>>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts it with its output dropped.
    pub(super) fn start(command: &mut Command) -> Done<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        Ok(Program { child, output: None })
    }

    /// Starts it and reads its first line.
    pub(super) fn start_saying(command: &mut Command) -> Done<(Self, String)> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut output = child.stdout.take().map(BufReader::new);
        let mut line = String::new();
        if let Some(output) = &mut output {
            output.read_line(&mut line)?;
        }
        Ok((Program { child, output }, line.trim().to_owned()))
    }

    pub(super) fn pid(&self) -> u32 {
        debug_assert!(self.output.is_none() || self.child.stdout.is_none());
        self.child.id()
    }
}

/// Waits until somebody listens.
pub(super) fn listens(port: u16) -> Done {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(50));
    }
    Err(Failure::new(format!("nothing listens on port {port}")))
}

/// User and system time of a process and all of its descendants, in microseconds.
pub(super) fn cpu_micros(pid: u32) -> Done<u64> {
    let mut ticks = 0;
    let mut tree = vec![pid];
    let all = processes()?;
    while let Some(one) = tree.pop() {
        for (id, parent, spent) in &all {
            if *id == one {
                ticks += spent;
            }
            if *parent == one {
                tree.push(*id);
            }
        }
    }
    Ok(ticks * 1_000_000 / USER_HZ)
}

/// User and system time of all children that have ended, and of theirs, in microseconds.
pub(super) fn ended_children_micros() -> Done<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // After the name in brackets: state, …; cutime and cstime are the 16th and 17th field of proc(5).
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().skip(13)).into_iter().flatten();
    let ticks: u64 = fields.take(2).map_while(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks * 1_000_000 / USER_HZ)
}

/// Id, parent, ticks of everything that runs.
fn processes() -> Done<Vec<(u32, u32, u64)>> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let id = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // After the name in brackets: state, parent, …; utime and stime are the 14th and 15th field of proc(5).
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(1);
        let parent = fields.next()?.parse().ok()?;
        let mut times = fields.skip(9).map_while(|field| field.parse::<u64>().ok());
        Some((id, parent, times.next()? + times.next()?))
    };
    Ok(fs::read_dir("/proc")?.filter_map(read).collect())
}

/// Resident memory, in KiB.
pub(super) fn resident_kib(pid: u32) -> Done<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse().ok());
    number.ok_or_else(|| Failure::new(format!("/proc/{pid}/status says nothing about VmRSS")))
}

/// Raises the limit of open files to what this process may have; what it starts inherits it.
pub(super) fn allow_many_files() -> Done {
    let hard = files_allowed(1)?;
    let pid = std::process::id().to_string();
    Step::new("prlimit").args(["--pid", &pid, &format!("--nofile={hard}:{hard}")]).run()
}

/// The limit of open files: 0 the one in force, 1 the greatest allowed.
pub(super) fn files_allowed(which: usize) -> Done<usize> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let word = line.and_then(|line| line.split_whitespace().nth(which));
    word.and_then(|word| word.parse().ok()).ok_or_else(|| Failure::new("/proc/self/limits names no open files"))
}
