//! The little of DER (X.690) that keys and signature values of the national suites need. Start at
//! [`Reader`] and [`tlv`].
//!
//! Reading is strict: definite lengths in the fewest bytes, tags below 31.

use zeroize::Zeroizing;

/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(super) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;
/// NULL.
pub(super) const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub(super) const OID: u8 = 0x06;
/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;

/// Bytes of DER, read from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(der: &'a [u8]) -> Self {
        Self(der)
    }

    /// The content of the next value, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, _, content) = self.next()?;
        (found == tag).then_some(content)
    }

    /// The content of the next value, if it has this tag; otherwise it stays.
    pub(super) fn take_if(&mut self, tag: u8) -> Option<&'a [u8]> {
        (self.0.first() == Some(&tag)).then(|| self.take(tag))?
    }

    /// The next value: its tag, all of its bytes, and its content.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (&[tag, first], after) = self.0.split_first_chunk()?;
        if tag & 0x1F == 0x1F {
            return None;
        }
        let (length, body) = match first {
            0..=0x7F => (usize::from(first), after),
            0x81..=0x83 => {
                let (bytes, body) = after.split_at_checked(usize::from(first - 0x80))?;
                let length = bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                // X.690 section 10.1: the fewest bytes.
                let least = 1_usize.checked_shl(u32::from(first - 0x81) * 8)?.max(0x80);
                (length >= least).then_some((length, body))?
            }
            _ => return None,
        };
        let (content, rest) = body.split_at_checked(length)?;
        let whole = self.0.get(..self.0.len() - rest.len())?;
        self.0 = rest;
        Some((tag, whole, content))
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The content of a single value with this tag and nothing behind it.
    pub(super) fn only(der: &'a [u8], tag: u8) -> Option<&'a [u8]> {
        let mut reader = Self(der);
        let content = reader.take(tag)?;
        reader.is_empty().then_some(content)
    }
}

/// The magnitude of an INTEGER's content that is not negative (X.690 section 8.3: in the fewest
/// bytes).
pub(super) fn unsigned(content: &[u8]) -> Option<&[u8]> {
    match content {
        [0] => Some(content),
        [0, next, ..] if *next >= 0x80 => content.get(1..),
        [first, ..] if (1..0x80).contains(first) => Some(content),
        _ => None,
    }
}

/// Two unsigned INTEGERs in a SEQUENCE, side by side and each of this width: a signature value of
/// certificates (RFC 3279 section 2.2.3) as XML Signature writes it.
pub(super) fn fixed_width(der: &[u8], width: usize) -> Option<Vec<u8>> {
    let mut numbers = Reader::new(Reader::only(der, SEQUENCE)?);
    let mut fixed = Vec::with_capacity(2 * width);
    for _ in 0..2 {
        let number = unsigned(numbers.take(INTEGER)?)?;
        fixed.extend((0..width.checked_sub(number.len())?).map(|_| 0));
        fixed.extend_from_slice(number);
    }
    numbers.is_empty().then_some(fixed)
}

/// The number of a PrivateKeyInfo with an ECPrivateKey, big-endian and of this width (RFC 5958, RFC
/// 5915). `algorithm` is the content of the AlgorithmIdentifier that it must have.
pub(super) fn ec_number(
    pkcs8: &[u8],
    algorithm: &[u8],
    width: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let mut info = Reader::new(Reader::only(pkcs8, SEQUENCE)?);
    let is_known = matches!(info.take(INTEGER)?, [0 | 1]);
    if !is_known || info.take(SEQUENCE)? != algorithm {
        return None;
    }
    let mut key = Reader::new(Reader::only(info.take(OCTET_STRING)?, SEQUENCE)?);
    if key.take(INTEGER)? != [1] {
        return None;
    }
    let number = key.take(OCTET_STRING)?;
    (number.len() == width).then(|| Zeroizing::new(number.to_vec()))
}

/// A value with a tag.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let skip = length.iter().take_while(|byte| **byte == 0).count();
    let significant = length.get(skip..).unwrap_or_default();
    let mut out = vec![tag];
    match significant {
        [] => out.push(0),
        [one] if *one < 0x80 => out.push(*one),
        several => {
            out.push(0x80 | u8::try_from(several.len()).unwrap_or_default());
            out.extend_from_slice(several);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of values.
pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, &parts.concat())
}

/// An INTEGER of an unsigned number, big-endian.
pub(super) fn integer(number: &[u8]) -> Vec<u8> {
    let skip = number.iter().take_while(|byte| **byte == 0).count();
    let significant = number.get(skip..).unwrap_or_default();
    match significant {
        [] => tlv(INTEGER, &[0]),
        [first, ..] if *first >= 0x80 => tlv(INTEGER, &[&[0], significant].concat()),
        _ => tlv(INTEGER, significant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 0x7F, 0x80, 0xFF, 0x100, 70_000] {
            let content = vec![7; length];
            let der = tlv(OCTET_STRING, &content);
            assert_eq!(Reader::only(&der, OCTET_STRING), Some(content.as_slice()));
            assert_eq!(Reader::only(&der, SEQUENCE), None);
            assert_eq!(Reader::only(&der[..der.len() - 1], OCTET_STRING), None);
            let longer = [der.as_slice(), &[0]].concat();
            assert_eq!(Reader::only(&longer, OCTET_STRING), None);
        }
    }

    #[test]
    fn what_is_no_der_is_refused() {
        for der in [
            &[0x04][..],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0x81, 0x01, 7],
            &[0x04, 0x82, 0x00, 0x80],
            &[0x04, 0x84, 0, 0, 0, 1, 7],
            &[0x1F, 0x81, 0x01, 0],
        ] {
            assert!(Reader::new(der).next().is_none(), "{der:?}");
        }
    }

    #[test]
    fn integers_are_in_the_fewest_bytes() {
        for (number, content) in [
            (&[0, 0][..], &[0][..]),
            (&[0, 1], &[1]),
            (&[0x80], &[0, 0x80]),
            (&[0x7F, 0xFF], &[0x7F, 0xFF]),
        ] {
            assert_eq!(integer(number), tlv(INTEGER, content));
        }
        assert_eq!(unsigned(&[0, 0x80]), Some(&[0x80][..]));
        for content in [&[][..], &[0, 1], &[0x80], &[0, 0, 0x80]] {
            assert_eq!(unsigned(content), None, "{content:?}");
        }
    }
}
