//! The local authorization server × methods × odd secrets × grants, and the doctor in each wrong set-up. The same against servers that
//! others wrote is in `oauth` (`cargo xtask interop`).

use crate::{
    desk_in, form,
    grants::{answer_page, sign_in_with},
};
use claimcheck_desk::{
    Desk, ServeWish, Target,
    wire::{ConnectionForm, GrantOptions, GrantType},
};
use oauth::{AssertionKey, AuthenticationMethod};
use std::{fmt::Write, sync::Arc};
use tempfile::TempDir;

/// `: % + / = & space`, quotes, and beyond ASCII; long enough for an HMAC key.
const SECRETS: [&str; 6] = [
    "colon:and:more-that-is-long-enough-for-hs256",
    "100%25+done-and-more-that-is-long-enough",
    "a/b=c&d-and-more-that-is-long-enough-for-it",
    "with space and + plus, long enough for hs256",
    "quotes \" ' \\ and ~!@#$^*()[]{}|;,.<>?` too",
    "schlüssel-пароль-密码-🔑 & more of it",
];
const WITH_SECRET: [AuthenticationMethod; 3] = [
    AuthenticationMethod::ClientSecretBasic,
    AuthenticationMethod::ClientSecretPost,
    AuthenticationMethod::ClientSecretJwt,
];

const KEY: &str = include_str!("../../../oauth/tests/oauth/fixtures/ec.pem");

#[derive(Clone)]
struct Registered {
    id: String,
    method: AuthenticationMethod,
    secret: &'static str,
}

async fn world() -> (TempDir, Arc<Desk>, claimcheck_desk::Running, Vec<Registered>) {
    let folder = TempDir::new().unwrap();
    let pairs = WITH_SECRET.into_iter().flat_map(|method| SECRETS.map(|secret| (method, secret)));
    let clients: Vec<_> = pairs
        .enumerate()
        .map(|(number, (method, secret))| Registered { id: format!("client-{number}"), method, secret })
        .collect();
    let mut config =
        "[listen]\nam = \"127.0.0.1:0\"\ngateway = \"127.0.0.1:0\"\n[[domains]]\npath = \"demo\"\n".to_owned();
    for Registered { id, method, secret } in &clients {
        let secret = serde_json::to_string(secret).unwrap();
        write!(
            config,
            "[[domains.clients]]\nclient_id = \"{id}\"\nclient_secret = {secret}\nauth_method = \"{}\"\n\
             grant_types = [\"client_credentials\", \"authorization_code\", \"refresh_token\", {}]\n\
             jwks_file = \"jwks.json\"\nredirect_uris = [\"http://127.0.0.1/callback\"]\nscopes = [\"a\"]\ndefault_scopes = [\"a\"]\n",
            method.name(),
            ["jwt-bearer", "token-exchange", "device_code"]
                .map(|grant| format!("\"urn:ietf:params:oauth:grant-type:{grant}\""))
                .join(", ")
        )
        .unwrap();
    }
    let key = AssertionKey::new(&KEY.into(), None).unwrap().public_jwk().unwrap();
    std::fs::write(folder.path().join("jwks.json"), format!(r#"{{"keys":[{key}]}}"#)).unwrap();
    std::fs::write(folder.path().join("ec.pem"), KEY).unwrap();
    let file = folder.path().join("gateway.toml");
    std::fs::write(&file, config).unwrap();
    let desk = desk_in(&folder);
    let running = desk.serve_gateway(&ServeWish { config: Some(file), am: None, gateway: None }).await.unwrap();
    (folder, desk, running, clients)
}

/// Saves a connection of this client by this grant and gets a token, with a person who says yes. Gives its number.
async fn granted(desk: &Arc<Desk>, am: &str, client: &Registered, grant: GrantOptions) -> i64 {
    let what = format!("{} with {:?}, {:?}", client.method.name(), client.secret, grant.grant_type);
    let wanted = ConnectionForm {
        name: format!("{} {:?}", client.id, grant.grant_type),
        auth_method: client.method,
        grant,
        ..form(am, &client.id, client.secret)
    };
    let saved = desk.save_connection(wanted).await.unwrap();
    let got = sign_in_with(desk, saved.id, |what| async move { answer_page(what.address(), "approve").await }).await;
    got.unwrap_or_else(|problem| panic!("{what}: {}", problem.message));
    saved.id
}

fn by(grant_type: GrantType) -> GrantOptions {
    GrantOptions { grant_type, ..GrantOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_takes_every_secret_for_every_grant() {
    let (folder, desk, running, clients) = world().await;
    let am = running.ready().am;
    for client in &clients {
        let key = Some(folder.path().join("ec.pem").display().to_string());
        let signed =
            GrantOptions { assertion_key_file: key, assertion_subject: Some("bob".into()), ..by(GrantType::JwtBearer) };
        let bearer = granted(&desk, &am, client, signed).await;
        let exchanged = GrantOptions { subject_connection: Some(bearer), ..by(GrantType::TokenExchange) };
        for grant in [by(GrantType::ClientCredentials), by(GrantType::AuthorizationCode), exchanged] {
            let id = granted(&desk, &am, client, grant).await;
            let renewed = desk.get_token(id, true).await.unwrap_or_else(|error| panic!("renewal, {id}: {error}"));
            assert!(!renewed.from_cache, "{id}");
        }
        let renewed = desk.get_token(bearer, true).await.unwrap();
        assert_eq!((&renewed.inspection.payload["sub"], renewed.from_cache), (&"bob".into(), false));
    }
}

/// A device is waited for at least five seconds: all of them at a time.
#[tokio::test(flavor = "multi_thread")]
async fn every_method_takes_every_secret_for_a_device() {
    let (_folder, desk, running, clients) = world().await;
    let am = running.ready().am;
    let waiting = clients.into_iter().map(|client| {
        let (desk, am) = (desk.clone(), am.clone());
        tokio::spawn(async move {
            let id = granted(&desk, &am, &client, by(GrantType::DeviceCode)).await;
            let view = desk.current_token(id).expect("the token is held");
            assert_eq!(view.inspection.payload["sub"], "alice", "{}", client.id);
        })
    });
    for task in waiting.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_the_method_in_each_wrong_set_up() {
    let (_folder, desk, running, clients) = world().await;
    let all = WITH_SECRET.into_iter().chain([AuthenticationMethod::ClientSecretBasicRaw]);
    let configured: Vec<_> = all.collect();
    for client in &clients {
        for wrong in &configured {
            for secret in [client.secret.to_owned(), format!("{}\n", client.secret)] {
                let spelled = ConnectionForm { auth_method: *wrong, ..form(&running.ready().am, &client.id, &secret) };
                let report = desk.diagnose(&Target::Spelled(Box::new(spelled))).await.unwrap();
                assert_eq!(report.attempts[0].method, *wrong, "as configured first: {:?}", report.attempts);
                // Where id and secret need no encoding both forms of Basic are the same on the wire.
                let found = report.accepted.unwrap_or_else(|| panic!("{}: {:?}", client.secret, report.attempts));
                let is_basic = |method: AuthenticationMethod| method.name().starts_with("client_secret_basic");
                assert!(
                    found == client.method || (is_basic(found) && is_basic(client.method)),
                    "{} with {:?}, configured {}: found {}; {:?}",
                    client.method.name(),
                    client.secret,
                    wrong.name(),
                    found.name(),
                    report.attempts
                );
                assert_eq!(report.accepted_trimmed, secret.ends_with('\n'), "{:?}", report.attempts);
            }
        }
    }
}
