//! From facts, agreement and time to a decision. Start at [`decide`].

use jiff::Timestamp;

use super::agreement::Agreement;
use super::case::{Case, latest};
use super::facts::Facts;
use super::judgement::Judgement;
use super::missing::Missing;
use super::result::{AgreementReference, Finding, RecognitionResult, State, Verdict};
use super::rule::Rule;
use super::rules;
use super::text::Text3;

/// The engine's version: raised whenever the same facts, agreement and time could give other bytes.
pub const ENGINE: &str = "corridor-recognition/1";

/// Decides whether the partner's control result may be relied on, with what was known at a time.
///
/// The result depends on nothing else, so that anybody who has the same three gets the same bytes.
/// `supersedes` is left empty: the caller knows which decision this one follows.
#[must_use]
pub fn decide(facts: &Facts, agreement: &Agreement, at: Timestamp) -> RecognitionResult {
    let known = facts.known_at(at);
    let case = Case::new(&known, agreement, at);
    let findings: Vec<Finding> = Rule::ALL
        .into_iter()
        .map(|rule| rules::judge(rule, &case).close(agreement.overrides.get(&rule)))
        .collect();
    let deadline = deadline(&case);
    let is_late = deadline.is_some_and(|deadline| deadline < at);
    let weighed: Vec<Verdict> = findings
        .iter()
        .map(|finding| weigh(finding, is_late))
        .collect();
    let open = latest(&known.ambiguous).iter().any(|fact| fact.value.open);
    let worst = weighed.iter().copied().min().unwrap_or(Verdict::Pending);
    let verdict = if open {
        worst.min(Verdict::Pending)
    } else {
        worst
    };
    let decides = |(finding, weight): (&Finding, &Verdict)| {
        (*weight == verdict && finding.state != State::Pass).then_some(finding.rule)
    };
    let deciding: Vec<Rule> = findings.iter().zip(&weighed).filter_map(decides).collect();
    RecognitionResult {
        engine: ENGINE.to_owned(),
        verdict,
        headline: headline(verdict, &deciding, &findings),
        at,
        agreement: AgreementReference {
            id: agreement.id.clone(),
            sha256: agreement.sha256,
            legal_basis: agreement.legal_basis.clone(),
        },
        facts_sha256: known.sha256(),
        pending_until: deadline.filter(|_| verdict == Verdict::Pending),
        deciding,
        rules: findings,
        supersedes: None,
    }
}

/// The best verdict that one finding lets through. It never rises when a PASS becomes an UNKNOWN or
/// an UNKNOWN a FAIL.
fn weigh(finding: &Finding, is_late: bool) -> Verdict {
    let can_be_overridden = finding.overridable_by.is_some();
    match finding.state {
        State::Pass => Verdict::Recognised,
        State::Fail | State::Unknown if can_be_overridden => Verdict::RecognisedWithChecks,
        State::Fail => Verdict::NotRecognised,
        State::Unknown if finding.missing.iter().all(|missing| missing.is_own_look()) => {
            Verdict::RecognisedWithChecks
        }
        // An ambiguous join waits for an officer, however long it takes.
        State::Unknown if finding.missing == [Missing::Join] => Verdict::Pending,
        State::Unknown if is_late => Verdict::NotRecognised,
        State::Unknown => Verdict::Pending,
    }
}

/// Until when a missing fact may still come: the agreed wait after presentation, and in any case the
/// end of the time for which a result counts.
fn deadline(case: &Case<'_>) -> Option<Timestamp> {
    let agreement = case.agreement;
    let presented = latest(&case.facts.presentation);
    let after_presentation = presented
        .iter()
        .filter_map(|fact| fact.value.at.checked_add(agreement.wait).ok());
    let mut unheard = Judgement::of(Rule::R14, "");
    let mode = case
        .declaration(&mut unheard)
        .and_then(|declared| declared.mode);
    let window = mode.and_then(|mode| agreement.windows.get(&mode)).copied();
    let control = case.result_facts().iter();
    let after_control = control.filter_map(|fact| {
        let ended = fact.value.ended_at?;
        ended
            .checked_add(window?)
            .ok()?
            .checked_add(agreement.skew)
            .ok()
    });
    after_presentation.chain(after_control).min()
}

fn headline(verdict: Verdict, deciding: &[Rule], findings: &[Finding]) -> Text3 {
    let [en, ru, zh] = match verdict {
        Verdict::NotRecognised => [
            "Not recognised: control as usual",
            "Не признаётся: обычный контроль",
            "不予认可：按常规查验",
        ],
        Verdict::Pending => [
            "Pending: something is not known yet",
            "Ожидание: не хватает сведений",
            "待定：信息尚不完整",
        ],
        Verdict::RecognisedWithChecks => [
            "Recognised, with checks",
            "Признаётся с проверками",
            "予以认可，但须核查",
        ],
        Verdict::Recognised => [
            "Recognised: no repeat control",
            "Признаётся: повторный контроль не нужен",
            "予以认可：无需重复查验",
        ],
    };
    let sentence = Text3::new(en, ru, zh);
    let mut reasons: Vec<Text3> = Vec::new();
    for finding in findings
        .iter()
        .filter(|finding| deciding.contains(&finding.rule))
    {
        if !reasons.contains(&finding.text) {
            reasons.push(finding.text.clone());
        }
    }
    // The first three tell enough; the rules have them all.
    let reasons = reasons
        .into_iter()
        .take(3)
        .reduce(|all, next| all.join(["; ", "; ", "；"], &next));
    match reasons {
        Some(reasons) => sentence.join([". ", ". ", "。"], &reasons),
        None => sentence,
    }
}
