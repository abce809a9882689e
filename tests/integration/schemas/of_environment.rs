//! The schema of Score files for one environment accepts the params that the environment accepts.

use super::CompiledSchema;
use crate::sandbox::Sandbox;

const DEFINITIONS: &str = "
- uri: template://team/cache-large
  type: cache
  class: large
  supported_params:
    nodes: {type: integer, minimum: 3, required: true}
  outputs: 'host: large'
- uri: template://team/cache
  type: cache
  description: A cache.
  supported_params:
    size: {type: string, format: storage, maximum: 5Gi, default: 1Gi}
    version: {type: string, enum: ['7', '8.2']}
    name: {type: string, pattern: '^[a-z]+$'}
    cpu: {type: string, format: cpu}
    replicas: {type: integer, maximum: 5}
    rate: {type: number, minimum: 0.5}
    tls: {type: boolean}
    zones: {type: array, maxItems: 2, items: {type: string}}
    backup:
      type: object
      properties:
        keep: {type: integer, required: true}
    labels: {type: object}
    any:
  outputs: 'host: small'
- uri: template://team/free
  type: free
  outputs: 'host: free'
";

fn json(text: &str) -> serde_json::Value {
    yaml_serde::from_str(text).unwrap()
}

fn score(resource: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  web:\n    image: nginx:1\n    \
         variables: {{A: '${{resources.it.host}}'}}\nresources:\n  it: {resource}\n"
    )
}

#[test]
fn params_are_accepted_by_the_schema_and_by_the_environment_alike() {
    let sandbox = Sandbox::with_files(&[
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nprovisioners: [platform.provisioners.yaml]\n",
        ),
        ("environments/prod/platform.provisioners.yaml", DEFINITIONS),
    ]);
    let printed = sandbox.run(&["schema", "workload", "--env", "prod"]);
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let schema = CompiledSchema::new(serde_json::from_str(&printed.stdout).unwrap());
    for (resource, is_right) in [
        ("{type: cache}", true),
        ("{type: cache, params: {}}", true),
        (
            "{type: cache, params: {size: 5Gi, version: 7, name: abc, cpu: 0.5}}",
            true,
        ),
        ("{type: cache, params: {size: '${metadata.name}'}}", true),
        ("{type: cache, params: {size: null, any: [1]}}", true),
        ("{type: cache, params: {size: 1024, cpu: 500m}}", true),
        ("{type: cache, params: {size: 1GB}}", false),
        ("{type: cache, params: {version: '8.2'}}", true),
        ("{type: cache, params: {version: '9'}}", false),
        ("{type: cache, params: {version: 9}}", false),
        ("{type: cache, params: {name: ABC}}", false),
        ("{type: cache, params: {name: true}}", false),
        ("{type: cache, params: {name: [a]}}", false),
        ("{type: cache, params: {cpu: 1Gi}}", false),
        ("{type: cache, params: {replicas: 5}}", true),
        ("{type: cache, params: {replicas: '5'}}", true),
        ("{type: cache, params: {replicas: 6}}", false),
        ("{type: cache, params: {replicas: many}}", false),
        ("{type: cache, params: {replicas: 1.5}}", false),
        ("{type: cache, params: {rate: 0.5}}", true),
        ("{type: cache, params: {rate: 0.1}}", false),
        ("{type: cache, params: {tls: 'true'}}", true),
        ("{type: cache, params: {tls: 'yes'}}", false),
        ("{type: cache, params: {zones: [a, 1]}}", true),
        ("{type: cache, params: {zones: [a, b, c]}}", false),
        ("{type: cache, params: {zones: a}}", false),
        ("{type: cache, params: {backup: {keep: 3}}}", true),
        ("{type: cache, params: {backup: {}}}", false),
        ("{type: cache, params: {backup: {keep: 3, kep: 4}}}", false),
        ("{type: cache, params: {labels: {a: [1]}}}", true),
        ("{type: cache, params: {labels: a}}", false),
        // Another definition has the class.
        ("{type: cache, class: large, params: {nodes: 3}}", true),
        ("{type: cache, class: large, params: {nodes: 2}}", false),
        ("{type: cache, class: large}", false),
        ("{type: cache, class: small, params: {size: 2Gi}}", true),
        // Any params, and no such type.
        ("{type: free, params: {size: 2Gi}}", true),
        ("{type: nothing}", false),
        ("{type: postgres}", false),
    ] {
        let text = score(resource);
        sandbox.write("score.yaml", &text);
        let result = sandbox.run(&["validate", "--env", "prod", "--format", "short"]);
        let is_placeholder = resource.contains("${");
        assert_eq!(
            result.code == Some(0),
            is_right && !is_placeholder,
            "{resource}: {}",
            result.stdout
        );
        let rejection = schema.rejection(&json(&text));
        assert_eq!(rejection.is_none(), is_right, "{resource}: {rejection:?}");
    }
}

#[test]
fn unknown_params_are_marked_in_editors_as_a_run_warns_of_them() {
    let printed = Sandbox::new()
        .run(&["schema", "workload", "-e", "compose"])
        .stdout;
    let schema = CompiledSchema::new(serde_json::from_str(&printed).unwrap());
    let accepts = |resource: &str| schema.rejection(&json(&score(resource))).is_none();
    assert!(accepts(
        "{type: postgres, params: {version: 17, storage: 5Gi}}"
    ));
    assert!(!accepts("{type: postgres, params: {versoin: '17'}}"));
    assert!(!accepts("{type: route, params: {path: /}}"));
    assert!(accepts("{type: environment}"));
}

#[test]
fn an_environment_is_for_the_schema_of_score_files_only() {
    let result = Sandbox::new().run(&["schema", "patches", "-e", "compose"]);
    assert_eq!(result.code, Some(2));
    assert!(
        result.stderr.contains("the same for all environments"),
        "{}",
        result.stderr
    );
    let result = Sandbox::new().run(&["schema", "workload", "-e", "prod"]);
    assert_ne!(result.code, Some(0));
}
