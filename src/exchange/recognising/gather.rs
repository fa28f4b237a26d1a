//! The facts about a case, from what the journal holds of it.
//!
//! Start at [`Gathered::of`]. A fact of a partner is one that its signature vouches for, a fact of
//! our side one that a principal answers for; what was refused is no fact. Blocking: it reads bodies.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::cases::{Case, Member};
use super::super::core::Core;
use super::super::documents::documents;
use super::super::rejection::{Fault, Stopped};
use super::super::source::Source;
use super::leading::Lead;
use super::presentations::Observation;
use super::renewing::TrustChange;
use super::standing::Signed;
use super::words;
use crate::evidence::Direction;
use crate::model::{CaseKey, Declaration, KeyKind, PackageId, PartyId, Revision};
use crate::recognition::{
    self, Ambiguity, Consumption, Fact, Facts, Presentation, PriorInformation, SignatureState,
    Verdict,
};
use crate::store::{Decided, EntryKind, Made, Received, Store};
use crate::translate::DecodeContext;

/// The facts about a case.
#[derive(Default)]
pub(in super::super) struct Gathered {
    pub(super) facts: Facts,
    /// The partners whose messages are among them.
    pub(super) partners: BTreeSet<PartyId>,
    pub(super) keys: BTreeSet<CaseKey>,
    /// The post where the goods are to enter or were presented last.
    pub(super) post: Option<String>,
    /// The presentation that was entered last.
    pub(super) presented: Option<Fact<Presentation>>,
    /// Why it is not known which consignment that was.
    pub(super) doubt: Option<Fact<Ambiguity>>,
    /// Earlier presentations on which somebody relied.
    earlier: Vec<Presentation>,
    /// Decisions on other transport that was presented under a reference that was used up.
    on_others: BTreeSet<String>,
    /// Whether the goods were released.
    pub(super) is_released: bool,
}

/// A message that is being accepted and is not in the journal yet.
pub(super) struct Fresh<'a> {
    pub(super) from: &'a PartyId,
    pub(super) message: &'a str,
    pub(super) at: Timestamp,
    /// When it came: earlier, for one that waited.
    pub(super) judged_at: Timestamp,
    pub(super) package: &'a PackageId,
    pub(super) declaration: &'a Declaration,
    pub(super) body: &'a [u8],
    pub(super) charset: Option<&'a str>,
    pub(super) keys: &'a [CaseKey],
}

impl Gathered {
    /// The facts of these cases; several are one consignment only if an officer says so. `without` is a
    /// version that is just being revised: it says nothing any more.
    pub(super) fn of(
        core: &Core,
        store: &Store,
        cases: &[Case],
        without: Option<&str>,
    ) -> Result<Self, Fault> {
        let mut gathered = Self::default();
        for case in cases {
            gathered.keys.extend(case.keys.iter().cloned());
            let members = case.members.iter();
            let in_force = members.filter(|member| is_in_force(member, without));
            for member in in_force {
                gathered.member(core, store, member)?;
            }
        }
        let contradictory = cases.iter().any(|case| case.contradictory) || cases.len() > 1;
        if let (true, Some(last)) = (contradictory, cases.iter().flat_map(|c| &c.members).last()) {
            let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
            gathered.facts.ambiguous.push(Fact {
                value: Ambiguity {
                    open: true,
                    note: format!("cases {}", ids.join(", ")),
                },
                source: source(&last.received, SignatureState::Attested),
                known_at: last.received.received_at,
            });
        }
        Ok(gathered)
    }

    /// Adds the keys as facts, once all messages are in.
    pub(super) fn with_keys(mut self, by: &recognition::Source, at: Timestamp) -> Self {
        let joining = self.keys.iter().filter(|key| key.kind.joins());
        self.facts.keys = joining
            .map(|key| Fact {
                value: key.clone(),
                source: by.clone(),
                known_at: at,
            })
            .collect();
        self
    }

    fn member(&mut self, core: &Core, store: &Store, member: &Member) -> Result<(), Fault> {
        let received = &member.received;
        match (received.direction, received.entry) {
            (Direction::In, _) => self.partners_message(core, store, received),
            (_, Some(EntryKind::Presentation)) => self.presentation(store, received),
            (_, Some(EntryKind::TrustChange)) => self.trust_change(store, received),
            (_, Some(EntryKind::Release)) => {
                self.release(received);
                Ok(())
            }
            (
                _,
                Some(
                    EntryKind::Arrival
                    | EntryKind::Cancel
                    | EntryKind::Join
                    | EntryKind::Supplement,
                ),
            ) => Ok(()),
            (_, None) => self.own_message(core, store, received),
        }
    }

    fn partners_message(
        &mut self,
        core: &Core,
        store: &Store,
        received: &Received,
    ) -> Result<(), Fault> {
        let Some(package) = &received.package else {
            return Ok(());
        };
        let mut body = None;
        for made in store.made_from(&received.message)? {
            let Made::Inbox(id) = made else {
                continue;
            };
            let Some(record) = store.inbox_item(&id)? else {
                continue;
            };
            let canonical = store.body(&record.item.canonical)?.ok_or(Fault::Receipt)?;
            let Ok(declaration) = serde_json::from_slice::<Declaration>(&canonical) else {
                continue;
            };
            if body.is_none() {
                body = store.body(&received.raw)?;
            }
            self.partners_document(
                core,
                &Fresh {
                    from: &received.partner,
                    message: &received.message,
                    at: received.received_at,
                    judged_at: received.judged_at(),
                    package,
                    declaration: &declaration,
                    body: body.as_deref().unwrap_or_default(),
                    charset: received.charset.as_deref(),
                    keys: &received.keys,
                },
            );
        }
        Ok(())
    }

    /// Adds what a partner's verified document says.
    pub(super) fn partners_document(&mut self, core: &Core, fresh: &Fresh<'_>) {
        self.partners.insert(fresh.from.clone());
        self.keys.extend(fresh.keys.iter().cloned());
        let source = |path: Option<String>| recognition::Source {
            message: fresh.message.to_owned(),
            package: Some(fresh.package.clone()),
            path,
            signature: SignatureState::Verified,
        };
        let results = &fresh.declaration.control_results;
        for (index, result) in results.iter().enumerate() {
            let mut value = words::control_result(result, fresh.from);
            value.keys = joining(fresh.keys);
            let entry = result.entry_office.as_deref();
            let entry = entry.and_then(|entry| entry.id.clone());
            if entry.is_some() {
                self.post = entry;
            }
            let ended = value.ended_at;
            self.facts.control_results.push(Fact {
                value,
                source: source(Some(format!("controlResults[{index}]"))),
                known_at: fresh.at,
            });
            if index == 0 {
                let signed = Signed {
                    from: fresh.from,
                    message: fresh.message,
                    judged_at: fresh.judged_at,
                    body: fresh.body,
                    charset: fresh.charset,
                };
                self.facts.signatures.push(Fact {
                    value: signed.standing(core, ended),
                    source: source(None),
                    known_at: fresh.at,
                });
            }
        }
        if fresh.declaration.goods_shipment.is_some() {
            self.facts.prior_information.push(Fact {
                value: PriorInformation {
                    sent_at: fresh.declaration.issue_date_time.and_then(words::instant),
                    received_at: Some(fresh.at),
                    planned_arrival: words::planned_arrival(fresh.declaration),
                },
                source: source(None),
                known_at: fresh.at,
            });
            self.declaration(fresh.declaration, fresh.keys, source(None), fresh.at);
        }
    }

    /// Adds a declaration. The one learned last counts, but ours before a partner's.
    fn declaration(
        &mut self,
        declaration: &Declaration,
        keys: &[CaseKey],
        source: recognition::Source,
        at: Timestamp,
    ) {
        let ours = |fact: &Fact<_>| fact.source.signature == SignatureState::Attested;
        if source.signature == SignatureState::Attested {
            self.facts.declaration.retain(ours);
        } else if self.facts.declaration.iter().any(ours) {
            return;
        }
        let mut value = words::declared(declaration);
        value.keys = joining(keys);
        if self.post.is_none() {
            self.post.clone_from(&value.entry_post);
        }
        self.facts.declaration.push(Fact {
            value,
            source,
            known_at: at,
        });
    }

    /// A declaration of our side, decoded again: only its translations were kept.
    fn own_message(
        &mut self,
        core: &Core,
        store: &Store,
        received: &Received,
    ) -> Result<(), Fault> {
        let body = store.body(&received.raw)?.ok_or(Fault::Receipt)?;
        let read = || -> Result<Vec<Declaration>, Stopped> {
            let again = Source::again(core, received, &body)?;
            let entries = documents(core, again.view(), &again.package)?;
            let context = DecodeContext::default();
            let decoded = entries.iter().filter_map(|entry| {
                let package = entry.package.as_ref()?;
                package.decode(entry.view, &context)
            });
            Ok(decoded.map(|decoded| decoded.declaration).collect())
        };
        // A package that is gone since says nothing any more.
        for declaration in read().unwrap_or_default() {
            if declaration.goods_shipment.is_some() {
                let source = source(received, SignatureState::Attested);
                let at = received.received_at;
                self.declaration(&declaration, &received.keys, source, at);
            }
        }
        Ok(())
    }

    /// An earlier presentation that was recognised used the consignment up for other transport.
    fn presentation(&mut self, store: &Store, received: &Received) -> Result<(), Fault> {
        let body = store.body(&received.raw)?.ok_or(Fault::Receipt)?;
        let Ok(observed) = serde_json::from_slice::<Observation>(&body) else {
            return Ok(());
        };
        let (mut relied, mut decisions) = (false, Vec::new());
        for made in store.made_from(&received.message)? {
            if let Made::Decision(id) = made {
                relied |= store.decision(&id)?.is_some_and(|one| is_good(&one));
                decisions.push(id);
            }
        }
        if !relied && self.is_of_others(&observed) {
            // A second lorry: what was let through stays the goods that the case is about.
            self.on_others.extend(decisions);
            return Ok(());
        }
        if observed.post.is_some() {
            self.post.clone_from(&observed.post);
        }
        let source = || source(received, SignatureState::Attested);
        self.doubt = Lead::doubt_left(store, &observed)?.map(|note| Fact {
            value: Ambiguity { open: true, note },
            source: source(),
            known_at: received.received_at,
        });
        let officer = received.principal.clone();
        let earlier = observed.into_fact(&received.message, officer, &received.keys);
        self.presented = Some(Fact {
            value: earlier.clone(),
            source: source(),
            known_at: received.received_at,
        });
        if relied {
            let key = self
                .keys
                .iter()
                .find(|key| key.kind == KeyKind::Ucr)
                .cloned();
            self.consumed(received, key, &received.message);
            self.earlier.push(earlier);
        }
        Ok(())
    }

    /// Signatures that were judged anew since: what was learned last counts.
    fn trust_change(&mut self, store: &Store, received: &Received) -> Result<(), Fault> {
        let body = store.body(&received.raw)?.ok_or(Fault::Receipt)?;
        if let Ok(change) = serde_json::from_slice::<TrustChange>(&body) {
            let source = source(received, SignatureState::Attested);
            let facts = change.facts(&source, received.received_at);
            self.facts.signatures.extend(facts);
        }
        Ok(())
    }

    fn release(&mut self, received: &Received) {
        let key = self
            .keys
            .iter()
            .find(|key| key.kind == KeyKind::Ucr)
            .cloned();
        // The goods that were released are those that were presented last.
        let presented = self.presented.as_ref().map(|fact| fact.value.id.clone());
        let by = presented.unwrap_or_else(|| received.message.clone());
        let consumptions = &self.facts.consumptions;
        if !consumptions
            .iter()
            .any(|fact| fact.value.presentation == by)
        {
            self.consumed(received, key, &by);
        }
        if let Some(post) = received.posts.first() {
            self.post = Some(post.clone());
        }
        self.is_released = true;
    }

    fn consumed(&mut self, received: &Received, key: Option<CaseKey>, presentation: &str) {
        self.facts.consumptions.push(Fact {
            value: Consumption {
                key,
                presentation: presentation.to_owned(),
                at: received.received_at,
            },
            source: source(received, SignatureState::Attested),
            known_at: received.received_at,
        });
    }

    /// Whether what is presented is not what somebody relied on before.
    pub(super) fn is_of_others(&self, observed: &Observation) -> bool {
        let mut earlier = self.earlier.iter();
        !self.earlier.is_empty() && !earlier.any(|earlier| observed.is_same_transport(earlier))
    }

    /// Whether somebody relies on what was decided of these goods: by the last decision that is not on
    /// other transport.
    pub(super) fn is_relied_on(
        &self,
        store: &Store,
        previous: Option<&Decided>,
    ) -> Result<bool, Fault> {
        let mut last = previous.cloned();
        while let Some(decided) = last.take_if(|last| self.on_others.contains(&last.id)) {
            last = match &decided.supersedes {
                Some(earlier) => store.decision(earlier)?,
                None => None,
            };
        }
        Ok(last.is_some_and(|last| is_good(&last)))
    }

    /// Forgets that the same transport was presented before, as long as nothing was released: an
    /// officer may look twice.
    pub(super) fn looked_at_again(&mut self, observed: &Observation) {
        if self.is_released {
            return;
        }
        let same = self
            .earlier
            .iter()
            .filter(|earlier| observed.is_same_transport(earlier));
        let same: BTreeSet<&str> = same.map(|earlier| earlier.id.as_str()).collect();
        let consumptions = &mut self.facts.consumptions;
        consumptions.retain(|fact| !same.contains(fact.value.presentation.as_str()));
    }
}

/// Whether goods are let through by a decision.
fn is_good(decided: &Decided) -> bool {
    let good = [Verdict::Recognised, Verdict::RecognisedWithChecks];
    good.iter().any(|good| good.as_str() == decided.verdict)
}

/// Whether a message still says what it said: no later one amended or cancelled it. One that cancels
/// says nothing of its own.
fn is_in_force(member: &Member, without: Option<&str>) -> bool {
    let revises = member.received.revises.as_ref();
    let cancels = revises.is_some_and(|earlier| earlier.revision == Revision::Cancel);
    let going = without == Some(member.received.message.as_str());
    member.revised.is_none() && !cancels && !going
}

fn joining(keys: &[CaseKey]) -> Vec<CaseKey> {
    keys.iter()
        .filter(|key| key.kind.joins())
        .cloned()
        .collect()
}

pub(super) fn source(received: &Received, signature: SignatureState) -> recognition::Source {
    recognition::Source {
        message: received.message.clone(),
        package: received.package.clone(),
        path: None,
        signature,
    }
}
