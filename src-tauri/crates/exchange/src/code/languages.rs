//! The writers of programming languages: JavaScript, Python, Rust.
//! Belongs here: literals, and how each reads the environment. Not here: command lines.

use std::fmt::Write;

use super::{Basic, Content, Placeholder, Snippet, Text};

/// A string literal of JSON is one of JavaScript and of Python too.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn concatenated(text: &Text, read: impl Fn(&Placeholder) -> String) -> String {
    match text {
        Text::Literal(text) => json(text),
        Text::Secret { before, value } if before.is_empty() => read(value),
        Text::Secret { before, value } => format!("{} + {}", json(before), read(value)),
    }
}

fn pairs(list: &[(String, Text)], read: impl Fn(&Placeholder) -> String, open: char, close: char) -> String {
    let pair =
        |(name, value): &(String, Text)| format!("    {open}{}, {}{close},\n", json(name), concatenated(value, &read));
    list.iter().map(pair).collect()
}

pub(super) fn javascript(snippet: &Snippet) -> String {
    let read = |value: &Placeholder| format!("process.env.{}", value.variable);
    let mut text = snippet.comments("//", false);
    let _ = writeln!(text, "const response = await fetch({}, {{", json(&snippet.url));
    let _ = writeln!(text, "  method: {},", json(&snippet.method));
    let mut headers = pairs(&snippet.headers, read, '[', ']');
    if let Some(Basic { user, password, form_encoded }) = &snippet.basic {
        let password = read(password);
        let password = if *form_encoded { format!("encodeURIComponent({password})") } else { password };
        let _ = writeln!(
            headers,
            "    [\"Authorization\", \"Basic \" + Buffer.from({} + {password}).toString(\"base64\")],",
            json(&format!("{user}:"))
        );
    }
    let _ = writeln!(text, "  headers: [\n{headers}  ],");
    match &snippet.content {
        Content::Empty => {}
        Content::Text(body) => {
            let _ = writeln!(text, "  body: {},", json(body));
        }
        Content::Form(form) => {
            let _ = writeln!(text, "  body: new URLSearchParams([\n{}  ]),", pairs(form, read, '[', ']'));
        }
    }
    text.push_str("});\nconsole.log(response.status, await response.text());\n");
    text
}

pub(super) fn python(snippet: &Snippet) -> String {
    let read = |value: &Placeholder| format!("os.environ[{}]", json(&value.variable));
    let mut text = snippet.comments("#", false);
    if !snippet.placeholders().is_empty() {
        text.push_str("import os\n");
    }
    let encodes = snippet.basic.as_ref().is_some_and(|basic| basic.form_encoded);
    text.push_str(if encodes { "from urllib.parse import quote\n\n" } else { "" });
    text.push_str("import requests\n\nresponse = requests.request(\n");
    let _ = writeln!(text, "    {},\n    {},", json(&snippet.method), json(&snippet.url));
    let header = |(name, value): &(String, Text)| format!("        {}: {},\n", json(name), concatenated(value, read));
    let headers: String = snippet.headers.iter().map(header).collect();
    let _ = writeln!(text, "    headers={{\n{headers}    }},");
    if let Some(Basic { user, password, form_encoded }) = &snippet.basic {
        let password = read(password);
        let password = if *form_encoded { format!("quote({password}, safe='')") } else { password };
        // Bytes, since requests writes texts in Latin-1.
        let _ = writeln!(text, "    auth=({}.encode(), {password}.encode()),", json(user));
    }
    match &snippet.content {
        Content::Empty => {}
        Content::Text(body) => {
            let _ = writeln!(text, "    data={}.encode(),", json(body));
        }
        Content::Form(form) => {
            let _ = writeln!(text, "    data=[\n{}    ],", pairs(form, read, '(', ')').replace("    (", "        ("));
        }
    }
    text.push_str(")\nprint(response.status_code, response.text)\n");
    text
}

pub(super) fn rust(snippet: &Snippet) -> String {
    let read = |value: &Placeholder| format!("std::env::var({:?})?", value.variable);
    let value = |text: &Text| match text {
        Text::Literal(text) => format!("{text:?}.to_owned()"),
        Text::Secret { before, value } if before.is_empty() => read(value),
        Text::Secret { before, value } => format!("format!(\"{{}}{{}}\", {before:?}, {})", read(value)),
    };
    let mut text = snippet.comments("//", false);
    text.push_str("let response = reqwest::Client::new()\n");
    let _ = writeln!(text, "    .request({:?}.parse()?, {:?})", snippet.method, snippet.url);
    if let Some(Basic { user, password, form_encoded }) = &snippet.basic {
        let password = read(password);
        let password = if *form_encoded {
            format!(
                "url::form_urlencoded::byte_serialize({password}.as_bytes()).collect::<String>().replace('+', \"%20\")"
            )
        } else {
            password
        };
        let _ = writeln!(text, "    .basic_auth({user:?}, Some({password}))");
    }
    for (name, header) in &snippet.headers {
        let _ = writeln!(text, "    .header({name:?}, {})", value(header));
    }
    match &snippet.content {
        Content::Empty => {}
        Content::Text(body) => {
            let _ = writeln!(text, "    .body({body:?})");
        }
        Content::Form(form) => {
            let pair = |(name, text): &(String, Text)| format!("        ({name:?}, {}),\n", value(text));
            let _ = writeln!(text, "    .form(&[\n{}    ])", form.iter().map(pair).collect::<String>());
        }
    }
    text.push_str("    .send()\n    .await?;\nprintln!(\"{} {}\", response.status(), response.text().await?);\n");
    text
}
