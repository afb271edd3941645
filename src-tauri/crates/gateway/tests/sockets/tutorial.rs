//! The tutorial's lines as printed, with host, domain and credentials filled in, typed into curl.

use gateway::{Config, Gateway};
use secrecy::SecretString;
use tokio::process::Command;

use crate::support::{Reply, TestClock, basic};

#[tokio::test]
async fn the_printed_lines_give_the_printed_answers() {
    let mut config = Config::demo(SecretString::from("demo-secret"));
    config.listen.am.set_port(0);
    config.listen.gateway.set_port(0);
    let running = Gateway::start(config, TestClock::now().clock()).await.unwrap();
    let (am, api) = (running.am_origin(), running.gateway_origin());

    let refused = curl(&format!("curl -i -s -X GET {api}/echo")).await;
    assert_eq!(refused.status_line, "HTTP/1.1 401 Unauthorized");
    assert!(
        refused.raw.contains(
            "\r\nWWW-Authenticate: Bearer realm=gravitee.io - No OAuth authorization header was supplied\r\n"
        )
    );
    let expected =
        serde_json::json!({"message": "No OAuth authorization header was supplied", "http_status_code": 401});
    assert_eq!(refused.json(), expected);

    let basic = basic("demo-client", "demo-secret");
    let granted = curl(&format!(
        "curl -i -s -X POST '{am}/demo/oauth/token' -H 'Content-Type: application/x-www-form-urlencoded' \
         -H 'Authorization: {basic}' -d 'grant_type=client_credentials'"
    ))
    .await;
    assert_eq!(granted.status_line, "HTTP/1.1 200 OK");
    assert_eq!(granted.header("Content-Type"), Some("application/json;charset=UTF-8"));
    assert_eq!(granted.header("Cache-Control"), Some("no-cache, no-store, max-age=0, must-revalidate"));
    assert_eq!(granted.header("Pragma"), Some("no-cache"));
    let token = granted.json();
    assert_eq!((token["token_type"].as_str(), token["expires_in"].as_i64()), (Some("bearer"), Some(7199)));
    assert_eq!(token["scope"], "echo:read");

    let token = token["access_token"].as_str().unwrap();
    let called = curl(&format!("curl -i -s -X GET {api}/echo -H 'Authorization: Bearer {token}'")).await;
    assert_eq!(called.status_line, "HTTP/1.1 200 OK");
    assert_eq!(called.json()["headers"]["Authorization"], format!("Bearer {token}"));
}

async fn curl(line: &str) -> Reply {
    let output = Command::new("sh").arg("-c").arg(line).output().await.unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    Reply::parse(String::from_utf8(output.stdout).unwrap())
}
