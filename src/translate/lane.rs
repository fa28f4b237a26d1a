//! What an agreement says of one lane's translations: missing values, tables, what may pass.
//!
//! Start at [`LaneRules`]. The rules are data of the lane's file; they are compared with the target
//! package by [`LaneRules::faults`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::model::{Catalogue, Mark, PathId};

use super::package::Package;
use super::report::{LossReason, Severity};
use super::withheld;

/// Most rows of one lane table. EU office lists have some 6,000 entries; three keys may multiply
/// them a little.
pub const TABLE_ROWS_MAX: usize = 100_000;

/// The rules of one lane. The default is an empty agreement: nothing supplied, nothing personal
/// passes, what is missing is held.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LaneRules {
    /// IANA zone of the target's zoneless times.
    pub zone: Option<String>,
    /// IANA zone of the source's zoneless times.
    pub source_zone: Option<String>,
    /// Canonical paths that may not pass, with all below.
    pub withheld: Vec<String>,
    /// `personal`, `value`, or canonical paths of such fields that may pass.
    pub pass: Vec<String>,
    /// Severity of losses by canonical path; the longest path decides.
    pub severity: BTreeMap<String, Severity>,
    /// What to do with demanded values that the source lacks.
    pub value: Vec<ValueRule>,
    /// Cross-reference tables.
    pub table: BTreeMap<String, Vec<TableRow>>,
    /// The zones, once looked up.
    #[serde(skip)]
    pub zones: Zones,
}

/// The zones of a lane by their names, looked up once: that takes longer than translating a value.
#[derive(Debug, Clone, Default)]
pub struct Zones {
    target: OnceLock<(String, Option<TimeZone>)>,
    source: OnceLock<(String, Option<TimeZone>)>,
}

fn zone(known: &OnceLock<(String, Option<TimeZone>)>, name: Option<&str>) -> Option<TimeZone> {
    let name = name?;
    let look_up = || TimeZone::get(name).ok();
    let (of, zone) = known.get_or_init(|| (name.to_owned(), look_up()));
    if of == name { zone.clone() } else { look_up() }
}

/// What to do when the source has no value for a place of the target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueRule {
    /// The place in the target message.
    pub at: String,
    /// What to do.
    #[serde(rename = "do")]
    pub action: Action,
    /// The value to supply.
    pub value: Option<String>,
    /// The ground on which it is supplied.
    pub legal_note: Option<String>,
}

/// What to do with a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The message waits for an officer.
    Hold,
    /// The message is not sent.
    Reject,
    /// The lane's value is used and listed.
    Supply,
}

/// A row of a cross-reference table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRow {
    /// One value for each key of the mapping's table; `*` fits any.
    pub key: Vec<String>,
    /// What stands in the target.
    pub value: String,
}

/// What is wrong with a rule, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFault {
    /// Keys below `[rules]`, and numbers from 0 within lists.
    pub keys: Vec<String>,
    /// What is wrong, and what helps.
    pub text: String,
}

impl RuleFault {
    fn new(keys: &[&str], text: String) -> Self {
        Self {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            text,
        }
    }
}

/// Words in the path of a fact of control, which is never supplied without a ground.
const CONTROL_FACTS: [&str; 5] = ["guarantee", "officer", "seal", "controlresult", "grn"];

impl LaneRules {
    /// What is wrong with the rules for this target: unknown paths and zones, values that are missing or
    /// have no ground, mandatory elements that the lane withholds.
    pub fn faults(&self, target: &Package) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        for (key, zone) in [("zone", &self.zone), ("source_zone", &self.source_zone)] {
            if let Some(zone) = zone
                && TimeZone::get(zone).is_err()
            {
                faults.push(RuleFault::new(&[key], format!("`{zone}` is no time zone")));
            }
        }
        for (keys, path) in self.paths() {
            if Catalogue::get().find(path).is_none() {
                let text = format!("there is no canonical path `{path}`");
                faults.push(RuleFault { keys, text });
            }
        }
        for (number, rule) in self.value.iter().enumerate() {
            let keys = ["value", &number.to_string()];
            faults.extend(rule.fault(target).map(|text| RuleFault::new(&keys, text)));
        }
        for (name, rows) in &self.table {
            if rows.len() > TABLE_ROWS_MAX {
                let text = format!("table `{name}` has more than {TABLE_ROWS_MAX} rows");
                faults.push(RuleFault::new(&["table", name], text));
            }
        }
        faults.extend(self.withheld_but_mandatory(target));
        faults
    }

    /// The canonical paths that the rules name, each with its place.
    fn paths(&self) -> Vec<(Vec<String>, &str)> {
        let mut paths = Vec::new();
        for (key, list) in [("pass", &self.pass), ("withheld", &self.withheld)] {
            for (number, path) in list.iter().enumerate() {
                if key != "pass" || !matches!(path.as_str(), "personal" | "value") {
                    let keys = vec![key.to_owned(), number.to_string()];
                    paths.push((keys, path.as_str()));
                }
            }
        }
        for path in self.severity.keys() {
            let keys = vec!["severity".to_owned(), path.clone()];
            paths.push((keys, path.as_str()));
        }
        paths
    }

    fn withheld_but_mandatory(&self, target: &Package) -> Vec<RuleFault> {
        let Some(plan) = target.plan() else {
            return Vec::new();
        };
        let catalogue = Catalogue::get();
        let fault = |(place, path): (String, PathId)| {
            let above = |named: &String| {
                let named = catalogue.find(named);
                named.is_some_and(|named| catalogue.is_within(path, named))
            };
            let keys = match self.withheld.iter().position(above) {
                Some(number) => vec!["withheld".to_owned(), number.to_string()],
                None => vec!["pass".to_owned()],
            };
            let text = format!(
                "{} demands `{place}`, and `{}` is withheld: let it pass, or supply or hold the value",
                target.id(),
                catalogue.info(path).text
            );
            RuleFault { keys, text }
        };
        let found = withheld::mandatory(self, plan).into_iter();
        found.map(fault).collect()
    }

    /// Severity of a loss at a canonical path.
    pub(super) fn severity(&self, path: Option<PathId>, reason: LossReason) -> Severity {
        let Some(path) = path else {
            return Severity::Note;
        };
        let catalogue = Catalogue::get();
        let mut at = path;
        while at != PathId::ROOT && !self.severity.is_empty() {
            if let Some(severity) = self.severity.get(&catalogue.info(at).text) {
                return *severity;
            }
            at = catalogue.parent(at);
        }
        let total = matches!(
            reason,
            LossReason::NoTarget | LossReason::CodeUnmapped | LossReason::Withheld
        );
        if total && catalogue.mark(path) == Some(Mark::Identity) {
            return Severity::Reject;
        }
        Severity::Note
    }

    /// The zone of the target's zoneless times.
    pub(super) fn target_zone(&self) -> Option<TimeZone> {
        zone(&self.zones.target, self.zone.as_deref())
    }

    /// The zone of the source's zoneless times.
    pub fn source_zone(&self) -> Option<TimeZone> {
        zone(&self.zones.source, self.source_zone.as_deref())
    }
}

impl ValueRule {
    fn fault(&self, target: &Package) -> Option<String> {
        let known = target
            .plan()
            .is_none_or(|plan| plan.by_path.contains_key(&self.at));
        if !known {
            return Some(format!(
                "`{}` is no place of {} that is mapped",
                self.at,
                target.id()
            ));
        }
        if self.action != Action::Supply {
            return None;
        }
        if self.value.is_none() {
            return Some(format!("`{}` is to be supplied, but has no value", self.at));
        }
        let lower = self.at.to_ascii_lowercase();
        let control = CONTROL_FACTS.iter().any(|word| lower.contains(word));
        if control && self.legal_note.as_deref().is_none_or(str::is_empty) {
            return Some(format!(
                "`{}` is a fact of control: say on what ground",
                self.at
            ));
        }
        None
    }
}

/// Which canonical paths may pass.
#[derive(Debug)]
pub(super) struct Sieve {
    personal: bool,
    value: bool,
    pass: Vec<PathId>,
    withheld: Vec<PathId>,
}

impl Sieve {
    pub(super) fn new(rules: &LaneRules) -> Self {
        let catalogue = Catalogue::get();
        let named = |class: &str| rules.pass.iter().any(|path| path == class);
        let find = |paths: &[String]| paths.iter().filter_map(|p| catalogue.find(p)).collect();
        Self {
            personal: named("personal"),
            value: named("value"),
            pass: find(&rules.pass),
            withheld: find(&rules.withheld),
        }
    }

    /// Whether a value at this path may be read for the target.
    pub(super) fn passes(&self, path: PathId) -> bool {
        let catalogue = Catalogue::get();
        let within = |paths: &[PathId]| paths.iter().any(|p| catalogue.is_within(path, *p));
        if within(&self.withheld) {
            return false;
        }
        match catalogue.mark(path) {
            None | Some(Mark::Identity) => true,
            Some(Mark::Personal) => self.personal || within(&self.pass),
            Some(Mark::Value) => self.value || within(&self.pass),
        }
    }
}

/// The answer of a lane table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lookup<'r> {
    /// The value of the first row that fits.
    Found(&'r str),
    /// No row fits; the number of the first key at which none was left.
    Unlisted(usize),
}

/// Looks keys up in a table. Case and outer blanks do not count.
pub(super) fn look_up<'r>(rows: &'r [TableRow], keys: &[&str]) -> Lookup<'r> {
    let fits = |pattern: &str, key: &str| {
        let pattern = pattern.trim();
        pattern == "*" || pattern == key.trim() || {
            pattern.to_lowercase() == key.trim().to_lowercase()
        }
    };
    let mut reached = 0;
    for row in rows {
        if row.key.len() != keys.len() {
            continue;
        }
        let matching = row
            .key
            .iter()
            .zip(keys)
            .take_while(|(p, k)| fits(p, k))
            .count();
        if matching == keys.len() {
            return Lookup::Found(&row.value);
        }
        reached = reached.max(matching);
    }
    Lookup::Unlisted(reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_name_the_key_that_fails() {
        let rules: LaneRules = toml::from_str(
            "[[table.office]]\nkey = ['10702070', 'FI', 'Хельсинки']\nvalue = 'FI002000'\n\
             [[table.office]]\nkey = ['10702070', 'EE', '*']\nvalue = 'EE1000EE'\n",
        )
        .unwrap();
        let rows = &rules.table["office"];
        let look = |keys: &[&str]| look_up(rows, keys);
        assert_eq!(
            look(&["10702070", "FI", " ХЕЛЬСИНКИ"]),
            Lookup::Found("FI002000")
        );
        assert_eq!(
            look(&["10702070", "EE", "Tallinn"]),
            Lookup::Found("EE1000EE")
        );
        assert_eq!(look(&["10702070", "FI", "Turku"]), Lookup::Unlisted(2));
        assert_eq!(look(&["1", "FI", "Turku"]), Lookup::Unlisted(0));
    }

    #[test]
    fn personal_data_and_values_need_a_word() {
        let catalogue = Catalogue::get();
        let name = catalogue.find("declarant.contact.name").unwrap();
        let value = catalogue.find("goodsShipment.customsValue").unwrap();
        let open = catalogue.find("goodsShipment.exportCountry").unwrap();
        let closed = Sieve::new(&LaneRules::default());
        assert!(!closed.passes(name) && !closed.passes(value) && closed.passes(open));
        let rules: LaneRules =
            toml::from_str("pass = ['personal', 'goodsShipment.customsValue']").unwrap();
        let sieve = Sieve::new(&rules);
        assert!(sieve.passes(name) && sieve.passes(value));
    }
}
