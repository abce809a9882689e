//! Any text as a Score file: validated, alone and against each target's provisioners, with every
//! form of report, fixed as `--fix` does it, and compiled. A line `%%% override` begins what is
//! merged into it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use score_rs_fuzz::world;

fuzz_target!(|score: &str| {
    world::validate(score);
    for target in world::TARGETS {
        world::generate(score, "", target);
    }
});
