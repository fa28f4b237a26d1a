//! Signing and verifying on one curve (GOST R 34.10-2012 section 6). Start at [`Arithmetic`].
//!
//! Numbers of keys and digests are little-endian, as keys (RFC 9215 section 4.3) and Streebog write
//! them; those of signatures are big-endian.

use std::marker::PhantomData;

use crypto_bigint::{Encoding, Uint, Unsigned};
use rfc6979::KGenerator;
use zeroize::Zeroizing;

use super::curve::{Affine, Curve, Element, Scalar, multiply_base};
use super::tables::{combine, in_range};

/// Random bytes that go into a nonce beside key and digest.
pub(super) const EXTRA_BYTES: usize = 32;
/// Nonces tried before giving up: one fails with a probability of 2⁻²⁵⁴.
const NONCES_MAX: usize = 4;

/// What a curve is needed for, whatever its size.
pub(super) trait Arithmetic: Sync {
    /// The point of the public key of a secret: x and y side by side. `None`: the secret is not
    /// from 1 to q - 1.
    fn public(&self, secret: &[u8]) -> Option<Vec<u8>>;

    /// Signs a digest: r and s.
    fn sign(
        &self,
        secret: &[u8],
        digest: &[u8],
        extra: &[u8; EXTRA_BYTES],
    ) -> Option<(Vec<u8>, Vec<u8>)>;

    /// Whether r and s are the key's over the digest. `None`: the point is no key.
    fn verify(&self, point: &[u8], digest: &[u8], r: &[u8], s: &[u8]) -> Option<bool>;
}

/// The arithmetic on curve `C`.
pub(super) struct On<C, const L: usize>(PhantomData<C>);

impl<C, const L: usize> On<C, L> {
    pub(super) const IT: Self = Self(PhantomData);
}

impl<C: Curve<L>, const L: usize> On<C, L> {
    /// The coordinates of a point as a key writes it.
    fn coordinates(point: &[u8]) -> Option<(Uint<L>, Uint<L>)> {
        let (x, y) = point.split_at_checked(Uint::<L>::BYTES)?;
        (y.len() == x.len()).then(|| (Uint::from_le_slice(x), Uint::from_le_slice(y)))
    }

    /// e: the digest modulo q, and 1 in place of 0 (section 6.1 step 2).
    fn e(digest: &[u8]) -> Option<Scalar<C, L>> {
        let fits = digest.len() == Uint::<L>::BYTES;
        let e = Scalar::<C, L>::new(&fits.then(|| Uint::from_le_slice(digest))?);
        let zero = e == Scalar::<C, L>::new(&Uint::ZERO);
        Some(if zero {
            Scalar::<C, L>::new(&Uint::ONE)
        } else {
            e
        })
    }

    /// Section 6.1, steps 3 to 6, with the nonce `k`. `None`: r or s is 0.
    pub(super) fn sign_by(
        d: &Scalar<C, L>,
        e: Scalar<C, L>,
        k: &Uint<L>,
    ) -> Option<(Uint<L>, Uint<L>)> {
        let point = multiply_base::<C, L>(k)?;
        let r = Scalar::<C, L>::new(&point.x.retrieve());
        let s = r * d + Scalar::<C, L>::new(k) * e;
        let (r, s) = (r.retrieve(), s.retrieve());
        (r != Uint::ZERO && s != Uint::ZERO).then_some((r, s))
    }

    fn secret(secret: &[u8]) -> Option<Zeroizing<Scalar<C, L>>> {
        let fits = secret.len() == Uint::<L>::BYTES;
        let number = Zeroizing::new(fits.then(|| Uint::from_le_slice(secret))?);
        in_range::<C, L>(&number).map(Zeroizing::new)
    }
}

impl<C: Curve<L>, const L: usize> Arithmetic for On<C, L>
where
    Uint<L>: Encoding + Unsigned,
{
    fn public(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let secret = Self::secret(secret)?;
        let Affine { x, y } = multiply_base::<C, L>(&Zeroizing::new(secret.retrieve()))?;
        let bytes = |element: Element<C, L>| element.retrieve().to_le_bytes();
        Some([bytes(x).as_ref(), bytes(y).as_ref()].concat())
    }

    /// The nonce k is that of RFC 6979 with HMAC of the curve's own digest, with random bytes as
    /// the further input of its section 3.6.
    fn sign(
        &self,
        secret: &[u8],
        digest: &[u8],
        extra: &[u8; EXTRA_BYTES],
    ) -> Option<(Vec<u8>, Vec<u8>)> {
        let (d, e) = (Self::secret(secret)?, Self::e(digest)?);
        let big_endian = |le: &[u8]| le.iter().rev().copied().collect::<Vec<u8>>();
        let (x, h) = (Zeroizing::new(big_endian(secret)), big_endian(digest));
        let q = super::curve::modulus::<C::Order, L>();
        let mut nonces = KGenerator::<C::Hash, Uint<L>>::new(&x, &h, extra, q);
        for _ in 0..NONCES_MAX {
            let mut k = Zeroizing::new(vec![0; Uint::<L>::BYTES]);
            nonces.fill_next_k(&mut k);
            let k = Zeroizing::new(Uint::<L>::from_be_slice(&k));
            if let Some((r, s)) = Self::sign_by(&d, e, &k) {
                let bytes = |number: Uint<L>| number.to_be_bytes().as_ref().to_vec();
                return Some((bytes(r), bytes(s)));
            }
        }
        None
    }

    fn verify(&self, point: &[u8], digest: &[u8], r: &[u8], s: &[u8]) -> Option<bool> {
        let (x, y) = Self::coordinates(point)?;
        let key = C::keys().table(&x, &y)?;
        let number = |bytes: &[u8]| {
            let fits = bytes.len() == Uint::<L>::BYTES;
            fits.then(|| Uint::<L>::from_be_slice(bytes))
        };
        let verdict = || {
            let r_number = number(r)?;
            let (r, s) = (in_range::<C, L>(&r_number)?, in_range::<C, L>(&number(s)?)?);
            let v = Self::e(digest)?.invert_vartime().into_option()?;
            let (z1, z2) = ((s * v).retrieve(), (-(r * v)).retrieve());
            Some(combine(C::base(), &z1, &key, &z2).x_is(&r_number))
        };
        Some(verdict().unwrap_or(false))
    }
}
