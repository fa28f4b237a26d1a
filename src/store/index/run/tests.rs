//! One run: what was written is found, and damage is never silence.

use super::*;

fn key(number: u64) -> Key {
    let mut bytes = b"kabcdefghijkl".to_vec();
    bytes.extend(number.to_be_bytes());
    Key::new(&bytes).unwrap()
}

fn place(number: u64) -> Place {
    let mut place = [7; PLACE_BYTES];
    place[..8].copy_from_slice(&number.to_be_bytes());
    place
}

fn reach() -> Reach {
    Reach {
        first: 3,
        batches: 9,
        hash: Sha256([5; 32]),
    }
}

/// A run of the even numbers up to twice `count`.
fn run(dir: &Path, count: u64) -> Run {
    let many = usize::try_from(count).unwrap();
    let mut writer = Writer::create(&dir.join("new"), many).unwrap();
    for number in 0..count {
        writer.push((key(2 * number), place(number))).unwrap();
    }
    writer.finish(dir, reach()).unwrap()
}

#[test]
fn what_was_written_is_found_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    for count in [0, 1, 104, 105, 1000, 30_000] {
        let run = run(dir.path(), count);
        assert_eq!((run.entries, run.reach), (count, reach()));
        for number in (0..count).step_by(7) {
            assert_eq!(run.get(&key(2 * number)).unwrap(), Some(place(number)));
            assert_eq!(run.get(&key(2 * number + 1)).unwrap(), None);
        }
        assert_eq!(run.get(&Key::new(b"A").unwrap()).unwrap(), None);
        assert_eq!(run.get(&Key::new(b"z").unwrap()).unwrap(), None);
        let all: Vec<_> = run.entries().map(Result::unwrap).collect();
        assert_eq!(wide(all.len()), count);
        assert!(all.is_sorted());
    }
}

#[test]
fn lists_are_read_from_both_ends() {
    let dir = tempfile::tempdir().unwrap();
    let run = run(dir.path(), 500);
    let list = b"kabcdefghijkl";
    let numbers = |entries: Vec<Entry>| -> Vec<u64> {
        let last = |(key, _): Entry| key.as_slice().last_chunk().copied().map(u64::from_be_bytes);
        entries.into_iter().filter_map(last).collect()
    };
    let from = key(301);
    let found = run.scan(list, from.as_slice(), 3).unwrap();
    assert_eq!(numbers(found), [302, 304, 306]);
    assert_eq!(run.scan(list, list, 1000).unwrap().len(), 500);
    assert_eq!(numbers(run.scan_back(list, 3).unwrap()), [998, 996, 994]);
    assert_eq!(run.scan_back(list, 1000).unwrap().len(), 500);
    assert_eq!(run.scan_back(b"k", 1).unwrap().len(), 1);
    for other in [b"jabcdefghijkl", b"kabcdefghijkm", b"labcdefghijkl"] {
        assert_eq!(run.scan(other, other, 10).unwrap(), []);
        assert_eq!(run.scan_back(other, 10).unwrap(), []);
    }
    assert_eq!(run.scan(b"l", b"l", 10).unwrap(), []);
    assert_eq!(run.scan_back(b"A", 10).unwrap(), []);
}

#[test]
fn damage_is_an_error_and_never_a_key_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = run(dir.path(), 1000).path;
    let whole = fs::read(&path).unwrap();
    let damaged = dir.path().join("damaged");
    for at in (0..whole.len()).step_by(101) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&damaged, &bytes).unwrap();
        let Ok(run) = Run::open(&damaged) else {
            continue;
        };
        let block = at / BLOCK_BYTES;
        let first = wide(block * BLOCK_ENTRIES) * 2;
        let error = run.get(&key(first)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{at}");
    }
    for size in [0, 10, 4096, whole.len() - 1] {
        fs::write(&damaged, &whole[..size]).unwrap();
        assert!(Run::open(&damaged).is_err(), "{size}");
    }
}

#[test]
fn keys_sort_as_their_bytes() {
    let keys = [&b""[..], b"a", b"a\0", b"a\0b", b"ab", b"b"].map(|key| Key::new(key).unwrap());
    assert!(keys.is_sorted());
    assert_eq!(keys[3].as_slice(), b"a\0b");
    assert_eq!(Key::new(&[1; KEY_BYTES + 1]), None);
    assert!(Key::new(&[1; KEY_BYTES]).is_some());
}
