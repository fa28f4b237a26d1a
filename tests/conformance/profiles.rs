//! Our profile schemas: their samples, and the official schemas as the judge of what they accept.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use corridor::model::Mrn;
use corridor::schema::{Resolver, Rule, Sampler, Schema};
use corridor::xml::{Document, Limits, parse};

/// How many documents are generated for each package, from the seeds 0 and up.
const DOCUMENTS: u64 = 200;

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference");

struct Profile {
    folder: &'static str,
    entry: &'static str,
    root: &'static str,
    /// The official schema; empty for a format of our own.
    official: &'static str,
    /// Rejected samples with the rule that they break.
    rejected: &'static [(&'static str, Rule)],
}

const PROFILES: [Profile; 27] = [
    Profile {
        folder: "fcs/esadout-cu/5.23.0",
        entry: "esadout-cu.xsd",
        root: "ESADout_CU",
        official: "eaeu/fcs-album-5.23.0/xsd/ESADout_CU.xsd",
        rejected: &[
            ("commodity-code-of-three-digits", Rule::FacetPattern),
            ("country-lower-case", Rule::FacetPattern),
            ("customs-procedure-too-long", Rule::FacetLength),
            ("date-impossible", Rule::Value),
            ("document-id-missing", Rule::ElementUnexpected),
            ("document-mode-id-other", Rule::Fixed),
            ("element-in-other-namespace", Rule::ElementUnexpected),
            ("element-not-declared", Rule::ElementUnexpected),
            ("element-out-of-order", Rule::ElementUnexpected),
            ("export-procedure-of-three-letters", Rule::FacetLength),
            ("gross-mass-negative", Rule::FacetMinInclusive),
        ],
    },
    Profile {
        folder: "fcs/ed-container/5.22.0",
        entry: "ed-container.xsd",
        root: "ED_Container",
        official: "eaeu/fcs-album-5.23.0/xsd/ED_Container.xsd",
        rejected: &[
            ("document-body-with-two-documents", Rule::ElementUnexpected),
            ("document-mode-id-missing", Rule::AttributeMissing),
            ("no-document", Rule::ElementMissing),
        ],
    },
    Profile {
        folder: "fcs/pi-auto-arrive/5.23.0",
        entry: "pi-auto-arrive.xsd",
        root: "PI_AutoArrive",
        official: "eaeu/fcs-album-5.23.0/xsd/PI_AutoArrive.xsd",
        rejected: &[
            ("border-office-missing", Rule::ElementMissing),
            ("commodity-code-of-three-digits", Rule::FacetPattern),
            ("country-in-lower-case", Rule::FacetPattern),
            ("description-of-five-pieces", Rule::ElementUnexpected),
            ("form-other", Rule::Fixed),
            ("vehicle-without-number", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "fcs/pi-rw-arrive/5.23.0",
        entry: "pi-rw-arrive.xsd",
        root: "PI_RwArrive",
        official: "eaeu/fcs-album-5.23.0/xsd/PI_RwArrive.xsd",
        rejected: &[
            ("consignment-note-missing", Rule::ElementUnexpected),
            ("office-of-seven-digits", Rule::FacetPattern),
            ("train-without-day-of-arrival", Rule::ElementUnexpected),
            ("wagon-without-number-in-train", Rule::ElementMissing),
        ],
    },
    Profile {
        folder: "fcs/notif-piresult/5.23.0",
        entry: "notif-piresult.xsd",
        root: "Notif_PIResult",
        official: "eaeu/fcs-album-5.23.0/xsd/Notif_PIResult.xsd",
        rejected: &[
            ("carnet-and-registration", Rule::ElementUnexpected),
            ("number-of-eight-digits", Rule::FacetLength),
            ("result-missing", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "fcs/act-inspection/5.23.0",
        entry: "act-inspection.xsd",
        root: "ActInspection",
        official: "eaeu/fcs-album-5.23.0/xsd/ActInspection.xsd",
        rejected: &[
            ("act-number-of-seven-digits", Rule::FacetLength),
            ("end-missing", Rule::ElementUnexpected),
            ("form-other", Rule::Fixed),
            ("officer-missing", Rule::ElementUnexpected),
            ("seal-without-state", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "fcs/act-insp-photo/5.22.0",
        entry: "act-insp-photo.xsd",
        root: "ActInspPhoto",
        official: "eaeu/fcs-album-5.23.0/xsd/ActInspPhoto.xsd",
        rejected: &[
            ("format-of-eleven-characters", Rule::FacetMaxLength),
            ("image-without-time", Rule::ElementUnexpected),
            ("two-numbers", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "wco/inspection-image/1.0",
        entry: "inspection-image.xsd",
        root: "InspectionImage",
        official: "",
        rejected: &[
            ("digest-of-63-digits", Rule::FacetPattern),
            ("image-embedded", Rule::ElementUnexpected),
            ("reference-without-size", Rule::ElementUnexpected),
            ("time-without-zone", Rule::FacetPattern),
            ("use-restriction-missing", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "wco/temporary-vehicle/1.0",
        entry: "temporary-vehicle.xsd",
        root: "TemporaryVehicle",
        official: "",
        rejected: &[
            ("limit-missing", Rule::ElementUnexpected),
            ("plate-missing", Rule::ElementUnexpected),
            ("status-other", Rule::FacetEnumeration),
            ("time-without-zone", Rule::FacetPattern),
        ],
    },
    Profile {
        folder: "wco/price-information/1.0",
        entry: "price-information.xsd",
        root: "PriceInformation",
        official: "",
        rejected: &[
            ("amount-without-currency", Rule::AttributeMissing),
            ("commodity-code-of-five-digits", Rule::FacetPattern),
            ("declaration-missing", Rule::ElementUnexpected),
            ("mass-in-pounds", Rule::FacetEnumeration),
        ],
    },
    Profile {
        folder: "wco/participant-list/1.0",
        entry: "participant-list.xsd",
        root: "ParticipantList",
        official: "",
        rejected: &[
            ("role-other", Rule::FacetEnumeration),
            ("status-missing", Rule::ElementUnexpected),
            ("validity-with-time", Rule::Value),
        ],
    },
    Profile {
        folder: "wco/declaration/3.6",
        entry: "declaration.xsd",
        root: "Declaration",
        official: "wco/hmrc-cds-dms2/public/api/conf/3.0/schemas/wco/declaration/WCO_DEC_2_DMS.xsd",
        rejected: &[
            ("amount-in-lower-case", Rule::FacetPattern),
            ("function-missing", Rule::ElementUnexpected),
            ("leg-without-number", Rule::ElementUnexpected),
            ("office-of-eighteen-characters", Rule::FacetMaxLength),
            ("time-without-zone", Rule::FacetPattern),
        ],
    },
    Profile {
        folder: "wco/response/3.6",
        entry: "response.xsd",
        root: "Response",
        official: "wco/hmrc-cds-dms2/public/api/conf/3.0/schemas/wco/notification/WCO_RES_2_DMS.xsd",
        rejected: &[
            ("declaration-missing", Rule::ElementMissing),
            ("function-in-letters", Rule::FacetPattern),
            ("time-without-zone", Rule::FacetPattern),
        ],
    },
    // What an envelope holds is judged by itself: its own schema takes any document of the two namespaces.
    Profile {
        folder: "wco/metadata/2",
        entry: "metadata.xsd",
        root: "MetaData",
        official: "",
        rejected: &[
            ("document-of-other-namespace", Rule::ElementUnexpected),
            ("no-document", Rule::ElementMissing),
        ],
    },
    Profile {
        folder: "cn/mt4406/1.0.0",
        entry: "mt4406.xsd",
        root: "Manifest",
        official: "",
        rejected: &[
            ("message-type-other", Rule::FacetEnumeration),
            ("office-of-five-digits", Rule::FacetPattern),
            ("vehicle-without-number", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "cn/response/1.0.0",
        entry: "response.xsd",
        root: "Manifest",
        official: "",
        rejected: &[
            ("number-missing", Rule::ElementUnexpected),
            ("statement-code-unknown", Rule::FacetEnumeration),
        ],
    },
    Profile {
        folder: "mn/control-result/0.1.0",
        entry: "control-result.xsd",
        root: "ControlResult",
        official: "",
        rejected: &[
            ("digest-of-63-digits", Rule::FacetPattern),
            ("outcome-other", Rule::FacetEnumeration),
            ("vehicle-missing", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "mn/temporary-vehicle/0.1.0",
        entry: "temporary-vehicle.xsd",
        root: "TemporaryVehicles",
        official: "",
        rejected: &[
            ("limit-with-time", Rule::Value),
            ("office-missing", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "eaeu/r048/1.0.0",
        entry: "r048.xsd",
        root: "TransitDeclaration",
        official: "eaeu/eec-r/xsd/EEC_TransitDeclaration.xsd",
        rejected: &[
            ("carrier-missing", Rule::ElementUnexpected),
            ("code-list-missing", Rule::AttributeMissing),
            ("document-code-other-form", Rule::FacetPattern),
            ("office-of-seven-digits", Rule::FacetPattern),
            ("presented-document-without-line", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "eu/cc015c/51.8.6",
        entry: "cc015c.xsd",
        root: "CC015C",
        official: "eu/ncts-p5-51.8.6/xsd/cc015c.xsd",
        rejected: &[
            ("child-in-namespace", Rule::ElementUnexpected),
            ("guarantee-missing", Rule::ElementUnexpected),
            ("lrn-too-long", Rule::FacetMaxLength),
            ("office-in-lower-case", Rule::FacetPattern),
            ("packaging-missing", Rule::ElementUnexpected),
            ("time-with-zone", Rule::FacetPattern),
        ],
    },
    Profile {
        folder: "eu/cc013c/51.8.6",
        entry: "cc013c.xsd",
        root: "CC013C",
        official: "eu/ncts-p5-51.8.6/xsd/cc013c.xsd",
        rejected: &[
            ("amendment-flag-missing", Rule::ElementMissing),
            ("lrn-too-long", Rule::FacetMaxLength),
            ("mrn-before-lrn", Rule::ElementUnexpected),
            ("mrn-without-procedure-letter", Rule::FacetPattern),
        ],
    },
    Profile {
        folder: "eu/cc014c/51.8.6",
        entry: "cc014c.xsd",
        root: "CC014C",
        official: "eu/ncts-p5-51.8.6/xsd/cc014c.xsd",
        rejected: &[
            ("holder-missing", Rule::ElementMissing),
            ("initiator-missing", Rule::ElementUnexpected),
            ("justification-of-513-characters", Rule::FacetMaxLength),
            ("mrn-without-procedure-letter", Rule::FacetPattern),
        ],
    },
    Profile {
        folder: "eaeu/r051/1.0.0",
        entry: "r051.xsd",
        root: "CustomsControlUnifiedDoc",
        official: "eaeu/eec-r/xsd/EEC_CustomsControlUnifiedDoc.xsd",
        rejected: &[
            ("image-without-check-sum", Rule::ElementUnexpected),
            ("inspection-number-of-26-characters", Rule::FacetMaxLength),
            ("office-of-seven-digits", Rule::FacetPattern),
            ("officer-block-missing", Rule::ElementUnexpected),
            ("unit-list-missing", Rule::AttributeMissing),
        ],
    },
    Profile {
        folder: "eu/ie4s03/2",
        entry: "ie4s03.xsd",
        root: "IE4S03",
        official: "eu/ics2-cr/public/eu/outbound/CR-for-NES-Services-V2/BusinessObjects/ICS/Common/V2/IE4S03.xsd",
        rejected: &[
            ("decision-missing", Rule::ElementUnexpected),
            ("end-with-offset", Rule::FacetPattern),
            ("office-of-nine-characters", Rule::FacetPattern),
            ("result-without-subject", Rule::ElementUnexpected),
            ("ten-files", Rule::ElementUnexpected),
            ("withdrawal-without-reference", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "wco/control-result/1.0",
        entry: "control-result.xsd",
        root: "ControlResult",
        official: "",
        rejected: &[
            ("container-of-ten-characters", Rule::FacetPattern),
            ("end-without-zone", Rule::FacetPattern),
            ("function-other", Rule::FacetEnumeration),
            ("image-digest-of-63-digits", Rule::FacetPattern),
            ("image-embedded", Rule::ElementUnexpected),
            ("mass-without-unit", Rule::AttributeMissing),
            ("replacement-of-two-results", Rule::ElementUnexpected),
            ("seal-issuer-missing", Rule::ElementUnexpected),
            ("ucr-in-lower-case", Rule::FacetPattern),
            ("use-restriction-missing", Rule::ElementUnexpected),
            ("withdrawal-without-effective-time", Rule::ElementUnexpected),
        ],
    },
    Profile {
        folder: "wco/import-result/1.0",
        entry: "import-result.xsd",
        root: "ImportResult",
        official: "",
        rejected: &[
            ("arrival-missing", Rule::ElementUnexpected),
            ("discrepancy-code-other", Rule::FacetEnumeration),
            ("release-time-without-zone", Rule::FacetPattern),
            ("release-without-decision", Rule::ElementMissing),
            ("seal-state-missing", Rule::ElementMissing),
        ],
    },
    Profile {
        folder: "eu/cc028c/51.8.6",
        entry: "cc028c.xsd",
        root: "CC028C",
        official: "eu/ncts-p5-51.8.6/xsd/cc028c.xsd",
        rejected: &[
            ("acceptance-date-with-time", Rule::Value),
            ("holder-missing", Rule::ElementMissing),
            ("mrn-without-procedure-letter", Rule::FacetPattern),
        ],
    },
];

struct Folder(PathBuf);

impl Resolver for Folder {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let mut file = PathBuf::new();
        let folder = Path::new(base)
            .parent()
            .map_or_else(PathBuf::new, Path::to_path_buf);
        let beside = folder.join(location);
        for part in beside.components() {
            if part != Component::ParentDir || !file.pop() {
                file.push(part);
            }
        }
        let bytes = fs::read(self.0.join(&file)).ok()?;
        Some((file.to_string_lossy().into_owned(), bytes))
    }
}

impl Profile {
    /// The official schema, compiled by our own engine; nothing without reference data.
    fn official_schema(&self) -> Option<Schema> {
        let official = Path::new(REFERENCE).join(self.official);
        if self.official.is_empty() || !official.exists() {
            return None;
        }
        let entry = official.file_name()?.to_string_lossy().into_owned();
        let folder = Folder(official.parent()?.to_owned());
        Some(Schema::compile(&[&entry], &folder).unwrap())
    }

    fn schema(&self) -> Schema {
        let folder = Folder(Path::new(SCHEMAS).join(self.folder));
        Schema::compile(&[self.entry], &folder).unwrap()
    }

    /// The samples: those that are valid, or their rejected twins.
    fn samples(&self, rejected: bool) -> Vec<PathBuf> {
        let folder = Path::new(SCHEMAS).join(self.folder).join("samples");
        let mut all: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        all.retain(|path| name(path).ends_with("-rejected") == rejected);
        all.sort();
        all
    }
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Document {
    parse(&fs::read(path).unwrap(), None, &Limits::default()).unwrap()
}

/// The files that the official schema refuses, as libxml2 says it; nothing without judge or schema.
fn refused(profile: &Profile, files: &[PathBuf]) -> Option<String> {
    if profile.official.is_empty() {
        return None;
    }
    let official = Path::new(REFERENCE).join(profile.official);
    if !official.exists() {
        println!("skipped: no reference data");
        return None;
    }
    let mut command = Command::new("xmllint");
    command
        .args(["--noout", "--schema"])
        .arg(official)
        .args(files);
    let Ok(output) = command.output() else {
        println!("skipped: no xmllint");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let validated = said
        .lines()
        .filter(|line| line.ends_with(" validates"))
        .count();
    // A schema that comes in by two ways is a warning, not a fault.
    let told = |line: &&str| !line.ends_with(" validates") && !line.contains("parser warning :");
    let faults = said.lines().filter(told);
    let faults: Vec<_> = faults.take(20).collect();
    assert!(validated == files.len() || !faults.is_empty(), "{said}");
    Some(faults.join("\n"))
}

#[test]
fn samples_are_valid() {
    for profile in &PROFILES {
        let schema = profile.schema();
        let samples = profile.samples(false);
        assert!(!samples.is_empty(), "{}", profile.folder);
        for sample in samples {
            let faults = schema.validate(read(&sample).root(), 10);
            assert!(faults.is_empty(), "{}: {faults:?}", sample.display());
        }
    }
}

#[test]
fn rejected_samples_break_the_rule_that_they_are_named_for() {
    for profile in &PROFILES {
        let schema = profile.schema();
        let samples = profile.samples(true);
        let named: Vec<_> = profile.rejected.iter().map(|(name, _)| *name).collect();
        let there: Vec<_> = samples.iter().map(|path| name(path)).collect();
        let there: Vec<_> = there
            .iter()
            .map(|name| name.trim_end_matches("-rejected"))
            .collect();
        assert_eq!(named, there, "{}", profile.folder);
        for (sample, (_, rule)) in samples.iter().zip(profile.rejected) {
            let faults = schema.validate(read(sample).root(), 10);
            let rules: Vec<_> = faults.iter().map(|fault| fault.rule).collect();
            assert_eq!(
                rules.first(),
                Some(rule),
                "{}: {faults:?}",
                sample.display()
            );
        }
    }
}

#[test]
fn the_sample_answer_has_a_right_check_digit() {
    let [.., answer] = &PROFILES;
    let sample = read(&answer.samples(false)[0]);
    let operation = sample.root().child("", "TransitOperation").unwrap();
    let mrn = operation.child("", "MRN").unwrap().text().into_owned();
    assert!(mrn.parse::<Mrn>().is_ok(), "{mrn}");
}

#[test]
fn samples_are_valid_by_the_official_schemas() {
    for profile in &PROFILES {
        if let Some(faults) = refused(profile, &profile.samples(false)) {
            assert!(faults.is_empty(), "{faults}");
        }
        for sample in profile.samples(true) {
            if let Some(faults) = refused(profile, std::slice::from_ref(&sample)) {
                assert!(!faults.is_empty(), "{} is valid", sample.display());
            }
        }
    }
}

#[test]
fn real_messages_are_valid_by_our_profiles() {
    let folders = ["eaeu/samples", "eu/ncts-p5-51.8.6/samples"];
    for folder in folders {
        let Ok(entries) = fs::read_dir(Path::new(REFERENCE).join(folder)) else {
            println!("skipped: no reference data");
            return;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let message = read(&path);
            let root = message.root().name().local;
            let Some(profile) = PROFILES.iter().find(|profile| profile.root == root) else {
                continue;
            };
            let Some(theirs) = refused(profile, std::slice::from_ref(&path)) else {
                return;
            };
            let ours = profile.schema().validate(message.root(), 10);
            assert_eq!(
                ours.is_empty(),
                theirs.is_empty(),
                "{}: {ours:?}",
                path.display()
            );
        }
    }
}

#[test]
fn what_our_profiles_accept_the_official_schemas_accept() {
    for profile in &PROFILES {
        let schema = profile.schema();
        let mut elements = schema.elements();
        let root = elements.find(|element| element.name().local == profile.root);
        let root = root.unwrap().name();
        let sampler = Sampler::new(&schema);
        let official = profile.official_schema();
        let folder = tempfile::tempdir().unwrap();
        let mut files = Vec::new();
        for seed in 0..DOCUMENTS {
            let text = sampler.document(root, seed);
            let text = text.unwrap_or_else(|e| panic!("{} seed {seed}: {e}", profile.folder));
            let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
            if let Some(official) = &official {
                let faults = official.validate(document.root(), 3);
                assert!(
                    faults.is_empty(),
                    "{} seed {seed}: {faults:?}",
                    profile.folder
                );
            }
            let file = folder.path().join(format!("{seed}.xml"));
            fs::write(&file, text).unwrap();
            files.push(file);
        }
        if let Some(faults) = refused(profile, &files) {
            assert!(faults.is_empty(), "{}\n{faults}", profile.folder);
        }
    }
}
