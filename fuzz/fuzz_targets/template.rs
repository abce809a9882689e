//! Any text as a template, over rich data, with the limits that users get.
#![no_main]

use go_template::{Data, ExtraFunction, Limits, RandomSource, Template, Tools};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use score_rs_fuzz::{actions, data, world};

fuzz_target!(|text: &str| {
    let Ok(template) = Template::parse(text, &["encodeSecretRef"]) else {
        return;
    };
    let random = |call: u32| -> Result<Box<dyn RandomSource>, String> {
        Ok(Box::new(world::key().derive(&call.to_string()).stream()))
    };
    let encode: &ExtraFunction<'_> = &|arguments: &[Data]| match arguments {
        [Data::Text(name), Data::Text(key)] => Ok(Data::text(format!("{name}/{key}"))),
        _ => Err("two strings".to_owned()),
    };
    let tools = Tools {
        random: &random,
        functions: &[("encodeSecretRef", encode)],
        limits: Limits::default(),
    };
    // Data is created again for each run, since `set` and `merge` change it.
    let _ = template.render(&data::rich(), &tools);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    actions::mutate(data, size, max_size, seed)
});
