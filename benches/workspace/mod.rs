//! A generated monorepo of any size, the same on every machine, for the benchmarks.
//!
//! Every workload has a database, a cache, a host name and a route, variables made of their
//! outputs, probes and service ports. Now and then one has a second container, a file, a cache it
//! shares with others, or asks for the workload before it, so that no stage has only the easy case
//! to do. Use it with `mod workspace;` from a file in `benches/`.

use std::fmt::Write;

/// The files of a workspace with that many workloads: a path inside the workspace and the Score
/// file's text.
pub fn workspace(workloads: usize) -> Vec<(String, String)> {
    (0..workloads)
        .map(|index| (format!("{}/score.yaml", name(index)), score_file(index)))
        .collect()
}

/// Five digits, so that names sort as numbers do.
fn name(index: usize) -> String {
    format!("workload-{index:05}")
}

fn score_file(index: usize) -> String {
    // Writing to a string cannot fail.
    let mut text = String::with_capacity(2048);
    let _ = write_head(&mut text, index);
    let _ = write_main_container(&mut text, index);
    if has_sidecar(index) {
        text.push_str(SIDECAR);
    }
    let _ = write_resources(&mut text, index);
    text
}

fn has_sidecar(index: usize) -> bool {
    index % 4 == 1
}

fn has_file(index: usize) -> bool {
    index % 5 == 2
}

/// Never true for the first workload.
fn calls_previous(index: usize) -> bool {
    index % 3 == 2
}

fn shares_cache(index: usize) -> bool {
    index % 10 >= 8
}

fn write_head(text: &mut String, index: usize) -> std::fmt::Result {
    write!(
        text,
        "apiVersion: score.dev/v1b1
metadata:
  name: {name}
  annotations:
    example.com/team: team-{team}
    example.com/description: \"Workload {index} of a benchmark\"
service:
  ports:
    web:
      port: 80
      targetPort: 8080
    metrics:
      port: 9090
      protocol: TCP
containers:
",
        name = name(index),
        team = index % 20,
    )
}

fn write_main_container(text: &mut String, index: usize) -> std::fmt::Result {
    write!(
        text,
        "  main:
    image: registry.example.com/{name}:1.{minor}.0
    command: [\"/bin/{name}\"]
    args:
    - serve
    - --listen=:8080
    variables:
      NAME: ${{metadata.name}}
      LOG_LEVEL: info
      PRICE: \"$${{5}} and $$HOME\"
      DATABASE_URL: postgres://${{resources.db.username}}:${{resources.db.password}}@${{resources.db.host}}:${{resources.db.port}}/${{resources.db.name}}
      DATABASE_PASSWORD: ${{resources.db.password}}
      CACHE_HOST: ${{resources.cache.host}}
      CACHE_PORT: ${{resources.cache.port}}
      CACHE_URL: redis://${{resources.cache.username}}:${{resources.cache.password}}@${{resources.cache.host}}:${{resources.cache.port}}
      PUBLIC_URL: https://${{resources.dns.host}}/{name}
",
        name = name(index),
        minor = index % 30,
    )?;
    if calls_previous(index) {
        let before = name(index - 1);
        writeln!(
            text,
            "      UPSTREAM_URL: http://${{resources.{before}.name}}:80/api"
        )?;
    }
    if has_file(index) {
        text.push_str(FILE);
    }
    write!(
        text,
        "    resources:
      requests:
        cpu: {cpu}m
        memory: 64Mi
      limits:
        cpu: \"1\"
        memory: {memory}Mi
    livenessProbe:
      httpGet:
        path: /healthz
        port: 8080
    readinessProbe:
      httpGet:
        path: /ready
        port: 8080
        httpHeaders:
        - name: X-Probe
          value: {name}
",
        cpu = 50 + index % 7 * 50,
        memory = 128 << (index % 4),
        name = name(index),
    )
}

const FILE: &str = "    files:
      /etc/app/app.ini:
        mode: \"0644\"
        content: |
          # Settings of ${metadata.name}.
          [database]
          host = ${resources.db.host}
          port = ${resources.db.port}

          [public]
          host = ${resources.dns.host}
";

const SIDECAR: &str = "  proxy:
    image: envoyproxy/envoy:v1.31.0
    args: [\"--log-level\", \"warn\"]
    variables:
      TARGET: 127.0.0.1:8080
      SERVICE: ${metadata.name}
    readinessProbe:
      exec:
        command: [\"/bin/true\"]
";

fn write_resources(text: &mut String, index: usize) -> std::fmt::Result {
    text.push_str("resources:\n  db:\n    type: postgres\n  cache:\n    type: redis\n");
    if shares_cache(index) {
        writeln!(text, "    id: cache-{}", index / 10)?;
    }
    write!(
        text,
        "  dns:
    type: dns
  route:
    type: route
    params:
      host: ${{resources.dns.host}}
      path: /{name}
      port: web
",
        name = name(index),
    )?;
    if calls_previous(index) {
        write!(text, "  {}:\n    type: service\n", name(index - 1))?;
    }
    Ok(())
}
