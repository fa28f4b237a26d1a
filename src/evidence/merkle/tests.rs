//! The tree against the definition of RFC 6962 written out, and the tiles against their paths.

use std::collections::HashMap;

use super::*;

/// The definition, word for word: MTH of RFC 6962 section 2.1.
fn by_definition(leaves: &[Sha256]) -> Sha256 {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            node_hash(
                &by_definition(&leaves[..split]),
                &by_definition(&leaves[split..]),
            )
        }
    }
}

fn leaves(count: u64) -> Vec<Sha256> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn grown(count: u64) -> (Frontier, HashMap<(u32, u64), Sha256>) {
    let mut frontier = Frontier::new();
    let mut nodes = HashMap::new();
    for leaf in leaves(count) {
        frontier.append(leaf, &mut |level, index, hash| {
            nodes.insert((level, index), hash);
        });
    }
    (frontier, nodes)
}

fn reader(nodes: &HashMap<(u32, u64), Sha256>) -> impl Fn(u32, u64) -> Result<Sha256, Error> {
    |level, index| {
        nodes
            .get(&(level, index))
            .copied()
            .ok_or(Error::MissingHash { level, index })
    }
}

#[test]
fn roots_follow_the_definition() {
    for size in 0..70 {
        let (frontier, nodes) = grown(size);
        let expected = by_definition(&leaves(size));
        assert_eq!(frontier.root(), expected, "size {size}");
        assert_eq!(root(size, &reader(&nodes)).unwrap(), expected);
        let stored = serde_json::to_string(&frontier).unwrap();
        assert_eq!(serde_json::from_str::<Frontier>(&stored).unwrap(), frontier);
    }
    assert_eq!(
        empty_root().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn every_leaf_is_proved_and_no_other() {
    let (_, nodes) = grown(40);
    let leaves = leaves(41);
    for size in 1..=40 {
        let root = root(size, &reader(&nodes)).unwrap();
        for index in 0..size {
            let proof = prove_inclusion(index, size, &reader(&nodes)).unwrap();
            let at = usize::try_from(index).unwrap();
            verify_inclusion(index, size, &leaves[at], &root, &proof).unwrap();
            assert!(verify_inclusion(index, size, &leaves[at + 1], &root, &proof).is_err());
            let mut longer = proof.clone();
            longer.push(root);
            assert!(verify_inclusion(index, size, &leaves[at], &root, &longer).is_err());
        }
        assert!(prove_inclusion(size, size, &reader(&nodes)).is_err());
    }
}

#[test]
fn every_prefix_is_proved_and_no_other() {
    let (_, nodes) = grown(40);
    let root_of = |size| root(size, &reader(&nodes)).unwrap();
    for new in 1..=40 {
        for old in 1..=new {
            let proof = prove_consistency(old, new, &reader(&nodes)).unwrap();
            verify_consistency(old, new, &root_of(old), &root_of(new), &proof).unwrap();
            let wrong = leaf_hash(b"another tree");
            assert!(verify_consistency(old, new, &wrong, &root_of(new), &proof).is_err());
            assert!(verify_consistency(old, new, &root_of(old), &wrong, &proof).is_err());
        }
        assert!(prove_consistency(0, new, &reader(&nodes)).is_err());
        assert!(prove_consistency(new + 1, new, &reader(&nodes)).is_err());
    }
}

#[test]
fn a_frontier_with_other_peaks_is_refused() {
    let peak = leaf_hash(b"");
    assert!(Frontier::from_peaks(3, vec![peak, peak]).is_ok());
    assert_eq!(
        Frontier::from_peaks(3, vec![peak]),
        Err(Error::Peaks { size: 3, got: 1 })
    );
    assert!(serde_json::from_str::<Frontier>(r#"{"size":1,"peaks":[]}"#).is_err());
}

#[test]
fn tile_paths_are_those_of_tlog_tiles() {
    for path in [
        "tile/0/000",
        "tile/0/999",
        "tile/0/x001/000",
        "tile/1/x001/x234/067",
        "tile/7/005.p/1",
        "tile/2/x012/345.p/255",
    ] {
        assert_eq!(path.parse::<Tile>().unwrap().to_string(), path);
    }
    for path in [
        "tile/0/0",
        "tile/00/000",
        "tile/8/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/x000/001",
        "tile/0/x001/",
        "tile/0/../000",
        "tile/8/0/000",
        "",
    ] {
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
}

#[test]
fn a_tree_of_70000_has_the_tiles_of_the_specification() {
    // C2SP tlog-tiles, "Partial Tiles", names exactly these.
    let tiles = Tile::after(0, 70_000);
    let count = |level, full| {
        tiles
            .iter()
            .filter(|tile| tile.level() == level && (tile.width() == TILE_WIDTH) == full)
            .count()
    };
    assert_eq!((count(0, true), count(0, false)), (273, 1));
    assert_eq!((count(1, true), count(1, false)), (1, 1));
    assert_eq!((count(2, true), count(2, false)), (0, 1));
    assert_eq!(tiles.len(), 277);
    assert!(Tile::after(70_000, 70_000).is_empty());
    let next: Vec<String> = Tile::after(255, 256).iter().map(Tile::to_string).collect();
    assert_eq!(next, ["tile/0/000", "tile/1/000.p/1"]);
}

#[test]
fn proofs_can_be_read_from_tiles_written_step_by_step() {
    let mut files: HashMap<Tile, Vec<u8>> = HashMap::new();
    let size = 66_000;
    let (_, nodes) = grown(size);
    let mut old = 0;
    for new in [1, 255, 256, 300, 65_535, 65_536, size] {
        for tile in Tile::after(old, new) {
            files.insert(tile, tile.bytes(&reader(&nodes)).unwrap());
        }
        old = new;
        let tiles = TileReader::new(new, |tile: &Tile| files.get(tile).cloned());
        let expected = root(new, &reader(&nodes)).unwrap();
        assert_eq!(root(new, &tiles).unwrap(), expected);
        let index = new / 2;
        let proof = prove_inclusion(index, new, &tiles).unwrap();
        let leaf = leaf_hash(&index.to_be_bytes());
        verify_inclusion(index, new, &leaf, &expected, &proof).unwrap();
    }
    let gone = TileReader::new(size, |_: &Tile| None);
    assert!(matches!(root(size, &gone), Err(Error::MissingHash { .. })));
}
