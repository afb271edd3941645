//! TLS: of the listeners, towards upstreams and authorization servers, and whom is trusted.

use aws_lc_rs::digest;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use gateway::{Config, Gateway, Running};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    definitions::{Setup, am, generic, keyless, step},
    support::{CLIENTS, Reply, TestClock, basic, send},
};

struct Served {
    running: Running,
    certificate: String,
    folder: tempfile::TempDir,
}

async fn served() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
    let certificate = made.cert.pem();
    std::fs::write(folder.path().join("c.pem"), &certificate).unwrap();
    std::fs::write(folder.path().join("k.pem"), made.signing_key.serialize_pem()).unwrap();
    let toml = format!("{CLIENTS}\n[tls]\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"");
    let config = Config::from_toml(&toml, &folder.path().join("g.toml")).unwrap();
    let running = Gateway::start(config, TestClock::now().clock()).await.unwrap();
    Served { running, certificate, folder }
}

async fn curl(served: &Served, arguments: &[&str]) -> Reply {
    let ca = served.folder.path().join("c.pem");
    let output = Command::new("curl").args(["-i", "-s", "--cacert"]).arg(ca).args(arguments).output().await.unwrap();
    Reply::parse(String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn listeners_speak_tls() {
    let served = served().await;
    let am = served.running.am_origin();
    assert!(am.starts_with("https://127.0.0.1:") && served.running.ready().apis[0].url.starts_with("https://"));
    let authorization = format!("Authorization: {}", basic("basic", "s3cret"));
    let reply = curl(
        &served,
        &["-H", &authorization, "-d", "grant_type=client_credentials", &format!("{am}/demo/oauth/token")],
    )
    .await;
    assert_eq!(reply.status(), 200, "{}", reply.raw);
    let metadata = curl(&served, &[&format!("{am}/demo/oidc/.well-known/openid-configuration")]).await;
    assert_eq!(metadata.json()["issuer"], format!("{am}/demo/oidc"));
}

#[tokio::test]
async fn an_authority_of_the_run_vouches_for_one_listener() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("g.toml");
    let toml = format!("{CLIENTS}\n[tls]\nauthority_file = \"ca.pem\"\nlisteners = [\"am\"]");
    let start = async || Gateway::start(Config::from_toml(&toml, &file).unwrap(), TestClock::now().clock()).await;
    let running = start().await.unwrap();
    let am = running.am_origin().replace("127.0.0.1", "localhost");
    assert!(am.starts_with("https://") && running.gateway_origin().starts_with("http://"));
    let served = Served { running, certificate: String::new(), folder };
    std::fs::rename(served.folder.path().join("ca.pem"), served.folder.path().join("c.pem")).unwrap();
    let metadata = curl(&served, &[&format!("{am}/demo/oidc/.well-known/openid-configuration")]).await;
    assert_eq!(metadata.status(), 200, "{}", metadata.raw);
    assert_eq!(send(served.running.gateway_origin(), "GET", "/echo", &[], "").await.status(), 401);

    // What somebody else wrote is not written over; what was written here is.
    let mine = served.folder.path().join("ca.pem");
    std::fs::write(&mine, "precious").unwrap();
    let message = start().await.map(|_| ()).unwrap_err().to_string();
    assert!(message.contains("tls.authority_file") && message.contains("not written here"), "{message}");
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "precious");
    std::fs::remove_file(&mine).unwrap();
    assert!(start().await.is_ok() && start().await.is_ok());
}

#[tokio::test]
async fn a_client_authenticates_with_its_certificate_only() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["server", "client", "other"] {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
        std::fs::write(folder.path().join(format!("{name}.pem")), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    }
    let toml = CLIENTS.replacen(
        "auth_method = \"tls_client_auth\"",
        "auth_method = \"tls_client_auth\"\ncertificate_file = \"client.pem\"",
        1,
    ) + "\n[tls]\ncertificate_file = \"server.pem\"\nkey_file = \"server.key\"";
    let config = Config::from_toml(&toml, &folder.path().join("g.toml")).unwrap();
    let running = Gateway::start(config, TestClock::now().clock()).await.unwrap();
    let url = format!("{}/demo/oauth/token", running.am_origin());
    let ask = async |certificate: Option<&str>, form: &str, header: &str| {
        let mut curl = Command::new("curl");
        curl.args(["-i", "-s", "-d", form, "-H", header, &url]).arg("--cacert").arg(folder.path().join("server.pem"));
        if let Some(name) = certificate {
            curl.arg("--cert").arg(folder.path().join(format!("{name}.pem")));
            curl.arg("--key").arg(folder.path().join(format!("{name}.key")));
        }
        Reply::parse(String::from_utf8(curl.output().await.unwrap().stdout).unwrap())
    };
    let own = "grant_type=client_credentials&client_id=mtls";
    assert_eq!(ask(Some("client"), own, "X: y").await.status(), 200);
    for certificate in [None, Some("other")] {
        let reply = ask(certificate, own, "X: y").await;
        assert_eq!(reply.status(), 401, "{certificate:?}");
        assert_eq!(reply.json()["error_description"], "Missing or invalid peer certificate", "{certificate:?}");
    }
    let authorization = format!("Authorization: {}", basic("basic", "s3cret"));
    for certificate in [None, Some("client")] {
        let reply = ask(certificate, "grant_type=client_credentials", &authorization).await;
        assert_eq!(reply.status(), 200, "a client with a secret needs none: {certificate:?}");
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_known_by_file_or_key_set() {
    let folder = tempfile::tempdir().unwrap();
    let mut ders = Vec::new();
    for name in ["server", "in-file", "in-chain", "in-print", "other"] {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
        std::fs::write(folder.path().join(format!("{name}.pem")), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
        ders.push(made.cert.der().to_vec());
    }
    let key = || jose::SigningKey::generate(jose::Algorithm::Es256).unwrap().public_jwk().unwrap();
    let (mut chain, mut print) = (json!(key()), json!(key()));
    chain["x5c"] = json!([STANDARD.encode(&ders[2])]);
    print["x5t#S256"] = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &ders[3])).into();
    std::fs::write(folder.path().join("keys.json"), json!({"keys": [key(), chain, print]}).to_string()).unwrap();
    std::fs::write(folder.path().join("bare.json"), json!({"keys": [key()]}).to_string()).unwrap();
    let toml = |keys: &str| {
        CLIENTS.replacen(
            "auth_method = \"tls_client_auth\"",
            &format!("auth_method = \"self_signed_tls_client_auth\"\ncertificate_file = \"in-file.pem\"\njwks_file = \"{keys}\""),
            1,
        ) + "\n[tls]\ncertificate_file = \"server.pem\"\nkey_file = \"server.key\""
    };
    let start = async |keys: &str| {
        let config = Config::from_toml(&toml(keys), &folder.path().join("g.toml")).unwrap();
        Gateway::start(config, TestClock::now().clock()).await
    };
    let message = start("bare.json").await.unwrap_err().to_string();
    assert!(message.contains("domains[0].clients[5].jwks_file: has no key with a certificate"), "{message}");

    let running = start("keys.json").await.unwrap();
    let curl = async |certificate: Option<&str>, arguments: &[&str], path: &str| {
        let mut curl = Command::new("curl");
        curl.args(["-i", "-s", "--cacert"]).arg(folder.path().join("server.pem")).args(arguments);
        if let Some(name) = certificate {
            curl.arg("--cert").arg(folder.path().join(format!("{name}.pem")));
            curl.arg("--key").arg(folder.path().join(format!("{name}.key")));
        }
        curl.arg(format!("{}{path}", running.am_origin()));
        Reply::parse(String::from_utf8(curl.output().await.unwrap().stdout).unwrap())
    };
    let own = ["-d", "grant_type=client_credentials&client_id=mtls"];
    for name in ["in-file", "in-chain", "in-print"] {
        let reply = curl(Some(name), &own, "/demo/oauth/token").await;
        assert_eq!(reply.status(), 200, "{name}: {}", reply.raw);
    }
    let with_basic = ["-u", "mtls:secret", "-d", "grant_type=client_credentials"];
    for (certificate, arguments) in [(None, &own[..]), (Some("other"), &own[..]), (None, &with_basic[..])] {
        let reply = curl(certificate, arguments, "/demo/oauth/token").await;
        assert_eq!(reply.status(), 401, "{certificate:?} {arguments:?}");
        assert_eq!(reply.json()["error_description"], "Missing or invalid peer certificate");
    }
    let metadata = curl(None, &[], "/demo/oidc/.well-known/openid-configuration").await.json();
    let methods = metadata["token_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(methods.contains(&json!("self_signed_tls_client_auth")), "{methods:?}");
}

#[tokio::test]
async fn resources_and_endpoints_trust_as_they_are_told() {
    let served = served().await;
    let origin = served.running.am_origin().to_owned();
    let by_name = origin.replace("127.0.0.1", "localhost");
    let pem = json!({"type": "PEM", "content": served.certificate});
    let rows: Vec<(&str, Value, u16)> = vec![
        ("no ssl trusts anything, as Gravitee does", Value::Null, 401),
        ("trustAll", json!({"trustAll": true}), 401),
        ("own certificate", json!({"hostnameVerifier": true, "trustStore": pem}), 401),
        ("system's trust", json!({"hostnameVerifier": true}), 503),
    ];
    for (case, ssl, status) in rows {
        for mut resource in [am(&by_name, "V3_X"), generic(&format!("{by_name}/demo"))] {
            resource["configuration"]["ssl"] = ssl.clone();
            resource["configuration"]["clientId"] = "basic".into();
            resource["configuration"]["clientSecret"] = "s3cret".into();
            let policy = step("oauth2", json!({"oauthResource": "as"}));
            let running = Setup::v4(&[resource.clone()], &[keyless()], &[policy]).start().await;
            let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", "Bearer x")], "").await;
            assert_eq!(reply.status(), status, "{case} {}", resource["type"]);
            let said = format!("{:?}", running.recent(0).last().unwrap().trace).contains("any certificate is trusted");
            assert_eq!(said, !case.contains("system") && !case.contains("own"), "{case}");
        }
    }
    for (case, ssl, status) in [
        ("default", Value::Null, 502),
        ("own certificate", json!({"hostnameVerifier": true, "trustStore": pem}), 404),
        ("trustAll", json!({"trustAll": true}), 404),
    ] {
        let mut setup = Setup::v4(&[], &[keyless()], &[]).upstream(&by_name);
        setup.definition["api"]["endpointGroups"][0]["sharedConfiguration"] = json!({"ssl": ssl});
        let running = setup.start().await;
        assert_eq!(send(running.gateway_origin(), "GET", "/api", &[], "").await.status(), status, "{case}");
        if status == 502 {
            let key = running.recent(0).last().unwrap().error_key.clone();
            assert_eq!(key.as_deref(), Some("GATEWAY_CLIENT_CONNECTION_TLS_HANDSHAKE_ERROR"));
        }
    }
}
