//! `examples/production` as a bundle: the shop extends its environment.

use std::path::Path;

use super::oci::Registry;
use super::{run, succeeds};
use crate::production_example::{PROD, has_the_same_objects, shop_that_extends};

#[test]
fn the_shop_extends_production_from_a_registry() {
    let registry = Registry::new();
    let url = registry.url("production:v1");
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/production");
    let sandbox = shop_that_extends(&format!("{url}#environments/prod"), "terraform/prod.json");
    let directory = directory.to_str().unwrap();
    succeeds(&sandbox, &["bundle", "push", &url, directory]);
    succeeds(&sandbox, &["lock"]);
    has_the_same_objects(&run(&sandbox, &PROD));
}
