//! Curves y² = x³ + ax + b over prime fields (GOST R 34.10-2012 section 5.1), and the arithmetic
//! that secrets go through. Start at [`Curve`] and [`multiply_base`].
//!
//! Fields are `crypto-bigint`'s Montgomery forms, which take the same time whatever their values
//! are. So does all here: one complete addition formula for every pair of points, and tables that
//! are read whole. What only public values go through is in `tables`.

use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{CtEq, CtSelect, Uint};
use rfc6979::hmac::digest::Digest;
use rfc6979::hmac::digest::block_api::BlockSizeUser;
use zeroize::Zeroizing;

use super::tables::{Keys, Table};

/// A curve of `L` limbs with a base point of prime order, and the digest that goes with it.
pub(super) trait Curve<const L: usize>: Copy + Send + Sync + 'static {
    /// The prime field, p.
    type Field: ConstMontyParams<L>;
    /// The order of the base point, q.
    type Order: ConstMontyParams<L>;
    /// The digest that is signed.
    type Hash: Digest + BlockSizeUser;
    /// The coefficients.
    const A: Element<Self, L>;
    const B: Element<Self, L>;
    /// Whether a is -3, which halves what a doubling costs.
    const A_IS_MINUS_3: bool;
    /// The number of points on the curve, divided by q.
    const COFACTOR: u32;
    /// The base point, P.
    const BASE: Affine<Self, L>;

    /// Multiples of the base point.
    fn base() -> &'static Table<Self, L>;
    /// Multiples of the keys seen lately.
    fn keys() -> &'static Keys<Self, L>;
}

/// An element of a curve's field.
pub(super) type Element<C, const L: usize> = ConstMontyForm<<C as Curve<L>>::Field, L>;
/// A number modulo the order of a curve's base point.
pub(super) type Scalar<C, const L: usize> = ConstMontyForm<<C as Curve<L>>::Order, L>;

/// A point that is not the one at infinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Affine<C: Curve<L>, const L: usize> {
    pub(super) x: Element<C, L>,
    pub(super) y: Element<C, L>,
}

impl<C: Curve<L>, const L: usize> Affine<C, L> {
    /// The point with these coordinates, if they are below p and it lies on the curve. Whether it
    /// is a multiple of the base point is not looked at.
    pub(super) fn on_curve(x: &Uint<L>, y: &Uint<L>) -> Option<Self> {
        let p = modulus::<C::Field, L>();
        if x >= p || y >= p {
            return None;
        }
        let (x, y) = (Element::<C, L>::new(x), Element::<C, L>::new(y));
        let right = (x.square() + C::A) * x + C::B;
        (y.square() == right).then_some(Self { x, y })
    }
}

/// The modulus of a field.
pub(super) fn modulus<M: ConstMontyParams<L>, const L: usize>() -> &'static Uint<L> {
    const { M::PARAMS.modulus().as_ref() }
}

/// A point in projective coordinates (x = X/Z, y = Y/Z).
#[derive(Clone, Copy)]
struct Projective<C: Curve<L>, const L: usize> {
    x: Element<C, L>,
    y: Element<C, L>,
    z: Element<C, L>,
}

impl<C: Curve<L>, const L: usize> Projective<C, L> {
    const INFINITY: Self = Self {
        x: Element::<C, L>::new(&Uint::ZERO),
        y: Element::<C, L>::new(&Uint::ONE),
        z: Element::<C, L>::new(&Uint::ZERO),
    };
    const BASE: Self = Self {
        x: C::BASE.x,
        y: C::BASE.y,
        z: Element::<C, L>::new(&Uint::ONE),
    };

    /// Renes, Costello and Batina, "Complete addition formulas for prime order elliptic curves"
    /// (2016), algorithm 1. It holds for any two points whose difference has odd order: all
    /// multiples of the base point, doublings and the point at infinity among them, also on the
    /// curves with cofactor 4.
    fn plus(&self, other: &Self) -> Self {
        let triple = |v: Element<C, L>| v.double() + v;
        let (xx, yy, zz) = (self.x * other.x, self.y * other.y, self.z * other.z);
        let xy = (self.x + self.y) * (other.x + other.y) - xx - yy;
        let xz = (self.x + self.z) * (other.x + other.z) - xx - zz;
        let yz = (self.y + self.z) * (other.y + other.z) - yy - zz;
        let b_zz = triple(C::B * zz);
        let right = times_a::<C, L>(xz) + b_zz;
        let (less, more) = (yy - right, yy + right);
        let a_zz = times_a::<C, L>(zz);
        let slope = triple(xx) + a_zz;
        let rest = triple(C::B * xz) + times_a::<C, L>(xx - a_zz);
        Self {
            x: xy * less - yz * rest,
            y: less * more + slope * rest,
            z: yz * more + xy * slope,
        }
    }

    fn select(table: &[Self; 16], wanted: u8) -> Self {
        let mut found = Self::INFINITY;
        for (at, entry) in (0_u8..).zip(table) {
            let hit = at.ct_eq(&wanted);
            found.x = found.x.ct_select(&entry.x, hit);
            found.y = found.y.ct_select(&entry.y, hit);
            found.z = found.z.ct_select(&entry.z, hit);
        }
        found
    }
}

/// a times an element. Which way is a constant of the curve.
pub(super) fn times_a<C: Curve<L>, const L: usize>(element: Element<C, L>) -> Element<C, L> {
    if C::A_IS_MINUS_3 {
        -(element.double() + element)
    } else {
        C::A * element
    }
}

/// kP, in a time that does not depend on `k`. `None` only for multiples of q.
pub(super) fn multiply_base<C: Curve<L>, const L: usize>(k: &Uint<L>) -> Option<Affine<C, L>> {
    let mut table = [Projective::<C, L>::INFINITY; 16];
    let mut next = Projective::INFINITY;
    for entry in &mut table {
        *entry = next;
        next = next.plus(&Projective::BASE);
    }
    let bytes = Zeroizing::new(k.to_be_bytes().as_ref().to_vec());
    let mut sum = Projective::INFINITY;
    for window in bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]) {
        for _ in 0..4 {
            sum = sum.plus(&sum);
        }
        sum = sum.plus(&Projective::select(&table, window));
    }
    let inverse = sum.z.invert().into_option()?;
    Some(Affine {
        x: sum.x * inverse,
        y: sum.y * inverse,
    })
}
