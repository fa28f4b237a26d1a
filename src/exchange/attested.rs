//! What an authenticated national principal submitted: the lower rung of proof.
//!
//! Start at [`Attested`]. How a principal proves who it is belongs to the listener.

use crate::model::{Principal, Role};
use crate::xml::{Document, Node};

/// A document on an authenticated submitter's word. It is not
/// [`Verified`](crate::crypto::Verified), and a lane says whether it suffices. Only this room
/// makes one.
#[derive(Debug)]
pub struct Attested<T> {
    inner: T,
}

impl Attested<Document> {
    /// The document as submitted by `principal`; none when it is no submitter.
    pub(super) fn by(document: Document, principal: &Principal) -> Option<Self> {
        (principal.role == Role::Submitter).then_some(Self { inner: document })
    }

    /// The document that a submitter handed in earlier, read again from the journal.
    pub(super) fn from_journal(document: Document) -> Self {
        Self { inner: document }
    }

    /// The document element.
    pub fn view(&self) -> Node<'_> {
        self.inner.root()
    }

    /// The whole document.
    pub fn document(&self) -> &Document {
        &self.inner
    }
}
