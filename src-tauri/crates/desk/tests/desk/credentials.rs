//! Clients that prove themselves with a key or a certificate, and tokens that are bound to a key: over the real local authorization server,
//! which is reached over TLS here; over a scripted server what that one does not offer (DPoP).

use crate::{
    desk_in, form, get,
    renewal::token_server,
    server::{Server, answer},
    status,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use claimcheck_desk::{
    Desk, Running, ServeWish, Target, TriedAudience, Verdict,
    wire::{ConnectionForm, GrantOptions, Problem, ServerForm, WayRef},
};
use jose::{Algorithm, KeySet};
use oauth::{AssertionKey, AuthenticationMethod};
use secrecy::SecretString;
use serde_json::Value;
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

const SECRET: &str = "a-secret-that-is-long-enough-for-hs256";
const PACKED: &[u8] = include_bytes!("../../../exchange/tests/exchange/fixtures/modern.p12");

const CONFIG: &str = r#"
[listen]
am = "127.0.0.1:0"
gateway = "127.0.0.1:0"
[tls]
certificate_file = "server.pem"
key_file = "server.key"
[[domains]]
path = "demo"
[[domains.clients]]
client_id = "basic"
client_secret = "a-secret-that-is-long-enough-for-hs256"
[[domains.clients]]
client_id = "post"
client_secret = "a-secret-that-is-long-enough-for-hs256"
auth_method = "client_secret_post"
[[domains.clients]]
client_id = "signing"
client_secret = "a-secret-that-is-long-enough-for-hs256"
auth_method = "client_secret_jwt"
[[domains.clients]]
client_id = "keyed"
auth_method = "private_key_jwt"
jwks_file = "client.jwks"
[[domains.clients]]
client_id = "packed"
auth_method = "private_key_jwt"
jwks_file = "packed.jwks"
[[domains.clients]]
client_id = "certified"
auth_method = "tls_client_auth"
certificate_file = "client.pem"
[[domains.clients]]
client_id = "public"
auth_method = "none"
"#;

struct World {
    desk: Arc<Desk>,
    running: Running,
    folder: TempDir,
}

async fn world() -> World {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["server", "client", "other"] {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
        std::fs::write(at(&format!("{name}.pem")), made.cert.pem()).unwrap();
        std::fs::write(at(&format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    }
    std::fs::write(at("client.p12"), PACKED).unwrap();
    let packed = exchange::Identity::from_pkcs12(PACKED, &"changeit".into()).unwrap();
    write_key_set(&at("packed.jwks"), &packed.key);
    write_key_set(&at("client.jwks"), &std::fs::read_to_string(at("client.key")).unwrap().into());
    std::fs::write(at("gateway.toml"), CONFIG).unwrap();
    let desk = desk_in(&folder);
    let wish = ServeWish { config: Some(at("gateway.toml")), am: None, gateway: None };
    let running = desk.serve_gateway(&wish).await.unwrap();
    World { desk, running, folder }
}

fn write_key_set(file: &Path, private: &SecretString) {
    let key = AssertionKey::new(private, None).unwrap().public_jwk().unwrap();
    std::fs::write(file, format!(r#"{{"keys":[{key}]}}"#)).unwrap();
}

fn method(name: &str) -> AuthenticationMethod {
    name.parse().unwrap()
}

impl World {
    fn file(&self, name: &str) -> Option<String> {
        Some(self.folder.path().join(name).display().to_string())
    }

    /// A connection to the domain over TLS, named after what it is for.
    fn form(&self, client: &str, name: &str, by: &str, secret: Option<&str>) -> ConnectionForm {
        ConnectionForm {
            name: name.to_owned(),
            auth_method: method(by),
            secret: secret.map(SecretString::from),
            ca_file: self.file("server.pem"),
            ..form(&self.running.ready().am, client, "")
        }
    }

    async fn token(&self, form: ConnectionForm) -> Result<Value, Problem> {
        let saved = self.desk.save_connection(form).await.unwrap();
        self.desk.get_token(saved.id, false).await.map(|view| view.inspection.payload).map_err(Problem::from)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_a_pkcs12_file_signs_for_the_client() {
    let world = world().await;
    let form = |name: &str, passphrase| ConnectionForm {
        key_file: world.file("client.p12"),
        ..world.form("packed", name, "private_key_jwt", passphrase)
    };
    assert_eq!(world.token(form("right", Some("changeit"))).await.unwrap()["client_id"], "packed");
    // The certificate in it is the client's certificate too.
    let whole =
        ConnectionForm { cert_file: world.file("client.p12"), key_file: None, ..form("whole", Some("changeit")) };
    assert_eq!(world.token(whole).await.unwrap()["client_id"], "packed");
    // The passphrase is kept where the secret would be.
    let problem = world.token(form("wrong", Some("another"))).await.unwrap_err();
    assert_eq!(problem.detail.field.as_deref(), Some("secret"), "{}", problem.message);
    // A key that the server does not know: the causes speak of keys.
    let other = ConnectionForm { key_file: world.file("other.key"), ..form("other", None) };
    let refused = world.token(other).await.unwrap_err();
    assert_eq!(refused.detail.oauth_error.as_deref(), Some("invalid_client"));
    let causes = serde_json::to_string(&refused.detail.causes).unwrap();
    assert!(causes.contains("public key") && !causes.contains("secret"), "{causes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_authenticates_its_client() {
    let world = world().await;
    let form = |name: &str, files: Option<&str>| ConnectionForm {
        cert_file: files.and_then(|files| world.file(&format!("{files}.pem"))),
        key_file: files.and_then(|files| world.file(&format!("{files}.key"))),
        ..world.form("certified", name, "tls_client_auth", None)
    };
    assert_eq!(world.token(form("right", Some("client"))).await.unwrap()["client_id"], "certified");
    for (name, files) in [("other", Some("other")), ("none", None)] {
        let refused = world.token(form(name, files)).await.unwrap_err();
        assert_eq!(refused.detail.oauth_error.as_deref(), Some("invalid_client"), "{name}");
        let causes = serde_json::to_string(&refused.detail.causes).unwrap();
        assert!(causes.contains("subject") && !causes.contains("secret"), "{name}: {causes}");
    }
}

/// Each client in each wrong set-up, with everything at hand that a client can have.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_key_and_certificate_too() {
    let world = world().await;
    let configured = [
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "tls_client_auth",
        "none",
    ];
    for (client, right) in [
        ("basic", "client_secret_basic"),
        ("post", "client_secret_post"),
        ("signing", "client_secret_jwt"),
        ("keyed", "private_key_jwt"),
        ("certified", "tls_client_auth"),
        ("public", "none"),
    ] {
        for wrong in configured {
            let everything = ConnectionForm {
                cert_file: world.file("client.pem"),
                key_file: world.file("client.key"),
                ..world.form(client, "", wrong, Some(SECRET))
            };
            let report = world.desk.diagnose(&Target::Spelled(Box::new(everything))).await.unwrap();
            let what = format!("{client} as {wrong}: {:?}", report.attempts);
            assert_eq!(report.attempts[0].method, method(wrong), "the configured one first, {what}");
            let found = report.accepted.unwrap_or_else(|| panic!("{what}"));
            // The certificate is shown whatever is configured, and no secret is looked at beside it; nor is one of a public client.
            let unread = ["certified", "public"].contains(&client) && found.name().starts_with("client_secret_");
            let bare = [method("none"), method("tls_client_auth")];
            let fits = found == method(right) || (bare.contains(&found) && bare.contains(&method(right))) || unread;
            assert!(fits, "{what}");
            assert!(!report.accepted_trimmed, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tries_both_audiences_and_the_one_that_fits_is_taken_over() {
    let world = world().await;
    let mut wrong =
        ConnectionForm { key_file: world.file("client.key"), ..world.form("keyed", "keyed", "private_key_jwt", None) };
    wrong.assertion.audience = Some("https://elsewhere".into());
    wrong.assertion.explicit_type = true;
    let saved = world.desk.save_connection(wrong).await.unwrap();
    let ways: Vec<WayRef> =
        world.desk.plan_doctor(saved.id).await.unwrap().ways.into_iter().map(|way| way.way).collect();
    let way = |name: &str, audience| WayRef { method: method(name), trimmed: false, audience };
    assert_eq!(
        ways,
        [
            way("private_key_jwt", None),
            way("none", None),
            way("private_key_jwt", Some(TriedAudience::Issuer)),
            way("private_key_jwt", Some(TriedAudience::TokenEndpoint)),
        ]
    );
    let verdict = async |at: usize| world.desk.try_way(saved.id, ways[at], at as u64).await.unwrap()[0].verdict;
    assert_eq!(verdict(0).await, Verdict::Refused, "as configured");
    assert_eq!((verdict(2).await, verdict(3).await), (Verdict::Accepted, Verdict::Accepted), "AM takes either");
    let changed = world.desk.use_way(saved.id, ways[3]).await.unwrap();
    assert_eq!(changed.assertion.audience.as_deref(), Some("token_endpoint"));
    assert!(!changed.assertion.explicit_type);
    world.desk.get_token(saved.id, false).await.expect("the connection works now");
}

/// A connection whose method wants what is not there begins with what is.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_needs_no_secret_where_there_is_a_key() {
    let world = world().await;
    let keyed =
        |by, secret| ConnectionForm { key_file: world.file("client.key"), ..world.form("keyed", "", by, secret) };
    let report = world.desk.diagnose(&Target::Spelled(Box::new(keyed("client_secret_basic", None)))).await.unwrap();
    assert_eq!((report.accepted, report.attempts.len()), (Some(method("private_key_jwt")), 1));
    let unnamed = world.form("post", "", "private_key_jwt", Some(SECRET));
    let report = world.desk.diagnose(&Target::Spelled(Box::new(unnamed))).await.unwrap();
    assert_eq!(report.accepted, Some(method("client_secret_post")));
    // What is named and cannot be used is said instead.
    let broken = ConnectionForm { key_file: world.file("gateway.toml"), ..keyed("private_key_jwt", Some(SECRET)) };
    let problem = Problem::from(world.desk.diagnose(&Target::Spelled(Box::new(broken))).await.unwrap_err());
    assert_eq!(problem.detail.field.as_deref(), Some("key_file"), "{}", problem.message);
    let nothing = world.form("public", "", "none", None);
    let problem = Problem::from(world.desk.diagnose(&Target::Spelled(Box::new(nothing))).await.unwrap_err());
    assert!(problem.message.contains("nothing to try"), "{}", problem.message);
}

/// The passphrase of a key file is never tried as a client secret.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_keeps_the_passphrase_of_a_key_file() {
    let server = Server::answering(|_| answer("401 U", "", r#"{"error":"invalid_client"}"#)).await;
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("client.p12"), PACKED).unwrap();
    let packed = ConnectionForm {
        server: token_server(server.url("/token").to_string()),
        auth_method: method("private_key_jwt"),
        key_file: Some(folder.path().join("client.p12").display().to_string()),
        ..form("http://unused", "packed", "changeit")
    };
    let report = desk_in(&folder).diagnose(&Target::Spelled(Box::new(packed))).await.unwrap();
    let tried: Vec<_> = report.attempts.iter().map(|attempt| attempt.method).collect();
    assert_eq!(tried, [method("private_key_jwt"), method("none")], "no issuer is known here");
    assert!(!server.requests().concat().contains("changeit"));
}

const JSON: &str = "Content-Type: application/json\r\nCache-Control: no-store\r\n";

/// SHA-256 of `a-bound-token`.
const TOKEN_HASH: &str = "294vUF3XJOpRX5rJXhVm8NWZ6FwmnezqrAqtwasKJa8";

/// A server whose tokens are bound to a key, and an API that takes them with a proof only. Both want nonces of their own.
async fn binding_server() -> Server {
    let challenge = |nonce: &str| format!("{JSON}DPoP-Nonce: {nonce}\r\n");
    Server::answering(move |request| {
        let proof = claims(&proof(request));
        let is_token = request.starts_with("POST /token");
        let nonce = if is_token { "of-the-server" } else { "of-the-api" };
        match (is_token, proof["nonce"] == nonce) {
            (true, false) => answer("400 Bad Request", &challenge(nonce), r#"{"error":"use_dpop_nonce"}"#),
            (true, true) => {
                let body = r#"{"access_token":"a-bound-token","token_type":"DPoP","expires_in":600}"#;
                answer("200 OK", JSON, body)
            }
            (false, false) => {
                let demand = "WWW-Authenticate: DPoP error=\"use_dpop_nonce\"\r\n";
                answer("401 Unauthorized", &format!("{}{demand}", challenge(nonce)), "{}")
            }
            (false, true) => answer("200 OK", JSON, r#"{"sub":"alice"}"#),
        }
    })
    .await
}

fn line(request: &str, name: &str) -> String {
    let lines = request.lines().filter_map(|line| line.split_once(": "));
    let mut values = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned());
    let value = values.next().unwrap_or_default();
    assert_eq!(values.next(), None, "once: {request}");
    value
}

fn proof(request: &str) -> String {
    line(request, "DPoP")
}

fn part(proof: &str, at: usize) -> Value {
    let part = proof.split('.').nth(at).unwrap_or_default();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap_or_default()
}

fn claims(proof: &str) -> Value {
    part(proof, 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_a_bound_token_proves_possession_of_the_key() {
    let server = binding_server().await;
    let (folder, api) = (TempDir::new().unwrap(), server.url("/orders?page=2").to_string());
    let desk = desk_in(&folder);
    let ServerForm::TokenUrl { token_url, introspect_url, revoke_url, jwks_url, authorize_url, device_url, .. } =
        token_server(server.url("/token").to_string())
    else {
        panic!("a token URL")
    };
    let userinfo_url = Some(server.url("/userinfo").to_string());
    let bound = ConnectionForm {
        server: ServerForm::TokenUrl {
            token_url,
            introspect_url,
            revoke_url,
            jwks_url,
            authorize_url,
            device_url,
            userinfo_url,
        },
        dpop: true,
        grant: GrantOptions::default(),
        ..form("http://unused", "c", "s")
    };
    let id = desk.save_connection(bound).await.unwrap().id;
    assert_eq!(status(&desk.send(get(1, id, &api, true)).await.unwrap()), 200);
    assert_eq!(status(&desk.send(get(2, id, &api, true)).await.unwrap()), 200);
    assert_eq!(desk.ask_userinfo(id).await.unwrap().claims["sub"], "alice");

    let requests = server.requests();
    let starts: Vec<_> = requests.iter().map(|request| request.split(' ').nth(1).unwrap()).collect();
    // Each nonce is asked for once, and then known.
    assert_eq!(starts, ["/token", "/token", "/orders?page=2", "/orders?page=2", "/orders?page=2", "/userinfo"]);
    let key = part(&proof(&requests[0]), 0)["jwk"].clone();
    let verifying = KeySet::given(vec![jose::parse_key(key.to_string().as_bytes()).unwrap()]);
    let mut used = Vec::new();
    for request in &requests {
        let proof = proof(request);
        verifying.verify_jws(&proof, &[Algorithm::Es256]).expect("signed by the same key");
        let (method, rest) = request.split_once(' ').unwrap();
        let path = rest.split([' ', '?']).next().unwrap();
        let claims = claims(&proof);
        assert_eq!((claims["htm"].as_str(), claims["htu"].as_str()), (Some(method), Some(server.url(path).as_str())));
        used.push(claims["jti"].to_string());
        if path == "/token" {
            assert_eq!(claims["ath"], Value::Null);
        } else {
            assert_eq!(line(request, "Authorization"), "DPoP a-bound-token");
            assert_eq!(claims["ath"], TOKEN_HASH);
        }
    }
    used.sort();
    used.dedup();
    assert_eq!(used.len(), requests.len(), "no proof twice");
}
