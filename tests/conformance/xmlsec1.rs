//! xmlsec1 verifies what we sign, and we verify what it signs; the suites that it does not have
//! (PSS, Ed25519) are judged by openssl. Each time the twin with one changed byte is refused by
//! both.

mod shapes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use corridor::crypto::{
    Cover, PROPERTIES_NAMESPACE, Policy, Property, SignatureProfile, SigningRules, Suites,
    TrustStore, Verified, sign_stating, signer_from_pkcs8, verify,
};
use corridor::xml::{self, Canonicalization, Document, Limits, Method, Subtree};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
    SignatureAlgorithm, date_time_ymd,
};
use ring::rand::SystemRandom;
use tempfile::TempDir;

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const MORE_2007: &str = "http://www.w3.org/2007/05/xmldsig-more#";
const ED25519: &str = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519";
const C14N_10: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const C14N_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><d:Declaration \
    xmlns:d='urn:example:d' xmlns:unused='urn:unused' Id='doc' b='2' a=\"1\"><d:Consignor \
    xml:lang='kk'>Қазақстан &amp; Ко</d:Consignor><d:Empty/><Amount xmlns='urn:example:amount' \
    d:unit='KG.M'>1<!-- c -->0</Amount>\n</d:Declaration>\n<?after it?>";

struct Pki {
    folder: TempDir,
    root_pem: String,
    chain_pem: String,
    key: KeyPair,
}

impl Pki {
    fn new(algorithm: &'static SignatureAlgorithm) -> Self {
        let params = |name: &str| {
            let mut params = CertificateParams::default();
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2045, 1, 1);
            params.distinguished_name.push(DnType::CommonName, name);
            params
        };
        let mut authority = params("Root");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let root = CertifiedIssuer::self_signed(authority, root_key).unwrap();
        let mut signer = params("Signer");
        signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = if *algorithm == PKCS_RSA_SHA256 {
            let pem = include_str!("../keys/rsa-2048.pem");
            KeyPair::from_pkcs8_pem_and_sign_algo(pem, algorithm).unwrap()
        } else {
            KeyPair::generate_for(algorithm).unwrap()
        };
        let pki = Self {
            folder: TempDir::new().unwrap(),
            root_pem: root.pem(),
            chain_pem: signer.signed_by(&key, &root).unwrap().pem(),
            key,
        };
        pki.write("root.pem", pki.root_pem.as_bytes());
        pki.write("signer.pem", pki.chain_pem.as_bytes());
        pki.write("key.pem", private_pem(&pki.key).as_bytes());
        pki.write("public.pem", pki.key.public_key_pem().as_bytes());
        pki
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sign(&self, suite: &str, canonicalization: Method) -> String {
        self.sign_stating(suite, canonicalization, &[])
    }

    fn sign_stating(
        &self,
        suite: &str,
        canonicalization: Method,
        properties: &[Property],
    ) -> String {
        let profile = SignatureProfile {
            canonicalization,
            ..SignatureProfile::default()
        };
        self.sign_as(suite, &profile, properties)
    }

    fn sign_as(&self, suite: &str, profile: &SignatureProfile, properties: &[Property]) -> String {
        let key = self.key.serialize_pem();
        let chain = self.chain_pem.as_bytes();
        let signer = signer_from_pkcs8(key.as_bytes(), chain, Some(suite)).unwrap();
        let random = SystemRandom::new();
        let document = xml::parse(DOCUMENT.as_bytes(), None, &Limits::default()).unwrap();
        let signed = sign_stating(&document, properties, &*signer, profile, &random).unwrap();
        String::from_utf8(signed).unwrap()
    }

    /// Our verdict: the code of the refusal, or `verified`.
    fn verdict(&self, signed: &str) -> &'static str {
        let trust = TrustStore::from_pem(self.root_pem.as_bytes(), b"", &[]).unwrap();
        verdict(signed, &trust)
    }

    /// The UCR that a signature of ours or theirs states, or the code of the refusal.
    fn ucr(&self, signed: &str) -> Result<Option<String>, &'static str> {
        let trust = TrustStore::from_pem(self.root_pem.as_bytes(), b"", &[]).unwrap();
        let verified = verified(signed, &trust)?;
        Ok(verified.property("ucr").map(ToOwned::to_owned))
    }

    fn xmlsec1_verifies(&self, signed: &str) -> bool {
        self.xmlsec1_verifies_with(signed, &[])
    }

    fn xmlsec1_verifies_with(&self, signed: &str, more: &[&str]) -> bool {
        let path = self.write("signed.xml", signed.as_bytes());
        let root = self.path("root.pem");
        let output = Command::new("xmlsec1")
            .args(["verify", "--enabled-key-data", "x509", "--id-attr:Id"])
            .args(["urn:example:d:Declaration"])
            .args(more)
            .arg("--trusted-pem")
            .args([root, path])
            .output();
        output.unwrap().status.success()
    }

    fn xmlsec1_signs(&self, template: &str) -> String {
        self.xmlsec1_signs_with(template, &[])
    }

    fn xmlsec1_signs_with(&self, template: &str, more: &[&str]) -> String {
        let path = self.write("template.xml", template.as_bytes());
        let pair = format!(
            "{},{}",
            self.path("key.pem").display(),
            self.path("signer.pem").display()
        );
        let output: Output = Command::new("xmlsec1")
            .args(["sign", "--id-attr:Id", "urn:example:d:Declaration"])
            .args(more)
            .args(["--privkey-pem", &pair])
            .arg(path)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}\n{template}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// openssl 3.0 does not read version 2 of PKCS#8, which Ed25519 keys come in: only the seed stays.
fn private_pem(key: &KeyPair) -> String {
    if *key.algorithm() != PKCS_ED25519 {
        return key.serialize_pem();
    }
    let der = key.serialize_der();
    let mut version_1 = hex::decode("302e020100300506032b657004220420").unwrap();
    version_1.extend(&der[16..48]);
    let body = STANDARD.encode(version_1);
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

fn verdict(signed: &str, trust: &TrustStore) -> &'static str {
    verified(signed, trust).map_or_else(|code| code, |_| "verified")
}

fn verified(signed: &str, trust: &TrustStore) -> Result<Verified<Document>, &'static str> {
    verified_as(signed, trust, Cover::DocumentElement)
}

fn verified_as(
    signed: &str,
    trust: &TrustStore,
    cover: Cover,
) -> Result<Verified<Document>, &'static str> {
    let document = xml::parse(signed.as_bytes(), None, &Limits::default());
    let document = document.map_err(|error| error.code())?;
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(ToOwned::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust,
    };
    let rules = SigningRules {
        cover,
        id_attributes: vec![(String::new(), "Id".to_owned())],
    };
    let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
    verify(document, &rules, &policy, now).map_err(|refused| refused.error.code())
}

fn available(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).output().is_ok();
    if !found {
        println!("skipped: no {program}");
    }
    found
}

/// The suites that xmlsec1 1.2 has as well.
fn common() -> [(&'static SignatureAlgorithm, String); 9] {
    [
        (&PKCS_ECDSA_P256_SHA256, format!("{MORE}ecdsa-sha256")),
        (&PKCS_ECDSA_P384_SHA384, format!("{MORE}ecdsa-sha256")),
        (&PKCS_ECDSA_P256_SHA256, format!("{MORE}ecdsa-sha384")),
        (&PKCS_ECDSA_P384_SHA384, format!("{MORE}ecdsa-sha384")),
        (&PKCS_ECDSA_P256_SHA256, format!("{MORE}ecdsa-sha512")),
        (&PKCS_ECDSA_P384_SHA384, format!("{MORE}ecdsa-sha512")),
        (&PKCS_RSA_SHA256, format!("{MORE}rsa-sha256")),
        (&PKCS_RSA_SHA256, format!("{MORE}rsa-sha384")),
        (&PKCS_RSA_SHA256, format!("{MORE}rsa-sha512")),
    ]
}

#[test]
fn xmlsec1_verifies_what_we_sign() {
    if !available("xmlsec1", "--version") {
        return;
    }
    for (algorithm, suite) in common() {
        let pki = Pki::new(algorithm);
        for method in [Method::Exclusive, Method::Inclusive10, Method::Inclusive11] {
            let signed = pki.sign(&suite, method);
            assert!(
                pki.xmlsec1_verifies(&signed),
                "{suite} {method:?}\n{signed}"
            );
            let twin = signed.replacen("KG.M", "KG.N", 1);
            assert!(!pki.xmlsec1_verifies(&twin), "{suite} {method:?}");
        }
    }
}

/// How others write a signature: prefix, canonicalisation of SignedInfo, URI, transforms.
struct Form {
    prefix: &'static str,
    canonicalization: &'static str,
    uri: &'static str,
    transform: String,
    digest: &'static str,
}

fn forms() -> Vec<Form> {
    let simple = |uri: &str| format!("<@Transform Algorithm=\"{uri}\"/>");
    let inclusive = format!(
        "<@Transform Algorithm=\"{EXC_C14N}\"><x:InclusiveNamespaces xmlns:x=\"{EXC_C14N}\" \
         PrefixList=\"unused #default\"/></@Transform>"
    );
    let form = |prefix, canonicalization, uri, transform, digest| Form {
        prefix,
        canonicalization,
        uri,
        transform,
        digest,
    };
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let sha512 = "http://www.w3.org/2001/04/xmlenc#sha512";
    vec![
        form("ds", EXC_C14N, "", simple(EXC_C14N), sha256),
        form("", EXC_C14N, "", inclusive, sha512),
        form("", C14N_10, "", simple(C14N_10), sha256),
        form("dsig", C14N_10, "", String::new(), sha512),
        form("ds", C14N_11, "#doc", simple(C14N_11), sha256),
        form("ds", EXC_C14N, "#doc", simple(EXC_C14N), sha512),
        form(
            "",
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            "",
            simple("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"),
            sha256,
        ),
    ]
}

impl Form {
    fn template(&self, suite: &str) -> String {
        let (declaration, prefix) = match self.prefix {
            "" => ("xmlns".to_owned(), String::new()),
            prefix => (format!("xmlns:{prefix}"), format!("{prefix}:")),
        };
        let Self {
            canonicalization,
            uri,
            transform,
            digest,
            ..
        } = self;
        let signature = format!(
            "<@Signature {declaration}=\"{DS}\">\n <@SignedInfo>\n  <@CanonicalizationMethod \
             Algorithm=\"{canonicalization}\"/>\n  <@SignatureMethod Algorithm=\"{suite}\"/>\n  \
             <@Reference URI=\"{uri}\">\n   <@Transforms>\n    <@Transform \
             Algorithm=\"{DS}enveloped-signature\"/>{transform}\n   </@Transforms>\n   \
             <@DigestMethod Algorithm=\"{digest}\"/><@DigestValue/>\n  </@Reference>\n \
             </@SignedInfo>\n <@SignatureValue/>\n <@KeyInfo><@X509Data/></@KeyInfo>\n\
             </@Signature>"
        );
        let signature = signature.replace('@', &prefix);
        DOCUMENT.replace("</d:Declaration>", &format!("{signature}</d:Declaration>"))
    }
}

impl Form {
    /// The template with a UCR beside the document; `named` is what the second reference names: the
    /// Object, the list, or the property itself.
    fn stating(&self, suite: &str, named: &str) -> String {
        let prefix = match self.prefix {
            "" => String::new(),
            prefix => format!("{prefix}:"),
        };
        let (transform, digest) = (&self.transform, self.digest);
        let transforms = match transform.is_empty() {
            true => String::new(),
            false => format!("<@Transforms>{transform}</@Transforms>"),
        };
        let reference = format!(
            "<@Reference URI=\"#{named}\">{transforms}<@DigestMethod Algorithm=\"{digest}\"/>\
             <@DigestValue/></@Reference>\n </@SignedInfo>"
        );
        let object = format!(
            "<@Object Id=\"o\">\n <@SignatureProperties Id=\"l\">\n  <@SignatureProperty \
             Target=\"#s\" Id=\"p\"><ucr xmlns=\"{PROPERTIES_NAMESPACE}\">{UCR}</ucr>\n  \
             </@SignatureProperty>\n </@SignatureProperties>\n</@Object></@Signature>"
        );
        let swap = |text: &str, from: &str, to: &str| {
            let (from, to) = (from.replace('@', &prefix), to.replace('@', &prefix));
            assert!(text.contains(&from), "{from}");
            text.replacen(&from, &to, 1)
        };
        let template = self.template(suite);
        let template = swap(&template, "<@Signature ", "<@Signature Id=\"s\" ");
        let template = swap(&template, "</@SignedInfo>", &reference);
        swap(&template, "</@Signature>", &object)
    }
}

#[test]
fn we_verify_what_xmlsec1_signs() {
    if !available("xmlsec1", "--version") {
        return;
    }
    for (algorithm, suite) in common() {
        let pki = Pki::new(algorithm);
        for form in forms() {
            let signed = pki.xmlsec1_signs(&form.template(&suite));
            assert_eq!(pki.verdict(&signed), "verified", "{suite}\n{signed}");
            let twin = signed.replacen("KG.M", "KG.N", 1);
            assert_eq!(pki.verdict(&twin), "SIG_DIGEST_MISMATCH", "{suite}");
            assert!(!pki.xmlsec1_verifies(&twin));
        }
    }
}

const UCR: &str = "6CN91230900MA18X7-2026-000417";

#[test]
fn xmlsec1_verifies_what_we_state_beside_a_document() {
    if !available("xmlsec1", "--version") {
        return;
    }
    let stated = [
        Property::new("ucr", UCR).unwrap(),
        Property::new("note", "a < b & c > \"é\"").unwrap(),
    ];
    for (algorithm, suite) in common() {
        let pki = Pki::new(algorithm);
        for method in [Method::Exclusive, Method::Inclusive10, Method::Inclusive11] {
            let signed = pki.sign_stating(&suite, method, &stated);
            assert!(
                pki.xmlsec1_verifies(&signed),
                "{suite} {method:?}\n{signed}"
            );
            assert_eq!(pki.ucr(&signed), Ok(Some(UCR.to_owned())));
            let twin = signed.replacen("-000417<", "-000418<", 1);
            assert!(!pki.xmlsec1_verifies(&twin), "{suite} {method:?}");
            assert_eq!(pki.verdict(&twin), "SIG_DIGEST_MISMATCH");
        }
    }
}

/// As another stack would write it: the property itself under the reference, other prefixes, white
/// space, the canonicalisation of its choice.
#[test]
fn we_read_what_xmlsec1_states_beside_a_document() {
    if !available("xmlsec1", "--version") {
        return;
    }
    let pki = Pki::new(&PKCS_ECDSA_P256_SHA256);
    let suite = format!("{MORE}ecdsa-sha256");
    for form in forms() {
        for named in ["o", "l", "p"] {
            let template = form.stating(&suite, named);
            let signed = pki.xmlsec1_signs(&template);
            assert_eq!(pki.ucr(&signed), Ok(Some(UCR.to_owned())), "{signed}");
            let twin = signed.replacen("-000417<", "-000418<", 1);
            assert_eq!(pki.verdict(&twin), "SIG_DIGEST_MISMATCH", "{suite}");
            assert!(!pki.xmlsec1_verifies(&twin));
        }
        // What xmlsec1 signs about another signature, it verifies, and we refuse.
        let about_another = form
            .stating(&suite, "p")
            .replacen("Target=\"#s\"", "Target=\"#t\"", 1);
        let signed = pki.xmlsec1_signs(&about_another);
        assert!(pki.xmlsec1_verifies(&signed));
        assert_eq!(pki.verdict(&signed), "SIG_PROPERTY_REFUSED");
    }
}

#[test]
fn what_xmlsec1_signs_and_the_policy_forbids_is_refused() {
    if !available("xmlsec1", "--version") {
        return;
    }
    for (algorithm, suite, expected) in [
        (
            &PKCS_ECDSA_P256_SHA256,
            format!("{MORE}ecdsa-sha224"),
            "SIG_ALGORITHM_REFUSED",
        ),
        (
            &PKCS_ECDSA_P256_SHA256,
            format!("{MORE}ecdsa-sha1"),
            "SIG_SHA1",
        ),
        (&PKCS_RSA_SHA256, format!("{DS}rsa-sha1"), "SIG_SHA1"),
    ] {
        let pki = Pki::new(algorithm);
        let template = forms()[0].template(&suite);
        assert_eq!(
            pki.verdict(&pki.xmlsec1_signs(&template)),
            expected,
            "{suite}"
        );
    }
    let pki = Pki::new(&PKCS_RSA_SHA256);
    let template = forms()[0].template(&format!("{MORE}rsa-sha256"));
    let sha1 = template.replace(
        "http://www.w3.org/2001/04/xmlenc#sha256",
        &format!("{DS}sha1"),
    );
    assert_eq!(pki.verdict(&pki.xmlsec1_signs(&sha1)), "SIG_SHA1");
}

/// xmlsec1 takes a signed document inside another root; we do not.
#[test]
fn a_wrapped_document_that_xmlsec1_takes_is_refused() {
    if !available("xmlsec1", "--version") {
        return;
    }
    let pki = Pki::new(&PKCS_ECDSA_P256_SHA256);
    let form = forms().remove(5);
    let signed = pki.xmlsec1_signs(&form.template(&format!("{MORE}ecdsa-sha256")));
    let start = signed.find("<d:Declaration").unwrap();
    let end = signed.find("\n<?after").unwrap();
    let wrapped = format!("<evil>{}</evil>", &signed[start..end]);
    assert!(pki.xmlsec1_verifies(&wrapped));
    assert_eq!(pki.verdict(&wrapped), "SIG_WRAPPED");
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

fn canonical_signed_info(signed: &str) -> Vec<u8> {
    let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
    let signature = document.root().child(DS, "Signature").unwrap();
    let how = Canonicalization {
        method: Method::Exclusive,
        comments: false,
        inclusive_prefixes: &[],
    };
    let signed_info = signature.child(DS, "SignedInfo").unwrap();
    xml::canonical_bytes(Subtree::Element(signed_info), &how).unwrap()
}

fn openssl(pki: &Pki, suite: &str, verify: bool) -> Command {
    let mut command = Command::new("openssl");
    let (key, message, value) = (
        pki.path(if verify { "public.pem" } else { "key.pem" }),
        pki.path("message"),
        pki.path("value"),
    );
    if suite == ED25519 {
        command.arg("pkeyutl");
        command.args(if verify {
            &["-verify", "-pubin"][..]
        } else {
            &["-sign"]
        });
        command.args([Path::new("-rawin"), Path::new("-inkey"), &key]);
        command.args([Path::new("-in"), &message]);
        command
            .arg(if verify { "-sigfile" } else { "-out" })
            .arg(value);
    } else {
        let digest = between(suite, "#", "-");
        command.args([
            "dgst",
            &format!("-{digest}"),
            "-sigopt",
            "rsa_padding_mode:pss",
        ]);
        command.args(["-sigopt", "rsa_pss_saltlen:digest"]);
        command
            .arg(if verify { "-verify" } else { "-sign" })
            .arg(key);
        command
            .arg(if verify { "-signature" } else { "-out" })
            .arg(value);
        command.arg(message);
    }
    command
}

#[test]
fn openssl_agrees_on_the_suites_that_xmlsec1_has_not() {
    if !available("openssl", "version") {
        return;
    }
    for (algorithm, suite) in [
        (&PKCS_ED25519, ED25519.to_owned()),
        (&PKCS_RSA_SHA256, format!("{MORE_2007}sha256-rsa-MGF1")),
        (&PKCS_RSA_SHA256, format!("{MORE_2007}sha384-rsa-MGF1")),
        (&PKCS_RSA_SHA256, format!("{MORE_2007}sha512-rsa-MGF1")),
    ] {
        let pki = Pki::new(algorithm);
        let signed = pki.sign(&suite, Method::Exclusive);
        let value = between(&signed, "<ds:SignatureValue>", "<");
        let mut message = canonical_signed_info(&signed);
        pki.write("message", &message);
        pki.write("value", &STANDARD.decode(value).unwrap());
        let verified = openssl(&pki, &suite, true).output().unwrap();
        assert!(verified.status.success(), "{suite} {verified:?}");

        let made = openssl(&pki, &suite, false).output().unwrap();
        assert!(made.status.success(), "{suite} {made:?}");
        let theirs = STANDARD.encode(fs::read(pki.path("value")).unwrap());
        let signed = signed.replacen(value, &theirs, 1);
        assert_eq!(pki.verdict(&signed), "verified", "{suite}");
        let twin = signed.replacen("KG.M", "KG.N", 1);
        assert_eq!(pki.verdict(&twin), "SIG_DIGEST_MISMATCH", "{suite}");
        message[0] ^= 1;
        pki.write("message", &message);
        let twin = openssl(&pki, &suite, true).output().unwrap();
        assert!(!twin.status.success(), "{suite}");
    }
}
