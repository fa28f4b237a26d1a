//! See `corridor_fuzz::revocation_list`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    corridor_fuzz::revocation_list(bytes);
});
