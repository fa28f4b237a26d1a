//! Return information: what became of a consignment goes back to the partner that controlled or
//! declared it (`domain.md` A2, A5: the import result).
//!
//! Start at [`give_back`]. An officer enters an arrival or a release in the words of the canonical
//! model; the gateway adds what the case knows, makes the partner's message, and queues it in the
//! same commit as the entry.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::cases::Case;
use super::conclude::stored_body;
use super::core::Core;
use super::entries::{Entered, EntryError, read};
use super::lane::{Lane, Suffices, Wanted};
use super::made::Effect;
use super::posts::{may_see, may_see_message};
use super::rejection::{Fault, Stopped};
use super::signing::{checked, sign_document};
use super::ucr::Stating;
use crate::evidence::{self, Direction, Part, PartState};
use crate::model::{Code, Declaration, ImportResult, KeyKind, Mrn, PartyId, Principal};
use crate::store::{Decided, EntryKind, Made, Store};
use crate::translate::{self, Decoded, EncodeContext, Package, Severity};
use crate::xml;

/// The family of packages that carry return information.
const IMPORT_RESULT: &str = "wco/import-result";
/// UN/EDIFACT 1225: an original.
const ORIGINAL: &str = "9";
/// Most findings that a refusal names.
const FINDINGS_MAX: usize = 5;

/// Takes an officer's arrival or release of a case and queues it for the partners that told
/// us of the goods. The same bytes again get the same answer.
pub(super) async fn give_back(
    core: &Arc<Core>,
    store: &Store,
    principal: &Principal,
    kind: EntryKind,
    case: &str,
    body: Bytes,
) -> Result<Value, EntryError> {
    let stated: ImportResult = read(&body)?;
    let mut entered = Entered::by(core, principal, kind, body)?;
    if !may_see_message(store, principal, case)? {
        return Err(EntryError::NotFound);
    }
    if let Some(answer) = entered.answered(store, principal).await? {
        return Ok(json!({ "receipt_id": answer.receipt_id }));
    }
    let (worker, reader, id) = (Arc::clone(core), store.clone(), case.to_owned());
    let by = principal.clone();
    // It is read from disk, and so not on the runtime's threads.
    let known = tokio::task::spawn_blocking(move || Known::of(&worker, &reader, &by, &id));
    let known = known
        .await
        .map_err(|_| Fault::Worker)??
        .ok_or(EntryError::NotFound)?;
    let arrival = known.arrival(store).await?;
    let result = known.complete(stated, arrival);
    let post = check(&result, kind, principal)?;
    let result = known.with_control(result);
    entered.posts = vec![post];
    entered.keys = known.keys();
    let messages = known.messages(core, &result)?;
    let answer = entered
        .conclude(core, store, move |_, draft| {
            let mut parts = Vec::with_capacity(messages.len());
            for Message { part, effect } in messages {
                draft.effect(&part, effect);
                parts.push(part);
            }
            parts
        })
        .await?;
    Ok(json!({ "receipt_id": answer.receipt_id }))
}

/// What a partner's message is for the store.
struct Message {
    part: Part,
    effect: Effect,
}

/// What the case knows of the goods.
struct Known {
    /// What the officer may see of it: what is stated in an officer's name comes from there.
    case: Case,
    /// Who told us of them: controlled or declared them.
    partners: BTreeSet<PartyId>,
    /// What the officer may see of controls of the goods and decisions on them, in their order.
    controlled: Vec<Controlled>,
}

/// What a message of the case says of a control, or what was decided on it.
struct Controlled {
    /// The posts whose business that is.
    posts: Vec<String>,
    /// The id of the control, as the partner gave it.
    control: Option<String>,
    decided: Option<Decided>,
}

impl Known {
    fn of(core: &Core, store: &Store, by: &Principal, id: &str) -> Result<Option<Self>, Fault> {
        let Some(case) = Case::of(store, id)? else {
            return Ok(None);
        };
        let (mut partners, mut controlled) = (BTreeSet::new(), Vec::new());
        for member in &case.members {
            let received = &member.received;
            let (mut control, mut decided) = (None, None);
            for made in store.made_from(&received.message)? {
                match made {
                    Made::Decision(id) => decided = store.decision(&id)?.or(decided),
                    Made::Inbox(id) if received.direction == Direction::In => {
                        control = control_of(store, &id)?.or(control);
                        partners.insert(received.partner.clone());
                    }
                    Made::Held(_) | Made::Inbox(_) | Made::Outgoing(_) => {}
                }
            }
            if may_see(by, received) {
                controlled.push(Controlled {
                    posts: received.posts.clone(),
                    control,
                    decided,
                });
            }
        }
        partners.remove(&core.party);
        let Some(case) = case.only(|received| may_see(by, received)) else {
            return Ok(None);
        };
        Ok(Some(Self {
            case,
            partners,
            controlled,
        }))
    }

    /// The keys that the entry states: those that name this consignment, as its officer knows it.
    fn keys(&self) -> Vec<crate::model::CaseKey> {
        let joining = self.case.keys.iter().filter(|key| key.kind.joins());
        joining.cloned().collect()
    }

    /// The arrival that was entered before.
    async fn arrival(&self, store: &Store) -> Result<Option<ImportResult>, Fault> {
        let entries = self.case.members.iter().rev();
        let mut entries =
            entries.filter(|member| member.received.entry == Some(EntryKind::Arrival));
        let Some(last) = entries.next() else {
            return Ok(None);
        };
        let body = stored_body(store, &last.received.raw).await?;
        Ok(serde_json::from_slice(&body).ok())
    }

    /// What was entered, with what is known besides: an entry's own word counts before the case's.
    fn complete(&self, stated: ImportResult, arrival: Option<ImportResult>) -> ImportResult {
        let arrival = arrival.unwrap_or_default();
        let mut result = stated;
        result.office = result.office.or(arrival.office);
        result.arrival_date_time = result.arrival_date_time.or(arrival.arrival_date_time);
        if result.transport_equipment.is_empty() {
            result.transport_equipment = arrival.transport_equipment;
        }
        if result.transport_means.is_empty() {
            result.transport_means = arrival.transport_means;
        }
        let one = |kind| self.case.values(kind).next().map(ToOwned::to_owned);
        result.ucr = result.ucr.or_else(|| one(KeyKind::Ucr));
        if result.mrn.is_none() && result.ucr.is_none() {
            result.mrn = one(KeyKind::Mrn).and_then(|mrn| mrn.parse::<Mrn>().ok());
        }
        result.function_code = result
            .function_code
            .or_else(|| Some(Code::Plain(ORIGINAL.into())));
        result
    }

    /// With the control and the decision of the posts that the result names. Those of other posts are
    /// not theirs to tell, nor for the officer to learn of; what is of no known post is the business of
    /// those who act for all.
    fn with_control(&self, mut result: ImportResult) -> ImportResult {
        let named = |posts: &[String]| {
            let mut offices = [&result.office, &result.release_office]
                .into_iter()
                .flatten();
            posts.is_empty()
                || offices.any(|office| office.id.as_ref().is_some_and(|id| posts.contains(id)))
        };
        let own = self.controlled.iter().rev();
        let own: Vec<&Controlled> = own.filter(|one| named(&one.posts)).collect();
        let control = own.iter().find_map(|one| one.control.clone());
        let decided = own.iter().find_map(|one| one.decided.as_ref());
        result.control_id = result.control_id.or(control);
        if let Some(decided) = decided {
            let verdict = decided.verdict.to_lowercase().replace('_', "-");
            result.recognition_code = Some(Code::Plain(verdict.into()));
            result.recognition_id = Some(decided.id.clone());
        }
        result
    }

    /// One message for each partner that a lane leads to.
    fn messages(&self, core: &Core, result: &ImportResult) -> Result<Vec<Message>, EntryError> {
        let mut messages = Vec::new();
        for package in core
            .packages
            .iter()
            .filter(|package| package.id().family() == IMPORT_RESULT)
        {
            let lanes = core.lanes.matching(&Wanted {
                from: &core.party,
                package: package.id(),
                route: &[],
                procedure: None,
                revision: None,
                function: result.function_code.as_ref().map(Code::value),
                origin: Suffices::Attested,
                now: core.clock.wall(),
            });
            for lane in lanes.iter().filter(|lane| self.partners.contains(&lane.to)) {
                messages.push(message(core, package, lane, result.clone())?);
            }
        }
        Ok(messages)
    }
}

/// The id of the control that an inbox item is about; none when it is about none, or one without id.
fn control_of(store: &Store, item: &str) -> Result<Option<String>, Fault> {
    let Some(record) = store.inbox_item(item)? else {
        return Ok(None);
    };
    let canonical = store.body(&record.item.canonical)?.ok_or(Fault::Receipt)?;
    let declaration = serde_json::from_slice::<Declaration>(&canonical).ok();
    let last = declaration.and_then(|declaration| declaration.control_results.into_iter().last());
    Ok(last.and_then(|last| last.id))
}

/// An arrival says where and when, a release what was decided and when, and the officer is of the
/// post, which is given.
fn check(
    result: &ImportResult,
    kind: EntryKind,
    principal: &Principal,
) -> Result<String, EntryError> {
    let malformed = |text: &str| Err(EntryError::Malformed(text.to_owned()));
    let office = match kind {
        EntryKind::Release => result.release_office.as_ref().or(result.office.as_ref()),
        EntryKind::Arrival
        | EntryKind::Cancel
        | EntryKind::Join
        | EntryKind::Presentation
        | EntryKind::Supplement
        | EntryKind::TrustChange => result.office.as_ref(),
    };
    let Some(post) = office.and_then(|office| office.id.as_ref()) else {
        return malformed("office.id: the post where the goods arrived");
    };
    if !principal.posts.include(post) {
        return Err(EntryError::NotAllowed);
    }
    if result.arrival_date_time.is_none() {
        return malformed("arrivalDateTime: when the goods arrived, unless it was entered before");
    }
    let is_decided = result.release_date_time.is_some() && result.decision_code.is_some();
    if kind == EntryKind::Release && !is_decided {
        return malformed("releaseDateTime and decisionCode: when and what was decided");
    }
    if result.ucr.is_none() && result.mrn.is_none() {
        return malformed("ucr or mrn: the case has neither");
    }
    Ok(post.clone())
}

/// The partner's message over one lane, signed.
fn message(
    core: &Core,
    package: &Package,
    lane: &Lane,
    mut result: ImportResult,
) -> Result<Message, EntryError> {
    // 32 characters: a reference has 35 at most.
    let id = || core.new_uuid().simple().to_string();
    result.id = result.id.or_else(|| Some(id()));
    let declaration = Declaration {
        sender: lane.sender.clone(),
        recipient: lane.recipient.clone(),
        import_result: Some(Box::new(result)),
        ..Declaration::default()
    };
    let ours = |_| Fault::Worker;
    let nothing = xml::parse(b"<entry/>", None, &core.limits).map_err(ours)?;
    let decoded = Decoded::without_sources(package.id().clone(), declaration, nothing.root());
    let context = EncodeContext {
        serials: &*core.serials,
        ..EncodeContext::from_uuid(core.clock.wall(), core.new_uuid())
    };
    let encoded = translate::encode(&decoded, package, &lane.rules, &context);
    let open = encoded
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Note);
    let open: Vec<String> = open
        .take(FINDINGS_MAX)
        .map(|finding| {
            let place = finding.canonical.as_ref().or(finding.target_path.as_ref());
            format!("{}: {}", place.map_or("", String::as_str), finding.code)
        })
        .collect();
    let (Some(unsigned), true) = (encoded.xml, open.is_empty()) else {
        return Err(EntryError::Malformed(open.join("; ")));
    };
    let document = checked(core, Cow::Owned(unsigned), package).map_err(|complaints| {
        let notes = complaints
            .into_iter()
            .take(FINDINGS_MAX)
            .map(|complaint| complaint.note);
        EntryError::Malformed(notes.collect::<Vec<_>>().join("; "))
    })?;
    let body =
        sign_document(core, &document, &Stating::of(lane, None, None)).map_err(|stopped| {
            match stopped {
                Stopped::Fault(fault) => EntryError::Fault(fault),
                Stopped::Rejected(rejection) => EntryError::Malformed(rejection.to_string()),
            }
        })?;
    let sha256 = evidence::sha256(&body);
    let view = document.root();
    Ok(Message {
        part: Part {
            lane: Some(lane.id.clone()),
            document: None,
            to: Some(lane.to.clone()),
            package: Some(package.id().clone()),
            mapping_sha256: core.mapping(package),
            state: PartState::Queued,
            sha256: Some(sha256),
            losses: super::notes::loss_notes(&encoded.losses),
            supplied: Vec::new(),
            findings: Vec::new(),
        },
        effect: Effect::Queue {
            to: lane.to.clone(),
            body,
            package: package.id().clone(),
            message_id: package.message_id(view).unwrap_or_default(),
            keys: package.keys(view),
            numbered: encoded.numbered,
        },
    })
}
