//! What stands in the sections of an agreement's file, each read by itself.
//!
//! Everything that a person could have forgotten is a fault: a section that names nothing would make a
//! rule mean nothing, or keep every consignment from being recognised without saying why.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::{Demand, HsSet, Interval, ParticipantList, Reference, folded};
use crate::datafile::{Placed, Table, nearest};
use crate::recognition::facts::{Mode, WeighingMethod};

/// Most minutes of a time that an agreement sets: ten years. It keeps sums of times in range.
const MINUTES_MAX: usize = 10 * 366 * 24 * 60;

/// Most percent of a tolerance.
const PERCENT_MAX: Decimal = Decimal::ONE_HUNDRED;

pub(super) const NO_CODE: &str = "a commodity code has 2 to 14 digits";

/// Whether it is a commodity code, or the beginning of one.
pub(super) fn is_code(text: &str) -> bool {
    (2..=14).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Notes a word that is none of those that are known.
pub(super) fn unknown<const N: usize>(
    table: Table<'_>,
    word: Placed<'_>,
    what: &str,
    known: [&str; N],
) {
    let near = nearest(word.text, known.into_iter());
    let message = format!("`{}` is no {what}{near}", word.text);
    table.faults.at(word.at, message);
}

/// From when until when, if it says so.
pub(super) fn interval(table: Table<'_>) -> Option<Interval> {
    table.required("from");
    let expected = "a time such as 2026-11-22T00:00:00Z";
    let from = table.read::<Timestamp>("from", expected);
    let until = table.read::<Timestamp>("until", expected);
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        table.faults.at(table.at, "`until` is not after `from`");
    }
    from.map(|from| Interval { from, until })
}

/// Codes of goods.
pub(super) fn scope(table: Table<'_>, key: &str, demanded: bool) -> HsSet {
    let mut set = HsSet::default();
    for code in table.texts(key) {
        if !is_code(code.text) {
            table.faults.at(code.at, NO_CODE);
        } else if !set.insert(code.text) {
            let message = format!("`{}` is named twice", code.text);
            table.faults.at(code.at, message);
        }
    }
    if demanded && set.is_empty() {
        let message = format!("`{key}` names no goods");
        table.faults.at(table.at, message);
    }
    set
}

/// Words that are compared without regard to case.
pub(super) fn words(table: Table<'_>, key: &str) -> BTreeSet<String> {
    let words = table.texts(key).into_iter();
    words.map(|word| folded(word.text)).collect()
}

/// A whole number of units of so many minutes; it must be there.
pub(super) fn duration(table: Table<'_>, key: &str, minutes: usize) -> SignedDuration {
    if !table.has(key) {
        let message = format!("`{key}` is missing");
        table.faults.at(table.at, message);
        return SignedDuration::ZERO;
    }
    let Some(number) = table.number(key) else {
        return SignedDuration::ZERO;
    };
    let total = number.saturating_mul(minutes);
    if total > MINUTES_MAX {
        let message = format!("`{key}` is more than ten years");
        table.faults.at(table.at, message);
    }
    let total = i64::try_from(total.min(MINUTES_MAX)).unwrap_or(0);
    SignedDuration::from_mins(total)
}

/// A time for each mode of transport; one at least.
pub(super) fn by_mode(
    table: Table<'_>,
    key: &str,
    minutes: usize,
) -> BTreeMap<Mode, SignedDuration> {
    let within = table.table(key);
    let Some(within) = within else {
        if !table.has(key) {
            let message = format!("`{key}` is missing: one entry for each mode of transport");
            table.faults.at(table.at, message);
        }
        return BTreeMap::new();
    };
    within.only(&Mode::ALL.map(Mode::as_str));
    if within.keys().is_empty() {
        let message = format!("`{key}` names no mode of transport");
        table.faults.at(within.at, message);
    }
    Mode::ALL
        .into_iter()
        .filter(|mode| within.has(mode.as_str()))
        .map(|mode| (mode, duration(within, mode.as_str(), minutes)))
        .collect()
}

fn percent(table: Table<'_>, key: &str) -> Option<Decimal> {
    let (percent, at) = table.decimal(key)?;
    if percent < Decimal::ZERO || percent > PERCENT_MAX {
        let message = format!("`{key}` is not between 0 and {PERCENT_MAX} percent");
        table.faults.at(at, message);
    }
    Some(percent)
}

/// Percent by method of weighing; one method at least, where the goods must be weighed.
pub(super) fn tolerances(table: Table<'_>) -> BTreeMap<WeighingMethod, Decimal> {
    let Some(within) = table.table("tolerance_percent") else {
        if !table.has("tolerance_percent") {
            table.faults.at(table.at, "`tolerance_percent` is missing");
        }
        return BTreeMap::new();
    };
    within.only(&WeighingMethod::ALL.map(WeighingMethod::as_str));
    if within.keys().is_empty() && table.option_flag("required") != Some(false) {
        let message = "`tolerance_percent` names no method of weighing";
        table.faults.at(within.at, message);
    }
    WeighingMethod::ALL
        .into_iter()
        .filter_map(|method| Some((method, percent(within, method.as_str())?)))
        .collect()
}

/// Percent on top, by code of goods.
pub(super) fn moisture(table: Table<'_>) -> BTreeMap<String, Decimal> {
    let mut allowed = BTreeMap::new();
    for row in table.tables("moisture") {
        row.only(&["hs", "percent", "note"]);
        let code = row.required("hs");
        if !is_code(code.text) {
            row.faults.at(code.at, NO_CODE);
        }
        if !row.has("percent") {
            row.faults.at(row.at, "`percent` is missing");
        }
        let percent = percent(row, "percent").unwrap_or_default();
        if allowed.insert(code.text.to_owned(), percent).is_some() {
            let message = format!("`{}` has two entries", code.text);
            row.faults.at(code.at, message);
        }
    }
    allowed
}

/// Who must be listed.
pub(super) fn demand(table: Table<'_>) -> Demand {
    let word = table.required("demand");
    match word.text {
        "both" => Demand::Both,
        "either" => Demand::Either,
        "exporter" => Demand::Exporter,
        "importer" => Demand::Importer,
        "nobody" => Demand::Nobody,
        _ => {
            let known = ["both", "either", "exporter", "importer", "nobody"];
            unknown(table, word, "demand", known);
            Demand::Both
        }
    }
}

/// When they must be.
pub(super) fn reference(table: Table<'_>) -> Reference {
    let word = table.required("reference");
    match word.text {
        "control" => Reference::Control,
        "decision" => Reference::Decision,
        _ => {
            unknown(table, word, "reference time", ["control", "decision"]);
            Reference::Decision
        }
    }
}

/// The lists of participants; one at least, where somebody must be listed.
pub(super) fn lists(table: Table<'_>) -> BTreeMap<Timestamp, ParticipantList> {
    let mut lists: BTreeMap<Timestamp, ParticipantList> = BTreeMap::new();
    for row in table.tables("list") {
        row.only(&[
            "version",
            "effective_from",
            "exporters",
            "importers",
            "note",
        ]);
        let version = row.number("version").unwrap_or_else(|| {
            row.faults.at(row.at, "`version` is missing");
            0
        });
        row.required("effective_from");
        let from = row.read::<Timestamp>("effective_from", "a time such as 2026-11-22T00:00:00Z");
        let list = ParticipantList {
            version,
            exporters: words(row, "exporters"),
            importers: words(row, "importers"),
        };
        for key in ["exporters", "importers"] {
            if !row.has(key) {
                let message = format!("`{key}` is missing: an empty list says that there is none");
                row.faults.at(row.at, message);
            }
        }
        let again = lists.values().any(|known| known.version == version);
        let replaced = from.and_then(|from| lists.insert(from, list));
        if again || replaced.is_some() {
            let message = "two lists have one version, or one `effective_from`";
            row.faults.at(row.at, message);
        }
    }
    let demanded = table.is_text("demand") && table.required("demand").text != "nobody";
    if lists.is_empty() && demanded {
        let message = "`[[participants.list]]` is missing: nobody could be listed";
        table.faults.at(table.at, message);
    }
    let ascending = lists.values().map(|list| list.version).is_sorted();
    if !ascending {
        let message = "a later list has a smaller version";
        table.faults.at(table.at, message);
    }
    lists
}

/// Goods that another control is mandatory for.
pub(super) fn mandatory_goods(table: Table<'_>) -> BTreeMap<String, String> {
    let mut goods: BTreeMap<String, String> = BTreeMap::new();
    for row in table.tables("goods") {
        row.only(&["hs", "control", "note"]);
        let control = row.required("control");
        if control.text.trim().is_empty() {
            let message = "`control` names no control";
            row.faults.at(control.at, message);
        }
        let codes = row.texts("hs");
        if codes.is_empty() {
            row.faults.at(row.at, "`hs` names no goods");
        }
        for code in codes {
            if !is_code(code.text) {
                row.faults.at(code.at, NO_CODE);
            }
            let named = goods.entry(code.text.to_owned()).or_default();
            if !named.is_empty() {
                named.push_str(", ");
            }
            named.push_str(control.text);
        }
    }
    goods
}

/// The restrictions under which a release may be decided, and the one of results that state none.
pub(super) fn uses(table: Table<'_>) -> (BTreeSet<String>, Option<String>) {
    let accepted = words(table, "accepted");
    if accepted.is_empty() {
        let message = "`accepted` names no restriction: nothing could be recognised";
        table.faults.at(table.at, message);
    }
    let default = table.text("default");
    if let Some(default) = default
        && !accepted.contains(&folded(default.text))
    {
        let written = table.texts("accepted").into_iter().map(|word| word.text);
        let near = nearest(default.text, written);
        let message = format!("`default` is none of `accepted`{near}");
        table.faults.at(default.at, message);
    }
    (accepted, default.map(|default| folded(default.text)))
}
