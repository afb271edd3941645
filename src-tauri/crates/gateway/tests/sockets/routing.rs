//! Which API a request is for when several could be meant: as APIM decides with overlapping contexts. And balancing.

use std::fs;

use gateway::{Config, Gateway, Running};
use serde_json::{Value, json};

use crate::{
    definitions::{Setup, keyless},
    fake::Fake,
    support::{CLIENTS, Reply, TestClock, authority, exchange, send},
};

/// APIs that answer with their name, each with these hosts and paths.
async fn apis(all: &[(&str, &[(&str, &str)])]) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let mut toml = CLIENTS.to_owned();
    for (name, paths) in all {
        let mut setup = Setup::v4(&[], &[keyless()], &[]);
        let path = |(host, path): &(&str, &str)| match *host {
            "" => json!({"path": path}),
            host => json!({"host": host, "path": path}),
        };
        setup.definition["api"]["listeners"][0]["paths"] = paths.iter().map(path).collect();
        setup.definition["api"]["flows"][0]["response"] = json!([{"policy": "transform-headers",
            "configuration": {"addHeaders": [{"name": "X-Api", "value": name}]}}]);
        fs::write(folder.path().join(format!("{name}.json")), setup.definition.to_string()).unwrap();
        toml.push_str(&format!("\n[[apis]]\ndefinition = \"{name}.json\"\necho = true\n"));
    }
    let config = Config::from_toml(&toml, &folder.path().join("gateway.toml")).unwrap();
    Gateway::start(config, TestClock::now().clock()).await.unwrap()
}

/// Name of the API that answers, or the status.
async fn ask(running: &Running, host: &str, target: &str) -> String {
    let address = authority(running.gateway_origin());
    let host = if host.is_empty() { address } else { host };
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let reply = Reply::parse(exchange(address, request).await);
    reply.header("X-Api").map_or_else(|| reply.status().to_string(), str::to_owned)
}

#[tokio::test]
async fn the_longest_context_path_wins_at_a_segment() {
    // In either order of the definitions.
    let mut all: Vec<(&str, &[(&str, &str)])> =
        vec![("root", &[("", "/")]), ("a", &[("", "/a")]), ("ab", &[("", "/a/b"), ("", "/c/")])];
    for _ in 0..2 {
        let running = apis(&all).await;
        for (target, name) in [
            ("/", "root"),
            ("/x", "root"),
            ("/a", "a"),
            ("/a/", "a"),
            ("/ab", "root"),
            ("/a/x", "a"),
            ("/a/b", "ab"),
            ("/a/b/c", "ab"),
            ("/a/bc", "a"),
            ("/c", "ab"),
            ("/c/d", "ab"),
            ("/A", "root"),
        ] {
            assert_eq!(ask(&running, "", target).await, name, "{target}");
        }
        all.reverse();
    }
}

#[tokio::test]
async fn a_host_comes_before_a_path_and_the_most_precise_host_first() {
    let mut all: Vec<(&str, &[(&str, &str)])> = vec![
        ("any", &[("", "/a/b")]),
        ("exact", &[("api.acme.test", "/")]),
        ("wild", &[("*.acme.test", "/a")]),
        ("deeper", &[("*.b.acme.test", "/")]),
    ];
    for _ in 0..2 {
        let running = apis(&all).await;
        let port = authority(running.gateway_origin()).rsplit(':').next().unwrap().to_owned();
        for (host, target, name) in [
            ("", "/a/b", "any"),
            ("", "/a", "404"),
            ("api.acme.test", "/a/b", "exact"),
            ("API.Acme.test", "/a/b", "exact"),
            (&format!("api.acme.test:{port}"), "/a/b", "exact"),
            ("x.acme.test", "/a/b", "wild"),
            ("x.acme.test", "/c", "404"),
            ("x.b.acme.test", "/a/b", "deeper"),
            ("x.b.acme.test", "/c", "deeper"),
            ("acme.test", "/a/b", "421"),
            ("x.acme.test.evil.test", "/a/b", "421"),
            ("api.acme.test:1", "/a/b", "421"),
        ] {
            assert_eq!(ask(&running, host, target).await, name, "{host} {target}");
        }
        all.reverse();
    }
}

/// How many of `requests` each of three upstreams got.
async fn shares(balancing: &str, weights: [u32; 3], requests: usize) -> [usize; 3] {
    let fakes = [Fake::json("{}").await, Fake::json("{}").await, Fake::json("{}").await];
    let mut setup = Setup::v4(&[], &[keyless()], &[]).upstream(&fakes[0].origin);
    let endpoints: Vec<Value> = fakes.iter().zip(weights).map(|(fake, weight)| {
        json!({"name": fake.origin, "type": "http-proxy", "weight": weight, "configuration": {"target": fake.origin}})
    }).collect();
    setup.definition["api"]["endpointGroups"][0]["loadBalancer"] = json!({"type": balancing});
    setup.definition["api"]["endpointGroups"][0]["endpoints"] = endpoints.into();
    let running = setup.start().await;
    for _ in 0..requests {
        assert_eq!(send(running.gateway_origin(), "GET", "/api", &[], "").await.status(), 200);
    }
    fakes.each_ref().map(Fake::count)
}

#[tokio::test]
async fn endpoints_are_chosen_as_the_group_says() {
    assert_eq!(shares("ROUND_ROBIN", [5, 1, 1], 9).await, [3, 3, 3], "weights do not count");
    assert_eq!(shares("WEIGHTED_ROUND_ROBIN", [3, 1, 2], 12).await, [6, 2, 4]);
    // By chance: none of three equal ones is left out of 60 but once in 10^10 runs.
    let random = shares("RANDOM", [1, 1, 1], 60).await;
    assert!(random.iter().all(|share| *share > 0), "{random:?}");
    assert_eq!(random.iter().sum::<usize>(), 60);
    // A share of 98 % is below half of 60 never.
    let weighted = shares("WEIGHTED_RANDOM", [98, 1, 1], 60).await;
    assert!(weighted[0] > 30, "{weighted:?}");
}
