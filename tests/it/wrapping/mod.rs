//! Signature wrapping and its relatives, against the real program: every attack that `docs/threats.md`
//! names, on every package that messages are exchanged by, posted over mutual TLS by the partner whose
//! messages they are made of.
//!
//! Start at [`every_attack_is_refused`]. An [`Attack`] is bytes and the one code that must refuse them,
//! made from a signed message by pure functions: [`wraps`] and [`doubles`] move and double what is signed, [`careless`]
//! is what a partner's own key should never have signed, [`keys`] are about who signed and how,
//! [`bytes`] come before any signature. What is [`harmless`] must change nothing at all.
//!
//! The shipped packages have their messages signed enveloped. The same packages with `cover = "object"`
//! are attacked too.

mod bytes;
mod careless;
mod doubles;
mod harmless;
mod keys;
mod material;
mod signed;
mod weak;
mod world;
mod wraps;

use std::fmt::Write as _;

use material::Material;
use signed::{Build, Message};
use world::{Case, Judged, World};

/// Attacks on each package, by whether it is signed enveloping: exactly these many, so that none is
/// lost unseen.
const ATTACKS: [(bool, usize); 2] = [(false, 357), (true, 316)];
/// Packages that messages are exchanged by, at least.
const PACKAGES_MIN: usize = 45;

/// Bytes that must be refused, and by what.
struct Attack {
    name: String,
    bytes: Vec<u8>,
    code: &'static str,
}

impl Attack {
    fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>, code: &'static str) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            code,
        }
    }
}

/// Every attack on a message of a package, as it is signed in one build and the other.
fn attacks(case: &Case, material: &Material, enveloping: bool) -> Vec<Attack> {
    let (first, second) = builds(enveloping);
    let message = |build| Message::signed(build, &case.plain, &case.evil, &material.partner);
    let (one, other) = (message(first), message(second));
    let mut attacks = wraps::all(&one);
    attacks.extend(doubles::all(&one));
    attacks.extend(careless::all(&one, &material.partner));
    attacks.extend(keys::all(&one, material));
    attacks.extend(bytes::all(&one));
    // By another reference the same moves meet other checks; bytes, keys and values do not.
    let again = wraps::all(&other).into_iter().chain(doubles::all(&other));
    let again = again.chain(careless::all(&other, &material.partner));
    attacks.extend(again.map(|attack| Attack {
        name: format!("{} ({second:?})", attack.name),
        ..attack
    }));
    attacks
}

fn builds(enveloping: bool) -> (Build, Build) {
    match enveloping {
        false => (Build::EnvelopedWhole, Build::EnvelopedById),
        true => (Build::EnvelopingObject, Build::EnvelopingContent),
    }
}

#[tokio::test]
async fn every_attack_on_an_enveloped_signature_is_refused() {
    every_attack_is_refused(false).await;
}

#[tokio::test]
async fn every_attack_on_an_enveloping_signature_is_refused() {
    every_attack_is_refused(true).await;
}

/// All attacks on all packages: each refused by its code, and nothing of them known to anybody. Then
/// the same messages as their partner sends them, by which is seen that the search would have found.
async fn every_attack_is_refused(enveloping: bool) {
    let mut world = World::new(enveloping);
    let material = world.material();
    let cases = world.cases();
    assert!(cases.len() >= PACKAGES_MIN, "{} packages", cases.len());
    world.serve().await;
    let (mut wrong, mut refused) = (String::new(), Vec::new());
    for case in &cases {
        let attacks = attacks(case, &material, enveloping);
        assert!(
            ATTACKS.contains(&(enveloping, attacks.len())),
            "{}",
            attacks.len()
        );
        let bodies = attacks.iter().map(|attack| attack.bytes.clone()).collect();
        for (attack, judged) in attacks.iter().zip(world.post(bodies).await) {
            if judged.code.as_deref() != Some(attack.code) || judged.names_anything {
                let (package, name, code) = (&case.package, &attack.name, attack.code);
                writeln!(wrong, "{package}: {name}: {judged:?} instead of {code}").unwrap();
            }
            refused.push(judged.receipt);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    world.knows_nothing_of(&refused, &cases).await;

    let mut wrong = String::new();
    for case in &cases {
        let (first, second) = builds(enveloping);
        for build in [first, second] {
            let message = Message::signed(build, &case.plain, &case.evil, &material.partner);
            let good = world.post_one(message.text.clone().into_bytes()).await;
            if !case.is_as_expected(&good, build) {
                writeln!(wrong, "{}: {good:?} ({build:?})", case.package).unwrap();
            }
            let mut changed = harmless::all(&message, &case.id);
            changed.extend(harmless::by_allies(&message, &material));
            let bodies = changed.iter().map(|change| change.bytes.clone()).collect();
            for (change, judged) in changed.iter().zip(world.post(bodies).await) {
                if !same(&good, &judged) {
                    let (package, name) = (&case.package, change.name);
                    writeln!(
                        wrong,
                        "{package}: {name} ({build:?}): {judged:?} instead of {good:?}"
                    )
                    .unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Evil itself, by the partner's own hand: what nothing was known of until now.
    for case in &cases {
        let (build, _) = builds(enveloping);
        let evil = Message::signed(build, &case.evil, &case.plain, &material.partner);
        world.post_one(evil.text.into_bytes()).await;
    }
    world.knows_all(&cases);
}

/// Whether two messages were judged alike: with one receipt where they are taken, by one code where
/// not; and known by the same id.
fn same(left: &Judged, right: &Judged) -> bool {
    match (&left.code, &right.code) {
        (None, None) => left.receipt == right.receipt,
        (left_code, right_code) => left_code == right_code && left.message == right.message,
    }
}
