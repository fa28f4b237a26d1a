//! The check digit of ISO 6346, which freight containers and movement reference numbers share.
//!
//! Letters count from 10 upwards without the multiples of 11, the character at position `i` weighs
//! `2^i`, the sum is taken modulo 11 and 10 becomes 0. Start at [`value`].

/// What a digit or capital letter counts.
pub(super) fn value(byte: u8) -> u32 {
    if byte.is_ascii_digit() {
        return u32::from(byte - b'0');
    }
    let letter = u32::from(byte - b'A');
    // A is 10; 11, 22 and 33 are left out.
    let value = letter + 10;
    match letter {
        0 => value,
        1..=10 => value + 1,
        11..=20 => value + 2,
        _ => value + 3,
    }
}

/// The check digit of a weighted sum.
pub(super) fn digit(sum: u32) -> Option<char> {
    char::from_digit(sum % 11 % 10, 10)
}
