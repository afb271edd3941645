//! Header fields in the order and case they came in. Belongs here: looking up, adding, removing.
//! Not here: what a field means. A field that is only passed on is never copied or allocated.

use std::borrow::Cow;

use bytes::Bytes;

use crate::text::Text;

/// The fields of a head: spans of the received bytes, and own ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headers {
    bytes: Bytes,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
enum Field {
    Received { name: Span, value: Span },
    Own { name: Cow<'static, str>, value: Text },
}

/// A part of the received bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Where the fields of a received head are.
pub(super) struct Fields(Vec<Field>);

impl Fields {
    pub(super) fn received(spans: impl ExactSizeIterator<Item = (Span, Span)>) -> Self {
        /// Room for the fields that are added on the way.
        const ADDED: usize = 4;
        let mut fields = Vec::with_capacity(spans.len() + ADDED);
        fields.extend(spans.map(|(name, value)| Field::Received { name, value }));
        Self(fields)
    }

    /// What stands before, between and after the values.
    pub(super) fn between<'h>(&'h self, head: &'h [u8]) -> impl Iterator<Item = &'h [u8]> {
        let values = self.0.iter().filter_map(|field| match field {
            // An empty value may be anywhere.
            Field::Received { value, .. } if value.start < value.end => Some(*value),
            _ => None,
        });
        let mut from = 0;
        values.map(|value| (value.start as usize, value.end as usize)).chain([(head.len(), head.len())]).map(
            move |(start, end)| {
                let part = head.get(from..start).unwrap_or(head);
                from = end;
                part
            },
        )
    }
}

impl Span {
    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl Headers {
    /// Fields that were found in these bytes.
    pub(super) fn of(bytes: Bytes, Fields(fields): Fields) -> Self {
        Self { bytes, fields }
    }

    /// All fields: name and value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|field| field.parts(&self.bytes))
    }

    /// Every value of this name, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// The first value of this name.
    pub(crate) fn first<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The first value of this name, if it is UTF-8.
    pub(crate) fn text<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.first(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The value, if there is exactly one.
    pub(crate) fn only<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        let mut all = self.all(name);
        all.next().filter(|_| all.next().is_none())
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Appends a field. Control characters are dropped from the value: a field never ends a line.
    pub(crate) fn add(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Text>) {
        let (name, mut value) = (name.into(), value.into());
        // The whole value is looked at in any case, several bytes at a time.
        if value.bytes().fold(false, |found, b| found | (b.is_ascii_control() & (b != b'\t'))) {
            value = value.chars().filter(|c| !c.is_ascii_control()).collect::<String>().into();
        }
        self.fields.push(Field::Own { name, value });
    }

    /// Replaces every field of this name by one.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Text>) {
        let name = name.into();
        self.remove(&name);
        self.add(name, value);
    }

    /// Replaces the first field of this name where it stands, or appends one.
    pub(crate) fn replace(&mut self, name: &'static str, value: impl Into<Text>) {
        let bytes = &self.bytes;
        let at = self.fields.iter().position(|field| field.parts(bytes).0.eq_ignore_ascii_case(name.as_bytes()));
        self.add(name, value);
        if let Some(at) = at
            && let Some(last) = self.fields.len().checked_sub(1)
        {
            self.fields.swap(at, last);
            self.fields.truncate(last);
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.retain(|n| !n.eq_ignore_ascii_case(name.as_bytes()));
    }

    /// Keeps the fields whose name satisfies `keep`.
    pub(crate) fn retain(&mut self, keep: impl Fn(&[u8]) -> bool) {
        let bytes = &self.bytes;
        self.fields.retain(|field| keep(field.parts(bytes).0));
    }

    /// Removes what belongs to one connection only (RFC 9110 section 7.6.1): the framing, the fields that
    /// `Connection` names, and the fields that are always hop-by-hop.
    pub(crate) fn remove_hop_by_hop(&mut self) {
        let named: Vec<String> = self
            .all("connection")
            .flat_map(|value| value.split(|b| *b == b','))
            .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
            .filter(|name| !matches!(name.as_str(), "" | "close" | "keep-alive"))
            .collect();
        self.retain(|name| {
            !is_hop_by_hop(name) && !named.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
        });
    }

    /// Writes all fields as lines.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (name, value) in self.iter() {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Whether a field belongs to one connection only: the framing, and what is always hop-by-hop.
pub(crate) fn is_hop_by_hop(name: &[u8]) -> bool {
    HOP_BY_HOP.into_iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// A token (RFC 9110 section 5.6.2).
pub(crate) fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Field {
    fn parts<'a>(&'a self, bytes: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        match self {
            Self::Received { name, value } => (name.of(bytes), value.of(bytes)),
            Self::Own { name, value } => (name.as_bytes(), value.as_bytes()),
        }
    }
}
