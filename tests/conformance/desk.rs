//! A lane at work in a test: what it makes of a message, and what stands in the way.

use std::fs;
use std::path::Path;
use std::process::Command;

use corridor::translate::{
    DecodeContext, EncodeContext, Encoded, LaneRules, LossReason, Package, Packages, Severity,
    Supplement, encode,
};
use corridor::xml::{Limits, parse};

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference");

/// What of a lane's file concerns a translation.
#[derive(serde::Deserialize)]
struct Lane {
    package_in: String,
    package_out: String,
    rules: LaneRules,
}

pub(crate) fn sample(name: &str) -> String {
    fs::read_to_string(Path::new(SCHEMAS).join(name)).unwrap()
}

pub(crate) fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from}");
    text.replace(from, to)
}

pub(crate) struct Desk {
    packages: Packages,
    lane: Lane,
}

impl Desk {
    pub(crate) fn new(lane: &str) -> Self {
        Self {
            packages: Packages::load(Path::new(SCHEMAS)).unwrap(),
            lane: toml::from_str(&sample(&format!("lanes/{lane}.toml"))).unwrap(),
        }
    }

    fn target(&self) -> &Package {
        self.packages.find(&self.lane.package_out).unwrap()
    }

    pub(crate) fn translate(&self, text: &str, supplements: &[Supplement]) -> Encoded {
        let source = self.packages.find(&self.lane.package_in).unwrap();
        let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
        let faults = source.validate(document.root(), 5).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        let zone = self.lane.rules.source_zone();
        let decoded = source
            .decode(document.root(), &DecodeContext { zone, on: None })
            .unwrap();
        let now = "2026-11-23T10:00:00.417Z".parse().unwrap();
        let id = "0198f2c0-1111-7000-8000-000000000417".parse().unwrap();
        let context = EncodeContext {
            supplements,
            ..EncodeContext::from_uuid(now, id)
        };
        encode(&decoded, self.target(), &self.lane.rules, &context)
    }

    /// Translates what must go out, and judges it by our schema, by libxml2, and by the official schema
    /// where there is one.
    pub(crate) fn sent(&self, text: &str, supplements: &[Supplement]) -> (String, Encoded) {
        let encoded = self.translate(text, supplements);
        let xml = encoded.xml.clone();
        let xml = xml.unwrap_or_else(|| panic!("{:#?}", encoded.findings));
        let document = parse(&xml, None, &Limits::default()).unwrap();
        let faults = self.target().validate(document.root(), 5).unwrap();
        assert!(faults.is_empty(), "{faults:?}\n{}", document.text());
        let folder = self.target().folder();
        let message = self.target().id().message();
        libxml2(&folder.join(format!("{message}.xsd")), &xml);
        if let Some(official) = official(message) {
            libxml2(&Path::new(REFERENCE).join(official), &xml);
        }
        (document.text().to_owned(), encoded)
    }
}

/// The official schema of a message, below the folder of reference data.
fn official(message: &str) -> Option<&'static str> {
    match message {
        "r048" => Some("eaeu/eec-r/xsd/EEC_TransitDeclaration.xsd"),
        "pi-auto-arrive" => Some("eaeu/fcs-album-5.23.0/xsd/PI_AutoArrive.xsd"),
        "pi-rw-arrive" => Some("eaeu/fcs-album-5.23.0/xsd/PI_RwArrive.xsd"),
        "declaration" => {
            Some("wco/hmrc-cds-dms2/public/api/conf/3.0/schemas/wco/declaration/WCO_DEC_2_DMS.xsd")
        }
        "act-inspection" => Some("eaeu/fcs-album-5.23.0/xsd/ActInspection.xsd"),
        "act-insp-photo" => Some("eaeu/fcs-album-5.23.0/xsd/ActInspPhoto.xsd"),
        "r051" => Some("eaeu/eec-r/xsd/EEC_CustomsControlUnifiedDoc.xsd"),
        _ => None,
    }
}

/// What an officer adds.
pub(crate) fn added(values: &[(&str, &str)]) -> Vec<Supplement> {
    let one = |(path, value): &(&str, &str)| Supplement {
        path: (*path).to_owned(),
        value: (*value).to_owned(),
    };
    values.iter().map(one).collect()
}

/// Holds a message to a schema, by libxml2; says so where either is not here.
pub(crate) fn libxml2(schema: &Path, xml: &[u8]) {
    if !schema.exists() {
        println!("skipped: no reference data");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.xml");
    fs::write(&file, xml).unwrap();
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--schema"]).arg(schema).arg(file);
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
        }
        Err(_) => println!("skipped: no xmllint"),
    }
}

pub(crate) fn says(text: &str, all: &[&str]) {
    for said in all {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

pub(crate) fn lost(encoded: &Encoded, reason: LossReason, path: &str) -> bool {
    let mut losses = encoded.losses.iter();
    losses.any(|loss| loss.reason == reason && loss.path.ends_with(path))
}

/// Places of the target that keep a message back.
pub(crate) fn missing(encoded: &Encoded) -> Vec<&str> {
    assert_eq!(encoded.severity(), Severity::Hold, "{:?}", encoded.findings);
    let paths = encoded
        .findings
        .iter()
        .map(|finding| finding.target_path.as_deref());
    paths.map(Option::unwrap_or_default).collect()
}
