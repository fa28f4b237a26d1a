//! Bodies that were just made durable and will be asked for at once: messages on their way out.
//!
//! Start at [`Fresh`]. It saves the delivery of a new message the way to the disk and back. What is
//! not here any more is read from its segment.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use crate::model::Sha256;

/// Bytes held: some 400 messages of 10 KB, or a quarter of a second at 1,500 messages a second.
/// Delivery to a partner that answers begins within milliseconds of the commit.
const BYTES_MAX: usize = 4 << 20;

/// The newest bodies, up to [`BYTES_MAX`].
#[derive(Debug, Default)]
pub(super) struct Fresh {
    bodies: HashMap<Sha256, Bytes>,
    /// Oldest first.
    order: VecDeque<Sha256>,
    bytes: usize,
}

impl Fresh {
    /// Adds a body that is durable; the oldest make room for it.
    pub(super) fn put(&mut self, sha256: Sha256, body: &Bytes) {
        if body.len() > BYTES_MAX || self.bodies.contains_key(&sha256) {
            return;
        }
        self.bytes += body.len();
        self.bodies.insert(sha256, body.clone());
        self.order.push_back(sha256);
        while self.bytes > BYTES_MAX {
            let oldest = self.order.pop_front();
            let Some(gone) = oldest.and_then(|oldest| self.bodies.remove(&oldest)) else {
                return;
            };
            self.bytes -= gone.len();
        }
    }

    /// A body, if it is still here.
    pub(super) fn get(&self, sha256: &Sha256) -> Option<Bytes> {
        self.bodies.get(sha256).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u8) -> Sha256 {
        Sha256([number; 32])
    }

    #[test]
    fn the_newest_stay_and_the_oldest_go() {
        let mut fresh = Fresh::default();
        let body = Bytes::from(vec![7; BYTES_MAX / 2]);
        for number in 0..3 {
            fresh.put(name(number), &body);
            fresh.put(name(number), &body);
        }
        assert_eq!(fresh.get(&name(0)), None);
        assert_eq!(fresh.get(&name(1)), Some(body.clone()));
        assert_eq!(fresh.get(&name(2)), Some(body));
        assert_eq!(fresh.bytes, BYTES_MAX / 2 * 2);
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let mut fresh = Fresh::default();
        fresh.put(name(1), &Bytes::from_static(b"small"));
        fresh.put(name(2), &Bytes::from(vec![0; BYTES_MAX + 1]));
        assert_eq!(fresh.get(&name(2)), None);
        assert_eq!(fresh.get(&name(1)), Some(Bytes::from_static(b"small")));
    }
}
