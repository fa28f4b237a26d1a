//! A decision follows the newest one, or is not made.

use super::setting::*;
use crate::model::{CaseKey, KeyKind, Sha256};
use crate::store::*;

fn decided(id: &str, supersedes: Option<&str>) -> Event {
    Event::Decided(Decided {
        id: id.to_owned(),
        source: "message-1".to_owned(),
        keys: vec![CaseKey::new(KeyKind::Ucr, "ucr")],
        body: Sha256([1; 32]),
        facts: Sha256([2; 32]),
        verdict: "RECOGNISED".to_owned(),
        agreement: "agreement".to_owned(),
        at: at(0),
        supersedes: supersedes.map(ToOwned::to_owned),
    })
}

fn is_stale(result: &Result<Committed, Error>) -> bool {
    matches!(result, Err(Error::NotPending { .. }))
}

fn current(store: &Store) -> Vec<String> {
    let current = store.current_decisions(None, 10).unwrap();
    let mut ids: Vec<String> = current.into_iter().map(|decided| decided.id).collect();
    ids.sort();
    ids
}

#[test]
fn a_decision_is_superseded_once() {
    run(async {
        let setting = Setting::new();
        let store = setting.open();
        let decide = async |store: &Store, id: &str, supersedes: Option<&str>| {
            let event = decided(id, supersedes);
            store.append(Vec::new(), vec![event]).await
        };
        assert!(is_stale(&decide(&store, "d2", Some("d1")).await));
        decide(&store, "d1", None).await.unwrap();
        decide(&store, "d2", Some("d1")).await.unwrap();
        assert!(is_stale(&decide(&store, "d3", Some("d1")).await));
        assert_eq!(current(&store), ["d2"]);
        assert!(store.decision("d3").unwrap().is_none());
        drop(store);
        let store = setting.open();
        assert!(is_stale(&decide(&store, "d3", Some("d1")).await));
        decide(&store, "d3", Some("d2")).await.unwrap();
        // One about other goods follows none.
        decide(&store, "d4", None).await.unwrap();
        assert_eq!(current(&store), ["d3", "d4"]);
    });
}

#[test]
fn of_two_decisions_at_once_that_follow_one_the_first_is_made() {
    run(async {
        let setting = Setting::new();
        let store = setting.open();
        let first = vec![decided("d1", None)];
        store.append(Vec::new(), first).await.unwrap();
        let follow = |id: &str| store.append(Vec::new(), vec![decided(id, Some("d1"))]);
        let (one, other) = tokio::join!(follow("d2"), follow("d3"));
        assert_eq!((one.is_ok(), is_stale(&other)), (true, true));
        assert_eq!(current(&store), ["d2"]);
    });
}
