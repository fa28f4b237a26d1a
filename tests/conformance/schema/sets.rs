//! The published schemas and samples that are judged. Start at [`all`].

use std::fs;
use std::path::{Path, PathBuf};

/// Samples of one schema.
pub(super) struct Set {
    pub(super) name: String,
    pub(super) schema: PathBuf,
    pub(super) samples: Vec<PathBuf>,
    /// Mutants of each sample.
    pub(super) mutants: usize,
}

/// Where the published data stand, when they are there.
pub(super) fn reference() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference"));
    path.is_dir().then_some(path)
}

/// All sets.
pub(super) fn all(reference: &Path) -> Vec<Set> {
    let mut all = Vec::new();
    for phase in ["ncts-p5-51.8.6", "ncts-p6-60.4.16"] {
        all.extend(ncts(&reference.join("eu").join(phase)));
    }
    let album = reference.join("eaeu/fcs-album-5.23.0/xsd");
    let samples = files(&reference.join("eaeu/samples"), "xml");
    for (schema, mutants) in [("ESADout_CU", 300), ("ED_Container", 200)] {
        all.push(Set {
            name: schema.to_owned(),
            schema: album.join(schema).with_extension("xsd"),
            samples: starting(&samples, schema),
            mutants,
        });
    }
    let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/eaeu/r048"));
    for version in folders(&own) {
        all.push(Set {
            name: "R048".to_owned(),
            schema: reference.join("eaeu/eec-r/xsd/EEC_TransitDeclaration.xsd"),
            samples: files(&version.join("samples"), "xml"),
            mutants: 60,
        });
    }
    let conf = "wco/hmrc-cds-dms2/public/api/conf/3.0/schemas/wco";
    let samples = files(&reference.join("wco/hmrc-cds-dms2/samples"), "xml");
    let declarations = starting(&samples, "Declaration");
    all.push(Set {
        name: "WCO-DEC".to_owned(),
        schema: reference.join(conf).join("declaration/_driver.xsd"),
        samples: declarations.into_iter().step_by(4).collect(),
        mutants: 12,
    });
    all
}

/// Samples of one phase of NCTS, by message.
fn ncts(folder: &Path) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    for sample in files(&folder.join("samples"), "xml") {
        let root = super::read(&sample).root().name().local.to_lowercase();
        let schema = folder.join("xsd").join(root).with_extension("xsd");
        match sets.iter_mut().find(|set| set.schema == schema) {
            Some(set) => set.samples.push(sample),
            None => sets.push(Set {
                name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
                schema,
                samples: vec![sample],
                mutants: 30,
            }),
        }
    }
    sets
}

/// Schemas that must compile.
pub(super) fn schemas(reference: &Path) -> Vec<PathBuf> {
    let mut all = files(&reference.join("eu/ncts-p5-51.8.6/xsd"), "xsd");
    all.extend(files(&reference.join("eaeu/eec-r/xsd"), "xsd"));
    let album = reference.join("eaeu/fcs-album-5.23.0/xsd");
    all.extend(["ESADout_CU.xsd", "ED_Container.xsd"].map(|name| album.join(name)));
    // With the envelope of SOAP 1.2, which enumerates names.
    let services =
        "eu/ics2-cr/public/eu/outbound/CR-for-NES-Services-V2/CCN2 Service Contracts/xsd";
    let acknowledgement = "CCN2.Service.Platform.Acknowledgement.Schema.xsd";
    all.push(reference.join(services).join(acknowledgement));
    all
}

/// Schemas whose document elements documents are made of: of most sets a few, since compiling them
/// without optimisation takes long, or all.
pub(super) fn with_roots(reference: &Path, is_all: bool) -> Vec<PathBuf> {
    let ics2 = "eu/ics2-cr/public/eu/outbound/CR-for-NES-Services-V2/BusinessObjects/ICS/Common/V2";
    let folders = [
        ("eu/ncts-p5-51.8.6/xsd", 4),
        ("eu/ncts-p6-60.4.16/xsd", 8),
        (ics2, 4),
        ("eaeu/fcs-album-5.23.0/xsd", 60),
    ];
    let few = folders.into_iter().flat_map(|(folder, step)| {
        let all = files(&reference.join(folder), "xsd").into_iter();
        all.step_by(if is_all { 1 } else { step })
    });
    let mut all: Vec<PathBuf> = few.collect();
    all.push(reference.join("eaeu/eec-r/xsd/EEC_CustomsControlUnifiedDoc.xsd"));
    all
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut all: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    all.sort();
    all
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut all: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.is_dir());
    all.sort();
    all
}

fn starting(files: &[PathBuf], prefix: &str) -> Vec<PathBuf> {
    let named = |path: &&PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(prefix)
    };
    files.iter().filter(named).cloned().collect()
}
