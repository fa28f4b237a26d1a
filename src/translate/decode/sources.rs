//! Where in the source each value and object of the model stands.
//!
//! Start at [`Decoded::locate`]. A message has hundreds of thousands of places: they are kept small, and put
//! in order only when somebody asks for many.

use std::sync::atomic::Ordering;

use crate::model::{Occurrence, PathId};
use crate::xml::{Node, NodeId};

use super::{Decoded, SourceNode, element};

/// How many places are looked for one by one: putting all in order takes longer than that.
const UNORDERED_LOOKS_MAX: usize = 16;

/// A [`super::SourceEntry`] as it is kept: messages have hundreds of thousands.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct KeptSource {
    pub(in super::super) occurrence: Occurrence,
    pub(in super::super) id: NodeId,
    /// The place of the attribute among those of its element, from 1; 0 for the element itself.
    attribute: u16,
}

impl KeptSource {
    pub(super) fn new(occurrence: Occurrence, source: &SourceNode<'_>) -> Self {
        let place = source.attribute.and_then(|name| {
            let mut attributes = source.node.attributes();
            attributes.position(|attribute| attribute.name.local == name)
        });
        Self {
            occurrence,
            id: source.node.id(),
            attribute: place.map_or(0, |place| u16::try_from(place + 1).unwrap_or(0)),
        }
    }

    pub(in super::super) fn source<'d>(self, root: Node<'d>) -> SourceNode<'d> {
        let node = root.at(self.id);
        let place = usize::from(self.attribute).checked_sub(1);
        let attribute = place.and_then(|place| node.attributes().nth(place));
        SourceNode {
            node,
            attribute: attribute.map(|attribute| attribute.name.local),
        }
    }
}

/// Numbers of sources and objects, in the order of their occurrences.
#[derive(Debug)]
pub(super) struct Index {
    sources: Vec<u32>,
    objects: Vec<u32>,
}

/// The numbers of entries in the order of their keys; of equal ones the first comes first.
fn ordered(count: usize, key: impl Fn(usize) -> Option<Occurrence>) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
    let wide = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    order.sort_by_key(|number| key(wide(*number)));
    order
}

/// The first entry of that key.
fn first_of(
    order: &[u32],
    at: Occurrence,
    key: impl Fn(usize) -> Option<Occurrence>,
) -> Option<usize> {
    let wide = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let place = order.partition_point(|number| key(wide(*number)) < Some(at));
    let found = wide(*order.get(place)?);
    (key(found) == Some(at)).then_some(found)
}

impl<'d> Decoded<'d> {
    /// The place in the source where a canonical value stands or, when there is none, the nearest
    /// element above the place where it would stand.
    pub(in super::super) fn locate(&self, at: Occurrence) -> SourceNode<'d> {
        if self.asked.fetch_add(1, Ordering::Relaxed) < UNORDERED_LOOKS_MAX {
            return self.look_for(at);
        }
        let source = |number: usize| Some(self.sources.get(number)?.occurrence);
        let object = |number: usize| Some(self.objects.get(number)?.0);
        let index = self.index.get_or_init(|| Index {
            sources: ordered(self.sources.len(), source),
            objects: ordered(self.objects.len(), object),
        });
        let found = first_of(&index.sources, at, source);
        if let Some(kept) = found.and_then(|number| self.sources.get(number)) {
            return kept.source(self.root);
        }
        let mut above = at;
        while above.path != PathId::ROOT {
            let found = first_of(&index.objects, above, object);
            if let Some((_, id)) = found.and_then(|number| self.objects.get(number)) {
                return element(self.root.at(*id));
            }
            above = above.parent();
        }
        element(self.root)
    }

    /// The same as [`Decoded::locate`], without an index.
    fn look_for(&self, at: Occurrence) -> SourceNode<'d> {
        let mut sources = self.sources.iter();
        if let Some(kept) = sources.find(|kept| kept.occurrence == at) {
            return kept.source(self.root);
        }
        let mut above = at;
        while above.path != PathId::ROOT {
            let mut objects = self.objects.iter();
            if let Some((_, id)) = objects.find(|(object, _)| *object == above) {
                return element(self.root.at(*id));
            }
            above = above.parent();
        }
        element(self.root)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::super::{DecodeContext, Packages};
    use super::*;
    use crate::xml::{Limits, parse};

    /// Places are found alike one by one and by the index, those that are not there among them.
    #[test]
    fn places_are_the_same_in_order_and_out_of_it() {
        let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        let packages = Packages::load(&schemas).unwrap();
        let sample = schemas.join("fcs/esadout-cu/5.23.0/samples/transit-cn-kz.xml");
        let bytes = std::fs::read(sample).unwrap();
        let document = parse(&bytes, None, &Limits::default()).unwrap();
        let package = packages.of(document.root()).unwrap();
        let decoded = package.decode(document.root(), &DecodeContext::default());
        let decoded = decoded.unwrap();
        assert!(decoded.sources.len() > UNORDERED_LOOKS_MAX);
        let sources = decoded.sources.iter().map(|kept| kept.occurrence);
        let objects = decoded.objects.iter().map(|(object, _)| *object);
        let above = objects.clone().map(Occurrence::parent);
        for at in sources.chain(objects).chain(above) {
            let (found, looked_for) = (decoded.locate(at), decoded.look_for(at));
            assert_eq!(found.pointer(), looked_for.pointer(), "{}", at.text());
        }
        assert!(decoded.index.get().is_some());
    }
}
