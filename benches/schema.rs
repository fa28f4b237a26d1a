//! The schema engine: validating a declaration of about 10 KB, alone and with hundreds of items,
//! and compiling schemas. Official schemas are compiled where the reference data are present.
//!
//! `cargo bench --bench schema`

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot run shall say so"
)]

use std::fs;
use std::path::Path;

use corridor::schema::{Resolver, Schema};
use corridor::xml::{Limits, parse};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

const OWN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/schemas/fcs/esadout-cu/5.23.0/esadout-cu.xsd"
);
const SAMPLE: &str = include_str!("../schemas/fcs/esadout-cu/5.23.0/samples/transit-kz-fi.xml");

/// Official schemas, from small to large.
const OFFICIAL: [&str; 3] = [
    "eaeu/fcs-album-5.23.0/xsd/ESADout_CU.xsd",
    "eu/ncts-p5-51.8.6/xsd/cc015c.xsd",
    "eaeu/eec-r/xsd/EEC_TransitDeclaration.xsd",
];

struct Folders;

impl Resolver for Folders {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let folder = Path::new(base).parent().unwrap_or_else(|| Path::new(""));
        let path = fs::canonicalize(folder.join(location)).ok()?;
        Some((path.to_str()?.to_owned(), fs::read(path).ok()?))
    }
}

/// The sample with its goods item as often as said.
fn declaration(items: usize) -> String {
    let start = SAMPLE.find("<ESADout_CUGoods>").expect("a goods item");
    let end = SAMPLE.find("</ESADout_CUGoods>").expect("its end") + "</ESADout_CUGoods>".len();
    let (before, rest) = SAMPLE.split_at(start);
    let (item, after) = rest.split_at(end - start);
    format!("{before}{}{after}", item.repeat(items))
}

#[divan::bench(args = [1, 10, 100, 900])]
fn validate(bencher: Bencher<'_, '_>, items: usize) {
    let schema = Schema::compile(&[OWN], &Folders).expect("our own schema");
    let text = declaration(items);
    let document = parse(text.as_bytes(), None, &Limits::default()).expect("a document");
    assert!(
        schema.validate(document.root(), 1).is_empty(),
        "the declaration is valid"
    );
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| schema.validate(document.root(), 10).len());
}

#[divan::bench]
fn compile_own(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Schema::compile(&[OWN], &Folders).expect("our own schema"));
}

#[divan::bench(args = OFFICIAL)]
fn compile_official(bencher: Bencher<'_, '_>, schema: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference/");
    let path = format!("{folder}{schema}");
    if !Path::new(&path).exists() {
        println!("skipped: no reference data");
        return;
    }
    bencher.bench_local(|| Schema::compile(&[&path], &Folders).expect("an official schema"));
}
