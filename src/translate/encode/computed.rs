//! Values that the model does not simply hold: generated, counted, numbered, summed, looked up.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::model::{Catalogue, LeafKind, LeafRef, Mass, MassUnit, Occurrence};

use super::super::lane::{Lookup, look_up};
use super::super::plan::{
    Generate, Numbering, Route, Row, RowId, ScopeId, Series, Source, TableKeys,
};
use super::super::report::{LossReason, Severity};
use super::super::value::{self, Text};
use super::super::walk;
use super::leaf::plain;
use super::series::Numbered;
use super::{Encoder, LRN_CHARS_MAX, MESSAGE_ID_CHARS_MAX, Mark, Stand};

/// A sum as a value of the row's kind: of masses with the unit that goes beside it.
fn summed(row: &Row, sum: Decimal, unit: MassUnit) -> LeafRef<'static> {
    if row.kind == LeafKind::Mass {
        LeafRef::Mass(Mass { value: sum, unit })
    } else {
        LeafRef::Number(sum)
    }
}

impl<'a> Encoder<'a> {
    pub(super) fn generated(&self, row: &'a Row, generate: Generate) -> Option<Text<'a>> {
        let context = self.context;
        let take = |text: &'a str, max: usize| {
            let end = text
                .char_indices()
                .nth(max)
                .map_or(text.len(), |(end, _)| end);
            text.get(..end).unwrap_or("")
        };
        let mut text = match generate {
            Generate::DocumentId => plain(context.document_id.as_str())?,
            Generate::Lrn => plain(take(&context.lrn, LRN_CHARS_MAX))?,
            Generate::MessageId => plain(take(&context.message_id, MESSAGE_ID_CHARS_MAX))?,
            Generate::Now => {
                let now = LeafRef::Moment(value::moment_of(context.now));
                value::write(row, now, self.zone.as_ref(), self.on).ok()?
            }
        };
        text.losses.clear();
        Some(text)
    }

    pub(super) fn count(&self, row: &Row, route: &Route) -> Option<Text<'a>> {
        let Stand::At(object) = self.stand(row.scope) else {
            return None;
        };
        let mut count = self.walk(row.scope, object, route).len();
        let scope = self.plan.scope(row.scope);
        if let Some(adopt) = &scope.adopt
            && adopt.into == route.path
            && self.declaration.count(object.with(scope.path)) <= 1
        {
            count += self.declaration.count(Occurrence::first(adopt.from));
        }
        plain(count.to_string())
    }

    pub(super) fn numbered(
        &mut self,
        id: RowId,
        numbering: Numbering,
    ) -> Result<Option<Text<'a>>, LossReason> {
        let row = self.plan.row(id);
        let restarts = self.restarts(numbering);
        let before = self.mark();
        if !restarts
            && !row.paths.is_empty()
            && let Some(text) = self.model_text(id)?
        {
            let low = self.is_low(row, &text.text, before);
            return Ok((!low).then_some(text));
        }
        let ordinal = self.ordinals.get(row.scope.0).copied().unwrap_or(1);
        let number = if restarts {
            let running = self.next_number(id);
            self.renumber(id, ordinal, running);
            ordinal
        } else if numbering != Numbering::Parent {
            self.next_number(id)
        } else if self.numbers_the_group(row) {
            ordinal
        } else {
            1
        };
        Ok(plain(number.to_string()).map(|mut text| {
            value::shape(row, &mut text);
            text
        }))
    }

    /// Holds the message for a number of the model with which the target's numbers do not begin: it is
    /// changed into no other, and lost where an officer gives one.
    fn is_low(&mut self, row: &'a Row, text: &str, before: Mark) -> bool {
        let place = row.places.first().map(|id| self.plan.place(*id));
        let least = place.and_then(|place| place.label.least).unwrap_or(0);
        if !text.parse().is_ok_and(|number: u64| number < least) {
            return false;
        }
        self.take_back(before);
        if let Some(at) = self.would_stand(row) {
            self.leave_out(at, LossReason::Renumbered);
            let words = format!("is less than {least}, with which the target's numbers begin");
            self.find_for(row, "MAP_NUMBER_LOW", Severity::Hold, at, &words);
        }
        true
    }

    /// Whether the element that a number stands in is the group's own, which repeats.
    fn numbers_the_group(&self, row: &Row) -> bool {
        let place = row.places.first().map(|place| self.plan.place(*place));
        let parent = place.and_then(|place| place.parent);
        row.scope != ScopeId::ROOT && parent == Some(self.plan.scope(row.scope).place)
    }

    fn next_number(&mut self, id: RowId) -> u32 {
        self.counted.push(id);
        if let Some((_, number)) = self.counters.iter_mut().find(|(row, _)| *row == id) {
            *number += 1;
            return *number;
        }
        self.counters.push((id, 1));
        1
    }

    /// The model's value, else what is computed from others.
    pub(super) fn computed(&mut self, id: RowId) -> Result<Option<Text<'a>>, LossReason> {
        if let Some(text) = self.model_text(id)? {
            return Ok(Some(text));
        }
        let row = self.plan.row(id);
        let Stand::At(object) = self.stand(row.scope) else {
            return Ok(None);
        };
        match &row.source {
            Source::Sum(route) => {
                let unit = value::mass_unit(row);
                let divided = self.owners_in_division(route, object);
                let sum = match &divided {
                    Some(owners) if owners.is_empty() => Err(object.with(route.path)),
                    Some(owners) => walk::sum_of(self.declaration, owners, route.path, unit),
                    None => walk::sum(self.declaration, object, route, unit),
                };
                match sum {
                    Ok(sum) => value::write(row, summed(row, sum, unit), None, self.on).map(Some),
                    Err(missing) => {
                        let words = "a part of the sum is missing";
                        self.find_for(row, "MAP_SUM_PART_MISSING", Severity::Hold, missing, words);
                        Ok(None)
                    }
                }
            }
            Source::Series(series) => Ok(self.in_series(row, series)),
            Source::Table(table) => Ok(self.looked_up(row, table)),
            Source::Const(_)
            | Source::Count(_)
            | Source::Empty
            | Source::Generate(_)
            | Source::Model
            | Source::Number { .. } => Ok(None),
        }
    }

    /// The next running number after prefix, year and the table's value, each of which has its own.
    fn in_series(&mut self, row: &'a Row, series: &'a Series) -> Option<Text<'a>> {
        let counted_for = self.looked_up(row, &series.table)?;
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        let year = zone.to_datetime(self.context.now).year().rem_euclid(100);
        let head = format!("{}{year:02}{}", series.prefix, counted_for.text);
        let name = format!("{} {head}", series.name);
        let end = 10_u64.checked_pow(series.digits).unwrap_or(u64::MAX);
        let number = self.context.serials.next(&name);
        let Some(number) = number.filter(|number| *number < end) else {
            let words = "the running numbers are used up, or cannot be counted now";
            let at = self.would_stand(row).unwrap_or(Occurrence::ROOT);
            self.find_for(row, "MAP_SERIES_END", Severity::Hold, at, words);
            return None;
        };
        let width = usize::try_from(series.digits).unwrap_or(0);
        let text = format!("{head}{number:0width$}");
        self.numbered.push(Numbered {
            series: name,
            number,
        });
        plain(text)
    }

    fn looked_up(&mut self, row: &'a Row, table: &TableKeys) -> Option<Text<'a>> {
        let name = table.name.as_str();
        let mut places = Vec::new();
        let mut values = Vec::new();
        for key in &table.keys {
            let ways: Vec<Occurrence> = key
                .iter()
                .filter_map(|path| self.at(row.scope, *path))
                .collect();
            let at = ways.iter().find(|at| self.declaration.exists(**at));
            let at = at.or_else(|| ways.first()).copied()?;
            let Some(value) = self.declaration.leaf(at) else {
                let words = format!("the table `{name}` needs this value");
                self.find_for(row, "MAP_TABLE_KEY_MISSING", Severity::Hold, at, &words);
                return None;
            };
            places.push(at);
            values.push(value.lexical());
        }
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        let rows = self.rules.table.get(name).map_or(&[][..], Vec::as_slice);
        match look_up(rows, &values) {
            Lookup::Found(value) => {
                for at in places {
                    self.value(at);
                }
                plain(value)
            }
            Lookup::Unlisted(number) => {
                let at = places.get(number).or_else(|| places.first()).copied()?;
                let words = format!("the lane's table `{name}` does not list this value");
                self.find_for(row, "MAP_TABLE_UNLISTED", Severity::Hold, at, &words);
                None
            }
        }
    }

    /// `hoist`: said by all below, so said here.
    pub(super) fn hoisted(&mut self, id: RowId) -> Option<Text<'a>> {
        let row = self.plan.row(id);
        let route = row.hoist.as_ref()?;
        let Stand::At(object) = self.stand(row.scope) else {
            return None;
        };
        let owners = Route {
            path: Catalogue::get().parent(route.path),
            lists: route.lists.clone(),
        };
        let all: Vec<Occurrence> = self
            .walk(row.scope, object, &owners)
            .into_iter()
            .map(|owner| owner.with(route.path))
            .collect();
        let first = self.peek(*all.first()?)?;
        if all.iter().any(|at| self.peek(*at) != Some(first)) {
            return None;
        }
        let text = value::write(row, first, self.zone.as_ref(), self.on).ok()?;
        for at in all {
            self.value(at);
        }
        Some(text)
    }
}
