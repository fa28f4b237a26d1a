//! Encodings: every character, decoded as iconv decodes it.

use std::io::Write;
use std::process::{Command, Stdio};

use corridor::xml::{Limits, parse};

use crate::exceptions::Verdicts;

/// Characters of one document.
const BLOCK: usize = 65_536;

/// What iconv makes of bytes; nothing without iconv. `-c` leaves out what has no place in the target.
fn iconv(from: &str, to: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new("iconv")
        .args(["-c", "-f", from, "-t", to])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    Some(output.stdout)
}

/// Every character that XML 1.0 allows in a document, but for those that mean something in it and
/// the carriage return, which every reader turns into a line feed.
fn characters() -> Vec<char> {
    let all = (0x20..=0x10_FFFF).filter_map(char::from_u32);
    all.filter(|c| !matches!(c, '<' | '&' | '>' | '\u{fffe}' | '\u{ffff}' | '\u{feff}'))
        .collect()
}

/// The text that our reader sees in a document of these bytes, or the code of the refusal.
fn ours(encoding: &str, text: &[u8]) -> Result<String, String> {
    let head = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?><a>");
    let head = iconv("UTF-8", encoding, head.as_bytes()).unwrap();
    let tail = iconv("UTF-8", encoding, b"</a>").unwrap();
    let document = parse(&[&head, text, &tail].concat(), None, &Limits::default());
    let document = document.map_err(|error| error.code().to_owned())?;
    Ok(document.root().text().into_owned())
}

/// Compares characters at once, and halves of them where they differ, down to each. Gives how many
/// the encoding has.
fn compare(encoding: &str, block: &[char], verdicts: &mut Verdicts) -> Option<usize> {
    let text: String = block.iter().collect();
    let bytes = iconv("UTF-8", encoding, text.as_bytes())?;
    let theirs = iconv(encoding, "UTF-8", &bytes)?;
    let theirs = String::from_utf8(theirs).unwrap();
    let found = ours(encoding, &bytes);
    let halves = block.split_at(block.len() / 2);
    match found {
        found if found.as_ref() == Ok(&theirs) => {}
        found if block.len() == 1 => {
            let case = format!("{encoding}/{}", hex::encode(&bytes));
            verdicts.add(&case, &theirs, &found.unwrap_or_else(|code| code));
        }
        _ => {
            compare(encoding, halves.0, verdicts)?;
            compare(encoding, halves.1, verdicts)?;
        }
    }
    Some(theirs.chars().count())
}

#[test]
fn every_character_is_decoded_as_iconv_does() {
    let mut verdicts = Verdicts::new("charsets");
    for (encoding, least) in [
        ("windows-1251", 200),
        ("GB18030", 60_000),
        ("UTF-16LE", 1_000_000),
    ] {
        let mut compared = 0;
        for block in characters().chunks(BLOCK) {
            let Some(count) = compare(encoding, block, &mut verdicts) else {
                println!("skipped: no iconv");
                return;
            };
            compared += count;
        }
        assert!(compared >= least, "{encoding}: {compared}");
    }
    verdicts.conclude();
}
