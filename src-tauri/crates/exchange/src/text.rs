//! Bytes of a body as text.
//! Belongs here: telling text from other content, charsets. Not here: masking.

/// The text of a body, or `None` if it is not text. `cut` allows an unfinished character at the end.
pub(crate) fn decode(content_type: Option<&str>, bytes: &[u8], cut: bool) -> Option<String> {
    if let Some(encoding) = content_type.and_then(charset) {
        return encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if cut && error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    // NUL does not occur in text, but does in nearly everything else.
    (!text.contains('\0')).then(|| text.to_owned())
}

/// The charset that a media type names, unless it is UTF-8 or unknown.
fn charset(content_type: &str) -> Option<&'static encoding_rs::Encoding> {
    let parameters = content_type.split(';').skip(1);
    let named = parameters.filter_map(|parameter| parameter.split_once('='));
    let label = named.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?.1;
    let encoding = encoding_rs::Encoding::for_label(label.trim().trim_matches('"').as_bytes())?;
    (encoding != encoding_rs::UTF_8).then_some(encoding)
}
