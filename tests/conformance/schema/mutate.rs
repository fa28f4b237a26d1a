//! Small changes to a document that keep it well-formed. Start at [`mutant`].

use corridor::xml::{Document, Limits, Node, NodeKind, parse};

/// A reproducible stream of numbers (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    /// A stream of its own for each name.
    pub(super) fn seeded(name: &str) -> Self {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        Self(hash)
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(count.max(1)).unwrap()).unwrap()
    }

    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Texts that break some types and suit others.
const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "1",
    "-1",
    "+1",
    "00",
    "007",
    "1.0",
    "1.50",
    ".5",
    "1.",
    "0.123456789",
    "12345678901234567890",
    "1e5",
    "true",
    "TRUE",
    "A",
    "a",
    "AB",
    "ABC",
    "XX",
    "\u{416}",
    "\u{416}\u{416}\u{416}",
    "A B",
    " A",
    "A ",
    "A\tB",
    "A  B",
    "A\nB",
    "2024-02-29",
    "2023-02-29",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00:00Z",
    "2024-01-01T24:00:00",
    "2024-01-01T25:00:00",
    "2024-01-01Z",
    "24RU1234567890AB12",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "\u{661}\u{662}",
    "8B4F2C9A-6B1E-4C0D-9E57-1D2A3B4C5D6E",
    "\u{422}\u{422}",
    "RU",
    "EN",
    "99999999999.99",
    "0.01",
    "9999",
];

/// Attributes that any element may have, for those who validate.
const INSTANCE: &[&str] = &[
    r#" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true""#,
    r#" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a b""#,
    r#" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="unheard""#,
    r#" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"
        xmlns:s="http://www.w3.org/2001/XMLSchema" i:type="s:string""#,
];

/// A changed copy of a document.
pub(super) fn mutant(document: &Document, random: &mut Random) -> String {
    let text = document.text();
    let root = document.root();
    let all: Vec<_> = root.descendants().collect();
    loop {
        let node = random.pick(&all);
        let changed = match random.below(14) {
            0 => Some(splice(text, span(text, node), "")),
            1 => {
                let (start, end) = span(text, node);
                Some(splice(text, (end, end), &text[start..end]))
            }
            2 => Some(rename(text, node, "Unheard")),
            3 => Some(rename(text, node, random.pick(&all).name().local)),
            4 => swap(text, node),
            5..=7 => retext(text, node, random.pick(TEXTS)),
            8 => lengthen(text, node, random),
            9 => Some(insert_attribute(text, node, r#" unheard="1""#)),
            10 => Some(other_namespace(text, node)),
            11 => Some(insert_attribute(text, node, random.pick(INSTANCE))),
            12 => attribute(text, node, random),
            _ => {
                let (start, end) = span(text, node);
                let (place, _) = span(text, random.pick(&all));
                (place < start).then(|| {
                    let cut = splice(text, (start, end), "");
                    splice(&cut, (place, place), &text[start..end])
                })
            }
        };
        // One that moved away from the declaration of its prefix is no document any more.
        let sound = |text: &String| parse(text.as_bytes(), None, &Limits::default()).is_ok();
        if let Some(changed) = changed.filter(sound) {
            return changed;
        }
    }
}

fn splice(text: &str, (start, end): (usize, usize), with: &str) -> String {
    format!("{}{with}{}", &text[..start], &text[end..])
}

/// From `<` to the `>` of the end tag.
fn span(text: &str, node: Node<'_>) -> (usize, usize) {
    let end = node.end_tag_start();
    let close = text[end..].find('>').unwrap();
    (node.position().byte, end + close + 1)
}

/// Where the name ends in the start tag.
fn name_end(node: Node<'_>) -> usize {
    let prefix = node.prefix().len();
    let colon = usize::from(prefix > 0);
    node.position().byte + 1 + prefix + colon + node.name().local.len()
}

fn is_empty_tag(text: &str, node: Node<'_>) -> bool {
    text[node.end_tag_start()..].starts_with("/>")
}

fn rename(text: &str, node: Node<'_>, to: &str) -> String {
    let local = node.name().local.len();
    let start = (name_end(node) - local, name_end(node));
    if is_empty_tag(text, node) {
        return splice(text, start, to);
    }
    let end = node.end_tag_start();
    let colon = text[end..].find('>').unwrap() + end;
    let end_name = text[end..colon].trim_end();
    let end_name = (end + end_name.len() - local, end + end_name.len());
    splice(&splice(text, end_name, to), start, to)
}

/// Swaps an element with the next one.
fn swap(text: &str, node: Node<'_>) -> Option<String> {
    let next = node
        .parent()?
        .elements()
        .skip_while(|other| *other != node)
        .nth(1)?;
    let ((a, b), (c, d)) = (span(text, node), span(text, next));
    Some(format!(
        "{}{}{}{}{}",
        &text[..a],
        &text[c..d],
        &text[b..c],
        &text[a..b],
        &text[d..]
    ))
}

fn retext(text: &str, node: Node<'_>, with: &str) -> Option<String> {
    let mut children = node.children();
    let only = children.next()?;
    if only.kind() != NodeKind::Text || children.next().is_some() {
        return None;
    }
    Some(splice(
        text,
        (only.position().byte, node.end_tag_start()),
        with,
    ))
}

/// Doubles the text, or leaves out its last character.
fn lengthen(text: &str, node: Node<'_>, random: &mut Random) -> Option<String> {
    let value = node.text().trim().to_owned();
    let escaped = value.replace('&', "&amp;").replace('<', "&lt;");
    match random.below(3) {
        0 => retext(text, node, &escaped.repeat(2)),
        1 => retext(text, node, &escaped.repeat(40)),
        _ if escaped == value => {
            let end = value.char_indices().last()?.0;
            retext(text, node, &value[..end])
        }
        _ => None,
    }
}

fn insert_attribute(text: &str, node: Node<'_>, attribute: &str) -> String {
    let at = name_end(node);
    splice(text, (at, at), attribute)
}

/// Moves an element into another namespace; one with a prefix by a new meaning of that prefix.
fn other_namespace(text: &str, node: Node<'_>) -> String {
    let prefix = node.prefix();
    let declared = node.namespaces_declared().any(|(known, _)| known == prefix);
    if declared {
        return rename(text, node, "Unheard");
    }
    let colon = if prefix.is_empty() { "" } else { ":" };
    insert_attribute(text, node, &format!(r#" xmlns{colon}{prefix}="urn:other""#))
}

/// Changes or removes an attribute.
fn attribute(text: &str, node: Node<'_>, random: &mut Random) -> Option<String> {
    let attribute = node.attributes().next()?;
    let start = attribute.position().byte;
    let open = text[start..].find(['"', '\''])? + start;
    let quote = &text[open..=open];
    let close = text[open + 1..].find(quote)? + open + 1;
    Some(if random.below(2) == 0 {
        splice(text, (start, close + 1), "")
    } else {
        splice(text, (open + 1, close), random.pick(TEXTS))
    })
}
