//! What stands in the index: mostly places in the journal.
//!
//! Start at [`Reader`]. A value is the place of an event, 16 bytes, and whatever has come to be known of
//! it since, in JSON. So the index stays small, and says nothing that the journal does not say.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Error;
use super::events::Event;
use super::index::Index;
use super::journal::{Location, SegmentFiles};
use super::keys;
use super::queries::PAGE_MAX;
use super::records::Made;

/// Bytes of an encoded place.
const LOCATION_BYTES: usize = 16;

/// Reads the index, and the journal where it points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) index: &'a Index,
    pub(super) files: &'a SegmentFiles,
}

impl Reader<'_> {
    /// The event that stands behind a key.
    pub(super) fn event(&self, key: &[u8]) -> Result<Option<Event>, Error> {
        match self.index.get(key)? {
            Some(value) => self.event_of(&value).map(Some),
            None => Ok(None),
        }
    }

    /// What was made from a received message, the oldest first; at most [`PAGE_MAX`].
    pub(super) fn made_from(&self, message: &str) -> Result<Vec<Made>, Error> {
        let prefix = keys::made(message, None);
        let mut made = Vec::new();
        for found in self.index.scan(&prefix, &prefix, PAGE_MAX)? {
            made.extend(Made::of(self.event_of(&found.value)?));
        }
        Ok(made)
    }

    /// The event at the place that a value begins with.
    pub(super) fn event_of(&self, value: &[u8]) -> Result<Event, Error> {
        let (location, _) = split(value)?;
        let bytes = self.files.record(&location)?;
        serde_json::from_slice(&bytes).map_err(|_error| unreadable("an event is elsewhere"))
    }
}

/// A value: a place alone.
pub(super) fn place(location: &Location) -> Vec<u8> {
    location.encode().to_vec()
}

/// A value: a place, and what is known of it since.
pub(super) fn place_with(location: &Location, since: &impl Serialize) -> Vec<u8> {
    let mut value = place(location);
    // Our records have string keys and no failing implementations: this cannot fail.
    value.extend(serde_json::to_vec(since).unwrap_or_default());
    value
}

/// The place, and the rest.
pub(super) fn split(value: &[u8]) -> Result<(Location, &[u8]), Error> {
    value
        .split_at_checked(LOCATION_BYTES)
        .and_then(|(place, rest)| Some((Location::decode(place)?, rest)))
        .ok_or_else(|| unreadable("a place cannot be read"))
}

/// Reads JSON of the index.
pub(super) fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(value).map_err(|_error| unreadable("a value cannot be read"))
}

/// The index does not fit the journal.
pub(super) fn unreadable(detail: &str) -> Error {
    Error::Index {
        detail: detail.to_owned(),
    }
}
