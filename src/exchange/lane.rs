//! Lanes: who talks to whom about what, as agreed between two services (design section 3).
//!
//! Start at [`Lane::parse`] and [`Lanes::matching`]. A lane is data; what it says about values that
//! a target demands is [`LaneRules`], which the `translate` room reads.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::lane_lines::line_of;
use super::terms::{
    LanePost, PostFile, Register, RegisterFile, RequireFile, Requirement, post,
    registers_otherwise, terms,
};
use super::ucr::{UcrPlace, lane_fault};
use crate::model::{PackageId, PartyId, Revision};
use crate::translate::{LaneRules, Package, Packages};

/// What a lane makes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Canonical JSON beside the verified original.
    Canonical,
    /// A message of this package; the same as the input means that it passes unchanged.
    Package(PackageId),
}

/// Which rung of proof a lane wants from its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suffices {
    /// An authenticated national principal's word.
    Attested,
    /// A signature by the source party.
    Signed,
}

/// One lane.
#[derive(Debug)]
pub struct Lane {
    /// The name in receipts, events and error texts.
    pub id: String,
    /// Whose messages.
    pub from: PartyId,
    /// For whom.
    pub to: PartyId,
    /// The package of the source, or of a document embedded in it.
    pub package_in: PackageId,
    /// What is made of it.
    pub output: Output,
    /// Countries of which one must be on the message's route; none means any route.
    pub route: Vec<String>,
    /// Countries of which one must be the last of the message's route; none means any.
    pub ends: Vec<String>,
    /// Message functions that may pass, in the words of the format or as `amend` and `cancel`; none
    /// means all but those two, which a lane must name.
    pub functions: Vec<String>,
    /// Customs procedures of which the message must state one, in the words of its format; none means
    /// any.
    pub procedures: Vec<String>,
    /// First moment at which the lane is in force.
    pub valid_from: Option<Timestamp>,
    /// First moment at which it no longer is.
    pub valid_until: Option<Timestamp>,
    /// The rung of proof that suffices.
    pub origin: Suffices,
    /// What the message must name as its sender, where its format has a place for one.
    pub sender: Option<String>,
    /// What the message must name as its recipient.
    pub recipient: Option<String>,
    /// How a UCR travels where the outgoing package has no place for one; `None`: not at all.
    pub ucr: Option<UcrPlace>,
    /// Whether signatures on it state time and certificate of signing (XAdES baseline B): what we sign
    /// for it does, and what a partner signed without is not taken.
    pub xades: bool,
    /// How what it takes is registered; none when it is not.
    pub register: Option<Arc<Register>>,
    /// What a message must state to be taken.
    pub require: Vec<Requirement>,
    /// Whose business what it takes is, where the message names no post; none when nobody can say.
    pub post: Option<LanePost>,
    /// How values are supplied, held, withheld and graded.
    pub rules: LaneRules,
    /// The file as named to the loader, and what stands in it.
    file: String,
    text: String,
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LaneFile {
    id: String,
    from: PartyId,
    to: PartyId,
    package_in: PackageId,
    package_out: String,
    #[serde(default)]
    route: Vec<String>,
    #[serde(default)]
    ends: Vec<String>,
    #[serde(default)]
    functions: Vec<String>,
    #[serde(default)]
    procedures: Vec<String>,
    valid_from: Option<Timestamp>,
    valid_until: Option<Timestamp>,
    origin: Suffices,
    sender: Option<String>,
    recipient: Option<String>,
    ucr: Option<UcrPlace>,
    #[serde(default)]
    xades: bool,
    register: Option<RegisterFile>,
    #[serde(default)]
    require: Vec<RequireFile>,
    post: Option<PostFile>,
    #[serde(default)]
    rules: LaneRules,
}

/// Why a lane file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaneError {
    /// The file is not a lane; the text names the line and the key.
    #[error("{file}: {text}")]
    Syntax {
        /// The file as named to the loader.
        file: String,
        /// What the reader said.
        text: String,
    },
    /// `package_out` is neither `canonical` nor a package.
    #[error("{file}: package_out `{found}` is neither `canonical` nor party/message/version")]
    Output {
        /// The file as named to the loader.
        file: String,
        /// What stands there.
        found: String,
    },
    /// The lane names a package that is not installed, or one that cannot be translated.
    #[error("lane `{lane}`: {package} {what}")]
    Package {
        /// The lane.
        lane: String,
        /// The package.
        package: PackageId,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The lane is not on the way of the gateway that reads it.
    #[error("lane `{lane}` leads from {from} to {to}; it is none of {party}'s")]
    Elsewhere {
        /// The lane.
        lane: String,
        /// Its source.
        from: PartyId,
        /// Its destination.
        to: PartyId,
        /// The gateway's party.
        party: PartyId,
    },
    /// What the lane says of the outgoing message does not fit its package.
    #[error("lane `{lane}`: {text}")]
    Rules {
        /// The lane.
        lane: String,
        /// What does not fit.
        text: String,
    },
    /// What the lane demands or registers by cannot be used; each fault with file and line.
    #[error("{text}")]
    Terms {
        /// What is wrong.
        text: String,
    },
    /// Two lanes would give one message two numbers.
    #[error(
        "lanes `{first}` and `{second}` register messages of {from} for another country or zone: a \
         message gets one number"
    )]
    Registers {
        /// The lane that was loaded first.
        first: String,
        /// The other.
        second: String,
        /// Whose messages both take.
        from: PartyId,
    },
    /// Two lanes have one id.
    #[error("two lanes have the id `{id}`")]
    Duplicate {
        /// The id.
        id: String,
    },
}

impl Lane {
    /// Reads one lane file.
    ///
    /// # Errors
    /// [`LaneError`] with the file and what is wrong in it.
    pub fn parse(text: &str, file: &str) -> Result<Self, LaneError> {
        let raw: LaneFile = toml::from_str(text).map_err(|error| LaneError::Syntax {
            file: file.to_owned(),
            text: error.to_string(),
        })?;
        let output = match raw.package_out.as_str() {
            "canonical" => Output::Canonical,
            package => Output::Package(package.parse().map_err(|_| LaneError::Output {
                file: file.to_owned(),
                found: package.to_owned(),
            })?),
        };
        let (register, require) = terms(raw.register, raw.require, (file, text))
            .map_err(|text| LaneError::Terms { text })?;
        let post = raw.post.map(|raw| post(raw, (file, text))).transpose();
        Ok(Self {
            post: post.map_err(|text| LaneError::Terms { text })?,
            register: register.map(Arc::new),
            require,
            id: raw.id,
            from: raw.from,
            to: raw.to,
            package_in: raw.package_in,
            output,
            route: raw.route,
            ends: raw.ends,
            functions: raw.functions,
            procedures: raw.procedures,
            valid_from: raw.valid_from,
            valid_until: raw.valid_until,
            origin: raw.origin,
            sender: raw.sender,
            recipient: raw.recipient,
            ucr: raw.ucr,
            xades: raw.xades,
            rules: raw.rules,
            file: file.to_owned(),
            text: text.to_owned(),
        })
    }

    /// Checks the lane against the packages that it names, when it is loaded by `party`'s gateway.
    ///
    /// # Errors
    /// [`LaneError::Elsewhere`], [`LaneError::Package`], [`LaneError::Rules`].
    pub fn check(&self, party: &PartyId, packages: &Packages) -> Result<(), LaneError> {
        // Canonical output lies in the own inbox; so does a translation for the own side.
        let canonical = self.output == Output::Canonical;
        let inbound = self.to == *party;
        if canonical && !inbound {
            return Err(LaneError::Elsewhere {
                lane: self.id.clone(),
                from: self.from.clone(),
                to: self.to.clone(),
                party: party.clone(),
            });
        }
        let fault = |package: &PackageId, what| LaneError::Package {
            lane: self.id.clone(),
            package: package.clone(),
            what,
        };
        let installed = |package: &PackageId| {
            packages
                .find(&package.to_string())
                .ok_or_else(|| fault(package, "is not installed"))
        };
        let source = installed(&self.package_in)?;
        if let Some(fault) = lane_fault(self, party, packages) {
            return Err(self.faulty(fault));
        }
        let read = source.directions().is_some_and(|ways| ways.decodes);
        if self.has_terms() && !read {
            return Err(fault(&self.package_in, "has no map.toml to decode with"));
        }
        if self.post.is_some() && !inbound {
            let text = "`[post]` is for what the own side receives".to_owned();
            return Err(self.faulty(text));
        }
        if let Some(register) = &self.register {
            register.given_by(party).map_err(|text| self.faulty(text))?;
        }
        let target = match &self.output {
            Output::Canonical => None,
            Output::Package(package) if *package == self.package_in && inbound => {
                let text = "the original lies in the inbox anyway: package_out is `canonical`";
                return Err(self.faulty(text.to_owned()));
            }
            Output::Package(package) if *package == self.package_in => {
                return self.changes_nothing();
            }
            Output::Package(package) => Some(installed(package)?),
        };
        if !read {
            return Err(fault(&self.package_in, "has no map.toml to decode with"));
        }
        let Some(target) = target else {
            let zone = self.rules.source_zone.as_ref();
            return match zone.filter(|_| self.rules.source_zone().is_none()) {
                Some(zone) => Err(self.faulty(format!("`{zone}` is no time zone"))),
                None => Ok(()),
            };
        };
        if !target
            .directions()
            .is_some_and(|directions| directions.encodes)
        {
            return Err(fault(target.id(), "has no map.toml to encode with"));
        }
        let faults = self.rule_faults(target);
        if faults.is_empty() {
            return Ok(());
        }
        Err(LaneError::Rules {
            lane: self.id.clone(),
            text: faults.join("; "),
        })
    }

    /// What of the rules does not fit the outgoing package, each with file and line.
    pub fn rule_faults(&self, target: &Package) -> Vec<String> {
        let faults = self.rules.faults(target).into_iter();
        let placed = faults.map(|fault| {
            let line = line_of(&self.text, &fault.keys);
            format!("{}:{line}: {}", self.file, fault.text)
        });
        placed.collect()
    }

    /// Whether the lane looks into a message before it takes it.
    pub(super) fn has_terms(&self) -> bool {
        self.register.is_some() || !self.require.is_empty() || self.post.is_some()
    }

    /// A message that passes unchanged cannot keep anything back, nor be given anything.
    fn changes_nothing(&self) -> Result<(), LaneError> {
        let rules = &self.rules;
        if rules.withheld.is_empty() && rules.value.is_empty() && rules.severity.is_empty() {
            return Ok(());
        }
        let text = "the message passes unchanged: `withheld`, `value` and `severity` do nothing";
        Err(self.faulty(text.to_owned()))
    }

    fn faulty(&self, text: String) -> LaneError {
        LaneError::Rules {
            lane: self.id.clone(),
            text,
        }
    }

    /// Whether the agreement holds at a time.
    pub(super) fn in_force(&self, now: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| from <= now)
            && self.valid_until.is_none_or(|until| now < until)
    }

    fn takes(&self, what: &Wanted<'_>) -> bool {
        let rung = self.origin == Suffices::Attested || what.origin == Suffices::Signed;
        let route = self.route.is_empty()
            || self
                .route
                .iter()
                .any(|country| what.route.contains(country));
        let last = what.route.last();
        let end = self.ends.is_empty() || last.is_some_and(|country| self.ends.contains(country));
        // A message of which its package does not read these cannot be shown to be allowed.
        let among = |agreed: &[String], said: Option<&str>| {
            agreed.is_empty() || said.is_some_and(|said| agreed.iter().any(|own| own == said))
        };
        let function = match what.revision {
            None => among(&self.functions, what.function),
            Some(revision) => {
                let mut words = [Some(revision.as_str()), what.function]
                    .into_iter()
                    .flatten();
                words.any(|word| self.functions.iter().any(|own| own == word))
            }
        };
        let procedure = among(&self.procedures, what.procedure);
        self.from == *what.from
            && self.package_in == *what.package
            && rung
            && route
            && end
            && function
            && procedure
            && self.in_force(what.now)
    }
}

/// What a message is, as far as lanes care.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The party it comes from.
    pub from: &'a PartyId,
    /// Its package.
    pub package: &'a PackageId,
    /// The countries of its route.
    pub route: &'a [String],
    /// Its function, when its package reads one.
    pub function: Option<&'a str>,
    /// What it does to an earlier message, when it does something.
    pub revision: Option<Revision>,
    /// Its customs procedure, when its package reads one.
    pub procedure: Option<&'a str>,
    /// The rung of proof reached.
    pub origin: Suffices,
    /// When it was received.
    pub now: Timestamp,
}

/// All lanes of a gateway.
#[derive(Debug, Default)]
pub struct Lanes {
    all: Vec<Arc<Lane>>,
}

impl Lanes {
    /// Collects lanes.
    ///
    /// # Errors
    /// [`LaneError::Duplicate`] when two have one id.
    pub fn new(lanes: Vec<Lane>) -> Result<Self, LaneError> {
        let mut all: Vec<Arc<Lane>> = Vec::with_capacity(lanes.len());
        for lane in lanes {
            if all.iter().any(|other| other.id == lane.id) {
                return Err(LaneError::Duplicate { id: lane.id });
            }
            if let Some(other) = all.iter().find(|other| registers_otherwise(other, &lane)) {
                return Err(LaneError::Registers {
                    first: other.id.clone(),
                    second: lane.id,
                    from: lane.from,
                });
            }
            all.push(Arc::new(lane));
        }
        Ok(Self { all })
    }

    /// The lanes that take a message; several make one outgoing message each.
    pub fn matching(&self, what: &Wanted<'_>) -> Vec<Arc<Lane>> {
        let taken = self.all.iter().filter(|lane| lane.takes(what));
        taken.map(Arc::clone).collect()
    }

    /// The lane with this id.
    pub fn find(&self, id: &str) -> Option<&Arc<Lane>> {
        self.all.iter().find(|lane| lane.id == id)
    }

    /// All of them, in the order of loading.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Lane>> {
        self.all.iter()
    }
}

#[cfg(test)]
mod tests;
