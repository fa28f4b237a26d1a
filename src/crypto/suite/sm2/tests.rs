//! How the e-port signs stands in `docs/adr/0014-national-suites.md`;
//! here: the example of the standard, what must be, and what must be refused.

use proptest::prelude::*;
use ring::rand::SystemRandom;

use super::*;
use crate::crypto::{NationalCurve, NationalKey};

fn suite(value: Sm2Value, user_id: &str) -> Sm2 {
    all(value, user_id).next().unwrap()
}

fn public(point: &[u8]) -> PublicKey {
    let algorithm = der::tlv(der::SEQUENCE, keys::ALGORITHM);
    let bits = der::tlv(der::BIT_STRING, &[&[0], point].concat());
    PublicKey::from_spki(&der::sequence(&[&algorithm, &bits])).unwrap()
}

fn key() -> (Zeroizing<Vec<u8>>, PublicKey) {
    let key = NationalKey::generate(NationalCurve::Sm2, &SystemRandom::new()).unwrap();
    (key.to_pkcs8(), PublicKey::from_spki(&key.spki()).unwrap())
}

/// GB/T 32918.5 appendix A.2: "message digest" by the usual id, on the curve in use.
#[test]
fn the_example_of_gb_t_32918_5() {
    let hex = |text: &str| hex::decode(text).unwrap();
    let point = hex(
        "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020\
         CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
    );
    let value = hex(
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3\
         B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
    );
    let key = public(&point);
    let usual = suite(Sm2Value::Fixed, SM2_USER_ID);
    assert_eq!(usual.verify(&key, b"message digest", &value), Ok(()));
    let mismatch = Err(SuiteFault::Mismatch);
    assert_eq!(usual.verify(&key, b"message digesT", &value), mismatch);
    let other = suite(Sm2Value::Fixed, "1234567812345679");
    assert_eq!(other.verify(&key, b"message digest", &value), mismatch);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_signed_verifies_and_one_bit_less_does_not(
        message in prop::collection::vec(any::<u8>(), 0..200),
        user_id in "[ -~]{0,40}",
        bit in any::<prop::sample::Index>(),
        asn1: bool,
    ) {
        let form = if asn1 { Sm2Value::Asn1 } else { Sm2Value::Fixed };
        let (pkcs8, public) = key();
        let suite = suite(form, &user_id);
        let key = suite.signing_key(&pkcs8).unwrap();
        prop_assert_eq!(key.public_bits(), &public.bits);
        let value = key.sign(&message, &SystemRandom::new()).unwrap();
        prop_assert_eq!(suite.verify(&public, &message, &value), Ok(()));
        let at = bit.index(value.len() * 8);
        let mut other = value.clone();
        other[at / 8] ^= 1 << (at % 8);
        prop_assert_eq!(suite.verify(&public, &message, &other), Err(SuiteFault::Mismatch));
        let longer = [message.as_slice(), b"."].concat();
        prop_assert_eq!(suite.verify(&public, &longer, &value), Err(SuiteFault::Mismatch));
        prop_assert_ne!(key.sign(&message, &SystemRandom::new()).unwrap(), value);
    }
}

#[test]
fn the_other_form_and_numbers_out_of_range_are_refused() {
    let (pkcs8, public) = key();
    let (asn1, fixed) = (
        suite(Sm2Value::Asn1, SM2_USER_ID),
        suite(Sm2Value::Fixed, SM2_USER_ID),
    );
    let sign = |suite: &Sm2| {
        let key = suite.signing_key(&pkcs8).unwrap();
        key.sign(b"m", &SystemRandom::new()).unwrap()
    };
    let (der_value, value) = (sign(&asn1), sign(&fixed));
    let length = SuiteFault::Length {
        got: der_value.len(),
        expected: 64,
    };
    assert_eq!(fixed.verify(&public, b"m", &der_value), Err(length));
    assert_eq!(
        asn1.verify(&public, b"m", &value),
        Err(SuiteFault::Mismatch)
    );
    let (r, s) = value.split_at(32);
    for (r, s) in [
        (r, &[0; 32][..]),
        (&[0; 32], s),
        (r, &[0xFF; 32]),
        (&[0xFF; 32], s),
        (s, r),
    ] {
        let bad = [r, s].concat();
        assert_eq!(fixed.verify(&public, b"m", &bad), Err(SuiteFault::Mismatch));
        let bad = der::sequence(&[&der::integer(r), &der::integer(s)]);
        assert_eq!(asn1.verify(&public, b"m", &bad), Err(SuiteFault::Mismatch));
    }
    // BER that is no DER: a longer length, a longer number, something behind.
    let inner = der::Reader::only(&der_value, der::SEQUENCE).unwrap();
    let long = [&[0x30, 0x81, u8::try_from(inner.len()).unwrap()], inner].concat();
    let behind = [der_value.as_slice(), &[0]].concat();
    for bad in [long, behind, der::sequence(&[inner, &[2, 1, 1]])] {
        assert_eq!(asn1.verify(&public, b"m", &bad), Err(SuiteFault::Mismatch));
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let (pkcs8, good) = key();
    let suite = suite(Sm2Value::Fixed, SM2_USER_ID);
    let value = suite.signing_key(&pkcs8).unwrap();
    let value = value.sign(b"m", &SystemRandom::new()).unwrap();
    let mut off = good.bits.clone();
    off[64] ^= 1;
    let mut compressed = good.bits[..33].to_vec();
    compressed[0] = 2 + (good.bits[64] & 1);
    let high = [&[4][..], &[0xFF; 64]].concat();
    for point in [off, compressed, high, vec![0], vec![4; 65], Vec::new()] {
        let key = public(&point);
        assert_eq!(
            suite.verify(&key, b"m", &value),
            Err(SuiteFault::Key),
            "{point:?}"
        );
    }
    for bad in [&pkcs8[1..], &pkcs8[..pkcs8.len() - 1], b""] {
        assert!(suite.signing_key(bad).is_err());
    }
}
