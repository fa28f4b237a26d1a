//! The keys of the index.
//!
//! One letter says what it is. Names follow as a digest, cut to what sled keeps within its nodes
//! (22 bytes, without an allocation for each key): so no name, however long or crafted, reaches into
//! another key. What a list has under its shorter digest is compared with the name in the journal.
//! Numbers are big-endian, so that keys sort as numbers do.
//!
//! Ids that this gateway gives begin with the time (UUID version 7). Their keys do too, before a
//! shorter digest: what is new is written to the few nodes that hold what is new, whatever the index
//! has beside it. Names that others give stand by digest alone.

use ring::digest::{Context, SHA256};
use uuid::{Uuid, Version};

use crate::evidence::Direction;
use crate::model::{CaseKey, PartyId, Sha256};

use super::journal::wide;
use super::received::Claim;

/// Bytes of a name's digest where it is the whole key: 160 bits.
const NAME_BYTES: usize = 20;
/// Bytes of a name's digest where a number follows: 96 bits.
const LIST_BYTES: usize = 12;
/// Bytes of the time in milliseconds with which an id of ours begins (RFC 9562 section 5.7).
const TIME_BYTES: usize = 6;

/// Position of the journal up to which the index has been written.
pub(super) const POSITION: &[u8] = b"P";
/// Alerts that nobody took notice of, by event number.
pub(super) const ALERTS_PENDING: &[u8] = b"a";
/// Messages that wait for those that they revise, by event number.
pub(super) const AWAITING_PENDING: &[u8] = b"y";
/// Held entries that wait, by event number.
pub(super) const HELD_PENDING: &[u8] = b"h";
/// Unacknowledged inbox items, by event number; the value is the item's id.
pub(super) const INBOX_PENDING: &[u8] = b"i";
/// Outgoing messages that wait, by event number.
pub(super) const OUTBOX_PENDING: &[u8] = b"o";
/// Last counter by (partner, direction).
pub(super) const COUNTERS: &[u8] = b"s";
/// Refusals of a partner's day.
pub(super) const REFUSALS: &[u8] = b"q";
/// Dead letters, by the number of the event that made them so; the value is the entry's id.
pub(super) const DEAD_LETTERS: &[u8] = b"x";

/// Letters of keys whose value is a place and nothing else, and which never go away: bodies, claims,
/// decisions and where they belong, leaves, messages, what was made of them, receipts, and lists.
const PERMANENT: &[u8] = b"DLbcdekmnruvwz";

/// Whether a key, or every key of a list, is permanent.
pub(super) fn is_permanent(key: &[u8]) -> bool {
    key.first().is_some_and(|letter| PERMANENT.contains(letter))
}

/// An alert.
pub(super) fn alert(id: &str) -> Vec<u8> {
    dated(b'A', id, NAME_BYTES)
}

/// Where a body stands.
pub(super) fn body(sha256: &Sha256) -> Vec<u8> {
    let mut key = vec![b'b'];
    key.extend(sha256.as_bytes().iter().take(NAME_BYTES));
    key
}

/// An accepted message id.
pub(super) fn claim(partner: &PartyId, claim: &Claim) -> Vec<u8> {
    let package = claim.package.to_string();
    named(b'c', &[partner.as_str(), &package, &claim.id])
}

/// The last counter of a direction.
pub(super) fn counter(partner: &PartyId, direction: Direction) -> Vec<u8> {
    let mut key = COUNTERS.to_vec();
    key.extend_from_slice(direction.as_str().as_bytes());
    key.push(b' ');
    key.extend_from_slice(partner.as_str().as_bytes());
    key
}

/// The partner and direction of a counter's key.
pub(super) fn read_counter(key: &[u8]) -> Option<(PartyId, Direction)> {
    let text = std::str::from_utf8(key.strip_prefix(COUNTERS)?).ok()?;
    let (direction, partner) = text.split_once(' ')?;
    Some((partner.parse().ok()?, Direction::from_word(direction)?))
}

/// What states a case key, in order of events: the key without the number is the prefix.
pub(super) fn case(case: &CaseKey, number: Option<u64>) -> Vec<u8> {
    listed(b'k', &[case.kind.as_str(), &case.value], number)
}

/// What has a national id, in order of events: the key without the number is the prefix.
pub(super) fn national(id: &str, number: Option<u64>) -> Vec<u8> {
    listed(b'n', &[id], number)
}

/// A decision.
pub(super) fn decision(id: &str) -> Vec<u8> {
    dated(b'd', id, NAME_BYTES)
}

/// Decisions that none supersedes: the letter before a decision's digest.
pub(super) const CURRENT: &[u8] = b"C";

/// A decision that none supersedes.
pub(super) fn current(id: &str) -> Vec<u8> {
    dated(b'C', id, NAME_BYTES)
}

/// Decisions about a case key, in order of events: the key without the number is the prefix.
pub(super) fn decided(case: &CaseKey, number: Option<u64>) -> Vec<u8> {
    listed(b'D', &[case.kind.as_str(), &case.value], number)
}

/// A held entry that waits no more.
pub(super) fn held(id: &str) -> Vec<u8> {
    dated(b'H', id, NAME_BYTES)
}

/// An inbox item.
pub(super) fn inbox(id: &str) -> Vec<u8> {
    dated(b'I', id, NAME_BYTES)
}

/// Where a leaf's text stands.
pub(super) fn leaf(index: u64) -> Vec<u8> {
    numbered(b"L", index)
}

/// A received message.
pub(super) fn message(id: &str) -> Vec<u8> {
    dated(b'm', id, NAME_BYTES)
}

/// What was made from a received message, in order of events: the key without the number is the
/// prefix.
pub(super) fn made(message: &str, number: Option<u64>) -> Vec<u8> {
    let mut key = dated(b'e', message, LIST_BYTES);
    key.extend(number.map(u64::to_be_bytes).into_iter().flatten());
    key
}

/// A hash of the Merkle tree at tile level `level`, which is 1 or higher: hashes of leaves are computed
/// from their texts.
pub(super) fn node(level: u32, index: u64) -> Vec<u8> {
    let mut key = vec![b't'];
    key.extend_from_slice(&level.to_be_bytes());
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// An outgoing message that waits no more.
pub(super) fn outgoing(id: &str) -> Vec<u8> {
    dated(b'O', id, NAME_BYTES)
}

/// The receipt for raw bytes of a partner.
pub(super) fn raw(partner: &PartyId, sha256: &Sha256) -> Vec<u8> {
    named(b'w', &[partner.as_str(), &sha256.to_string()])
}

/// A receipt by its id.
pub(super) fn receipt(id: &str) -> Vec<u8> {
    dated(b'r', id, NAME_BYTES)
}

/// The last word about a message that waited.
pub(super) fn settled(message: &str) -> Vec<u8> {
    dated(b'z', message, NAME_BYTES)
}

/// What became of a message that was amended or cancelled.
pub(super) fn revised(message: &str) -> Vec<u8> {
    dated(b'v', message, NAME_BYTES)
}

/// The numbers given in a series, in their order: the key without the number is the prefix.
pub(super) fn series(series: &str, number: Option<u64>) -> Vec<u8> {
    listed(b'u', &[series], number)
}

/// What was last judged by what is trusted of a partner.
pub(super) fn trust(partner: &PartyId) -> Vec<u8> {
    named(b'T', &[partner.as_str()])
}

/// Refusals of a partner's day.
pub(super) fn refusals(partner: &PartyId) -> Vec<u8> {
    let mut key = REFUSALS.to_vec();
    key.extend_from_slice(partner.as_str().as_bytes());
    key
}

/// One of the lists by event number.
pub(super) fn numbered(list: &[u8], number: u64) -> Vec<u8> {
    let mut key = list.to_vec();
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// The number at the end of a key.
pub(super) fn read_number(key: &[u8]) -> Option<u64> {
    key.last_chunk().copied().map(u64::from_be_bytes)
}

fn named(letter: u8, parts: &[&str]) -> Vec<u8> {
    let mut key = vec![letter];
    key.extend(digest(parts).iter().take(NAME_BYTES));
    key
}

/// The key of an id of ours: its time, and `bytes` with the digest that fills them. An id of another
/// form, from before or from a test, has its digest alone.
fn dated(letter: u8, id: &str, bytes: usize) -> Vec<u8> {
    let digest = digest(&[id]);
    let time = Uuid::try_parse(id)
        .ok()
        .filter(|uuid| uuid.get_version() == Some(Version::SortRand));
    let mut key = vec![letter];
    key.extend(
        time.iter()
            .flat_map(|uuid| uuid.as_bytes().iter().take(TIME_BYTES)),
    );
    let left = bytes.saturating_add(1).saturating_sub(key.len());
    key.extend(digest.iter().take(left));
    key
}

fn listed(letter: u8, parts: &[&str], number: Option<u64>) -> Vec<u8> {
    let mut key = vec![letter];
    key.extend(digest(parts).iter().take(LIST_BYTES));
    key.extend(number.map(u64::to_be_bytes).into_iter().flatten());
    key
}

/// Digest of texts, each with its length before it.
fn digest(parts: &[&str]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&wide(part.len()).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::KeyKind;

    #[test]
    fn no_text_reaches_into_another_key() {
        assert_ne!(named(b'k', &["a", "bc"]), named(b'k', &["ab", "c"]));
        assert_ne!(message("x"), receipt("x"));
        let long = "x".repeat(1000);
        assert_ne!(message(&long), message(&format!("{long}x")));
        assert!(!listed(b'k', &["a", "bc"], Some(0)).starts_with(&listed(b'k', &["a", "b"], None)));
    }

    #[test]
    fn ids_of_ours_sort_by_their_time_and_stay_apart() {
        let at = |millis, random| {
            let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &[random; 10]);
            uuid.into_uuid().to_string()
        };
        let keys = [at(1, 9), at(2, 1), at(70_000, 0)].map(|id| message(&id));
        assert!(keys.is_sorted(), "{keys:?}");
        assert_ne!(message(&at(1, 1)), message(&at(1, 2)));
        assert_ne!(made(&at(1, 1), None), made(&at(1, 2), None));
        assert!(made(&at(1, 1), Some(7)).starts_with(&made(&at(1, 1), None)));
        let other = Uuid::from_bytes([7; 16]).to_string();
        for id in [&at(1, 1), &other, ""] {
            assert_eq!(message(id).len(), 1 + NAME_BYTES);
            assert_eq!(made(id, None).len(), 1 + LIST_BYTES);
        }
        assert_eq!(
            message(&other).get(1..),
            digest(&[&other]).get(..NAME_BYTES)
        );
    }

    #[test]
    fn keys_stay_within_the_nodes() {
        let key = CaseKey {
            kind: KeyKind::Container,
            value: "x".repeat(1000),
        };
        let kz: PartyId = "KZ".parse().unwrap();
        for key in [
            case(&key, Some(u64::MAX)),
            raw(&kz, &Sha256([1; 32])),
            body(&Sha256([1; 32])),
            made("01890000-0000-7000-8000-000000000000", Some(u64::MAX)),
            node(7, u64::MAX),
        ] {
            assert!(key.len() <= 22, "{key:?}");
        }
    }

    #[test]
    fn counters_are_read_back_and_others_are_not() {
        let partner: PartyId = "RU-10702070".parse().unwrap();
        let written = counter(&partner, Direction::National);
        assert_eq!(read_counter(&written), Some((partner, Direction::National)));
        assert_eq!(read_counter(b"sup RU"), None);
        assert_eq!(read_counter(b"x"), None);
    }

    #[test]
    fn keys_sort_as_numbers() {
        assert!(numbered(OUTBOX_PENDING, 255) < numbered(OUTBOX_PENDING, 256));
        assert_eq!(read_number(&numbered(b"o", 70_000)), Some(70_000));
        assert_eq!(read_number(b"o"), None);
    }
}
