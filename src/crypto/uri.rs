//! The identifiers of XML Signature: namespaces and algorithm URIs, spelled as the standards spell
//! them. Plain constants; what is done with them is not decided here.

/// XML Signature (XMLDSig 1.1 section 1.2).
pub(super) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XAdES (ETSI EN 319 132-1 section 4.2), for `SignedProperties`.
pub(super) const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";

/// The type of a reference to signature properties (XMLDSig 1.1 section 5.2).
pub(super) const SIGNATURE_PROPERTIES: &str =
    "http://www.w3.org/2000/09/xmldsig#SignatureProperties";

/// The type of a reference to the signed properties of XAdES (ETSI EN 319 132-1 section 4.4.2).
pub(super) const XADES_SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// The enveloped-signature transform (XMLDSig 1.1 section 6.6.4).
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// XPath filtering (XMLDSig 1.1 section 6.6.3).
pub(super) const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
/// XPath Filter 2.0.
pub(super) const XPATH_FILTER_2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
/// XSLT (XMLDSig 1.1 section 6.6.5).
pub(super) const XSLT: &str = "http://www.w3.org/TR/1999/REC-xslt-19991116";

/// Canonical XML 1.0.
pub(super) const C14N_10: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// Canonical XML 1.0 with comments.
pub(super) const C14N_10_COMMENTS: &str =
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
/// Canonical XML 1.1.
pub(super) const C14N_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
/// Canonical XML 1.1 with comments.
pub(super) const C14N_11_COMMENTS: &str = "http://www.w3.org/2006/12/xml-c14n11#WithComments";
/// Exclusive XML Canonicalization 1.0; also the namespace of `InclusiveNamespaces`.
pub(super) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Exclusive XML Canonicalization 1.0 with comments.
pub(super) const EXC_C14N_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";

/// SHA-256 (XMLEnc 1.0 section 5.7.2).
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// SHA-384 (RFC 9231 section 2.1.3).
pub(super) const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
/// SHA-512 (XMLEnc 1.0 section 5.7.3).
pub(super) const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
/// Streebog (GOST R 34.11-2012), as CryptoPro's draft names it, and in the form of its older names.
pub(super) const STREEBOG_256: &str =
    "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256";
pub(super) const STREEBOG_512: &str =
    "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512";
pub(super) const STREEBOG_256_MORE: &str =
    "http://www.w3.org/2001/04/xmldsig-more#gostr34112012-256";
pub(super) const STREEBOG_512_MORE: &str =
    "http://www.w3.org/2001/04/xmldsig-more#gostr34112012-512";

/// SM3 (GM/T 0004), as the e-port's newer software names it, and in the form of RFC 9231.
pub(super) const SM3_CHINAPORT: &str = "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3";
pub(super) const SM3_MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#sm3";

/// SHA-1 (XMLDSig 1.1 section 6.2.1), for a profile's dated exception.
pub(super) const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";

/// Everything but HMAC that rests on SHA-1: refused, with a code of its own.
pub(super) const SHA1_FAMILY: &[&str] = &[
    SHA1,
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
];

/// Everything that is HMAC, by its fragment (RFC 9231 section 2.2): refused, with a code of its own.
pub(super) const HMAC_FRAGMENT: &str = "#hmac-";

/// RSA, PKCS#1 v1.5 (RFC 9231 section 2.3.2 to 2.3.4).
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(super) const RSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
pub(super) const RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
/// RSA, PSS without parameters (RFC 9231 section 2.3.10): MGF1 and salt of the digest.
pub(super) const RSA_PSS_SHA256: &str = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
pub(super) const RSA_PSS_SHA384: &str = "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1";
pub(super) const RSA_PSS_SHA512: &str = "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1";
/// SM2 with SM3: as China's e-port writes it, as its newer software does, and in the form that
/// RFC 9231 gives to others; none is registered anywhere.
pub(super) const SM2_SM3: &str = "http://www.w3.org/2000/09/xmldsig#sm2-sm3";
pub(super) const SM2_SM3_CHINAPORT: &str = "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3";
pub(super) const SM2_SM3_MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#sm2-sm3";
/// ECDSA (RFC 9231 section 2.3.6). The URI names the digest; the curve is the key's.
pub(super) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub(super) const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
pub(super) const ECDSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512";
/// Ed25519 (RFC 9231 section 2.3.12).
pub(super) const ED25519: &str = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519";
/// GOST R 34.10-2012 with Streebog, as CryptoPro's draft names it, and in the form of its older
/// names, which e-government systems use. The key fixes the curve.
pub(super) const GOST_256: &str =
    "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256";
pub(super) const GOST_512: &str =
    "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512";
pub(super) const GOST_256_MORE: &str =
    "http://www.w3.org/2001/04/xmldsig-more#gostr34102012-gostr34112012-256";
pub(super) const GOST_512_MORE: &str =
    "http://www.w3.org/2001/04/xmldsig-more#gostr34102012-gostr34112012-512";
