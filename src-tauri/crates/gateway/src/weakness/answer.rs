//! Defects of answers. Belongs here: what is changed after the answer was decided.

use bytes::Bytes;

use super::{Weakness, Weaknesses};
use crate::http1::{Answer, AnswerBody, RequestHead};

const STACK_TRACE: &str = "java.lang.IllegalStateException: token rejected\n\tat io.gravitee.policy.oauth2.Oauth2Policy.\
                           onRequest(Oauth2Policy.java:142)\n\tat io.vertx.core.impl.ContextImpl.lambda$0(ContextImpl.java:28)";

/// Spoils an answer with the API's defects.
pub(crate) fn spoil(set: Weaknesses, asked: &RequestHead, answer: &mut Answer) {
    if answer.status == 401 || answer.status == 403 {
        spoil_refusal(set, asked, answer);
    } else if set.has(Weakness::PublicCache) && answer.status < 300 {
        answer.headers.set("Cache-Control", "public, max-age=3600");
    }
    if set.has(Weakness::CorsReflect)
        && let Some(origin) = asked.headers.text("origin")
    {
        answer.headers.set("Access-Control-Allow-Origin", origin.to_owned());
        answer.headers.set("Access-Control-Allow-Credentials", "true");
    }
}

fn spoil_refusal(set: Weaknesses, asked: &RequestHead, answer: &mut Answer) {
    let anonymous = !asked.headers.contains("authorization");
    if set.has(Weakness::ErrorInAnonymousChallenge) && anonymous {
        let challenge = "Bearer realm=\"gravitee.io\", error=\"invalid_token\", error_description=\"No token\"";
        answer.headers.set("WWW-Authenticate", challenge);
    }
    if set.has(Weakness::MalformedChallenge) {
        answer.headers.set("WWW-Authenticate", "Bearer realm=gravitee.io - \"unfinished");
    }
    if set.has(Weakness::MissingChallenge) {
        answer.headers.remove("www-authenticate");
    }
    if set.has(Weakness::StackTrace) {
        replace(answer, STACK_TRACE.to_owned());
    }
    if set.has(Weakness::ReflectToken)
        && let Some(token) = asked.headers.text("authorization")
    {
        replace(answer, format!("Invalid token: {token}"));
    }
    if set.has(Weakness::OkWithErrorBody) {
        answer.status = 200;
    }
}

fn replace(answer: &mut Answer, text: String) {
    answer.headers.set("Content-Type", "text/plain");
    answer.body = AnswerBody::Full(Bytes::from(text));
}
