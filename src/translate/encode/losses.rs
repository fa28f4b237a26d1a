//! Every value of the source that did not arrive.

use std::cell::LazyCell;

use foldhash::HashSet;

use crate::model::{Catalogue, Occurrence, PathId};

use super::super::report::{Finding, Loss, LossReason, Severity};
use super::{Encoded, Encoder, FINDINGS_MAX};

impl Encoder<'_> {
    /// The losses: values that no row read, values that lost something, values that the model has
    /// no place for.
    pub(super) fn collect_losses(&mut self) -> Vec<Loss> {
        // Nearly every value that is read has a source of its own.
        let mut read = HashSet::default();
        read.reserve(self.decoded.sources.len());
        for at in std::mem::take(&mut self.read) {
            read.insert(at);
        }
        let written = std::mem::take(&mut self.written);
        let written = LazyCell::new(|| sorted(written));
        let mut losses = Vec::new();
        for kept in &self.decoded.sources {
            let at = kept.occurrence;
            let said = |at: Occurrence| read.contains(&at);
            let echoed = || self.echoes.get(&at).is_some_and(|same| said(*same));
            if !said(at) && !echoed() && !self.is_undecided(at) {
                let path = kept.source(self.decoded.root).path();
                losses.push(self.loss(at, path, self.reason(at, &written)));
            }
        }
        let mut noted = HashSet::default();
        for (at, reason) in &self.cut_losses {
            if noted.insert((*at, *reason)) {
                let path = self.decoded.locate(*at).path();
                losses.push(self.loss(*at, path, *reason));
            }
        }
        for unmapped in &self.decoded.unmapped {
            losses.push(Loss {
                path: unmapped.source.path(),
                canonical: None,
                reason: LossReason::NoTarget,
                severity: self.rules.severity(None, LossReason::NoTarget),
                value: Some(unmapped.value.clone().into_owned()),
            });
        }
        losses
    }

    fn is_undecided(&self, at: Occurrence) -> bool {
        let catalogue = Catalogue::get();
        let mut lists = self.undecided.iter();
        lists.any(|list| catalogue.is_within(at.path, *list))
    }

    fn reason(&self, at: Occurrence, written: &[Occurrence]) -> LossReason {
        if !self.sieve.passes(at.path) {
            return LossReason::Withheld;
        }
        let mut above = at;
        while above.path != PathId::ROOT {
            if let Some(reason) = self.left_out.get(&above) {
                return *reason;
            }
            above = above.parent();
        }
        if self.of_no_branch(at, written) {
            return LossReason::CodeUnmapped;
        }
        LossReason::NoTarget
    }

    /// Whether a value is in an object of a list that branches by kind, and of no branch.
    fn of_no_branch(&self, at: Occurrence, written: &[Occurrence]) -> bool {
        let catalogue = Catalogue::get();
        let branches = self.plan.scopes.iter().filter(|scope| scope.branch);
        let mut above = branches.filter(|scope| catalogue.is_within(at.path, scope.path));
        above
            .next()
            .is_some_and(|scope| written.binary_search(&at.with(scope.path)).is_err())
    }

    fn loss(&self, at: Occurrence, path: String, reason: LossReason) -> Loss {
        let value = self.declaration.leaf(at);
        Loss {
            path,
            canonical: Some(at.text()),
            reason,
            severity: self.rules.severity(Some(at.path), reason),
            value: value.map(|value| value.lexical().into_owned()),
        }
    }

    /// Losses that the lane does not bear become findings.
    pub(super) fn reject_grave_losses(&self, encoded: &mut Encoded) {
        let grave = encoded
            .losses
            .iter()
            .filter(|loss| loss.severity > Severity::Note);
        let findings: Vec<Finding> = grave
            .take(FINDINGS_MAX)
            .map(|loss| Finding {
                code: "MAP_LOSS_NOT_BORNE".to_owned(),
                severity: loss.severity,
                list: None,
                value: None,
                target_path: None,
                canonical: loss.canonical.clone(),
                source: None,
                text: format!("{}: {}", loss.reason.as_str(), loss.path),
            })
            .collect();
        encoded.findings.extend(findings);
    }
}

fn sorted(mut occurrences: Vec<Occurrence>) -> Vec<Occurrence> {
    occurrences.sort_unstable();
    occurrences
}
