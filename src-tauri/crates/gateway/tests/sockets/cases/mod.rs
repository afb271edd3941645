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

/// The eight outcomes of the policy (A.4) are said for every version in every engine, be it in A.4, A.5 or A.9.
#[test]
fn every_outcome_of_the_policy_is_said_for_every_version_and_engine() {
    let sections = sections();
    let cases: Vec<_> =
        sections.iter().flat_map(|section| section.cases.iter().map(move |case| (section, case))).collect();
    for outcome in 1..=8 {
        let rows = ["A.4", "A.5", "A.9 0.1", "A.9 1.5", "A.9 3.0"].map(|section| format!("{section}/{outcome}"));
        let of_it = cases.iter().filter(|(_, case)| rows.contains(&case.row));
        let said: BTreeSet<_> = of_it.flat_map(|(section, case)| run::combinations(section, case)).collect();
        assert_eq!(said.len(), 5 * 3, "outcome {outcome}: {said:?}");
    }
}
