//! Exchanges as an HTTP archive, HAR 1.2.
//! Belongs here: the format. Not here: masking; the records that come in are masked or not.

use serde_json::{Value, json};

use crate::{ExchangeRecord, RequestRecord, ResponseRecord, TimingRecord};

/// The archive of these exchanges.
#[must_use]
pub fn har(records: &[ExchangeRecord], creator: &str, version: &str) -> Value {
    let entries: Vec<Value> = records.iter().map(entry).collect();
    json!({ "log": { "version": "1.2", "creator": { "name": creator, "version": version }, "entries": entries } })
}

fn entry(record: &ExchangeRecord) -> Value {
    let http_version = record.http_version.as_deref().unwrap_or("HTTP/1.1");
    let mut entry = json!({
        "startedDateTime": record.sent_at,
        "time": milliseconds(record.timing_us.total),
        "request": request(&record.request, http_version),
        "response": response(record.response.as_ref(), http_version),
        "cache": {},
        "timings": timings(&record.timing_us),
    });
    if let Some((host, port)) = record.remote_address.as_deref().and_then(|address| address.rsplit_once(':')) {
        set(&mut entry, "serverIPAddress", host.trim_matches(['[', ']']));
        set(&mut entry, "connection", port);
    }
    entry
}

fn request(request: &RequestRecord, http_version: &str) -> Value {
    let query = request.url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
    let query: Vec<Value> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mut value = json!({
        "method": request.method,
        "url": request.url,
        "httpVersion": http_version,
        "cookies": [],
        "headers": pairs(&request.headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": request.body.as_ref().map_or(0, String::len),
    });
    if let Some(body) = &request.body {
        set(&mut value, "postData", json!({ "mimeType": header(&request.headers, "content-type"), "text": body }));
    }
    value
}

/// An exchange without an answer has status 0, as browsers write it.
fn response(response: Option<&ResponseRecord>, http_version: &str) -> Value {
    let headers = response.map(|response| response.headers.as_slice()).unwrap_or_default();
    let mut content = json!({
        "size": response.map_or(0, |response| response.body_bytes),
        "mimeType": header(headers, "content-type"),
    });
    match response.map(|response| (&response.body, &response.body_base64)) {
        Some((Some(text), _)) => set(&mut content, "text", text.as_str()),
        Some((None, Some(base64))) => {
            set(&mut content, "text", base64.as_str());
            set(&mut content, "encoding", "base64");
        }
        _ => {}
    }
    json!({
        "status": response.map_or(0, |response| response.status),
        "statusText": response.map_or("", |response| response.reason.as_str()),
        "httpVersion": http_version,
        "cookies": [],
        "headers": pairs(headers),
        "content": content,
        "redirectURL": header(headers, "location"),
        "headersSize": -1,
        "bodySize": -1,
    })
}

fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// HAR counts TLS into `connect` as well; -1 means that a phase did not happen.
fn timings(timing: &TimingRecord) -> Value {
    let connect = timing.connect.map(|connect| connect + timing.tls.unwrap_or(0));
    let before = [timing.dns, connect, timing.first_byte].into_iter().flatten().sum::<u64>();
    json!({
        "blocked": -1,
        "dns": milliseconds(timing.dns),
        "connect": milliseconds(connect),
        "ssl": milliseconds(timing.tls),
        "send": 0,
        "wait": timing.first_byte.map_or(0.0, |wait| milliseconds(Some(wait))),
        "receive": milliseconds(Some(timing.total.unwrap_or(0).saturating_sub(before))),
    })
}

fn milliseconds(micros: Option<u64>) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a duration of centuries loses microseconds")]
    micros.map_or(-1.0, |micros| micros as f64 / 1000.0)
}

fn pairs(headers: &[(String, String)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn an_entry_has_all_that_the_format_demands() {
        let record = ExchangeRecord {
            request: RequestRecord {
                method: "POST".into(),
                url: "https://api.example/a?b=c+d&e".into(),
                headers: vec![("Content-Type".into(), "text/plain".into())],
                body: Some("hello".into()),
            },
            response: Some(ResponseRecord {
                status: 200,
                reason: "OK".into(),
                headers: Vec::new(),
                body: None,
                body_base64: Some("AAE=".into()),
                body_bytes: 2,
                body_truncated: false,
            }),
            timing_us: TimingRecord {
                dns: None,
                connect: Some(1000),
                tls: Some(2000),
                first_byte: Some(3000),
                total: Some(7000),
            },
            redirects: Vec::new(),
            sent_at: "2023-11-14T22:13:20.000000Z".into(),
            remote_address: Some("[::1]:443".into()),
            http_version: Some("HTTP/2".into()),
        };
        let unanswered = ExchangeRecord { response: None, ..record.clone() };
        let har = har(&[record, unanswered], "Claimcheck", "1");
        let entry = &har["log"]["entries"][0];
        assert_eq!(entry["request"]["queryString"][0], json!({ "name": "b", "value": "c d" }));
        assert_eq!(entry["request"]["postData"], json!({ "mimeType": "text/plain", "text": "hello" }));
        assert_eq!(
            entry["response"]["content"],
            json!({ "size": 2, "mimeType": "", "text": "AAE=", "encoding": "base64" })
        );
        assert_eq!(entry["serverIPAddress"], "::1");
        let timings = &entry["timings"];
        assert_eq!(
            (&timings["dns"], &timings["connect"], &timings["ssl"], &timings["receive"]),
            (&json!(-1.0), &json!(3.0), &json!(2.0), &json!(1.0))
        );
        assert_eq!(har["log"]["entries"][1]["response"]["status"], 0);
    }
}
