//! Client authentication by assertion, and opaque tokens.

use gateway::Running;
use jose::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};

use crate::{
    echo::call,
    support::{CLIENTS, TestClock, basic, post, send, start_at, token},
};

const TYPE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
const SECRET: &str = "a-client-secret-of-more-than-32-bytes";

fn claims(running: &Running, id: &str, jti: &str) -> Value {
    let now = jiff::Timestamp::now().as_second();
    json!({"iss": id, "sub": id, "aud": format!("{}/demo/oauth/token", running.am_origin()), "exp": now + 60, "jti": jti})
}

async fn ask(running: &Running, assertion: &str) -> (u16, String) {
    let form = format!("grant_type=client_credentials&client_assertion_type={TYPE}&client_assertion={assertion}");
    let reply = post(running, "/demo/oauth/token", None, &form).await;
    let description = reply.json()["error_description"].as_str().unwrap_or_default().to_owned();
    (reply.status(), description)
}

#[tokio::test]
async fn assertions_authenticate_once_and_only_their_client() {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwks = json!({"keys": [key.public_jwk().unwrap()]}).to_string();
    std::fs::write(folder.path().join("keys.json"), jwks).unwrap();
    let toml = CLIENTS.replacen(
        "[[domains.clients]]",
        &format!(
            "[[domains.clients]]\nclient_id = \"hmac\"\nclient_secret = \"{SECRET}\"\nauth_method = \"client_secret_jwt\"\n\
             [[domains.clients]]\nclient_id = \"pair\"\nauth_method = \"private_key_jwt\"\njwks_file = \"keys.json\"\n[[domains.clients]]"
        ),
        1,
    );
    let config = gateway::Config::from_toml(&toml, &folder.path().join("g.toml")).unwrap();
    let running = gateway::Gateway::start(config, TestClock::now().clock()).await.unwrap();
    let hmac = SigningKey::hmac(Algorithm::Hs256, SECRET.as_bytes()).unwrap();
    let none = Map::new();
    for (key, id) in [(&key, "pair"), (&hmac, "hmac")] {
        let good = key.sign(&none, &claims(&running, id, "one")).unwrap();
        assert_eq!(ask(&running, &good).await, (200, String::new()), "{id}");
        assert_eq!(ask(&running, &good).await, (401, "assertion is not valid".into()), "replayed");
        let changed = |name: &str, value: Value| {
            let mut claims = claims(&running, id, &format!("{name}{value}"));
            claims[name] = value;
            key.sign(&none, &claims).unwrap()
        };
        for (assertion, description) in [
            (changed("aud", "https://elsewhere".into()), "assertion is not valid"),
            (changed("iss", "other".into()), "assertion is not valid"),
            (changed("exp", 1.into()), "assertion has expired"),
            (changed("exp", Value::Null), "assertion is not valid"),
            (changed("nbf", 99_999_999_999_u64.into()), "assertion is not valid"),
        ] {
            assert_eq!(ask(&running, &assertion).await, (401, description.to_owned()), "{id}");
        }
    }
    let crossed = hmac.sign(&none, &claims(&running, "pair", "x")).unwrap();
    assert_eq!(ask(&running, &crossed).await.0, 401, "an HMAC for a client with keys");
    let foreign = key.sign(&none, &claims(&running, "basic", "y")).unwrap();
    assert_eq!(
        ask(&running, &foreign).await,
        (401, "Invalid client: missing or unsupported authentication method".into())
    );
    assert_eq!(ask(&running, "nonsense").await.0, 401);
    let form =
        format!("grant_type=client_credentials&client_id=pair&client_assertion_type=other&client_assertion={crossed}");
    let reply = post(&running, "/demo/oauth/token", None, &form).await;
    assert_eq!(reply.json()["error_description"], "Unknown or unsupported assertion_type");
}

#[tokio::test]
async fn opaque_tokens_live_in_the_store() {
    let clock = TestClock::now();
    let running = start_at(&CLIENTS.replace("signing = \"ES256\"", "token_format = \"opaque\""), &clock).await;
    let live = token(&running, "basic", "s3cret", "read").await;
    assert!(!live.contains('.') && live.len() >= 43);
    assert_eq!(call(&running, "/echo", &live).await.status(), 200);
    let own = basic("basic", "s3cret");
    let introspect = async |token: &str| {
        post(&running, "/demo/oauth/introspect", Some(&own), &format!("token={token}")).await.json()
    };
    assert_eq!(introspect(&live).await["scope"], "read");
    assert_eq!(introspect("unknown").await, json!({"active": false}));
    let second = post(&running, "/second/oauth/introspect", Some(&own), &format!("token={live}")).await;
    assert_eq!(second.json(), json!({"active": false}));
    post(&running, "/demo/oauth/revoke", Some(&own), &format!("token={live}")).await;
    assert_eq!(call(&running, "/echo", &live).await.status(), 401);
    let next = token(&running, "basic", "s3cret", "read").await;
    clock.advance(7200);
    assert_eq!(call(&running, "/echo", &next).await.status(), 401);
    assert_eq!(send(running.am_origin(), "GET", "/demo/oidc/.well-known/jwks.json", &[], "").await.status(), 200);
}
