//! The curves in use, and the names under which keys point to them. Start at [`ALL`].

use std::sync::OnceLock;

use crypto_bigint::{U256, U512, Uint, const_monty_params};
use streebog::{Streebog256, Streebog512};

use super::arithmetic::{Arithmetic, On};
use super::curve::{Affine, Curve, Element};
use super::tables::{Keys, Table};

/// A set of parameters that a key names (RFC 9215 section 4.2).
pub(super) struct ParamSet {
    /// Its OID, the content of the DER.
    pub(super) oid: &'static [u8],
    /// Which of the two sizes of the standard it is for.
    pub(super) size: Size,
    /// Its curve.
    pub(super) curve: &'static dyn Arithmetic,
}

/// The two sizes of GOST R 34.10-2012: of the order of the base point, of a number of a signature,
/// and of the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// 256 bits.
    Bits256,
    /// 512 bits.
    Bits512,
}

impl Size {
    /// Bytes of a number.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Bits256 => 32,
            Self::Bits512 => 64,
        }
    }
}

/// Every set that a key may name. The CryptoPro curves have several names: those of RFC 4357 for
/// signatures and for key exchange, and those of TC26.
pub(super) const ALL: &[ParamSet] = &[
    of_256(&[0x2A, 0x85, 3, 2, 2, 0x23, 1], &CRYPTO_PRO_A),
    of_256(&[0x2A, 0x85, 3, 2, 2, 0x23, 2], &CRYPTO_PRO_B),
    of_256(&[0x2A, 0x85, 3, 2, 2, 0x23, 3], &CRYPTO_PRO_C),
    of_256(&[0x2A, 0x85, 3, 2, 2, 0x24, 0], &CRYPTO_PRO_A),
    of_256(&[0x2A, 0x85, 3, 2, 2, 0x24, 1], &CRYPTO_PRO_C),
    of_256(
        &[0x2A, 0x85, 3, 7, 1, 2, 1, 1, 1],
        &On::<tc26_256_a::C, 4>::IT,
    ),
    of_256(&[0x2A, 0x85, 3, 7, 1, 2, 1, 1, 2], &CRYPTO_PRO_A),
    of_256(&[0x2A, 0x85, 3, 7, 1, 2, 1, 1, 3], &CRYPTO_PRO_B),
    of_256(&[0x2A, 0x85, 3, 7, 1, 2, 1, 1, 4], &CRYPTO_PRO_C),
    of_512(
        &[0x2A, 0x85, 3, 7, 1, 2, 1, 2, 1],
        &On::<tc26_512_a::C, 8>::IT,
    ),
    of_512(
        &[0x2A, 0x85, 3, 7, 1, 2, 1, 2, 2],
        &On::<tc26_512_b::C, 8>::IT,
    ),
    of_512(
        &[0x2A, 0x85, 3, 7, 1, 2, 1, 2, 3],
        &On::<tc26_512_c::C, 8>::IT,
    ),
];

const CRYPTO_PRO_A: On<crypto_pro_a::C, 4> = On::IT;
const CRYPTO_PRO_B: On<crypto_pro_b::C, 4> = On::IT;
const CRYPTO_PRO_C: On<crypto_pro_c::C, 4> = On::IT;

const fn of_256(oid: &'static [u8], curve: &'static dyn Arithmetic) -> ParamSet {
    ParamSet {
        oid,
        size: Size::Bits256,
        curve,
    }
}

const fn of_512(oid: &'static [u8], curve: &'static dyn Arithmetic) -> ParamSet {
    ParamSet {
        oid,
        size: Size::Bits512,
        curve,
    }
}

/// A curve in a module of its own, as `C`: numbers are hexadecimal, as wide as its field.
macro_rules! curve {
    (
        $(#[$doc:meta])*
        $name:ident, $uint:ty, $hash:ty, cofactor $cofactor:literal, $kind:tt $of:tt:
        p: $p:literal, q: $q:literal, a: $a:literal, b: $b:literal, x: $x:literal, y: $y:literal,
    ) => {
        $(#[$doc])*
        pub(super) mod $name {
            use super::*;

            const_monty_params!(Field, $uint, $p, "The field.");
            const_monty_params!(Order, $uint, $q, "The order of the base point.");

            /// The curve.
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(crate) struct C;

            const L: usize = <$uint>::LIMBS;

            const fn element(hex: &str) -> Element<C, L> {
                Element::<C, L>::new(&Uint::from_be_hex(hex))
            }

            impl Curve<L> for C {
                type Field = Field;
                type Order = Order;
                type Hash = $hash;
                const A: Element<Self, L> = element($a);
                const B: Element<Self, L> = element($b);
                const A_IS_MINUS_3: bool = curve!(@ $kind $of);
                const COFACTOR: u32 = $cofactor;
                const BASE: Affine<Self, L> = Affine { x: element($x), y: element($y) };

                fn base() -> &'static Table<Self, L> {
                    static BASE: OnceLock<Table<C, L>> = OnceLock::new();
                    BASE.get_or_init(Table::of_base)
                }

                fn keys() -> &'static Keys<Self, L> {
                    static KEYS: OnceLock<Keys<C, L>> = OnceLock::new();
                    KEYS.get_or_init(Keys::new)
                }
            }
        }
    };
    (@ minus three) => { true };
    (@ any a) => { false };
}
#[cfg(test)]
pub(super) use curve;

curve! {
    /// id-GostR3410-2001-CryptoPro-A-ParamSet (RFC 4357 section 11.4).
    crypto_pro_a, U256, Streebog256, cofactor 1, minus three:
        p: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97",
        q: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893",
        a: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD94",
        b: "00000000000000000000000000000000000000000000000000000000000000A6",
        x: "0000000000000000000000000000000000000000000000000000000000000001",
        y: "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14",
}

curve! {
    /// id-GostR3410-2001-CryptoPro-B-ParamSet (RFC 4357 section 11.4).
    crypto_pro_b, U256, Streebog256, cofactor 1, minus three:
        p: "8000000000000000000000000000000000000000000000000000000000000C99",
        q: "800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198F",
        a: "8000000000000000000000000000000000000000000000000000000000000C96",
        b: "3E1AF419A269A5F866A7D3C25C3DF80AE979259373FF2B182F49D4CE7E1BBC8B",
        x: "0000000000000000000000000000000000000000000000000000000000000001",
        y: "3FA8124359F96680B83D1C3EB2C070E5C545C9858D03ECFB744BF8D717717EFC",
}

curve! {
    /// id-GostR3410-2001-CryptoPro-C-ParamSet (RFC 4357 section 11.4).
    crypto_pro_c, U256, Streebog256, cofactor 1, minus three:
        p: "9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D759B",
        q: "9B9F605F5A858107AB1EC85E6B41C8AA582CA3511EDDFB74F02F3A6598980BB9",
        a: "9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D7598",
        b: "000000000000000000000000000000000000000000000000000000000000805A",
        x: "0000000000000000000000000000000000000000000000000000000000000000",
        y: "41ECE55743711A8C3CBF3783CD08C0EE4D4DC440D4641A8F366E550DFDB3BB67",
}

curve! {
    /// id-tc26-gost-3410-2012-256-paramSetA (RFC 7836 appendix A.2), a twisted Edwards curve in
    /// Weierstrass form.
    tc26_256_a, U256, Streebog256, cofactor 4, any a:
        p: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97",
        q: "400000000000000000000000000000000FD8CDDFC87B6635C115AF556C360C67",
        a: "C2173F1513981673AF4892C23035A27CE25E2013BF95AA33B22C656F277E7335",
        b: "295F9BAE7428ED9CCC20E7C359A9D41A22FCCD9108E17BF7BA9337A6F8AE9513",
        x: "91E38443A5E82C0D880923425712B2BB658B9196932E02C78B2582FE742DAA28",
        y: "32879423AB1A0375895786C4BB46E9565FDE0B5344766740AF268ADB32322E5C",
}

curve! {
    /// id-tc26-gost-3410-12-512-paramSetA (RFC 7836 appendix A.1).
    tc26_512_a, U512, Streebog512, cofactor 1, minus three:
        p: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
                FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC7",
        q: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
                27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275",
        a: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
                FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC4",
        b: "E8C2505DEDFC86DDC1BD0B2B6667F1DA34B82574761CB0E879BD081CFD0B6265\
                EE3CB090F30D27614CB4574010DA90DD862EF9D4EBEE4761503190785A71C760",
        x: "0000000000000000000000000000000000000000000000000000000000000000\
                0000000000000000000000000000000000000000000000000000000000000003",
        y: "7503CFE87A836AE3A61B8816E25450E6CE5E1C93ACF1ABC1778064FDCBEFA921\
                DF1626BE4FD036E93D75E6A50E3A41E98028FE5FC235F5B889A589CB5215F2A4",
}

curve! {
    /// id-tc26-gost-3410-12-512-paramSetB (RFC 7836 appendix A.1).
    tc26_512_b, U512, Streebog512, cofactor 1, minus three:
        p: "8000000000000000000000000000000000000000000000000000000000000000\
                000000000000000000000000000000000000000000000000000000000000006F",
        q: "8000000000000000000000000000000000000000000000000000000000000001\
                49A1EC142565A545ACFDB77BD9D40CFA8B996712101BEA0EC6346C54374F25BD",
        a: "8000000000000000000000000000000000000000000000000000000000000000\
                000000000000000000000000000000000000000000000000000000000000006C",
        b: "687D1B459DC841457E3E06CF6F5E2517B97C7D614AF138BCBF85DC806C4B289F\
                3E965D2DB1416D217F8B276FAD1AB69C50F78BEE1FA3106EFB8CCBC7C5140116",
        x: "0000000000000000000000000000000000000000000000000000000000000000\
                0000000000000000000000000000000000000000000000000000000000000002",
        y: "1A8F7EDA389B094C2C071E3647A8940F3C123B697578C213BE6DD9E6C8EC7335\
                DCB228FD1EDF4A39152CBCAAF8C0398828041055F94CEEEC7E21340780FE41BD",
}

curve! {
    /// id-tc26-gost-3410-2012-512-paramSetC (RFC 7836 appendix A.2), a twisted Edwards curve in
    /// Weierstrass form.
    tc26_512_c, U512, Streebog512, cofactor 4, any a:
        p: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
                FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC7",
        q: "3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
                C98CDBA46506AB004C33A9FF5147502CC8EDA9E7A769A12694623CEF47F023ED",
        a: "DC9203E514A721875485A529D2C722FB187BC8980EB866644DE41C68E1430645\
                46E861C0E2C9EDD92ADE71F46FCF50FF2AD97F951FDA9F2A2EB6546F39689BD3",
        b: "B4C4EE28CEBC6C2C8AC12952CF37F16AC7EFB6A9F69F4B57FFDA2E4F0DE5ADE0\
                38CBC2FFF719D2C18DE0284B8BFEF3B52B8CC7A5F5BF0A3C8D2319A5312557E1",
        x: "E2E31EDFC23DE7BDEBE241CE593EF5DE2295B7A9CBAEF021D385F7074CEA043A\
                A27272A7AE602BF2A7B9033DB9ED3610C6FB85487EAE97AAC5BC7928C1950148",
        y: "F5CE40D95B5EB899ABBCCFF5911CB8577939804D6527378B8C108C3D2090FF9B\
                E18E2D33E3021ED2EF32D85822423B6304F726AA854BAE07D0396E9A9ADDC40F",
}
