//! The form that RFC 5280 demands of certificates and lists, beyond what a path needs to hold. Start
//! at [`Form`] and [`check`].
//!
//! A missing key identifier or a serial number of zero lets nobody in; it shows an authority that
//! does not keep to its own standard. So these rules are a store's to demand, and not always on.

use std::net::IpAddr;

use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::{GeneralName, NameConstraints, ParsedExtension};
use x509_parser::oid_registry::{
    OID_PKIX_AUTHORITY_INFO_ACCESS, OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_NAME_CONSTRAINTS, OID_X509_EXT_POLICY_CONSTRAINTS, OID_X509_EXT_SUBJECT_ALT_NAME,
    OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
};
use x509_parser::prelude::{X509Certificate, X509Extension};
use x509_parser::public_key::PublicKey;

/// Most octets of a serial number (RFC 5280 section 4.1.2.2).
const SERIAL_BYTES_MAX: usize = 20;

/// By whose rules certificates must be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Form {
    /// Nobody's: what a path needs to hold is enough.
    #[default]
    Any,
    /// Those of RFC 5280 section 4 for authorities that conform to it.
    Rfc5280,
    /// The same, and what the authorities of web servers agreed upon beside them (CA/Browser Forum
    /// Baseline Requirements sections 7.1.2 and 7.1.4). A peer's name must then stand in the
    /// certificate as it is, not as a wildcard: whom we talk to we know by name.
    WebPki,
}

/// What a certificate is on its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The trust anchor.
    Anchor,
    /// An authority below it.
    Intermediate,
    /// Whoever the path is for.
    EndEntity,
}

/// Checks the form of one certificate; what is wrong with it.
pub(super) fn check(
    certificate: &X509Certificate<'_>,
    role: Role,
    form: Form,
) -> Result<(), &'static str> {
    match form {
        Form::Any => Ok(()),
        Form::Rfc5280 => conforms(certificate, role, form),
        Form::WebPki => {
            conforms(certificate, role, form)?;
            serves(certificate, role)
        }
    }
}

/// RFC 5280 section 5.2.3: a list has a number, and never a critical one. `critical` is that of the
/// number's extension, if there is one.
pub(super) fn check_list(critical: Option<bool>) -> Result<(), &'static str> {
    match critical {
        Some(false) => Ok(()),
        Some(true) => Err("has a list whose number is critical"),
        None => Err("has a list without a number"),
    }
}

fn conforms(certificate: &X509Certificate<'_>, role: Role, form: Form) -> Result<(), &'static str> {
    let serial = certificate.raw_serial();
    let positive = serial.first().is_some_and(|first| *first < 0x80);
    let digits = serial.iter().skip_while(|byte| **byte == 0).count();
    if !positive || !(1..=SERIAL_BYTES_MAX).contains(&digits) {
        return Err("its serial number is not a positive number of 20 octets at most");
    }
    for extension in certificate.extensions() {
        let parsed = extension.parsed_extension();
        if matches!(parsed, ParsedExtension::ParseError { .. }) {
            return Err("one of its extensions is malformed");
        }
        if extension.critical && matches!(parsed, ParsedExtension::UnsupportedExtension { .. }) {
            return Err("it has a critical extension that is not known here");
        }
    }
    key_identifiers(certificate, role)?;
    if role == Role::EndEntity {
        end_entity(certificate)?;
    } else {
        authority(certificate, form)?;
    }
    alternative_names(certificate)?;
    match find(certificate, &OID_PKIX_AUTHORITY_INFO_ACCESS)? {
        Some(access) if access.critical => Err("its authority information access is critical"),
        _ => key(certificate),
    }
}

/// Baseline Requirements sections 7.1.2.7 and 7.1.4: the purpose is stated, and the common name is
/// one of the names.
fn serves(certificate: &X509Certificate<'_>, role: Role) -> Result<(), &'static str> {
    let usage = find(certificate, &OID_X509_EXT_EXTENDED_KEY_USAGE)?;
    match (role, usage) {
        (Role::Anchor, Some(_)) => return Err("an anchor has an extended key usage"),
        (Role::EndEntity, None) => return Err("it has no extended key usage"),
        (Role::EndEntity, Some(usage)) if usage.critical => {
            return Err("its extended key usage is critical");
        }
        (Role::EndEntity, Some(usage)) => {
            if let ParsedExtension::ExtendedKeyUsage(usage) = usage.parsed_extension()
                && usage.any
            {
                return Err("its extended key usage is for any purpose");
            }
        }
        (Role::Anchor | Role::Intermediate, _) => {}
    }
    if role != Role::EndEntity {
        return Ok(());
    }
    let names = names(certificate)?;
    for common in certificate.subject().iter_common_name() {
        let common = common.as_str().map_err(|_| "its common name is no text")?;
        let is_it = |name: &GeneralName<'_>| {
            if let GeneralName::IPAddress(octets) = name {
                return address(octets).is_some_and(|address| address.to_string() == common);
            }
            matches!(name, GeneralName::DNSName(name) if *name == common)
        };
        if !names.iter().any(is_it) {
            return Err("its common name is none of its alternative names");
        }
    }
    Ok(())
}

/// Whether one of the names is exactly this one, not by a wildcard.
pub(super) fn is_named(certificate: &X509Certificate<'_>, peer: &str) -> bool {
    let wanted = peer.parse::<IpAddr>();
    let names = names(certificate).unwrap_or_default();
    names.iter().any(|name| match (name, &wanted) {
        (GeneralName::DNSName(name), Err(_)) => name.eq_ignore_ascii_case(peer),
        (GeneralName::IPAddress(octets), Ok(wanted)) => address(octets).as_ref() == Some(wanted),
        _ => false,
    })
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let sixteen = <[u8; 16]>::try_from(octets).map(IpAddr::from);
    four.or(sixteen).ok()
}

fn names<'a>(certificate: &'a X509Certificate<'_>) -> Result<Vec<GeneralName<'a>>, &'static str> {
    let extension = find(certificate, &OID_X509_EXT_SUBJECT_ALT_NAME)?;
    Ok(match extension.map(X509Extension::parsed_extension) {
        Some(ParsedExtension::SubjectAlternativeName(names)) => names.general_names.clone(),
        _ => Vec::new(),
    })
}

/// RFC 5280 section 4.2: an extension stands once.
fn find<'a, 'c>(
    certificate: &'a X509Certificate<'c>,
    oid: &Oid<'_>,
) -> Result<Option<&'a X509Extension<'c>>, &'static str> {
    let found = certificate.get_extension_unique(oid);
    found.map_err(|_| "it has an extension twice")
}

/// Sections 4.2.1.1 and 4.2.1.2: both identifiers, never critical; only who signed itself may leave
/// its issuer's out.
fn key_identifiers(certificate: &X509Certificate<'_>, role: Role) -> Result<(), &'static str> {
    let own = find(certificate, &OID_X509_EXT_SUBJECT_KEY_IDENTIFIER)?;
    let issuers = find(certificate, &OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER)?;
    if [own, issuers].into_iter().flatten().any(|it| it.critical) {
        return Err("one of its key identifiers is critical");
    }
    if role != Role::EndEntity && own.is_none() {
        return Err("it is an authority's and has no subject key identifier");
    }
    let self_issued = certificate.subject().as_raw() == certificate.issuer().as_raw();
    let Some(issuers) = issuers else {
        let may_lack = self_issued && role != Role::EndEntity;
        return may_lack
            .then_some(())
            .ok_or("it has no authority key identifier");
    };
    let ParsedExtension::AuthorityKeyIdentifier(issuers) = issuers.parsed_extension() else {
        return Err("its authority key identifier is malformed");
    };
    let Some(identifier) = &issuers.key_identifier else {
        return Err("its authority key identifier identifies no key");
    };
    if role == Role::Anchor && self_issued {
        let own = match own.map(X509Extension::parsed_extension) {
            Some(ParsedExtension::SubjectKeyIdentifier(own)) => own.0,
            _ => &[],
        };
        let more =
            issuers.authority_cert_issuer.is_some() || issuers.authority_cert_serial.is_some();
        if identifier.0 != own || more {
            return Err("its two key identifiers differ though it is its own issuer");
        }
    }
    Ok(())
}

/// Sections 4.2.1.3, 4.2.1.9 and 4.2.1.10: who issues nothing says nothing of what it issues.
fn end_entity(certificate: &X509Certificate<'_>) -> Result<(), &'static str> {
    if find(certificate, &OID_X509_EXT_NAME_CONSTRAINTS)?.is_some() {
        return Err("it has name constraints though it is no authority's");
    }
    let usage = find(certificate, &OID_X509_EXT_KEY_USAGE)?;
    match usage.map(X509Extension::parsed_extension) {
        Some(ParsedExtension::KeyUsage(usage)) if usage.key_cert_sign() => {
            Err("its key may sign certificates though it is no authority's")
        }
        _ => Ok(()),
    }
}

/// Sections 4.1.2.6, 4.2.1.3, 4.2.1.9, 4.2.1.10 and 4.2.1.11.
fn authority(certificate: &X509Certificate<'_>, form: Form) -> Result<(), &'static str> {
    if certificate.subject().iter_rdn().next().is_none() {
        return Err("it is an authority's and has no subject");
    }
    let constraints = find(certificate, &OID_X509_EXT_BASIC_CONSTRAINTS)?;
    match constraints.map(|it| (it.critical, it.parsed_extension())) {
        Some((true, ParsedExtension::BasicConstraints(constraints))) if constraints.ca => {}
        _ => return Err("its basic constraints do not say, critically, that it is an authority's"),
    }
    let usage = find(certificate, &OID_X509_EXT_KEY_USAGE)?;
    if let Some(ParsedExtension::KeyUsage(usage)) = usage.map(X509Extension::parsed_extension)
        && !usage.key_cert_sign()
    {
        return Err("it is an authority's and its key may not sign certificates");
    }
    if find(certificate, &OID_X509_EXT_POLICY_CONSTRAINTS)?.is_some_and(|it| !it.critical) {
        return Err("its policy constraints are not critical");
    }
    let Some(constraints) = find(certificate, &OID_X509_EXT_NAME_CONSTRAINTS)? else {
        return Ok(());
    };
    // Baseline Requirements section 7.1.5 allow it for the sake of old programs.
    if !constraints.critical && form != Form::WebPki {
        return Err("its name constraints are not critical");
    }
    if let ParsedExtension::NameConstraints(constraints) = constraints.parsed_extension() {
        return name_constraints(constraints);
    }
    Err("its name constraints are malformed")
}

fn name_constraints(constraints: &NameConstraints<'_>) -> Result<(), &'static str> {
    let subtrees = [
        &constraints.permitted_subtrees,
        &constraints.excluded_subtrees,
    ];
    let mut subtrees = subtrees.into_iter().flatten().flatten().peekable();
    if subtrees.peek().is_none() {
        return Err("its name constraints constrain nothing");
    }
    let dotted = |name: &GeneralName<'_>| matches!(name, GeneralName::DNSName(name) if name.starts_with('.'));
    if subtrees.any(|subtree| dotted(&subtree.base)) {
        return Err("its name constraints name a domain that begins with a full stop");
    }
    Ok(())
}

/// Section 4.2.1.6: critical where there is no subject, and only there; domains in the preferred
/// syntax of RFC 1034 section 3.5.
fn alternative_names(certificate: &X509Certificate<'_>) -> Result<(), &'static str> {
    let Some(extension) = find(certificate, &OID_X509_EXT_SUBJECT_ALT_NAME)? else {
        return Ok(());
    };
    let nameless = certificate.subject().iter_rdn().next().is_none();
    if nameless != extension.critical {
        return Err(
            "its alternative names are critical though it has a subject, or not though it has none",
        );
    }
    for name in names(certificate)? {
        if let GeneralName::DNSName(name) = name {
            let plain =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'*');
            if !name.bytes().all(plain) {
                return Err(
                    "a domain among its alternative names has other characters than domains have",
                );
            }
        }
    }
    Ok(())
}

/// RFC 8017 and the Baseline Requirements section 6.1.5 know no RSA modulus whose bits do not fill
/// octets.
fn key(certificate: &X509Certificate<'_>) -> Result<(), &'static str> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => {
            let digits = key.modulus.iter().skip_while(|byte| **byte == 0);
            let first = digits.clone().next().copied().unwrap_or_default();
            if digits.count() < 256 || first < 0x80 {
                return Err("its RSA key has fewer than 2048 bits, or bits that fill no octets");
            }
            Ok(())
        }
        Ok(PublicKey::DSA(_)) | Err(_) => Err("its key is of a kind that is not taken"),
        Ok(PublicKey::EC(point)) if point.key_size() < 256 => {
            Err("its key is of a kind that is not taken")
        }
        Ok(_) => Ok(()),
    }
}
