//! The configuration file: defaults, and errors that name file and place.

use std::path::Path;

use gateway::{AuthMethod, Config, ConfigError, DomainBehaviour, Gateway};

use crate::support::{TestClock, send};

fn error(toml: &str) -> String {
    Config::from_toml(toml, Path::new("folder/g.toml")).unwrap_err().to_string()
}

#[test]
fn what_is_absent_is_built_in() {
    let config = Config::from_toml("", Path::new("g.toml")).unwrap();
    assert_eq!((config.listen.am.port(), config.listen.gateway.port()), (8092, 8082));
    assert_eq!((config.domains.len(), config.domains[0].path.as_str()), (1, "demo"));
    assert_eq!(config.domains[0].behaviour, DomainBehaviour::Tutorial);
    assert_eq!(config.domains[0].clients[0].default_scopes, ["echo:read"]);
    assert!(config.apis[0].echo);
    let own = Config::from_toml(
        "[[domains]]\npath = \"x\"\n[[domains.clients]]\nclient_id = \"c\"\nauth_method = \"none\"",
        Path::new("g.toml"),
    )
    .unwrap();
    assert_eq!(own.domains[0].behaviour, DomainBehaviour::Am4);
    assert_eq!(own.domains[0].clients[0].auth_method, AuthMethod::None);
    assert_eq!(own.apis.len(), 1);
    let none = Config::from_toml("apis = []", Path::new("g.toml")).unwrap();
    assert!(none.apis.is_empty());
    let secret = |config: &Config| format!("{:?}", config.domains[0].clients[0]);
    assert!(secret(&config).contains("REDACTED"), "{}", secret(&config));
}

#[test]
fn errors_name_file_and_place() {
    let client = "[[domains]]\npath = \"d\"\n[[domains.clients]]\nclient_id = \"c\"\n";
    for (toml, expected) in [
        ("[listen", "folder/g.toml:1:8: "),
        ("\n\n[listen]\nport = 1", "folder/g.toml:4:1: unknown field `port`"),
        ("[listen]\nam = \"nonsense\"", "folder/g.toml:2:6: "),
        ("[listen]\nam = \"0.0.0.0:1\"", "folder/g.toml: listen.am: 0.0.0.0 is not a loopback address"),
        ("[[domains]]\npath = \"a/b\"", "folder/g.toml: domains[0].path: one path segment"),
        ("[[domains]]\npath = \"a\"\n[[domains]]\npath = \"a\"", "folder/g.toml: domains[1].path: `a` is there twice"),
        ("[[domains]]\npath = \"a\"\nsigning = \"RS1\"", "folder/g.toml:3:11: unknown variant `RS1`"),
        (
            "[[domains]]\npath = \"a\"\naccess_token_seconds = 0",
            "folder/g.toml: domains[0].access_token_seconds: at least 1",
        ),
        (client, "folder/g.toml: domains[0].clients[0]: this auth_method needs a client_secret"),
        (
            &format!("{client}auth_method = \"none\"\nclient_secret = \"s\""),
            "domains[0].clients[0].client_secret: this auth_method has no client_secret",
        ),
        (
            &format!("{client}auth_method = \"private_key_jwt\""),
            "domains[0].clients[0]: private_key_jwt needs a jwks_file",
        ),
        (
            &format!("{client}auth_method = \"self_signed_tls_client_auth\""),
            "domains[0].clients[0]: self_signed_tls_client_auth needs a certificate_file, or a jwks_file",
        ),
        (&format!("{client}client_secret = \"s\"\nscopes = [\"a b\"]"), "domains[0].clients[0]: `a b` is not a scope"),
        (
            &format!("{client}client_secret = \"s\"\ndefault_scopes = [\"x\"]"),
            "domains[0].clients[0].default_scopes: `x` is not among scopes",
        ),
        (
            &format!("{client}client_secret = \"s\"\n[[domains.clients]]\nclient_id = \"c\"\nclient_secret = \"t\""),
            "domains[0].clients[1].client_id: `c` is there twice",
        ),
        ("[[apis]]\nbehaviour = \"tutorial\"", "folder/g.toml: apis[0]: say `definition"),
        (
            "clock_offset_seconds = 9223372036854775807",
            "folder/g.toml: clock_offset_seconds: 9223372036854775807 is further than a century",
        ),
        ("clock_offset_seconds = -9223372036854775808", "folder/g.toml: clock_offset_seconds: -9223372036854775808 is"),
        ("[limits]\nin_flight = 0", "folder/g.toml: limits.in_flight: 0 would answer every request 503"),
    ] {
        let message = error(toml);
        assert!(message.contains(expected), "{expected}\n{message}");
    }
    let missing = Config::load(Path::new("/nowhere/g.toml")).unwrap_err();
    assert!(matches!(missing, ConfigError::Read { .. }) && missing.to_string().contains("/nowhere/g.toml"));
}

#[tokio::test]
async fn files_that_are_named_must_be_there() {
    let clock = TestClock::now();
    let listen = "[listen]\nam = \"127.0.0.1:0\"\ngateway = \"127.0.0.1:0\"\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("g.toml");
    std::fs::write(folder.path().join("c.pem"), rcgen::generate_simple_self_signed(vec![]).unwrap().cert.pem())
        .unwrap();
    std::fs::write(folder.path().join("empty.pem"), "").unwrap();
    let client = |auth_method: &str, member: &str| {
        format!(
            "[[domains]]\npath = \"a\"\n[[domains.clients]]\nclient_id = \"c\"\nauth_method = \"{auth_method}\"\n{member} = \"no.x\""
        )
    };
    let tls =
        |certificate: &str, key: &str| format!("[tls]\ncertificate_file = \"{certificate}\"\nkey_file = \"{key}\"");
    for (toml, place) in [
        ("[[apis]]\necho = true\n[[apis]]\ndefinition = \"no.x\"".into(), "apis[1].definition"),
        ("[[domains]]\npath = \"a\"\nsigning_key_file = \"no.x\"".into(), "domains[0].signing_key_file"),
        (
            "[[domains]]\npath = \"a\"\nretired_signing_key_file = \"no.x\"".into(),
            "domains[0].retired_signing_key_file",
        ),
        (client("private_key_jwt", "jwks_file"), "domains[0].clients[0].jwks_file"),
        (client("tls_client_auth", "certificate_file"), "domains[0].clients[0].certificate_file"),
        (client("self_signed_tls_client_auth", "jwks_file"), "domains[0].clients[0].jwks_file"),
        (tls("no.x", "k.pem"), "tls.certificate_file"),
        (tls("c.pem", "no.x"), "tls.key_file"),
    ] {
        let config = Config::from_toml(&format!("{listen}{toml}"), &file).unwrap();
        let message = Gateway::start(config, clock.clock()).await.unwrap_err().to_string();
        let named = folder.path().join("no.x");
        let expected = format!("{}: {place}: cannot read {}: ", file.display(), named.display());
        assert!(message.starts_with(&expected) && message.contains("Correct the path there"), "{expected}\n{message}");
    }
    for (toml, expected) in [
        ("[[apis]]\necho = true\n[[apis]]\necho = true".into(), "apis[1]: `/echo/` is the path of another API"),
        (tls("empty.pem", "k.pem"), "tls.certificate_file: holds no certificate in PEM"),
        (tls("c.pem", "empty.pem"), "tls.key_file: holds no private key in PEM"),
        ("[tls]\nauthority_file = \"no/ca.pem\"".into(), "tls.authority_file: "),
        ("[tls]\nauthority_file = \"no/ca.pem\"".into(), "no/ca.pem cannot be written: "),
        ("[tls]\nauthority_file = \"no/ca.pem\"".into(), "Name a file in a folder that is there"),
    ] {
        let config = Config::from_toml(&format!("{listen}{toml}"), &file).unwrap();
        let message = Gateway::start(config, clock.clock()).await.unwrap_err().to_string();
        assert!(message.contains(expected), "{expected}\n{message}");
    }
    let empty = Config::from_toml(&format!("apis = []\n{listen}"), Path::new("g.toml")).unwrap();
    let running = Gateway::start(empty, clock.clock()).await.unwrap();
    assert_eq!(send(running.gateway_origin(), "GET", "/echo", &[], "").await.status(), 404);
}
