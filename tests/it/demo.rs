//! `corridor demo`: it runs to its end, and everything that it left behind verifies again.

use std::path::Path;

use crate::support::trial::schemas;
use crate::support::{Ran, corridor};

fn demo(dir: &Path, more: &[&str]) -> Ran {
    let (dir, schemas) = (dir.display().to_string(), schemas().display().to_string());
    let mut arguments = vec!["demo", "--once", "--dir", &dir, "--schemas", &schemas];
    arguments.extend(more);
    corridor(arguments)
}

#[test]
fn the_demo_runs_and_what_it_left_can_be_audited() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let said = demo(&dir, &[]).ok();
    let (_, table) = said.split_once("\n  way ").unwrap();
    for outcome in [
        "delivered",
        "kept with the original (no-package)",
        "HELD",
        "in RU's inbox, answers ",
        "SIG_DIGEST_MISMATCH",
        "CERT_UNKNOWN_ISSUER",
        "SIG_WRAPPED",
        "SCHEMA_",
        "MESSAGE_ID_CONFLICT",
        "NO_LANE",
        "the same receipt, byte for byte",
        "1 leaf, 50 equal receipts",
        ", in time",
        ", SUBMITTED_LATE (-30 min)",
        "LANE_REQUIREMENT: ",
        "A5-1 before the lorry arrives",
        "040510 Давсгүй цөцгийн тос: 20 boxes are missing",
        "RECOGNISED: Recognised: no repeat control",
        "NOT_RECOGNISED: ",
        "released: the import result goes back",
        "A4-3 POST_RELEASE_CONTROL",
    ] {
        assert!(table.contains(outcome), "{outcome} is not in:\n{said}");
    }
    // What tests/scenarios/ tests is shown under the same numbers, and ends as it is told there.
    let row = |name: &str| {
        let mut rows = table.lines().filter(|line| line.contains(name));
        rows.next()
            .unwrap_or_else(|| panic!("no {name} in:\n{said}"))
    };
    for (scenario, outcome) in [
        ("A2-1,", "  RECOGNISED: "),
        ("A2-2 ", "v18"),
        ("A2-3 ", "NOT_RECOGNISED: "),
        ("A4-2 ", "NOT_RECOGNISED: "),
        ("A4-3 ", "NOT_RECOGNISED: "),
        ("A5-1 before", "PENDING: "),
        ("A7-1 ", "/000000"),
        ("A7-2 ", "SUBMITTED_LATE"),
        ("A7-3 ", "PI-HS6"),
    ] {
        let row = row(scenario);
        assert!(row.contains(outcome), "{row}");
    }
    for party in ["ru", "kz", "cn", "mn", "eu"] {
        let config = dir.join(party).join("gateway.toml").display().to_string();
        corridor(["store", "check", "--config", &config]).ok();
        corridor(["log", "fsck", "--config", &config]).ok();
    }
    demo(&dir, &[]).fails(1, "");
}

#[test]
fn the_users_own_document_is_delivered() {
    let samples = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/reference/eaeu/samples"
    );
    if !Path::new(samples).exists() {
        println!("skipped: no reference data");
        return;
    }
    for file in ["ESADout_CU_transit_RU-KZ_1.xml", "ED_Container_1.xml"] {
        let folder = tempfile::tempdir().unwrap();
        let input = format!("{samples}/{file}");
        let said = demo(&folder.path().join("demo"), &["--input", &input]).ok();
        let delivered = said.lines().any(|line| {
            line.contains("RU -> KZ")
                && line.contains("your document")
                && line.contains("delivered")
        });
        assert!(delivered, "{file}:\n{said}");
    }
}
