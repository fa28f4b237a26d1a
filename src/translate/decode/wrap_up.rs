//! What can be said only when the whole message was read: joined values, references, copies,
//! checks.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::model::{Catalogue, Occurrence};

use super::super::plan::{Adopt, Opens, Source};
use super::super::value::{Written, read};
use super::super::walk;
use super::{Decoder, SourceEntry, depth};

impl Decoder<'_, '_> {
    pub(super) fn wrap_up(&mut self) {
        self.store_collected();
        self.refer();
        self.copy();
        self.check();
        self.disown();
        self.keep_unused_parts();
    }

    fn store_collected(&mut self) {
        for mut collected in std::mem::take(&mut self.collected) {
            let row = self.plan.row(collected.row);
            collected.text = collected.text.trim().to_owned();
            let written = Written {
                text: &collected.text,
                beside: None,
                zone: self.zone,
            };
            match read(row, written) {
                Ok(read) => {
                    for (code, words) in read.notes {
                        self.finding(code, Some(collected.at), collected.source, words);
                    }
                    let text = Cow::Owned(collected.text);
                    self.store(collected.at, read.leaf, collected.source, text);
                    let more = collected.more.into_iter().map(|source| SourceEntry {
                        occurrence: collected.at,
                        source,
                    });
                    self.decoded.sources.extend(more);
                }
                Err((code, words)) => {
                    self.finding(code, Some(collected.at), collected.source, words);
                    self.keep(collected.source, Cow::Owned(collected.text));
                }
            }
        }
    }

    /// Adds the references of pivots, once for each object and each that refers to it.
    fn refer(&mut self) {
        for (scope, object, referring) in std::mem::take(&mut self.references) {
            let Some(pivot) = &self.plan.scope(scope).pivot else {
                continue;
            };
            let declaration = &self.decoded.declaration;
            let Some(number) = declaration.leaf(referring.with(pivot.number)) else {
                continue;
            };
            if !declaration.exists(object) {
                continue;
            }
            let number = number.to_leaf();
            let list = object.with(pivot.refs);
            let length = declaration.count(list);
            let entry = |index| list.entry(depth(pivot.refs), index).with(pivot.reference);
            let known = (0..length).any(|index| {
                let leaf = declaration.leaf(entry(index));
                leaf.is_some_and(|leaf| leaf.to_leaf() == number)
            });
            if !known {
                let _ = self.decoded.declaration.set(entry(length), number);
            }
        }
    }

    fn copy(&mut self) {
        for (to, original) in std::mem::take(&mut self.copies) {
            let from = Occurrence::first(original);
            for (path, leaf) in walk::leaves(&self.decoded.declaration, from) {
                if let Some(target) = walk::rebase(path, from, to)
                    && self.decoded.declaration.leaf(target).is_none()
                {
                    let _ = self.decoded.declaration.set(target, leaf);
                }
            }
        }
    }

    /// `adopt`: an object without its key is not an object of the model, its seals are loose.
    fn disown(&mut self) {
        let plan = self.plan;
        for scope in &plan.scopes {
            let Some(adopt) = &scope.adopt else { continue };
            if scope.opens != Opens::Entry {
                continue;
            }
            let list = Occurrence::first(scope.path);
            let mut index = 0;
            while index < self.decoded.declaration.count(list) {
                let object = list.entry(depth(scope.path), index);
                if self
                    .decoded
                    .declaration
                    .leaf(object.with(adopt.key))
                    .is_none()
                {
                    self.move_out(object, adopt);
                    if walk::leaves(&self.decoded.declaration, object).is_empty() {
                        self.decoded.declaration.remove(object);
                        self.close_gap(object);
                        continue;
                    }
                }
                index += 1;
            }
        }
    }

    fn move_out(&mut self, object: Occurrence, adopt: &Adopt) {
        let from = object.with(adopt.into);
        let to = Occurrence::first(adopt.from);
        while self.decoded.declaration.count(from) > 0 {
            let entry = from.entry(depth(adopt.into), 0);
            let length = self.decoded.declaration.count(to);
            let target = to.entry(depth(adopt.from), length);
            for (path, leaf) in walk::leaves(&self.decoded.declaration, entry) {
                if let Some(at) = walk::rebase(path, entry, target) {
                    let _ = self.decoded.declaration.set(at, leaf);
                    self.move_source(path, at);
                }
            }
            if self.decoded.declaration.count(to) == length {
                return;
            }
            self.decoded.declaration.remove(entry);
            self.close_gap(entry);
        }
    }

    fn move_source(&mut self, from: Occurrence, to: Occurrence) {
        if let Some(number) = self.decoded.by_occurrence.remove(&from) {
            self.decoded.by_occurrence.insert(to, number);
            if let Some(entry) = self.decoded.sources.get_mut(number) {
                entry.occurrence = to;
            }
        }
    }

    /// After an entry left its list, the sources of later entries move up with them.
    fn close_gap(&mut self, gone: Occurrence) {
        let catalogue = Catalogue::get();
        let level = depth(gone.path);
        let removed = gone.index_at(level);
        let moved: Vec<(Occurrence, Occurrence)> = self
            .decoded
            .sources
            .iter()
            .map(|entry| entry.occurrence)
            .filter(|at| {
                catalogue.is_within(at.path, gone.path)
                    && (1..level).all(|l| at.index_at(l) == gone.index_at(l))
                    && at.index_at(level) > removed
            })
            .map(|at| (at, walk::shifted(at, level)))
            .collect();
        for (from, to) in moved {
            self.move_source(from, to);
        }
    }

    fn check(&mut self) {
        for check in std::mem::take(&mut self.checks) {
            let row = self.plan.row(check.row);
            let stated = check.text.parse::<Decimal>().ok();
            let (code, computed) = match &row.source {
                Source::Count(route) => {
                    let count = walk::objects(&self.decoded.declaration, check.object, route).len();
                    (
                        "MAP_COUNT_DIFFERS",
                        u64::try_from(count).ok().map(Decimal::from),
                    )
                }
                Source::Sum(route) => {
                    let unit = super::super::value::mass_unit(row);
                    let sum = walk::sum(&self.decoded.declaration, check.object, route, unit);
                    ("MAP_SUM_DIFFERS", sum.ok())
                }
                Source::Const(_)
                | Source::Empty
                | Source::Generate(_)
                | Source::Model
                | Source::Number { .. }
                | Source::Table { .. } => continue,
            };
            if computed.is_some() && stated != computed {
                let words = "is not what the rest of the message adds up to";
                self.finding(code, None, check.source, words);
            }
        }
    }

    fn keep_unused_parts(&mut self) {
        for part in std::mem::take(&mut self.parts) {
            if self.used_parts.contains(&(part.node.id(), part.attribute)) {
                continue;
            }
            let text = match part.attribute {
                Some(name) => {
                    let found = part.node.attributes().find(|a| a.name.local == name);
                    Cow::Borrowed(found.map_or("", |a| a.value))
                }
                None => super::trimmed(part.node.text()),
            };
            let mapped = self.decoded.sources.iter().any(|entry| {
                entry.source.node.id() == part.node.id() && entry.source.attribute == part.attribute
            });
            if !mapped && !text.is_empty() {
                self.keep(part, text);
            }
        }
    }
}
