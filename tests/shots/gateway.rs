//! Pictures of the gateway's view: what is switched while it serves, and an API that is brought along.

use crate::picture;
use support::webdriver::Window;

const DEFINITION: &str = r#"{"export": {"apimVersion": "4.12.0"}, "api": {"definitionVersion": "V4", "type": "PROXY", "name": "orders", "apiVersion": "1",
"listeners": [{"type": "HTTP", "paths": [{"path": "/orders"}], "entrypoints": [{"type": "http-proxy"}]}], "endpointGroups": [{"name": "g",
"type": "http-proxy", "endpoints": [{"name": "e", "type": "http-proxy", "configuration": {"target": "http://127.0.0.1:8082/echo"}}]}],
"resources": [{"name": "am", "type": "oauth2-am-resource", "enabled": true, "configuration": {"serverURL": "http://127.0.0.1:0", "version":
"V3_X", "securityDomain": "demo", "clientId": "orders-gateway", "clientSecret": "its-own-secret"}}], "flows": []}, "plans": [{"definitionVersion":
"V4", "name": "gold", "mode": "STANDARD", "status": "PUBLISHED", "security": {"type": "OAUTH2", "configuration": {"oauthResource": "am"}}}]}"#;

pub(crate) async fn views(window: &Window, look: &str) {
    window.button("Gateway").await.click().await;
    window.button("Import definition").await.click().await;
    picture(window, look, "import").await;
    window.field("Definition").await.fill(&DEFINITION.replace("OAUTH2", "OAUTH3").replace('\n', " ")).await;
    window.region("Preview").await;
    picture(window, look, "import-refused").await;
    window.field("Definition").await.fill(&DEFINITION.replace('\n', " ")).await;
    window.region_says("Preview", "gold").await;
    picture(window, look, "import-preview").await;
    window.button("Add API").await.click().await;
    window.says("nobody is subscribed").await;
    picture(window, look, "gateway-apis").await;
    window.button("Live control").await.click().await;
    window.button("Weaknesses of echo").await.click().await;
    picture(window, look, "weaknesses").await;
    let no_auth = window.names(support::webdriver::Role::Field).await;
    let no_auth = no_auth.iter().find(|name| name.starts_with("no-auth")).expect("the weakness no-auth");
    window.field(no_auth).await.click().await;
    window.button("Done").await.click().await;
    window.region_says("Live control", "is weak").await;
    picture(window, look, "gateway-live").await;
    window.button("Weaknesses of echo").await.click().await;
    window.button("Switch all off").await.click().await;
    window.button("Done").await.click().await;
    window.button("Live control").await.click().await;
}
