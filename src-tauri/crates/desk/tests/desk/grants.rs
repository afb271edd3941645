//! Every grant over the real local authorization server, with a person played by the test.

use crate::{desk_in, form, get, status};
use claimcheck_desk::{
    Desk, Running, ServeWish,
    wire::{
        AcceptableVerdict, Companion, ConnectionForm, ConnectionView, GrantInputs, GrantOptions, GrantType, Problem,
        ProblemCode, RuleVerdict, SignIn, TokenView,
    },
};
use exchange::{Body, CancellationToken, Redirects, Request, Settings};
use secrecy::ExposeSecret;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;
use url::Url;

const CONFIG: &str = r#"
[listen]
am = "127.0.0.1:0"
gateway = "127.0.0.1:0"
[[domains]]
path = "demo"
[[domains.clients]]
client_id = "web"
client_secret = "w3b"
grant_types = ["authorization_code", "refresh_token"]
redirect_uris = ["http://127.0.0.1/callback"]
scopes = ["openid", "echo:read"]
[[domains.clients]]
client_id = "tv"
auth_method = "none"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]
scopes = ["echo:read"]
[[domains.clients]]
client_id = "exchanger"
client_secret = "3xch"
grant_types = ["urn:ietf:params:oauth:grant-type:token-exchange"]
scopes = ["echo:read"]
default_scopes = ["echo:read"]
[[domains.clients]]
client_id = "bearer"
client_secret = "b3ar"
grant_types = ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
jwks_file = "jwks.json"
scopes = ["echo:read"]
default_scopes = ["echo:read"]
[[domains.clients]]
client_id = "signer"
auth_method = "private_key_jwt"
jwks_file = "jwks.json"
scopes = ["echo:read"]
default_scopes = ["echo:read"]
[[apis]]
echo = true
"#;

pub(crate) struct World {
    pub(crate) desk: Arc<Desk>,
    running: Running,
    folder: TempDir,
}

pub(crate) async fn world() -> World {
    let folder = TempDir::new().unwrap();
    let key =
        oauth::AssertionKey::new(&include_str!("../../../oauth/tests/oauth/fixtures/ec.pem").into(), None).unwrap();
    let jwks = format!(r#"{{"keys":[{}]}}"#, key.public_jwk().unwrap());
    std::fs::write(folder.path().join("jwks.json"), jwks).unwrap();
    std::fs::write(folder.path().join("ec.pem"), include_str!("../../../oauth/tests/oauth/fixtures/ec.pem")).unwrap();
    let config = folder.path().join("gateway.toml");
    std::fs::write(&config, CONFIG).unwrap();
    let desk = desk_in(&folder);
    let running = desk.serve_gateway(&ServeWish { config: Some(config), am: None, gateway: None }).await.unwrap();
    World { desk, running, folder }
}

impl World {
    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn form(&self, client: &str, secret: &str, grant: GrantOptions) -> ConnectionForm {
        ConnectionForm { grant, ..form(&self.running.ready().am, client, secret) }
    }

    async fn save(&self, form: ConnectionForm) -> ConnectionView {
        self.desk.save_connection(form).await.unwrap()
    }

    /// Gets a token while `person` does what they are told.
    async fn with<F: Future<Output = ()> + Send + 'static>(
        &self,
        id: i64,
        person: impl FnOnce(SignIn) -> F + Send + 'static,
    ) -> Result<TokenView, Problem> {
        sign_in_with(&self.desk, id, person).await
    }
}

/// Gets a token while `person` does what they are told, if they are.
pub(crate) async fn sign_in_with<F: Future<Output = ()> + Send + 'static>(
    desk: &Arc<Desk>,
    id: i64,
    person: impl FnOnce(SignIn) -> F + Send + 'static,
) -> Result<TokenView, Problem> {
    let asked = desk.clone();
    let watching = tokio::spawn(async move {
        loop {
            if let Some(what) = asked.sign_in(id).await {
                return person(what).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let outcome = desk.get_token(id, false).await.map_err(Problem::from);
    watching.abort();
    outcome
}

fn grant(grant_type: GrantType) -> GrantOptions {
    GrantOptions { grant_type, ..GrantOptions::default() }
}

/// A browser without a window: opens the page, and posts its form with the cookie.
pub(crate) async fn answer_page(address: &str, decision: &str) {
    let settings = Settings { redirects: Redirects::None, ..Settings::default() };
    let browser = exchange::Client::new(settings, Arc::new(SystemTime::now)).unwrap();
    let cancel = CancellationToken::new();
    let page = browser.send(&Request::new("GET", Url::parse(address).unwrap()), &cancel, None).await.unwrap();
    let text = page.record(exchange::Reveal::Yes).response.unwrap().body.unwrap();
    let cut =
        |text: &str, from: &str| text.split_once(from).and_then(|(_, rest)| rest.split_once('"')).unwrap().0.to_owned();
    let target = page.url().join(&cut(&text, "action=\"")).unwrap();
    let mut fields = vec![("username".to_owned(), "alice".into()), ("decision".to_owned(), decision.into())];
    for name in ["form", "user_code"] {
        if let Some(value) = text
            .contains(&format!("name=\"{name}\" value=\""))
            .then(|| cut(&text, &format!("name=\"{name}\" value=\"")))
        {
            fields.push((name.to_owned(), value.as_str().into()));
        }
    }
    let mut request = Request::new("POST", target.clone()).body(Body::Form(fields));
    if let Some(cookie) = page.header("set-cookie") {
        request = request.header("Cookie", cookie.split(';').next().unwrap());
    }
    request = request.header("Origin", target.origin().ascii_serialization().as_str());
    let answered = browser.send(&request, &cancel, None).await.unwrap();
    if let Some(location) = answered.header("location") {
        browser.send(&Request::new("GET", Url::parse(location).unwrap()), &cancel, None).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_in_the_browser_and_its_renewal() {
    let world = world().await;
    let options = grant(GrantType::AuthorizationCode);
    let saved =
        world.save(ConnectionForm { scopes: "openid echo:read".into(), ..world.form("web", "w3b", options) }).await;

    // A call cannot sign in; it says what can.
    let api = world.running.ready().apis[0].url.clone();
    let problem = Problem::from(world.desk.send(get(1, saved.id, &api, true)).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::SignInNeeded, "{}", problem.message);

    let view = world
        .with(saved.id, |what| async move {
            let SignIn::Browser { url, opened, .. } = what else { panic!("{what:?}") };
            assert!(!opened, "this desk has no browser");
            answer_page(&url, "approve").await;
        })
        .await
        .unwrap();
    assert_eq!((view.scope.as_deref(), view.from_cache), (Some("openid echo:read"), false));
    assert_eq!(view.inspection.payload["sub"], "alice");
    assert_eq!(status(&world.desk.send(get(2, saved.id, &api, true)).await.unwrap()), 200);

    let user = world.desk.ask_userinfo(saved.id).await.unwrap();
    assert_eq!((&user.claims["sub"], user.same_subject), (&"alice".into(), true));
    assert_eq!(user.exchange.response.as_ref().map(|response| response.status), Some(200));
    assert!(user.comparison.iter().any(|claim| claim.name == "sub"), "{:?}", user.comparison);

    let before = world.desk.reveal_token(saved.id).unwrap();
    let renewed = world.desk.get_token(saved.id, true).await.unwrap();
    assert!(!renewed.from_cache, "renewed without a sign-in");
    assert_ne!(before.expose_secret(), world.desk.reveal_token(saved.id).unwrap().expose_secret());
    assert!(world.desk.sign_in(saved.id).await.is_none(), "nothing is waited for any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_with_a_sign_in_is_masked_checked_and_given_back() {
    let world = world().await;
    let options = grant(GrantType::AuthorizationCode);
    let web = ConnectionForm { scopes: "openid echo:read".into(), ..world.form("web", "w3b", options) };
    let saved = world.save(web).await;
    let approve = |what: SignIn| async move { answer_page(what.address(), "approve").await };
    let view = world.with(saved.id, approve).await.unwrap();
    let reveal = |companion| world.desk.reveal_companion(saved.id, companion);
    let refresh_token = reveal(Companion::RefreshToken).unwrap();
    let shown = serde_json::to_string(&view).unwrap();
    assert!(view.refresh_token.is_some() && !shown.contains(refresh_token.expose_secret()), "{shown}");

    let id_token = view.id_token.unwrap();
    assert!(!shown.contains(reveal(Companion::IdToken).unwrap().expose_secret()));
    assert_eq!(id_token.inspection.acceptable.verdict, AcceptableVerdict::Yes, "{:?}", id_token.inspection.acceptable);
    let nonce = id_token.checks.iter().find(|rule| rule.rule == "nonce").unwrap();
    assert_eq!(nonce.verdict, RuleVerdict::Pass, "{nonce:?}");
    assert!(id_token.checks.iter().all(|rule| rule.verdict != RuleVerdict::Fail), "{:?}", id_token.checks);

    let user = world.desk.ask_userinfo(saved.id).await.unwrap();
    assert_eq!((user.same_subject, user.note, &user.claims["sub"]), (true, None, &"alice".into()));

    let revoked = world.desk.revoke_token(saved.id).await.unwrap();
    assert_eq!(revoked.refresh.map(|refresh| refresh.problem), Some(None));
    let problem = Problem::from(reveal(Companion::RefreshToken).unwrap_err());
    assert_eq!(problem.code, ProblemCode::NoToken);
    let by_refresh = ConnectionForm { name: "r".into(), ..world.form("web", "w3b", grant(GrantType::RefreshToken)) };
    let inputs = GrantInputs { refresh_token: Some(refresh_token), ..GrantInputs::default() };
    let id = world.save(by_refresh).await.id;
    let problem = Problem::from(world.desk.get_token_with(id, false, inputs).await.unwrap_err());
    assert_eq!(problem.detail.oauth_error.as_deref(), Some("invalid_grant"), "{}", problem.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_refused_or_called_off() {
    let world = world().await;
    let saved = world.save(world.form("web", "w3b", grant(GrantType::AuthorizationCode))).await;
    let refused =
        world.with(saved.id, |what| async move { answer_page(what.address(), "deny").await }).await.unwrap_err();
    assert_eq!((refused.code, refused.detail.oauth_error.as_deref()), (ProblemCode::Refused, Some("access_denied")));
    let (desk, id) = (world.desk.clone(), saved.id);
    let cancelled = world.with(id, move |_| async move { desk.cancel_sign_in(id) }).await.unwrap_err();
    assert_eq!(cancelled.code, ProblemCode::Cancelled);
    assert!(world.desk.current_token(id).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_on_another_device() {
    let world = world().await;
    let public = serde_json::from_value("none".into()).unwrap();
    let form =
        ConnectionForm { auth_method: public, secret: None, ..world.form("tv", "", grant(GrantType::DeviceCode)) };
    let saved = world.save(ConnectionForm { scopes: "echo:read".into(), ..form }).await;
    let view = world
        .with(saved.id, |what| async move {
            let SignIn::Device { user_code, verification_uri_complete, .. } = &what else { panic!("{what:?}") };
            assert!(verification_uri_complete.as_ref().unwrap().contains(user_code.as_str()));
            answer_page(what.address(), "approve").await;
        })
        .await
        .unwrap();
    assert_eq!(view.inspection.payload["sub"], "alice");
}

#[tokio::test(flavor = "multi_thread")]
async fn assertions_of_ones_own_and_tokens_for_tokens() {
    let world = world().await;
    let options = GrantOptions {
        assertion_key_file: Some(world.file("ec.pem")),
        assertion_subject: Some("bob".into()),
        ..grant(GrantType::JwtBearer)
    };
    let bearer = world.save(world.form("bearer", "b3ar", options)).await;
    let token = world.desk.get_token(bearer.id, false).await.unwrap();
    assert_eq!(token.inspection.payload["sub"], "bob");
    assert!(world.desk.get_token(bearer.id, false).await.unwrap().from_cache, "another assertion, the same token");

    let of_connection = GrantOptions { subject_connection: Some(bearer.id), ..grant(GrantType::TokenExchange) };
    let exchanger = world.save(world.form("exchanger", "3xch", of_connection)).await;
    let exchanged = world.desk.get_token(exchanger.id, false).await.unwrap();
    assert_eq!((&exchanged.inspection.payload["sub"], exchanged.from_cache), (&"bob".into(), false));

    let asked = world
        .save(ConnectionForm {
            name: "asked".into(),
            ..world.form("exchanger", "3xch", grant(GrantType::TokenExchange))
        })
        .await;
    let problem = Problem::from(world.desk.get_token(asked.id, false).await.unwrap_err());
    assert_eq!((problem.code, problem.detail.field.as_deref()), (ProblemCode::InputNeeded, Some("subject_token")));
    let subject_token = Some(world.desk.reveal_token(bearer.id).unwrap());
    let inputs = GrantInputs { subject_token, ..GrantInputs::default() };
    world.desk.get_token_with(asked.id, false, inputs).await.unwrap();
    world.desk.get_token(asked.id, true).await.expect("what was entered is kept until the token is forgotten");
    world.desk.forget_token(asked.id);
    let problem = Problem::from(world.desk.get_token(asked.id, false).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::InputNeeded, "and then no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_key_and_every_audience() {
    let world = world().await;
    let method = serde_json::from_value("private_key_jwt".into()).unwrap();
    let base = ConnectionForm {
        auth_method: method,
        secret: None,
        key_file: Some(world.file("ec.pem")),
        ..world.form("signer", "", GrantOptions::default())
    };
    for (number, audience) in [None, Some("issuer"), Some("token_endpoint")].into_iter().enumerate() {
        let mut form = ConnectionForm { name: number.to_string(), ..base.clone() };
        form.assertion.audience = audience.map(str::to_owned);
        let saved = world.save(form).await;
        world.desk.get_token(saved.id, false).await.unwrap_or_else(|error| panic!("{audience:?}: {error}"));
    }
    let mut wrong = ConnectionForm { name: "wrong".into(), ..base };
    wrong.assertion.audience = Some("https://elsewhere".into());
    let saved = world.save(wrong).await;
    let problem = Problem::from(world.desk.get_token(saved.id, false).await.unwrap_err());
    assert_eq!(problem.detail.oauth_error.as_deref(), Some("invalid_client"));
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_tells_what_the_server_offers() {
    let world = world().await;
    let am = world.running.ready().am;
    let found = world.desk.discover(world.form("web", "", GrantOptions::default())).await.unwrap();
    assert_eq!((found.issuer.as_str(), found.dpop), (format!("{am}/demo/oidc").as_str(), false));
    assert!(found.document.ends_with("/demo/oidc/.well-known/openid-configuration"), "{}", found.document);
    assert!(found.grants.contains(&GrantType::DeviceCode) && !found.grants.contains(&GrantType::Password));
    assert!(found.device_url.is_some() && found.userinfo_url.is_some());
    let near = crate::renewal::token_server(format!("{am}/demo/oauth/token"));
    let found = world
        .desk
        .discover(ConnectionForm { server: near, ..world.form("", "", GrantOptions::default()) })
        .await
        .unwrap();
    assert_eq!(found.issuer, format!("{am}/demo/oidc"), "found from the token URL");
}
