//! See `corridor_fuzz::ocsp_response`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    corridor_fuzz::ocsp_response(bytes);
});
