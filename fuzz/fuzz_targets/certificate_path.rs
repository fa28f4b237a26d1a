//! See `corridor_fuzz::certificate_path`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    corridor_fuzz::certificate_path(bytes);
});
