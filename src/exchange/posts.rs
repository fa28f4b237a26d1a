//! Posts: whose business a message is, and so which principals may hand it in and see it.
//!
//! Start at [`Stated`] for what a message says, and at [`may_see`] for what follows from it. A
//! principal that acts for some posts only may do nothing at others, and what is theirs does not
//! exist for it. A message of which no post is known is for those who act for all posts: what is
//! not known is never a yes.

use super::core::Core;
use super::documents::place_of;
use super::made::Effect;
use super::prepare::Outcome;
use super::rejection::{Fault, Place, Rejection, Stage};
use super::source::Source;
use crate::evidence::Direction;
use crate::model::{Posts, Principal, Role};
use crate::store::{Received, Store};
use crate::translate::{Package, Side};
use crate::xml::Node;

/// The code of a submission for another post.
const NOT_ALLOWED: &str = "POST_NOT_ALLOWED";

/// What the documents of a message say about their posts.
pub(super) struct Stated<'d> {
    /// One for each document that has a package; an envelope is none of its own.
    documents: Vec<Document<'d>>,
}

struct Document<'d> {
    posts: Vec<String>,
    /// The first of them, or else the document.
    at: Node<'d>,
}

impl<'d> Document<'d> {
    fn of(package: &Package, view: Node<'d>, side: Side) -> Self {
        match package.posts(view, side) {
            Some(posts) => Self {
                at: posts.at,
                posts: posts.codes,
            },
            None => Self {
                at: view,
                posts: Vec::new(),
            },
        }
    }
}

impl<'d> Stated<'d> {
    /// What a message says that comes from this side.
    pub(super) fn of(core: &Core, source: &'d Source, side: Side) -> Self {
        let (package, view) = (&source.package, source.view());
        let own = Document::of(package, view, side);
        if !package.is_envelope() {
            return Self {
                documents: vec![own],
            };
        }
        let inner = package.embedded(view).into_iter();
        let inner = inner.filter_map(|inner| {
            let package = core.package_of(inner).ok()?;
            Some(Document::of(package, inner, side))
        });
        let mut documents: Vec<Document<'d>> = inner.collect();
        // An envelope that names a post is bound to it as well; one without documents is its own.
        if !own.posts.is_empty() || documents.is_empty() {
            documents.push(own);
        }
        Self { documents }
    }

    /// The posts of all documents, each once.
    pub(super) fn all(&self) -> Vec<String> {
        union(self.documents.iter().map(|document| &document.posts))
    }

    /// Refuses a submission unless each of its documents is the business of a post of the principal:
    /// an envelope carries nothing past a post.
    pub(super) fn permit(&self, principal: &Principal) -> Result<(), Rejection> {
        let mut documents = self.documents.iter();
        let Some(document) = documents.find(|document| !principal.posts.meet(&document.posts))
        else {
            return Ok(());
        };
        let text = if document.posts.is_empty() {
            "the document names no post, and this principal may submit for some posts only"
        } else {
            "the post that the document names is none of those for which this principal may submit"
        };
        let Place { line, column, path } = place_of(document.at);
        Err(Rejection::new(Stage::Authorisation, NOT_ALLOWED, text).at(line, column, path))
    }
}

/// The posts of an accepted message: those that it states, or else those that the documents state
/// which were made of it for the own national system, and the lanes that took it.
pub(super) fn of_accepted(
    stated: Vec<String>,
    outcomes: &[Outcome],
    by_lane: &[Vec<String>],
) -> Vec<String> {
    if !stated.is_empty() {
        return stated;
    }
    let made = outcomes.iter().filter_map(|outcome| {
        if let Effect::Inbox {
            translated: Some(translated),
            ..
        } = &outcome.made.effect
        {
            return Some(&translated.posts);
        }
        None
    });
    union(made.chain(by_lane))
}

/// From which side messages of this direction come.
pub(super) fn side(direction: Direction) -> Side {
    match direction {
        Direction::National => Side::Submitted,
        Direction::In | Direction::Out => Side::Received,
    }
}

/// All of them, each once, in their order.
pub(super) fn union<'a>(lists: impl IntoIterator<Item = &'a Vec<String>>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for post in lists.into_iter().flatten() {
        if !all.contains(post) {
            all.push(post.clone());
        }
    }
    all
}

/// Whether a principal may see a message: its own always, and of others, unless it is a submitter,
/// those of its posts.
pub(super) fn may_see(principal: &Principal, received: &Received) -> bool {
    is_own(principal, received)
        || (principal.role != Role::Submitter && principal.posts.meet(&received.posts))
}

/// The same for a message by the store's own id; no for one that there is not.
pub(super) fn may_see_message(
    store: &Store,
    principal: &Principal,
    message: &str,
) -> Result<bool, Fault> {
    let received = store.message(message)?;
    Ok(received.is_some_and(|received| may_see(principal, &received)))
}

/// Whether the same bytes, submitted again by this principal, get the answer that they got before.
/// A refusal is only for whom it was given to, since another one may be allowed what this one is
/// not; one for the post only until the principal acts for it.
pub(super) fn is_answered(principal: &Principal, before: &Received) -> bool {
    let own = is_own(principal, before);
    match before.accepted {
        true => own || principal.posts.meet(&before.posts),
        false => own && !was_for_the_post(before),
    }
}

/// Whether the same bytes were refused to this principal before because of the post.
pub(super) fn is_refused_again(principal: &Principal, before: &Received) -> bool {
    is_own(principal, before) && was_for_the_post(before)
}

fn was_for_the_post(refused: &Received) -> bool {
    refused.code.as_deref() == Some(NOT_ALLOWED)
}

fn is_own(principal: &Principal, received: &Received) -> bool {
    received.principal.as_deref() == Some(principal.name.as_str())
}

/// Whether a principal sees what is of every post.
pub(super) fn is_of_all(principal: &Principal) -> bool {
    principal.posts == Posts::All
}
