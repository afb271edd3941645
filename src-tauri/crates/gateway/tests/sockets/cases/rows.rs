//! The rows of the reference that must have a case. Not here: the cases.

/// Section, and the rows of it.
pub(crate) const ROWS: &[(&str, &[&str])] = &[
    ("A.4", &["1", "2", "3", "4", "5", "6", "7", "8"]),
    (
        "C.3",
        &[
            "nothing",
            "no-basic",
            "unknown",
            "basic-wrong",
            "basic-colon",
            "basic-post",
            "post-wrong",
            "post-basic",
            "mtls",
            "precedence",
            "own-method",
            "decoding",
        ],
    ),
];
