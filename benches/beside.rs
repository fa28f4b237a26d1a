//! Our side of `benches/beside_libxml2.py` and `benches/beside_xmlsec.py`, which run it and the others in
//! turn on the same documents.
//!
//! Reads one order a line, its words parted by tabs, and answers each with one line of JSON:
//! `validate XSD FILE SECONDS` and `translate SOURCE TARGET LANE FILE SECONDS` give nanoseconds an
//! operation, `load` those of compiling all packages, `whole SOURCE TARGET LANE FILE` the seconds of
//! each stage of one message and the most memory that the process ever took, `make ITEMS HOUSES LINES
//! FILE` writes a CC015C of so many goods items in so many houses.
//! For `benches/beside_xmlsec.py`, `sign KIND FILE OUT`, `verify FILE SECONDS`, `bare KIND FILE SECONDS`
//! and `once FILE`: see `beside/signatures.rs`.
//!
//! `python3 benches/beside_libxml2.py`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, says what it found and stops at the first fault of its data"
)]

#[path = "../tests/it/support/houses.rs"]
#[expect(dead_code, reason = "its largest size is for tests")]
mod houses;
#[path = "beside/signatures.rs"]
mod signatures;

use std::fs;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use corridor::schema::{Resolver, Schema};
use corridor::translate::{DecodeContext, EncodeContext, Encoded, LaneRules, Packages, encode};
use corridor::xml::{Document, Limits, parse, parse_owned};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

/// That of the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if !std::env::args().any(|argument| argument == "--serve") {
        println!("python3 benches/beside_libxml2.py runs this beside libxml2");
        return;
    }
    // As the gateway does.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let mut kept = Kept::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split('\t').collect();
        println!("{}", kept.obey(&words));
        std::io::stdout().flush().unwrap();
    }
}

/// What is compiled once.
#[derive(Default)]
struct Kept {
    schemas: Vec<(String, Schema)>,
    packages: Option<Packages>,
}

impl Kept {
    fn obey(&mut self, words: &[&str]) -> serde_json::Value {
        match words {
            ["validate", xsd, file, seconds] => self.validate(xsd, file, seconds.parse().unwrap()),
            ["translate", source, target, lane, file, seconds] => {
                let lane = rules(lane);
                self.translate(source, target, &lane, file, seconds.parse().unwrap())
            }
            ["whole", source, target, lane, file] => {
                let lane = rules(lane);
                whole(source, target, &lane, file)
            }
            ["make", items, houses, lines, file] => {
                let [items, houses, lines] = [items, houses, lines].map(|it| it.parse().unwrap());
                let text = houses::cc015c(houses::Size {
                    items,
                    houses,
                    lines,
                });
                fs::write(file, &text).unwrap();
                json!({ "bytes": text.len() })
            }
            ["sign", kind, file, out] => signatures::make(kind, file, out),
            ["verify", file, seconds] => signatures::verified(file, seconds.parse().unwrap()),
            ["bare", kind, file, seconds] => signatures::bare(kind, file, seconds.parse().unwrap()),
            ["once", file] => signatures::once(file),
            ["load"] => {
                let start = worked();
                let packages = Packages::load(&schemas()).unwrap();
                let seconds = (worked() - start).as_secs_f64();
                json!({ "packages": packages.iter().count(), "seconds": seconds })
            }
            _ => json!({ "error": "unknown order" }),
        }
    }

    fn packages(&mut self) -> &Packages {
        self.packages
            .get_or_insert_with(|| Packages::load(&schemas()).unwrap())
    }

    fn validate(&mut self, xsd: &str, file: &str, seconds: f64) -> serde_json::Value {
        if !self.schemas.iter().any(|(known, _)| known == xsd) {
            let schema = Schema::compile(&[xsd], &Folders).unwrap();
            self.schemas.push((xsd.to_owned(), schema));
        }
        let known = self.schemas.iter().find(|(known, _)| known == xsd);
        let schema = &known.unwrap().1;
        let bytes = fs::read(file).unwrap();
        let faults = schema.validate(read(&bytes).root(), 10).len();
        let ns = timed(seconds, || {
            let document = read(black_box(&bytes));
            black_box(schema.validate(document.root(), 10).len());
        });
        json!({ "ns": ns, "bytes": bytes.len(), "faults": faults })
    }

    fn translate(
        &mut self,
        source: &str,
        target: &str,
        rules: &LaneRules,
        file: &str,
        seconds: f64,
    ) -> serde_json::Value {
        let bytes = fs::read(file).unwrap();
        let document = read(&bytes);
        let packages = self.packages();
        let encoded = translated(packages, source, target, rules, &document);
        if encoded.xml.is_none() {
            return json!({ "error": format!("{:?}", encoded.findings) });
        }
        let ns = timed(seconds, || {
            black_box(translated(packages, source, target, rules, &document));
        });
        json!({
            "ns": ns,
            "bytes": bytes.len(),
            "made": encoded.xml.map(|xml| xml.len()),
            "losses": encoded.losses.len(),
        })
    }
}

/// One message from its bytes to those of another package, with the time and memory of each stage.
fn whole(source: &str, target: &str, rules: &LaneRules, file: &str) -> serde_json::Value {
    // As `corridor translate` does.
    let packages = Packages::load_named(&schemas(), &[source, target]).unwrap();
    let (from, to) = (
        packages.find(source).unwrap(),
        packages.find(target).unwrap(),
    );
    let before = memory("VmRSS");
    let bytes = fs::read(file).unwrap();
    let length = bytes.len();
    let start = Instant::now();
    let mut clock = worked();
    let mut lap = move || {
        let now = worked();
        let seconds = (now - clock).as_secs_f64();
        clock = now;
        seconds
    };
    let document = parse_owned(bytes, None, &Limits::default()).unwrap();
    let parsed = lap();
    let with_document = memory("VmRSS");
    let faults = from.validate(document.root(), 10).unwrap();
    let validated = lap();
    let zone = rules.source_zone();
    let decoded = from.decode(document.root(), &DecodeContext { zone, on: None });
    let decoded_in = lap();
    let with_model = memory("VmRSS");
    let encoded = encode(&decoded.unwrap(), to, rules, &context());
    let encoded_in = lap();
    json!({
        "bytes": length,
        "clock": start.elapsed().as_secs_f64(),
        "faults": faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "findings": encoded.findings.len(),
        "losses": encoded.losses.len(),
        "made": encoded.xml.map(|xml| xml.len()),
        "seconds": { "parse": parsed, "validate": validated, "decode": decoded_in, "encode": encoded_in },
        "memory": { "before": before, "document": with_document, "model": with_model, "peak": memory("VmHWM") },
    })
}

/// Processor time of this thread so far: what others do meanwhile does not count.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap(),
        time.tv_nsec.try_into().unwrap(),
    )
}

/// Nanoseconds of one call: the best of the batches that fit in so many seconds.
fn timed(seconds: f64, mut work: impl FnMut()) -> f64 {
    let whole = worked();
    let mut best = f64::MAX;
    let mut calls = 1_u32;
    loop {
        let start = worked();
        for _ in 0..calls {
            work();
        }
        let end = worked();
        let elapsed = (end - start).as_secs_f64();
        best = best.min(elapsed / f64::from(calls));
        if (end - whole).as_secs_f64() > seconds {
            return best * 1e9;
        }
        // Batches of some 5 ms: long beside the clock, short beside what empties the caches.
        if elapsed < 0.005 {
            calls = calls.saturating_mul(2);
        }
    }
}

fn translated(
    packages: &Packages,
    source: &str,
    target: &str,
    rules: &LaneRules,
    document: &Document,
) -> Encoded {
    let zone = rules.source_zone();
    let source = packages.find(source).unwrap();
    let decoded = source.decode(document.root(), &DecodeContext { zone, on: None });
    let target = packages.find(target).unwrap();
    encode(&decoded.unwrap(), target, rules, &context())
}

fn context() -> EncodeContext<'static> {
    let now = "2026-03-01T09:30:00Z".parse().unwrap();
    EncodeContext::from_uuid(now, uuid::Uuid::from_u128(7))
}

fn read(bytes: &[u8]) -> Document {
    parse(bytes, None, &Limits::default()).unwrap()
}

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// The rules of a lane of the repository, by its name.
fn rules(lane: &str) -> LaneRules {
    let file = schemas().join("lanes").join(format!("{lane}.toml"));
    let lane: toml::Table = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    lane["rules"].clone().try_into().unwrap()
}

/// A figure of this process as Linux gives it, in bytes.
fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

struct Folders;

impl Resolver for Folders {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let folder = Path::new(base).parent().unwrap_or_else(|| Path::new(""));
        let path = fs::canonicalize(folder.join(location)).ok()?;
        Some((path.to_str()?.to_owned(), fs::read(path).ok()?))
    }
}
