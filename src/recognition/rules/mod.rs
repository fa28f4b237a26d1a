//! What each rule asks. Start at [`judge`]; one file has the rules that look at the same things.

mod authority;
mod control;
mod goods;
mod identity;
mod image;
mod link;
mod mass;
mod participants;
mod seals;
mod time;

use super::case::Case;
use super::judgement::Judgement;
use super::rule::Rule;

/// What a rule finds.
pub(super) fn judge(rule: Rule, case: &Case<'_>) -> Judgement {
    match rule {
        Rule::R01 => authority::in_force(case),
        Rule::R02 => authority::authentic(case),
        Rule::R03 => control::covered(case),
        Rule::R04 => goods::in_scope(case),
        Rule::R05 => authority::post_pair(case),
        Rule::R07 => participants::listed(case),
        Rule::R08 => time::prior_information(case),
        Rule::R09 => link::linked(case),
        Rule::R10 => identity::same_transport(case),
        Rule::R11 => seals::same(case),
        Rule::R12 => seals::intact(case),
        Rule::R14 => time::in_window(case),
        Rule::R15 => image::shown(case),
        Rule::R16 => mass::within_tolerance(case),
        Rule::R18 => goods::same(case),
        Rule::R19 => control::conforming(case),
        Rule::R20 => control::standing(case),
        Rule::R21 => goods::no_other_control(case),
        Rule::R24 => control::usable(case),
    }
}
