#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| receta_tests::fuzz::run("trust_list", data));
