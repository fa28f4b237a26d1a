//! What the target demands and the source lacks: supplied, held or rejected.

use std::fmt::Write as _;

use crate::model::{Occurrence, PathId};

use super::super::lane::Action;
use super::super::plan::{PlaceId, Row};
use super::super::report::{Finding, Severity, SuppliedBy};
use super::output::Element;
use super::{Encoder, Stand};

impl Encoder<'_> {
    /// A value for a place that the source gives none: an officer's, else the lane's.
    pub(super) fn supply(&self, id: PlaceId) -> Option<(String, (SuppliedBy, String))> {
        if !self.supplied_below.get(id.0).copied().unwrap_or(false) {
            return None;
        }
        let supplement = self.context.supplements.iter().find(|supplement| {
            let place = self.plan.place(id);
            let plain = without_indices(&supplement.path);
            plain == place.label.path
                && (plain == supplement.path || self.path_of(id) == supplement.path)
        });
        if let Some(supplement) = supplement {
            let by = (SuppliedBy::Officer, String::new());
            return Some((supplement.value.clone(), by));
        }
        let rule = self.value_rules.get(&id)?;
        let value = rule
            .value
            .as_ref()
            .filter(|_| rule.action == Action::Supply)?;
        let note = rule.legal_note.clone().unwrap_or_default();
        Some((value.clone(), (SuppliedBy::Lane, note)))
    }

    /// Notes what the schema demands of an element and it does not have.
    pub(super) fn demand(&mut self, element: &Element<'_>) {
        for child in &self.plan.place(element.place).demanded {
            if !self.out.has(element, *child) {
                self.demanded(*child);
            }
        }
    }

    /// Notes a missing place; of a missing element the values that the schema demands in it.
    fn demanded(&mut self, id: PlaceId) {
        let plan = self.plan;
        let place = plan.place(id);
        let inner: Vec<PlaceId> = place
            .children
            .iter()
            .copied()
            .filter(|child| plan.place(*child).required && !self.is_generated(*child))
            .collect();
        if !inner.is_empty() && place.rows.is_empty() {
            self.trail.push((id, 1));
            for child in inner {
                self.demanded(child);
            }
            self.trail.pop();
            return;
        }
        let path = self.path_of(id);
        if self.named.contains(&path) {
            return;
        }
        let rule = self.value_rules.get(&id);
        let action = rule.map(|rule| rule.action);
        let ground = rule.and_then(|rule| rule.legal_note.as_deref());
        let mut text = "the target demands a value that the source does not have".to_owned();
        if let Some(ground) = ground.filter(|ground| !ground.is_empty()) {
            text = format!("{text}: {ground}");
        }
        let severity = match action {
            Some(Action::Reject) => Severity::Reject,
            Some(Action::Hold | Action::Supply) | None => Severity::Hold,
        };
        let row = place
            .rows
            .iter()
            .map(|row| plan.row(*row))
            .find(|row| row.encodes);
        let at = row.and_then(|row| self.would_stand(row));
        self.note(Finding {
            code: "MAP_VALUE_MISSING".to_owned(),
            severity,
            list: None,
            value: None,
            target_path: Some(path),
            canonical: at.map(Occurrence::text),
            source: Some(
                self.decoded
                    .locate(at.unwrap_or(Occurrence::ROOT))
                    .pointer(),
            ),
            text,
        });
    }

    /// Whether the translation itself fills a place, once its element stands.
    fn is_generated(&self, id: PlaceId) -> bool {
        use super::super::plan::Source;
        let rows = self.plan.place(id).rows.iter();
        rows.map(|row| self.plan.row(*row)).any(|row| {
            // A constant with a condition stands only where that holds.
            let constant = matches!(row.source, Source::Const(_)) && row.when.model.is_none();
            let computed = matches!(
                row.source,
                Source::Count(_) | Source::Empty | Source::Generate(_) | Source::Number { .. }
            );
            constant || computed
        })
    }

    /// Where a row's value would stand in the model.
    pub(super) fn would_stand(&self, row: &Row) -> Option<Occurrence> {
        let path: PathId = *row.paths.first()?;
        let object = match self.stand(row.scope) {
            Stand::At(object) => object,
            Stand::Closed | Stand::Void => {
                let mut scope = self.plan.scope(row.scope).parent;
                while !matches!(self.stand(scope), Stand::At(_)) {
                    scope = self.plan.scope(scope).parent;
                }
                match self.stand(scope) {
                    Stand::At(object) => object,
                    Stand::Closed | Stand::Void => Occurrence::ROOT,
                }
            }
        };
        Some(self.place_in(row.scope, object, path))
    }

    /// A finding about a row's place in the target.
    pub(super) fn find_for(
        &mut self,
        row: &Row,
        code: &str,
        severity: Severity,
        at: Occurrence,
        words: &str,
    ) {
        let target = row.places.first().map(|place| self.path_of(*place));
        let rule = row
            .places
            .first()
            .and_then(|place| self.value_rules.get(place));
        let reject = rule.is_some_and(|rule| rule.action == Action::Reject);
        let ground = rule.filter(|rule| rule.action != Action::Supply);
        let ground = ground.and_then(|rule| rule.legal_note.as_deref());
        let text = ground
            .filter(|ground| !ground.is_empty())
            .map_or_else(|| words.to_owned(), |ground| format!("{words}: {ground}"));
        self.note(Finding {
            code: code.to_owned(),
            severity: if reject { Severity::Reject } else { severity },
            list: None,
            value: None,
            target_path: target,
            canonical: Some(at.text()),
            source: Some(self.decoded.locate(at).pointer()),
            text,
        });
    }

    /// A finding about a place in the source.
    pub(super) fn find(
        &mut self,
        code: &str,
        severity: Severity,
        at: Option<Occurrence>,
        words: &str,
    ) {
        self.note(Finding {
            code: code.to_owned(),
            severity,
            list: None,
            value: None,
            target_path: None,
            canonical: at.map(Occurrence::text),
            source: Some(
                self.decoded
                    .locate(at.unwrap_or(Occurrence::ROOT))
                    .pointer(),
            ),
            text: words.to_owned(),
        });
    }

    /// The path of a place in the message that is being made, with indices where elements may
    /// repeat.
    pub(super) fn path_of(&self, id: PlaceId) -> String {
        let mut path = String::with_capacity(self.plan.place(id).label.path.len() + 8);
        self.push_path(id, &mut path);
        path
    }

    /// Goes as deep as the target's schema.
    fn push_path(&self, id: PlaceId, path: &mut String) {
        let place = self.plan.place(id);
        let Some(parent) = place.parent else {
            return;
        };
        self.push_path(parent, path);
        if !path.is_empty() {
            path.push('/');
        }
        if place.attribute {
            path.push('@');
        }
        path.push_str(&place.label.local);
        let mut trail = self.trail.iter().rev();
        let number = trail.find(|(known, _)| *known == id);
        if let Some((_, number)) = number.filter(|_| place.repeats()) {
            // Writing to a text does not fail.
            let _ = write!(path, "[{number}]");
        }
    }
}

/// A path without its `[n]`.
pub(super) fn without_indices(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}
