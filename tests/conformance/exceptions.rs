//! What we differ in on purpose: `conformance/exceptions.json`. Start at [`Verdicts`].

use std::fmt::Write as _;

use serde::Deserialize;

/// A difference that we know of and want.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    suite: String,
    case: String,
    expected: String,
    actual: String,
    reason: String,
}

/// What the judge said and what we said, case by case.
pub(crate) struct Verdicts {
    suite: &'static str,
    /// Of which cases: those whose names begin so.
    part: String,
    differences: Vec<(String, String, String)>,
    cases: usize,
}

impl Verdicts {
    pub(crate) fn new(suite: &'static str) -> Self {
        Self::of_part(suite, String::new())
    }

    /// Of a part of a suite: the cases whose names begin so, and the exceptions for them.
    pub(crate) fn of_part(suite: &'static str, part: String) -> Self {
        Self {
            suite,
            part,
            differences: Vec::new(),
            cases: 0,
        }
    }

    /// Notes a case: what the judge expects and what we do.
    pub(crate) fn add(&mut self, case: &str, expected: &str, actual: &str) {
        self.cases += 1;
        if expected != actual {
            let short = |text: &str| text.chars().take(2000).collect::<String>();
            self.differences
                .push((case.to_owned(), short(expected), short(actual)));
        }
    }

    /// Fails on a difference that is not listed and on a listed one that did not happen.
    pub(crate) fn conclude(self) {
        let text = include_str!("../../conformance/exceptions.json");
        let listed: Vec<Exception> = serde_json::from_str(text).expect("exceptions.json");
        let report = self.surprises(&listed);
        assert!(
            report.is_empty(),
            "{}: {} cases\n{report}",
            self.suite,
            self.cases
        );
        println!("{}: {} cases", self.suite, self.cases);
    }

    fn surprises(&self, listed: &[Exception]) -> String {
        let mut ours: Vec<_> = listed
            .iter()
            .filter(|one| one.suite == self.suite && one.case.starts_with(&self.part))
            .collect();
        let mut report = String::new();
        for (case, expected, actual) in &self.differences {
            let known = ours.iter().position(|one| {
                one.case == *case && one.expected == *expected && one.actual == *actual
            });
            match known.map(|at| ours.remove(at)) {
                Some(one) if one.reason.is_empty() => {
                    writeln!(report, "{case}: an exception without a reason").unwrap();
                }
                Some(_) => {}
                None => {
                    writeln!(report, "{case}\n  expected {expected}\n  actual   {actual}").unwrap()
                }
            }
        }
        for one in ours {
            writeln!(
                report,
                "{}: listed as an exception, but it did not happen",
                one.case
            )
            .unwrap();
        }
        report
    }
}

#[test]
fn only_listed_differences_pass_and_all_listed_ones_must_happen() {
    let listed = |actual: &str| {
        vec![Exception {
            suite: "suite".to_owned(),
            case: "one".to_owned(),
            expected: "yes".to_owned(),
            actual: actual.to_owned(),
            reason: "because".to_owned(),
        }]
    };
    let mut verdicts = Verdicts::new("suite");
    verdicts.add("one", "yes", "no");
    verdicts.add("two", "yes", "yes");
    assert_eq!(verdicts.surprises(&listed("no")), "");
    assert!(verdicts.surprises(&[]).contains("expected yes"));
    assert!(
        verdicts
            .surprises(&listed("perhaps"))
            .contains("did not happen")
    );
    let mut passes = Verdicts::new("suite");
    passes.add("one", "yes", "yes");
    assert!(passes.surprises(&listed("no")).contains("did not happen"));
}
