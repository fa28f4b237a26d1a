//! Damage: any byte of the journal that changes is reported, in the right file.

use std::path::Path;

use bytes::Bytes;
use proptest::prelude::*;

use super::setting::*;
use crate::evidence::sha256;
use crate::model::Sha256;
use crate::store::*;

fn filled() -> Setting {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        for id in 0..30 {
            receive(&store, "KZ", &id.to_string()).await.unwrap();
        }
        store.publish().await.unwrap();
        receive(&store, "EU", "last").await.unwrap();
    });
    setting
}

fn flip(file: &Path, at: usize, bit: u8) -> u64 {
    let mut bytes = std::fs::read(file).unwrap();
    let at = at % bytes.len();
    bytes[at] ^= 1 << bit;
    std::fs::write(file, bytes).unwrap();
    at.try_into().unwrap()
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn any_flipped_byte_is_named() {
    let setting = filled();
    let sound = fsck(&setting.path(), &StdDisk).unwrap();
    assert_eq!((sound.faults, sound.unfinished), (vec![], vec![]));
    assert_eq!((sound.leaves, sound.bodies), (31, 62));
    let files = journal_files(&setting.path());
    assert!(files.len() > 5, "{files:?}");
    let config = ProptestConfig::with_cases(400);
    proptest!(config, |(file in 0..files.len(), at in any::<usize>(), bit in 0_u8..8)| {
        let file = &files[file];
        let before = std::fs::read(file).unwrap();
        let at = flip(file, at, bit);
        let report = fsck(&setting.path(), &StdDisk).unwrap();
        let opened = setting.try_open();
        std::fs::write(file, before).unwrap();
        prop_assert!(!report.faults.is_empty(), "{} at {at}", file.display());
        for fault in &report.faults {
            prop_assert_eq!(&fault.file, file);
            prop_assert!(fault.offset <= at);
        }
        // A start reads all but the bodies themselves.
        let body = report.faults.iter().all(|fault| fault.file.to_string_lossy().contains("bodies"));
        match opened {
            Ok(_) => prop_assert!(body),
            Err(Error::Damaged { file: named, offset, .. }) => {
                prop_assert_eq!(&named, file);
                prop_assert!(offset <= at);
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    });
}

#[test]
fn a_body_that_changed_is_not_given_out() {
    let setting = filled();
    let file = setting.path().join("bodies/00000000");
    flip(&file, 70, 0);
    let store = setting.open();
    let raw = store.message("message-0").unwrap().unwrap().raw;
    assert_eq!(store.body(&raw).unwrap_err().code(), "STORE_DAMAGED");
}

#[test]
fn a_journal_shorter_than_its_checkpoint_is_refused() {
    let setting = filled();
    let events = setting.path().join("events");
    let files = journal_files(&setting.path());
    let last = files
        .iter()
        .rfind(|file| file.starts_with(&events))
        .unwrap();
    let bytes = std::fs::read(last).unwrap();
    // The last batch lies under the checkpoint that was published when the store was closed.
    std::fs::write(last, &bytes[..bytes.len() - 1]).unwrap();
    let refused = setting.try_open().unwrap_err();
    assert!(
        matches!(refused, Error::Damaged { ref file, .. } if file == last),
        "{refused}"
    );
    assert_eq!(
        std::fs::read(last).unwrap().len(),
        bytes.len() - 1,
        "nothing was cut"
    );
    std::fs::write(last, &bytes).unwrap();
    std::fs::remove_file(setting.path().join("checkpoint")).unwrap();
    assert_eq!(setting.try_open().unwrap_err().code(), "STORE_DAMAGED");
}

#[test]
fn a_store_is_opened_by_its_gateway_alone_and_once() {
    let setting = Setting::new();
    let again = Store::create(
        &setting.path(),
        &setting.identity,
        &setting.signer,
        &StdDisk,
    );
    assert_eq!(again.unwrap_err().code(), "STORE_EXISTS");
    let store = setting.open();
    assert_eq!(setting.try_open().unwrap_err().code(), "STORE_LOCKED");
    assert_eq!(
        fsck(&setting.path(), &StdDisk).unwrap_err().code(),
        "STORE_LOCKED"
    );
    drop(store);
    let stranger = Setting::new();
    for identity in [&stranger.identity, &setting.identity] {
        let wrong = Store::open(
            &setting.path(),
            identity,
            stranger.signer.clone(),
            &setting.options,
        );
        assert_eq!(wrong.unwrap_err().code(), "STORE_WRONG_GATEWAY");
    }
    let nowhere = Store::open(
        &setting.dir.path().join("nowhere"),
        &setting.identity,
        setting.signer.clone(),
        &setting.options,
    );
    assert_eq!(nowhere.unwrap_err().code(), "STORE_MISSING");
}

#[test]
fn a_rebuilt_index_gives_the_same_answers() {
    let setting = filled();
    let answers = || {
        let store = setting.open();
        let found = (0..30).map(|id| store.message(&format!("message-{id}")).unwrap());
        (
            found.collect::<Vec<_>>(),
            store.stats().leaves,
            store.checkpoint(),
        )
    };
    let before = answers();
    assert!(rebuild(&setting.path(), std::sync::Arc::new(StdDisk)).unwrap() > 0);
    assert_eq!(answers(), before);
    // An index from before the last commits catches up.
    let (index, copy) = (setting.path().join("index"), setting.path().join("older"));
    copy_dir(&index, &copy);
    run(async {
        let store = setting.open();
        for id in 30..40 {
            receive(&store, "KZ", &id.to_string()).await.unwrap();
        }
    });
    std::fs::remove_dir_all(&index).unwrap();
    std::fs::rename(&copy, &index).unwrap();
    run(async {
        let store = setting.open();
        assert_eq!(store.message("message-39").unwrap().unwrap().counter, 40);
        check_log(&store).await;
    });
    let before = answers();
    // An index of another journal is refused, and says what helps.
    let other = filled();
    std::fs::remove_dir_all(setting.path().join("index")).unwrap();
    std::fs::rename(other.path().join("index"), setting.path().join("index")).unwrap();
    assert_eq!(setting.try_open().unwrap_err().code(), "STORE_INDEX");
    let report = fsck(&setting.path(), &StdDisk).unwrap();
    assert_eq!(report.faults.len(), 1);
    rebuild(&setting.path(), std::sync::Arc::new(StdDisk)).unwrap();
    assert_eq!(answers(), before);
}

#[test]
fn lost_permanent_keys_are_put_again_and_those_of_another_journal_are_refused() {
    let setting = filled();
    let answers = || {
        run(async {
            let store = setting.open();
            check_log(&store).await;
            let found = (0..40).map(|id| store.message(&format!("message-{id}")).unwrap());
            found.collect::<Vec<_>>()
        })
    };
    let before = answers();
    assert!(before.iter().any(Option::is_some));
    // sled has seen all of the journal, and the runs are gone.
    let runs = setting.path().join("index/runs");
    assert!(std::fs::read_dir(&runs).unwrap().count() > 0);
    std::fs::remove_dir_all(&runs).unwrap();
    assert_eq!(answers(), before);
    assert!(std::fs::read_dir(&runs).unwrap().count() > 0);

    let other = filled();
    std::fs::remove_dir_all(&runs).unwrap();
    std::fs::rename(other.path().join("index/runs"), &runs).unwrap();
    assert_eq!(setting.try_open().unwrap_err().code(), "STORE_INDEX");
    rebuild(&setting.path(), std::sync::Arc::new(StdDisk)).unwrap();
    assert_eq!(answers(), before);
}

fn item(canonical: Sha256) -> InboxItem {
    InboxItem {
        id: "i1".to_owned(),
        source: "message-1".to_owned(),
        partner: party("KZ"),
        canonical,
        original: canonical,
        package: package(),
        at: at(0),
        correlates: None,
        replaces: None,
        translated: None,
        posts: Vec::new(),
    }
}

/// A message that waits for its partner, or lies in the inbox, without its bytes.
#[test]
fn a_body_that_an_event_names_must_be_there() {
    let body = Bytes::from_static(b"a1");
    let named = sha256(&body);
    let events = [Event::Queued(entry("a1", "a")), Event::Inbox(item(named))];
    for event in events {
        let setting = Setting::new();
        run(async {
            let store = setting.open();
            store
                .append(vec![body.clone().into()], vec![])
                .await
                .unwrap();
            store.append(Vec::new(), vec![event.clone()]).await.unwrap();
        });
        let sound = fsck(&setting.path(), &StdDisk).unwrap();
        assert_eq!(sound.faults, []);
        let setting = Setting::new();
        run(async {
            let store = setting.open();
            store.append(Vec::new(), vec![event]).await.unwrap();
        });
        let report = fsck(&setting.path(), &StdDisk).unwrap();
        let missing = Damage::Missing { sha256: named };
        assert_eq!(report.faults[0].what, missing);
        assert!(report.faults[0].file.ends_with("events/00000000"));
    }
}
