//! Probes as health checks.
//!
//! Compose has no `httpGet`: a health check runs a program inside the container, and many images
//! have neither a shell nor an HTTP client. One helper service therefore copies a static busybox
//! into a volume. Every container with such a probe mounts it, and the check runs its `wget`.

use super::Project;
use super::interpolation::{command_text, literal};
use super::name_registry::{Element, add};
use super::service::seconds_value;
use crate::decode::image::in_registry;
use crate::defaults::settings::Timings;
use crate::model::{HttpGet, Probe, Scheme};
use crate::plan::Container;
use crate::targets::target::Options;
use diagnostics::redaction::Redactor;
use diagnostics::report::{Problem, Report};
use diagnostics::value::{Map, Value};

rules! {
    /// A container has two different probes, and Compose uses only the readiness probe.
    pub LIVENESS_PROBE_IGNORED: "liveness-probe-ignored", Note;
}

/// The name of the helper's service and volume.
pub(super) const HELPER: &str = "score-rs-http-probe";
/// Where the volume is mounted.
pub(super) const MOUNT: &str = "/.score-rs";
const IMAGE: &str = "busybox:1.37-musl";

/// The probe that becomes the health check. Compose never restarts an unhealthy container, so the
/// liveness probe is used only where there is no readiness probe.
pub(super) fn effective_probe(container: &Container) -> Option<&Probe> {
    container.readiness.as_ref().or(container.liveness.as_ref())
}

/// Notes that the liveness probe is ignored, where it differs from the readiness probe.
pub(super) fn note_liveness(container: &Container, report: &mut Report) {
    let (Some(readiness), Some(liveness)) = (&container.readiness, &container.liveness) else {
        return;
    };
    let check = |probe| health_check(container, probe, None, &mut Report::default());
    if check(readiness) != check(liveness) {
        let message = "Compose has one health check per container and restarts nothing; the readiness probe is used, not this one";
        let problem = Problem::new(&LIVENESS_PROBE_IGNORED, message).at(liveness.span);
        report.push(problem.help("no change is needed; Kubernetes uses both"));
    }
}

/// Whether a probe needs the helper.
pub(super) fn needs_helper(probe: &Probe) -> bool {
    probe.exec.is_none() && probe.http_get.is_some()
}

/// The `healthcheck` of a service; null for a probe that asks nothing.
pub(super) fn health_check(
    container: &Container,
    probe: &Probe,
    secrets: Option<&Redactor>,
    report: &mut Report,
) -> Value {
    let command: Vec<Value> = match (&probe.exec, &probe.http_get) {
        (Some(exec), _) => {
            let texts = exec.iter().map(|text| container.probe_text(text));
            texts
                .filter_map(|text| command_text(container, &text, secrets, report).ok())
                .collect()
        }
        (None, Some(http)) => http_command(http),
        (None, None) => return Value::Null,
    };
    let test: Vec<Value> = std::iter::once(Value::from("CMD")).chain(command).collect();
    let timings = timings(container);
    let number = |key, otherwise: i32| timings.get(key).map_or(otherwise, |number| number.value);
    let (interval, retries) = (number("periodSeconds", 5), number("failureThreshold", 12));
    let check = [
        ("test", Some(Value::List(test))),
        ("interval", Some(seconds_value(interval))),
        ("timeout", Some(seconds_value(number("timeoutSeconds", 5)))),
        ("retries", Some(Value::from(i64::from(retries)))),
        ("start_period", start_period(container).map(seconds_value)),
    ];
    let check = check.into_iter();
    Value::Map(
        check
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect(),
    )
}

/// When the probe is asked that becomes the health check, by the defaults.
pub(super) fn timings(container: &Container) -> &Timings {
    match container.readiness {
        Some(_) => &container.probes.readiness,
        None => &container.probes.liveness,
    }
}

/// How long failures do not count: as long as a startup probe may fail, or else until the first
/// probe.
fn start_period(container: &Container) -> Option<i32> {
    let startup = container.probes.startup.as_ref();
    let Some(startup) = startup.filter(|_| container.liveness.is_some()) else {
        let delay = timings(container).get("initialDelaySeconds")?.value;
        return (delay > 0).then_some(delay);
    };
    // As Kubernetes has it where nothing is set.
    let number = |key, otherwise: i32| startup.value.get(key).map_or(otherwise, |one| one.value);
    let tries = number("periodSeconds", 10).saturating_mul(number("failureThreshold", 3));
    Some(tries.saturating_add(number("initialDelaySeconds", 0)))
}

fn http_command(http: &HttpGet) -> Vec<Value> {
    let scheme = match http.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = http.host.as_ref().map_or("127.0.0.1", |host| &host.value);
    // An IPv6 address (RFC 3986, section 3.2.2).
    let host = match host.contains(':') && !host.starts_with('[') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    };
    let slash = if http.path.starts_with('/') { "" } else { "/" };
    let url = format!("{scheme}://{host}:{}{slash}{}", http.port, http.path);
    let headers = http
        .headers
        .iter()
        .flat_map(|(name, value)| ["--header".to_owned(), format!("{}: {value}", name.value)]);
    let program = [
        format!("{MOUNT}/busybox"),
        "wget".into(),
        "-q".into(),
        "-O".into(),
        "/dev/null".into(),
    ];
    program
        .into_iter()
        .chain(headers)
        .chain([url])
        .map(|part| literal(&part))
        .collect()
}

/// Adds the helper's service and volume.
pub(super) fn add_helper(project: &mut Project, options: &Options, report: &mut Report) {
    let image = match &options.image_registry {
        Some(registry) => in_registry(IMAGE, registry, report),
        None => IMAGE.to_owned(),
    };
    let mount = Map::from_iter([
        ("type".to_owned(), Value::from("volume")),
        ("source".to_owned(), Value::from(HELPER)),
        ("target".to_owned(), Value::from(MOUNT)),
    ]);
    // A program that runs cannot be written, so a copy replaces it.
    let script = format!("cp /bin/busybox {MOUNT}/new && mv -f {MOUNT}/new {MOUNT}/busybox");
    let command = ["sh", "-c", &script].map(Value::from).to_vec();
    let service = Map::from_iter([
        ("image".to_owned(), Value::from(image)),
        ("command".to_owned(), Value::List(command)),
        ("volumes".to_owned(), Value::List(vec![Value::Map(mount)])),
    ]);
    add(
        &mut project.services,
        "service",
        HELPER,
        Element::new(Value::Map(service), None),
        report,
    );
    add(
        &mut project.volumes,
        "volume",
        HELPER,
        Element::new(Value::map(), None),
        report,
    );
}
