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
use oauth::AuthenticationMethod;
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

struct Registered {
    id: String,
    method: AuthenticationMethod,
    secret: &'static str,
}

/// Access Management decodes `%` in Basic credentials, but leaves `+` alone: a space in the secret gets through as it is only.
fn works(registered: &Registered) -> AuthenticationMethod {
    let spaced = registered.secret.contains(' ') && registered.method == AuthenticationMethod::ClientSecretBasic;
    if spaced { AuthenticationMethod::ClientSecretBasicRaw } else { registered.method }
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
             grant_types = [\"client_credentials\", \"authorization_code\", \"refresh_token\"]\n\
             redirect_uris = [\"http://127.0.0.1/callback\"]\nscopes = [\"a\"]\ndefault_scopes = [\"a\"]\n",
            method.name()
        )
        .unwrap();
    }
    let file = folder.path().join("gateway.toml");
    std::fs::write(&file, config).unwrap();
    let desk = desk_in(&folder);
    let running = desk.serve_gateway(&ServeWish { config: Some(file), am: None, gateway: None }).await.unwrap();
    (folder, desk, running, clients)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_takes_every_secret_for_every_grant() {
    let (_folder, desk, running, clients) = world().await;
    for client in &clients {
        for grant_type in [GrantType::ClientCredentials, GrantType::AuthorizationCode] {
            let saved = desk
                .save_connection(ConnectionForm {
                    name: format!("{} {grant_type:?}", client.id),
                    auth_method: works(client),
                    grant: GrantOptions { grant_type, ..GrantOptions::default() },
                    ..form(&running.ready().am, &client.id, client.secret)
                })
                .await
                .unwrap();
            let what = format!("{} with {:?}, {grant_type:?}", client.method.name(), client.secret);
            let got =
                sign_in_with(&desk, saved.id, |what| async move { answer_page(what.address(), "approve").await }).await;
            got.unwrap_or_else(|problem| panic!("{what}: {}", problem.message));
            let renewed =
                desk.get_token(saved.id, true).await.unwrap_or_else(|error| panic!("renewal, {what}: {error}"));
            assert!(!renewed.from_cache, "{what}");
        }
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
                let right = works(client);
                // Where id and secret need no encoding both forms of Basic are the same on the wire.
                let found = report.accepted.unwrap_or_else(|| panic!("{}: {:?}", client.secret, report.attempts));
                let is_basic = |method: AuthenticationMethod| method.name().starts_with("client_secret_basic");
                assert!(
                    found == right || (is_basic(found) && is_basic(client.method)),
                    "{} with {:?}, configured {}: found {}; {:?}",
                    client.method.name(),
                    client.secret,
                    wrong.name(),
                    found.name(),
                    report.attempts
                );
            }
        }
    }
}
