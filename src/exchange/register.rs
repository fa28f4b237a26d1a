//! Registering what was accepted: a running number of the country, and whether the message came in time.
//!
//! Start at [`register`]. The number is taken when nothing can refuse the message any more, and is
//! durable with it. No person takes part.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::lane::Lane;
use super::made::Made;
use super::rejection::Fault;
use super::terms::Register;
use crate::evidence::{PartState, Registration, RegistrationFlag};
use crate::model::{LeafRef, Moment};
use crate::store::{ClaimOutcome, Reservation, Store};
use crate::translate::Decoded;

/// The highest number: nine digits.
const NUMBER_MAX: u64 = 999_999_999;

/// When goods are to arrive, as far as a message says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Arrival {
    /// The earliest planned arrival.
    earliest: Option<Timestamp>,
    /// Whether it says one that is no instant: without time of day or known zone.
    unknown: bool,
}

impl Arrival {
    /// What a document says.
    pub(super) fn of(register: &Register, decoded: &Decoded<'_>) -> Self {
        let mut arrival = Self::default();
        for path in &register.arrival {
            for (_, value) in decoded.values(*path) {
                let Some(LeafRef::Moment(moment)) = value else {
                    continue;
                };
                match instant(moment) {
                    Some(at) => arrival.plan(at),
                    None => arrival.unknown = true,
                }
            }
        }
        arrival
    }

    /// What both say.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.unknown |= other.unknown;
        if let Some(at) = other.earliest {
            self.plan(at);
        }
        self
    }

    /// Whether nobody can say that the message came in time.
    fn is_unknown(&self) -> bool {
        self.unknown || self.earliest.is_none()
    }

    fn plan(&mut self, at: Timestamp) {
        let earlier = self.earliest.map_or(at, |known| known.min(at));
        self.earliest = Some(earlier);
    }

    /// By how much the message came too late; none when it came in time.
    fn late(&self, lead: SignedDuration, received_at: Timestamp) -> Option<SignedDuration> {
        let ahead = self.earliest?.duration_since(received_at);
        let short = lead.saturating_sub(ahead);
        short.is_positive().then_some(short)
    }
}

/// The instant of a moment that has all that makes one.
fn instant(moment: Moment) -> Option<Timestamp> {
    let civil = moment.date.to_datetime(moment.time?);
    moment.offset?.to_timestamp(civil).ok()
}

/// A document that a lane registers.
pub(super) struct Registering {
    register: Arc<Register>,
    /// The claim that it stands on.
    claim: Option<usize>,
    arrival: Arrival,
}

impl Registering {
    /// What a lane registers; nothing when it does not, or could carry nothing of the document.
    pub(super) fn of(
        lane: &Lane,
        claim: Option<usize>,
        made: &[Made],
        arrival: Arrival,
    ) -> Option<Self> {
        let register = Arc::clone(lane.register.as_ref()?);
        let carried = made
            .iter()
            .any(|made| made.part.state != PartState::Refused);
        carried.then_some(Self {
            register,
            claim,
            arrival,
        })
    }
}

/// A number that was given, and what it is.
pub(super) struct Registered {
    /// The series that it is counted in.
    pub(super) series: String,
    /// The running number.
    pub(super) number: u64,
    /// As the receipt states it.
    pub(super) registration: Registration,
}

/// Registers a message for which a place is reserved: once, however many of its documents and lanes
/// register. Documents that were accepted before have their number.
///
/// # Errors
/// [`Fault::Numbers`] when no number is left; [`Fault::Store`].
pub(super) fn register(
    store: &Store,
    registering: &[Registering],
    reservation: &Reservation,
) -> Result<Option<Registered>, Fault> {
    let again = |claim: usize| {
        let outcome = reservation.claims.get(claim);
        outcome.is_some_and(|outcome| *outcome != ClaimOutcome::Fresh)
    };
    let new = registering
        .iter()
        .filter(|one| !one.claim.is_some_and(again));
    // Lanes that take messages of one party agree on country and zone.
    let Some(register) = new.clone().next().map(|one| &one.register) else {
        return Ok(None);
    };
    let at = reservation.received_at;
    let series = format!("registration {}", register.country);
    let number = store.number(&series)?;
    let number = number.filter(|number| *number <= NUMBER_MAX);
    let number = number.ok_or(Fault::Numbers)?;
    let day = at
        .to_zoned_datetime(register.zone.clone())
        .strftime("%d%m%y");
    let late = new
        .clone()
        .filter_map(|one| one.arrival.late(one.register.lead, at));
    let mut flags = Vec::new();
    if let Some(late) = late.max() {
        let minutes = minutes_late(late);
        flags.push(RegistrationFlag::SubmittedLate { minutes });
    }
    if new.clone().any(|one| one.arrival.is_unknown()) {
        flags.push(RegistrationFlag::ArrivalUnknown);
    }
    Ok(Some(Registered {
        registration: Registration {
            number: format!("{}/{day}/{number:09}", register.country),
            flags,
        },
        series,
        number,
    }))
}

/// Minutes as they are stated: below zero, and each begun minute counts, so that late is never 0.
fn minutes_late(late: SignedDuration) -> i64 {
    let begun = i64::from(late.subsec_nanos() > 0);
    let seconds = late.as_secs().saturating_add(begun);
    -(seconds.saturating_add(59) / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_at_the_limit_is_in_time() {
        let lead = SignedDuration::from_mins(120);
        let received: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        let minutes = |arrival: &str| {
            let earliest = Some(arrival.parse().unwrap());
            let arrival = Arrival {
                earliest,
                unknown: false,
            };
            arrival.late(lead, received).map(minutes_late)
        };
        for (arrival, expected) in [
            ("2026-11-23T09:30:00Z", None),
            ("2026-11-23T09:00:00Z", None),
            ("2026-11-23T08:59:59.999Z", Some(-1)),
            ("2026-11-23T08:59:59Z", Some(-1)),
            ("2026-11-23T08:58:59Z", Some(-2)),
            ("2026-11-23T08:30:00Z", Some(-30)),
            ("2026-11-23T07:00:00Z", Some(-120)),
            ("2026-11-23T06:00:00Z", Some(-180)),
        ] {
            assert_eq!(minutes(arrival), expected, "{arrival}");
        }
        assert_eq!(Arrival::default().late(lead, received), None);
    }

    #[test]
    fn the_earliest_arrival_decides_and_an_unknown_one_is_not_forgotten() {
        let at = |text: &str| Arrival {
            earliest: Some(text.parse().unwrap()),
            unknown: false,
        };
        let (early, late) = (at("2026-11-23T09:00:00Z"), at("2026-11-24T09:00:00Z"));
        assert_eq!(late.and(early), early);
        assert_eq!(early.and(late), early);
        let unknown = Arrival {
            earliest: None,
            unknown: true,
        };
        assert!(early.and(unknown).unknown && unknown.and(early).unknown);
        assert_eq!(unknown.and(early).earliest, early.earliest);
    }

    #[test]
    fn a_moment_without_time_or_zone_is_no_instant() {
        let of = |text: &str| instant(text.parse().unwrap());
        assert_eq!(of("2026-11-23"), None);
        assert_eq!(of("2026-11-23T12:30:00"), None);
        assert_eq!(
            of("2026-11-23T12:30:00+03:00"),
            Some("2026-11-23T09:30:00Z".parse().unwrap())
        );
    }
}
