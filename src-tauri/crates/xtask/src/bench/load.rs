//! Load from wrk: what is sent, how many requests were answered, and whether every answer had the right status.

use super::peers::OUR_GRANT;
use crate::failure::{Done, Failure};
use crate::step::Step;
use std::fs;
use std::path::{Path, PathBuf};

/// Seconds of load per round and side.
const SECONDS: u32 = 3;

/// What is sent.
pub(super) enum Load {
    /// The same request again and again.
    Get {
        path: &'static str,
        token: Option<String>,
        status: u16,
    },
    Grant {
        path: &'static str,
        form: String,
    },
    /// Tokens of a domain made just before, each sent once.
    NewTokens {
        from: u16,
        domain: &'static str,
        path: &'static str,
        count: usize,
        file: PathBuf,
    },
    /// The tokens that the other side was sent; the peer keeps no results, so that a second sending costs the same.
    SameTokens {
        path: &'static str,
        file: PathBuf,
    },
}

/// A wrk script, and how many requests it has material for.
pub(super) struct Ready {
    script: String,
    enough_for: Option<usize>,
}

impl Load {
    pub(super) fn prepare(&self) -> Done<Ready> {
        let (script, enough_for) = match self {
            Load::Get { path, token, status } => {
                let header =
                    token.as_ref().map(|token| format!("wrk.headers[\"Authorization\"] = \"Bearer {token}\"\n"));
                (format!("wrk.path = \"{path}\"\n{}{}", header.unwrap_or_default(), judged(*status)), None)
            }
            Load::Grant { path, form } => (format!("{}{}", post(path, form), judged(200)), None),
            Load::NewTokens { from, domain, path, count, file } => {
                let tokens = mint(*from, domain, *count, file)?;
                (format!("{}{}", one_by_one(path, file), judged(200)), Some(tokens))
            }
            Load::SameTokens { path, file } => (format!("{}{}", one_by_one(path, file), judged(200)), None),
        };
        Ok(Ready { script, enough_for })
    }
}

impl Ready {
    /// Requests answered.
    pub(super) fn run(&self, port: u16) -> Done<usize> {
        let (requests, wrong) = wrk(port, &self.script, SECONDS)?;
        if wrong > 0 || requests == 0 {
            return Err(Failure::new(format!("{wrong} of {requests} answers on port {port} are not what is right")));
        }
        if self.enough_for.is_some_and(|enough| requests > enough) {
            return Err(Failure::new(format!("{requests} requests, but only {:?} tokens", self.enough_for)));
        }
        Ok(requests)
    }
}

/// Counts answers with another status, and errors of connections.
fn judged(status: u16) -> String {
    format!(
        "local wrong = 0\nlocal thread\nfunction setup(t) thread = t end\n\
         function init(args) wrong_here = 0 end\n\
         function response(status) if status ~= {status} then wrong_here = wrong_here + 1 end end\n\
         function done(summary)\n\
           local e = summary.errors\n\
           print(\"counted \" .. summary.requests .. \" \" .. (thread:get(\"wrong_here\") + e.connect + e.read + e.write + e.timeout))\n\
         end\n"
    )
}

fn post(path: &str, form: &str) -> String {
    format!(
        "wrk.method = \"POST\"\nwrk.path = \"{path}\"\nwrk.body = \"{form}\"\n\
         wrk.headers[\"Content-Type\"] = \"application/x-www-form-urlencoded\"\n"
    )
}

fn one_by_one(path: &str, file: &Path) -> String {
    format!(
        "local tokens = {{}}\nfor line in io.lines(\"{}\") do tokens[#tokens + 1] = line end\nlocal n = 0\n\
         function request()\n  n = n % #tokens + 1\n\
           return wrk.format(\"GET\", \"{path}\", {{[\"Host\"] = wrk.headers[\"Host\"], [\"Authorization\"] = \"Bearer \" .. tokens[n]}})\nend\n",
        file.display()
    )
}

/// Has the authorization server make tokens, all different; how many there are.
fn mint(port: u16, domain: &str, count: usize, file: &Path) -> Done<usize> {
    let _ = fs::remove_file(file);
    let keep = format!(
        "local out\nfunction init(args) out = io.open(\"{}\", \"a\") end\n\
         function response(status, headers, body)\n\
           local token = body:match('\"access_token\"%s*:%s*\"([^\"]+)\"')\n\
           if token then out:write(token, \"\\n\") out:flush() end\nend\n\
         function done(summary) print(\"counted \" .. summary.requests .. \" 0\") end\n",
        file.display()
    );
    let mut made = 0;
    while made < count {
        wrk(port, &format!("{}{keep}", post(&format!("/{domain}/oauth/token"), OUR_GRANT)), 2)?;
        let now = fs::read_to_string(file)?.lines().count();
        if now == made {
            return Err(Failure::new("the authorization server makes no tokens"));
        }
        made = now;
    }
    Ok(made)
}

/// Requests answered, and how many of them wrongly.
fn wrk(port: u16, script: &str, seconds: u32) -> Done<(usize, usize)> {
    let file = std::env::temp_dir().join(format!("claimcheck-bench-{}.lua", std::process::id()));
    fs::write(&file, script)?;
    let duration = format!("-d{seconds}s");
    let url = format!("http://127.0.0.1:{port}/");
    let said =
        Step::new("wrk").args(["-t1", "-c32", "--timeout", "30s", &duration, "-s"]).args([&file]).args([&url]).output();
    fs::remove_file(&file)?;
    let said = said.ok_or_else(|| Failure::new("wrk failed"))?;
    let counted = said.lines().find_map(|line| line.strip_prefix("counted "));
    let mut numbers = counted.into_iter().flat_map(str::split_whitespace).map_while(|word| word.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(requests), Some(wrong)) => Ok((requests, wrong)),
        _ => Err(Failure::new(format!("wrk does not say how many requests were answered:\n{said}"))),
    }
}
