//! Another configuration while the gateway serves: nothing is dropped, what lives on lives on, what is broken changes nothing.

use std::{path::Path, time::Duration};

use gateway::{Config, GatewayError, Running};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    echo::call,
    support::{CLIENTS, TestClock, authority, basic, post, send, start, start_at, token},
};

fn config(toml: &str) -> Config {
    Config::from_toml(toml, Path::new("test.toml")).unwrap()
}

/// The same clients, the echo and nothing else changed but what is said after them.
fn with(more: &str) -> String {
    format!("{CLIENTS}\n{more}")
}

async fn reload(running: &Running, toml: &str) {
    running.reload(config(toml)).await.unwrap();
}

/// Reads one answer with a Content-Length; its status.
async fn answer(stream: &mut TcpStream) -> u16 {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tokio::time::timeout(Duration::from_secs(20), stream.read_u8()).await.unwrap().unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_in_flight_and_open_connections_live_through_it() {
    let running = start(&with("[[apis]]\necho = true\nweaknesses = [\"no-auth\"]")).await;
    let host = authority(running.gateway_origin());
    let mut streams = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!("POST /echo HTTP/1.1\r\nHost: {host}\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        // It is being served when the endpoint asks for the content.
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).await.unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(b"abc").await.unwrap();
        streams.push(stream);
    }
    reload(&running, CLIENTS).await;
    for stream in &mut streams {
        stream.write_all(b"def").await.unwrap();
        assert_eq!(answer(stream).await, 200, "begun under the configuration before");
    }
    for stream in &mut streams {
        stream.write_all(format!("GET /echo HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
        assert_eq!(answer(stream).await, 401, "the same connection, under the one of now");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloading_again_and_again_under_load_loses_no_request() {
    let weak = with("[[apis]]\necho = true\nweaknesses = [\"no-auth\"]");
    let other = with("[[apis]]\necho = true\nbehaviour = \"apim-4.12\"\nweaknesses = [\"no-auth\"]");
    let running = start(&weak).await;
    let host = authority(running.gateway_origin()).to_owned();
    let stop = tokio_util::sync::CancellationToken::new();
    let mut clients = Vec::new();
    for _ in 0..50 {
        let (host, stop) = (host.clone(), stop.clone());
        clients.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(&host).await.unwrap();
            let mut answered = 0;
            while !stop.is_cancelled() {
                stream.write_all(format!("GET /echo HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
                assert_eq!(answer(&mut stream).await, 200);
                answered += 1;
            }
            answered
        }));
    }
    for _ in 0..20 {
        reload(&running, &other).await;
        reload(&running, &weak).await;
    }
    stop.cancel();
    let mut answered = 0;
    for client in clients {
        answered += client.await.unwrap();
    }
    assert!(answered > 50, "{answered} answers on 50 connections, none reopened");
}

#[tokio::test]
async fn tokens_keys_and_made_secrets_live_on() {
    let running = start("[listen]\nam = \"127.0.0.1:0\"\ngateway = \"127.0.0.1:0\"").await;
    let secret = |running: &Running| running.ready().domains[0].clients[0].client_secret.clone().unwrap();
    let before = secret(&running);
    let access = token(&running, "demo-client", &before, "echo:read").await;
    let jwks = send(running.am_origin(), "GET", "/demo/oidc/.well-known/jwks.json", &[], "").await.body;
    let built_in = "[listen]\nam = \"127.0.0.1:0\"\ngateway = \"127.0.0.1:0\"\n[limits]\nin_flight = 7";
    reload(&running, built_in).await;
    assert_eq!(secret(&running), before);
    assert_eq!(call(&running, "/echo", &access).await.status(), 200);
    assert_eq!(send(running.am_origin(), "GET", "/demo/oidc/.well-known/jwks.json", &[], "").await.body, jwks);
}

#[tokio::test]
async fn what_was_revoked_stays_revoked_and_what_is_gone_is_refused() {
    let running = start(CLIENTS).await;
    let authorization = basic("basic", "s3cret");
    let (live, revoked) =
        (token(&running, "basic", "s3cret", "read").await, token(&running, "basic", "s3cret", "read").await);
    let others = token(&running, "other", "other", "").await;
    post(&running, "/demo/oauth/revoke", Some(&authorization), &format!("token={revoked}")).await;
    reload(&running, &with("[[apis]]\necho = true")).await;
    let standing = async |token: &str| {
        let reply = post(&running, "/demo/oauth/introspect", Some(&authorization), &format!("token={token}")).await;
        reply.json()["active"] == true
    };
    assert!(standing(&live).await && standing(&others).await);
    assert_ne!(call(&running, "/echo", &revoked).await.status(), 200);
    let fewer = CLIENTS.replace("client_id = \"other\"", "client_id = \"newcomer\"").replace("aud = \"other\"", "");
    reload(&running, &fewer.replace(", }", " }")).await;
    assert!(standing(&live).await, "the client is still there");
    assert!(!standing(&others).await, "its client is gone");
    assert_eq!(
        post(&running, "/demo/oauth/token", Some(&basic("other", "other")), "grant_type=client_credentials")
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn an_opaque_token_lives_as_long_as_its_client() {
    let opaque = CLIENTS.replacen("signing = \"ES256\"", "token_format = \"opaque\"", 1);
    let running = start(&opaque).await;
    let (access, others) =
        (token(&running, "basic", "s3cret", "read").await, token(&running, "other", "other", "").await);
    reload(&running, &opaque.replace("client_id = \"other\"", "client_id = \"newcomer\"")).await;
    let standing = async |token: &str| {
        let form = format!("token={token}");
        post(&running, "/demo/oauth/introspect", Some(&basic("basic", "s3cret")), &form).await.json()["active"] == true
    };
    assert!(standing(&access).await);
    assert!(!standing(&others).await);
}

#[tokio::test]
async fn what_is_broken_changes_nothing_and_says_why() {
    let running = start(CLIENTS).await;
    let access = token(&running, "basic", "s3cret", "read").await;
    let cases = [
        (with("[[apis]]\ndefinition = \"no.json\""), "test.toml: apis[0].definition: cannot read no.json"),
        (with("[[apis]]\necho = true\nweaknesses = [\"magic\"]"), "test.toml: apis[0].weaknesses: `magic` is none of"),
        (
            CLIENTS.replacen("signing =", "signing_key_file = \"no.pem\"\nsigning =", 1),
            "test.toml: domains[0].signing_key_file: cannot read no.pem",
        ),
    ];
    for (toml, said) in cases {
        let error = running.reload(config(&toml)).await.unwrap_err();
        assert!(matches!(error, GatewayError::Config(_)) && error.to_string().starts_with(said), "{error}");
        assert_ne!(call(&running, "/echo", &access).await.status(), 404);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let moved = CLIENTS.replacen("am = \"127.0.0.1:0\"", &format!("am = \"{}\"", taken.local_addr().unwrap()), 1);
    let error = running.reload(config(&moved.replace("basic", "renamed"))).await.unwrap_err();
    assert!(matches!(error, GatewayError::PortTaken { flag: "am", .. }), "{error}");
    assert_eq!(token(&running, "basic", "s3cret", "read").await.matches('.').count(), 2);
}

#[tokio::test]
async fn an_address_that_changes_is_opened_and_the_old_one_closed() {
    let running = start(CLIENTS).await;
    let (am, gateway) = (running.am_origin().to_owned(), running.gateway_origin().to_owned());
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut open = TcpStream::connect(authority(&gateway)).await.unwrap();
    let request = format!("GET /echo HTTP/1.1\r\nHost: {}\r\n\r\n", authority(&gateway));
    open.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut open).await, 401);
    reload(&running, &CLIENTS.replacen("gateway = \"127.0.0.1:0\"", &format!("gateway = \"{free}\""), 1)).await;
    let ready = running.ready();
    assert_eq!((ready.am.as_str(), ready.gateway.as_str()), (am.as_str(), format!("http://{free}").as_str()));
    assert_eq!(ready.apis[0].url, format!("http://{free}/echo"));
    assert_eq!(send(&ready.gateway, "GET", "/echo", &[], "").await.status(), 401);
    assert_eq!(open.read(&mut [0; 16]).await.unwrap(), 0, "an idle connection to the old address is closed");
    assert!(TcpStream::connect(authority(&gateway)).await.is_err());
    assert_eq!(send(&am, "GET", "/demo/oidc/.well-known/jwks.json", &[], "").await.status(), 200);
}

#[tokio::test]
async fn the_files_to_watch_are_those_that_are_named() {
    let toml = "[tls]\ncertificate_file = \"c.pem\"\nkey_file = \"/k.pem\"\n[[domains]]\npath = \"a\"\n\
                signing_key_file = \"s.pem\"\n[[domains.clients]]\nclient_id = \"c\"\nauth_method = \"private_key_jwt\"\n\
                jwks_file = \"j.json\"\n[[apis]]\ndefinition = \"d.json\"\n";
    let files = Config::from_toml(toml, Path::new("/etc/g/g.toml")).unwrap().files();
    let named = ["/etc/g/g.toml", "/etc/g/c.pem", "/k.pem", "/etc/g/s.pem", "/etc/g/j.json", "/etc/g/d.json"];
    assert_eq!(files, named.map(std::path::PathBuf::from));
}

#[tokio::test]
async fn the_clock_of_the_file_moves_both_listeners() {
    let running = start_at(CLIENTS, &TestClock::now()).await;
    let access = token(&running, "basic", "s3cret", "read").await;
    reload(&running, &format!("clock_offset_seconds = 86400\n{CLIENTS}")).await;
    assert_eq!(running.clock().offset_seconds, 86_400);
    let form = format!("token={access}");
    let reply = post(&running, "/demo/oauth/introspect", Some(&basic("basic", "s3cret")), &form).await;
    assert_eq!(reply.json()["active"], false, "it has expired a day later");
    running.shift_clock(-86_400);
    reload(&running, &format!("clock_offset_seconds = 86400\n{CLIENTS}\n")).await;
    assert_eq!(running.clock().offset_seconds, 0, "the file says what it said before");
}
