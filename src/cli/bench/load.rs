//! The messages of a bench: distinct, each signed by itself, all made before the clock starts.
//!
//! Start at [`Load::prepare`].

use std::sync::Arc;

use bytes::Bytes;
use ring::rand::SystemRandom;

use crate::cli::Failure;
use crate::cli::trial::world::Party;
use crate::crypto::{self, SignatureProfile, Signer};
use crate::xml::Limits;

/// Ordinals of goods items have three digits in R.048 (`Ordinal3Type`).
const ITEMS_MAX: usize = 999;
/// Presented documents added to an item before descriptions grow.
const DOCUMENTS_MAX: usize = 90;

/// Sizes of X-Road's own load mix, in bytes, with their share in 10,000: 2 KB 30 %, 10 KB 60 %,
/// 100 KB 9 %, 2 MB 0.9 %, 10 MB 0.1 %.
const MIX: [(usize, usize); 5] = [
    (2_000, 3_000),
    (10_000, 6_000),
    (100_000, 900),
    (2_000_000, 90),
    (10_000_000, 10),
];

/// What is posted.
pub(super) struct Load {
    /// Signed messages, in the order of posting.
    pub(super) messages: Arc<[Bytes]>,
}

impl Load {
    /// Makes `count` messages of about `size` bytes, or of the mix, signed by `party`, and no more
    /// than `bytes_max` bytes in all. `sample` is a declaration that the others are grown from.
    pub(super) fn prepare(
        sample: &str,
        party: &Party,
        count: usize,
        size: Option<usize>,
        bytes_max: usize,
    ) -> Result<Self, Failure> {
        let (key, certificate) = (&party.signing.key_pem, &party.signing.certificate_pem);
        let signer = crypto::signer_from_pkcs8(key, certificate, None)?;
        let mut prepared = 0;
        let mut grown: Vec<(usize, Template)> = Vec::new();
        let mut messages = Vec::with_capacity(count);
        for number in 0..count {
            let size = size.unwrap_or_else(|| mixed(number));
            if !grown.iter().any(|(grown, _)| *grown == size) {
                grown.push((size, Template::grow(sample, size)?));
            }
            let template = grown.iter().find(|(grown, _)| *grown == size);
            if let Some((_, template)) = template {
                let message = signed(&template.instance(number), &*signer)?;
                prepared += message.len();
                messages.push(message);
            }
            if prepared > bytes_max {
                break;
            }
        }
        Ok(Self {
            messages: messages.into(),
        })
    }

    /// Bytes of a message, on average.
    pub(super) fn mean_bytes(&self) -> u64 {
        let bytes: usize = self.messages.iter().map(Bytes::len).sum();
        u64::try_from(bytes / self.messages.len().max(1)).unwrap_or(u64::MAX)
    }
}

/// Spreads the shares of the mix evenly: 7919 is prime to 10,000.
fn mixed(number: usize) -> usize {
    let mut place = number.wrapping_mul(7_919) % 10_000;
    for (size, share) in MIX {
        match place.checked_sub(share) {
            Some(rest) => place = rest,
            None => return size,
        }
    }
    10_000
}

fn signed(unsigned: &str, signer: &dyn Signer) -> Result<Bytes, Failure> {
    let limits = Limits {
        nodes: u32::MAX,
        ..Limits::default()
    };
    let random = SystemRandom::new();
    let profile = SignatureProfile::default();
    let signed = crypto::sign(unsigned.as_bytes(), signer, &profile, &limits, &random)?;
    Ok(signed.into())
}

/// A declaration of some size with a place for its id.
struct Template {
    before: String,
    after: String,
}

impl Template {
    /// Grows a sample: more goods items up to 999, then more presented documents and longer
    /// descriptions in each.
    fn grow(sample: &str, size: usize) -> Result<Self, Failure> {
        let goods = between(sample, "<ESADout_CUGoods>", "</ESADout_CUGoods>")?;
        let (head, tail) = (&sample[..goods.start], &sample[goods.end..]);
        let item = &sample[goods.clone()];
        let room = size.saturating_sub(head.len() + tail.len());
        let items = (room / item.len()).clamp(1, ITEMS_MAX);
        let item = fill(item, room / items)?;
        let mut text = String::with_capacity(size + 1024);
        text.push_str(head);
        for number in 1..=items {
            text.push_str(&numbered(&item, number)?);
        }
        text.push_str(tail);
        let id = between(&text, "DocumentID", "</")?;
        let start = id.start + text[id.clone()].find('>').map_or(0, |found| found + 1);
        let after = text.split_off(id.end - "</".len());
        text.truncate(start);
        Ok(Self {
            before: text,
            after,
        })
    }

    /// The declaration with an id of its own.
    fn instance(&self, number: usize) -> String {
        let Self { before, after } = self;
        format!("{before}BE7C0000-0000-4000-8000-{number:012X}{after}")
    }
}

/// Brings one item near `size` with more presented documents.
fn fill(item: &str, size: usize) -> Result<String, Failure> {
    let document = between(item, "<ESADout_CUPresentedDocument>", "</ESADout_CUPresentedDocument>")?;
    let more = size.saturating_sub(item.len()) / document.len().max(1);
    let text = item[document.clone()].repeat(more.min(DOCUMENTS_MAX));
    Ok(format!("{}{text}{}", &item[..document.end], &item[document.end..]))
}

/// The item with its ordinal.
fn numbered(item: &str, number: usize) -> Result<String, Failure> {
    let ordinal = between(item, "GoodsNumeric>", "</")?;
    let start = ordinal.start + "GoodsNumeric>".len();
    let end = ordinal.end - "</".len();
    Ok(format!("{}{number}{}", &item[..start], &item[end..]))
}

/// From the first `open` to the end of the next `close`, both included.
fn between(text: &str, open: &str, close: &str) -> Result<std::ops::Range<usize>, Failure> {
    let missing = || Failure::ours("BENCH_SAMPLE", format!("the sample has no {open}"));
    let start = text.find(open).ok_or_else(missing)?;
    let rest = text.get(start + open.len()..).ok_or_else(missing)?;
    let end = rest.find(close).ok_or_else(missing)?;
    Ok(start..start + open.len() + end + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_has_the_shares_it_names() {
        let mut counts = [0_usize; MIX.len()];
        for number in 0..10_000 {
            let size = mixed(number);
            let index = MIX.iter().position(|(one, _)| *one == size).unwrap();
            counts[index] += 1;
        }
        assert_eq!(counts, [3_000, 6_000, 900, 90, 10]);
    }
}
