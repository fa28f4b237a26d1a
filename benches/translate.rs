//! What a translation costs: decoding ESADout_CU, encoding R.048 and CC015C, and both together;
//! parsing and validating are measured elsewhere.
//!
//! `cargo bench --bench translate`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark stops at the first fault of its own data"
)]

use std::fs;
use std::path::{Path, PathBuf};

use corridor::translate::{DecodeContext, EncodeContext, LaneRules, Packages, encode};
use corridor::xml::{Document, Limits, parse};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// Packages, the rules of a lane and a message of about 10 KB.
struct Setting {
    packages: Packages,
    rules: LaneRules,
    document: Document,
    target: &'static str,
}

fn setting(sample: &str, lane: &str, target: &'static str) -> Setting {
    let packages = Packages::load(&schemas()).unwrap();
    let lane = fs::read_to_string(schemas().join("lanes").join(lane)).unwrap();
    let lane: toml::Table = toml::from_str(&lane).unwrap();
    let sample = schemas().join("fcs/esadout-cu/5.23.0/samples").join(sample);
    let document = parse(&fs::read(sample).unwrap(), None, &Limits::default()).unwrap();
    Setting {
        packages,
        rules: lane["rules"].clone().try_into().unwrap(),
        document,
        target,
    }
}

fn to_kz() -> Setting {
    setting("transit-cn-kz.xml", "ru-kz-transit.toml", "eaeu/r048")
}

fn to_eu() -> Setting {
    setting(
        "transit-cn-fi.xml",
        "ru-eu-transit.toml",
        "eu/cc015c/51.8.6",
    )
}

fn context() -> EncodeContext<'static> {
    let now = "2026-03-01T09:30:00Z".parse().unwrap();
    EncodeContext::from_uuid(now, uuid::Uuid::from_u128(7))
}

fn decoding(bencher: Bencher<'_, '_>, setting: &Setting) {
    let view = setting.document.root();
    let package = setting.packages.of(view).unwrap();
    let zone = setting.rules.source_zone();
    let context = DecodeContext { zone, on: None };
    bencher.bench_local(|| black_box(package.decode(view, &context)));
}

fn encoding(bencher: Bencher<'_, '_>, setting: &Setting) {
    let view = setting.document.root();
    let package = setting.packages.of(view).unwrap();
    let target = setting.packages.find(setting.target).unwrap();
    let zone = setting.rules.source_zone();
    let decoded = package
        .decode(view, &DecodeContext { zone, on: None })
        .unwrap();
    let context = context();
    bencher.bench_local(|| {
        let encoded = encode(&decoded, target, &setting.rules, &context);
        assert!(encoded.xml.is_some());
        encoded
    });
}

#[divan::bench]
fn decode_esadout_cu(bencher: Bencher<'_, '_>) {
    decoding(bencher, &to_kz());
}

#[divan::bench]
fn encode_r048(bencher: Bencher<'_, '_>) {
    encoding(bencher, &to_kz());
}

#[divan::bench]
fn encode_cc015c(bencher: Bencher<'_, '_>) {
    encoding(bencher, &to_eu());
}

#[divan::bench]
fn load_all_packages(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Packages::load(&schemas()).unwrap());
}
