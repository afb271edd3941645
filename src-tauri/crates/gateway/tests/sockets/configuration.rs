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
    for (toml, expected) in [
        ("[[apis]]\ndefinition = \"no.json\"", "cannot read folder/no.json"),
        ("[[domains]]\npath = \"a\"\nsigning_key_file = \"no.pem\"", "cannot read folder/no.pem"),
        ("[[apis]]\necho = true\n[[apis]]\necho = true", "apis[1]: `/echo/` is the path of another API"),
        ("[tls]\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"", "cannot read folder/c.pem"),
    ] {
        let config = Config::from_toml(&format!("{listen}{toml}"), Path::new("folder/g.toml")).unwrap();
        let message = Gateway::start(config, clock.clock()).await.unwrap_err().to_string();
        assert!(message.contains(expected), "{expected}\n{message}");
    }
    let empty = Config::from_toml(&format!("apis = []\n{listen}"), Path::new("g.toml")).unwrap();
    let running = Gateway::start(empty, clock.clock()).await.unwrap();
    assert_eq!(send(running.gateway_origin(), "GET", "/echo", &[], "").await.status(), 404);
}
