//! See `corridor_fuzz::xml_parse`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    corridor_fuzz::xml_parse(bytes);
});
