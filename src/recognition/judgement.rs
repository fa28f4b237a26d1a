//! One rule at work: what it saw, what fails, what is missing.
//!
//! Start at [`Judgement`]. It collects in sets, so that the order in which a rule looks at things
//! does not show: any failure is a FAIL, else anything missing is an UNKNOWN, else it is a PASS.

use std::collections::BTreeSet;

use super::code::Code;
use super::facts::{Fact, SignatureCode, SignatureState};
use super::missing::Missing;
use super::result::{FactReference, Finding, Observed, State};
use super::rule::Rule;
use super::text::Text3;

/// Which side says something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Declared,
    Here,
    Partner,
}

/// Most characters of one side, of the detail, of what is expected: it is for people, and the facts
/// have the rest. A list of 20 container numbers takes 260.
const SHOWN_CHARS_MAX: usize = 400;

/// What one rule found so far.
#[derive(Debug)]
pub(super) struct Judgement {
    rule: Rule,
    failures: BTreeSet<(Code, String)>,
    missing: BTreeSet<Missing>,
    doubt: BTreeSet<SignatureCode>,
    partner: BTreeSet<String>,
    declared: BTreeSet<String>,
    here: BTreeSet<String>,
    expected: String,
    facts: BTreeSet<FactReference>,
}

impl Judgement {
    pub(super) fn of(rule: Rule, expected: impl Into<String>) -> Self {
        Self {
            rule,
            failures: BTreeSet::new(),
            missing: BTreeSet::new(),
            doubt: BTreeSet::new(),
            partner: BTreeSet::new(),
            declared: BTreeSet::new(),
            here: BTreeSet::new(),
            expected: expected.into(),
            facts: BTreeSet::new(),
        }
    }

    /// What is wanted, where the facts say which of the agreement's terms apply.
    pub(super) fn expect(&mut self, expected: String) {
        self.expected = expected;
    }

    pub(super) fn fail(&mut self, code: Code, detail: impl Into<String>) {
        self.failures.insert((code, detail.into()));
    }

    pub(super) fn miss(&mut self, missing: Missing) {
        self.missing.insert(missing);
    }

    /// A signature of which nobody can tell, and why.
    pub(super) fn doubt(&mut self, code: SignatureCode) {
        self.doubt.insert(code);
        self.miss(Missing::Signature);
    }

    /// The value, or a note that it is missing.
    pub(super) fn need<T>(&mut self, value: Option<T>, missing: Missing) -> Option<T> {
        if value.is_none() {
            self.miss(missing);
        }
        value
    }

    pub(super) fn saw(&mut self, side: Side, text: impl ToString) {
        let texts = match side {
            Side::Declared => &mut self.declared,
            Side::Here => &mut self.here,
            Side::Partner => &mut self.partner,
        };
        texts.insert(text.to_string());
    }

    /// Notes that the rule rests on a fact; nothing passes on one that nobody vouches for.
    pub(super) fn cite<T>(&mut self, list: &str, fact: &Fact<T>) {
        if fact.source.signature == SignatureState::Unverified {
            self.miss(Missing::VerifiedSource);
        }
        self.facts.insert(FactReference {
            fact: list.to_owned(),
            message: fact.source.message.clone(),
            package: fact.source.package.clone(),
            path: fact.source.path.clone(),
            signature: fact.source.signature,
            known_at: fact.known_at,
        });
    }

    /// The finding, with who may override it under the agreement.
    pub(super) fn close(self, authority: Option<&String>) -> Finding {
        let state = if !self.failures.is_empty() {
            State::Fail
        } else if !self.missing.is_empty() {
            State::Unknown
        } else {
            State::Pass
        };
        // The first code by name speaks; its details are joined.
        let code = match state {
            State::Fail => self.failures.first().map(|(code, _)| *code),
            State::Pass => None,
            State::Unknown => self.doubt.first().map(|code| Code::Signature(*code)),
        };
        let details = self.failures.iter().filter(|(of, _)| Some(*of) == code);
        let details: BTreeSet<String> = details
            .map(|(_, detail)| detail.clone())
            .filter(|detail| !detail.is_empty())
            .collect();
        let detail = shown(&details);
        let missing = match state {
            State::Fail | State::Pass => Vec::new(),
            State::Unknown => self.missing.iter().copied().collect(),
        };
        let (text, remedy) = words(self.rule, state, code, detail.as_deref(), &missing);
        Finding {
            rule: self.rule,
            state,
            code,
            detail,
            observed: Observed {
                partner: shown(&self.partner),
                declared: shown(&self.declared),
                here: shown(&self.here),
            },
            expected: self.expected,
            missing,
            facts: self.facts.into_iter().collect(),
            overridable_by: authority.filter(|_| state != State::Pass).cloned(),
            title: self.rule.title(),
            text,
            remedy,
        }
    }
}

fn words(
    rule: Rule,
    state: State,
    code: Option<Code>,
    detail: Option<&str>,
    missing: &[Missing],
) -> (Text3, Option<Text3>) {
    let exactly = |text: Text3| match detail {
        Some(detail) => text.join([": ", ": ", "："], &Text3::new(detail, detail, detail)),
        None => text,
    };
    let lacking = || Text3::list(missing.iter().map(|missing| missing.text()));
    match (state, code) {
        (State::Fail, Some(code)) => (exactly(code.text()), Some(code.remedy())),
        (State::Fail | State::Unknown, code) => {
            let unknown = Text3::new("Not known", "Неизвестно", "未知");
            let unknown = code.map_or(unknown, Code::text);
            let wanted = Text3::new("Wanted", "Требуется", "需要");
            let colon = [": ", ": ", "："];
            let lacking = lacking();
            let remedy = wanted.join(colon, &lacking);
            (unknown.join(colon, &lacking), Some(remedy))
        }
        (State::Pass, _) => (rule.title(), None),
    }
}

/// The texts as one, in their order, cut to what a person reads.
fn shown(texts: &BTreeSet<String>) -> Option<String> {
    if texts.is_empty() {
        return None;
    }
    let mut shown = String::new();
    for (number, text) in texts.iter().enumerate() {
        if number > 0 {
            shown.push_str(", ");
        }
        shown.push_str(text);
        if let Some((end, _)) = shown.char_indices().nth(SHOWN_CHARS_MAX) {
            shown.truncate(end);
            shown.push('…');
            return Some(shown);
        }
    }
    Some(shown)
}
