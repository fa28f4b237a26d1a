//! Running numbers: what they stand behind, and who counts them.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

const MAP: &str = "
    [[field]]
    at = 'o'
    is = 'goodsShipment.consignment.borderOffice.id'
    decode_only = true
    [[field]]
    at = 'n'
    is = 'goodsShipment.consignment.manifestId'
    series = { name = 'list', prefix = 'R', table = 'office', \
keys = ['goodsShipment.consignment.borderOffice.id'], digits = 2 }";
const OFFICES: &str =
    "zone = 'Asia/Ulaanbaatar'\n[[table.office]]\nkey = ['10718090']\nvalue = '7109'";

#[derive(Debug)]
struct Counter(AtomicU64);

impl Serials for Counter {
    fn next(&self, series: &str) -> Option<u64> {
        assert_eq!(series, "list R277109");
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        (number < 500).then_some(number)
    }
}

fn numbered(from: u64, message: &str) -> Encoded {
    let counter = Counter(AtomicU64::new(from));
    let context = EncodeContext {
        // In Ulaanbaatar the new year has come.
        now: "2026-12-31T17:00:00Z".parse().unwrap(),
        serials: &counter,
        ..context()
    };
    let map = MAP.replace("\\\n", "");
    Bench::new("o?:string n:string", &map).with_context(message, &lane(OFFICES), &context)
}

#[test]
fn a_number_stands_behind_year_and_office() {
    let encoded = numbered(7, "<m><o>10718090</o></m>");
    assert_eq!(text(&encoded), "<m><n>R27710907</n></m>");
    let given = Numbered {
        series: "list R277109".to_owned(),
        number: 7,
    };
    assert_eq!(encoded.numbered, [given]);
    // What has a number keeps it, and nothing is counted.
    let kept = numbered(7, "<m><n>R26710999</n></m>");
    assert_eq!(text(&kept), "<m><n>R26710999</n></m>");
    assert_eq!(kept.numbered, []);
}

#[test]
fn without_a_number_the_message_is_held() {
    for (from, message, code) in [
        (100, "<m><o>10718090</o></m>", "MAP_SERIES_END"),
        (500, "<m><o>10718090</o></m>", "MAP_SERIES_END"),
        (1, "<m><o>10700000</o></m>", "MAP_TABLE_UNLISTED"),
        (1, "<m/>", "MAP_TABLE_KEY_MISSING"),
    ] {
        let held = numbered(from, message);
        assert_eq!(held.severity(), Severity::Hold);
        assert_eq!(held.findings[0].code, code);
        assert_eq!((held.xml, held.numbered), (None, Vec::new()));
    }
}

#[test]
fn a_series_says_how_long_its_numbers_are() {
    for digits in ["0", "19"] {
        let map = MAP
            .replace("\\\n", "")
            .replace("digits = 2", &format!("digits = {digits}"));
        let faults = Bench::new("o?:string n:string", &map).faults();
        assert!(faults[0].contains("1 to 18 `digits`"), "{faults:?}");
    }
}
