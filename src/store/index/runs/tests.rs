//! Runs against one map in memory: sealed, merged, lost and opened again.

use super::*;
use crate::store::index::run::PLACE_BYTES;

fn key(number: u64) -> Key {
    let mut bytes = b"kabcdefghijkl".to_vec();
    bytes.extend(number.to_be_bytes());
    Key::new(&bytes).unwrap()
}

fn entry(number: u64, batch: u64) -> Entry {
    let mut place = [0; PLACE_BYTES];
    place[..8].copy_from_slice(&batch.to_be_bytes());
    (key(number), place)
}

fn hash(batch: u64) -> Sha256 {
    Sha256([u8::try_from(batch % 251).unwrap(); 32])
}

/// Keys of a batch: some new, some that were there before.
fn batch(number: u64) -> Vec<Entry> {
    let numbers = [number * 3, number * 3 + 1, number / 2];
    numbers.into_iter().map(|of| entry(of, number)).collect()
}

fn agree(runs: &Runs, model: &BTreeMap<Key, Place>) {
    for (key, place) in model {
        assert_eq!(runs.get(key).unwrap().as_ref(), Some(place));
    }
    assert_eq!(runs.get(&key(1_000_000)).unwrap(), None);
    let list = b"kabcdefghijkl";
    for (from, limit) in [(0, 5), (7, 1), (30, 1000), (1_000_000, 3)] {
        let from = key(from);
        let expected = model
            .range(from..)
            .take(limit)
            .map(|(key, place)| (*key, *place));
        let found = runs.scan(list, from.as_slice(), limit).unwrap();
        assert_eq!(found, expected.collect::<Vec<_>>());
        let expected = model
            .iter()
            .rev()
            .take(limit)
            .map(|(key, place)| (*key, *place));
        let found = runs.scan_back(list, limit).unwrap();
        assert_eq!(found, expected.collect::<Vec<_>>());
    }
    assert_eq!(
        runs.scan(b"kabcdefghijkz", b"kabcdefghijkz", 9).unwrap(),
        []
    );
}

#[test]
fn runs_say_what_one_map_says_sealed_merged_and_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut model = BTreeMap::new();
    let mut runs = Runs::open(dir.path()).unwrap();
    assert_eq!(runs.known(), None);
    for number in 0..60 {
        runs.put(number, hash(number), batch(number).into_iter());
        model.extend(batch(number));
        if number % 3 == 0 {
            runs.seal().unwrap();
        }
        if number % 15 == 9 {
            runs.set.merge_all().unwrap();
            assert!(runs.set.list().len() < FAN);
        }
        if number % 20 == 0 {
            runs.seal().unwrap();
            drop(runs);
            runs = Runs::open(dir.path()).unwrap();
            assert_eq!(runs.known(), Some((number + 1, hash(number))));
        }
        agree(&runs, &model);
    }
    let files = fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(files, runs.set.list().len());
}

#[test]
fn what_was_in_memory_is_put_again_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let mut model = BTreeMap::new();
    let runs = Runs::open(dir.path()).unwrap();
    for number in 0..10 {
        runs.put(number, hash(number), batch(number).into_iter());
        model.extend(batch(number));
        if number == 6 {
            runs.seal().unwrap();
        }
    }
    drop(runs);
    fs::write(dir.path().join("new-3"), b"unfinished").unwrap();
    let runs = Runs::open(dir.path()).unwrap();
    let (known, _) = runs.known().unwrap();
    assert_eq!(known, 7);
    assert!(!dir.path().join("new-3").exists());
    // Put again from before, as when sled lost more than the runs did.
    for number in 4..10 {
        runs.put(number, hash(number), batch(number).into_iter());
    }
    agree(&runs, &model);
    runs.seal().unwrap();
    drop(runs);
    let runs = Runs::open(dir.path()).unwrap();
    assert_eq!(runs.known(), Some((10, hash(9))));
    agree(&runs, &model);
}

#[test]
fn runs_that_were_merged_and_not_removed_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let runs = Runs::open(dir.path()).unwrap();
    for number in 0..4 {
        runs.put(number, hash(number), batch(number).into_iter());
        runs.seal().unwrap();
    }
    let copies = tempfile::tempdir().unwrap();
    for file in fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), copies.path().join(file.file_name())).unwrap();
    }
    runs.set.merge_all().unwrap();
    drop(runs);
    for file in fs::read_dir(copies.path()).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
    }
    let runs = Runs::open(dir.path()).unwrap();
    assert_eq!(runs.set.list().len(), 1);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(runs.known(), Some((4, hash(3))));
}

#[test]
fn a_gap_ends_what_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let runs = Runs::open(dir.path()).unwrap();
    for number in 0..3 {
        runs.put(number, hash(number), batch(number).into_iter());
        runs.seal().unwrap();
    }
    runs.set.list()[1].remove().unwrap();
    drop(runs);
    let runs = Runs::open(dir.path()).unwrap();
    assert_eq!(runs.known(), Some((1, hash(0))));
}

#[test]
fn much_becomes_a_run_by_itself_and_many_runs_are_merged_beside() {
    let dir = tempfile::tempdir().unwrap();
    let runs = Runs::open(dir.path()).unwrap();
    let many = wide(YOUNG_MAX);
    for number in 0..8 {
        let keys = (0..many).map(|at| entry(number * many + at, number));
        runs.put(number, hash(number), keys);
        assert_eq!(
            runs.get(&key(number * many)).unwrap(),
            Some(entry(0, number).1)
        );
        runs.keep_small().unwrap();
        assert!(runs.young().places.is_empty());
    }
    while runs.set.list().len() >= FAN {
        runs.merge_some().unwrap();
        std::thread::yield_now();
    }
    for number in 0..8 {
        assert_eq!(
            runs.get(&key(number * many + 5)).unwrap(),
            Some(entry(0, number).1)
        );
    }
}
