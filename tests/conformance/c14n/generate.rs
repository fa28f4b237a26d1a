//! Seeded documents that are hard to canonicalise. Start at [`document`].

use std::collections::BTreeMap;

use super::model::{Element, Kid, Model};

/// The same numbers for the same seed (SplitMix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(1))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap();
        usize::try_from(self.next() % limit).unwrap()
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn of<T: Copy>(&mut self, pool: &[T]) -> T {
        pool[self.below(pool.len())]
    }
}

const PREFIXES: [&str; 7] = ["", "a", "b", "ns1", "ns10", "B", "\u{436}"];
const URIS: [&str; 6] = [
    "urn:a",
    "urn:customs.ru:Information:5.24.0",
    "http://example.org/x?a='1';b=2#c",
    "http://example.org/",
    "urn:z",
    "http://www.w3.org/2000/09/xmldsig#",
];
const LOCALS: [&str; 8] = [
    "a",
    "b",
    "A",
    "item",
    "\u{413}\u{440}\u{443}\u{437}",
    "x-1",
    "_y",
    "\u{4E2D}.2",
];
const CHARS: [&str; 26] = [
    "x",
    "Y",
    "0",
    " ",
    " ",
    "\t",
    "\n",
    "\n",
    "\r",
    "\"",
    "'",
    "&",
    "<",
    ">",
    "]",
    "]]>",
    "-",
    "?",
    "\u{85}",
    "\u{416}",
    "\u{44F}",
    "\u{4E2D}",
    "\u{2028}",
    "\u{1F600}",
    "\u{10FFFD}",
    "\u{E000}",
];
const XML_ATTRIBUTES: [(&str, &[&str]); 4] = [
    ("lang", &["ru", "en-GB", ""]),
    ("space", &["default", "preserve"]),
    ("base", &["http://example.org/b/", "../c", "d"]),
    ("other", &["1", "2"]),
];

/// The document of a seed.
pub(super) fn document(seed: u64) -> Model {
    let mut maker = Maker {
        dice: Dice::new(seed),
        count: 0,
    };
    let before = maker.outside();
    let budget = 4 + maker.dice.below(30);
    let root = maker.element(&BTreeMap::new(), 0, budget);
    let after = maker.outside();
    Model {
        before,
        root,
        after,
        count: maker.count,
    }
}

struct Maker {
    dice: Dice,
    count: usize,
}

type Bindings = BTreeMap<String, String>;

impl Maker {
    fn outside(&mut self) -> Vec<Kid> {
        let count = self.dice.below(3);
        (0..count).map(|_| self.comment_or_instruction()).collect()
    }

    fn element(&mut self, outer: &Bindings, depth: usize, budget: usize) -> Element {
        let number = self.count;
        self.count += 1;
        let (scope, declarations) = self.declarations(outer);
        let prefixes: Vec<&String> = scope.keys().collect();
        let prefix = if prefixes.is_empty() || self.dice.one_in(4) {
            String::new()
        } else {
            (self.dice.of(&prefixes)).clone()
        };
        let local = (self.dice.of(&LOCALS)).to_owned();
        let attributes = self.attributes(&scope, number);
        let kids = self.kids(&scope, depth, budget);
        Element {
            number,
            prefix,
            local,
            declarations,
            attributes,
            kids,
        }
    }

    /// Binds, binds again, takes back and repeats needlessly.
    fn declarations(&mut self, outer: &Bindings) -> (Bindings, Vec<(String, String)>) {
        let mut declared = Bindings::new();
        for _ in 0..self.dice.of(&[0, 0, 1, 1, 2, 4]) {
            let prefix = self.dice.of(&PREFIXES);
            let uri = match outer.get(prefix) {
                Some(same) if self.dice.one_in(3) => same.clone(),
                _ if prefix.is_empty() && self.dice.one_in(2) => String::new(),
                _ => (self.dice.of(&URIS)).to_owned(),
            };
            declared.insert(prefix.to_owned(), uri);
        }
        let mut scope = outer.clone();
        scope.extend(declared.clone());
        scope.retain(|_, uri| !uri.is_empty());
        (scope, declared.into_iter().collect())
    }

    fn attributes(&mut self, scope: &Bindings, number: usize) -> Vec<(String, String, String)> {
        let mut found = vec![(String::new(), "number".to_owned(), number.to_string())];
        let mut names = std::collections::BTreeSet::new();
        for _ in 0..self.dice.of(&[0, 0, 1, 2, 3, 6]) {
            let bound: Vec<_> = scope
                .iter()
                .filter(|(prefix, _)| !prefix.is_empty())
                .collect();
            let local = self.dice.of(&LOCALS);
            let (prefix, uri) = if bound.is_empty() || self.dice.one_in(2) {
                (String::new(), String::new())
            } else {
                let (prefix, uri) = self.dice.of(&bound);
                (prefix.clone(), uri.clone())
            };
            if names.insert((uri, local)) {
                let value = self.chars(12);
                found.push((prefix, local.to_owned(), value));
            }
        }
        for (local, values) in XML_ATTRIBUTES {
            if self.dice.one_in(12) {
                let value = (self.dice.of(values)).to_owned();
                found.push(("xml".to_owned(), local.to_owned(), value));
            }
        }
        found
    }

    fn kids(&mut self, scope: &Bindings, depth: usize, budget: usize) -> Vec<Kid> {
        let mut kids = Vec::new();
        let mut left = budget;
        while left > 0 && !self.dice.one_in(7) {
            left -= 1;
            let kid = match self.dice.below(8) {
                0 | 1 => Kid::Text(self.chars(40)),
                2 => self.comment_or_instruction(),
                3 => Kid::Text(self.dice.of(&["\n  ", " ", "\t\n"]).to_string()),
                _ if depth < 12 => {
                    let share = left.min(1 + self.dice.below(left + 1));
                    left -= share;
                    Kid::Element(self.element(scope, depth + 1, share))
                }
                _ => Kid::Text("deep".to_owned()),
            };
            kids.push(kid);
        }
        kids
    }

    fn comment_or_instruction(&mut self) -> Kid {
        let text = self.chars(10).replace('\r', "").replace(['-', '?'], "=");
        if self.dice.one_in(2) {
            return Kid::Comment(text);
        }
        let target = (self.dice.of(&["go", "xml-stylesheet", "\u{436}"])).to_owned();
        let data = text.trim_start_matches([' ', '\t', '\n']).to_owned();
        Kid::Instruction(target, data)
    }

    fn chars(&mut self, most: usize) -> String {
        let count = self.dice.below(most);
        (0..count).map(|_| self.dice.of(&CHARS)).collect()
    }
}
