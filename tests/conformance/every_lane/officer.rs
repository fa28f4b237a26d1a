//! Somebody who answers what a held message asks, with values of documents that are valid.

use std::collections::BTreeMap;

use corridor::translate::{
    Decoded, EncodeContext, Encoded, Finding, LaneRules, Package, Supplement, encode,
};

use super::{context, path_of, plain, samples, values, without_indices};

/// Documents of each target, of which an officer of this test takes what is missing.
const TARGETS: u64 = 24;

/// Times that an officer of this test is asked.
const ROUNDS_MAX: usize = 16;

/// Values of sampled documents, by the plain path of the element that holds them.
pub(crate) struct Officer {
    values: BTreeMap<String, Vec<Supplement>>,
}

impl Officer {
    pub(crate) fn of(package: &Package) -> Self {
        let mut known = BTreeMap::new();
        for document in samples(package, TARGETS) {
            for node in document.root().descendants() {
                let all = values(node).into_iter().map(|value| Supplement {
                    path: plain(&path_of(value.source)),
                    value: value.text,
                });
                let all: Vec<Supplement> = all.collect();
                let best: &mut Vec<Supplement> = known.entry(plain(&node.path())).or_default();
                if best.len() < all.len() {
                    *best = all;
                }
            }
            for value in values(document.root()) {
                let path = plain(&path_of(value.source));
                let one = Supplement {
                    path: path.clone(),
                    value: value.text,
                };
                known.entry(path).or_insert_with(|| vec![one]);
            }
        }
        Self { values: known }
    }

    /// What answers a finding.
    fn answer(&self, finding: &Finding) -> &[Supplement] {
        let path = finding.target_path.as_deref().unwrap_or_default();
        self.values
            .get(&without_indices(path))
            .map_or(&[], Vec::as_slice)
    }
}

/// Encodes, and lets the officer answer what is asked.
pub(crate) fn complete(
    decoded: &Decoded<'_>,
    target: &Package,
    rules: &LaneRules,
    by: &Officer,
) -> Encoded {
    let mut given: Vec<Supplement> = Vec::new();
    let mut encoded = Encoded::default();
    for _ in 0..ROUNDS_MAX {
        let context = EncodeContext {
            supplements: &given,
            ..context()
        };
        encoded = encode(decoded, target, rules, &context);
        if encoded.xml.is_some() {
            break;
        }
        let asked = encoded.findings.iter();
        let more: Vec<Supplement> = asked
            .flat_map(|finding| by.answer(finding))
            .filter(|one| !given.contains(one))
            .cloned()
            .collect();
        if more.is_empty() {
            break;
        }
        given.extend(more);
    }
    encoded
}
