//! Starting the binary, and the files that a gateway needs.

pub(crate) mod der;
pub(crate) mod desk;
pub(crate) mod houses;
pub(crate) mod messages;
pub(crate) mod site;
pub(crate) mod trial;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a command said and how it ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The standard output of a command that succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Checks that a command failed with this exit code, and that it names this error code.
    #[track_caller]
    pub(crate) fn fails(self, exit: i32, code: &str) -> String {
        assert_eq!(self.code, exit, "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(code), "{}", self.stderr);
        self.stderr
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs `corridor` with these arguments.
pub(crate) fn corridor<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    Command::new(env!("CARGO_BIN_EXE_corridor"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
        .into()
}

/// Runs `corridor` with these arguments and this standard input.
pub(crate) fn corridor_with(input: &[u8], arguments: &[&str]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_corridor"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

/// Splits a command line at spaces; for arguments without any.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// A folder that goes away, with a gateway's file in it.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
}

impl Home {
    /// A gateway's file without keys, certificates and store.
    pub(crate) fn bare() -> Self {
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for folder in ["lanes", "partners"] {
            fs::create_dir(home.path(folder)).unwrap();
        }
        let schemas = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
        fs::write(home.config(), CONFIG.replace("SCHEMAS", schemas)).unwrap();
        home
    }

    /// The same with an authority in `pki` and certified keys in `keys`.
    pub(crate) fn certified() -> Self {
        let home = Self::bare();
        let (pki, keys) = (home.path("pki"), home.path("keys"));
        let (pki, keys) = (pki.display(), keys.display());
        corridor([
            "pki",
            "init",
            "--dir",
            &pki.to_string(),
            "--name",
            "RU root",
        ])
        .ok();
        for (usage, stem) in [("signing", "signing"), ("tls", "tls")] {
            corridor(words(&format!(
                "pki issue --dir {pki} --use {usage} --name RU-{stem} --out {keys}/{stem}"
            )))
            .ok();
        }
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("gateway.toml")
    }

    /// Runs `corridor COMMAND --config gateway.toml`.
    pub(crate) fn run(&self, command: &str) -> Ran {
        let mut arguments = words(command);
        arguments.push("--config".to_owned());
        arguments.push(self.config().display().to_string());
        corridor(arguments)
    }
}

/// Whether a program is installed.
pub(crate) fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
        || Command::new(program).arg("version").output().is_ok()
}

/// Unix permissions of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

const CONFIG: &str = r#"
party = "RU"

[folders]
store = "store"
schemas = "SCHEMAS"
lanes = "lanes"
partners = "partners"

[signing]
key = "keys/signing.key.pem"
certificates = "keys/signing.pem"

[log]
origin = "customs.example/corridor/ru"
key = "keys/log.key.pem"

[partner_listener]
address = "127.0.0.1:0"
key = "keys/tls.key.pem"
certificates = "keys/tls.pem"

[national_listener]
address = "127.0.0.1:0"
key = "keys/tls.key.pem"
certificates = "keys/tls.pem"
"#;
