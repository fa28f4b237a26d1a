//! The facts as rules look at them: which results count, what is the last word of each list.
//!
//! Start at [`Case`]. Everything here was known at the time of the decision.

use jiff::Timestamp;

use super::agreement::{Agreement, PostPair, digits, folded};
use super::code::Code;
use super::facts::{ControlResult, Declared, Fact, Facts, GoodsLine, Presentation, ResultFunction};
use super::judgement::{Judgement, Side};
use super::missing::Missing;

/// What was known, under which agreement, at what time.
pub(super) struct Case<'a> {
    pub(super) facts: &'a Facts,
    pub(super) agreement: &'a Agreement,
    pub(super) at: Timestamp,
    /// The results that count: not replaced, in their last version, in effect.
    results: Vec<&'a Fact<ControlResult>>,
}

/// One line of goods, as one side has it.
pub(super) struct Line {
    /// Which line, for people.
    pub(super) name: String,
    /// Digits of its code; none when the code is missing or none.
    pub(super) hs: Option<String>,
}

impl<'a> Case<'a> {
    pub(super) fn new(facts: &'a Facts, agreement: &'a Agreement, at: Timestamp) -> Self {
        Self {
            facts,
            agreement,
            at,
            results: current(&facts.control_results, at),
        }
    }

    /// The results that count; a note when there is none.
    pub(super) fn results(&self, judgement: &mut Judgement) -> Vec<&'a ControlResult> {
        if self.results.is_empty() {
            judgement.miss(Missing::ControlResult);
        }
        for fact in &self.results {
            judgement.cite("controlResults", fact);
        }
        self.results.iter().map(|fact| &fact.value).collect()
    }

    /// The results that count, with their sources.
    pub(super) fn result_facts(&self) -> &[&'a Fact<ControlResult>] {
        &self.results
    }

    /// Withdrawals in effect. Every one counts: a withdrawal is never taken back.
    pub(super) fn withdrawals(&self) -> impl Iterator<Item = &'a Fact<ControlResult>> {
        let at = self.at;
        let all = self.facts.control_results.iter();
        all.filter(move |fact| {
            fact.value.function == ResultFunction::Withdrawal && is_effective(fact, at)
        })
    }

    pub(super) fn declaration(&self, judgement: &mut Judgement) -> Option<&'a Declared> {
        let list = &self.facts.declaration;
        last_word(judgement, "declaration", list, Missing::Declaration)
    }

    pub(super) fn presentation(&self, judgement: &mut Judgement) -> Option<&'a Presentation> {
        let list = &self.facts.presentation;
        last_word(judgement, "presentation", list, Missing::Presentation)
    }

    /// The presentation where there is one, without a note when there is none.
    pub(super) fn presented(&self) -> Option<&'a Presentation> {
        latest(&self.facts.presentation)
            .first()
            .map(|fact| &fact.value)
    }

    /// Ends of the controls that count; a note for each that is missing.
    pub(super) fn control_times(&self, judgement: &mut Judgement) -> Vec<Timestamp> {
        let results = self.results(judgement);
        let mut times = Vec::new();
        for result in results {
            let time = judgement.need(result.ended_at, Missing::ControlTime);
            times.extend(time);
        }
        for time in &times {
            judgement.saw(Side::Partner, time);
        }
        times
    }

    /// Every line of goods that somebody states. The declaration must have some.
    pub(super) fn goods(&self, judgement: &mut Judgement) -> Vec<Line> {
        let mut lines = self.declared_goods(judgement);
        for result in self.results(judgement) {
            let goods = result.goods_lines.iter().flatten();
            lines.extend(goods.map(|line| show(line, Side::Partner, judgement)));
        }
        lines
    }

    pub(super) fn declared_goods(&self, judgement: &mut Judgement) -> Vec<Line> {
        let Some(declaration) = self.declaration(judgement) else {
            return Vec::new();
        };
        let goods = declaration.goods_lines.as_deref().unwrap_or_default();
        if goods.is_empty() {
            judgement.miss(Missing::DeclaredGoods);
        }
        let lines = goods.iter();
        lines
            .map(|line| show(line, Side::Declared, judgement))
            .collect()
    }

    pub(super) fn controlled_goods(&self, judgement: &mut Judgement) -> Vec<Line> {
        let mut lines = Vec::new();
        for result in self.results(judgement) {
            let goods = result.goods_lines.iter().flatten();
            lines.extend(goods.map(|line| show(line, Side::Partner, judgement)));
        }
        if lines.is_empty() {
            judgement.miss(Missing::ControlledGoods);
        }
        lines
    }

    /// The post where the goods enter: the one where they were presented, before that the declared
    /// one.
    pub(super) fn entry_post(&self, judgement: &mut Judgement) -> Option<&'a str> {
        let post = if self.presented().is_some() {
            let presentation = self.presentation(judgement)?;
            presentation.post.as_deref()
        } else {
            let declaration = self.declaration(judgement)?;
            declaration.entry_post.as_deref()
        };
        judgement.need(post, Missing::PostOfEntry)
    }

    /// The pairs of posts through which a result's goods go: none when they are not agreed on.
    pub(super) fn pairs(&self, country: &str, exit: &str, entry: &str) -> Vec<&'a PostPair> {
        let (country, exit, entry) = (folded(country), folded(exit), folded(entry));
        let pairs = self.agreement.post_pairs.iter();
        pairs
            .filter(|pair| pair.from_party.as_str() == country)
            .filter(|pair| pair.from.contains(&exit) && pair.to.contains(&entry))
            .collect()
    }
}

/// The line for people, noted as seen; a note when its code is missing.
fn show(line: &GoodsLine, side: Side, judgement: &mut Judgement) -> Line {
    let hs = line.hs.as_deref().and_then(digits);
    let shown = hs.as_deref().unwrap_or("?");
    judgement.saw(side, format!("{:03} {shown}", line.sequence));
    if hs.is_none() {
        judgement.miss(Missing::GoodsCode);
    }
    Line {
        name: format!("{} ({shown})", line.sequence),
        hs,
    }
}

fn is_effective(fact: &Fact<ControlResult>, at: Timestamp) -> bool {
    fact.value.effective_from.is_none_or(|from| from <= at)
}

fn current(facts: &[Fact<ControlResult>], at: Timestamp) -> Vec<&Fact<ControlResult>> {
    let standing: Vec<&Fact<ControlResult>> = facts
        .iter()
        .filter(|fact| fact.value.function != ResultFunction::Withdrawal)
        .filter(|fact| is_effective(fact, at))
        .collect();
    // The last version of each; of versions learned at one time, all.
    let last = |fact: &&Fact<ControlResult>| {
        let same = standing.iter().filter(|other| {
            other.value.id == fact.value.id && other.value.function == fact.value.function
        });
        same.map(|other| other.known_at).max() == Some(fact.known_at)
    };
    let last: Vec<&Fact<ControlResult>> = standing.iter().copied().filter(last).collect();
    let is_replaced = |fact: &&Fact<ControlResult>| {
        last.iter().any(|other| {
            other.value.function == ResultFunction::Replacement
                && other.value.replaces.as_ref() == Some(&fact.value.id)
                && (other.value.id != fact.value.id
                    || fact.value.function == ResultFunction::Original)
        })
    };
    last.iter()
        .copied()
        .filter(|fact| !is_replaced(fact))
        .collect()
}

/// The facts that were learned last; more than one when they were learned at one time.
pub(super) fn latest<T>(facts: &[Fact<T>]) -> Vec<&Fact<T>> {
    let last = facts.iter().map(|fact| fact.known_at).max();
    let latest = facts.iter().filter(|fact| Some(fact.known_at) == last);
    latest.collect()
}

/// The value that was learned last. Two values at one time are a contradiction: the rule fails
/// rather than choose.
fn last_word<'a, T: PartialEq>(
    judgement: &mut Judgement,
    list: &str,
    facts: &'a [Fact<T>],
    missing: Missing,
) -> Option<&'a T> {
    let latest = latest(facts);
    for fact in &latest {
        judgement.cite(list, fact);
    }
    let first = judgement.need(latest.first().copied(), missing)?;
    if latest.iter().any(|fact| fact.value != first.value) {
        judgement.fail(Code::FactsContradict, list);
        return None;
    }
    Some(&first.value)
}
