//! Children and text (XSD 1.0 Part 1 section 3.4.4, clause 2).

use super::faults::show;
use super::identity::Seen;
use super::{Validator, XSI};
use crate::schema::component::{
    ComplexType, Content, Process, TypeKind, ValueConstraint, Wildcard,
};
use crate::schema::content::{Automaton, Leaf, Run};
use crate::schema::derivation::Ways;
use crate::schema::fault::Rule;
use crate::schema::simple::{SimpleType, value_of};
use crate::xml::{Node, NodeKind};

impl<'s, 'd> Validator<'s, 'd> {
    /// Checks the content of an element of a complex type.
    pub(super) fn content(
        &mut self,
        node: Node<'d>,
        complex: &'s ComplexType,
        nil: bool,
        value: Option<&'s ValueConstraint>,
    ) {
        if !matches!(complex.content, Content::Simple(_)) {
            self.no_field(node);
        }
        match &complex.content {
            Content::Simple(id) => {
                let simple = self.schema.types.simple(*id);
                self.text(node, simple, nil, value);
            }
            _ if nil => self.empty(node, Rule::NilContent),
            Content::Empty if complex.mixed => self.no_elements(node),
            Content::Empty => self.empty(node, Rule::ElementUnexpected),
            Content::Elements { automaton, .. } => {
                if complex.mixed && value.is_some() {
                    self.mixed_value(node, value);
                }
                self.children(node, automaton, complex.mixed);
            }
        }
    }

    /// Checks the text of an element whose content is a value.
    pub(super) fn text(
        &mut self,
        node: Node<'d>,
        simple: &'s SimpleType,
        nil: bool,
        value: Option<&'s ValueConstraint>,
    ) {
        if nil {
            self.empty(node, Rule::NilContent);
            self.field(&Seen::Nil);
            return;
        }
        if !self.no_elements_found(node) {
            return;
        }
        let text = node.text();
        let Some(value) = value else {
            let sound = self.value(node, None, simple, &text);
            self.field(&Seen::of(sound, simple, &text, &node));
            return;
        };
        // Part 1 section 3.3.4: an empty element has its default or fixed value, which was checked
        // when the schema was compiled.
        if Self::is_empty(node) {
            self.field(&Seen::Text(simple, &value.text, &value.scope));
            return;
        }
        let sound = self.value(node, None, simple, &text);
        self.field(&Seen::of(sound, simple, &text, &node));
        let types = &self.schema.types;
        if !value.fixed || !sound {
            return;
        }
        let same = match (
            value_of(simple, types, &text, &node),
            value_of(simple, types, &value.text, &value.scope),
        ) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        };
        if !same {
            self.fault(Rule::Fixed, node, "another value", show(&value.text));
        }
    }

    /// Checks a fixed value of mixed content (Part 1 section 3.3.4, clause 5.2.2.2.1).
    fn mixed_value(&mut self, node: Node<'d>, value: Option<&'s ValueConstraint>) {
        let Some(value) = value.filter(|value| value.fixed) else {
            return;
        };
        let only_text = node.elements().next().is_none();
        let same = only_text && node.text() == *value.text;
        if !same && !Self::is_empty(node) {
            self.fault(Rule::Fixed, node, "other content", show(&value.text));
        }
    }

    fn empty(&mut self, node: Node<'d>, rule: Rule) {
        for child in node.children() {
            match child.kind() {
                NodeKind::Element => {
                    let found = show(child.name().local);
                    self.fault(rule, child, found, "no content");
                    return;
                }
                NodeKind::Text => {
                    let rule = if rule == Rule::NilContent {
                        rule
                    } else {
                        Rule::TextUnexpected
                    };
                    self.fault(rule, node, "text", "no content");
                    return;
                }
                NodeKind::Comment | NodeKind::ProcessingInstruction => {}
            }
        }
    }

    fn no_elements(&mut self, node: Node<'d>) {
        self.no_elements_found(node);
    }

    fn no_elements_found(&mut self, node: Node<'d>) -> bool {
        let Some(child) = node.elements().next() else {
            return true;
        };
        let found = show(child.name().local);
        self.fault(Rule::ElementUnexpected, child, found, "text only");
        false
    }

    /// Checks child elements against a content model.
    fn children(&mut self, node: Node<'d>, automaton: &'s Automaton, mixed: bool) {
        let mut run = Run::start(automaton);
        let mut text_reported = mixed;
        let mut broken = false;
        for child in node.children() {
            if self.is_full() {
                return;
            }
            match child.kind() {
                NodeKind::Element => broken |= !self.child(child, &mut run),
                NodeKind::Text if !text_reported && !is_blank(child.value()) => {
                    text_reported = true;
                    self.fault(Rule::TextUnexpected, node, "text", "elements only");
                }
                NodeKind::Comment | NodeKind::ProcessingInstruction | NodeKind::Text => {}
            }
        }
        if !broken && !run.may_end() {
            let expected = self.expected(&run);
            self.fault(
                Rule::ElementMissing,
                node,
                "the end of the element",
                expected,
            );
        }
    }

    /// Checks a child; false when it may not stand where it stands.
    fn child(&mut self, child: Node<'d>, run: &mut Run<'s>) -> bool {
        let name = self.name_of(child);
        match run.step(name, child.name().namespace) {
            Some(Leaf::Element(id)) => {
                self.element(child, id);
                true
            }
            Some(Leaf::Any(wildcard)) => {
                self.wild(child, wildcard);
                true
            }
            None => {
                let expected = self.expected(run);
                let found = show(child.name().local);
                self.fault(Rule::ElementUnexpected, child, found, expected);
                if let Some(Leaf::Element(id)) = name.and_then(|name| run.resume(name)) {
                    self.element(child, id);
                }
                false
            }
        }
    }

    /// Checks an element that stands for a wildcard (Part 1 sections 3.10.4 and 5.2).
    fn wild(&mut self, node: Node<'d>, wildcard: &'s Wildcard) {
        if wildcard.process == Process::Skip {
            self.skipped(node);
            return;
        }
        let name = self.name_of(node);
        if let Some(id) = name.and_then(|name| self.schema.global_elements.get(&name)) {
            self.element(node, *id);
            return;
        }
        let any = self.schema.any_type;
        if node.attribute(XSI, "type").is_some() {
            let kind = self.type_of(node, any, Ways::NONE);
            // An unknown type is reported; what stands below cannot be judged.
            if kind != any {
                self.enter(node, None);
                self.with_type(node, kind, false, None);
                self.leave();
            }
            return;
        }
        if wildcard.process == Process::Strict {
            let found = show(node.name().local);
            self.fault(Rule::ElementUndeclared, node, found, "a global element");
            return;
        }
        if let TypeKind::Complex(_) = &self.schema.types.all[any].kind {
            self.enter(node, None);
            self.with_type(node, any, false, None);
            self.leave();
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes()
        .all(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
}
