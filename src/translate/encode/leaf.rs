//! Values: what stands in one attribute or simple element, and where it came from.

use std::borrow::Cow;

use crate::model::{LeafRef, Occurrence};

use super::super::plan::{Name, PlaceId, Row, RowId, Source};
use super::super::report::{Finding, LossReason, Severity, Supplied, SuppliedBy};
use super::super::value::{self, Text};
use super::output::Element;
use super::{Encoder, Stand};

impl<'a> Encoder<'a> {
    /// Writes an attribute or simple element, when something has a value for it.
    pub(super) fn leaf(&mut self, id: PlaceId, parent: &mut Element<'a>) {
        let findings = self.findings.len();
        for row in &self.plan.place(id).rows {
            if self.row(*row, id, parent) {
                return;
            }
        }
        if let Some((text, by)) = self.supply(id) {
            // What was missing, and said to be, is now supplied.
            self.forget_findings(findings);
            self.list_supplied(id, &by);
            let mut element = self.out.leaf(id, text, true);
            self.attributes(&mut element);
            self.out.adopt(element, parent);
        }
    }

    /// The text of a group's own element (`at = "."`).
    pub(super) fn own_value(&mut self, id: PlaceId, element: &mut Element<'a>) {
        for row in &self.plan.place(id).rows {
            if !self.awake.row(*row) {
                continue;
            }
            if let Ok(Some(text)) = self.text_of(*row) {
                let content = self.is_content(*row);
                element.strong |= content;
                self.put_beside(*row, element, text.beside.as_ref());
                element.text = text.text;
                return;
            }
        }
    }

    /// Tries one row; says whether it wrote.
    fn row(&mut self, id: RowId, place: PlaceId, parent: &mut Element<'a>) -> bool {
        if !self.awake.row(id) {
            return false;
        }
        let plan = self.plan;
        let row = plan.row(id);
        let mark = self.mark();
        let plain = row.is_plain();
        let text = match row.constant() {
            Some(_) if self.stand(row.scope) == Stand::Closed => None,
            Some(constant) => self::plain(constant),
            None if plain => self.plain_text(row),
            None => self.text_of(id).unwrap_or_default(),
        };
        let Some(text) = text else {
            return false;
        };
        if let Some(size) = row.chunk() {
            self.chunks(id, place, text.text, size.max(1), parent);
            return true;
        }
        let Text { text, beside, .. } = text;
        let Some(part) = part(row, place, text) else {
            self.take_back(mark);
            return false;
        };
        let mut element = self.out.leaf(place, part, plain || self.is_content(id));
        self.put_beside(id, &mut element, beside.as_ref());
        self.put_siblings(id, parent, beside.as_ref());
        self.attributes(&mut element);
        self.out.adopt(element, parent);
        if let Some(code) = &row.finding {
            self.note_written(code, place);
        }
        true
    }

    /// The text of a row that writes one value of the model or nothing: the same as [`Self::text_of`], with
    /// the value looked at once. Most rows are such, and most of their values are not there.
    fn plain_text(&mut self, row: &'a Row) -> Option<Text<'a>> {
        let Stand::At(object) = self.stand(row.scope) else {
            return None;
        };
        let at = self.place_in(row.scope, object, *row.paths.first()?);
        let value = self.peek(at)?;
        if !self.is_row_of(row, object) {
            return None;
        }
        let text = self.written(row, at, value).ok().flatten()?;
        self.read_row_qualifiers(row);
        Some(text)
    }

    /// The finding that a row notes when it writes, such as that nobody is named.
    fn note_written(&mut self, code: &str, place: PlaceId) {
        let finding = Finding {
            code: code.to_owned(),
            severity: Severity::Note,
            list: None,
            value: None,
            target_path: Some(self.path_of(place)),
            canonical: None,
            source: Some(self.decoded.locate(Occurrence::ROOT).pointer()),
            text: "the source does not say what this place of the target is for".to_owned(),
        };
        self.note(finding);
    }

    /// The attributes of a simple element. They never make it content.
    fn attributes(&mut self, element: &mut Element<'a>) {
        let plan = self.plan;
        let place = plan.place(element.place);
        if place.children.is_empty() {
            return;
        }
        let strong = element.strong;
        self.trail.push((element.place, 1));
        for child in &place.children {
            let said = !self.awake.place(*child) || self.out.has(element, *child);
            if !said && plan.place(*child).attribute {
                self.leaf(*child, element);
            }
        }
        self.demand(element);
        self.trail.pop();
        element.strong = strong;
    }

    fn chunks(
        &mut self,
        id: RowId,
        place: PlaceId,
        text: Cow<'a, str>,
        size: usize,
        parent: &mut Element<'a>,
    ) {
        let max = self.plan.place(place).max.unwrap_or(u32::MAX);
        let (mut written, mut from) = (0, 0);
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            if written == max {
                self.lose(id, LossReason::Cut);
                return;
            }
            // A text of so many bytes has no more characters.
            let long = (rest.len() > size).then(|| rest.char_indices().nth(size));
            let end = long.flatten().map_or(rest.len(), |(end, _)| end);
            let chunk = slice(&text, from, from + end);
            let mut element = self.out.leaf(place, chunk, true);
            self.attributes(&mut element);
            self.out.adopt(element, parent);
            written += 1;
            from += end;
        }
    }

    /// Whether a row's value is reason enough for its element to stand.
    fn is_content(&self, id: RowId) -> bool {
        let row = self.plan.row(id);
        match &row.source {
            Source::Const(_) => row.when.model.is_some(),
            Source::Empty | Source::Number { .. } | Source::Generate(_) => false,
            Source::Count(_) => false,
            Source::Series(_) | Source::Sum(_) | Source::Table { .. } => true,
            Source::Model => match self.stand(row.scope) {
                Stand::At(_) => {
                    let mut paths = row.paths.iter();
                    paths.any(|path| {
                        self.at(row.scope, *path)
                            .is_some_and(|at| self.peek(at).is_some())
                    }) || row.hoist.is_some()
                }
                Stand::Closed | Stand::Void => false,
            },
        }
    }

    /// A row's text; nothing when it has none, an error when the target cannot say the value.
    fn text_of(&mut self, id: RowId) -> Result<Option<Text<'a>>, LossReason> {
        let plan = self.plan;
        let row = plan.row(id);
        match self.stand(row.scope) {
            Stand::Closed => return Ok(None),
            Stand::At(object) => {
                if !self.is_row_of(row, object) {
                    return Ok(None);
                }
            }
            Stand::Void => {
                if row.when.model.is_some() || !row.qualifiers.is_empty() {
                    return Ok(None);
                }
            }
        }
        // What is withheld answers no condition: neither that it is there nor that it is not may be
        // said of it, and somebody else may know.
        let answered = self.may_be_asked(row);
        let text = match &row.source {
            Source::Const(_) if !answered => return Ok(None),
            Source::Const(constant) => {
                self.read_condition(row.scope, &row.when);
                Ok(plain(constant.as_str()))
            }
            Source::Empty => Ok(plain("")),
            Source::Generate(generate) => Ok(self.generated(row, *generate)),
            Source::Count(route) => Ok(self.count(row, route)),
            Source::Model => self.model_text(id),
            Source::Number(numbering) => self.numbered(id, *numbering),
            Source::Series(_) | Source::Sum(_) | Source::Table { .. } => self.computed(id),
        };
        let text = match text {
            Ok(Some(text)) => Some(text),
            Ok(None) => match self.hoisted(id) {
                Some(text) => Some(text),
                None if answered => self.default(row),
                None => None,
            },
            Err(reason) => return Err(reason),
        };
        if text.is_some() {
            self.read_row_qualifiers(row);
        }
        Ok(text)
    }

    /// Whether an object meets a row's conditions. Most rows have none.
    fn is_row_of(&self, row: &Row, object: Occurrence) -> bool {
        row.is_unconditional()
            || self.has_qualifiers(row.scope, &row.qualifiers, object)
                && self.applies(row.scope, &row.when, object)
    }

    /// Whether the lane lets the subject of a row's condition pass, when it has one.
    fn may_be_asked(&self, row: &Row) -> bool {
        let condition = row.when.model.as_deref();
        condition.is_none_or(|(subject, _)| self.sieve.passes(subject.path))
    }

    fn read_row_qualifiers(&mut self, row: &Row) {
        for path in &row.told {
            if let Some(at) = self.at(row.scope, *path) {
                self.read.push(at);
            }
        }
    }

    /// A structural default of the package, listed as supplied.
    fn default(&mut self, row: &'a Row) -> Option<Text<'a>> {
        let default = row.default.as_deref()?;
        let place = *row.places.first()?;
        self.list_supplied(place, &(SuppliedBy::Package, String::new()));
        plain(default)
    }

    /// The model's value as the row writes it.
    pub(super) fn model_text(&mut self, id: RowId) -> Result<Option<Text<'a>>, LossReason> {
        let row = self.plan.row(id);
        if row.paths.len() > 1 {
            return Ok(self.joined(row));
        }
        let Some(path) = row.paths.first() else {
            return Ok(None);
        };
        let Some(at) = self.at(row.scope, *path) else {
            return Ok(None);
        };
        let Some(value) = self.peek(at) else {
            return Ok(None);
        };
        self.written(row, at, value)
    }

    /// Writes a value that may pass, notes what it loses, and counts it as said.
    fn written(
        &mut self,
        row: &'a Row,
        at: Occurrence,
        value: LeafRef<'a>,
    ) -> Result<Option<Text<'a>>, LossReason> {
        match value::write(row, value, self.zone.as_ref(), self.on) {
            Ok(text) if !fits(row, &text.text) => Ok(None),
            Ok(text) if text.text.is_empty() => {
                // An empty slice: the value is shorter than this part of it.
                self.read.push(at);
                Ok(None)
            }
            Ok(text) => {
                self.read.push(at);
                let losses = text.losses.iter().map(|reason| (at, *reason));
                self.cut_losses.extend(losses);
                Ok(Some(text))
            }
            Err(reason) => {
                self.leave_out(at, reason);
                Err(reason)
            }
        }
    }

    fn joined(&mut self, row: &'a Row) -> Option<Text<'a>> {
        let mut joined = String::new();
        let mut parts = Vec::new();
        for path in &row.paths {
            let Some(at) = self.at(row.scope, *path) else {
                continue;
            };
            let Some(value) = self.value(at) else {
                continue;
            };
            if !joined.is_empty() {
                joined.push_str(&row.with);
            }
            joined.push_str(&value.lexical());
            parts.push(at);
        }
        if parts.is_empty() {
            return None;
        }
        let mut text = Text {
            text: Cow::Owned(joined),
            ..Text::default()
        };
        value::shape(row, &mut text);
        // Of which of them a letter or an end was lost is not told apart: each is named.
        for at in parts {
            let losses = text.losses.iter().map(|reason| (at, *reason));
            self.cut_losses.extend(losses);
        }
        Some(text)
    }

    /// Units and currencies that are attributes of the value.
    fn put_beside(&mut self, id: RowId, element: &mut Element<'a>, beside: Option<&Cow<'a, str>>) {
        let Some(beside) = beside else { return };
        let Some((place, true)) = self.beside_place(id) else {
            return;
        };
        let weak = self.out.leaf(place, beside.clone(), false);
        self.out.adopt(weak, element);
    }

    /// Units and currencies that are elements of their own, in the same parent.
    fn put_siblings(&mut self, id: RowId, parent: &mut Element<'a>, beside: Option<&Cow<'a, str>>) {
        let Some(beside) = beside else { return };
        let Some((place, false)) = self.beside_place(id) else {
            return;
        };
        let own = self.plan.row(id).places.first().copied();
        let shared = own.and_then(|own| self.plan.place(own).parent);
        if self.plan.place(place).parent == shared && !self.out.has(parent, place) {
            let weak = self.out.leaf(place, beside.clone(), false);
            self.out.adopt(weak, parent);
        }
    }

    fn beside_place(&self, id: RowId) -> Option<(PlaceId, bool)> {
        let beside = self.plan.row(id).beside.path()?;
        let attribute = matches!(beside.steps.last(), Some(Name::Attribute { .. }));
        Some((beside.place, attribute))
    }

    fn lose(&mut self, id: RowId, reason: LossReason) {
        let row = self.plan.row(id);
        if let Some(at) = row.paths.first().and_then(|path| self.at(row.scope, *path)) {
            self.cut_losses.push((at, reason));
        }
    }

    fn list_supplied(&mut self, id: PlaceId, by: &(SuppliedBy, String)) {
        let path = self.path_of(id);
        self.supplied.push(Supplied {
            path,
            legal_note: by.1.clone(),
            by: by.0,
        });
    }
}

/// A part of a text, which is not copied where the text was not.
fn slice<'t>(text: &Cow<'t, str>, from: usize, to: usize) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(from..to).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(from..to).unwrap_or_default().to_owned()),
    }
}

/// Whether a row takes a text of this length.
fn fits(row: &Row, text: &str) -> bool {
    row.fits()
        .is_none_or(|characters_max| text.chars().nth(characters_max).is_none())
}

/// The part of a value that one of several places takes.
fn part<'t>(row: &Row, place: PlaceId, text: Cow<'t, str>) -> Option<Cow<'t, str>> {
    if row.places.len() < 2 {
        return Some(text);
    }
    let number = row.places.iter().position(|known| *known == place)?;
    let mut parts = text.splitn(row.places.len(), &*row.with);
    parts.nth(number).map(|part| Cow::Owned(part.to_owned()))
}

/// A text that says nothing but itself.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every source of a text may have none"
)]
pub(super) fn plain<'t>(text: impl Into<Cow<'t, str>>) -> Option<Text<'t>> {
    Some(Text {
        text: text.into(),
        ..Text::default()
    })
}
