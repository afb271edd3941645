//! What `claimcheck inspect` costs: a token among many, held against libraries of Node, and one run from its start to the
//! answer, held against another command line. Belongs here: these figures. Not here: the gateway's (`load`, `measured`).

use super::filter::Filter;
use super::measured::{Ratios, announce};
use super::process;
use crate::failure::{Done, Failure};
use crate::files;
use crate::step::{Step, say};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The other command line: a JWT tool in Rust, from crates.io.
const JWT_CLI: (&str, &str) = ("jwt-cli", "6.2.0");

/// Different tokens of each algorithm.
const TOKENS: usize = 2_000;

/// How often the list of tokens stands in the input: enough for start and warm-up to weigh little.
const REPEATED: usize = 10;

/// Starts of each side in a round.
const STARTS: usize = 20;

/// What the tokens say, and what each side asks of them.
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "bench";

/// The figures by name.
pub(super) const NAMES: [&str; 5] = [
    "inspect, RS256, a token among many, vs npm jose",
    "inspect, RS256, a token among many, vs npm fast-jwt",
    "inspect, ES256, a token among many, vs npm jose",
    "inspect, ES256, a token among many, vs npm fast-jwt",
    "inspect, start to answer, vs jwt-cli",
];

/// Runs the figures that are wanted; how many miss their promise.
pub(super) fn run(filter: &Filter, rounds: usize) -> Done<usize> {
    let folder = files::target().join("xtask/bench/inspect");
    fs::create_dir_all(&folder)?;
    // A copy, as an installation makes one, and as the other command line is: what a linker has just written lies in smaller
    // pieces of the system's cache, and starts a tenth later.
    let ours = folder.join("claimcheck");
    fs::copy(files::target().join("release/claimcheck"), &ours)?;
    let mut missed = 0;
    for name in NAMES.into_iter().filter(|name| filter.wants(name)) {
        let algorithm = if name.contains("ES256") { "ES256" } else { "RS256" };
        let signed = Signed::make(&folder, algorithm)?;
        signed.check(&ours)?;
        let holds = match name.rsplit_once("npm ") {
            Some((_, library)) => signed.among_many(name, &ours, library, rounds)?,
            None => signed.one_run(name, &ours, &jwt_cli()?, rounds)?,
        };
        missed += usize::from(!holds);
    }
    Ok(missed)
}

/// Tokens that a library of Node signed, with the key that verifies them.
struct Signed {
    algorithm: &'static str,
    key: PathBuf,
    tokens: PathBuf,
    one: String,
}

impl Signed {
    fn make(folder: &Path, algorithm: &'static str) -> Done<Self> {
        let (key, tokens) = (folder.join(format!("{algorithm}.pem")), folder.join(format!("{algorithm}.txt")));
        let count = TOKENS.to_string();
        let words = ["tests/interop/sign.mjs", algorithm, ISSUER, AUDIENCE, &count];
        Step::new("node").args(words).args([&key, &tokens]).run()?;
        let list = fs::read_to_string(&tokens)?;
        let one = list.lines().next().unwrap_or_default().to_owned();
        fs::write(&tokens, list.repeat(REPEATED))?;
        Ok(Signed { algorithm, key, tokens, one })
    }

    /// Ours, reading a token per line; it answers with a line for each.
    fn ours(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(["inspect", "--lines", "--issuer", ISSUER, "--audience", AUDIENCE, "--algorithm", self.algorithm]);
        command.arg("--key").arg(&self.key);
        command
    }

    fn theirs(&self, library: &str) -> Command {
        let mut command = Command::new("node");
        command.args(["tests/interop/verify.mjs", library, self.algorithm, ISSUER, AUDIENCE]).arg(&self.key);
        command.current_dir(files::top());
        command
    }

    /// A figure counts only if every token is valid, and a changed one is not.
    fn check(&self, program: &Path) -> Done {
        say("Checking that every side accepts the tokens, and refuses one with a changed signature");
        let changed = self.tokens.with_extension("changed");
        let (rest, signature) = self.one.rsplit_once('.').unwrap_or_default();
        let swapped: String = signature.chars().rev().collect();
        fs::write(&changed, format!("{rest}.{swapped}\n"))?;
        for mut command in [self.ours(program), self.theirs("jose"), self.theirs("fast-jwt")] {
            let mut judge = |file: &Path| Ok::<_, Failure>(fed(&mut command, file)?.status()?.success());
            if !judge(&self.tokens)? || judge(&changed)? {
                return Err(Failure::new(format!("{command:?} does not tell good tokens from bad ones")));
            }
        }
        Ok(())
    }

    /// CPU time per token.
    fn among_many(&self, name: &str, program: &Path, library: &str, rounds: usize) -> Done<bool> {
        let cost = |mut command: Command| -> Done<f64> {
            let before = process::ended_children_micros()?;
            succeed(fed(&mut command, &self.tokens)?)?;
            let spent = process::ended_children_micros()?.saturating_sub(before);
            Ok(spent as f64 / (TOKENS * REPEATED) as f64)
        };
        let mut ratios = Ratios::default();
        for _ in 0..rounds {
            ratios.add(cost(self.ours(program))?, cost(self.theirs(library))?);
        }
        Ok(announce(name, &mut ratios, 1.0))
    }

    /// Time from the start of the program to its end, of one token.
    fn one_run(&self, name: &str, program: &Path, jwt: &Path, rounds: usize) -> Done<bool> {
        let file = self.tokens.with_extension("one");
        fs::write(&file, format!("{}\n", self.one))?;
        let ours = || {
            let mut command = Command::new(program);
            command.args(["inspect", "-", "--algorithm", self.algorithm, "--json", "--key"]).arg(&self.key);
            command
        };
        let theirs = || {
            let mut command = Command::new(jwt);
            command.args(["decode", "-", "--json", "--alg", self.algorithm, "--secret"]);
            command.arg(format!("@{}", self.key.display()));
            command
        };
        let mut ratios = Ratios::default();
        for _ in 0..rounds {
            // They take turns start by start: a program that nobody ran just before, as a person meets it.
            let (mut mine, mut other) = (Vec::new(), Vec::new());
            for _ in 0..STARTS {
                mine.push(start(&mut ours(), &file)?);
                other.push(start(&mut theirs(), &file)?);
            }
            ratios.add(median(mine), median(other));
        }
        Ok(announce(name, &mut ratios, 1.5))
    }
}

/// The time from start to end, in microseconds.
fn start(command: &mut Command, input: &Path) -> Done<u128> {
    let begun = Instant::now();
    succeed(fed(command, input)?)?;
    Ok(begun.elapsed().as_micros())
}

fn median(mut times: Vec<u128>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default() as f64
}

fn fed<'a>(command: &'a mut Command, input: &Path) -> Done<&'a mut Command> {
    Ok(command.stdin(File::open(input)?).stdout(Stdio::null()).stderr(Stdio::null()))
}

fn succeed(command: &mut Command) -> Done {
    if command.status()?.success() { Ok(()) } else { Err(Failure::new(format!("{command:?} failed"))) }
}

/// The other command line, built once.
fn jwt_cli() -> Done<PathBuf> {
    let root = files::target().join("xtask/tools");
    let program = root.join("bin/jwt");
    if !program.exists() {
        let (name, version) = JWT_CLI;
        let words = ["install", "--locked", "--version", version, name, "--root"];
        Step::new("cargo").args(words).args([&root]).run()?;
    }
    Ok(fs::canonicalize(program)?)
}
