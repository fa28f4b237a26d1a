//! Agreements as files.

use std::path::Path;

use crate::recognition::Agreements;

#[test]
fn the_examples_load() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/agreements");
    let agreements = Agreements::load_dir(&dir).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(agreements.iter().count(), 3);
}
