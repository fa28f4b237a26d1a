//! An agreement's file to an agreement; every fault with its line.
//!
//! Start at [`Agreement::parse`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::{
    Agreement, Control, Demand, Fault, HsSet, Interval, ParticipantList, PostPair, Reference,
    Suspension, folded,
};
use crate::datafile::{Faults, Placed, Table, nearest, parse};
use crate::model::PartyId;
use crate::recognition::facts::{ControlType, Mode, WeighingMethod};
use crate::recognition::rule::Rule;
use crate::recognition::sha256;

/// Most minutes of a time that an agreement sets: ten years. It keeps sums of times in range.
const MINUTES_MAX: usize = 10 * 366 * 24 * 60;

/// Most percent of a tolerance.
const PERCENT_MAX: Decimal = Decimal::ONE_HUNDRED;

const KEYS: &[&str] = &[
    "id",
    "title",
    "note",
    "parties",
    "legal_basis",
    "in_force",
    "suspended",
    "goods",
    "control_depth",
    "control",
    "post_pair",
    "time",
    "mass",
    "participants",
    "images",
    "prior_information",
    "remarks",
    "correspondence",
    "mandatory_controls",
    "use",
    "seals",
    "overrides",
];

impl Agreement {
    /// Reads the text of a file; `file` is its name in faults.
    ///
    /// # Errors
    /// Every fault, in the order of the lines.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let faults = Faults::of(file, text);
        let document = parse(text, &faults);
        let agreement = Reader {
            table: Table::new(&document, &faults),
        }
        .agreement(text);
        drop(document);
        let mut found = faults.into_inner();
        if found.is_empty() {
            return Ok(agreement);
        }
        found.sort_by_key(|fault| fault.line);
        Err(found.into_iter().map(Fault).collect())
    }
}

struct Reader<'a> {
    table: Table<'a>,
}

impl<'a> Reader<'a> {
    fn agreement(&self, text: &str) -> Agreement {
        let table = self.table;
        table.only(KEYS);
        let parties = self.parties();
        let post_pairs = self.post_pairs(&parties);
        let goods = self.section("goods", &["version", "include", "exclude", "note"]);
        let images = self.section("images", &["hs", "taken_within_h", "note"]);
        let mass = self.section(
            "mass",
            &["required", "tolerance_percent", "moisture", "note"],
        );
        let participants = self.section("participants", &["demand", "reference", "list", "note"]);
        let time = self.section("time", &["skew_min", "wait_min", "window_h", "note"]);
        let prior = self.section("prior_information", &["lead_min", "note"]);
        let mandatory = self.section("mandatory_controls", &["version", "goods", "note"]);
        let uses = self.section("use", &["accepted", "default", "note"]);
        let seals = self.section("seals", &["required", "issuers", "feed_required", "note"]);
        let depths = self.depths();
        Agreement {
            id: table.required("id").text.to_owned(),
            sha256: sha256(text.as_bytes()),
            legal_basis: table.required("legal_basis").text.to_owned(),
            in_force: self.in_force(),
            suspended: self.suspended(&post_pairs),
            goods: goods.map(|t| scope(t, "include", true)).unwrap_or_default(),
            goods_excluded: goods
                .map(|t| scope(t, "exclude", false))
                .unwrap_or_default(),
            controls: self.controls(&depths),
            depths,
            skew: time.map_or(SignedDuration::ZERO, |t| duration(t, "skew_min", 1)),
            wait: time.map_or(SignedDuration::ZERO, |t| duration(t, "wait_min", 1)),
            windows: time.map(|t| by_mode(t, "window_h", 60)).unwrap_or_default(),
            mass_required: mass.is_none_or(|t| t.option_flag("required").unwrap_or(true)),
            mass_tolerance: mass.map(tolerances).unwrap_or_default(),
            moisture: mass.map(moisture).unwrap_or_default(),
            demand: participants.map_or(Demand::Both, demand),
            reference: participants.map_or(Reference::Decision, reference),
            lists: participants.map(lists).unwrap_or_default(),
            images: images.map(|t| scope(t, "hs", false)).unwrap_or_default(),
            image_age: images.map_or(SignedDuration::ZERO, |t| duration(t, "taken_within_h", 60)),
            lead: prior.map(|t| by_mode(t, "lead_min", 1)).unwrap_or_default(),
            remarks: self.remarks(),
            correspondence: self.correspondence(),
            mandatory_version: mandatory
                .map_or("", |t| t.required("version").text)
                .to_owned(),
            mandatory: mandatory.map(mandatory_goods).unwrap_or_default(),
            uses: uses.map(|t| words(t, "accepted")).unwrap_or_default(),
            use_default: uses.and_then(|t| Some(folded(t.text("default")?.text))),
            seals_required: seals.is_none_or(|t| t.option_flag("required").unwrap_or(true)),
            seal_issuers: seals.map(|t| words(t, "issuers")).unwrap_or_default(),
            seal_feed_required: seals.is_some_and(|t| t.flag("feed_required")),
            overrides: self.overrides(),
            parties,
            post_pairs,
        }
    }

    /// A table that every agreement must have.
    fn section(&self, key: &str, known: &[&str]) -> Option<Table<'a>> {
        if !self.table.has(key) {
            self.fault(self.table.at, format!("`[{key}]` is missing"));
            return None;
        }
        let table = self.table.table(key)?;
        table.only(known);
        Some(table)
    }

    fn fault(&self, at: usize, message: impl Into<String>) {
        self.table.faults.at(at, message);
    }

    fn parties(&self) -> BTreeSet<PartyId> {
        let mut parties = BTreeSet::new();
        for placed in self.table.texts("parties") {
            match placed.text.parse::<PartyId>() {
                Ok(party) => {
                    if !parties.insert(party) {
                        self.fault(placed.at, format!("party {} is named twice", placed.text));
                    }
                }
                Err(error) => self.fault(placed.at, error.to_string()),
            }
        }
        if parties.len() < 2 {
            self.fault(self.table.at, "`parties` names at least two parties");
        }
        parties
    }

    fn in_force(&self) -> Vec<Interval> {
        let tables = self.table.tables("in_force");
        if tables.is_empty() {
            self.fault(
                self.table.at,
                "`[[in_force]]` is missing: when does it count?",
            );
        }
        tables
            .into_iter()
            .filter_map(|table| {
                table.only(&["from", "until", "note"]);
                interval(table)
            })
            .collect()
    }

    fn suspended(&self, pairs: &[PostPair]) -> Vec<Suspension> {
        let mut suspended = Vec::new();
        for table in self.table.tables("suspended") {
            table.only(&["from", "until", "post_pair", "reason", "note"]);
            let pair = table.text("post_pair");
            if let Some(pair) = pair
                && !pairs.iter().any(|known| known.id == pair.text)
            {
                let near = nearest(pair.text, pairs.iter().map(|pair| pair.id.as_str()));
                self.fault(
                    pair.at,
                    format!("there is no post pair `{}`{near}", pair.text),
                );
            }
            suspended.extend(interval(table).map(|interval| Suspension {
                interval,
                post_pair: pair.map(|pair| pair.text.to_owned()),
            }));
        }
        suspended
    }

    fn depths(&self) -> BTreeMap<ControlType, usize> {
        let Some(table) = self.section("control_depth", &ControlType::ALL.map(ControlType::as_str))
        else {
            return BTreeMap::new();
        };
        ControlType::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, table.number(kind.as_str())?)))
            .collect()
    }

    fn controls(&self, depths: &BTreeMap<ControlType, usize>) -> BTreeMap<String, Control> {
        let tables = self.table.tables("control");
        if tables.is_empty() {
            self.fault(
                self.table.at,
                "`[[control]]` is missing: which control is enough?",
            );
        }
        let mut controls = BTreeMap::new();
        for table in tables {
            table.only(&["hs", "types", "depth", "note"]);
            let mut types = BTreeSet::new();
            for word in table.texts("types") {
                match ControlType::ALL
                    .into_iter()
                    .find(|kind| kind.as_str() == word.text)
                {
                    Some(kind) => {
                        if !depths.contains_key(&kind) {
                            let message = format!("`{}` is not in [control_depth]", word.text);
                            self.fault(word.at, message);
                        }
                        types.insert(kind);
                    }
                    None => unknown(
                        table,
                        word,
                        "type of control",
                        ControlType::ALL.map(ControlType::as_str),
                    ),
                }
            }
            let depth = table.number("depth").unwrap_or(0);
            if !types.iter().any(|kind| depths.get(kind) >= Some(&depth)) {
                self.fault(table.at, "none of `types` is as deep as `depth`");
            }
            let control = Control { types, depth };
            for code in table.texts("hs") {
                // An empty code is for all goods that no other code names.
                let known = code.text.is_empty() || is_code(code.text);
                if !known {
                    self.fault(code.at, NO_CODE);
                } else if controls
                    .insert(code.text.to_owned(), control.clone())
                    .is_some()
                {
                    self.fault(code.at, format!("`{}` has two entries", code.text));
                }
            }
        }
        controls
    }

    fn post_pairs(&self, parties: &BTreeSet<PartyId>) -> Vec<PostPair> {
        let tables = self.table.tables("post_pair");
        if tables.is_empty() {
            self.fault(
                self.table.at,
                "`[[post_pair]]` is missing: from where to where?",
            );
        }
        let party = |table: Table<'a>, key: &str| {
            let placed = table.required(key);
            let party = placed.text.parse::<PartyId>().ok();
            if !party.as_ref().is_some_and(|party| parties.contains(party)) {
                self.fault(placed.at, format!("`{key}` is none of `parties`"));
            }
            party
        };
        let posts = |table: Table<'a>, key: &str| {
            let posts = words(table, key);
            if posts.is_empty() {
                self.fault(table.at, format!("`{key}` names no post"));
            }
            posts
        };
        let mut pairs: Vec<PostPair> = Vec::new();
        for table in tables {
            table.only(&["id", "from_party", "from", "to_party", "to", "note"]);
            let id = table.required("id");
            if pairs.iter().any(|pair| pair.id == id.text) {
                self.fault(id.at, format!("there are two pairs `{}`", id.text));
            }
            let (from, to) = (posts(table, "from"), posts(table, "to"));
            let (from_party, to_party) = (party(table, "from_party"), party(table, "to_party"));
            if let (Some(from_party), Some(to_party)) = (from_party, to_party) {
                if from_party == to_party {
                    self.fault(table.at, "a pair has posts of two parties");
                }
                pairs.push(PostPair {
                    id: id.text.to_owned(),
                    from_party,
                    from,
                    to_party,
                    to,
                });
            }
        }
        pairs
    }

    fn remarks(&self) -> BTreeSet<String> {
        let table = self.section("remarks", &["allowed", "note"]);
        table
            .map(|table| words(table, "allowed"))
            .unwrap_or_default()
    }

    fn correspondence(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for table in self.table.tables("correspondence") {
            table.only(&["ours", "theirs", "note"]);
            let (ours, theirs) = (table.required("ours"), table.required("theirs"));
            for code in [ours, theirs] {
                if code.text.len() < 6 || !is_code(code.text) {
                    self.fault(code.at, "a correspondence is of codes of 6 to 14 digits");
                }
            }
            pairs.push((ours.text.to_owned(), theirs.text.to_owned()));
        }
        pairs
    }

    fn overrides(&self) -> BTreeMap<Rule, String> {
        let known: Vec<&str> = Rule::ALL.into_iter().map(Rule::as_str).collect();
        let Some(table) = self.section("overrides", &known) else {
            return BTreeMap::new();
        };
        let mut overrides = BTreeMap::new();
        for rule in Rule::ALL {
            let Some(authority) = table.text(rule.as_str()) else {
                continue;
            };
            if !rule.can_be_overridden() {
                self.fault(
                    authority.at,
                    format!("{} is never overridden", rule.as_str()),
                );
            }
            if authority.text.trim().is_empty() {
                self.fault(
                    authority.at,
                    "an override needs the authority that may do it",
                );
            }
            overrides.insert(rule, authority.text.trim().to_owned());
        }
        overrides
    }
}

const NO_CODE: &str = "a commodity code has 2 to 14 digits";

fn is_code(text: &str) -> bool {
    (2..=14).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn unknown<const N: usize>(table: Table<'_>, word: Placed<'_>, what: &str, known: [&str; N]) {
    let near = nearest(word.text, known.into_iter());
    let message = format!("`{}` is no {what}{near}", word.text);
    table.faults.at(word.at, message);
}

fn interval(table: Table<'_>) -> Option<Interval> {
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

fn scope(table: Table<'_>, key: &str, demanded: bool) -> HsSet {
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

fn words(table: Table<'_>, key: &str) -> BTreeSet<String> {
    let words = table.texts(key).into_iter();
    words.map(|word| folded(word.text)).collect()
}

/// A whole number of units of so many minutes; it must be there.
fn duration(table: Table<'_>, key: &str, minutes: usize) -> SignedDuration {
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

fn by_mode(table: Table<'_>, key: &str, minutes: usize) -> BTreeMap<Mode, SignedDuration> {
    let within = table.table(key);
    let Some(within) = within else {
        if !table.has(key) {
            let message = format!("`{key}` is missing: one entry for each mode of transport");
            table.faults.at(table.at, message);
        }
        return BTreeMap::new();
    };
    within.only(&Mode::ALL.map(Mode::as_str));
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

fn tolerances(table: Table<'_>) -> BTreeMap<WeighingMethod, Decimal> {
    let Some(within) = table.table("tolerance_percent") else {
        if !table.has("tolerance_percent") {
            table.faults.at(table.at, "`tolerance_percent` is missing");
        }
        return BTreeMap::new();
    };
    within.only(&WeighingMethod::ALL.map(WeighingMethod::as_str));
    WeighingMethod::ALL
        .into_iter()
        .filter_map(|method| Some((method, percent(within, method.as_str())?)))
        .collect()
}

fn moisture(table: Table<'_>) -> BTreeMap<String, Decimal> {
    let mut allowed = BTreeMap::new();
    for row in table.tables("moisture") {
        row.only(&["hs", "percent", "note"]);
        let code = row.required("hs");
        if !is_code(code.text) {
            row.faults.at(code.at, NO_CODE);
        }
        match percent(row, "percent") {
            Some(percent) => drop(allowed.insert(code.text.to_owned(), percent)),
            None => row.faults.at(row.at, "`percent` is missing"),
        }
    }
    allowed
}

fn demand(table: Table<'_>) -> Demand {
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

fn reference(table: Table<'_>) -> Reference {
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

fn lists(table: Table<'_>) -> BTreeMap<Timestamp, ParticipantList> {
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
        let again = lists.values().any(|known| known.version == version);
        let replaced = from.and_then(|from| lists.insert(from, list));
        if again || replaced.is_some() {
            let message = "two lists have one version, or one `effective_from`";
            row.faults.at(row.at, message);
        }
    }
    let ascending = lists.values().map(|list| list.version).is_sorted();
    if !ascending {
        let message = "a later list has a smaller version";
        table.faults.at(table.at, message);
    }
    lists
}

fn mandatory_goods(table: Table<'_>) -> BTreeMap<String, String> {
    let mut goods: BTreeMap<String, String> = BTreeMap::new();
    for row in table.tables("goods") {
        row.only(&["hs", "control", "note"]);
        let control = row.required("control");
        for code in row.texts("hs") {
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
