//! Every weakness: what a strict API refuses, the weak one accepts, and nothing but what its name says.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    hmac, rsa,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use gateway::{Gateway, Running};
use jose::{Algorithm, SigningKey};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{
    definitions::{Setup, am, keyless, step},
    fake::{Fake, ok},
    support::{CLIENTS, Reply, TestClock, authority, basic, exchange, post, send, token},
};

/// A domain whose private key the test knows.
struct Bench {
    folder: TempDir,
    pem: SecretString,
    retired: SigningKey,
}

fn pem() -> String {
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (own, old) = (pem(), pem());
        std::fs::write(folder.path().join("key.pem"), &own).unwrap();
        std::fs::write(folder.path().join("old.pem"), &old).unwrap();
        let retired = SigningKey::from_pem(&old.into(), Algorithm::Rs256).unwrap();
        Self { folder, pem: own.into(), retired }
    }

    async fn start(&self, weaknesses: &[&str], server: &str) -> Running {
        let head = CLIENTS.replacen(
            "signing = \"ES256\"",
            "signing = \"RS256\"\nsigning_key_file = \"key.pem\"\nretired_signing_key_file = \"old.pem\"",
            1,
        );
        let mut resource = am(server, "V3_X");
        resource["name"] = "as".into();
        let policy =
            step("oauth2", json!({"oauthResource": "as", "checkRequiredScopes": true, "requiredScopes": ["read"]}));
        let setup = Setup::v4(&[resource], &[keyless()], &[policy]);
        std::fs::write(self.folder.path().join("api.json"), setup.definition.to_string()).unwrap();
        let toml = format!(
            "{head}\n[[apis]]\ndefinition = \"api.json\"\necho = true\nbehaviour = \"apim-4.12\"\nweaknesses = {weaknesses:?}"
        );
        let config = gateway::Config::from_toml(&toml, &self.folder.path().join("g.toml")).unwrap();
        Gateway::start(config, TestClock::now().clock()).await.unwrap()
    }

    fn key(&self, algorithm: Algorithm) -> SigningKey {
        SigningKey::from_pem(&self.pem, algorithm).unwrap().with_kid("default")
    }

    fn claims(&self) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({"sub": "basic", "aud": "basic", "iss": "http://127.0.0.1/demo/oidc", "iat": now, "exp": now + 600, "scope": "read", "client_id": "basic"})
    }

    fn with(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        self.key(Algorithm::Rs256).sign(&Map::new(), &claims).unwrap()
    }

    fn good(&self) -> String {
        self.key(Algorithm::Rs256).sign(&Map::new(), &self.claims()).unwrap()
    }

    /// A token with this header, and HMAC over this secret.
    fn hmac(&self, mut header: Value, secret: &[u8]) -> String {
        header["alg"] = "HS256".into();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(&header), part(&self.claims()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// A token with this header and signature.
    fn raw(&self, header: Value, signature: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{signature}", part(&header), part(&self.claims()))
    }

    /// A token that an attacker's key signs, under a header that tells where the key is.
    fn attacker(&self, member: &str, value: Value, key: &SigningKey) -> String {
        let header = json!({"alg": "ES256", "typ": "JWT", member: value});
        key.sign_parts(header.as_object().unwrap(), self.claims().to_string().as_bytes()).unwrap()
    }
}

async fn bearer(running: &Running, token: &str) -> Reply {
    let value = format!("Bearer {token}");
    send(running.gateway_origin(), "GET", "/api", &[("Authorization", &value)], "").await
}

#[tokio::test]
async fn tokens_that_only_a_weak_api_accepts() {
    let bench = Bench::new();
    let attacker = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwk = attacker.public_jwk().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["attacker.test".into()]).unwrap();
    let certified = SigningKey::from_pem(&made.signing_key.serialize_pem().into(), Algorithm::Es256).unwrap();
    let chain = json!([STANDARD.encode(made.cert.der())]);
    let fetched = jwk.clone();
    let key_server = Fake::start(move |_| ok(&json!({"keys": [fetched]}).to_string())).await;
    let url = Value::from(format!("{}/keys", key_server.origin));
    let own_jwk = bench.key(Algorithm::Rs256).public_jwk().unwrap();
    let good = bench.good();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let padded = format!("{input}.{}", STANDARD.encode(URL_SAFE_NO_PAD.decode(signature).unwrap()));
    let now = jiff::Timestamp::now().as_second();
    let psychic = URL_SAFE_NO_PAD.encode([0; 64]);
    let rows: Vec<(&str, String)> = vec![
        ("decode-only", format!("{input}.AAAA")),
        ("alg-none", bench.raw(json!({"alg": "nOnE"}), "")),
        ("blank-secret", bench.hmac(json!({}), b"")),
        ("weak-secret", bench.hmac(json!({}), b"secret")),
        ("hs-with-public-key", bench.hmac(json!({}), own_jwk.to_string().as_bytes())),
        ("alg-from-header", bench.key(Algorithm::Rs512).sign(&Map::new(), &bench.claims()).unwrap()),
        ("trust-jwk", bench.attacker("jwk", jwk.clone(), &attacker)),
        ("trust-jku", bench.attacker("jku", url.clone(), &attacker)),
        ("trust-x5u", bench.attacker("x5u", url, &attacker)),
        ("trust-x5c", bench.attacker("x5c", chain, &certified)),
        ("kid-file-path", bench.hmac(json!({"kid": "../../../../dev/null"}), b"")),
        ("kid-sql", bench.hmac(json!({"kid": "x' UNION SELECT 'key' -- "}), b"key")),
        ("psychic-ecdsa", bench.raw(json!({"alg": "ES256"}), &psychic)),
        ("lenient-base64", padded),
        ("stale-jwks", bench.retired.sign(&Map::new(), &bench.claims()).unwrap()),
        ("ignore-exp", bench.with("exp", (now - 100_000).into())),
        ("wide-leeway", bench.with("exp", (now - 600).into())),
        ("ignore-nbf", bench.with("nbf", (now + 600).into())),
        ("ignore-iss", bench.with("iss", "https://evil.test/oidc".into())),
        ("ignore-aud", bench.with("aud", "somebody".into())),
        ("aud-substring", bench.with("aud", "not-basic-at-all".into())),
        ("ignore-typ", {
            let header = json!({"alg": "RS256", "kid": "default", "typ": "dpop+jwt"});
            bench
                .key(Algorithm::Rs256)
                .sign_parts(header.as_object().unwrap(), bench.claims().to_string().as_bytes())
                .unwrap()
        }),
        ("scope-substring", bench.with("scope", "readonly".into())),
    ];
    let strict = bench.start(&[], "http://127.0.0.1:0").await;
    assert_eq!(bearer(&strict, &good).await.status(), 200);
    for (weakness, token) in &rows {
        assert_eq!(bearer(&strict, token).await.status(), 401, "strict: {weakness}");
        let weak = bench.start(&[weakness], "http://127.0.0.1:0").await;
        let reply = bearer(&weak, token).await;
        assert_eq!(reply.status(), 200, "weak: {weakness}: {}", reply.raw);
        assert_eq!(bearer(&weak, &good).await.status(), 200, "{weakness}");
        if *weakness != "decode-only" {
            assert_eq!(
                bearer(&weak, &bench.raw(json!({"alg": "RS256"}), "AAAA")).await.status(),
                401,
                "only: {weakness}"
            );
        }
    }
    assert_eq!(key_server.count(), 2, "the strict API fetches nothing");
}

#[tokio::test]
async fn requests_that_only_a_weak_api_lets_in() {
    let bench = Bench::new();
    let good = bench.good();
    let bearer = format!("Bearer {good}");
    let [prefixed, cookie, query] =
        [format!("BearerX {good}"), format!("a=b; token={good}"), format!("/api?jwt={good}")];
    let scoped = format!("Bearer {}", bench.with("scope", "other".into()));
    let rows: Vec<(&str, &str, &str, Vec<(&str, &str)>)> = vec![
        ("no-auth", "GET", "/api", vec![]),
        ("any-bearer", "GET", "/api", vec![("Authorization", "Bearer x")]),
        ("prefix-only-scheme", "GET", "/api", vec![("Authorization", &prefixed)]),
        ("query-token", "GET", &query, vec![]),
        ("cookie-token", "GET", "/api", vec![("Cookie", &cookie)]),
        ("first-duplicate-header", "GET", "/api", vec![("Authorization", &bearer), ("Authorization", "Bearer bad")]),
        ("last-duplicate-header", "GET", "/api", vec![("Authorization", "Bearer bad"), ("Authorization", &bearer)]),
        ("scope-ignored-on-write", "PUT", "/api", vec![("Authorization", &scoped)]),
        ("head-open", "HEAD", "/api", vec![]),
        ("options-open", "OPTIONS", "/api", vec![]),
        ("method-override", "GET", "/api", vec![("X-HTTP-Method-Override", "GET")]),
        ("path-slash", "GET", "//api//x", vec![]),
        ("path-dot", "GET", "/x/%2e%2e/api", vec![]),
        ("path-semicolon", "GET", "/api;x=y/z", vec![]),
        ("path-case", "GET", "/API/x", vec![]),
        ("path-suffix", "GET", "/api.json", vec![]),
        ("original-url-trusted", "GET", "/", vec![("X-Original-URL", "/api")]),
        ("identity-header-trusted", "GET", "/api", vec![("X-Forwarded-User", "admin")]),
    ];
    let strict = bench.start(&[], "http://127.0.0.1:0").await;
    for (weakness, method, target, headers) in rows {
        let refused = send(strict.gateway_origin(), method, target, &headers, "").await.status();
        // The faithful rule takes the first Bearer of all Authorization headers.
        if weakness != "first-duplicate-header" {
            assert!([400, 401, 404].contains(&refused), "strict: {weakness} {refused}");
        }
        let weak = bench.start(&[weakness], "http://127.0.0.1:0").await;
        let reply = send(weak.gateway_origin(), method, target, &headers, "").await;
        assert_eq!(reply.status(), 200, "weak: {weakness}: {}", reply.raw);
    }
}

#[tokio::test]
async fn other_defects() {
    let bench = Bench::new();
    let down = bench.start(&["fail-open"], "http://127.0.0.1:1").await;
    assert_eq!(bearer(&down, "x").await.status(), 401, "no scope in no answer");
    let strict = bench.start(&[], "http://127.0.0.1:1").await;
    assert_eq!(bearer(&strict, "x").await.status(), 503);

    for (weaknesses, status) in [(vec![], 401), (vec!["stale-cache"], 200)] {
        let running = bench.start(&weaknesses, "http://127.0.0.1:0").await;
        let live = token(&running, "basic", "s3cret", "read").await;
        assert_eq!(bearer(&running, &live).await.status(), 200);
        post(&running, "/demo/oauth/revoke", Some(&basic("basic", "s3cret")), &format!("token={live}")).await;
        assert_eq!(bearer(&running, &live).await.status(), status, "{weaknesses:?}");
        let foreign =
            post(&running, "/second/oauth/token", Some(&basic("basic", "s3cret")), "grant_type=client_credentials")
                .await;
        let foreign = foreign.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(bearer(&running, &foreign).await.status(), 401, "a token of another domain");
    }
    let any = bench.start(&["any-domain-key", "scope-ignored-on-write"], "http://127.0.0.1:0").await;
    let foreign =
        post(&any, "/second/oauth/token", Some(&basic("basic", "s3cret")), "grant_type=client_credentials").await;
    let foreign = format!("Bearer {}", foreign.json()["access_token"].as_str().unwrap());
    assert_eq!(send(any.gateway_origin(), "PUT", "/api", &[("Authorization", &foreign)], "").await.status(), 200);
}

#[tokio::test]
async fn answers_that_only_a_weak_api_gives() {
    let bench = Bench::new();
    let good = format!("Bearer {}", bench.good());
    let refused = async |weakness: &str, headers: &[(&str, &str)]| {
        let running = bench.start(&[weakness], "http://127.0.0.1:0").await;
        send(running.gateway_origin(), "GET", "/api", headers, "").await
    };
    assert_eq!(refused("missing-challenge", &[]).await.header("WWW-Authenticate"), None);
    assert!(refused("malformed-challenge", &[]).await.header("WWW-Authenticate").unwrap().contains("unfinished"));
    assert!(refused("error-in-anonymous-challenge", &[]).await.header("WWW-Authenticate").unwrap().contains("error="));
    assert_eq!(refused("ok-with-error-body", &[]).await.status(), 200);
    assert!(refused("stack-trace", &[]).await.body.contains("\tat io.gravitee"));
    assert!(refused("reflect-token", &[("Authorization", "Bearer canary")]).await.body.contains("canary"));
    assert_eq!(
        refused("public-cache", &[("Authorization", &good)]).await.header("Cache-Control"),
        Some("public, max-age=3600")
    );
    let reflected = refused("cors-reflect", &[("Origin", "https://evil.test")]).await;
    assert_eq!(reflected.header("Access-Control-Allow-Origin"), Some("https://evil.test"));
    let strict = bench.start(&[], "http://127.0.0.1:0").await;
    let reply = send(strict.gateway_origin(), "GET", "/api", &[("Origin", "https://evil.test")], "").await;
    assert_eq!((reply.status(), reply.header("Access-Control-Allow-Origin")), (401, None));
}

#[tokio::test]
async fn unknown_names_are_refused() {
    let message = Setup::v4(&[], &[keyless()], &[]).with("weaknesses = [\"no-auth\", \"magic\"]").refused().await;
    assert!(message.contains("apis[0].weaknesses: `magic` is none of no-auth, any-bearer"), "{message}");
}

#[tokio::test]
async fn a_weak_api_still_keeps_to_its_host() {
    let running = Bench::new().start(&["no-auth", "original-url-trusted"], "http://127.0.0.1:0").await;
    let request = "GET /api HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n";
    let reply = Reply::parse(exchange(authority(running.gateway_origin()), request).await);
    assert_eq!(reply.status(), 421);
}

/// A strict API below a weak one is as strict as without it.
#[tokio::test]
async fn a_weakness_opens_no_other_api() {
    let bench = Bench::new();
    let api = |name: &str, path: &str| {
        let mut resource = am("http://127.0.0.1:0", "V3_X");
        resource["name"] = "as".into();
        let mut setup = Setup::v4(&[resource], &[keyless()], &[step("oauth2", json!({"oauthResource": "as"}))]);
        setup.definition["api"]["listeners"][0]["paths"][0]["path"] = path.into();
        std::fs::write(bench.folder.path().join(name), setup.definition.to_string()).unwrap();
    };
    api("weak.json", "/weak");
    api("strict.json", "/weak/strict");
    let toml = format!(
        "{CLIENTS}\n[[apis]]\ndefinition = \"weak.json\"\necho = true\n\
         weaknesses = [\"path-slash\", \"path-case\", \"original-url-trusted\"]\n\
         [[apis]]\ndefinition = \"strict.json\"\necho = true\n"
    );
    let config = gateway::Config::from_toml(&toml, &bench.folder.path().join("g.toml")).unwrap();
    let running = Gateway::start(config, TestClock::now().clock()).await.unwrap();
    let origin = running.gateway_origin();
    for (path, header, weak) in [
        ("//weak/x", ("X", "1"), true),
        ("/WEAK/x", ("X", "1"), true),
        ("/zzz", ("X-Original-URL", "/weak/x"), true),
        ("//weak/strict", ("X", "1"), false),
        ("/WEAK/strict", ("X", "1"), false),
        ("/zzz", ("X-Original-URL", "/weak/strict"), false),
    ] {
        let reply = crate::support::send(origin, "GET", path, &[header], "").await;
        assert_eq!(reply.status() == 200, weak, "{path} {header:?}: {}", reply.raw);
    }
}
