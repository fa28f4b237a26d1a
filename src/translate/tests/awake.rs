//! What sleeps in a plan would have brought nothing about.

use super::super::awake::Awake;
use super::super::encode::encode_awake;
use super::*;

fn schemas() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// Encodes as ever, and with all that the plan has awake: nothing differs, losses and findings included.
fn compare(decoded: &Decoded<'_>, target: &Package, rules: &LaneRules) {
    let Some(plan) = target.plan().filter(|_| target.directions.encodes) else {
        return;
    };
    let context = context();
    let made = encode(decoded, target, rules, &context);
    let all = encode_awake(decoded, (target, plan), rules, &context, Awake::all(plan));
    let names = format!("{} to {}", decoded.package, target.id());
    assert_eq!(made.xml, all.xml, "{names}");
    assert_eq!(made.losses, all.losses, "{names}");
    assert_eq!(made.supplied, all.supplied, "{names}");
    assert_eq!(made.findings, all.findings, "{names}");
    assert_eq!(
        (made.keys, made.message_id),
        (all.keys, all.message_id),
        "{names}"
    );
    assert_eq!(made.numbered, all.numbered, "{names}");
}

/// The rules of each shipped lane by its packages.
fn lanes() -> Vec<(String, String, LaneRules)> {
    let mut lanes = Vec::new();
    for entry in fs::read_dir(schemas().join("lanes")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let lane: toml::Table = toml::from_str(&text).unwrap();
        let name = |key: &str| Some(lane.get(key)?.as_str()?.to_owned());
        if let (Some(from), Some(to)) = (name("package_in"), name("package_out")) {
            let rules = lane.get("rules").cloned();
            let rules = rules.map_or_else(LaneRules::default, |rules| rules.try_into().unwrap());
            lanes.push((from, to, rules));
        }
    }
    lanes
}

#[test]
fn what_sleeps_brings_nothing_about() {
    let packages = Packages::load(&schemas()).unwrap();
    let lanes = lanes();
    let (mut compared, mut through_lanes) = (0, 0);
    for package in packages.iter() {
        let samples = schemas().join(package.id().to_string()).join("samples");
        for entry in fs::read_dir(samples).into_iter().flatten() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            let Ok(document) = parse(&bytes, None, &Limits::default()) else {
                continue;
            };
            let decoded = package.decode(document.root(), &DecodeContext::default());
            let Some(decoded) = decoded else { continue };
            for target in packages.iter() {
                compare(&decoded, target, &open_lane());
            }
            for (from, to, rules) in &lanes {
                // Some lanes pass what came, or take any version.
                let target = packages
                    .find(to)
                    .filter(|_| package.id().to_string() == *from);
                if let Some(target) = target {
                    compare(&decoded, target, rules);
                    through_lanes += 1;
                }
            }
            compared += 1;
        }
    }
    assert!(
        compared > 100 && through_lanes > 50,
        "{compared} {through_lanes}"
    );
}
