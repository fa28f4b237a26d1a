//! What can be asked about decisions, and what follows from them.
//!
//! Start at [`Store::decisions`]. Like all questions, these do not wait for the writer.

use super::error::Error;
use super::events::{Decided, Event, TrustReviewed};
use super::keys;
use super::located::unreadable;
use super::queries::PAGE_MAX;
use super::store::Store;
use crate::model::{CaseKey, PartyId};

impl Store {
    /// Decisions about a case key, the newest first; at most `limit` and [`PAGE_MAX`].
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn decisions(&self, key: &CaseKey, limit: usize) -> Result<Vec<Decided>, Error> {
        let core = self.core();
        let prefix = keys::decided(key, None);
        let mut decisions = Vec::new();
        for found in core.index.scan_back(&prefix, limit.min(PAGE_MAX))? {
            if let Event::Decided(decided) = core.reader().event_of(&found.value)?
                && decided.keys.contains(key)
            {
                decisions.push(decided);
            }
        }
        Ok(decisions)
    }

    /// A decision by its id.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn decision(&self, id: &str) -> Result<Option<Decided>, Error> {
        let event = self.core().reader().event(&keys::decision(id))?;
        match event {
            None => Ok(None),
            Some(Event::Decided(decided)) => Ok(Some(decided)),
            Some(_) => Err(unreadable("another event stands where a decision should")),
        }
    }

    /// Whether a decision is there that none supersedes.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn is_current(&self, id: &str) -> Result<bool, Error> {
        let found = self.core().index.get(&keys::current(id))?;
        Ok(found.is_some())
    }

    /// Decisions that none supersedes, in an order of the index, after one of them; at most `limit` and
    /// [`PAGE_MAX`].
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn current_decisions(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Decided>, Error> {
        let core = self.core();
        let from = after.map_or_else(
            || keys::CURRENT.to_vec(),
            |id| [keys::current(id), vec![0]].concat(),
        );
        let mut decisions = Vec::new();
        for found in core.index.scan(keys::CURRENT, &from, limit.min(PAGE_MAX))? {
            if let Event::Decided(decided) = core.reader().event_of(&found.value)? {
                decisions.push(decided);
            }
        }
        Ok(decisions)
    }

    /// What was last judged by what is trusted of a partner.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn trust_reviewed(&self, partner: &PartyId) -> Result<Option<TrustReviewed>, Error> {
        match self.core().reader().event(&keys::trust(partner))? {
            None => Ok(None),
            Some(Event::TrustReviewed(reviewed)) => Ok(Some(reviewed)),
            Some(_) => Err(unreadable("another event stands where trust was reviewed")),
        }
    }
}
