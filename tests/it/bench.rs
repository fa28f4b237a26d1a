//! `corridor bench` runs, counts what was exchanged, and says so.

use serde_json::Value;

use crate::support::{corridor, words};

/// Runs a short bench with these further arguments and gives its figures.
#[track_caller]
fn figures(more: &str) -> Value {
    let line = format!("bench --connections 4 --duration 2 --json {more}");
    serde_json::from_str(&corridor(words(&line)).ok()).unwrap()
}

#[test]
fn distinct_messages_are_exchanged_and_counted() {
    let figures = figures("--messages 50");
    let exchanges = figures["exchanges"].as_u64().unwrap();
    assert!((1..=50).contains(&exchanges), "{figures}");
    for nothing in ["duplicates", "refused", "held", "failed"] {
        assert_eq!(figures[nothing], 0, "{figures}");
    }
    assert!(figures["exchanges_per_second"].as_f64().unwrap() > 0.0);
    assert!(figures["p50_ms"].as_f64() <= figures["p999_ms"].as_f64());
    assert!(
        figures["peak_rss_bytes"]
            .as_u64()
            .is_some_and(|bytes| bytes > 1 << 20)
    );
}

#[test]
fn two_gateways_exchange_end_to_end() {
    let figures = figures("--messages 8 --end-to-end");
    assert!(figures["exchanges"].as_u64() > Some(0), "{figures}");
    assert_eq!(figures["failed"], 0, "{figures}");
    assert_eq!(figures["figure"], "end to end to a second gateway");
}

#[test]
fn at_a_rate_messages_are_posted_when_they_are_due() {
    let figures = figures("--rate 20");
    assert_eq!(figures["rate"], 20);
    assert_eq!(figures["exchanges"], 40, "two seconds of them: {figures}");
    assert_eq!(figures["failed"], 0, "{figures}");
}
