//! What a lane demands of a message beyond its schema, and by what it registers what it took.
//!
//! Start at [`Requirement`] and [`Register`]; [`terms`] reads both from a lane's file. What is demanded
//! is looked for in the decoded message by [`demand`]; what registering makes of a message stands in
//! `register`.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::lane::Lane;
use super::rejection::{Rejection, Stage};
use crate::model::{Catalogue, LeafKind, LeafRef, PartyId, PathId, PathKind};
use crate::translate::{Decoded, Pointer};

/// Most requirements of one lane. The longest published list of grounds, that of Decision 899 for road,
/// has some thirty points.
const REQUIREMENTS_MAX: usize = 100;
/// Most digits or characters that a requirement may ask for. The longest texts of the formats that we
/// know have 4,000 characters.
const LENGTH_MAX: u16 = 4_000;
/// Most values for which a lane names a post. The land borders that we know have some hundred posts.
const CODES_MAX: usize = 1_000;
/// Longest lead, in minutes: 30 days, after which preliminary information expires.
const LEAD_MINUTES_MAX: u32 = 30 * 24 * 60;
/// Longest ground code and longest text of a requirement, in characters: twenty of them with their
/// paths must fit in a receipt that a person reads.
const GROUND_CHARS_MAX: usize = 32;
const TEXT_CHARS_MAX: usize = 200;
/// Most missing values that a refusal names one by one; the rest are counted.
const MISSING_MAX: usize = 20;

/// A value that a message must have to be taken.
#[derive(Debug)]
pub struct Requirement {
    /// Where it stands.
    pub path: PathId,
    /// How many digits it must have at least.
    pub digits: u16,
    /// How many characters it must have at least.
    pub characters: u16,
    /// The code of the ground on which a message without it is refused, as the services agreed on it.
    pub ground: String,
    /// The ground in plain words.
    pub text: String,
}

/// How a lane registers the messages that it takes.
#[derive(Debug)]
pub struct Register {
    /// The country that registers (ISO 3166-1 alpha-2): numbers begin with it and are counted for it.
    pub country: String,
    /// Where a message says when the goods are to arrive.
    pub arrival: Vec<PathId>,
    /// How long before that a message must have come.
    pub lead: SignedDuration,
    /// The zone whose day stands in the number.
    pub zone: TimeZone,
}

/// Whose business a message is that names no post of ours: the code of the post by a value that it has.
#[derive(Debug)]
pub struct LanePost {
    /// Where the value stands.
    pub path: PathId,
    /// The characters of it that count, from the first number to before the second; all when absent.
    pub take: Option<(usize, usize)>,
    /// The post for each value that is known.
    pub codes: BTreeMap<String, String>,
}

/// `[post]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PostFile {
    at: Spanned<String>,
    take: Option<Spanned<(usize, usize)>>,
    codes: Spanned<BTreeMap<String, String>>,
}

/// `[register]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterFile {
    country: Spanned<String>,
    arrival: Spanned<Vec<Spanned<String>>>,
    lead_minutes: Spanned<u32>,
    zone: Spanned<String>,
}

/// `[[require]]` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequireFile {
    path: Spanned<String>,
    digits: Option<Spanned<u16>>,
    characters: Option<Spanned<u16>>,
    ground: Spanned<String>,
    text: Spanned<String>,
}

/// What a lane's file says of posts.
///
/// # Errors
/// Everything that is wrong, each fault with file and line.
pub(super) fn post(raw: PostFile, (file, text): (&str, &str)) -> Result<LanePost, String> {
    let mut faults = Faults {
        file,
        text,
        found: Vec::new(),
    };
    if let Some(take) = &raw.take
        && take.get_ref().0 >= take.get_ref().1
    {
        faults.at(
            take,
            "`take` names the first character and the one after the last",
        );
    }
    let codes = raw.codes.get_ref();
    let blank = |text: &String| text.trim().is_empty();
    if codes.is_empty() || codes.len() > CODES_MAX || codes.values().any(blank) {
        let what = format!("say for 1 to {CODES_MAX} values which post is meant");
        faults.at(&raw.codes, what);
    }
    let path = faults.value(&raw.at).map(|(path, _)| path);
    match path {
        Some(path) if faults.found.is_empty() => Ok(LanePost {
            path,
            take: raw.take.map(Spanned::into_inner),
            codes: raw.codes.into_inner(),
        }),
        Some(_) | None => Err(faults.found.join("; ")),
    }
}

impl LanePost {
    /// The posts of a document, each once. A value that is not listed names none.
    pub(super) fn posts(&self, decoded: &Decoded<'_>) -> Vec<String> {
        let mut posts = Vec::new();
        let found = decoded.values(self.path).into_iter();
        for value in found.filter_map(|(_, value)| value) {
            let text = value.lexical();
            let part: String = match self.take {
                Some((from, to)) => text.chars().take(to).skip(from).collect(),
                None => text.into_owned(),
            };
            if let Some(post) = self.codes.get(part.trim())
                && !posts.contains(post)
            {
                posts.push(post.clone());
            }
        }
        posts
    }
}

/// What a lane's file says of both.
///
/// # Errors
/// Everything that is wrong, each fault with file and line.
pub(super) fn terms(
    register: Option<RegisterFile>,
    require: Vec<RequireFile>,
    (file, text): (&str, &str),
) -> Result<(Option<Register>, Vec<Requirement>), String> {
    let mut faults = Faults {
        file,
        text,
        found: Vec::new(),
    };
    if let Some(surplus) = require.get(REQUIREMENTS_MAX) {
        let what = format!("a lane has at most {REQUIREMENTS_MAX} requirements");
        faults.at(&surplus.path, what);
    }
    let register = register.map(|register| faults.register(register));
    let requirements = require.into_iter().map(|one| faults.requirement(one));
    let requirements: Option<Vec<Requirement>> = requirements.collect();
    match (faults.found.is_empty(), register, requirements) {
        (true, None, Some(requirements)) => Ok((None, requirements)),
        (true, Some(Some(register)), Some(requirements)) => Ok((Some(register), requirements)),
        _ => Err(faults.found.join("; ")),
    }
}

struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<String>,
}

impl Faults<'_> {
    fn at<T>(&mut self, place: &Spanned<T>, what: impl AsRef<str>) {
        let before = self.text.as_bytes().get(..place.span().start);
        let breaks = before.unwrap_or_default().iter().filter(|b| **b == b'\n');
        let line = 1 + breaks.count();
        let what = what.as_ref();
        self.found.push(format!("{}:{line}: {what}", self.file));
    }

    fn register(&mut self, raw: RegisterFile) -> Option<Register> {
        let country = raw.country.get_ref();
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            self.at(&raw.country, "a country has two capital letters");
        }
        let lead = *raw.lead_minutes.get_ref();
        if lead > LEAD_MINUTES_MAX {
            let what = format!("a lead has at most {LEAD_MINUTES_MAX} minutes");
            self.at(&raw.lead_minutes, what);
        }
        let zone = TimeZone::get(raw.zone.get_ref()).ok();
        if zone.is_none() {
            let what = format!("`{}` is no time zone", raw.zone.get_ref());
            self.at(&raw.zone, what);
        }
        if raw.arrival.get_ref().is_empty() {
            self.at(&raw.arrival, "say where the planned arrival stands");
        }
        let mut arrival = Vec::new();
        for path in raw.arrival.get_ref() {
            let Some((id, kind)) = self.value(path) else {
                continue;
            };
            if kind != LeafKind::Moment {
                let what = format!("`{}` is no date and time", path.get_ref());
                self.at(path, what);
            }
            arrival.push(id);
        }
        Some(Register {
            country: raw.country.into_inner(),
            arrival,
            lead: SignedDuration::from_secs(i64::from(lead) * 60),
            zone: zone?,
        })
    }

    fn requirement(&mut self, raw: RequireFile) -> Option<Requirement> {
        for length in [&raw.digits, &raw.characters].into_iter().flatten() {
            if !(1..=LENGTH_MAX).contains(length.get_ref()) {
                self.at(length, format!("a number from 1 to {LENGTH_MAX}"));
            }
        }
        let ground = raw.ground.get_ref();
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if ground.is_empty() || ground.len() > GROUND_CHARS_MAX || !ground.chars().all(word) {
            let what = format!(
                "a ground has 1 to {GROUND_CHARS_MAX} letters, digits, hyphens, underscores or dots"
            );
            self.at(&raw.ground, what);
        }
        let text = raw.text.get_ref();
        if text.trim().is_empty() || text.chars().count() > TEXT_CHARS_MAX {
            let what = format!("say in 1 to {TEXT_CHARS_MAX} characters what is demanded");
            self.at(&raw.text, what);
        }
        let (path, _) = self.value(&raw.path)?;
        let length = |of: Option<Spanned<u16>>| of.map_or(0, Spanned::into_inner);
        Some(Requirement {
            path,
            digits: length(raw.digits),
            characters: length(raw.characters),
            ground: raw.ground.into_inner(),
            text: raw.text.into_inner(),
        })
    }

    /// A canonical path that leads to a value.
    fn value(&mut self, path: &Spanned<String>) -> Option<(PathId, LeafKind)> {
        let catalogue = Catalogue::get();
        let Some(id) = catalogue.find(path.get_ref()) else {
            let what = format!("there is no canonical path `{}`", path.get_ref());
            self.at(path, what);
            return None;
        };
        let PathKind::Leaf(kind) = catalogue.info(id).kind else {
            let what = format!("`{}` leads to no single value", path.get_ref());
            self.at(path, what);
            return None;
        };
        Some((id, kind))
    }
}

impl Requirement {
    fn is_met(&self, value: Option<LeafRef<'_>>) -> bool {
        let Some(value) = value else {
            return false;
        };
        let text = value.lexical();
        let text = text.trim();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        !text.is_empty()
            && digits >= usize::from(self.digits)
            && text.chars().count() >= usize::from(self.characters)
    }
}

impl Register {
    /// A country's numbers are given by the gateway of that country.
    pub(super) fn given_by(&self, party: &PartyId) -> Result<(), String> {
        let country = &self.country;
        let rest = party.as_str().strip_prefix(country.as_str());
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return Ok(());
        }
        Err(format!(
            "numbers of {country} are given by its own gateway, not by {party}'s"
        ))
    }
}

/// Whether a message that both lanes take would get two numbers.
pub(super) fn registers_otherwise(one: &Lane, other: &Lane) -> bool {
    let (Some(own), Some(others)) = (&one.register, &other.register) else {
        return false;
    };
    let same = own.country == others.country && own.zone == others.zone;
    one.from == other.from && !same
}

/// Refuses a message that lacks what the lane demands; all that is missing is named.
pub(super) fn demand(lane: &Lane, decoded: &Decoded<'_>) -> Result<(), Rejection> {
    let mut named = Vec::new();
    let mut missing: usize = 0;
    let mut first: Option<Pointer> = None;
    for requirement in &lane.require {
        for (at, value) in decoded.values(requirement.path) {
            if requirement.is_met(value) {
                continue;
            }
            missing = missing.saturating_add(1);
            if named.len() >= MISSING_MAX {
                continue;
            }
            let place = decoded.place_of(at);
            named.push(format!(
                "{}: {} ({} at {}, line {}, column {})",
                requirement.ground,
                requirement.text,
                at.text(),
                place.path,
                place.line,
                place.column
            ));
            first.get_or_insert(place);
        }
    }
    let Some(first) = first else {
        return Ok(());
    };
    let mut text = format!("lane `{}` demands {}", lane.id, named.join("; "));
    if missing > named.len() {
        text.push_str(&format!("; and {} more", missing - named.len()));
    }
    let rejection = Rejection::new(Stage::Lane, "LANE_REQUIREMENT", text);
    Err(rejection.at(first.line, first.column, Some(first.path)))
}
