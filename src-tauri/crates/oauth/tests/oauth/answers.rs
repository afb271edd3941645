//! Every answer is told from the others.

use std::time::Duration;

use oauth::{Error, WrongAnswer};
use secrecy::ExposeSecret;

use crate::{
    NOW, client_credentials,
    server::{Server, answer},
    token,
};

const JSON: &str = "Content-Type: application/json\r\nCache-Control: no-store\r\n";

async fn ask(status: &str, headers: &str, body: &[u8]) -> Result<oauth::TokenAnswer, Error> {
    let bytes = answer(status, headers, body);
    let server = Server::answering(move |_| bytes.clone()).await;
    let outcome = token(&server, &client_credentials()).await;
    if let Err(error) = &outcome {
        let text = format!("{error} {error:?}");
        assert!(!text.contains("canary") && !text.contains("bXktY2xpZW50"), "{text}");
        assert!(error.exchange().is_some());
    }
    outcome
}

async fn wrong(status: &str, headers: &str, body: &[u8]) -> WrongAnswer {
    match ask(status, headers, body).await {
        Err(Error::WrongAnswer { wrong, .. }) => wrong,
        other => panic!("{status} {headers} {}: {other:?}", String::from_utf8_lossy(body)),
    }
}

#[tokio::test]
async fn a_good_answer() {
    let body = b"{\n \"access_token\" : \"abc.def-1\",\n \"token_type\" : \"bearer\",\n \"expires_in\" : 7199,\n \"scope\" : \"a b\", \"new\": 1 }";
    let answer = ask("200 OK", &format!("{JSON}Date: Tue, 14 Nov 2023 22:13:30 GMT\r\n"), body).await.unwrap();
    assert_eq!(answer.access_token.expose_secret(), "abc.def-1");
    assert_eq!(
        (answer.token_type.as_str(), answer.expires_in, answer.scope.as_deref()),
        ("bearer", Some(7199), Some("a b"))
    );
    assert_eq!(answer.expires_at.unwrap().duration_since(answer.obtained_at).unwrap(), Duration::from_secs(7199));
    assert_eq!(answer.obtained_at.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), NOW);
    assert_eq!(answer.clock_skew, Some(10));
    assert_eq!(answer.notes, Vec::<String>::new());
    assert!(!format!("{answer:?}").contains("abc.def"));
    let record = answer.exchange.record(exchange::Reveal::No);
    assert!(!serde_json::to_string(&record).unwrap().contains("abc.def"));
}

#[tokio::test]
async fn unusable_answers() {
    let ok = "200 OK";
    let token = |text: &str| format!("{{\"access_token\":{text},\"token_type\":\"Bearer\"}}").into_bytes();
    assert_eq!(
        wrong(ok, "Content-Type: text/html\r\n", b"<html><head><title>Sign\n in</title>").await,
        WrongAnswer::Html { status: 200, title: Some("Sign in".into()) }
    );
    assert_eq!(wrong("404 Not Found", "", b"<!DOCTYPE html>").await, WrongAnswer::Html { status: 404, title: None });
    assert_eq!(wrong(ok, JSON, b"").await, WrongAnswer::Empty { status: 200 });
    assert_eq!(wrong(ok, JSON, b"{\"access_token\":\"ab").await, WrongAnswer::Truncated { bytes: 19 });
    assert!(matches!(wrong(ok, JSON, b"one=abc").await, WrongAnswer::NotJson { status: 200, .. }));
    assert!(matches!(wrong(ok, JSON, b"{\"a\":1}{").await, WrongAnswer::NotJson { .. }));
    assert_eq!(wrong(ok, JSON, b"[1]").await, WrongAnswer::NotAnObject);
    assert_eq!(wrong(ok, JSON, b"{\"access_token\":\"\xff\"}").await, WrongAnswer::NotUtf8);
    assert!(
        matches!(wrong(ok, JSON, b"{\"token\":\"x\"}").await, WrongAnswer::MissingAccessToken { members } if members == "token")
    );
    for text in ["\"\"", "7", "null", "\"a\\r\\nX: y\"", "\"a b\"", "\"\u{fc}\"", "\"a\\u0000\""] {
        assert!(matches!(wrong(ok, JSON, &token(text)).await, WrongAnswer::BadAccessToken { .. }), "{text}");
    }
    assert_eq!(wrong(ok, JSON, b"{\"access_token\":\"abc\"}").await, WrongAnswer::MissingTokenType);
    assert_eq!(
        wrong(ok, JSON, b"{\"access_token\":\"abc\",\"token_type\":\"mac\"}").await,
        WrongAnswer::TokenType { token_type: "mac".into() }
    );
    assert_eq!(
        wrong("429 Slow", "Retry-After: 7\r\n", b"{\"error\":\"slow\"}").await,
        WrongAnswer::TooManyRequests { retry_after: Some(Duration::from_secs(7)) }
    );
    assert_eq!(
        wrong("503 X", "Retry-After: Tue, 14 Nov 2023 22:13:50 GMT\r\n", b"<html>").await,
        WrongAnswer::ServerError { status: 503, retry_after: Some(Duration::from_secs(30)) }
    );
    assert_eq!(
        wrong("500 X", JSON, b"{\"status\":500,\"error\":\"Internal Server Error\"}").await,
        WrongAnswer::ServerError { status: 500, retry_after: None }
    );
    assert!(matches!(
        wrong("400 Bad", JSON, b"{\"message\":\"no\"}").await,
        WrongAnswer::OwnError { status: 400, said } if said == "no"
    ));
    assert!(matches!(wrong("418 Tea", JSON, b"{}").await, WrongAnswer::Unexpected { status: 418, .. }));
    assert_eq!(
        wrong("302 Found", "Location: https://evil.example/x?code=1\r\n", b"").await,
        WrongAnswer::Redirected { status: 302, location: "https://evil.example/x".into(), with_credentials: true }
    );
    let deep = "[".repeat(100_000);
    assert!(matches!(
        wrong(ok, JSON, deep.as_bytes()).await,
        WrongAnswer::NotJson { .. } | WrongAnswer::Truncated { .. }
    ));
}

#[tokio::test]
async fn refusals() {
    for (status, body, code, description, uri) in [
        (
            400,
            r#"{"error":"invalid_scope","error_description":"Invalid scope(s): x"}"#,
            "invalid_scope",
            Some("Invalid scope(s): x"),
            None,
        ),
        (
            401,
            r#"{"error" : "invalid_client","error_uri":"https://as.example/help"}"#,
            "invalid_client",
            None,
            Some("https://as.example/help"),
        ),
        (200, r#"{"error":"server_error"}"#, "server_error", None, None),
        (503, r#"{"error":"temporarily_unavailable"}"#, "temporarily_unavailable", None, None),
        (
            400,
            r#"{"error":"x","error_uri":"javascript:alert(1)","error_description":"a\nb\u001b[31m s3cret-canary"}"#,
            "x",
            Some("ab[31m ••••"),
            None,
        ),
    ] {
        match ask(&format!("{status} X"), JSON, body.as_bytes()).await.unwrap_err() {
            Error::Refused { error, .. } => {
                let found = (error.code.as_str(), error.description.as_deref(), error.uri.as_deref(), error.status);
                assert_eq!(found, (code, description, uri, status));
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn oddities_are_noted() {
    let body = |members: &str| format!("{{\"access_token\":\"abc\",\"token_type\":\"BEARER\"{members}}}");
    for (members, expires_in, note) in [
        ("", None, "did not say"),
        (r#","expires_in":"3600""#, Some(3600), "is a string"),
        (r#","expires_in":"soon""#, None, "not a number"),
        (r#","expires_in":-5"#, None, "negative"),
        (r#","expires_in":59.9"#, Some(59), "fraction"),
        (r#","expires_in":1e400"#, None, "more than ten years"),
        (r#","expires_in":1e30"#, None, "more than ten years"),
        (r#","expires_in":0"#, Some(0), "on arrival"),
        (r#","expires_in":null"#, None, "not a number"),
        (r#","expires_in":60,"refresh_token":"r""#, Some(60), "4.4.3"),
        (r#","expires_in":60,"scope":["a"]"#, Some(60), "is a list"),
    ] {
        let answer = ask("200 OK", JSON, body(members).as_bytes()).await.unwrap();
        assert_eq!(answer.expires_in, expires_in, "{members}");
        assert!(answer.notes.iter().any(|text| text.contains(note)), "{members}: {:?}", answer.notes);
    }
    let plain = body(r#","expires_in":60"#);
    for (status, headers, body, note) in [
        (
            "200 OK",
            "Content-Type: text/plain\r\nCache-Control: no-store\r\n",
            plain.clone(),
            "Content-Type is \"text/plain\"",
        ),
        ("200 OK", "Cache-Control: no-store\r\n", plain.clone(), "Content-Type is missing"),
        ("201 Created", JSON, plain.clone(), "status was 201"),
        ("200 OK", "Content-Type: application/json\r\n", plain.clone(), "no-store"),
        ("200 OK", JSON, format!("\u{feff}{plain}"), "byte order mark"),
        ("200 OK", &format!("{JSON}Date: Tue, 14 Nov 2023 23:13:20 GMT\r\n"), plain.clone(), "60 minutes ahead"),
    ] {
        let answer = ask(status, headers, body.as_bytes()).await.unwrap();
        assert!(answer.notes.len() == 1 && answer.notes[0].contains(note), "{note}: {:?}", answer.notes);
    }
}

#[tokio::test]
async fn the_exp_claim_is_a_hint() {
    // {"exp":1700000600}
    let token = "e30.eyJleHAiOjE3MDAwMDA2MDB9.c2ln";
    let body = |more: &str| format!("{{\"access_token\":\"{token}\",\"token_type\":\"Bearer\"{more}}}");
    let answer = ask("200 OK", JSON, body("").as_bytes()).await.unwrap();
    assert_eq!(answer.expires_at.unwrap().duration_since(answer.obtained_at).unwrap().as_secs(), 600);
    let answer = ask("200 OK", JSON, body(",\"expires_in\":3600").as_bytes()).await.unwrap();
    assert!(answer.notes.iter().any(|note| note.contains("exp claim 600 s")), "{:?}", answer.notes);
    let answer = ask("200 OK", JSON, body(",\"expires_in\":599").as_bytes()).await.unwrap();
    assert_eq!(answer.notes, Vec::<String>::new());
}

/// The server's clock made the claim: a server ten minutes ahead ends the token ten minutes earlier by this machine's clock.
#[tokio::test]
async fn the_exp_claim_is_read_by_the_server_s_clock() {
    let token = "e30.eyJleHAiOjE3MDAwMDA2MDB9.c2ln";
    let body = format!("{{\"access_token\":\"{token}\",\"token_type\":\"Bearer\"}}");
    let ahead = format!("{JSON}Date: Tue, 14 Nov 2023 22:18:20 GMT\r\n");
    let answer = ask("200 OK", &ahead, body.as_bytes()).await.unwrap();
    assert_eq!(answer.clock_skew, Some(300));
    assert_eq!(answer.expires_at.unwrap().duration_since(answer.obtained_at).unwrap().as_secs(), 300);
    assert!(
        answer
            .notes
            .iter()
            .any(|note| note.contains("clock is 5 minutes ahead of this machine's (by its Date header)")),
        "{:?}",
        answer.notes
    );
}

/// Without a `Date` the token itself tells, if it was issued just now: one that lived before says nothing.
#[tokio::test]
async fn without_a_date_the_iat_claim_tells_the_clocks_apart() {
    const OFF: i64 = 600;
    let now = i64::try_from(NOW).unwrap();
    for (case, iat, life, expires_in, skew) in [
        ("ahead", now + OFF, 7200, ",\"expires_in\":7199", Some(OFF)),
        ("behind", now - OFF, 7200, ",\"expires_in\":7199", Some(-OFF)),
        ("ahead, its life not said", now + OFF, 7200, "", Some(OFF)),
        ("issued earlier, its life not said", now - OFF, 7200, "", None),
        ("issued earlier, a part of its life left", now - OFF, 7200, ",\"expires_in\":6600", None),
        ("on its way", now + 20, 7200, ",\"expires_in\":7199", None),
        ("in milliseconds", now * 1000, 7200, ",\"expires_in\":7199", None),
        ("no time", 0, 7200, ",\"expires_in\":7199", None),
    ] {
        let token = jwt(&format!(r#"{{"iat":{iat},"exp":{}}}"#, iat + life));
        let body = format!("{{\"access_token\":\"{token}\",\"token_type\":\"Bearer\"{expires_in}}}");
        let answer = ask("200 OK", JSON, body.as_bytes()).await.unwrap();
        assert_eq!(answer.clock_skew, skew, "{case}");
        let word = if skew.is_some_and(|skew| skew > 0) { "10 minutes ahead" } else { "10 minutes behind" };
        let said = answer.notes.iter().any(|note| note.contains(word) && note.contains("by the iat claim"));
        assert_eq!(said, skew.is_some(), "{case}: {:?}", answer.notes);
        if skew.is_some() && !expires_in.is_empty() {
            assert_eq!(answer.notes.len(), 1, "the clocks are all that is odd, {case}: {:?}", answer.notes);
        }
    }
    // A Date is asked first.
    let body = format!(
        "{{\"access_token\":\"{}\",\"token_type\":\"Bearer\",\"expires_in\":60}}",
        jwt(&format!(r#"{{"iat":{},"exp":{}}}"#, now + OFF, now + OFF + 60))
    );
    let dated = format!("{JSON}Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n");
    assert_eq!(ask("200 OK", &dated, body.as_bytes()).await.unwrap().clock_skew, Some(0));
}

fn jwt(claims: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

/// It is an answer that cannot be used; the advice for answers of APIs (a page, a filter) does not fit.
#[tokio::test]
async fn too_large_is_a_wrong_answer() {
    let error = ask("200 OK", JSON, &vec![b' '; 2 << 20]).await.unwrap_err();
    assert!(
        matches!(&error, Error::WrongAnswer { wrong: WrongAnswer::TooLarge { limit: 1_048_576 }, .. }),
        "{error:?}"
    );
    let text = format!("{error} {:?}", oauth::explain_error(&error).causes);
    assert!(!text.contains("raise") && !text.contains("filter"), "{text}");
    assert!(text.contains("The URL is not that of the endpoint"), "{text}");
}

/// What a server repeats of the request is masked wherever it stands, and the token wherever it stands twice. That no error and no `Debug` has
/// the secret is looked at in [`ask`].
#[tokio::test]
async fn repeated_secrets_are_masked_everywhere() {
    const SECRET: &str = "s3cret-canary";
    let ok = "200 OK";
    let basic = "Basic bXktY2xpZW50OnMzY3JldC1jYW5hcnk=";
    let page = format!("<title>{}{SECRET} {basic}</title>", "x".repeat(95));
    let Error::WrongAnswer { wrong: WrongAnswer::Html { title: Some(title), .. }, .. } =
        ask(ok, "Content-Type: text/html\r\n", page.as_bytes()).await.unwrap_err()
    else {
        panic!("no web page")
    };
    assert_eq!(title, format!("{}•••• ", "x".repeat(95)));
    for body in [
        format!(r#"{{"access_token":"abcdefghijk","token_type":"{SECRET}"}}"#),
        format!(r#"{{"access_token":"abcdefghijk","token_type":"{}{SECRET}"}}"#, "x".repeat(35)),
        format!(r#"{{"{SECRET}":1}}"#),
        format!(r#"{{"{SECRET}":1,"{SECRET}":2}}"#),
        format!(r#"{{"{}{SECRET}":1}}"#, "x".repeat(95)),
        format!("error=x&error_description={SECRET}&{SECRET}=1"),
        format!("access_token=abcdefghijk&{SECRET}={SECRET}"),
    ] {
        ask(ok, JSON, body.as_bytes()).await.unwrap_err();
    }
    for body in [
        format!(r#"{{"error":{{"code":1,"message":"{SECRET} {basic}"}}}}"#),
        format!(r#"{{"error":["{SECRET}"]}}"#),
        format!(r#"{{"errors":[{{"detail":"{SECRET}"}}]}}"#),
        format!(r#"{{"{SECRET}":"no"}}"#),
    ] {
        ask("400 Bad Request", JSON, body.as_bytes()).await.unwrap_err();
    }
    let body = format!(
        r#"{{"access_token":"abcdefghijk","token_type":"Bearer","scope":"a {SECRET} abcdefghijk","issued_token_type":"{SECRET}"}}"#
    );
    let answer = ask(ok, &format!("Content-Type: {SECRET}\r\n"), body.as_bytes()).await.unwrap();
    assert_eq!(answer.access_token.expose_secret(), "abcdefghijk");
    assert_eq!(answer.scope.as_deref(), Some("a •••• ••••"));
    assert!(answer.notes.iter().any(|note| note.contains("Content-Type is \"••••\"")), "{:?}", answer.notes);
    assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
}

/// What the server says is not lost where it does not say it as RFC 6749 5.2 wants.
#[tokio::test]
async fn the_reason_of_a_refusal_is_told_in_any_form() {
    for (body, reason) in [
        (r#"{"error":{"code":1,"message":"no, never"}}"#, "no, never"),
        (r#"{"error":{"code":17}}"#, r#"{"code":17}"#),
        (r#"{"error":17}"#, "17"),
        (r#"{"type":"x","title":"Bad","detail":"the reason"}"#, "the reason"),
        (r#"{"errors":[{"message":"the first"},{"message":"the second"}]}"#, "the first"),
    ] {
        let error = ask("400 Bad Request", JSON, body.as_bytes()).await.unwrap_err();
        let causes = format!("{:?}", oauth::explain_error(&error).causes);
        assert!(error.to_string().contains(&format!("It says: {reason}")), "{body}: {error}");
        assert!(!causes.contains("URL is not that"), "{body}: {causes}");
    }
    let latin = b"{\"error\":\"invalid_scope\",\"error_description\":\"ung\xfcltig\"}";
    match ask("400 Bad Request", JSON, latin).await.unwrap_err() {
        Error::Refused { error, .. } => assert_eq!(error.description.as_deref(), Some("ungültig")),
        other => panic!("{other:?}"),
    }
    let lost = ask("404 Not Found", JSON, br#"{"message":"no such path"}"#).await.unwrap_err();
    let causes = format!("{:?}", oauth::explain_error(&lost).causes);
    assert!(lost.to_string().contains("no such path") && causes.contains("URL is not that"), "{lost} {causes}");
}

/// A form is called a form, and the token in it is masked whatever its media type.
#[tokio::test]
async fn form_encoded_answers_are_called_that() {
    for headers in [JSON, "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"] {
        let error = ask("200 OK", headers, b"access_token=abcdefghijk&token_type=bearer").await.unwrap_err();
        assert!(error.to_string().contains("form-encoded (access_token, token_type)"), "{error}");
        assert!(error.to_string().contains("Accept: application/json"), "{error}");
        let causes = format!("{:?}", oauth::explain_error(&error).causes);
        assert!(!causes.contains("URL is not that"), "{causes}");
        let record = error.exchange().unwrap().record(exchange::Reveal::No);
        assert!(!serde_json::to_string(&record).unwrap().contains("abcdefghijk"));
    }
    let error = ask("200 OK", JSON, b"error=bad_code&error_description=it+has+expired").await.unwrap_err();
    assert!(error.to_string().contains("saying \"bad_code: it has expired\""), "{error}");
}

/// Which of two would count is not defined (RFC 8259 4), so neither does.
#[tokio::test]
async fn a_member_that_stands_twice_is_refused_by_name() {
    let good =
        r#""access_token":"abc","token_type":"Bearer","expires_in":60,"scope":"a","refresh_token":"r","id_token":"i""#;
    for member in ["access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"] {
        for value in ["\"other\"", "null", "[1]"] {
            let body = format!("{{{good},\"{member}\":{value}}}");
            let duplicate = WrongAnswer::DuplicateMember { member: member.into() };
            assert_eq!(wrong("200 OK", JSON, body.as_bytes()).await, duplicate, "{body}");
        }
    }
    let escaped = format!(r#"{{{good},"acc\u0065ss_token":"other"}}"#);
    let text = ask("200 OK", JSON, escaped.as_bytes()).await.unwrap_err().to_string();
    assert!(text.contains("access_token twice"), "{text}");
    let refusal = wrong("400 Bad", JSON, br#"{"error":"invalid_client","error":"invalid_scope"}"#).await;
    assert_eq!(refusal, WrongAnswer::DuplicateMember { member: "error".into() });
    // Deeper down it is the server's own business.
    assert!(ask("200 OK", JSON, format!(r#"{{{good},"own":{{"a":1,"a":2}}}}"#).as_bytes()).await.is_ok());
}
