//! `cargo xtask bench`: what a request costs, as ratios to programs that others wrote, all in one run.
//! Belongs here: which figures there are and what they are held against. Not here: starting programs, counting.

mod idle;
mod load;
mod measured;
mod peers;
mod process;

use crate::failure::{Done, Failure};
use crate::step::{Step, say};
use crate::{files, interop, system};
use load::Load;
use measured::{Figure, Side};
use peers::Peers;

/// Rounds of each figure; in each, ours and the peer run one after the other.
const ROUNDS: usize = 5;

/// Builds for release, starts everything on loopback, prints every figure with its spread and whether it holds.
///
/// # Errors
/// When something is missing, or a side answers anything but what is right. A figure that misses its target is printed,
/// and is an error at the end.
pub(crate) fn bench() -> Done {
    system::ensure_bench()?;
    interop::ensure_packages()?;
    Step::new("cargo").args(["build", "--release", "--package", "claimcheck-cli"]).run()?;
    let folder = files::target().join("xtask/bench");
    std::fs::create_dir_all(&folder)?;
    process::allow_many_files()?;
    let peers = Peers::start(&std::fs::canonicalize(folder)?)?;
    let mut missed = 0;
    for figure in figures(&peers)? {
        missed += usize::from(!figure.run(ROUNDS)?);
    }
    missed += usize::from(!idle::run(&peers)?);
    if missed == 0 { Ok(()) } else { Err(Failure::new(format!("{missed} figures miss their target: see above"))) }
}

fn figures(peers: &Peers) -> Done<Vec<Figure>> {
    say("Checking that both sides answer alike");
    let rsa = peers.token("rsa")?;
    peers.expect(&rsa, "rs256")?;
    peers.expect(&peers.token("ec")?, "es256")?;
    let side = |port, pid, load| Side { port, pid, load };
    let ours = peers.ours.pid();
    let haproxy = peers.haproxy.pid();
    let tokens = || peers.folder.join("tokens");
    Ok(vec![
        Figure {
            name: "proxy, RS256 token, vs HAProxy jwt_verify",
            at_most: 0.7,
            ours: side(peers.gateway, ours, Load::Get { path: "/rs256", token: Some(rsa.clone()), status: 200 }),
            peer: side(peers.haproxy_rs256, haproxy, Load::Get { path: "/rs256", token: Some(rsa), status: 200 }),
        },
        Figure {
            name: "proxy, ES256, each token new, vs HAProxy jwt_verify",
            at_most: 0.8,
            ours: side(peers.gateway, ours, Load::NewTokens { from: peers.am, count: 40_000, file: tokens() }),
            peer: side(peers.haproxy_es256, haproxy, Load::SameTokens { file: tokens() }),
        },
        Figure {
            name: "refusals, vs HAProxy return 401",
            at_most: 1.5,
            ours: side(peers.gateway, ours, Load::Get { path: "/rs256", token: None, status: 401 }),
            peer: side(peers.haproxy_401, haproxy, Load::Get { path: "/rs256", token: None, status: 401 }),
        },
        Figure {
            name: "client_credentials grants (opaque), vs oidc-provider",
            at_most: 0.1,
            ours: side(peers.am, ours, Load::Grant { path: "/opaque/oauth/token", form: peers::OUR_GRANT.into() }),
            peer: side(
                peers.oidc_port,
                peers.oidc.pid(),
                Load::Grant { path: "/token", form: peers::THEIR_GRANT.into() },
            ),
        },
    ])
}
