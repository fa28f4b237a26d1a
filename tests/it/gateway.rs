//! Making a gateway, and looking at it while it is not running.

use std::fs;

use crate::support::{Home, corridor, mode, words};

/// The commands that a help page lists; wrapped descriptions are indented deeper.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| *word != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_shows_an_example() {
    let top = corridor(["--help"]).ok();
    let names = commands(&top);
    assert!(names.len() >= 12, "{top}");
    for command in names {
        let help = corridor([command.as_str(), "--help"]).ok();
        let inner = commands(&help);
        let pages = if inner.is_empty() {
            vec![help]
        } else {
            let page = |inner: &String| corridor([&command, inner, "--help"]).ok();
            inner.iter().map(page).collect()
        };
        for page in pages {
            assert!(page.contains("Example"), "{page}");
        }
    }
    corridor(["no-such-command"]).fails(2, "no-such-command");
}

#[test]
fn a_gateway_is_made_once() {
    let home = Home::certified();
    let made = home.run("init").ok();
    assert!(made.contains("customs.example/corridor/ru+"), "{made}");
    assert_eq!(mode(&home.path("keys/log.key.pem")), 0o600);
    home.run("init").fails(1, "STORE_EXISTS");
    home.run("config check").ok();
    let status: serde_json::Value = serde_json::from_str(&home.run("status --json").ok()).unwrap();
    assert_eq!(status["running"], false);
    assert_eq!(status["store"]["leaves"], 0);
    assert!(home.run("status").ok().contains("held     0"));
    let keys = home.run("keys list").ok();
    let vkey = fs::read_to_string(home.path("keys/log.vkey")).unwrap();
    assert!(keys.contains(vkey.trim()), "{keys}");
    let json: serde_json::Value = serde_json::from_str(&home.run("keys list --json").ok()).unwrap();
    assert_eq!(json[0]["use"], "signing");
    let checkpoint = home.run("log checkpoint").ok();
    assert!(checkpoint.starts_with("customs.example/corridor/ru\n0\n"));
    home.run("log prove 0").fails(1, "STORE_NO_LEAF");
    home.run("log prove no-such-receipt")
        .fails(1, "RECEIPT_UNKNOWN");
    home.run("log fsck").ok();
    home.run("store check").ok();
    fs::remove_dir_all(home.path("store/index")).unwrap();
    home.run("store rebuild").ok();
    home.run("store check").ok();
}

#[test]
fn any_flipped_byte_of_a_store_is_found() {
    let home = Home::certified();
    home.run("store check").fails(1, "");
    home.run("init").ok();
    for name in ["identity", "checkpoint"] {
        let path = home.path("store").join(name);
        let whole = fs::read(&path).unwrap();
        let mut broken = whole.clone();
        broken[whole.len() / 2] ^= 1;
        fs::write(&path, broken).unwrap();
        for command in ["store check", "log fsck", "log checkpoint"] {
            let said = home.run(command).fails(1, "STORE_DAMAGED");
            assert!(said.contains(name), "{said}");
        }
        fs::write(&path, whole).unwrap();
        home.run("store check").ok();
    }
}

#[test]
fn missing_keys_are_made_and_wait_for_their_certificates() {
    let home = Home::bare();
    let said = home.run("init").fails(1, "CERTIFICATE_MISSING");
    assert!(said.contains("signing.certificates"), "{said}");
    assert!(!home.path("store").exists());
    assert_eq!(mode(&home.path("keys/signing.key.pem")), 0o600);
    let request = fs::read_to_string(home.path("keys/signing.key.csr")).unwrap();
    assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    let key = fs::read(home.path("keys/signing.key.pem")).unwrap();
    home.run("init").fails(1, "CERTIFICATE_MISSING");
    assert_eq!(fs::read(home.path("keys/signing.key.pem")).unwrap(), key);

    let (pki, keys) = (home.path("pki"), home.path("keys"));
    let (pki, keys) = (pki.display(), keys.display());
    corridor(words(&format!("pki init --dir {pki} --name root"))).ok();
    for (usage, stem) in [("signing", "signing"), ("tls", "tls")] {
        let certified = home.path(stem);
        let certified = certified.display();
        corridor(words(&format!(
            "pki issue --dir {pki} --use {usage} --name {stem} --key {keys}/{stem}.key.pem \
             --out {certified}"
        )))
        .ok();
        fs::rename(format!("{certified}.pem"), format!("{keys}/{stem}.pem")).unwrap();
    }
    home.run("init").ok();
    home.run("log checkpoint").ok();
}

#[test]
fn another_gateways_store_is_refused() {
    let home = Home::certified();
    home.run("init").ok();
    let config = fs::read_to_string(home.config()).unwrap();
    fs::write(home.config(), config.replacen("\"RU\"", "\"KZ\"", 1)).unwrap();
    home.run("log checkpoint").fails(1, "STORE_WRONG_GATEWAY");
}

#[test]
fn every_fault_of_a_configuration_is_named() {
    let home = Home::certified();
    home.run("init").ok();
    let config = fs::read_to_string(home.config()).unwrap();
    let broken = config
        .replacen("keys/signing.pem", "keys/none.pem", 1)
        .replacen("schemas = \"", "schemas = \"no-", 1);
    fs::write(home.config(), broken).unwrap();
    let said = home.run("config check").fails(1, "CONFIG");
    assert!(said.contains("signing.certificates"), "{said}");
    assert!(said.contains("folders.schemas"), "{said}");
    fs::write(home.config(), config).unwrap();
    home.run("config check").ok();
    fs::write(home.path("lanes/broken.toml"), "id = 1\n").unwrap();
    let said = home.run("config check").fails(1, "LANE");
    assert!(said.contains("broken.toml"), "{said}");
    fs::remove_file(home.config()).unwrap();
    home.run("config check").fails(1, "CONFIG");
    home.run("init").fails(1, "FILE_UNREADABLE");
}
