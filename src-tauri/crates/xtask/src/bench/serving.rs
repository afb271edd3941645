//! What the gateway's requests and connections cost. Belongs here: which figures, and what they are held against.
//! Not here: what runs (`peers`), what is sent (`load`), counting (`measured`).

use super::filter::Filter;
use super::load::Load;
use super::measured::{Figure, Side, report};
use super::peers::Peers;
use super::{ROUNDS, idle, peers, process};
use crate::failure::{Done, Failure};
use crate::files;
use crate::step::say;

const RS256: &str = "proxy, RS256 token, vs HAProxy jwt_verify";
const ES256: &str = "proxy, ES256, each token new, vs HAProxy jwt_verify";
const EDDSA: &str = "proxy, EdDSA, each token new (HAProxy has none)";
const REFUSED: &str = "refusals, no token, vs HAProxy return 401";
const FORGED: &str = "refusals, RS256 with a forged signature, vs HAProxy jwt_verify";
const GRANTS: &str = "client_credentials grants (opaque), vs oidc-provider";
const IDLE: &str = "idle connections";

/// Every figure that can be asked for.
pub(super) const NAMES: [&str; 7] = [RS256, ES256, EDDSA, REFUSED, FORGED, GRANTS, IDLE];

/// Starts everything and measures what is wanted; how many figures miss their target.
pub(super) fn run(filter: &Filter) -> Done<usize> {
    let folder = files::target().join("xtask/bench");
    std::fs::create_dir_all(&folder)?;
    process::allow_many_files()?;
    let peers = Peers::start(&std::fs::canonicalize(folder)?)?;
    say("Checking that both sides answer alike");
    let rsa = peers.token("rsa")?;
    peers.expect(&rsa, "rs256")?;
    peers.expect(&peers.token("ec")?, "es256")?;
    let mut missed = 0;
    if filter.wants(IDLE) {
        // First: memory that a load has left behind would be used again, and not be counted.
        missed += usize::from(!idle::run(&peers)?);
    }
    for figure in figures(&peers, &rsa)?.iter().filter(|figure| filter.wants(figure.name)) {
        missed += usize::from(!figure.run(ROUNDS)?);
    }
    if filter.wants(EDDSA) {
        let file = peers.folder.join("tokens");
        let load = Load::NewTokens { from: peers.am, domain: "ed", path: "/eddsa", count: NEW_TOKENS, file };
        report(EDDSA, &Side { port: peers.gateway, pid: peers.ours.pid(), load }, ROUNDS)?;
    }
    Ok(missed)
}

/// More than a side can answer in one round.
const NEW_TOKENS: usize = 80_000;

fn figures(peers: &Peers, rsa: &str) -> Done<Vec<Figure>> {
    let ours = |port, load| Side { port, pid: peers.ours.pid(), load };
    let haproxy = |port, load| Side { port, pid: peers.haproxy.pid(), load };
    let file = || peers.folder.join("tokens");
    let get = |token: Option<&str>, status| Load::Get { path: "/rs256", token: token.map(str::to_owned), status };
    let forged = peers::forged(rsa).ok_or_else(|| Failure::new("the token is not a JWT"))?;
    let new = Load::NewTokens { from: peers.am, domain: "ec", path: "/es256", count: NEW_TOKENS, file: file() };
    let grants = Load::Grant { path: "/opaque/oauth/token", form: peers::OUR_GRANT.into() };
    let their_grants = Load::Grant { path: "/token", form: peers::THEIR_GRANT.into() };
    Ok(vec![
        Figure {
            name: RS256,
            at_most: 0.7,
            ours: ours(peers.gateway, get(Some(rsa), 200)),
            peer: haproxy(peers.haproxy_rs256, get(Some(rsa), 200)),
        },
        Figure {
            name: ES256,
            at_most: 0.8,
            ours: ours(peers.gateway, new),
            peer: haproxy(peers.haproxy_es256, Load::SameTokens { path: "/es256", file: file() }),
        },
        Figure {
            name: REFUSED,
            at_most: 1.5,
            ours: ours(peers.gateway, get(None, 401)),
            peer: haproxy(peers.haproxy_401, get(None, 401)),
        },
        Figure {
            name: FORGED,
            at_most: 1.5,
            ours: ours(peers.gateway, get(Some(&forged), 401)),
            peer: haproxy(peers.haproxy_rs256, get(Some(&forged), 401)),
        },
        Figure {
            name: GRANTS,
            at_most: 0.1,
            ours: ours(peers.am, grants),
            peer: Side { port: peers.oidc_port, pid: peers.oidc.pid(), load: their_grants },
        },
    ])
}
