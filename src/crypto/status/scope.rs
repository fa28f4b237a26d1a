//! Of which certificates a list speaks: its issuing distribution point (RFC 5280 section 5.2.5)
//! beside the distribution points of a certificate (section 4.2.1.13). Start at [`includes`].

use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};

use super::super::der::{Reader, SEQUENCE};
use super::Asked;

/// `distributionPoint`, `[0]`, constructed.
const POINT: u8 = 0xA0;
/// `onlyContainsUserCerts`, `[1]`.
const USERS: u8 = 0x81;
/// `onlyContainsCACerts`, `[2]`.
const AUTHORITIES: u8 = 0x82;
/// `onlySomeReasons`, `[3]`.
const REASONS: u8 = 0x83;
/// `indirectCRL`, `[4]`.
const INDIRECT: u8 = 0x84;
/// `onlyContainsAttributeCerts`, `[5]`.
const ATTRIBUTES: u8 = 0x85;
/// `fullName` of a DistributionPointName, `[0]`, constructed.
const FULL_NAME: u8 = 0xA0;
/// `uniformResourceIdentifier` of a GeneralName, `[6]`.
const URI: u8 = 0x86;

/// An issuing distribution point.
struct Scope<'a> {
    /// Its URIs; none, when it names no place.
    uris: Option<Vec<&'a [u8]>>,
    users_only: bool,
    authorities_only: bool,
}

/// Whether an issuing distribution point (DER) is one that is taken.
pub(super) fn check(point: &[u8]) -> Result<(), &'static str> {
    read(point).map(drop)
}

/// Whether the scope of a list takes in a certificate (section 6.3.3 (b) (2)).
pub(super) fn includes(point: &[u8], asked: &Asked<'_>) -> bool {
    let Ok(scope) = read(point) else {
        return false;
    };
    if scope.users_only && asked.is_authority || scope.authorities_only && !asked.is_authority {
        return false;
    }
    let Some(uris) = scope.uris else {
        return true;
    };
    let mut points = None;
    for extension in asked.certificate.extensions() {
        if let ParsedExtension::CRLDistributionPoints(found) = extension.parsed_extension() {
            points = Some(found);
        }
    }
    // A certificate that names no place is in every scope of its kind.
    let Some(points) = points else {
        return true;
    };
    points.points.iter().any(|point| {
        let whole = point.crl_issuer.is_none() && point.reasons.is_none();
        let Some(DistributionPointName::FullName(names)) = &point.distribution_point else {
            return false;
        };
        whole
            && names
                .iter()
                .any(|name| matches!(name, GeneralName::URI(uri) if uris.contains(&uri.as_bytes())))
    })
}

fn read(point: &[u8]) -> Result<Scope<'_>, &'static str> {
    const MALFORMED: &str = "has a list whose issuing distribution point is malformed";
    let mut scope = Scope {
        uris: None,
        users_only: false,
        authorities_only: false,
    };
    let mut reader = Reader::new(Reader::only(point, SEQUENCE).ok_or(MALFORMED)?);
    while !reader.is_empty() {
        let (tag, _, content) = reader.next().ok_or(MALFORMED)?;
        let yes = content == [0xFF];
        match tag {
            POINT if scope.uris.is_none() => scope.uris = Some(full_name(content)?),
            USERS => scope.users_only = yes,
            AUTHORITIES => scope.authorities_only = yes,
            REASONS => return Err("has a list for some reasons only, which is not taken"),
            INDIRECT if yes => return Err("has an indirect list, which is not taken"),
            ATTRIBUTES if yes => return Err("has a list of attribute certificates"),
            INDIRECT | ATTRIBUTES => {}
            _ => return Err(MALFORMED),
        }
    }
    Ok(scope)
}

/// The URIs of a DistributionPointName.
fn full_name(content: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    const OTHER: &str = "has a list whose distribution point is no full name";
    let mut names = Reader::new(Reader::only(content, FULL_NAME).ok_or(OTHER)?);
    let mut uris = Vec::new();
    while !names.is_empty() {
        let (tag, _, content) = names.next().ok_or(OTHER)?;
        if tag == URI {
            uris.push(content);
        }
    }
    Ok(uris)
}
