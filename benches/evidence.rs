//! What the log costs: a leaf appended, an inclusion proof made and checked, a receipt written and
//! read. Signing and syncing are measured elsewhere.
//!
//! `cargo bench --bench evidence`

use std::collections::HashMap;
use std::hint::black_box;

use corridor::evidence::merkle::{
    Frontier, Tile, TileReader, leaf_hash, prove_inclusion, verify_inclusion,
};
use corridor::evidence::{
    Direction, Error, Leaf, MessageFacts, Origin, Outcome, Part, PartState, Receipt, Salt,
};
use corridor::model::Sha256;
use corridor::xml::{Limits, parse};
use divan::Bencher;

fn main() {
    divan::main();
}

/// Leaves of the log under proof.
const LEAVES: u64 = 100_000;

fn receipt() -> Receipt {
    let part = Part {
        lane: Some("ru-kz-transit".to_owned()),
        document: None,
        to: None,
        package: None,
        mapping_sha256: Some(Sha256([4; 32])),
        state: PartState::Queued,
        sha256: Some(Sha256([5; 32])),
        losses: Vec::new(),
        supplied: vec!["/UnifiedTransitDocument/EDocCode".to_owned(); 8],
        findings: Vec::new(),
    };
    Receipt {
        id: "0198f2c0-0000-7000-8000-000000000001".to_owned(),
        gateway: "KZ".parse().unwrap_or_else(|_| unreachable!()),
        partner: "RU".parse().unwrap_or_else(|_| unreachable!()),
        direction: Direction::In,
        counter: 7,
        leaf_index: 12,
        received_at: jiff::Timestamp::UNIX_EPOCH,
        salt: Salt::new([9; 32]),
        message: MessageFacts {
            sha256: Sha256([1; 32]),
            bytes: 10_240,
            package: None,
            id: Some("A-1".to_owned()),
        },
        origin: Origin::Unverified,
        config_sha256: Sha256([3; 32]),
        registration: None,
        outcome: Outcome::Accepted { parts: vec![part] },
    }
}

#[divan::bench]
fn append_leaf(bencher: Bencher<'_, '_>) {
    let leaf = Leaf::of(&receipt(), Sha256([8; 32]));
    let mut log = Frontier::new();
    bencher.bench_local(|| log.append(black_box(&leaf).hash(), &mut |_, _, _| {}));
}

#[divan::bench]
fn parse_leaf(bencher: Bencher<'_, '_>) {
    let bytes = Leaf::of(&receipt(), Sha256([8; 32])).encode();
    bencher.bench_local(|| Leaf::parse(black_box(&bytes)));
}

#[divan::bench]
fn write_receipt(bencher: Bencher<'_, '_>) {
    let receipt = receipt();
    bencher.bench_local(|| black_box(&receipt).to_xml());
}

#[divan::bench]
fn read_receipt(bencher: Bencher<'_, '_>) {
    let bytes = receipt().to_xml().unwrap_or_default();
    bencher.bench_local(|| {
        let document = parse(black_box(&bytes), None, &Limits::default())?;
        Receipt::from_view(document.root())
    });
}

#[divan::bench]
fn prove_and_verify(bencher: Bencher<'_, '_>) {
    let mut log = Frontier::new();
    let mut nodes: HashMap<(u32, u64), Sha256> = HashMap::new();
    for number in 0..LEAVES {
        log.append(
            leaf_hash(&number.to_be_bytes()),
            &mut |level, index, hash| {
                nodes.insert((level, index), hash);
            },
        );
    }
    let stored = |level: u32, index: u64| {
        let hash = nodes.get(&(level, index)).copied();
        hash.ok_or(Error::MissingHash { level, index })
    };
    let tiles: HashMap<Tile, Vec<u8>> = Tile::after(0, LEAVES)
        .into_iter()
        .map(|tile| (tile, tile.bytes(&stored).unwrap_or_default()))
        .collect();
    let (root, mut index) = (log.root(), 0);
    bencher.bench_local(|| {
        index = (index + 7_919) % LEAVES;
        let reader = TileReader::new(LEAVES, |tile: &Tile| tiles.get(tile).cloned());
        let proof = prove_inclusion(index, LEAVES, &reader)?;
        let leaf = leaf_hash(&index.to_be_bytes());
        verify_inclusion(index, LEAVES, &leaf, &root, &proof)
    });
}
