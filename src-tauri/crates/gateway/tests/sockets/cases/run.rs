//! Running cases: every case in every version and engine that it names. Belongs here: the exchange and what is compared.
//! Not here: how (`compare`), with what (`world`).

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    compare,
    format::{Case, Engine, Listener, Section, Step},
    world::World,
};
use crate::support::Reply;

/// Versions and engines of a section that distinguishes none.
const ANY: (&str, Engine) = ("apim-4.12", Engine::V4);
/// Versions whose engine names the caller in `X-Gravitee-Client-Identifier`.
const IDENTIFYING: [&str; 3] = ["apim-4.0", "apim-4.6", "apim-4.12"];

/// Runs a section; panics with everything that is wrong.
pub(crate) async fn section(name: &str, section: &Section) {
    let mut wrong = Vec::new();
    for case in &section.cases {
        for (behaviour, engine) in combinations(section, case) {
            let deduced = if case.deduced { ", deduced" } else { "" };
            let at = format!("{name} {} ({}{deduced}) {behaviour} {engine:?}", case.row, case.what);
            for problem in run(section, case, behaviour, engine).await {
                wrong.push(format!("{at}: {problem}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every version and engine of a case.
pub(crate) fn combinations<'a>(section: &'a Section, case: &'a Case) -> Vec<(&'a str, Engine)> {
    let (behaviours, engines) = (case.behaviours(section), case.engines(section));
    if behaviours.is_empty() && engines.is_empty() {
        return vec![ANY];
    }
    behaviours.iter().flat_map(|behaviour| engines.iter().map(move |engine| (behaviour.as_str(), *engine))).collect()
}

async fn run(section: &Section, case: &Case, behaviour: &str, engine: Engine) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut world = match (World::start(section, case, behaviour, engine).await, &case.refused) {
        (Ok(world), None) => world,
        (Ok(_), Some(expected)) => return vec![format!("is loaded instead of refused with `{expected}`")],
        (Err(error), Some(expected)) if error.to_string().contains(expected) => return wrong,
        (Err(error), _) => return vec![format!("is refused: {error}")],
    };
    for (at, step) in case.steps.iter().enumerate() {
        let mut found = Vec::new();
        exchange(section, step, &mut world, (behaviour, engine), &mut found).await;
        wrong.extend(found.into_iter().map(|problem| format!("step {}: {problem}", at + 1)));
    }
    wrong
}

async fn exchange(section: &Section, step: &Step, world: &mut World, of: (&str, Engine), wrong: &mut Vec<String>) {
    world.clock.advance(step.advance);
    step.introspection.iter().for_each(|script| world.authorization_server.say(script.clone()));
    step.upstream.iter().for_each(|script| world.upstream.say(script.clone()));
    let (asked, forwarded) = (world.authorization_server.requests().len(), world.upstream.requests().len());
    let events = world.running.recent(0).len();
    let listener = step.to.or(section.default.to).unwrap_or(Listener::Gateway);
    let reply = send(world, listener, step).await;
    answer(section, step, world, listener, of, &reply, wrong);
    let events = &world.running.recent(0)[events..];
    let [event] = events else { return wrong.push(format!("{} events in the journal", events.len())) };
    if listener == Listener::Gateway && event.error_key.as_deref() != step.key.as_deref() {
        wrong.push(format!("error key {:?} instead of {:?}", event.error_key, step.key));
    }
    let trace = format!("{:?}", event.trace);
    for part in step.trace.iter().map(|part| world.expand(part)).filter(|part| !trace.contains(part)) {
        wrong.push(format!("`{part}` is not in the trace {trace}"));
    }
    introspection(step, world, asked, wrong);
    upstream(step, world, forwarded, wrong);
    for (name, pointer) in &step.keep {
        let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
        match body.pointer(pointer).and_then(|value| value.as_str()) {
            Some(value) => drop(world.variables.insert(name.clone(), value.to_owned())),
            None => wrong.push(format!("nothing at {pointer} to keep in {}", reply.raw)),
        }
    }
}

/// The answer to the caller.
fn answer(
    section: &Section,
    step: &Step,
    world: &World,
    listener: Listener,
    (behaviour, engine): (&str, Engine),
    reply: &Reply,
    wrong: &mut Vec<String>,
) {
    let standard = || http::StatusCode::from_u16(step.status).ok().and_then(|status| status.canonical_reason());
    let reason = step.reason.as_deref().or_else(standard).unwrap_or_default();
    let expected = format!("HTTP/1.1 {} {reason}", step.status);
    if reply.status_line != expected {
        wrong.push(format!("`{}` instead of `{expected}`, body `{}`", reply.status_line, reply.body));
    }
    let mut lines: Vec<_> = step.headers.iter().map(|line| world.expand(line)).collect();
    let mut add = |line: String| {
        let name = line.split_once(": ").unwrap().0;
        if !lines.iter().any(|known| known.split_once(": ").unwrap_or((known.as_str(), "")).0 == name) {
            lines.push(line);
        }
    };
    if !step.bare {
        section.default.headers.iter().map(|line| world.expand(line)).for_each(&mut add);
    }
    add("X-Gravitee-Transaction-Id: ${any}".into());
    if listener == Listener::Gateway {
        add("X-Gravitee-Request-Id: ${any}".into());
        let identified = step.identified.unwrap_or(section.default.identified);
        if identified && engine != Engine::V3 && IDENTIFYING.contains(&behaviour) {
            add("X-Gravitee-Client-Identifier: ${any}".into());
        }
    }
    if !reply.headers.iter().any(|(name, _)| name == "Transfer-Encoding") && !step.request[0].starts_with("HEAD ") {
        add(format!("Content-Length: {}", reply.body.len()));
    }
    let came: Vec<_> = reply.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    compare::lines("header", &lines, &came, wrong);
    if step.json.is_none() {
        let body = world.expand(step.body.as_deref().unwrap_or_default());
        if !compare::fits(&body, &reply.body) {
            wrong.push(format!("body `{}` instead of `{body}`", reply.body));
        }
    }
    let expanded = |members: &BTreeMap<String, toml::Value>| -> BTreeMap<String, toml::Value> {
        let value = |value: &toml::Value| match value {
            toml::Value::String(text) => world.expand(text).into(),
            other => other.clone(),
        };
        members.iter().map(|(pointer, expected)| (pointer.clone(), value(expected))).collect()
    };
    if let Some(members) = &step.json {
        compare::members(&expanded(members), &reply.body, wrong);
    }
    if let Some(members) = &step.jwt {
        compare::members(&expanded(members), &decoded(&reply.body), wrong);
    }
}

/// The parts of the access token in a body, as one JSON document.
fn decoded(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let mut parts = body["access_token"].as_str().unwrap_or_default().split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or(serde_json::Value::Null)
    });
    serde_json::json!({"header": parts.next(), "claims": parts.next()}).to_string()
}

/// What the introspection server was asked.
fn introspection(step: &Step, world: &World, before: usize, wrong: &mut Vec<String>) {
    let requests = world.authorization_server.requests().split_off(before);
    if let Some(calls) = step.calls.filter(|calls| *calls != requests.len()) {
        wrong.push(format!("{} introspections instead of {calls}", requests.len()));
    }
    let Some((line, fields)) = step.asked.as_ref().and_then(|lines| lines.split_first()) else { return };
    let Some((head, body)) = requests.last().and_then(|request| request.split_once("\r\n\r\n")) else {
        return wrong.push("the introspection server was not asked".into());
    };
    let mut came = head.split("\r\n").map(str::to_owned);
    let came_line = came.next().unwrap_or_default();
    if !compare::fits(&world.expand(line), &came_line) {
        wrong.push(format!("introspection: `{came_line}` instead of `{line}`"));
    }
    let fields: Vec<_> = fields.iter().map(|line| world.expand(line)).collect();
    // The framing is right if the body is.
    let came: Vec<_> = came.filter(|line| !line.starts_with("Content-Length: ")).collect();
    compare::lines("introspection", &fields, &came, wrong);
    let expected = world.expand(step.asked_body.as_deref().unwrap_or_default());
    if body != expected {
        wrong.push(format!("introspection: body `{body}` instead of `{expected}`"));
    }
}

/// What the upstream received.
fn upstream(step: &Step, world: &World, before: usize, wrong: &mut Vec<String>) {
    if step.received.is_empty() && step.not_received.is_empty() {
        return;
    }
    let requests = world.upstream.requests().split_off(before);
    let Some((head, _)) = requests.last().and_then(|request| request.split_once("\r\n\r\n")) else {
        return wrong.push("nothing was forwarded".into());
    };
    for expected in step.received.iter().map(|line| world.expand(line)) {
        if !head.split("\r\n").any(|line| compare::fits(&expected, line)) {
            wrong.push(format!("upstream: `{expected}` is missing in {head:?}"));
        }
    }
    for name in &step.not_received {
        let is_it = |line: &str| line.split_once(':').is_some_and(|(known, _)| known.eq_ignore_ascii_case(name));
        if head.split("\r\n").skip(1).any(is_it) {
            wrong.push(format!("upstream: {name} is forwarded in {head:?}"));
        }
    }
}

/// Sends the bytes of the step; only `Host` and `Content-Length` are filled in where they are not said.
async fn send(world: &World, listener: Listener, step: &Step) -> Reply {
    let authority = world.authority(listener);
    let mut lines: Vec<_> = step.request.iter().map(|line| world.expand(line)).collect();
    lines[0].push_str(" HTTP/1.1");
    let says = |lines: &[String], name: &str| {
        lines.iter().any(|line| line.split_once(':').is_some_and(|(known, _)| known.eq_ignore_ascii_case(name)))
    };
    if !says(&lines, "host") {
        lines.insert(1, format!("Host: {authority}"));
    }
    let body = step.send.as_deref().map(|body| world.expand(body)).unwrap_or_default();
    if step.send.is_some() && !says(&lines, "content-length") && !says(&lines, "transfer-encoding") {
        lines.push(format!("Content-Length: {}", body.len()));
    }
    let request = format!("{}\r\n\r\n{body}", lines.join("\r\n"));
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let is_head = request.starts_with("HEAD ");
    let read = timeout(Duration::from_secs(40), read(&mut stream, is_head)).await;
    Reply::parse(read.unwrap_or_else(|_| panic!("no answer to {request}")))
}

/// One answer, without waiting for the connection to close.
async fn read(stream: &mut TcpStream, is_head: bool) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16_384];
    loop {
        let count = stream.read(&mut chunk).await.unwrap_or(0);
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if count == 0 || text.split_once("\r\n\r\n").is_some_and(|(head, body)| is_whole(head, body, is_head)) {
            return text.into_owned();
        }
    }
}

fn is_whole(head: &str, body: &str, is_head: bool) -> bool {
    let length = head.split("\r\n").find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
    let chunked = head.contains("\r\nTransfer-Encoding: chunked");
    is_head || length.is_some_and(|length: usize| body.len() >= length) || (chunked && body.ends_with("0\r\n\r\n"))
}
