//! The commands that `README.md` shows for offline work run as they stand there.

use std::fs;
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Commands that need nothing but the repository: those of the block "Offline" that name files of
/// it, or none.
fn offline() -> Vec<Vec<String>> {
    let page = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let (_, block) = page.split_once("## Offline").unwrap();
    let block = block.split("```").nth(1).unwrap();
    let commands = [
        "validate ",
        "translate ",
        "packages ",
        "codelists ",
        "recognise ",
        "matrix ",
    ];
    block
        .lines()
        .filter_map(|line| line.strip_prefix("corridor "))
        .filter(|line| commands.iter().any(|command| line.starts_with(command)))
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[test]
fn the_readmes_offline_commands_run() {
    let commands = offline();
    assert_eq!(commands.len(), 8, "{commands:?}");
    let out = tempfile::tempdir().unwrap();
    let made = out.path().join("r048.xml");
    for words in commands {
        let words = words.iter().map(|word| match word.as_str() {
            "r048.xml" => made.display().to_string(),
            "matrix.html" => out.path().join(word).display().to_string(),
            word => word.to_owned(),
        });
        let words: Vec<String> = words.collect();
        let ran = Command::new(env!("CARGO_BIN_EXE_corridor"))
            .args(&words)
            .current_dir(ROOT)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{words:?}: {said}");
    }
    let made = fs::read_to_string(made).unwrap();
    assert!(made.contains("TransitDeclaration"), "{made:.200}");
}
