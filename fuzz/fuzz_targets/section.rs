//! Any text as a definitions file, used for a resource of a fixed workload, for both targets.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use score_rs_fuzz::{actions, world};

const SCORE: &str = r#"apiVersion: score.dev/v1b1
metadata:
  name: web
  annotations: {team: "döner"}
containers:
  main:
    image: nginx:1.27
    variables:
      HOST: ${resources.db.host}
      URL: http://${resources.db.username}:${resources.db.password}@${resources.db.host}:${resources.db.port}
    volumes:
      /data: {source: "${resources.disk}"}
service:
  ports:
    http: {port: 80, targetPort: 8080}
resources:
  db:
    type: thing
    params: {size: 3, names: [a, b], deep: {x: {y: null}}, big: 18446744073709551615, part: 0.5}
  disk:
    type: volume
"#;

fuzz_target!(|definitions: &str| {
    for target in world::TARGETS {
        world::generate(SCORE, definitions, target);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    actions::mutate(data, size, max_size, seed)
});
