//! The Gravitee reference, row by row (`tests/cases`). Belongs here: which files there are, that no row is missing.
//! Not here: reading (`format`), running (`run`), expectations (the files).

mod compare;
mod engines;
mod format;
mod rows;
mod run;
mod server;
mod world;

use std::collections::BTreeSet;

use format::Section;

macro_rules! sections {
    ($($name:ident),+ $(,)?) => {
        const FILES: &[(&str, &str)] =
            &[$((concat!(stringify!($name), ".toml"), include_str!(concat!("../../cases/", stringify!($name), ".toml")))),+];

        $(
            #[tokio::test]
            async fn $name() {
                let name = concat!(stringify!($name), ".toml");
                let text = include_str!(concat!("../../cases/", stringify!($name), ".toml"));
                run::section(name, &Section::read(name, text)).await;
            }
        )+
    };
}

sections!(a3, a4, a5, a6, a7, a8, a9, b1, b2, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, d, e, h);

fn sections() -> Vec<Section> {
    FILES.iter().map(|(name, text)| Section::read(name, text)).collect()
}

#[test]
fn every_row_has_a_case_and_every_case_a_row() {
    let listed: BTreeSet<_> =
        rows::ROWS.iter().flat_map(|(section, rows)| rows.iter().map(move |row| format!("{section}/{row}"))).collect();
    let there: BTreeSet<_> =
        sections().iter().flat_map(|section| &section.cases).map(|case| case.row.clone()).collect();
    assert_eq!(listed.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new(), "rows without a case");
    assert_eq!(
        there.difference(&listed).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "cases of a row that is not listed"
    );
}
