//! OpenSSL at work in a folder of its own, with its GOST engine and its SM2.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use corridor::crypto::SM2_USER_ID;
use tempfile::TempDir;

use super::{CP, DS};

/// Kinds of keys as OpenSSL makes them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Gost256(&'static str),
    Gost512(&'static str),
    Sm2,
}

pub(crate) const KINDS: [Kind; 8] = [
    Kind::Gost256("A"),
    Kind::Gost256("B"),
    Kind::Gost256("C"),
    Kind::Gost256("TCA"),
    Kind::Gost512("A"),
    Kind::Gost512("B"),
    Kind::Gost512("C"),
    Kind::Sm2,
];

impl Kind {
    pub(crate) fn suites(self) -> Vec<String> {
        let more = "http://www.w3.org/2001/04/xmldsig-more#";
        match self {
            Self::Gost256(_) => [CP, more]
                .map(|ns| format!("{ns}gostr34102012-gostr34112012-256"))
                .into(),
            Self::Gost512(_) => [CP, more]
                .map(|ns| format!("{ns}gostr34102012-gostr34112012-512"))
                .into(),
            Self::Sm2 => [DS, "http://www.chinaport.gov.cn/2022/04/xmldsig#", more]
                .map(|ns| format!("{ns}sm2-sm3"))
                .into(),
        }
    }

    fn digest(self) -> &'static str {
        match self {
            Self::Gost256(_) => "-md_gost12_256",
            Self::Gost512(_) => "-md_gost12_512",
            Self::Sm2 => "-sm3",
        }
    }

    /// What OpenSSL must be told to sign and check certificates with these keys.
    fn options(self, check: bool) -> Vec<String> {
        match (self, check) {
            (Self::Gost256(_) | Self::Gost512(_), _) => {
                ["-engine", "gost"].map(str::to_owned).into()
            }
            (Self::Sm2, true) => vec!["-vfyopt".to_owned(), format!("distid:{SM2_USER_ID}")],
            (Self::Sm2, false) => vec!["-sigopt".to_owned(), format!("distid:{SM2_USER_ID}")],
        }
    }
}

/// A folder in which OpenSSL works.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn openssl<S: AsRef<str>>(&self, words: &[S]) -> Output {
        let mut command = Command::new("openssl");
        command.current_dir(self.0.path());
        command
            .args(words.iter().map(AsRef::as_ref))
            .output()
            .unwrap()
    }

    fn must<S: AsRef<str>>(&self, words: &[S]) {
        let output = self.openssl(words);
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {words:?}: {text}");
    }

    /// A key `NAME.key` with its public half `NAME.pub`.
    pub(crate) fn key(&self, name: &str, kind: Kind) {
        let key = format!("{name}.key");
        let (algorithm, option) = match kind {
            Kind::Gost256(set) => ("gost2012_256", format!("paramset:{set}")),
            Kind::Gost512(set) => ("gost2012_512", format!("paramset:{set}")),
            Kind::Sm2 => ("EC", "ec_paramgen_curve:SM2".to_owned()),
        };
        let mut words = vec![
            "genpkey",
            "-algorithm",
            algorithm,
            "-pkeyopt",
            &option,
            "-out",
            &key,
        ];
        let mut public = vec!["pkey", "-in", &key, "-pubout"];
        let out = format!("{name}.pub");
        public.extend(["-out", &out]);
        if !matches!(kind, Kind::Sm2) {
            words.extend(["-engine", "gost"]);
            public.extend(["-engine", "gost"]);
        }
        self.must(&words);
        self.must(&public);
    }

    pub(crate) fn sign(&self, kind: Kind, message: &[u8]) -> Vec<u8> {
        self.write("message", message);
        match kind {
            Kind::Sm2 => self.must(&[
                "pkeyutl",
                "-sign",
                "-rawin",
                "-digest",
                "sm3",
                "-inkey",
                "signer.key",
                "-in",
                "message",
                "-out",
                "value",
                "-pkeyopt",
                &format!("distid:{SM2_USER_ID}"),
            ]),
            Kind::Gost256(_) | Kind::Gost512(_) => self.must(&[
                "dgst",
                "-engine",
                "gost",
                kind.digest(),
                "-sign",
                "signer.key",
                "-out",
                "value",
                "message",
            ]),
        }
        self.read("value")
    }

    pub(crate) fn verifies(&self, kind: Kind, message: &[u8], value: &[u8]) -> bool {
        self.write("message", message);
        self.write("value", value);
        let output = match kind {
            Kind::Sm2 => self.openssl(&[
                "pkeyutl",
                "-verify",
                "-rawin",
                "-digest",
                "sm3",
                "-pubin",
                "-inkey",
                "signer.pub",
                "-in",
                "message",
                "-sigfile",
                "value",
                "-pkeyopt",
                &format!("distid:{SM2_USER_ID}"),
            ]),
            Kind::Gost256(_) | Kind::Gost512(_) => self.openssl(&[
                "dgst",
                "-engine",
                "gost",
                kind.digest(),
                "-verify",
                "signer.pub",
                "-signature",
                "value",
                "message",
            ]),
        };
        output.status.success()
    }

    /// Makes or signs a certificate or request.
    fn certify(&self, kind: Kind, words: &[&str], checks: bool) {
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        words.extend(kind.options(false));
        if checks && matches!(kind, Kind::Sm2) {
            words.extend(kind.options(true));
        }
        words.push(kind.digest().to_owned());
        self.must(&words);
    }

    /// A root, an intermediate and a signer: `root.pem`, `chain.pem` with the other two.
    pub(crate) fn chain(&self, kind: Kind) {
        self.key("root", kind);
        self.key("middle", kind);
        self.key("signer", kind);
        self.write(
            "ext",
            b"[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
              [leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n",
        );
        self.certify(
            kind,
            &[
                "req",
                "-x509",
                "-new",
                "-key",
                "root.key",
                "-subj",
                "/C=RU/O=Customs/CN=Root",
                "-days",
                "3000",
                "-out",
                "root.pem",
            ],
            false,
        );
        for (name, subject, issuer, section) in [
            ("middle", "/C=RU/O=Customs/CN=Middle", "root", "ca"),
            ("signer", "/C=RU/O=Customs/CN=Signer", "middle", "leaf"),
        ] {
            let (key, csr, out) = (
                format!("{name}.key"),
                format!("{name}.csr"),
                format!("{name}.pem"),
            );
            let (ca, ca_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
            self.certify(
                kind,
                &["req", "-new", "-key", &key, "-subj", subject, "-out", &csr],
                false,
            );
            self.certify(
                kind,
                &[
                    "x509",
                    "-req",
                    "-in",
                    &csr,
                    "-CA",
                    &ca,
                    "-CAkey",
                    &ca_key,
                    "-set_serial",
                    "7",
                    "-days",
                    "2000",
                    "-extfile",
                    "ext",
                    "-extensions",
                    section,
                    "-out",
                    &out,
                ],
                true,
            );
        }
        let chain = [self.read("signer.pem"), self.read("middle.pem")].concat();
        self.write("chain.pem", &chain);
    }
}

/// The judges' absence, said once a test.
pub(crate) fn absent() -> bool {
    let engine = Command::new("openssl").args(["engine", "gost"]).output();
    let there = engine.is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: no openssl with the GOST engine (Debian: libengine-gost-openssl)");
    }
    !there
}
