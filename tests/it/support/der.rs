//! The little of DER (X.690) that tests change and make by hand. Start at [`first`] and [`tlv`].

/// A value with this tag.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let octets = length.to_be_bytes();
    let octets: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            out.push(0x80 | u8::try_from(octets.len()).unwrap());
            out.extend(octets);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of these.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// The first value: its tag, the whole of it, its content, and what stands behind it.
pub(crate) fn first(der: &[u8]) -> (u8, &[u8], &[u8], &[u8]) {
    let (octets, length) = match der[1] {
        short if short < 0x80 => (2, usize::from(short)),
        long => {
            let octets = 2 + usize::from(long & 0x7F);
            let length = der[2..octets].iter();
            let length = length.fold(0, |length, octet| length << 8 | usize::from(*octet));
            (octets, length)
        }
    };
    let (whole, rest) = der.split_at(octets + length);
    (der[0], whole, &whole[octets..], rest)
}

/// The contents of all values that stand one behind the other.
pub(crate) fn all(mut der: &[u8]) -> Vec<&[u8]> {
    let mut contents = Vec::new();
    while !der.is_empty() {
        let (_, _, content, rest) = first(der);
        contents.push(content);
        der = rest;
    }
    contents
}
