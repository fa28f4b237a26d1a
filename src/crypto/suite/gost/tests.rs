//! The standard's own examples, what every curve must do, and what it must refuse.

use crypto_bigint::{U256, U512, Uint, const_monty_params};
use proptest::prelude::*;
use ring::rand::SystemRandom;
use std::sync::OnceLock;
use streebog::{Streebog256, Streebog512};

use super::arithmetic::{Arithmetic, On};
use super::curve::{Affine, Curve, Element, Scalar, multiply_base};
use super::paramsets::{self, curve};
use super::tables::{Keys, Table};
use super::{ALL, Gost, GostKey, Public};
use crate::crypto::suite::{SigningKey, Suite, SuiteFault};
use crate::crypto::{NationalCurve, NationalKey, PublicKey};

curve! {
    /// The curve of the example in RFC 7091 section 7.1.
    example_256, U256, Streebog256, cofactor 1, any a:
        p: "8000000000000000000000000000000000000000000000000000000000000431",
        q: "8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3",
        a: "0000000000000000000000000000000000000000000000000000000000000007",
        b: "5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E",
        x: "0000000000000000000000000000000000000000000000000000000000000002",
        y: "08E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8",
}

curve! {
    /// The curve of the example in GOST R 34.10-2012 appendix A.2.
    example_512, U512, Streebog512, cofactor 1, any a:
        p: "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D\
                F1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373",
        q: "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D\
                A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF",
        a: "0000000000000000000000000000000000000000000000000000000000000000\
                0000000000000000000000000000000000000000000000000000000000000007",
        b: "1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC43\
                61834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC",
        x: "24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762\
                FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A",
        y: "2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C\
                83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E",
}

/// Numbers of an example: d, e, k, r, s, and the key's x and y, big-endian.
struct Example<const L: usize> {
    d: Uint<L>,
    e: Uint<L>,
    k: Uint<L>,
    r: Uint<L>,
    s: Uint<L>,
    key: [Uint<L>; 2],
}

fn check_example<C: Curve<L>, const L: usize>(example: &Example<L>)
where
    On<C, L>: Arithmetic,
{
    let Affine { x, y } = multiply_base::<C, L>(&example.d).unwrap();
    assert_eq!([x.retrieve(), y.retrieve()], example.key);
    let number = Scalar::<C, L>::new;
    let signed = On::<C, L>::sign_by(&number(&example.d), number(&example.e), &example.k);
    assert_eq!(signed.unwrap(), (example.r, example.s));

    let le = |number: &Uint<L>| number.to_le_bytes().as_ref().to_vec();
    let be = |number: &Uint<L>| number.to_be_bytes().as_ref().to_vec();
    let point = [le(&example.key[0]), le(&example.key[1])].concat();
    let (digest, r, s) = (le(&example.e), be(&example.r), be(&example.s));
    let on = On::<C, L>::IT;
    assert_eq!(on.verify(&point, &digest, &r, &s), Some(true));
    for at in 0..digest.len() {
        let mut other = digest.clone();
        other[at] ^= 1;
        assert_eq!(on.verify(&point, &other, &r, &s), Some(false));
    }
    assert_eq!(on.verify(&point, &digest, &s, &r), Some(false));
}

#[test]
fn the_example_of_rfc_7091_section_7_1() {
    let hex = U256::from_be_hex;
    check_example::<example_256::C, 4>(&Example {
        d: hex("7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28"),
        e: hex("2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5"),
        k: hex("77105C9B20BCD3122823C8CF6FCC7B956DE33814E95B7FE64FED924594DCEAB3"),
        r: hex("41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493"),
        s: hex("01456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40"),
        key: [
            hex("7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B"),
            hex("26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA"),
        ],
    });
}

#[test]
fn the_example_of_gost_r_34_10_2012_appendix_a_2() {
    let hex = U512::from_be_hex;
    check_example::<example_512::C, 8>(&Example {
        d: hex(
            "0BA6048AADAE241BA40936D47756D7C93091A0E8514669700EE7508E508B1020\
             72E8123B2200A0563322DAD2827E2714A2636B7BFD18AADFC62967821FA18DD4",
        ),
        e: hex(
            "3754F3CFACC9E0615C4F4A7C4D8DAB531B09B6F9C170C533A71D147035B0C591\
             7184EE536593F4414339976C647C5D5A407ADEDB1D560C4FC6777D2972075B8C",
        ),
        k: hex(
            "0359E7F4B1410FEACC570456C6801496946312120B39D019D455986E364F3658\
             86748ED7A44B3E794434006011842286212273A6D14CF70EA3AF71BB1AE679F1",
        ),
        r: hex(
            "2F86FA60A081091A23DD795E1E3C689EE512A3C82EE0DCC2643C78EEA8FCACD3\
             5492558486B20F1C9EC197C90699850260C93BCBCD9C5C3317E19344E173AE36",
        ),
        s: hex(
            "1081B394696FFE8E6585E7A9362D26B6325F56778AADBC081C0BFBE933D52FF5\
             823CE288E8C4F362526080DF7F70CE406A6EEB1F56919CB92A9853BDE73E5B4A",
        ),
        key: [
            hex(
                "115DC5BC96760C7B48598D8AB9E740D4C4A85A65BE33C1815B5C320C854621DD\
                 5A515856D13314AF69BC5B924C8B4DDFF75C45415C1D9DD9DD33612CD530EFE1",
            ),
            hex(
                "37C7C90CD40B0F5621DC3AC1B751CFA0E2634FA0503B3D52639F5D7FB72AFD61\
                 EA199441D943FFE7F0C70A2759A3CDB84C114E1F9339FDF27F35ECA93677BEEC",
            ),
        ],
    });
}

/// Streebog's example M1 (GOST R 34.11-2012 appendix A.1), in the order in which signatures take it.
#[test]
fn the_digest_is_the_standards() {
    let message = b"012345678901234567890123456789012345678901234567890123456789012";
    assert_eq!(
        hex::encode(super::digest(super::Size::Bits256, message)),
        "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"
    );
}

/// Both kinds of arithmetic give the same points: one is complete, the other has exceptions.
#[test]
fn secret_and_public_arithmetic_agree() {
    fn agree<C: Curve<L>, const L: usize>() {
        let q = super::curve::modulus::<C::Order, L>();
        let few = (1..20_u64).map(Uint::<L>::from_u64);
        let last = (1..20_u64).map(|less| q.wrapping_sub(&Uint::from_u64(less)));
        let wide = (1..20_u32).map(|bit| Uint::ONE.shl_vartime(bit * 12 + 3));
        for k in few.chain(last).chain(wide) {
            let point = multiply_base::<C, L>(&k).unwrap();
            let (base, zero) = (C::base(), Uint::ZERO);
            let sum = super::tables::combine(base, &k, base, &zero);
            assert!(sum.x_is(&Scalar::<C, L>::new(&point.x.retrieve()).retrieve()));
            // k and q - k cancel, and doubled they do not.
            let rest = q.wrapping_sub(&k);
            assert!(super::tables::combine(base, &k, base, &rest).is_infinity());
            assert!(!super::tables::combine(base, &k, base, &k).is_infinity());
        }
        assert!(multiply_base::<C, L>(q).is_none());
    }
    agree::<paramsets::crypto_pro_a::C, 4>();
    agree::<paramsets::crypto_pro_b::C, 4>();
    agree::<paramsets::crypto_pro_c::C, 4>();
    agree::<paramsets::tc26_256_a::C, 4>();
    agree::<paramsets::tc26_512_a::C, 8>();
    agree::<paramsets::tc26_512_b::C, 8>();
    agree::<paramsets::tc26_512_c::C, 8>();
}

fn key(set: usize) -> (Gost, GostKey, PublicKey) {
    let set = &paramsets::ALL[set % paramsets::ALL.len()];
    let key = GostKey::generate(set.oid, &SystemRandom::new()).unwrap();
    let pkcs8 = super::Certifier::to_pkcs8(&key);
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &*pkcs8)
    );
    let read = NationalKey::from_pem(pem.as_bytes()).unwrap();
    let public = PublicKey::from_spki(&read.spki()).unwrap();
    let suite = ALL.into_iter().find(|suite| suite.size == set.size);
    (suite.unwrap(), key, public)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_signed_verifies_and_one_bit_less_does_not(
        set in 0_usize..12,
        message in prop::collection::vec(any::<u8>(), 0..200),
        bit in any::<prop::sample::Index>(),
    ) {
        let (suite, key, public) = key(set);
        let value = SigningKey::sign(&key, &message, &SystemRandom::new()).unwrap();
        prop_assert_eq!(suite.verify(&public, &message, &value), Ok(()));
        let at = bit.index(value.len() * 8);
        let mut other = value.clone();
        other[at / 8] ^= 1 << (at % 8);
        prop_assert_eq!(suite.verify(&public, &message, &other), Err(SuiteFault::Mismatch));
        let longer = [message.as_slice(), b"."].concat();
        prop_assert_eq!(suite.verify(&public, &longer, &value), Err(SuiteFault::Mismatch));
        // The extra input goes into the nonce: no two signatures are the same.
        let again = SigningKey::sign(&key, &message, &SystemRandom::new()).unwrap();
        prop_assert_ne!(value, again);
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    for set in 0..paramsets::ALL.len() {
        let (suite, key, public) = key(set);
        let value = SigningKey::sign(&key, b"m", &SystemRandom::new()).unwrap();
        let width = value.len() / 2;
        let (s, r) = value.split_at(width);
        let (zero, full) = (vec![0; width], vec![0xFF; width]);
        for bad in [
            [s, &zero].concat(),
            [zero.as_slice(), r].concat(),
            [s, &full].concat(),
            [full.as_slice(), r].concat(),
            [r, s].concat(),
        ] {
            assert_eq!(suite.verify(&public, b"m", &bad), Err(SuiteFault::Mismatch));
        }
        let short = &value[1..];
        let length = SuiteFault::Length {
            got: 2 * width - 1,
            expected: 2 * width,
        };
        assert_eq!(suite.verify(&public, b"m", short), Err(length));
    }
}

#[test]
fn a_number_and_the_same_plus_the_order_are_not_the_same() {
    // On curves with cofactor 4 q is a quarter of p: s + q still fits the width.
    let (suite, key, public) = key(5);
    let value = SigningKey::sign(&key, b"m", &SystemRandom::new()).unwrap();
    let q = super::curve::modulus::<<paramsets::tc26_256_a::C as Curve<4>>::Order, 4>();
    let s = U256::from_be_slice(&value[..32]).wrapping_add(q);
    let bad = [s.to_be_bytes().as_ref(), &value[32..]].concat();
    assert_eq!(suite.verify(&public, b"m", &bad), Err(SuiteFault::Mismatch));
}

#[test]
fn what_is_no_key_is_refused() {
    let (suite, key, public) = key(0);
    let value = SigningKey::sign(&key, b"m", &SystemRandom::new()).unwrap();
    let refused = |spki: Vec<u8>| {
        let key = PublicKey {
            spki,
            ..public.clone()
        };
        assert_eq!(suite.verify(&key, b"m", &value), Err(SuiteFault::Key));
    };
    // Off the curve; at infinity, as far as it can be written; coordinates not below p.
    let at = public.spki.len() - 64;
    for byte in [at, at + 31, at + 63] {
        let mut spki = public.spki.clone();
        spki[byte] ^= 1;
        refused(spki);
    }
    let mut spki = public.spki.clone();
    spki[at..].fill(0);
    refused(spki);
    let mut spki = public.spki.clone();
    spki[at..].fill(0xFF);
    refused(spki);
    // Another set's name on the same bits; an unknown one; the digest of the other size.
    for (from, to) in [
        (
            &[7, 0x2A, 0x85, 3, 2, 2, 0x23, 1][..],
            &[7, 0x2A, 0x85, 3, 2, 2, 0x23, 2][..],
        ),
        (
            &[7, 0x2A, 0x85, 3, 2, 2, 0x23, 1],
            &[7, 0x2A, 0x85, 3, 2, 2, 0x23, 9],
        ),
        (&[0x85, 3, 7, 1, 1, 2, 2], &[0x85, 3, 7, 1, 1, 2, 3]),
        (&[0x85, 3, 7, 1, 1, 1, 1], &[0x85, 3, 7, 1, 1, 1, 2]),
    ] {
        let mut spki = public.spki.clone();
        let place = spki
            .windows(from.len())
            .position(|bytes| bytes == from)
            .unwrap();
        spki[place..place + to.len()].copy_from_slice(to);
        refused(spki);
    }
    // The suite of the other size.
    assert_eq!(ALL[1].verify(&public, b"m", &value), Err(SuiteFault::Key));
}

/// A point on a curve with cofactor 4 that no secret has: it lies outside the group of the base
/// point, where a signature says nothing.
#[test]
fn points_of_small_order_are_no_keys() {
    type C = paramsets::tc26_256_a::C;
    let mut found = 0;
    for x in 0..200_u64 {
        let x = Element::<C, 4>::new(&U256::from_u64(x));
        let right = (x.square() + C::A) * x + C::B;
        // p = 3 mod 4 does not hold here for all curves, but does for this one.
        let p = super::curve::modulus::<<C as Curve<4>>::Field, 4>();
        let root = right.pow(&p.wrapping_add(&U256::ONE).shr_vartime(2));
        if root.square() != right {
            continue;
        }
        let le = |number: Element<C, 4>| number.retrieve().to_le_bytes().as_ref().to_vec();
        let point = [le(x), le(root)].concat();
        let on = On::<C, 4>::IT;
        if on.verify(&point, &[1; 32], &[1; 32], &[1; 32]).is_none() {
            found += 1;
        }
    }
    assert!(
        found > 20,
        "three points of four lie outside, found {found}"
    );
}

#[test]
fn secrets_are_read_in_every_form_and_out_of_range_refused() {
    let (_, key, public) = key(5);
    let number = key.secret.number.clone();
    let algorithm = super::keys::algorithm(key.secret.set, false);
    let info = |inner: &[u8]| {
        use crate::crypto::der::{self, tlv};
        der::sequence(&[
            &[der::INTEGER, 1, 0],
            &tlv(der::SEQUENCE, &algorithm),
            &tlv(der::OCTET_STRING, inner),
        ])
    };
    let big_endian: Vec<u8> = number.iter().rev().copied().collect();
    for inner in [
        number.to_vec(),
        crate::crypto::der::tlv(4, &number),
        crate::crypto::der::integer(&big_endian),
    ] {
        let read = GostKey::from_pkcs8(&info(&inner)).unwrap();
        assert_eq!(SigningKey::public_bits(&read), public.bits);
    }
    for bad in [
        vec![0; 32],
        vec![0xFF; 32],
        number[1..].to_vec(),
        Vec::new(),
    ] {
        assert!(GostKey::from_pkcs8(&info(&bad)).is_none());
    }
    assert!(Public::read(&public.spki[1..]).is_none());
    assert!(NationalKey::from_pem(b"no key").is_none());
    let curve = NationalCurve::Gost(crate::crypto::GostCurve::Tc26A512);
    let made = NationalKey::generate(curve, &SystemRandom::new()).unwrap();
    assert_eq!(made.public_bits().len(), 131);
    assert!(!format!("{made:?}").contains('['));
}
