//! The bodies of the fuzz targets, over the seeds in `fuzz/corpus/`. A seed whose name ends in
//! `-refused` is one that must not be taken.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a library where the fuzzer uses it")]
mod bodies;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs a body over the seeds, their beginnings, and the seeds with a byte changed.
fn over(target: &str, body: impl Fn(&[u8]) -> bool) {
    let folder = Path::new(ROOT).join("fuzz/corpus").join(target);
    let mut seeds = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let refused = stem.ends_with("-refused");
        let bytes = fs::read(&path).unwrap();
        assert_eq!(body(&bytes), !refused, "{}", path.display());
        if refused {
            seeds.1 += 1;
        } else {
            seeds.0 += 1;
        }
        // Sixteen places in each seed; the fuzzer tries the others.
        for place in (0..bytes.len()).step_by(bytes.len() / 16 + 1) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            body(&changed);
            changed.truncate(place);
            body(&changed);
        }
    }
    assert!(seeds.0 > 0 && seeds.1 > 0, "{target}: {seeds:?}");
}

#[test]
fn xml_parse() {
    over("xml_parse", bodies::xml_parse);
}

#[test]
fn signature_verify() {
    over("signature_verify", bodies::signature_verify);
}

#[test]
fn decode_package() {
    let packages = bodies::packages(&Path::new(ROOT).join("schemas"));
    over("decode_package", |bytes| {
        bodies::decode_package(&packages, bytes)
    });
}

#[test]
fn checkpoint_proof() {
    over("checkpoint_proof", bodies::checkpoint_proof);
}

#[test]
fn certificate_path() {
    over("certificate_path", bodies::certificate_path);
}

#[test]
fn revocation_list() {
    over("revocation_list", bodies::revocation_list);
}

#[test]
fn ocsp_response() {
    over("ocsp_response", bodies::ocsp_response);
}
