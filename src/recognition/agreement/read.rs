//! An agreement's file to an agreement; every fault with its line.
//!
//! Start at [`Agreement::parse`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::sections::{
    NO_CODE, by_mode, demand, duration, interval, is_code, lists, mandatory_goods, moisture,
    reference, scope, tolerances, unknown, uses, words,
};
use super::{Agreement, Control, Demand, Fault, Interval, PostPair, Reference, Suspension};
use crate::datafile::{Faults, Table, nearest, parse};
use crate::model::PartyId;
use crate::recognition::facts::ControlType;
use crate::recognition::rule::Rule;
use crate::recognition::sha256;

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
        Self::parse_among(file, text, &BTreeMap::new())
    }

    /// The same, where the files of other agreements are known by their ids.
    pub(super) fn parse_among(
        file: &str,
        text: &str,
        others: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<Fault>> {
        let faults = Faults::of(file, text);
        let document = parse(text, &faults);
        let table = Table::new(&document, &faults);
        let agreement = Reader { table }.agreement(text);
        if let Some(other) = others.get(&agreement.id) {
            let at = table.text("id").map_or(table.at, |id| id.at);
            faults.at(at, format!("`{}` is the id of {other} too", agreement.id));
        }
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
        let section = self.section("use", &["accepted", "default", "note"]);
        let (accepted, use_default) = section.map(uses).unwrap_or_default();
        let seals = self.section("seals", &["required", "issuers", "feed_required", "note"]);
        let depths = self.depths();
        let controls = self.controls(&depths);
        if let Some(goods) = goods {
            self.controlled(goods, &controls);
        }
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
            controls,
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
            uses: accepted,
            use_default,
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
            if !table.has("depth") {
                self.fault(
                    table.at,
                    "`depth` is missing: 0 says that any type is enough",
                );
            }
            let depth = table.number("depth").unwrap_or(0);
            if !types.iter().any(|kind| depths.get(kind) >= Some(&depth)) {
                self.fault(table.at, "none of `types` is as deep as `depth`");
            }
            let control = Control { types, depth };
            let codes = table.texts("hs");
            if codes.is_empty() {
                self.fault(table.at, "`hs` names no goods; \"\" is for all others");
            }
            for code in codes {
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

    /// For all goods in scope it is said which control is enough.
    fn controlled(&self, goods: Table<'a>, controls: &BTreeMap<String, Control>) {
        for code in goods.texts("include") {
            let covered = controls.keys().any(|known| code.text.starts_with(known));
            if is_code(code.text) && !covered {
                let message = format!("no `[[control]]` is for all goods of `{}`", code.text);
                self.fault(code.at, message);
            }
        }
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
                // Suspending the one would leave the other.
                let twin = pairs.iter().find(|known| {
                    (&known.from_party, &known.to_party) == (&from_party, &to_party)
                        && !known.from.is_disjoint(&from)
                        && !known.to.is_disjoint(&to)
                });
                if let Some(twin) = twin {
                    let message = format!("these posts are a pair already, `{}`", twin.id);
                    self.fault(table.at, message);
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
