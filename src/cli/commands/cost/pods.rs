//! What a pod reserves: what the scheduler of Kubernetes counts.

use super::usage::{Gaps, Range, Usage, quantity, storage, text};
use diagnostics::value::Value;

/// What so many pods reserve.
pub(super) fn usage(pod: &Value, replicas: Range, gaps: Gaps<'_>) -> Usage {
    let cpu = request(pod, "cpu", 1000, gaps);
    let memory = request(pod, "memory", 1, gaps);
    let mut volumes = Range::default();
    for volume in list(pod, "volumes") {
        if let Some(claim) = volume.at(&["ephemeral", "volumeClaimTemplate"]) {
            volumes += storage(claim, gaps);
        }
    }
    Usage {
        cpu: Range::exactly(cpu).times(replicas),
        memory: Range::exactly(memory).times(replicas),
        storage: volumes.times(replicas),
        ..Usage::default()
    }
}

/// The request of a pod: that of the pod itself, or else of its containers. Init containers run one
/// after the other, before the others; those that restart always go on running.
fn request(pod: &Value, resource: &str, parts: u128, gaps: Gaps<'_>) -> u128 {
    if let Some(own) = pod.at(&["resources", "requests", resource]) {
        return quantity(own, parts, &format!("{resource} request"), gaps).unwrap_or_default();
    }
    let (mut running, mut peak) = (0_u128, 0_u128);
    for container in list(pod, "initContainers") {
        let is_sidecar = text(container, &["restartPolicy"]) == "Always";
        let amount = of_container(container, resource, parts, is_sidecar, gaps);
        peak = peak.max(running.saturating_add(amount));
        if is_sidecar {
            running = running.saturating_add(amount);
        }
    }
    for container in list(pod, "containers") {
        let amount = of_container(container, resource, parts, true, gaps);
        running = running.saturating_add(amount);
    }
    running.max(peak)
}

/// The request of a container, or else its limit, which Kubernetes takes for it.
fn of_container(
    container: &Value,
    resource: &str,
    parts: u128,
    is_needed: bool,
    gaps: Gaps<'_>,
) -> u128 {
    let written = |list| container.at(&["resources", list, resource]);
    let name = text(container, &["name"]);
    let Some(value) = written("requests").or_else(|| written("limits")) else {
        if is_needed {
            gaps(format!("container {name} has no {resource} request"));
        }
        return 0;
    };
    let what = format!("{resource} request of container {name}");
    quantity(value, parts, &what, gaps).unwrap_or_default()
}

fn list<'a>(pod: &'a Value, key: &str) -> &'a [Value] {
    pod.get(key).and_then(Value::as_list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage_of(json: &str, replicas: Range) -> (Usage, Vec<String>) {
        let pod = Value::from(serde_json::from_str::<serde_json::Value>(json).unwrap());
        let mut gaps = Vec::new();
        let usage = usage(&pod, replicas, &mut |gap| gaps.push(gap));
        (usage, gaps)
    }

    #[test]
    fn a_pod_reserves_what_the_scheduler_counts() {
        let (usage, gaps) = usage_of(
            r#"{"initContainers": [
                {"name": "early", "resources": {"requests": {"cpu": "300m", "memory": "1Gi"}}},
                {"name": "proxy", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}},
                {"name": "late", "resources": {"requests": {"cpu": 2}}}],
              "containers": [
                {"name": "main", "resources": {"requests": {"cpu": 0.5}, "limits": {"cpu": 4, "memory": "256Mi"}}},
                {"name": "bare"}]}"#,
            Range { least: 2, most: 3 },
        );
        // The late init container runs beside the proxy; the early one needs the most memory.
        assert_eq!(
            usage.cpu,
            Range {
                least: 4200,
                most: 6300
            }
        );
        assert_eq!(
            usage.memory,
            Range {
                least: 2 << 30,
                most: 3 << 30
            }
        );
        let expected = [
            "container bare has no cpu request",
            "container bare has no memory request",
        ];
        assert_eq!(gaps, expected);
    }

    #[test]
    fn the_request_of_the_pod_itself_counts() {
        let (usage, gaps) = usage_of(
            r#"{"resources": {"requests": {"cpu": "1", "memory": "1G"}}, "containers": [{"name": "main"}],
              "volumes": [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}}}]}"#,
            Range::exactly(2),
        );
        assert_eq!(usage.cpu, Range::exactly(2000));
        assert_eq!(usage.memory, Range::exactly(2_000_000_000));
        assert_eq!(usage.storage, Range::exactly(4 << 30));
        assert!(gaps.is_empty(), "{gaps:?}");
    }
}
