//! The arithmetic that only public values go through: verification. Start at [`combine`].
//!
//! It takes a time that depends on the values, and much less of it than `curve`: Jacobian
//! coordinates, digits of a window (wNAF) read against tables of odd multiples, both halves of a
//! number at once. The tables of keys are kept, because partners sign with few keys.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crypto_bigint::Uint;

use super::curve::{Affine, Curve, Element, Scalar, modulus, times_a};

/// Bits of a window of the base point: 64 points a half, made once.
const BASE_WIDTH: u32 = 8;
/// Bits of a window of a key: 16 points a half, 2 to 4 KiB a key.
const KEY_WIDTH: u32 = 6;
/// Keys of a curve whose tables are kept. Beyond it the memory starts anew, which costs time and
/// nothing else.
const KEYS_MAX: usize = 256;

/// A point in Jacobian coordinates (x = X/Z², y = Y/Z³); Z = 0 is the point at infinity.
#[derive(Clone, Copy)]
pub(super) struct Jacobian<C: Curve<L>, const L: usize> {
    x: Element<C, L>,
    y: Element<C, L>,
    z: Element<C, L>,
}

impl<C: Curve<L>, const L: usize> Jacobian<C, L> {
    const ONE: Element<C, L> = Element::<C, L>::new(&Uint::ONE);
    const ZERO: Element<C, L> = Element::<C, L>::new(&Uint::ZERO);
    const INFINITY: Self = Self {
        x: Self::ONE,
        y: Self::ONE,
        z: Self::ZERO,
    };

    fn from_affine(point: &Affine<C, L>) -> Self {
        let (x, y, z) = (point.x, point.y, Self::ONE);
        Self { x, y, z }
    }

    pub(super) fn is_infinity(&self) -> bool {
        self.z == Self::ZERO
    }

    fn double(&self) -> Self {
        let (yy, zz) = (self.y.square(), self.z.square());
        let s = (self.x * yy).double().double();
        let m = if C::A_IS_MINUS_3 {
            let product = (self.x - zz) * (self.x + zz);
            product.double() + product
        } else {
            let xx = self.x.square();
            xx.double() + xx + times_a::<C, L>(zz.square())
        };
        let x = m.square() - s.double();
        Self {
            x,
            y: m * (s - x) - yy.square().double().double().double(),
            z: (self.y * self.z).double(),
        }
    }

    fn plus(&self, other: &Affine<C, L>) -> Self {
        if self.is_infinity() {
            return Self::from_affine(other);
        }
        let zz = self.z.square();
        let h = other.x * zz - self.x;
        let r = other.y * zz * self.z - self.y;
        if h == Self::ZERO {
            return if r == Self::ZERO {
                self.double()
            } else {
                Self::INFINITY
            };
        }
        let hh = h.square();
        let (hhh, v) = (h * hh, self.x * hh);
        let x = r.square() - hhh - v.double();
        Self {
            x,
            y: r * (v - x) - self.y * hhh,
            z: self.z * h,
        }
    }

    /// Whether the x coordinate is `r` modulo q, for an `r` below q: compared with each number
    /// below p that is, so that no inversion is needed.
    pub(super) fn x_is(&self, r: &Uint<L>) -> bool {
        let (p, q) = (modulus::<C::Field, L>(), modulus::<C::Order, L>());
        let zz = self.z.square();
        let mut candidate = *r;
        while !self.is_infinity() {
            if Element::<C, L>::new(&candidate) * zz == self.x {
                return true;
            }
            let (next, carry) = candidate.carrying_add(q, crypto_bigint::Limb::ZERO);
            if carry != crypto_bigint::Limb::ZERO || next >= *p {
                break;
            }
            candidate = next;
        }
        false
    }
}

/// The affine forms of points, none of which is at infinity: one inversion for all of them
/// (Montgomery's trick).
fn affine<C: Curve<L>, const L: usize>(points: &[Jacobian<C, L>]) -> Option<Vec<Affine<C, L>>> {
    let mut products = Vec::with_capacity(points.len());
    let mut product = Jacobian::<C, L>::ONE;
    for point in points {
        products.push(product);
        product *= point.z;
    }
    let mut inverse = product.invert_vartime().into_option()?;
    let mut found = Vec::with_capacity(points.len());
    for (point, product) in points.iter().zip(products).rev() {
        let z = inverse * product;
        inverse *= point.z;
        let zz = z.square();
        found.push(Affine {
            x: point.x * zz,
            y: point.y * zz * z,
        });
    }
    found.reverse();
    Some(found)
}

/// Odd multiples of a point Q and of 2ⁿQ, where n is half the bits of a number.
pub(super) struct Table<C: Curve<L>, const L: usize> {
    width: u32,
    low: Vec<Affine<C, L>>,
    high: Vec<Affine<C, L>>,
}

impl<C: Curve<L>, const L: usize> Table<C, L> {
    const HALF: u32 = Uint::<L>::BITS / 2;

    /// The table of the base point.
    pub(super) fn of_base() -> Self {
        // q is a large prime: no small multiple of P is at infinity.
        Self::of(&C::BASE, BASE_WIDTH).unwrap_or(Self {
            width: BASE_WIDTH,
            low: Vec::new(),
            high: Vec::new(),
        })
    }

    /// The table of a key. `None`: the point is no multiple of the base point (GOST R 34.10-2012
    /// section 5.2: qQ = O).
    fn of_key(point: &Affine<C, L>) -> Option<Self> {
        let table = Self::of(point, KEY_WIDTH)?;
        let of_order = C::COFACTOR == 1 || {
            let (zero, q) = (Uint::ZERO, modulus::<C::Order, L>());
            combine(C::base(), &zero, &table, q).is_infinity()
        };
        of_order.then_some(table)
    }

    fn of(point: &Affine<C, L>, width: u32) -> Option<Self> {
        let low = Jacobian::from_affine(point);
        let mut high = low;
        for _ in 0..Self::HALF {
            high = high.double();
        }
        let steps = affine(&[low.double(), high.double()])?;
        let [low_step, high_step] = steps.as_slice() else {
            return None;
        };
        let entries = 1_usize.checked_shl(width - 2)?;
        let mut points = Vec::with_capacity(2 * entries);
        for (mut point, step) in [(low, low_step), (high, high_step)] {
            for _ in 0..entries {
                points.push(point);
                point = point.plus(step);
            }
        }
        let mut low = affine(&points)?;
        let high = low.split_off(entries);
        Some(Self { width, low, high })
    }
}

/// uP + vQ, by the tables of P and Q.
pub(super) fn combine<C: Curve<L>, const L: usize>(
    p: &Table<C, L>,
    u: &Uint<L>,
    q: &Table<C, L>,
    v: &Uint<L>,
) -> Jacobian<C, L> {
    let half = Table::<C, L>::HALF;
    let streams = [
        (digits(u, 0, half, p.width), &p.low),
        (digits(u, half, half, p.width), &p.high),
        (digits(v, 0, half, q.width), &q.low),
        (digits(v, half, half, q.width), &q.high),
    ];
    let longest = streams.iter().map(|(digits, _)| digits.len()).max();
    let mut sum = Jacobian::INFINITY;
    for at in (0..longest.unwrap_or_default()).rev() {
        sum = sum.double();
        for (digits, table) in &streams {
            let digit = digits.get(at).copied().unwrap_or_default();
            let entry = usize::from(digit.unsigned_abs() / 2);
            match table.get(entry) {
                Some(point) if digit > 0 => sum = sum.plus(point),
                Some(Affine { x, y }) if digit < 0 => sum = sum.plus(&Affine { x: *x, y: -*y }),
                _ => {}
            }
        }
    }
    sum
}

/// The digits of `length` bits of a number, from bit `from` on, least first: each 0 or odd, below
/// half a window either way, and at most one in a window not 0 (width-w non-adjacent form).
fn digits<const L: usize>(number: &Uint<L>, from: u32, length: u32, width: u32) -> Vec<i8> {
    let bit = |at: u32| i16::from(at < length && number.bit_vartime(from + at));
    let mut found = Vec::new();
    let (mut at, mut carry) = (0, 0);
    while at <= length {
        if bit(at) == carry {
            found.push(0);
            at += 1;
            continue;
        }
        let window = (0..width).rev().fold(0, |sum, up| sum << 1 | bit(at + up)) + carry;
        carry = i16::from(window >= 1 << (width - 1));
        let digit = window - (carry << width);
        found.push(i8::try_from(digit).unwrap_or_default());
        found.extend((1..width).map(|_| 0));
        at += width;
    }
    found
}

/// The tables of keys seen lately.
pub(super) struct Keys<C: Curve<L>, const L: usize>(Mutex<HashMap<[Uint<L>; 2], Known<C, L>>>);

/// `None`: the point is no key.
type Known<C, const L: usize> = Option<Arc<Table<C, L>>>;

impl<C: Curve<L>, const L: usize> Keys<C, L> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The table of the key with these coordinates, if it is one.
    pub(super) fn table(&self, x: &Uint<L>, y: &Uint<L>) -> Option<Arc<Table<C, L>>> {
        let name = [*x, *y];
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&name) {
            return known.clone();
        }
        let point = Affine::on_curve(x, y)?;
        let table = Table::of_key(&point).map(Arc::new);
        let mut keys = lock();
        if keys.len() >= KEYS_MAX {
            keys.clear();
        }
        keys.insert(name, table.clone());
        table
    }
}

/// A number from 1 to q - 1, or `None`.
pub(super) fn in_range<C: Curve<L>, const L: usize>(number: &Uint<L>) -> Option<Scalar<C, L>> {
    let fits = !number.is_zero_vartime() && number < modulus::<C::Order, L>();
    fits.then(|| Scalar::<C, L>::new(number))
}
