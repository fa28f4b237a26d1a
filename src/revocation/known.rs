//! What is known of one partner's certificates, put together from what each task fetched. Start at
//! [`Known`].

use std::sync::{Arc, Mutex, PoisonError};

use super::Apply;
use crate::crypto::{OcspResponse, RevocationList, TrustStore};
use crate::model::PartyId;

/// Shared by the tasks of one partner.
pub(super) struct Known {
    pub(super) party: PartyId,
    /// What the files say.
    pub(super) files: Arc<TrustStore>,
    fetched: Mutex<Fetched>,
}

#[derive(Default)]
struct Fetched {
    lists: Vec<RevocationList>,
    responses: Vec<OcspResponse>,
}

impl Known {
    pub(super) fn new(party: PartyId, files: Arc<TrustStore>) -> Self {
        Self {
            party,
            files,
            fetched: Mutex::default(),
        }
    }

    /// These are the lists from now on.
    pub(super) fn set_lists(&self, lists: Vec<RevocationList>) {
        self.lock().lists = lists;
    }

    /// These are the answers from now on.
    pub(super) fn set_responses(&self, responses: Vec<OcspResponse>) {
        self.lock().responses = responses;
    }

    /// What is trusted by all that is known.
    pub(super) fn trust(&self) -> TrustStore {
        trust(&self.files, &self.lock())
    }

    /// Hands it over. Nothing newer can be overtaken by it: the lock is held to the end.
    pub(super) fn apply(&self, apply: &Apply) {
        let fetched = self.lock();
        apply(&self.party, trust(&self.files, &fetched));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Fetched> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn trust(files: &TrustStore, fetched: &Fetched) -> TrustStore {
    files.with_fetched(fetched.lists.clone(), fetched.responses.clone())
}
