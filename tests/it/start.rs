//! What a gateway starts with, and what it does not start with: each time it says which file, and why.

use std::fs;
use std::path::Path;

use corridor::cli::authority::{Authority, KeyKind, Request, Usage};

use crate::support::corridor;
use crate::support::trial::{Trial, schemas};

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// Copies a folder with all that it holds.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

#[tokio::test]
async fn memory_is_given_back_soon_in_the_process_that_was_started() {
    let mut trial = Trial::running(&["RU"]).await;
    let environment = trial.environment("RU");
    assert!(
        environment.contains("MIMALLOC_PURGE_DELAY=1\n"),
        "{environment}"
    );
    trial.stop("RU");
}

#[test]
fn keys_that_are_missing_or_anothers() {
    let trial = Trial::new(&["RU", "KZ"]);
    for name in ["signing", "tls", "log"] {
        let key = trial.path("RU", &format!("keys/{name}.key.pem"));
        let whole = fs::read(&key).unwrap();
        // It comes back with its permissions.
        let aside = key.with_extension("aside");
        fs::rename(&key, &aside).unwrap();
        let said = trial.refuses("RU", "");
        assert!(said.contains(&format!("{name}.key.pem")), "{said}");
        fs::rename(&aside, &key).unwrap();
        fs::write(&key, "no key\n").unwrap();
        let said = trial.refuses("RU", "");
        assert!(
            said.contains(&format!("{name}.key.pem")) || said.contains(name),
            "{said}"
        );
        if name != "log" {
            fs::copy(trial.path("KZ", &format!("keys/{name}.key.pem")), &key).unwrap();
            let said = trial.refuses("RU", "");
            assert!(said.contains(name) || said.contains("listener"), "{said}");
        }
        fs::write(&key, whole).unwrap();
    }
    trial.command("RU", "config check").ok();
}

#[test]
fn an_own_certificate_that_has_expired() {
    let trial = Trial::new(&["RU"]);
    let issued = "2020-01-01T00:00:00Z".parse().unwrap();
    let authority = Authority::new("RU old root", KeyKind::P256, issued).unwrap();
    for (name, usage) in [("signing", Usage::Signing), ("tls", Usage::Tls)] {
        let files = ["pem", "key.pem"].map(|end| trial.path("RU", &format!("keys/{name}.{end}")));
        let whole = files.each_ref().map(|file| fs::read(file).unwrap());
        let request = Request {
            name: "RU",
            usage,
            alternative_names: &[],
        };
        let key = KeyKind::P256.generate().unwrap();
        let old = authority.issue(&request, &key, issued).unwrap();
        fs::write(&files[0], old.certificate_pem).unwrap();
        fs::write(&files[1], old.key_pem).unwrap();
        let said = trial.refuses("RU", "EXPIRED");
        assert!(said.contains("2020") || said.contains("2021"), "{said}");
        for (file, whole) in files.iter().zip(whole) {
            fs::write(file, whole).unwrap();
        }
    }
    trial.command("RU", "config check").ok();
}

#[test]
fn a_package_that_does_not_read() {
    let trial = Trial::new(&["RU"]);
    let own = trial.dir.path().join("schemas");
    copy(schemas(), &own);
    let [from, to] = [schemas(), &*own].map(|path| path.canonicalize().unwrap());
    replace(
        &trial.party("RU").config(),
        &from.display().to_string(),
        &to.display().to_string(),
    );
    trial.command("RU", "config check").ok();
    let map = own.join("eaeu/r048/1.0.0/map.toml");
    let whole = fs::read_to_string(&map).unwrap();
    for broken in ["[[field]]\nat = \"NoSuchElement\"\n", "= = =\n"] {
        fs::write(&map, format!("{whole}\n{broken}")).unwrap();
        let said = trial.refuses("RU", "PACKAGE");
        assert!(said.contains("eaeu/r048/1.0.0/map.toml:"), "{said}");
    }
    fs::write(&map, whole).unwrap();
    let package = own.join("eaeu/r048/1.0.0/package.toml");
    let schema = fs::read_to_string(&package).unwrap();
    let schema = schema
        .lines()
        .find(|line| line.starts_with("schema"))
        .unwrap();
    let file = schema.split('"').nth(1).unwrap();
    fs::remove_file(own.join("eaeu/r048/1.0.0").join(file)).unwrap();
    let said = trial.refuses("RU", "PACKAGE");
    assert!(said.contains(file), "{said}");
}

#[test]
fn a_store_that_is_missing_anothers_or_in_use() {
    let trial = Trial::new(&["RU", "KZ"]);
    let store = trial.path("RU", "store");
    let own = trial.path("RU", "own-store");
    fs::rename(&store, &own).unwrap();
    let said = trial.refuses("RU", "STORE_");
    assert!(
        said.contains("store") && said.contains("corridor init"),
        "{said}"
    );
    fs::rename(trial.path("KZ", "store"), &store).unwrap();
    trial.refuses("RU", "STORE_WRONG_GATEWAY");
    fs::rename(&store, trial.path("KZ", "store")).unwrap();
    fs::rename(&own, &store).unwrap();
    trial.command("RU", "store check").ok();
}

#[tokio::test]
async fn a_second_gateway_on_one_store() {
    let mut trial = Trial::running(&["RU"]).await;
    trial.refuses("RU", "STORE_");
    trial.command("RU", "store rebuild").fails(1, "STORE_");
    trial.stop("RU");
    trial.serve(&["RU"]).await;
}

#[test]
fn a_configuration_with_an_unknown_key() {
    let trial = Trial::new(&["RU"]);
    replace(
        &trial.party("RU").config(),
        "[folders]",
        "[folders]\nstor = \"x\"",
    );
    let said = trial.refuses("RU", "CONFIG");
    assert!(said.contains("stor"), "{said}");
    let none = trial.path("RU", "none.toml").display().to_string();
    corridor(["serve", "--config", &none]).fails(1, "CONFIG");
}
