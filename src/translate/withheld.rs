//! Mandatory elements of a target whose only source a lane withholds: every such message would be
//! held, so the lane is at fault and not the message.
//!
//! Start at [`mandatory`].

use super::lane::{Action, LaneRules, Sieve};
use super::plan::{PlaceId, Plan, Row, Source};
use crate::model::PathId;

/// The paths of elements that the target demands wherever their parent stands, and that nothing
/// fills because the lane lets no value for them pass; each with the canonical path that is withheld.
pub(super) fn mandatory(rules: &LaneRules, plan: &Plan) -> Vec<(String, PathId)> {
    let given = |id: &PlaceId| {
        let path = &plan.place(*id).label.path;
        let gives = |action| matches!(action, Action::Supply | Action::Hold);
        let mut rules = rules.value.iter();
        rules.any(|rule| rule.at == *path && gives(rule.action))
    };
    let look = Look {
        plan,
        sieve: Sieve::new(rules),
        given: (0..plan.places.len()).map(PlaceId).filter(given).collect(),
    };
    let mut found = Vec::new();
    look.below(PlaceId::ROOT, &mut found);
    found
}

struct Look<'a> {
    plan: &'a Plan,
    sieve: Sieve,
    /// Places that the lane supplies or lets an officer fill.
    given: Vec<PlaceId>,
}

impl Look<'_> {
    /// Looks below an element that stands in some message.
    fn below(&self, id: PlaceId, found: &mut Vec<(String, PathId)>) {
        for child in &self.plan.place(id).children {
            let place = self.plan.place(*child);
            if place.part || place.ignored {
                continue;
            }
            if self.has_content(*child) {
                self.below(*child, found);
            } else if place.required
                && !self.is_generated(*child)
                && let Some(withheld) = self.withheld(*child)
            {
                found.push((place.label.path.clone(), withheld));
            }
        }
    }

    /// Whether something that passes may bring the place into being.
    fn has_content(&self, id: PlaceId) -> bool {
        let place = self.plan.place(id);
        let mut rows = place.rows.iter().map(|row| self.plan.row(*row));
        self.given.contains(&id)
            || rows.any(|row| row.encodes && self.is_content(row))
            || place.children.iter().any(|child| self.has_content(*child))
    }

    fn is_content(&self, row: &Row) -> bool {
        let passes = |path: &PathId| self.sieve.passes(*path);
        match &row.source {
            Source::Const(_) => row.when.model.is_some() && self.may_be_asked(row),
            Source::Count(_) | Source::Empty | Source::Generate(_) | Source::Number { .. } => false,
            Source::Model => {
                row.paths.iter().any(passes)
                    || row.hoist.as_ref().is_some_and(|route| passes(&route.path))
            }
            Source::Series(_) | Source::Table { .. } => true,
            Source::Sum(route) => row.paths.iter().any(passes) || passes(&route.path),
        }
    }

    /// Whether the translation itself fills the place, once its parent stands.
    fn is_generated(&self, id: PlaceId) -> bool {
        let mut rows = self.plan.place(id).rows.iter();
        rows.any(|row| {
            let row = self.plan.row(*row);
            let computed = match &row.source {
                Source::Const(_) => self.may_be_asked(row),
                Source::Count(_) | Source::Empty | Source::Generate(_) | Source::Number { .. } => {
                    true
                }
                Source::Model | Source::Series(_) | Source::Sum(_) | Source::Table { .. } => false,
            };
            let default = row.default.is_some() && self.may_be_asked(row);
            row.encodes && (computed || default)
        })
    }

    /// Whether the subject of a row's condition passes, when it has one: what is withheld answers none.
    fn may_be_asked(&self, row: &Row) -> bool {
        let condition = row.when.model.as_deref();
        condition.is_none_or(|(subject, _)| self.sieve.passes(subject.path))
    }

    /// A canonical path that would fill the place, if it passed.
    fn withheld(&self, id: PlaceId) -> Option<PathId> {
        let place = self.plan.place(id);
        let rows = place.rows.iter().map(|row| self.plan.row(*row));
        let mut own = rows.filter(|row| row.encodes && !self.is_content(row));
        let path = own.find_map(|row| {
            let condition = row
                .when
                .model
                .as_deref()
                .filter(|_| !self.may_be_asked(row));
            let subject = condition.map(|(subject, _)| subject.path);
            row.paths.first().copied().or(subject)
        });
        let mut below = place.children.iter();
        path.or_else(|| below.find_map(|child| self.withheld(*child)))
    }
}
