//! The XML core on messages of 10 KB, 100 KB and 1 MB: parsing, and canonicalising into a digest.
//!
//! `cargo bench --bench xml`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run shall say so"
)]

use std::fmt::Write as _;
use std::hint::black_box;

use corridor::xml::{Canonicalization, Document, Limits, Method, Subtree, canonicalize, parse};
use divan::Bencher;
use divan::counter::BytesCount;
use ring::digest::{Context, SHA256};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

/// A declaration of about that many bytes, in the shape of an FCS ESADout_CU: three namespaces,
/// long names, short values, Cyrillic text, indented.
fn declaration(bytes: usize) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ESADout_CU DocumentModeID=\"1006107E\" \
         xmlns=\"urn:customs.ru:Information:CustomsDocuments:ESADout_CU:5.24.0\" \
         xmlns:cat_ru=\"urn:customs.ru:CommonAggregateTypes:5.24.0\" \
         xmlns:catESAD_cu=\"urn:customs.ru:CUESADCommonAggregateTypesCust:5.24.0\">\n\
         \t<cat_ru:DocumentID>8B4F2C9A-6B1E-4C0D-9E57-1D2A3B4C5D6E</cat_ru:DocumentID>\n\
         \t<CustomsProcedure>\u{422}\u{422}</CustomsProcedure>\n",
    );
    for number in 1.. {
        if text.len() >= bytes {
            break;
        }
        let goods = "\u{417}\u{430}\u{43F}\u{430}\u{441}\u{43D}\u{44B}\u{435} \u{447}\u{430}\u{441}\u{442}\u{438}";
        let _ = write!(
            text,
            "\t<ESADout_CUGoods>\n\t\t<catESAD_cu:GoodsNumeric>{number}</catESAD_cu:GoodsNumeric>\n\
             \t\t<catESAD_cu:GoodsDescription>{goods} &amp; {number}</catESAD_cu:GoodsDescription>\n\
             \t\t<catESAD_cu:GrossWeightQuantity>{number}.5</catESAD_cu:GrossWeightQuantity>\n\
             \t\t<catESAD_cu:GoodsTNVEDCode>8708299009</catESAD_cu:GoodsTNVEDCode>\n\
             \t\t<ESADGoodsPackaging>\n\t\t\t<catESAD_cu:PakageQuantity>12</catESAD_cu:PakageQuantity>\n\
             \t\t\t<catESAD_cu:PackagePalleteInformation>\n\
             \t\t\t\t<catESAD_cu:InfoKindCode>0</catESAD_cu:InfoKindCode>\n\
             \t\t\t</catESAD_cu:PackagePalleteInformation>\n\t\t</ESADGoodsPackaging>\n\
             \t\t<ESADContainer unit=\"796\" code='x'>\n\
             \t\t\t<catESAD_cu:ContainerIdentificaror>TKRU4471210</catESAD_cu:ContainerIdentificaror>\n\
             \t\t</ESADContainer>\n\t</ESADout_CUGoods>\n"
        );
    }
    text.push_str("</ESADout_CU>\n");
    text
}

fn parsed(text: &str) -> Document {
    parse(text.as_bytes(), None, &Limits::default()).expect("the declaration is a document")
}

#[divan::bench(args = SIZES)]
fn parse_document(bencher: Bencher<'_, '_>, size: usize) {
    let text = declaration(size);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| parsed(black_box(&text)));
}

#[divan::bench(args = SIZES)]
fn exclusive_into_sha256(bencher: Bencher<'_, '_>, size: usize) {
    digest(bencher, size, Method::Exclusive);
}

#[divan::bench(args = SIZES)]
fn inclusive_into_sha256(bencher: Bencher<'_, '_>, size: usize) {
    digest(bencher, size, Method::Inclusive10);
}

#[divan::bench(args = SIZES)]
fn sha256_alone(bencher: Bencher<'_, '_>, size: usize) {
    let text = declaration(size);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        let mut digest = Context::new(&SHA256);
        digest.update(black_box(text.as_bytes()));
        digest.finish()
    });
}

fn digest(bencher: Bencher<'_, '_>, size: usize, method: Method) {
    let text = declaration(size);
    let document = parsed(&text);
    let how = Canonicalization {
        method,
        comments: false,
        inclusive_prefixes: &[],
    };
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        let mut digest = Context::new(&SHA256);
        let what = Subtree::Document(black_box(&document), None);
        canonicalize(what, &how, &mut |piece| digest.update(piece))
            .expect("its namespaces are absolute");
        digest.finish()
    });
}
