//! Faults on demand: each goes wrong in its one way.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gateway::{FaultScope, Running};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    definitions::{Setup, keyless},
    echo::call,
    fake::Fake,
    support::{CLIENTS, Reply, authority, basic, post, send, start, token},
};

async fn faulty(fault: &str) -> (Running, Reply) {
    let toml = CLIENTS.replacen("client_id = \"basic\"", &format!("client_id = \"basic\"\nfaults = [\"{fault}\"]"), 1);
    let running = start(&toml).await;
    let reply =
        post(&running, "/demo/oauth/token", Some(&basic("basic", "s3cret")), "grant_type=client_credentials").await;
    (running, reply)
}

fn part(token: &str, at: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn tokens_go_wrong_as_asked() {
    let now = jiff::Timestamp::now().as_second();
    type Holds = fn(&Value, &Value, i64) -> bool;
    let rows: [(&str, Holds, u16); 16] = [
        ("expired", |_, c, now| c["exp"].as_i64().unwrap() < now, 401),
        ("nbf-future", |_, c, now| c["nbf"].as_i64().unwrap() > now + 60, 401),
        ("iat-future", |_, c, now| c["iat"].as_i64().unwrap() > now + 60, 200),
        ("wrong-iss", |_, c, _| c["iss"] == "https://issuer.invalid/oidc", 401),
        ("iss-trailing-slash", |_, c, _| c["iss"].as_str().unwrap().ends_with("/oidc/"), 401),
        ("wrong-aud", |_, c, _| c["aud"] == "another-audience", 401),
        ("missing-aud", |_, c, _| c.get("aud").is_none(), 401),
        ("aud-array", |_, c, _| c["aud"][0] == "basic", 200),
        ("aud-empty", |_, c, _| c["aud"] == serde_json::json!([]), 401),
        ("missing-exp", |_, c, _| c.get("exp").is_none(), 401),
        ("exp-string", |_, c, _| c["exp"].is_string(), 401),
        ("huge", |_, c, _| c["padding"].as_str().unwrap().len() == 16 * 1024, 200),
        ("wrong-typ", |h, _, _| h["typ"] == "dpop+jwt", 401),
        ("unknown-kid", |h, _, _| h["kid"] == "no-such-key", 200),
        ("missing-kid", |h, _, _| h.get("kid").is_none(), 200),
        ("alg-none", |h, _, _| h["alg"] == "none", 401),
    ];
    for (fault, holds, status) in rows {
        let (running, reply) = faulty(fault).await;
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        assert!(holds(&part(&token, 0), &part(&token, 1), now), "{fault}");
        assert_eq!(call(&running, "/echo", &token).await.status(), status, "{fault}");
    }
    let broken = [
        "foreign-key",
        "unpublished-key",
        "tampered-signature",
        "der-signature",
        "hs256-public-key",
        "weak-secret",
        "nested",
        "truncated",
        "padded-base64",
    ];
    for fault in broken {
        let (running, reply) = faulty(fault).await;
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(call(&running, "/echo", &token).await.status(), 401, "{fault}");
    }
}

#[tokio::test]
async fn answers_go_wrong_as_asked() {
    type Holds = fn(&Reply) -> bool;
    let rows: [(&str, Holds); 22] = [
        ("invalid-json", |r| serde_json::from_str::<Value>(&r.body).is_err()),
        ("wrong-content-type", |r| r.header("Content-Type").unwrap().starts_with("text/html")),
        ("missing-access-token", |r| r.json().get("access_token").is_none()),
        ("missing-token-type", |r| r.json().get("token_type").is_none()),
        ("unsupported-token-type", |r| r.json()["token_type"] == "mac"),
        ("missing-expires-in", |r| r.json().get("expires_in").is_none()),
        ("expires-in-string", |r| r.json()["expires_in"] == "7199"),
        ("expires-in-negative", |r| r.json()["expires_in"] == -1),
        ("error-with-200", |r| r.status() == 200 && r.json()["error"] == "server_error"),
        ("html-error", |r| r.status() == 500 && r.body.starts_with("<html>")),
        ("redirect", |r| r.status() == 302),
        ("too-many-requests", |r| r.status() == 429 && r.header("Retry-After") == Some("2")),
        ("unavailable", |r| r.status() == 503),
        ("byte-order-mark", |r| r.body.starts_with('\u{feff}')),
        ("expires-in-fraction", |r| r.json()["expires_in"] == 7199.5),
        ("expires-in-tiny", |r| r.json()["expires_in"] == 1),
        ("expires-in-huge", |r| r.json()["expires_in"] == u64::MAX),
        ("missing-scope", |r| r.json().get("scope").is_none()),
        ("duplicate-members", |r| r.body.matches("\"access_token\"").count() == 2),
        ("wrong-charset", |r| r.header("Content-Type") == Some("application/json; charset=utf-16")),
        ("internal-error", |r| r.status() == 500 && r.json()["error"] == "server_error"),
        ("redirect-307", |r| r.status() == 307 && r.header("Location") == Some("/demo/oauth/token")),
    ];
    for (fault, holds) in rows {
        let (running, reply) = faulty(fault).await;
        assert!(holds(&reply), "{fault}: {}", reply.raw);
        let trace = format!("{:?}", running.recent(0).last().unwrap().trace);
        assert!(trace.contains(fault), "{trace}");
    }
    let toml = CLIENTS.replacen("client_id = \"basic\"", "client_id = \"basic\"\nfaults = [\"magic\"]", 1);
    let error = gateway::Config::from_toml(&toml, std::path::Path::new("t.toml")).unwrap_err();
    assert!(
        error.to_string().starts_with("t.toml: domains[0].clients[0].faults: `magic` is none of expired"),
        "{error}"
    );
}

/// The token endpoint's answer as bytes, until the connection ends; whether it was reset.
async fn raw(running: &Running) -> (Vec<u8>, bool) {
    let host = authority(running.am_origin());
    let form = "grant_type=client_credentials";
    let request = format!(
        "POST /demo/oauth/token HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        basic("basic", "s3cret"),
        form.len()
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut out = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        // A stalled answer does not end; half a second without a byte is long enough to see that.
        match timeout(Duration::from_millis(800), stream.read(&mut chunk)).await {
            Err(_) | Ok(Ok(0)) => return (out, false),
            Ok(Ok(read)) => out.extend_from_slice(&chunk[..read]),
            Ok(Err(error)) => return (out, error.kind() == std::io::ErrorKind::ConnectionReset),
        }
    }
}

async fn faulty_domain(fault: &str) -> Running {
    start(&CLIENTS.replacen("signing =", &format!("faults = [\"{fault}\"]\nsigning ="), 1)).await
}

#[tokio::test]
async fn connections_break_as_asked() {
    let (bytes, was_reset) = raw(&faulty_domain("connection-reset").await).await;
    assert!(bytes.is_empty() && was_reset);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let split =
        |text: &str| text.split_once("\r\n\r\n").map(|(head, body)| (head.to_owned(), body.to_owned())).unwrap();
    let (head, body) = split(&text(raw(&faulty_domain("half-body").await).await.0));
    let length: usize = head.split("Content-Length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    assert_eq!(body.len(), length / 2);
    let (head, body) = split(&text(raw(&faulty_domain("chunk-stall").await).await.0));
    assert!(
        head.contains("Transfer-Encoding: chunked") && body.contains("access_token") && !body.contains("0\r\n\r\n")
    );
    let (head, body) = split(&text(raw(&faulty_domain("slow-headers").await).await.0));
    assert!(head.starts_with("HTTP/1.1 200") && body.ends_with('}'), "slow, and whole in the end");
    let (bytes, _) = raw(&faulty_domain("gzip").await).await;
    let at = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert!(String::from_utf8_lossy(&bytes[..at]).contains("Content-Encoding: gzip"));
    let mut plain = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[at..]), &mut plain).unwrap();
    assert!(plain.contains("access_token"), "{plain}");
}

#[tokio::test]
async fn tokens_are_signed_wrongly_in_their_own_way() {
    let of = async |fault: &str| {
        let (running, reply) = faulty(fault).await;
        (running, reply.json()["access_token"].as_str().unwrap().to_owned())
    };
    let (running, token) = of("unpublished-key").await;
    let jwks = send(running.am_origin(), "GET", "/demo/oidc/.well-known/jwks.json", &[], "").await.json();
    assert!(jwks["keys"].as_array().unwrap().iter().all(|key| key["kid"] != part(&token, 0)["kid"]));
    assert_eq!(part(&token, 0)["alg"], "ES256");
    let (_, token) = of("foreign-key").await;
    assert_eq!((&part(&token, 0)["kid"], &part(&token, 0)["alg"]), (&"default".into(), &"ES256".into()));
    let (_, token) = of("der-signature").await;
    let signature = URL_SAFE_NO_PAD.decode(token.split('.').nth(2).unwrap()).unwrap();
    assert_eq!((signature[0], signature[1] as usize, signature[2]), (0x30, signature.len() - 2, 0x02));
    let (_, token) = of("nested").await;
    let inner = String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!((&part(&token, 0)["cty"], &part(&inner, 1)["client_id"]), (&"JWT".into(), &"basic".into()));
    let (_, token) = of("duplicate-claims").await;

    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert!(claims.starts_with("{\"sub\":\"another-subject\",\"sub\":\"basic\","), "{claims}");
    let (running, token) = of("opaque").await;
    assert!(!token.contains('.'));
    let form = format!("token={token}");
    let known = post(&running, "/demo/oauth/introspect", Some(&basic("basic", "s3cret")), &form).await.json();
    assert_eq!(known["active"], true);
}

#[tokio::test]
async fn careless_verifiers_take_what_is_signed_with_what_everybody_knows() {
    for (fault, weakness) in [("hs256-public-key", "hs-with-public-key"), ("weak-secret", "weak-secret")] {
        for signing in ["ES256", "RS256"] {
            let toml = format!("{CLIENTS}\n[[apis]]\necho = true\nweaknesses = [\"{weakness}\", \"scope-substring\"]");
            let toml = toml.replacen("ES256", signing, 1).replacen("\"read\"", "\"echo:read\"", 2);
            let toml = toml.replacen("signing =", &format!("faults = [\"{fault}\"]\nsigning ="), 1);
            let running = start(&toml).await;
            let token = token(&running, "basic", "s3cret", "echo:read").await;
            assert_eq!(part(&token, 0)["alg"], "HS256");
            assert_eq!(call(&running, "/echo", &token).await.status(), 200, "{fault} {signing}");
        }
    }
}

#[tokio::test]
async fn metadata_goes_wrong_as_asked() {
    type Holds = fn(&Value, &Value, &str) -> bool;
    let rows: [(&str, Holds); 8] = [
        ("issuer-mismatch", |m, _, _| m["issuer"] == "https://issuer.invalid/oidc"),
        ("http-endpoints", |m, _, _| m["token_endpoint"] == "http://authorization.invalid/demo/oauth/token"),
        ("missing-metadata", |m, _, _| m.get("token_endpoint").is_none() && m.get("jwks_uri").is_none()),
        ("wrong-jwks-uri", |m, _, _| m["jwks_uri"].as_str().unwrap().ends_with("/no-such-keys.json")),
        ("empty-jwks", |_, k, _| k["keys"].as_array().unwrap().is_empty()),
        ("private-key-in-jwks", |_, k, _| k["keys"][0].get("d").is_none() && k["keys"][1]["d"].is_string()),
        ("duplicate-kid", |_, k, _| {
            k["keys"][0]["kid"] == k["keys"][1]["kid"] && k["keys"][0]["x"] != k["keys"][1]["x"]
        }),
        ("stale-cache-headers", |_, _, cache| cache.contains("max-age=31536000")),
    ];
    for (fault, holds) in rows {
        let running = faulty_domain(fault).await;
        let get = async |path: &str| send(running.am_origin(), "GET", path, &[], "").await;
        let metadata = get("/demo/oidc/.well-known/openid-configuration").await.json();
        let jwks = get("/demo/oidc/.well-known/jwks.json").await;
        assert!(
            holds(&metadata, &jwks.json(), jwks.header("Cache-Control").unwrap()),
            "{fault}: {metadata} {}",
            jwks.raw
        );
        let other = get("/second/oidc/.well-known/jwks.json").await;
        assert_eq!(other.json()["keys"].as_array().unwrap().len(), 1, "the other domain is right");
    }
}

#[tokio::test]
async fn an_api_goes_wrong_too_and_its_upstream_with_it() {
    let upstream = Fake::json("{\"from\":\"upstream\"}").await;
    for (fault, status, body) in [
        ("unavailable", 503, ""),
        ("html-error", 500, "<html>"),
        ("invalid-json", 200, "{\"from\":\"upstrea"),
        ("byte-order-mark", 200, "\u{feff}{\"from\""),
    ] {
        let setup = Setup::v4(&[], &[keyless()], &[]).upstream(&upstream.origin);
        let running = setup.with(&format!("faults = [\"{fault}\"]")).start().await;
        let reply = send(running.gateway_origin(), "GET", "/api", &[], "").await;
        assert_eq!(reply.status(), status, "{fault}");
        assert!(reply.body.starts_with(body), "{fault}: {}", reply.raw);
        let trace = format!("{:?}", running.recent(0).last().unwrap().trace);
        assert!(trace.contains(fault), "{trace}");
    }
    let message = Setup::v4(&[], &[keyless()], &[]).with("faults = [\"expired\"]");
    let toml = format!("{}\n[[apis]]\n{}", CLIENTS, message.toml);
    let error = gateway::Config::from_toml(&toml, std::path::Path::new("t.toml")).unwrap_err().to_string();
    assert!(error.starts_with("t.toml: apis[0].faults: `expired` is none of invalid-json"), "{error}");
}

#[tokio::test]
async fn faults_of_the_next_requests_are_over_after_them() {
    let toml = CLIENTS.replacen(
        "client_id = \"basic\"",
        "client_id = \"basic\"\nfaults_next = { count = 2, faults = [\"expired\"] }",
        1,
    );
    let running = start(&toml).await;
    let is_expired = async |running: &Running| {
        let token = token(running, "basic", "s3cret", "read").await;
        part(&token, 1)["exp"].as_i64() < part(&token, 1)["iat"].as_i64()
    };
    assert_eq!(running.domains()[0].clients[0].faults.next.as_ref().unwrap().count, 2);
    assert!(is_expired(&running).await);
    // The same configuration again does not begin them anew, another number does.
    running.reload(gateway::Config::from_toml(&toml, std::path::Path::new("t.toml")).unwrap()).await.unwrap();
    assert!(is_expired(&running).await);
    assert!(!is_expired(&running).await);
    let again = toml.replace("count = 2", "count = 1");
    running.reload(gateway::Config::from_toml(&again, std::path::Path::new("t.toml")).unwrap()).await.unwrap();
    assert!(is_expired(&running).await);
    assert!(!is_expired(&running).await);

    let domain = FaultScope::Domain { domain: "demo".into() };
    running.set_next_faults(&domain, 1, &["empty-jwks".into(), "expired".into()]).unwrap();
    let metadata = send(running.am_origin(), "GET", "/demo/oidc/.well-known/openid-configuration", &[], "").await;
    assert_eq!(metadata.status(), 200, "no fault can take hold there, so it does not count");
    let jwks = async || send(running.am_origin(), "GET", "/demo/oidc/.well-known/jwks.json", &[], "").await.json();
    assert_eq!(jwks().await["keys"], serde_json::json!([]));
    assert_eq!(jwks().await["keys"].as_array().unwrap().len(), 1);

    let api = FaultScope::Api { api: "/echo".into() };
    running.set_next_faults(&api, 1, &["too-many-requests".into()]).unwrap();
    let status = async || send(running.gateway_origin(), "GET", "/echo", &[], "").await.status();
    assert_eq!((status().await, status().await), (429, 401));
    running.set_next_faults(&api, 5, &["too-many-requests".into()]).unwrap();
    running.set_next_faults(&api, 0, &[]).unwrap();
    assert_eq!(status().await, 401);
}

#[tokio::test]
async fn faults_are_switched_while_it_serves() {
    let running = start(CLIENTS).await;
    let client = |id: &str| FaultScope::Client { domain: "demo".into(), client_id: id.into() };
    running.set_faults(&client("basic"), vec!["unavailable".into()]).await.unwrap();
    let ask = async |id: &str, secret: &str| {
        post(&running, "/demo/oauth/token", Some(&basic(id, secret)), "grant_type=client_credentials").await.status()
    };
    assert_eq!((ask("basic", "s3cret").await, ask("other", "other").await), (503, 200));
    assert_eq!(running.domains()[0].clients[0].faults.always, ["unavailable"]);
    running.set_faults(&client("basic"), Vec::new()).await.unwrap();
    assert_eq!(ask("basic", "s3cret").await, 200);
    running.set_faults(&FaultScope::Domain { domain: "demo".into() }, vec!["internal-error".into()]).await.unwrap();
    assert_eq!((ask("basic", "s3cret").await, ask("other", "other").await), (500, 500));
    let unknown = running.set_faults(&client("nobody"), Vec::new()).await;
    assert_eq!(unknown, Err(gateway::ControlError::UnknownClient("nobody".into())));
    let error = running.set_faults(&client("basic"), vec!["empty-jwks".into()]).await.unwrap_err().to_string();
    assert!(error.contains("`empty-jwks` is none of expired") && error.contains("fault of a domain"), "{error}");
}
