//! The OAuth2 policy in a flow: every case, in the words of every version and engine (A.4, A.5, A.9 of the reference).

use serde_json::json;

use crate::{
    definitions::{Setup, generic, keyless, step},
    fake::{Fake, ok, status},
    support::{Reply, send},
};

const D3: &str = "Bearer realm=\"gravitee.io\"";
const NO_HEADER: &str = "No OAuth authorization header was supplied";
const NO_TOKEN: &str = "No OAuth access token was supplied";
const PAYLOAD: &str = "{\"active\":false,\"x\":1}";

/// What the policy meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    NoResource,
    NoHeader,
    OtherScheme,
    Blank,
    Inactive,
    Unreachable,
    NotJson,
    Status401,
    Scope,
}

impl Case {
    const ALL: [Self; 9] = [
        Self::NoResource,
        Self::NoHeader,
        Self::OtherScheme,
        Self::Blank,
        Self::Inactive,
        Self::Unreachable,
        Self::NotJson,
        Self::Status401,
        Self::Scope,
    ];

    fn key(self, behaviour: &str) -> &'static str {
        match self {
            Self::NoResource => "OAUTH2_MISSING_SERVER",
            Self::NoHeader | Self::OtherScheme => "OAUTH2_MISSING_HEADER",
            Self::Blank => "OAUTH2_MISSING_ACCESS_TOKEN",
            Self::Inactive => "OAUTH2_INVALID_ACCESS_TOKEN",
            Self::Status401 if matches!(behaviour, "tutorial" | "apim-3") => "OAUTH2_INVALID_ACCESS_TOKEN",
            Self::Unreachable | Self::NotJson | Self::Status401 => "OAUTH2_SERVER_UNAVAILABLE",
            Self::Scope => "OAUTH2_INSUFFICIENT_SCOPE",
        }
    }

    /// Status, challenge, message (`None` = no body; JSON as it is when it begins with a brace).
    fn expected(self, behaviour: &str, v3: bool) -> (u16, Option<String>, Option<String>) {
        let own = |text: &str| Some(text.to_owned());
        let rfc = |code: &str, text: &str| {
            (401, Some(format!("{D3}, error=\"{code}\", error_description=\"{text}\"")), (!v3).then(|| text.to_owned()))
        };
        let introspection = match (behaviour, v3) {
            (_, true) => "Bearer realm=gravitee.io",
            ("apim-4.0", _) => "Bearer realm=gravitee.io ",
            _ => D3,
        };
        match (behaviour, self) {
            ("tutorial", Self::NoResource) | ("apim-3", Self::NoResource) => {
                (401, None, own("No OAuth authorization server has been configured"))
            }
            ("tutorial", Self::NoHeader | Self::OtherScheme) => {
                (401, Some(format!("Bearer realm=gravitee.io - {NO_HEADER}")), own(NO_HEADER))
            }
            ("tutorial", Self::Blank) => (401, Some(format!("Bearer realm=gravitee.io - {NO_TOKEN}")), own(NO_TOKEN)),
            ("tutorial", Self::Inactive | Self::Status401) => {
                (401, Some(format!("Bearer realm=gravitee.io {PAYLOAD}")), own(PAYLOAD))
            }
            ("tutorial", Self::Scope) => (403, None, own("You're not allowed to access this resource")),
            ("tutorial", _) => (503, own("*"), own("Service Unavailable")),
            ("apim-3", Self::NoHeader | Self::OtherScheme) => rfc("invalid_request", NO_HEADER),
            ("apim-3", Self::Blank) => rfc("invalid_request", if v3 { NO_TOKEN } else { NO_HEADER }),
            ("apim-3", Self::Inactive | Self::Status401) => (401, own("Bearer realm=gravitee.io "), own(PAYLOAD)),
            ("apim-3", Self::Scope) => {
                rfc("insufficient_scope", "The request requires higher privileges than provided by the access token.")
            }
            ("apim-3", _) => (503, own("Bearer realm=gravitee.io "), own("temporarily_unavailable")),
            (_, Self::NoResource) => (401, None, own("Unauthorized")),
            (_, Self::NoHeader | Self::OtherScheme | Self::Blank | Self::Scope) => (401, own(D3), own("Unauthorized")),
            (_, Self::Inactive) => (401, own(introspection), own("Unauthorized")),
            (_, Self::Unreachable | Self::NotJson | Self::Status401) => {
                (503, own(introspection), own("temporarily_unavailable"))
            }
        }
    }
}

async fn server(case: Case) -> Fake {
    Fake::start(move |_| match case {
        Case::Inactive => ok(PAYLOAD),
        Case::NotJson => ok("<html>"),
        Case::Status401 => status(401, PAYLOAD),
        Case::Unreachable => Vec::new(),
        _ => ok("{\"active\":true,\"client_id\":\"c\",\"scope\":\"other\"}"),
    })
    .await
}

async fn ask(case: Case, origin: &str, accept: bool) -> Reply {
    let mut headers = match case {
        Case::NoHeader => vec![],
        Case::OtherScheme => vec![("Authorization", "Basic abc")],
        Case::Blank => vec![("Authorization", "Bearer  ")],
        _ => vec![("Authorization", "Bearer token")],
    };
    if accept {
        headers.push(("Accept", "*/*"));
    }
    send(origin, "GET", "/api/x", &headers, "").await
}

#[tokio::test]
async fn every_case_in_every_version() {
    for behaviour in ["tutorial", "apim-3", "apim-4.0", "apim-4.6", "apim-4.12"] {
        for v3 in [false, true] {
            for case in Case::ALL {
                check(behaviour, v3, case).await;
            }
        }
    }
}

async fn check(behaviour: &str, v3: bool, case: Case) {
    let at = format!("{behaviour} {} {case:?}", if v3 { "V3" } else { "V4" });
    let server = server(case).await;
    let resource = if case == Case::NoResource { "nowhere" } else { "as" };
    let policy = json!({"oauthResource": resource, "checkRequiredScopes": true, "requiredScopes": ["read"]});
    let make = if v3 { Setup::v3 } else { Setup::v4 };
    let running =
        make(&[generic(&server.origin)], &[keyless()], &[step("oauth2", policy)]).behaviour(behaviour).start().await;
    let (code, challenge, message) = case.expected(behaviour, v3);
    for accept in [true, false] {
        let reply = ask(case, running.gateway_origin(), accept).await;
        assert_eq!(reply.status(), code, "{at}: {}", reply.raw);
        match challenge.as_deref() {
            Some("*") => {
                assert!(reply.header("WWW-Authenticate").unwrap().starts_with("Bearer realm=gravitee.io "), "{at}")
            }
            other => assert_eq!(reply.header("WWW-Authenticate"), other, "{at}"),
        }
        let expected = match &message {
            None => String::new(),
            Some(text) if text.starts_with('{') || !accept => text.clone(),
            Some(text) => format!("{{\"message\":\"{text}\",\"http_status_code\":{code}}}"),
        };
        assert_eq!(reply.body, expected, "{at}");
        if v3 || code >= 500 {
            assert_eq!(reply.header("Connection"), Some("close"), "{at}");
        }
    }
    let key = running.recent(0).last().unwrap().error_key.clone();
    assert_eq!(key.as_deref(), Some(case.key(behaviour)), "{at}");
    assert_eq!(running.warnings().len(), usize::from(case == Case::NoResource), "{at}");
}

#[tokio::test]
async fn tokens_are_found_as_each_engine_finds_them() {
    let server = Fake::json("{\"active\":true}").await;
    let policy = [step("oauth2", json!({"oauthResource": "as"}))];
    let rows: &[(&str, &[(&str, &str)], &str, bool, bool)] = &[
        ("plain", &[("Authorization", "Bearer abc")], "", true, true),
        ("lower case", &[("authorization", "bearer abc")], "", true, true),
        ("no space", &[("Authorization", "BEARERabc")], "", true, true),
        ("second header", &[("Authorization", "Basic x"), ("Authorization", "Bearer abc")], "", true, false),
        ("query", &[], "?access_token=abc", true, false),
        ("query beside Basic", &[("Authorization", "Basic x")], "?access_token=abc", true, false),
        ("header wins", &[("Authorization", "Bearer ")], "?access_token=abc", false, false),
        ("blank query", &[], "?access_token=", false, false),
    ];
    for (v3, make) in [(false, Setup::v4 as fn(&[_], &[_], &[_]) -> Setup), (true, Setup::v3)] {
        let running = make(&[generic(&server.origin)], &[keyless()], &policy).behaviour("apim-4.12").start().await;
        for (case, headers, query, in_v4, in_v3) in rows {
            let reply = send(running.gateway_origin(), "GET", &format!("/api{query}"), headers, "").await;
            let expected = if v3 { *in_v3 } else { *in_v4 };
            assert_eq!(reply.status() == 200, expected, "V3 {v3} {case}: {}", reply.raw);
            if expected {
                assert!(server.last().ends_with("\r\n\r\ntoken=abc"), "{case}: {}", server.last());
            }
        }
    }
}

#[tokio::test]
async fn scopes_are_compared_as_the_policy_does() {
    for (payload, strict, passes) in [
        ("{\"active\":true,\"scope\":\"read write\"}", true, true),
        ("{\"active\":true,\"scope\":\"read write more\"}", true, true),
        ("{\"active\":true,\"scope\":\"read\"}", true, false),
        ("{\"active\":true,\"scope\":\"read\"}", false, true),
        ("{\"active\":true,\"scope\":[\"write\",\"read\"]}", true, true),
        ("{\"active\":true,\"scp\":\"read write\"}", true, true),
        ("{\"active\":true,\"scope\":\"\",\"scp\":\"read write\"}", true, false),
        ("{\"active\":true,\"scope\":\"readwrite\"}", false, false),
        ("{\"active\":true}", false, false),
        ("{\"active\":true,\"exp\":1,\"scope\":\"read write\"}", true, true),
    ] {
        let server = Fake::json(payload).await;
        let policy = json!({"oauthResource": "as", "checkRequiredScopes": true, "requiredScopes": ["read", "write"], "modeStrict": strict});
        let running = Setup::v4(&[generic(&server.origin)], &[keyless()], &[step("oauth2", policy)]).start().await;
        let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", "Bearer t")], "").await;
        assert_eq!(reply.status(), if passes { 200 } else { 401 }, "{payload} strict {strict}");
    }
}

#[tokio::test]
async fn the_token_is_passed_on_or_not() {
    let server = Fake::json("{\"active\":true,\"sub\":\"me\"}").await;
    for (propagate, seen) in [(true, true), (false, false)] {
        let policies = [
            step("oauth2", json!({"oauthResource": "as", "propagateAuthHeader": propagate, "extractPayload": true})),
            step("oauth2", json!({"oauthResource": "as"})),
            step(
                "transform-headers",
                json!({"addHeaders": [{"name": "X-User", "value": "{#context.attributes['gravitee.attribute.user']}/{#jsonPath(#context.attributes['oauth.payload'], '$.sub')}"}]}),
            ),
        ];
        let before = server.count();
        let policies = if propagate { &policies[..] } else { &policies[..1] };
        let running = Setup::v4(&[generic(&server.origin)], &[keyless()], policies).start().await;
        let reply = send(running.gateway_origin(), "GET", "/api", &[("Authorization", "Bearer t")], "").await;
        assert_eq!(reply.status(), 200, "{}", reply.raw);
        assert_eq!(reply.json()["headers"].get("Authorization").is_some(), seen);
        assert_eq!(server.count() - before, 1, "two policies, one introspection");
        if propagate {
            assert_eq!(reply.json()["headers"]["X-User"], "me/");
        }
    }
}
