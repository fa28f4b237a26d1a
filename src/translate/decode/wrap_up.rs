//! What can be said only when the whole message was read: joined values, references, copies,
//! checks.

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::HashMap;
use rust_decimal::Decimal;

use crate::model::{Catalogue, Form, FormError, Occurrence};

use super::super::plan::{Adopt, Opens, Source};
use super::super::value::{Note, Written, read};
use super::super::walk;
use super::{Decoder, KeptSource, Said, depth};

impl Decoder<'_, '_> {
    pub(super) fn wrap_up(&mut self) {
        self.store_collected();
        self.check_documents();
        self.refer();
        self.copy();
        self.check();
        self.compare();
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
                on: self.decoded.on,
            };
            match read(row, written) {
                Ok(read) => {
                    self.note(read.notes, collected.at, collected.source);
                    let text = Cow::Owned(collected.text);
                    self.store(collected.at, read.leaf, collected.source, text);
                    let more = collected.more.iter();
                    let more = more.map(|source| KeptSource::new(collected.at, source));
                    self.decoded.sources.extend(more);
                }
                Err((code, words)) => {
                    let note = Note::of(code, words, &collected.text);
                    self.note([note], collected.at, collected.source);
                    self.keep(collected.source, Cow::Owned(collected.text));
                }
            }
        }
    }

    /// Numbers of documents whose kind has numbers of a form.
    fn check_documents(&mut self) {
        for (kept, kind) in std::mem::take(&mut self.documents) {
            let at = kept.occurrence;
            let declaration = &self.decoded.declaration;
            let kind = declaration.leaf(at.with(kind));
            let form = kind.and_then(|kind| Form::of_document(&kind.lexical()));
            let (Some(form), Some(number)) = (form, declaration.leaf(at)) else {
                continue;
            };
            let number = number.lexical();
            let checked = form.check(&number);
            // Papers that go with a consignment of mail have numbers of their own.
            let other = |error: &FormError| form == Form::PostalItem && !error.is_check_digit();
            if checked.as_ref().err().is_some_and(other) {
                continue;
            }
            let note = Note::form(checked, &number);
            self.note(note, at, kept.source(self.decoded.root));
        }
    }

    /// Adds the references of pivots, once for each object and each that refers to it.
    fn refer(&mut self) {
        let mut known = HashSet::new();
        for (scope, object, referring) in std::mem::take(&mut self.references) {
            let Some(pivot) = &self.plan.scope(scope).pivot else {
                continue;
            };
            let declaration = &self.decoded.declaration;
            let Some(number) = declaration.leaf(referring.with(pivot.number)) else {
                continue;
            };
            if !declaration.exists(object) || !known.insert((object, number.lexical().into_owned()))
            {
                continue;
            }
            let number = number.to_leaf();
            let list = object.with(pivot.refs);
            let next = list.entry(depth(pivot.refs), declaration.count(list));
            // The list's length and the number's kind were checked when the package was loaded.
            let _ = self
                .decoded
                .declaration
                .set(next.with(pivot.reference), number);
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
            let mut keep = Vec::new();
            for index in 0..self.decoded.declaration.count(list) {
                let object = list.entry(depth(scope.path), index);
                let keyed = self.decoded.declaration.exists(object.with(adopt.key));
                if !keyed {
                    self.move_out(object, adopt);
                }
                keep.push(keyed || !walk::leaves(&self.decoded.declaration, object).is_empty());
            }
            if keep.contains(&false) {
                self.decoded.declaration.retain(list, &keep);
                self.close_gaps(list, &keep);
            }
        }
    }

    fn move_out(&mut self, object: Occurrence, adopt: &Adopt) {
        let from = object.with(adopt.into);
        let to = Occurrence::first(adopt.from);
        let length = self.decoded.declaration.count(from);
        for index in 0..length {
            let entry = from.entry(depth(adopt.into), index);
            let next = self.decoded.declaration.count(to);
            let target = to.entry(depth(adopt.from), next);
            for (path, leaf) in walk::leaves(&self.decoded.declaration, entry) {
                if let Some(at) = walk::rebase(path, entry, target)
                    && self.decoded.declaration.set(at, leaf).is_ok()
                {
                    self.move_source(path, at);
                }
            }
        }
        self.decoded.declaration.retain(from, &vec![false; length]);
    }

    fn move_source(&mut self, from: Occurrence, to: Occurrence) {
        let sources = self.decoded.sources.iter().enumerate();
        let moved = self.moved.get_or_insert_with(|| {
            let mut first = HashMap::default();
            for (number, entry) in sources {
                first.entry(entry.occurrence).or_insert(number);
            }
            first
        });
        if let Some(number) = moved.remove(&from) {
            moved.insert(to, number);
            if let Some(entry) = self.decoded.sources.get_mut(number) {
                entry.occurrence = to;
            }
        }
    }

    /// After entries left a list, the sources of later ones move up with them.
    fn close_gaps(&mut self, list: Occurrence, keep: &[bool]) {
        let catalogue = Catalogue::get();
        let level = depth(list.path);
        let mut kept = 0;
        let numbers: Vec<usize> = keep
            .iter()
            .map(|keep| {
                kept += usize::from(*keep);
                kept
            })
            .collect();
        let moved: Vec<(Occurrence, Occurrence)> = self
            .decoded
            .sources
            .iter()
            .map(|entry| entry.occurrence)
            .filter(|at| catalogue.is_within(at.path, list.path))
            .filter_map(|at| {
                let number = numbers.get(at.index_at(level))?.checked_sub(1)?;
                let target = walk::renumbered(at, level, number);
                (target != at).then_some((at, target))
            })
            .collect();
        // In order, so that a place is free before another value moves there.
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
                | Source::Series(_)
                | Source::Table { .. } => continue,
            };
            if computed.is_some() && stated != computed {
                let words = "is not what the rest of the message adds up to";
                self.finding(code, None, check.source, words);
            }
            if computed.is_none() || stated != computed {
                self.keep(check.source, check.text);
            }
        }
    }

    /// What a place says where the mapping only writes is said already, or it is kept.
    fn compare(&mut self) {
        for restated in std::mem::take(&mut self.restated) {
            let mut said = restated.said.iter();
            if !said.any(|said| self.is_said(said, &restated.text)) {
                self.keep(restated.source, restated.text);
            }
        }
    }

    fn is_said(&self, said: &Said<'_>, text: &str) -> bool {
        let row = self.plan.row(said.row);
        let constant = match &row.source {
            Source::Const(constant) => Some(constant.as_str()),
            Source::Count(_)
            | Source::Empty
            | Source::Generate(_)
            | Source::Model
            | Source::Number { .. }
            | Source::Series(_)
            | Source::Sum(_)
            | Source::Table { .. } => row.default.as_deref(),
        };
        if constant == Some(text) {
            return true;
        }
        let declaration = &self.decoded.declaration;
        if let Source::Count(route) = &row.source {
            let count = walk::objects(declaration, said.object, route).len();
            return text.parse() == Ok(count);
        }
        let written = Written {
            text,
            beside: said.beside.as_deref(),
            zone: self.zone,
            on: self.decoded.on,
        };
        let Ok(read) = read(row, written) else {
            return false;
        };
        let mut paths = row.paths.iter().map(|path| said.object.with(*path));
        paths.any(|at| {
            declaration
                .leaf(at)
                .is_some_and(|leaf| leaf.to_leaf() == read.leaf)
        })
    }

    fn keep_unused_parts(&mut self) {
        let mut parts = std::mem::take(&mut self.parts);
        parts.retain(|part| {
            let place = (part.node.id(), part.attribute);
            !self.used_parts.contains(&place)
        });
        if parts.is_empty() {
            return;
        }
        let sources = self.decoded.sources().map(|entry| entry.source);
        let mapped: HashSet<_> = sources
            .map(|source| (source.node.id(), source.attribute))
            .collect();
        for part in parts {
            let text = match part.attribute {
                Some(name) => {
                    let found = part.node.attributes().find(|a| a.name.local == name);
                    Cow::Borrowed(found.map_or("", |a| a.value))
                }
                None => super::trimmed(part.node.text()),
            };
            let mapped = mapped.contains(&(part.node.id(), part.attribute));
            if !mapped && !text.is_empty() {
                self.keep(part, text);
            }
        }
    }
}
