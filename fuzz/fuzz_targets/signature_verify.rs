//! See `corridor_fuzz::signature_verify`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    corridor_fuzz::signature_verify(bytes);
});
