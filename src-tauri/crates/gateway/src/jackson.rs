//! JSON as Jackson's default pretty printer and Vert.x `encodePrettily` write it: two spaces, a space on both sides of
//! the colon, arrays on one line, `{ }` for nothing. Not here: what is written.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Pretty JSON.
pub(crate) fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    // Writing to memory cannot fail, and everything that is written here has text keys.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut out, Pretty::default()));
    out
}

#[derive(Default)]
struct Pretty {
    depth: usize,
    empty: bool,
}

impl Pretty {
    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        out.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| out.write_all(b"  "))
    }
}

impl Formatter for Pretty {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b" " } else { b", " })
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" ]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.empty = true;
        out.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.line(out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" : ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.empty = false;
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.empty {
            out.write_all(b" ")?;
        } else {
            self.line(out)?;
        }
        self.empty = false;
        out.write_all(b"}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn looks_as_jackson_prints_it() {
        let value = json!({"a": {}, "b": [1, "x"], "c": {"d": []}, "e": null});
        let text = String::from_utf8(super::pretty(&value)).unwrap_or_default();
        assert_eq!(
            text,
            "{\n  \"a\" : { },\n  \"b\" : [ 1, \"x\" ],\n  \"c\" : {\n    \"d\" : [ ]\n  },\n  \"e\" : null\n}"
        );
    }
}
