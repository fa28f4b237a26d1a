//! Writes a document after the content models. Start at [`Writer::document`].

use std::fmt::Write as _;

use super::NoSample;
use super::choice::Choice;
use super::heights::{Heights, standing};
use super::values::Values;
use crate::schema::component::{
    AttributeUse, Content, ElementId, Namespaces, Process, Schema, TypeId, TypeKind, Wildcard,
};
use crate::schema::content::{Particle, Term};

/// Level from which on only what is demanded is written, so that documents stay small.
const SPARSE_FROM: u32 = 5;

/// Most repetitions of what may repeat without end.
const REPEATS_MAX: u32 = 2;

/// Deepest level. Heights keep documents below it, but for types that have no end.
const DEPTH_MAX: u32 = 100;

/// The namespace of what stands for a wildcard.
const ELSEWHERE: &str = "urn:example:elsewhere";

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// One document in the making.
pub(super) struct Writer<'s> {
    schema: &'s Schema,
    heights: &'s Heights,
    values: Values<'s>,
    text: String,
    /// Names of the open elements.
    open: Vec<&'s str>,
}

impl<'s> Writer<'s> {
    pub(super) fn new(schema: &'s Schema, heights: &'s Heights, choice: Choice) -> Self {
        Self {
            schema,
            heights,
            values: Values::new(schema, choice),
            text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
            open: Vec::new(),
        }
    }

    /// Writes the document with this element as its root.
    pub(super) fn document(mut self, root: ElementId) -> Result<String, NoSample> {
        // An abstract root has no document, whatever may stand for it elsewhere.
        self.declared(root)?;
        self.text.push('\n');
        Ok(self.text)
    }

    fn depth(&self) -> u32 {
        u32::try_from(self.open.len()).unwrap_or(u32::MAX)
    }

    fn is_sparse(&self) -> bool {
        self.depth() >= SPARSE_FROM
    }

    fn stuck(&self, what: impl Into<String>) -> NoSample {
        NoSample::NoValue {
            what: what.into(),
            path: format!("/{}", self.open.join("/")),
        }
    }

    /// An element that is named in a content model, or one that may stand for it.
    fn element(&mut self, id: ElementId) -> Result<(), NoSample> {
        let all: Vec<ElementId> = standing(self.schema, id).collect();
        let height = |id: &ElementId| self.heights.of_type(self.schema.elements[*id].kind);
        let least = all.iter().copied().min_by_key(height);
        let own = all
            .first()
            .copied()
            .filter(|first| *first == id && height(first) < u32::MAX);
        let chosen = match (self.is_sparse(), own) {
            (true, _) => least,
            (false, Some(own)) if !self.values.choice.one_in(4) => Some(own),
            (false, _) => self.values.choice.of_all(&all).copied(),
        };
        match chosen {
            Some(chosen) => self.declared(chosen),
            None => {
                let name = self.schema.names.name(self.schema.elements[id].name);
                Err(self.stuck(format!("the abstract element {}", name.local)))
            }
        }
    }

    /// Just this element.
    fn declared(&mut self, id: ElementId) -> Result<(), NoSample> {
        let schema = self.schema;
        let declaration = &schema.elements[id];
        let name = schema.names.name(declaration.name);
        if self.depth() >= DEPTH_MAX {
            return Err(self.stuck("an element within itself without end"));
        }
        let kind = self.concrete(declaration.kind)?;
        // Every element declares its own default namespace: what is not qualified needs none.
        let _ = write!(
            self.text,
            "<{} xmlns=\"{}\"",
            name.local,
            escape(name.namespace)
        );
        self.open.push(name.local);
        if kind != declaration.kind {
            self.state_type(kind);
        }
        let mut fixed = declaration.value.as_ref().filter(|value| value.fixed);
        let (simple, complex) = match &schema.types.all[kind].kind {
            TypeKind::Simple(simple) => (Some(simple), None),
            TypeKind::Complex(complex) => (schema.types.value(kind), Some(complex)),
        };
        let attributes = complex.map_or(&[][..], |complex| &complex.attributes);
        for (number, attribute) in attributes.iter().enumerate() {
            if attribute.required || (!self.is_sparse() && self.values.choice.one_in(2)) {
                self.attribute(number, attribute)?;
            }
        }
        self.text.push('>');
        if let Some(simple) = simple {
            let value = match fixed.take() {
                Some(fixed) => fixed.text.to_string(),
                None => self
                    .values
                    .of(simple)
                    .ok_or_else(|| self.stuck(schema.types.label(kind)))?,
            };
            self.text.push_str(&escape(&value));
        } else if let Some(Content::Elements { particle, .. }) = complex.map(|it| &it.content) {
            match fixed.take() {
                Some(fixed) => self.text.push_str(&escape(&fixed.text)),
                None => self.particle(particle)?,
            }
        }
        self.open.pop();
        let _ = write!(self.text, "</{}>", name.local);
        Ok(())
    }

    /// The type itself, or one that may stand for it where it is abstract.
    fn concrete(&mut self, kind: TypeId) -> Result<TypeId, NoSample> {
        let is_abstract = match &self.schema.types.all[kind].kind {
            TypeKind::Complex(complex) => complex.is_abstract,
            TypeKind::Simple(_) => false,
        };
        if !is_abstract {
            return Ok(kind);
        }
        let all = self.heights.concrete(kind);
        let found = match self.is_sparse() {
            true => all.iter().min_by_key(|id| self.heights.of_type(**id)),
            false => self.values.choice.of_all(all),
        };
        found
            .copied()
            .ok_or_else(|| self.stuck(self.schema.types.label(kind)))
    }

    fn state_type(&mut self, kind: TypeId) {
        let Some(name) = self.schema.types.all[kind].name else {
            return;
        };
        let name = self.schema.names.name(name);
        let _ = write!(self.text, " xmlns:xsi=\"{XSI}\"");
        if name.namespace.is_empty() {
            // Only where the element has no namespace either: then there is no default one.
            let _ = write!(self.text, " xsi:type=\"{}\"", name.local);
        } else {
            let namespace = escape(name.namespace);
            let _ = write!(
                self.text,
                " xmlns:t=\"{namespace}\" xsi:type=\"t:{}\"",
                name.local
            );
        }
    }

    fn attribute(&mut self, number: usize, attribute: &AttributeUse) -> Result<(), NoSample> {
        let name = self.schema.names.name(attribute.name);
        let value = match attribute.value.as_ref().filter(|value| value.fixed) {
            Some(fixed) => fixed.text.to_string(),
            None => {
                let simple = self.schema.types.simple(attribute.kind);
                self.values.of(simple).ok_or_else(|| {
                    self.stuck(format!(
                        "{} of @{}",
                        self.schema.types.label(attribute.kind),
                        name.local
                    ))
                })?
            }
        };
        let prefix = match name.namespace {
            "" => String::new(),
            XML => "xml:".to_owned(),
            namespace => {
                let _ = write!(self.text, " xmlns:a{number}=\"{}\"", escape(namespace));
                format!("a{number}:")
            }
        };
        let _ = write!(self.text, " {prefix}{}=\"{}\"", name.local, escape(&value));
        Ok(())
    }

    fn particle(&mut self, particle: &'s Particle) -> Result<(), NoSample> {
        for _ in 0..self.times(particle) {
            self.term(&particle.term)?;
        }
        Ok(())
    }

    fn times(&mut self, particle: &Particle) -> u32 {
        let endless = self.heights.of_term(self.schema, &particle.term) == u32::MAX;
        let most = particle.max.unwrap_or(u32::MAX);
        if particle.min == 0 && (endless || most == 0 || self.is_sparse()) {
            return 0;
        }
        if particle.min == 0 && !self.values.choice.one_in(3) {
            return 0;
        }
        let most = most.clamp(1, REPEATS_MAX);
        let drawn = self
            .values
            .choice
            .within(1, if self.is_sparse() { 1 } else { most.into() });
        u32::try_from(drawn).unwrap_or(1).max(particle.min)
    }

    fn term(&mut self, term: &'s Term) -> Result<(), NoSample> {
        match term {
            Term::All(all) | Term::Sequence(all) => {
                all.iter().try_for_each(|particle| self.particle(particle))
            }
            Term::Choice(all) => {
                let height = |one: &&Particle| self.heights.of_particle(self.schema, one);
                let least = all.iter().min_by_key(height);
                let ending: Vec<&Particle> =
                    all.iter().filter(|one| height(one) < u32::MAX).collect();
                let chosen = match self.is_sparse() {
                    true => least,
                    false => self.values.choice.of_all(&ending).copied().or(least),
                };
                match chosen {
                    Some(chosen) => self.particle(chosen),
                    None => Ok(()),
                }
            }
            Term::Any(wildcard) => self.wild(wildcard),
            Term::Element(id) => self.element(*id),
        }
    }

    /// What stands for a wildcard: something unknown where that may stand, else a global element.
    fn wild(&mut self, wildcard: &Wildcard) -> Result<(), NoSample> {
        if wildcard.process == Process::Strict {
            let schema = self.schema;
            let global = schema.global_elements.values().copied();
            let fits = |id: &ElementId| {
                let declared = &schema.elements[*id];
                let namespace = schema.names.name(declared.name).namespace;
                !declared.is_abstract && wildcard.takes(namespace)
            };
            let mut all: Vec<ElementId> = global.filter(fits).collect();
            all.sort_by_key(|id| (self.heights.of_type(schema.elements[*id].kind), *id));
            all.truncate(if self.is_sparse() { 1 } else { 8 });
            let chosen = self.values.choice.of_all(&all).copied();
            return match chosen {
                Some(chosen) => self.declared(chosen),
                None => Err(self.stuck("a strict wildcard without a global element")),
            };
        }
        let namespace = match &wildcard.namespaces {
            Namespaces::List(list) => list.first().map_or("", |first| first),
            Namespaces::Any | Namespaces::Other(_) => ELSEWHERE,
        };
        let namespace = escape(namespace);
        let _ = write!(
            self.text,
            "<Any xmlns=\"{namespace}\" a=\"1\"><Of>these</Of></Any>"
        );
        Ok(())
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // As a reference it stays what it is, in an attribute too.
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
