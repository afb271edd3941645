//! The tutorial's lines, typed into the real curl, against the local gateway.

use crate::{
    curl::{curl, shell},
    program::Surroundings,
    serving::Serving,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

#[test]
fn step_3_without_a_token() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let answer = shell(&format!("curl -i -s -X GET {}", serving.api()));
    assert_eq!((answer.status, answer.reason.as_str()), (401, "Unauthorized"));
    assert_eq!(
        answer.header("WWW-Authenticate"),
        Some("Bearer realm=gravitee.io - No OAuth authorization header was supplied")
    );
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({ "message": "No OAuth authorization header was supplied", "http_status_code": 401 })
    );
}

#[test]
fn step_4_the_token_and_step_5_the_call() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let basic = STANDARD.encode(format!("demo-client:{}", serving.secret()));
    let granted = shell(&format!(
        "curl -i -s -X POST '{}/demo/oauth/token' \
  -H 'Content-Type: application/x-www-form-urlencoded' \
  -H 'Authorization: Basic {basic}' \
  -d 'grant_type=client_credentials'",
        serving.am()
    ));
    assert_eq!((granted.status, granted.reason.as_str()), (200, "OK"));
    assert_eq!(granted.header("Content-Type"), Some("application/json;charset=UTF-8"));
    assert_eq!(granted.header("Cache-Control"), Some("no-cache, no-store, max-age=0, must-revalidate"));
    assert_eq!(granted.header("Pragma"), Some("no-cache"));
    let answer = granted.json();
    assert_eq!((answer["token_type"].as_str(), answer["expires_in"].as_u64()), (Some("bearer"), Some(7199)));
    let token = answer["access_token"].as_str().unwrap();
    let called = shell(&format!("curl -i -s -X GET {} -H 'Authorization: Bearer {token}'", serving.api()));
    assert_eq!((called.status, called.reason.as_str()), (200, "OK"));
    assert_eq!(called.json()["headers"]["Authorization"], format!("Bearer {token}"));
}

#[test]
fn the_parameters_of_the_token_request_are_required() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let url = format!("{}/demo/oauth/token", serving.am());
    let user = format!("demo-client:{}", serving.secret());
    let no_grant = curl(&["-u", &user, "-d", "scope=echo:read", &url]);
    assert_eq!((no_grant.status, no_grant.json()["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(no_grant.json()["error_description"], "Missing parameter: grant_type");
    let other_grant = curl(&["-u", &user, "-d", "grant_type=password", &url]);
    assert_eq!((other_grant.status, other_grant.json()["error"].as_str()), (400, Some("unsupported_grant_type")));
    let no_client = curl(&["-d", "grant_type=client_credentials", &url]);
    assert_eq!((no_client.status, no_client.json()["error"].as_str()), (401, Some("invalid_client")));
    let wrong = curl(&["-u", "demo-client:wrong", "-d", "grant_type=client_credentials", &url]);
    assert_eq!((wrong.status, wrong.header("WWW-Authenticate")), (401, Some("Basic realm=\"gravitee-io\"")));
    assert_eq!(wrong.json()["error"], "invalid_client");
    let scope = curl(&["-u", &user, "-d", "grant_type=client_credentials&scope=nope", &url]);
    assert_eq!((scope.status, scope.json()["error"].as_str()), (400, Some("invalid_scope")));
    let twice = curl(&["-u", &user, "-d", "grant_type=client_credentials&grant_type=client_credentials", &url]);
    assert_eq!(twice.json()["error_description"], "Parameter [grant_type] is included more than once");
}

#[test]
fn what_is_not_there_is_said_as_the_two_servers_say_it() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let domain = curl(&[&format!("{}/other/oauth/token", serving.am())]);
    assert_eq!((domain.status, domain.body.as_str()), (404, "No security domain matches the request URI."));
    let endpoint = curl(&[&format!("{}/demo/oauth/token", serving.am())]);
    assert_eq!((endpoint.status, endpoint.body.as_str()), (404, "No endpoint matches the request URI."));
    let path = curl(&[&format!("{}/other", serving.gateway())]);
    assert_eq!((path.status, path.body.as_str()), (404, "No context-path matches the request URI."));
}

#[test]
fn wrong_tokens_are_refused_in_the_tutorials_words() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let other = curl(&["-H", "Authorization: Basic abc", serving.api()]);
    assert_eq!(
        other.header("WWW-Authenticate"),
        Some("Bearer realm=gravitee.io - No OAuth authorization header was supplied")
    );
    let empty = curl(&["-H", "Authorization: Bearer ", serving.api()]);
    assert_eq!(empty.header("WWW-Authenticate"), Some("Bearer realm=gravitee.io - No OAuth access token was supplied"));
    let unknown = curl(&["-H", "Authorization: Bearer a.b.c", serving.api()]);
    assert_eq!(unknown.status, 401);
    assert!(unknown.header("WWW-Authenticate").unwrap().starts_with("Bearer realm=gravitee.io "));
}

#[test]
fn the_echo_answers_as_gravitees_does() {
    let surroundings = Surroundings::new();
    let serving = Serving::start(&surroundings);
    let bearer = format!("Authorization: Bearer {}", serving.token(&surroundings));
    let url = format!("{}?a=1&a=2&b=x", serving.api());
    let answer =
        curl(&["-H", &bearer, "-H", "X-Twice: 1", "-H", "X-Twice: 2", "-H", "x-mIxed: y", "-d", "12345", &url]);
    let echo = answer.json();
    assert_eq!(echo.as_object().unwrap().keys().collect::<Vec<_>>(), ["headers", "query_params", "bodySize"]);
    assert_eq!(echo["query_params"], json!({ "a": ["1", "2"], "b": "x" }));
    assert_eq!(echo["headers"]["X-Twice"], "1,2");
    assert_eq!(echo["headers"]["x-mIxed"], "y", "the case of names passes through");
    assert_eq!(echo["bodySize"], 5);
    assert!(answer.header("X-Gravitee-Transaction-Id").is_some() && answer.header("X-Gravitee-Request-Id").is_some());
    let teapot = curl(&["-H", &bearer, &format!("{}?statusCode=418&statusMessage=short%20and%20stout", serving.api())]);
    assert_eq!((teapot.status, teapot.reason.as_str()), (418, "short and stout"));
}
