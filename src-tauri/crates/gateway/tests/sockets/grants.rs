//! Authorization code with PKCE, consent, refresh with rotation, token exchange, JWT bearer.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gateway::{Config, Gateway, Running};
use jose::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};

use crate::{
    echo::call,
    support::{CLIENTS, Reply, TestClock, basic, post, send, token},
};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const USERS: &str = r#"
    [[domains.clients]]
    client_id = "web"
    client_secret = "w3b"
    grant_types = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"]
    scopes = ["openid", "read", "write"]
    redirect_uris = ["https://app.test/cb", "http://127.0.0.1/cb"]
    [[domains.clients]]
    client_id = "spa"
    auth_method = "none"
    grant_types = ["authorization_code"]
    scopes = ["read"]
    redirect_uris = ["https://spa.test/cb"]
    [[domains.clients]]
    client_id = "tv"
    auth_method = "none"
    grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]
    scopes = ["read"]
    [[domains.clients]]
    client_id = "signer"
    client_secret = "s1gner"
    grant_types = ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    scopes = ["read"]
    jwks_file = "keys.json"
    [[domains]]
    path = "second"
"#;

struct Bench {
    running: Running,
    clock: TestClock,
    key: SigningKey,
    _folder: tempfile::TempDir,
}

async fn bench() -> Bench {
    bench_with("").await
}

/// With this at the end of the configuration.
async fn bench_with(more: &str) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    std::fs::write(folder.path().join("keys.json"), json!({"keys": [key.public_jwk().unwrap()]}).to_string()).unwrap();
    let toml = CLIENTS.replace("    [[domains]]\n    path = \"second\"\n", USERS) + more;
    let clock = TestClock::now();
    let config = Config::from_toml(&toml, &folder.path().join("g.toml")).unwrap();
    let running = Gateway::start(config, clock.clock()).await.unwrap();
    Bench { running, clock, key, _folder: folder }
}

fn parameter(location: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(location).unwrap();
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

impl Bench {
    async fn authorize(&self, query: &str) -> Reply {
        send(self.running.am_origin(), "GET", &format!("/demo/oauth/authorize?{query}"), &[], "").await
    }

    async fn consent(&self, page: &Reply, decision: &str, cookie: Option<&str>) -> Reply {
        let form = page.body.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let cookie = cookie.unwrap_or_else(|| page.header("Set-Cookie").unwrap().split(';').next().unwrap());
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", cookie),
            ("Origin", self.running.am_origin()),
        ];
        let body = format!("form={form}&username=alice&decision={decision}");
        send(self.running.am_origin(), "POST", "/demo/oauth/consent", &headers, &body).await
    }

    async fn code(&self, query: &str) -> String {
        let page = self.authorize(query).await;
        assert_eq!(page.status(), 200, "{}", page.raw);
        let back = self.consent(&page, "approve", None).await;
        parameter(back.header("Location").unwrap(), "code").unwrap()
    }

    async fn ask(&self, id: &str, secret: &str, form: &str) -> Reply {
        post(&self.running, "/demo/oauth/token", Some(&basic(id, secret)), form).await
    }
}

fn web(more: &str) -> String {
    format!(
        "response_type=code&client_id=web&redirect_uri=https://app.test/cb&scope=openid+read&state=st&nonce=nn&code_challenge={CHALLENGE}&code_challenge_method=S256{more}"
    )
}

fn redeem(code: &str) -> String {
    format!("grant_type=authorization_code&code={code}&redirect_uri=https://app.test/cb&code_verifier={VERIFIER}")
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_user_consents_and_the_client_gets_tokens() {
    let hashed = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()));
    assert_eq!(hashed, CHALLENGE, "RFC 7636 appendix B");
    let bench = bench().await;
    let page = bench.authorize(&web("")).await;
    assert!(!page.body.contains("<script") && page.body.contains("<strong>web</strong>"));
    assert!(page.header("Content-Security-Policy").unwrap().contains("frame-ancestors 'none'"));
    assert!(page.header("Set-Cookie").unwrap().ends_with("; HttpOnly; SameSite=Strict"));
    for (name, value) in
        [("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY")]
    {
        assert_eq!(page.header(name), Some(value));
    }
    let back = bench.consent(&page, "approve", None).await;
    let location = back.header("Location").unwrap();
    assert!(location.starts_with("https://app.test/cb?code="), "{location}");
    assert_eq!(parameter(location, "state").as_deref(), Some("st"));
    assert_eq!(parameter(location, "iss").unwrap(), format!("{}/demo/oidc", bench.running.am_origin()));

    let code = parameter(location, "code").unwrap();
    let granted = bench.ask("web", "w3b", &redeem(&code)).await.json();
    let names: Vec<_> = granted.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"]);
    assert_eq!(claims(&granted["access_token"])["sub"], "alice");
    let id = claims(&granted["id_token"]);
    assert_eq!(
        (id["sub"].as_str(), id["aud"].as_str(), id["nonce"].as_str()),
        (Some("alice"), Some("web"), Some("nn"))
    );
    let bearer = format!("Bearer {}", granted["access_token"].as_str().unwrap());
    let info = send(bench.running.am_origin(), "GET", "/demo/oidc/userinfo", &[("Authorization", &bearer)], "").await;
    assert_eq!(info.json()["sub"], "alice");
    let introspected = post(
        &bench.running,
        "/demo/oauth/introspect",
        Some(&basic("web", "w3b")),
        &format!("token={}", granted["access_token"].as_str().unwrap()),
    )
    .await;
    assert_eq!(introspected.json()["username"], "alice");

    let again = bench.ask("web", "w3b", &redeem(&code)).await;
    assert_eq!(
        (again.status(), again.json()["error"].as_str().map(str::to_owned)),
        (400, Some("invalid_grant".into()))
    );
    assert_eq!(
        call(&bench.running, "/echo", granted["access_token"].as_str().unwrap()).await.status(),
        401,
        "revoked by the second use"
    );
}

#[tokio::test]
async fn requests_that_nobody_is_asked_about() {
    let bench = bench().await;
    for query in [
        "response_type=code&client_id=nobody&redirect_uri=https://app.test/cb",
        "response_type=code&client_id=web&redirect_uri=https://evil.test/cb",
        "response_type=code&client_id=web&redirect_uri=https://app.test/cb/../x",
        "response_type=code&client_id=web",
        "response_type=code&redirect_uri=https://app.test/cb",
    ] {
        let page = bench.authorize(query).await;
        assert_eq!((page.status(), page.header("Location")), (400, None), "{query}");
    }
    for (query, error) in [
        (web("").replace("response_type=code", "response_type=token"), "unsupported_response_type"),
        (web("").replace("openid+read", "admin"), "invalid_scope"),
        (web("").replace("S256", "plain"), "invalid_request"),
        ("response_type=code&client_id=spa&redirect_uri=https://spa.test/cb".into(), "invalid_request"),
        (web("&scope=read"), "invalid_request"),
    ] {
        let back = bench.authorize(&query).await;
        assert_eq!(back.status(), 302, "{query}: {}", back.raw);
        assert_eq!(parameter(back.header("Location").unwrap(), "error").as_deref(), Some(error), "{query}");
    }
    let page = bench.authorize(&web("")).await;
    assert_eq!(
        bench.consent(&page, "approve", Some("claimcheck-consent=other")).await.status(),
        403,
        "another browser"
    );
    assert_eq!(bench.consent(&page, "approve", None).await.status(), 400, "the form was used up");
    let page = bench.authorize(&web("")).await;
    let denied = bench.consent(&page, "deny", None).await;
    assert_eq!(parameter(denied.header("Location").unwrap(), "error").as_deref(), Some("access_denied"));
    let loopback = bench.authorize(&web("").replace("https://app.test/cb", "http://127.0.0.1:7777/cb")).await;
    assert_eq!(loopback.status(), 200, "any port of a loopback redirect");
}

#[tokio::test]
async fn codes_belong_to_their_request() {
    let bench = bench().await;
    for (form, client) in [
        (redeem("unknown"), ("web", "w3b")),
        (redeem(&bench.code(&web("")).await).replace(VERIFIER, &"x".repeat(43)), ("web", "w3b")),
        (redeem(&bench.code(&web("")).await).replace(&format!("&code_verifier={VERIFIER}"), ""), ("web", "w3b")),
        (redeem(&bench.code(&web("")).await).replace("app.test/cb", "app.test/other"), ("web", "w3b")),
    ] {
        let reply = bench.ask(client.0, client.1, &form).await;
        assert_eq!(
            (reply.status(), reply.json()["error"].as_str()),
            (400, Some("invalid_grant")),
            "{form}: {}",
            reply.raw
        );
    }
    let code = bench.code(&web("")).await;
    bench.clock.advance(61);
    assert_eq!(bench.ask("web", "w3b", &redeem(&code)).await.status(), 400, "expired");
    let spa = format!(
        "response_type=code&client_id=spa&redirect_uri=https://spa.test/cb&scope=read&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let code = bench.code(&spa).await;
    let form = format!("{}&client_id=spa", redeem(&code).replace("app.test", "spa.test"));
    let reply = post(&bench.running, "/demo/oauth/token", None, &form).await;
    assert_eq!((reply.status(), reply.json().get("refresh_token").is_some()), (200, false), "{}", reply.raw);
}

/// RFC 6749 4.1.3: what the authorization request did not name need not be repeated.
#[tokio::test]
async fn a_redirect_uri_that_was_not_named_is_not_asked_for() {
    let bench = bench().await;
    let spa =
        format!("response_type=code&client_id=spa&scope=read&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let named = format!("{spa}&redirect_uri=https://spa.test/cb");
    let without = format!("grant_type=authorization_code&client_id=spa&code_verifier={VERIFIER}&code=");
    let repeated = format!("redirect_uri=https://spa.test/cb&{without}");
    let other = format!("redirect_uri=https://spa.test/other&{without}");
    for (query, form, status) in [
        (&spa, &without, 200),
        (&spa, &repeated, 200),
        (&spa, &other, 400),
        (&named, &repeated, 200),
        (&named, &without, 400),
    ] {
        let form = format!("{form}{}", bench.code(query).await);
        let reply = post(&bench.running, "/demo/oauth/token", None, &form).await;
        assert_eq!(reply.status(), status, "{query}, {form}: {}", reply.raw);
        if status == 400 {
            assert_eq!(reply.json()["error_description"], "Redirect URI mismatch.");
        }
    }
}

/// It is signed with the same key, for the same client, and has the same `typ`; the store of access tokens does not know it.
#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let bench = bench().await;
    let granted = bench.ask("web", "w3b", &redeem(&bench.code(&web("")).await)).await.json();
    let (id, access) = (granted["id_token"].as_str().unwrap(), granted["access_token"].as_str().unwrap());
    let active = async |token: &str| {
        let form = format!("token={token}");
        post(&bench.running, "/demo/oauth/introspect", Some(&basic("web", "w3b")), &form).await.json()["active"] == true
    };
    let userinfo = async |token: &str| {
        let bearer = format!("Bearer {token}");
        send(bench.running.am_origin(), "GET", "/demo/oidc/userinfo", &[("Authorization", &bearer)], "").await.status()
    };
    // More than once: also as one that is remembered as verified. Ten seconds after `iat` the store is asked.
    for (seconds, introspected) in [(0, true), (8, true), (2, false), (600, false)] {
        bench.clock.advance(seconds);
        assert_eq!((userinfo(id).await, userinfo(access).await), (401, 200));
        assert_eq!(call(&bench.running, "/echo", id).await.status(), 401);
        let trace = format!("{:?}", bench.running.recent(0).last().unwrap().trace);
        assert!(trace.contains("it is an ID token, not an access token"), "{trace}");
        assert!(active(access).await);
        assert_eq!(active(id).await, introspected, "{seconds} seconds later");
    }
    let exchange = format!(
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token={id}\
         &subject_token_type=urn:ietf:params:oauth:token-type:access_token"
    );
    assert_eq!(bench.ask("web", "w3b", &exchange).await.json()["error"], "invalid_grant");
}

/// A weak API is no weaker than its weakness says.
#[tokio::test]
async fn a_weak_api_takes_an_id_token_only_if_it_ignores_the_type() {
    for (weakness, status) in [("wide-leeway", 401), ("decode-only", 401), ("ignore-typ", 200)] {
        let bench =
            bench_with(&format!("[[apis]]\necho = true\nweaknesses = [\"{weakness}\", \"scope-substring\"]")).await;
        let granted = bench.ask("web", "w3b", &redeem(&bench.code(&web("")).await)).await.json();
        assert_eq!(
            call(&bench.running, "/echo", granted["access_token"].as_str().unwrap()).await.status(),
            200,
            "{weakness}"
        );
        assert_eq!(
            call(&bench.running, "/echo", granted["id_token"].as_str().unwrap()).await.status(),
            status,
            "{weakness}"
        );
    }
}

/// RFC 6749 4.1.2: a second use revokes what came of the first, however late it is.
#[tokio::test]
async fn a_code_used_again_after_its_time_ends_its_tokens() {
    let bench = bench().await;
    let code = bench.code(&web("")).await;
    let granted = bench.ask("web", "w3b", &redeem(&code)).await.json();
    bench.clock.advance(300);
    assert_eq!(bench.ask("web", "w3b", &redeem(&code)).await.json()["error"], "invalid_grant");
    assert_eq!(call(&bench.running, "/echo", granted["access_token"].as_str().unwrap()).await.status(), 401);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_second_use_ends_the_family() {
    let bench = bench().await;
    let code = bench.code(&web("")).await;
    let first = bench.ask("web", "w3b", &redeem(&code)).await.json();
    let refresh =
        |token: &Value| format!("grant_type=refresh_token&refresh_token={}", token["refresh_token"].as_str().unwrap());
    let more = bench.ask("web", "w3b", &format!("{}&scope=write", refresh(&first))).await;
    assert_eq!(more.json()["error"], "invalid_scope");
    let second = bench.ask("web", "w3b", &refresh(&first)).await.json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let live = second["access_token"].as_str().unwrap();
    assert_eq!(call(&bench.running, "/echo", live).await.status(), 200);
    assert_eq!(bench.ask("web", "w3b", &refresh(&first)).await.json()["error"], "invalid_grant", "replayed");
    assert_eq!(call(&bench.running, "/echo", live).await.status(), 401);
    assert_eq!(bench.ask("web", "w3b", &refresh(&second)).await.json()["error"], "invalid_grant");

    let code = bench.code(&web("")).await;
    let third = bench.ask("web", "w3b", &redeem(&code)).await.json();
    let token = third["refresh_token"].as_str().unwrap();
    let introspect = async || {
        post(&bench.running, "/demo/oauth/introspect", Some(&basic("web", "w3b")), &format!("token={token}"))
            .await
            .json()
    };
    let told = introspect().await;
    assert_eq!(told["active"], true);
    assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 14_400, "{told}");
    post(&bench.running, "/demo/oauth/revoke", Some(&basic("web", "w3b")), &format!("token={token}")).await;
    assert_eq!(introspect().await, json!({"active": false}));
    assert_eq!(call(&bench.running, "/echo", third["access_token"].as_str().unwrap()).await.status(), 401);
}

#[tokio::test]
async fn exchanges_never_widen() {
    let bench = bench().await;
    let subject = token(&bench.running, "basic", "s3cret", "read").await;
    let grant = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
    let kind = "subject_token_type=urn:ietf:params:oauth:token-type:access_token";
    let reply = bench.ask("web", "w3b", &format!("{grant}&subject_token={subject}&{kind}&scope=read")).await;
    let body = reply.json();
    assert_eq!(body["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token", "{}", reply.raw);
    let claims = claims(&body["access_token"]);
    assert_eq!(
        (claims["sub"].as_str(), claims["client_id"].as_str(), claims["act"]["sub"].as_str()),
        (Some("basic"), Some("web"), Some("web"))
    );
    for (form, error) in [
        (format!("{grant}&subject_token={subject}&{kind}&scope=write"), "invalid_scope"),
        (format!("{grant}&subject_token=nonsense&{kind}"), "invalid_grant"),
        (format!("{grant}&subject_token={subject}"), "invalid_request"),
        (format!("{grant}&{kind}"), "invalid_request"),
        (
            format!("{grant}&subject_token={subject}&subject_token_type=urn:ietf:params:oauth:token-type:saml2"),
            "invalid_request",
        ),
    ] {
        assert_eq!(bench.ask("web", "w3b", &form).await.json()["error"], error, "{form}");
    }
}

#[tokio::test]
async fn assertions_become_tokens() {
    let bench = bench().await;
    let now = jiff::Timestamp::now().as_second();
    let good = json!({"iss": "idp", "sub": "bob", "aud": format!("{}/demo/oauth/token", bench.running.am_origin()), "exp": now + 60});
    let ask = async |claims: &Value, key: &SigningKey| {
        let assertion = key.sign(&Map::new(), claims).unwrap();
        bench
            .ask(
                "signer",
                "s1gner",
                &format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={assertion}&scope=read"),
            )
            .await
    };
    let reply = ask(&good, &bench.key).await;
    assert_eq!(claims(&reply.json()["access_token"])["sub"], "bob", "{}", reply.raw);
    let changed = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    for claims in [changed("aud", "x".into()), changed("exp", 1.into()), changed("sub", "".into())] {
        assert_eq!(ask(&claims, &bench.key).await.json()["error"], "invalid_grant", "{claims}");
    }
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    assert_eq!(ask(&good, &stranger).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn devices_wait_for_their_user() {
    let bench = bench().await;
    let begin =
        async || post(&bench.running, "/demo/oauth/device_authorization", None, "client_id=tv&scope=read").await.json();
    let poll = async |code: &Value| {
        let code = code.as_str().unwrap();
        let form = format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code={code}");
        post(&bench.running, "/demo/oauth/token", None, &form).await.json()
    };
    let decide = async |code: &Value, decision: &str| {
        let form = format!("user_code={}&username=carol&decision={decision}", code.as_str().unwrap().to_lowercase());
        post(&bench.running, "/demo/oauth/device", None, &form).await.status()
    };
    let device = begin().await;
    let page = send(
        bench.running.am_origin(),
        "GET",
        &format!("/demo/oauth/device?user_code={}", device["user_code"].as_str().unwrap()),
        &[],
        "",
    )
    .await;
    assert!(page.body.contains(device["user_code"].as_str().unwrap()));
    assert_eq!(poll(&device["device_code"]).await["error"], "authorization_pending");
    assert_eq!(poll(&device["device_code"]).await["error"], "slow_down");
    assert_eq!(decide(&json!("wrong"), "approve").await, 400);
    assert_eq!(decide(&device["user_code"], "approve").await, 200);
    let granted = poll(&device["device_code"]).await;
    assert_eq!(claims(&granted["access_token"])["sub"], "carol", "{granted}");
    assert_eq!(poll(&device["device_code"]).await["error"], "invalid_grant", "once");
    let denied = begin().await;
    assert_eq!(decide(&denied["user_code"], "deny").await, 200);
    assert_eq!(poll(&denied["device_code"]).await["error"], "access_denied");
    let late = begin().await;
    bench.clock.advance(601);
    assert_eq!(poll(&late["device_code"]).await["error"], "expired_token");
    assert_eq!(decide(&late["user_code"], "approve").await, 400);
}

/// OpenID Connect Core section 3.1.2.1: nobody stays signed in, so that the user is asked every time.
#[tokio::test]
async fn what_is_asked_of_the_dialogue_is_kept_or_refused() {
    let bench = bench().await;
    for (more, error) in [
        ("&prompt=none", "login_required"),
        ("&prompt=none+login", "invalid_request"),
        ("&max_age=soon", "invalid_request"),
        ("&max_age=-1", "invalid_request"),
    ] {
        let back = bench.authorize(&web(more)).await;
        assert_eq!(back.status(), 302, "{more}");
        let location = back.header("Location").unwrap();
        assert!(location.starts_with("https://app.test/cb?"), "{more}: {location}");
        assert_eq!(parameter(location, "error").as_deref(), Some(error), "{more}");
        assert_eq!(parameter(location, "state").as_deref(), Some("st"), "{more}");
        assert_eq!(parameter(location, "iss").unwrap(), format!("{}/demo/oidc", bench.running.am_origin()), "{more}");
        assert_eq!(parameter(location, "code"), None, "{more}");
    }
    for more in ["&prompt=login", "&prompt=consent", "&prompt=login+consent&max_age=0", "&max_age=3600", "&prompt="] {
        assert_eq!(bench.authorize(&web(more)).await.status(), 200, "{more}");
    }
}

#[tokio::test]
async fn an_id_token_says_when_the_user_was_there() {
    let bench = bench().await;
    let code = bench.code(&web("&max_age=0")).await;
    bench.clock.advance(30);
    let first = bench.ask("web", "w3b", &redeem(&code)).await.json();
    let told = claims(&first["id_token"]);
    let there = told["auth_time"].as_i64().unwrap();
    assert_eq!(told["iat"].as_i64().unwrap() - there, 30);
    bench.clock.advance(600);
    let refresh = format!("grant_type=refresh_token&refresh_token={}", first["refresh_token"].as_str().unwrap());
    let renewed = bench.ask("web", "w3b", &refresh).await.json();
    assert_eq!(claims(&renewed["id_token"])["auth_time"].as_i64(), Some(there));
}
