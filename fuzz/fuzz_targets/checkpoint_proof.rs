//! See `corridor_fuzz::checkpoint_proof`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    corridor_fuzz::checkpoint_proof(bytes);
});
