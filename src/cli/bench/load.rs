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
/// Most presented documents added to one item: 999 items with as many fill the 64 MiB that a
/// gateway takes at most, and their ordinals have three digits too.
const DOCUMENTS_MAX: usize = 120;

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

/// A declaration of some size, with a place for its id. Its white space is taken out: a system that
/// writes messages writes none, and what is left is the harder work for the same bytes.
struct Template {
    before: String,
    after: String,
}

impl Template {
    /// Grows a sample: more goods items up to 999, then more presented documents in each. The
    /// smallest has one item with one document.
    fn grow(sample: &str, size: usize) -> Result<Self, Failure> {
        let sample = compact(sample);
        let (head, rest) = cut(&sample, "<ESADout_CUGoods>")?;
        let (goods, tail) = last_cut(rest, "</ESADout_CUGoods>")?;
        let (first, _) = cut(goods, "</ESADout_CUGoods>").unwrap_or((goods, ""));
        let item = Item::of(first)?;
        let room = size.saturating_sub(head.len() + tail.len());
        let items = (room / item.bytes()).clamp(1, ITEMS_MAX);
        let more = (room / items).saturating_sub(item.bytes()) / item.document.len().max(1);
        let mut text = head.to_owned();
        for number in 1..=items {
            item.write(&mut text, number, more.min(DOCUMENTS_MAX));
        }
        text.push_str(tail);
        let (before, rest) = cut(&text, "DocumentID>")?;
        let (_, after) = cut(rest, "<")?;
        Ok(Self {
            before: format!("{before}DocumentID>"),
            after: format!("<{after}"),
        })
    }

    /// The declaration with an id of its own.
    fn instance(&self, number: usize) -> String {
        let Self { before, after } = self;
        format!("{before}BE7C0000-0000-4000-8000-{number:012X}{after}")
    }
}

/// A goods item in pieces: before and after its number and its first presented document.
struct Item<'a> {
    before_number: &'a str,
    before_document: &'a str,
    document: String,
    after_document: &'a str,
}

impl<'a> Item<'a> {
    /// Takes an item's content apart; of its presented documents the first is kept.
    fn of(content: &'a str) -> Result<Self, Failure> {
        const OPEN: &str = "<ESADout_CUPresentedDocument>";
        const CLOSE: &str = "</ESADout_CUPresentedDocument>";
        let (before_number, rest) = cut(content, "GoodsNumeric>")?;
        let (_, rest) = cut(rest, "</")?;
        let (before_document, rest) = cut(rest, OPEN)?;
        let (document, _) = cut(rest, CLOSE)?;
        let (_, after_document) = last_cut(rest, CLOSE)?;
        Ok(Self {
            before_number,
            before_document,
            document: format!("{OPEN}{document}{CLOSE}"),
            after_document,
        })
    }

    fn bytes(&self) -> usize {
        let parts = [
            self.before_number,
            self.before_document,
            self.after_document,
        ];
        let fixed: usize = parts.iter().map(|part| part.len()).sum();
        fixed + self.document.len() + "<ESADout_CUGoods>GoodsNumeric>1</ESADout_CUGoods></".len()
    }

    /// Writes the item with its ordinal and `more` presented documents beyond the first.
    fn write(&self, out: &mut String, number: usize, more: usize) {
        out.push_str("<ESADout_CUGoods>");
        out.push_str(self.before_number);
        out.push_str("GoodsNumeric>");
        out.push_str(&number.to_string());
        out.push_str("</");
        out.push_str(self.before_document);
        for _ in 0..=more {
            out.push_str(&self.document);
        }
        out.push_str(self.after_document);
        out.push_str("</ESADout_CUGoods>");
    }
}

/// A document without the white space between its tags.
fn compact(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    for piece in text.split_inclusive('>') {
        let blank = piece
            .find('<')
            .filter(|at| piece.get(..*at).is_some_and(is_blank));
        compact.push_str(piece.get(blank.unwrap_or(0)..).unwrap_or(piece));
    }
    compact.truncate(compact.trim_end().len());
    compact
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// Cuts at the first occurrence, which is left out.
fn cut<'a>(text: &'a str, at: &str) -> Result<(&'a str, &'a str), Failure> {
    let missing = || Failure::ours("BENCH_SAMPLE", format!("the sample has no {at}"));
    text.split_once(at).ok_or_else(missing)
}

/// Cuts at the last occurrence, which is left out.
fn last_cut<'a>(text: &'a str, at: &str) -> Result<(&'a str, &'a str), Failure> {
    let missing = || Failure::ours("BENCH_SAMPLE", format!("the sample has no {at}"));
    text.rsplit_once(at).ok_or_else(missing)
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

    #[test]
    fn templates_come_near_the_size_that_was_asked_for() {
        let sample = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/schemas/fcs/esadout-cu/5.23.0/samples/transit-cn-kz.xml"
        ));
        for (asked, least, most) in [
            (2_000, 8_000, 10_000),
            (10_000, 9_000, 10_500),
            (100_000, 96_000, 102_000),
            (2_000_000, 1_700_000, 2_050_000),
            (10_000_000, 9_300_000, 10_100_000),
            (60_000_000, 59_000_000, 60_500_000),
        ] {
            let made = Template::grow(sample, asked).unwrap().instance(7);
            let bytes = made.len();
            assert!((least..=most).contains(&bytes), "{asked}: {bytes}");
            assert!(made.contains("GoodsNumeric>1</"));
            assert!(made.contains("BE7C0000-0000-4000-8000-000000000007<"));
            assert!(!made.contains("> "));
        }
    }
}
