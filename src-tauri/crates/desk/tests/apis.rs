//! Imported APIs at the window's gateway: served, refused, subscribed to, removed, while requests go on with the same token.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use claimcheck_desk::{
    Desk, ExportForm, ImportWish, ProxyEnvironment, Setup, VaultChoice,
    wire::{DefinitionReport, ServedApi},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{sync::Arc, time::SystemTime};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

fn desk_in(folder: &TempDir) -> Desk {
    Desk::new(Setup {
        folder: folder.path().join("data"),
        clock: Arc::new(SystemTime::now),
        vault: VaultChoice::Memory,
        downloads: Some(folder.path().to_owned()),
        proxies: ProxyEnvironment::default(),
    })
}

/// An API with one plan; its resource is the authorization server at `am`, its endpoint `target`.
fn definition(name: &str, path: &str, security: &Value, am: &str, target: &str) -> Value {
    json!({
        "export": {"apimVersion": "4.12.0"},
        "api": {
            "definitionVersion": "V4", "type": "PROXY", "name": name, "apiVersion": "1",
            "listeners": [{"type": "HTTP", "paths": [{"path": path}], "entrypoints": [{"type": "http-proxy"}]}],
            "endpointGroups": [{"name": "g", "type": "http-proxy", "endpoints": [
                {"name": "e", "type": "http-proxy", "configuration": {"target": target}}]}],
            "resources": [{"name": "am", "type": "oauth2-am-resource", "enabled": true, "configuration": {
                "serverURL": am, "version": "V3_X", "securityDomain": "demo", "clientId": "orders-gateway", "clientSecret": "its-own-secret"}}],
            "flows": []
        },
        "plans": [{"definitionVersion": "V4", "name": "gold", "mode": "STANDARD", "status": "PUBLISHED", "security": security}]
    })
}

fn oauth2() -> Value {
    json!({"type": "OAUTH2", "configuration": {"oauthResource": "am"}})
}

async fn status(url: &str, token: Option<&str>) -> u16 {
    let url = Url::parse(url).unwrap();
    let host = format!("127.0.0.1:{}", url.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!("GET {} HTTP/1.1\r\nHost: {host}\r\n{bearer}Connection: close\r\n\r\n", url.path());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

async fn named(desk: &Desk, name: &str) -> ServedApi {
    desk.apis().await.unwrap().into_iter().find(|api| api.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_apis_are_served_beside_the_echo_while_it_goes_on() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let connection = desk.try_it(true).await.unwrap();
    let gateway = desk.gateway().await;
    desk.get_token(connection.id, false).await.unwrap();
    let token = desk.reveal_token(connection.id).unwrap().expose_secret().to_owned();
    let echo = named(&desk, "echo").await.url.unwrap();
    assert_eq!(status(&echo, Some(&token)).await, 200);

    // The resource names the local authorization server by its address; its client is registered there.
    let am = gateway.am.replace("127.0.0.1", "localhost");
    let orders = definition("orders", "/orders", &oauth2(), &am, &echo).to_string();
    let preview = desk.preview_definition(&orders).await.unwrap();
    assert_eq!((preview.replaces, preview.name_taken, preview.not_served.as_deref()), (false, false, None));
    assert_eq!(preview.report.secrets, 1);
    let imported = desk.import_definition(&orders, ImportWish::default()).await.unwrap();
    let api = named(&desk, "orders").await;
    let url = api.url.clone().unwrap();
    assert_eq!(url, format!("{}/orders", gateway.gateway));
    assert_eq!(api.subscribed[0].clients, Vec::<String>::new());
    assert_eq!(status(&echo, Some(&token)).await, 200, "the token from before is still good");
    assert_eq!(status(&url, Some(&token)).await, 401, "nobody is subscribed");
    let client = api.client.clone().unwrap();
    desk.subscribe(imported.id.unwrap(), "gold", &client, true).await.unwrap();
    assert_eq!(named(&desk, "orders").await.subscribed[0].clients, std::slice::from_ref(&client));
    assert_eq!(status(&url, Some(&token)).await, 200);
    assert_eq!(status(&url, None).await, 401);

    // Imported again it keeps its subscription; removed it is gone, and comes back with it.
    let again = desk.import_definition(&orders, ImportWish::default()).await.unwrap();
    assert!(again.replaced && again.id == imported.id);
    assert_eq!(status(&url, Some(&token)).await, 200);
    desk.remove_definition(again.id.unwrap()).await.unwrap();
    assert_eq!(status(&url, Some(&token)).await, 404);
    assert!(desk.undo_remove_definition(again.id.unwrap()).await.unwrap());
    assert_eq!(status(&url, Some(&token)).await, 200);
    desk.subscribe(again.id.unwrap(), "gold", &client, false).await.unwrap();
    assert_eq!(status(&url, Some(&token)).await, 401);

    // It is there after a restart of the gateway, too.
    desk.stop_gateway().await;
    assert_eq!(named(&desk, "orders").await.url, None);
    desk.start_gateway(false).await.unwrap();
    assert!(named(&desk, "orders").await.url.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_served_says_why_and_hinders_nothing() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    desk.start_gateway(true).await.unwrap();
    let target = "http://127.0.0.1:9/";
    let import =
        async |document: &Value| desk.import_definition(&document.to_string(), ImportWish::default()).await.unwrap();
    let mtls = definition("mtls", "/mtls", &json!({"type": "MTLS"}), "http://127.0.0.1:0", target);
    let refused = desk.preview_definition(&mtls.to_string()).await.unwrap().not_served.unwrap();
    assert!(refused.contains("plans[0].security.type") && refused.contains("MTLS"), "{refused}");
    import(&mtls).await;
    assert_eq!(named(&desk, "mtls").await.not_served, Some(refused));
    import(&definition("first", "/same", &oauth2(), "http://127.0.0.1:0", target)).await;
    import(&definition("second", "/same/", &oauth2(), "http://127.0.0.1:0", target)).await;
    assert_eq!(named(&desk, "second").await.not_served.as_deref(), Some("/same is the path of first"));
    let mut shared = definition("shared", "/shared", &oauth2(), "http://127.0.0.1:0", target);
    shared["api"]["resources"][0]["configuration"]["clientSecret"] =
        "<secret:api.resources[0].configuration.clientSecret>".into();
    import(&shared).await;
    let missing = named(&desk, "shared").await.not_served.unwrap();
    assert!(missing.contains("api.resources[0].configuration.clientSecret"), "{missing}");
    assert!(named(&desk, "echo").await.url.is_some() && named(&desk, "first").await.url.is_some());
    // What takes the built-in echo's path takes its place.
    import(&definition("mine", "/echo", &oauth2(), "http://127.0.0.1:0", target)).await;
    let echo = named(&desk, "echo").await;
    assert_eq!((echo.url, echo.not_served.unwrap().contains("mine")), (None, true));
    // A text with errors is not stored.
    let mut wrong = mtls.clone();
    wrong["api"]["listeners"] = json!([]);
    let report: DefinitionReport = import(&wrong).await.report;
    assert!(report.is_unusable());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_echo_is_exported_as_an_api_management_imports_it() {
    let folder = TempDir::new().unwrap();
    let desk = desk_in(&folder);
    let view = desk.start_gateway(true).await.unwrap();
    let exported = desk.export_api(None, ExportForm::V4).await.unwrap();
    let document: Value = serde_json::from_str(&exported.text).unwrap();
    let configuration = &document["api"]["resources"][0]["configuration"];
    assert_eq!(configuration["serverURL"], view.am.as_str());
    assert_eq!(configuration["clientSecret"], "<secret:api.resources[0].configuration.clientSecret>");
    assert_eq!(
        (&document["export"]["apimVersion"], &document["plans"][0]["validation"]),
        (&json!("4.12.0"), &json!("AUTO"))
    );
    let kubernetes = desk.export_api(None, ExportForm::Kubernetes).await.unwrap();
    assert!(kubernetes.text.starts_with("apiVersion: gravitee.io/v1alpha1"), "{}", kubernetes.text);
    assert!(desk.export_api(None, ExportForm::Curl).await.unwrap().text.contains("_import/definition"));
    let files = [
        desk.save_export(None, ExportForm::Own).await.unwrap(),
        desk.save_export(None, ExportForm::Own).await.unwrap(),
    ];
    assert!(files[0].ends_with("echo.json") && files[1].ends_with("echo-2.json"), "{files:?}");
    assert_eq!(std::fs::read_to_string(&files[0]).unwrap(), exported.text);
    // With its secret it is an API of this machine like any other.
    let source = claimcheck_desk::DefinitionSource::Named("echo".into());
    let revealed = desk.export_definition(&source, None, true).await.unwrap().text;
    assert!(!revealed.contains("<secret:"), "{revealed}");
    assert!(!claimcheck_desk::check_definition(&revealed).unwrap().is_unusable());
}
