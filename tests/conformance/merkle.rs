//! Proof verification against the C2SP/CCTV Merkle vectors: 518 proofs, right and wrong, of inclusion
//! and consistency, of whole trees and of subtrees.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use corridor::evidence::merkle::{
    verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
use corridor::model::Sha256;
use serde::Deserialize;

/// Number of vectors in the suite: a suite that shrinks is noticed.
const VECTORS: usize = 518;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    leaf_idx: Option<u64>,
    tree_size: Option<u64>,
    size1: Option<u64>,
    size2: Option<u64>,
    start: Option<u64>,
    end: Option<u64>,
    size: Option<u64>,
    root: Option<String>,
    root1: Option<String>,
    root2: Option<String>,
    leaf_hash: Option<String>,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[test]
fn merkle_vectors() {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/vectors/merkle/testdata"
    ));
    if !folder.is_dir() {
        println!("skipped: no reference data");
        return;
    }
    let mut ran = 0;
    let mut wrong = Vec::new();
    for suite in [
        "inclusion",
        "consistency",
        "subtreeinclusion",
        "subtreeconsistency",
    ] {
        for file in files(&folder.join(suite)) {
            let vector: Vector = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            ran += 1;
            if run(suite, &vector).is_some() == vector.want_err {
                wrong.push(file);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(ran, VECTORS);
}

/// `Some` when the proof is accepted. Hashes of another length than 32 bytes cannot even be named
/// in our types: they are refused where a leaf or root is hashed. Consistency of equal trees only
/// compares the roots; there such a root is stretched to 32 bytes, equal to itself and to no other.
fn run(suite: &str, vector: &Vector) -> Option<()> {
    let known = |text: &Option<String>| hash(text.as_deref()?);
    let proof: Vec<Sha256> = vector
        .proof
        .iter()
        .flatten()
        .map(|text| hash(text))
        .collect::<Option<_>>()?;
    let verdict = match suite {
        "inclusion" => verify_inclusion(
            vector.leaf_idx?,
            vector.tree_size?,
            &known(&vector.leaf_hash)?,
            &known(&vector.root)?,
            &proof,
        ),
        "consistency" => verify_consistency(
            vector.size1?,
            vector.size2?,
            &opaque(&vector.root1)?,
            &opaque(&vector.root2)?,
            &proof,
        ),
        "subtreeinclusion" => verify_subtree_inclusion(
            vector.leaf_idx?,
            vector.start?,
            vector.end?,
            &known(&vector.leaf_hash)?,
            &known(&vector.root)?,
            &proof,
        ),
        _ => verify_subtree_consistency(
            vector.start?,
            vector.end?,
            vector.size?,
            &opaque(&vector.root1)?,
            &opaque(&vector.root2)?,
            &proof,
        ),
    };
    verdict.ok()
}

fn opaque(text: &Option<String>) -> Option<Sha256> {
    let mut bytes = BASE64.decode(text.as_deref()?).ok()?;
    bytes.resize(32, 0);
    Some(Sha256(bytes.try_into().ok()?))
}

fn hash(text: &str) -> Option<Sha256> {
    Some(Sha256(BASE64.decode(text).ok()?.try_into().ok()?))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    found
}
