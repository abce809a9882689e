//! Exports the outputs of random projects as files for external validators: `.ci/validate-random.sh`.

use std::path::PathBuf;

use compiler::emit::Syntax;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{compiled, project};

/// The projects are the same each time, so that the verdicts are too.
#[test]
#[ignore = "it only writes files, which .ci/validate-random.sh validates"]
fn write_outputs() {
    let variable = |name: &str| std::env::var(name).ok();
    let directory =
        PathBuf::from(variable("SCORE_RS_RANDOM").expect("SCORE_RS_RANDOM names a directory"));
    let count = variable("PROPTEST_CASES").map_or(100, |cases| cases.parse().unwrap());
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    for number in 0..count {
        let project = project().new_tree(&mut runner).unwrap().current();
        for target in ["compose", "kubernetes"] {
            let text = compiled(&project, target, Syntax::Yaml, 0).text;
            std::fs::create_dir_all(directory.join(target)).unwrap();
            std::fs::write(
                directory.join(target).join(format!("{number:04}.yaml")),
                text,
            )
            .unwrap();
        }
    }
}
