//! See `corridor_fuzz::decode_package`.

#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use corridor::translate::Packages;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static PACKAGES: OnceLock<Packages> = OnceLock::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas");
    let packages = PACKAGES.get_or_init(|| corridor_fuzz::packages(Path::new(folder)));
    corridor_fuzz::decode_package(packages, bytes);
});
