//! Right objects of each kind, and changes of them that the API server refuses.
//!
//! The validation of a real API server (1.20.2) was given these changes, and 5,000 random ones. It
//! refuses the same, except for what it does not look at: claim templates and pods of a StatefulSet,
//! where it refuses what the controller creates, and HTTPRoute, whose schema says it.

use yaml::Node;

use crate::targets::kubernetes::api_kinds;
use diagnostics::report::Report;
use diagnostics::source::Sources;

const POD_SPEC: &str = "{containers: [{name: main, image: example.com/web:1, ports: [{name: http, \
    containerPort: 8080}, {containerPort: 53, protocol: UDP}], resources: {requests: {cpu: 100m}, \
    limits: {cpu: '1', memory: 1.5Gi, nvidia.com/gpu: 1}}, env: [{name: A, value: b}, {name: B, \
    valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: C, valueFrom: {fieldRef: {fieldPath: \
    \"metadata.labels['app']\"}}}], livenessProbe: {httpGet: {path: /, port: http}, periodSeconds: \
    5}, volumeMounts: [{name: data, mountPath: /data}]}], initContainers: [{name: proxy, image: a, \
    restartPolicy: Always, startupProbe: {exec: {command: ['true']}}}], volumes: [{name: data}], \
    tolerations: [{operator: Exists}], restartPolicy: POLICY}";

/// Right objects by the names that the cases have for them.
fn right(name: &str) -> Node {
    let pod = |policy: &str| POD_SPEC.replace("POLICY", policy);
    let template = |policy: &str| {
        let spec = pod(policy);
        format!("{{metadata: {{labels: {{app: web, tier: front}}}}, spec: {spec}}}")
    };
    let head = |api_version: &str, kind: &str, rest: String| {
        format!("{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: web}}, {rest}}}")
    };
    let runner = |kind: &str, rest: &str| {
        let template = template("Always");
        let selector = "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, \
                        values: [front, back]}]}";
        let spec = format!("spec: {{selector: {selector}, template: {template}, {rest}}}");
        head("apps/v1", kind, spec)
    };
    let claim = "{accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}";
    let rbac = "rbac.authorization.k8s.io/v1";
    parse(&match name {
        "pod" => head("v1", "Pod", format!("spec: {}", pod("Never"))),
        "deployment" => runner("Deployment", "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 25%}}"),
        "daemonset" => runner("DaemonSet", ""),
        "replicaset" => runner("ReplicaSet", ""),
        "statefulset" => runner(
            "StatefulSet",
            &format!("serviceName: web, volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {claim}}}]"),
        ),
        "job" => head("batch/v1", "Job", format!("spec: {{template: {}}}", template("Never"))),
        "cronjob" => head(
            "batch/v1",
            "CronJob",
            format!(
                "spec: {{schedule: '*/5 * * * *', timeZone: Etc/UTC, jobTemplate: {{spec: {{template: {}}}}}}}",
                template("OnFailure")
            ),
        ),
        "service" => head(
            "v1",
            "Service",
            "spec: {selector: {app: web}, ports: [{name: a, port: 80, targetPort: http}, {name: b, port: \
             80, protocol: UDP}]}"
                .to_owned(),
        ),
        "ingress" => head(
            "networking.k8s.io/v1",
            "Ingress",
            "spec: {tls: [{hosts: [a.example.com], secretName: tls}], rules: [{host: '*.example.com', http: \
             {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}"
                .to_owned(),
        ),
        "route" => head(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "spec: {parentRefs: [{name: gateway}], hostnames: [example.com], rules: [{matches: [{path: \
             {type: PathPrefix, value: /a}}], backendRefs: [{name: web, port: 80}]}]}"
                .to_owned(),
        ),
        "policy" => head(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}, {ipBlock: \
             {cidr: 10.0.0.0/8}}], ports: [{port: http}]}]}"
                .to_owned(),
        ),
        "hpa" => head(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 3, \
             metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, \
             averageUtilization: 80}}}]}"
                .to_owned(),
        ),
        "pdb" => head(
            "policy/v1",
            "PodDisruptionBudget",
            "spec: {minAvailable: 50%, selector: {matchLabels: {app: web}}}".to_owned(),
        ),
        "configmap" => head("v1", "ConfigMap", "data: {a.txt: b}, binaryData: {c: AAAA}".to_owned()),
        "secret" => head("v1", "Secret", "data: {a: AAAA}, stringData: {c: d}".to_owned()),
        "claim" => head("v1", "PersistentVolumeClaim", format!("spec: {claim}")),
        "class" => head("storage.k8s.io/v1", "StorageClass", "provisioner: a.example.com".to_owned()),
        "namespace" => head("v1", "Namespace", String::new()),
        "account" => head("v1", "ServiceAccount", String::new()),
        "role" => head(rbac, "Role", "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]".to_owned()),
        "clusterrole" => head(rbac, "ClusterRole", "rules: [{nonResourceURLs: [/healthz], verbs: [get]}]".to_owned()),
        "binding" => head(
            rbac,
            "RoleBinding",
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}, subjects: [{kind: \
             ServiceAccount, name: b}]"
                .to_owned(),
        ),
        "clusterbinding" => head(
            rbac,
            "ClusterRoleBinding",
            "roleRef: {kind: ClusterRole, name: a}, subjects: [{kind: ServiceAccount, name: b, namespace: c}]"
                .to_owned(),
        ),
        other => panic!("no object {other}"),
    })
}

fn parse(text: &str) -> Node {
    let mut sources = Sources::default();
    let id = sources.add("t", text);
    let mut report = Report::default();
    let node = yaml::parse(&sources, id, &mut report).remove(0);
    assert!(report.result().is_ok(), "{text}");
    node
}

/// A right object, a change of it, and the path of the fault with what is wrong.
const CASES: &[(&str, &str, &str)] = &[
    (
        "pod",
        "metadata: {name: Web}",
        "`metadata.name` is `Web`, which is not a DNS name",
    ),
    (
        "pod",
        "metadata: {labels: {a: b c}}",
        "`metadata.labels.a` is `b c`, which is not a label value",
    ),
    (
        "pod",
        "metadata: {labels: {-a: b}}",
        "`metadata.labels` has the key `-a`",
    ),
    (
        "pod",
        "metadata: {annotations: {a/b/c: d}}",
        "`metadata.annotations` has the key `a/b/c`",
    ),
    (
        "pod",
        "metadata: {namespace: a.b}",
        "`metadata.namespace` is `a.b`",
    ),
    (
        "pod",
        "spec: {containers: []}",
        "`spec.containers` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{name: a}]}",
        "`spec.containers[0].image` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{image: a}]}",
        "`spec.containers[0].name` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{name: a_b, image: a}]}",
        "`spec.containers[0].name` is `a_b`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: ' a'}]}",
        "`spec.containers[0].image` is ` a`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a}, {name: a, image: b}]}",
        "`spec.containers[1].name` is the name of another",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, imagePullPolicy: always}]}",
        "`spec.containers[0].imagePullPolicy` is `always`, not one of",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, ports: [{containerPort: 0}]}]}",
        "`spec.containers[0].ports[0].containerPort` is 0",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, ports: [{name: a}]}]}",
        "`spec.containers[0].ports[0].containerPort` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, ports: [{containerPort: 1, name: much-too-long-name}]}]}",
        "`spec.containers[0].ports[0].name` is",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, ports: [{containerPort: 1, protocol: tcp}]}]}",
        "`spec.containers[0].ports[0].protocol` is `tcp`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]}]}",
        "`spec.containers[0].ports[1].name` is the same",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, env: [{value: a}]}]}",
        "`spec.containers[0].env[0].name` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, env: [{name: a=b}]}]}",
        "`spec.containers[0].env[0].name` is `a=b`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, env: [{name: A, value: a, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}",
        "`spec.containers[0].env[0].valueFrom` cannot be set beside `value`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, env: [{name: A, valueFrom: {}}]}]}",
        "`spec.containers[0].env[0].valueFrom` needs one of",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.nmae}}}]}]}",
        "`spec.containers[0].env[0].valueFrom.fieldRef.fieldPath` is",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, env: [{name: A, valueFrom: {secretKeyRef: {name: a}}}]}]}",
        "`spec.containers[0].env[0].valueFrom.secretKeyRef.key` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, envFrom: [{prefix: A_}]}]}",
        "`spec.containers[0].envFrom[0]` needs one of",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, volumeMounts: [{name: x, mountPath: /a}]}]}",
        "`spec.containers[0].volumeMounts[0].name` is the name of no volume",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, volumeMounts: [{name: data}]}]}",
        "`spec.containers[0].volumeMounts[0].mountPath` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, volumeMounts: [{name: data, mountPath: /a}, {name: data, mountPath: /a}]}]}",
        "`spec.containers[0].volumeMounts[1].mountPath` is the same",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, volumeMounts: [{name: data, mountPath: /a, subPath: ../b}]}]}",
        "`spec.containers[0].volumeMounts[0].subPath` is",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, resources: {limits: {memory: 1K}}}]}",
        "`spec.containers[0].resources.limits.memory` is `1K`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, resources: {limits: {memory: -1}}}]}",
        "`spec.containers[0].resources.limits.memory` is negative",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, resources: {limits: {mem: 1Gi}}}]}",
        "`spec.containers[0].resources.limits` has the key `mem`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 2}, limits: {cpu: 500m}}}]}",
        "`spec.containers[0].resources.requests.cpu` is above the limit",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, readinessProbe: {periodSeconds: 1}}]}",
        "`spec.containers[0].readinessProbe` needs one of",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, readinessProbe: {httpGet: {port: 1}, exec: {command: [a]}}}]}",
        "`spec.containers[0].readinessProbe` cannot have both",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, readinessProbe: {httpGet: {path: /}}}]}",
        "`spec.containers[0].readinessProbe.httpGet.port` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, readinessProbe: {httpGet: {port: 1, scheme: https}}}]}",
        "`spec.containers[0].readinessProbe.httpGet.scheme` is `https`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, readinessProbe: {httpGet: {port: 1, httpHeaders: [{name: a_b, value: c}]}}}]}",
        "`spec.containers[0].readinessProbe.httpGet.httpHeaders[0].name` is `a_b`",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, readinessProbe: {exec: {command: []}}}]}",
        "`spec.containers[0].readinessProbe.exec.command` is missing",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, readinessProbe: {tcpSocket: {port: 1}, periodSeconds: -1}}]}",
        "`spec.containers[0].readinessProbe.periodSeconds` is -1",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, livenessProbe: {tcpSocket: {port: 1}, successThreshold: 2}}]}",
        "`spec.containers[0].livenessProbe.successThreshold` has to be 1",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, lifecycle: {preStop: {}}}]}",
        "`spec.containers[0].lifecycle.preStop` needs one of",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, securityContext: {privileged: true, allowPrivilegeEscalation: false}}]}",
        "`spec.containers[0].securityContext.allowPrivilegeEscalation` cannot",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, securityContext: {runAsUser: -1}}]}",
        "`spec.containers[0].securityContext.runAsUser` is -1",
    ),
    (
        "pod",
        "spec: {containers: [{name: a, image: a, terminationMessagePolicy: Log}]}",
        "`spec.containers[0].terminationMessagePolicy` is `Log`",
    ),
    (
        "pod",
        "spec: {initContainers: [{name: a, image: a, readinessProbe: {tcpSocket: {port: 1}}}]}",
        "`spec.initContainers[0].readinessProbe` cannot be set in an init container",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data}, {name: data}]}",
        "`spec.volumes[1].name` is the same",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, emptyDir: {}, configMap: {name: a}}]}",
        "`spec.volumes[0]` cannot have both",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, configMap: {}}]}",
        "`spec.volumes[0].configMap.name` is missing",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, secret: {name: a}}]}",
        "there is no field `spec.volumes[0].secret.name`",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, secret: {}}]}",
        "`spec.volumes[0].secret.secretName` is missing",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, secret: {secretName: a, defaultMode: 644}}]}",
        "`spec.volumes[0].secret.defaultMode` is 644",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, configMap: {name: a, items: [{key: b}]}}]}",
        "`spec.volumes[0].configMap.items[0].path` is missing",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, persistentVolumeClaim: {}}]}",
        "`spec.volumes[0].persistentVolumeClaim.claimName` is missing",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, hostPath: {type: Directory}}]}",
        "`spec.volumes[0].hostPath.path` is missing",
    ),
    (
        "pod",
        "spec: {volumes: [{name: data, emptyDir: {sizeLimit: 1GB}}]}",
        "`spec.volumes[0].emptyDir.sizeLimit` is `1GB`",
    ),
    (
        "pod",
        "spec: {restartPolicy: Sometimes}",
        "`spec.restartPolicy` is `Sometimes`",
    ),
    (
        "pod",
        "spec: {dnsPolicy: Cluster}",
        "`spec.dnsPolicy` is `Cluster`",
    ),
    (
        "pod",
        "spec: {nodeSelector: {a: b c}}",
        "`spec.nodeSelector.a` is `b c`",
    ),
    (
        "pod",
        "spec: {serviceAccountName: A}",
        "`spec.serviceAccountName` is `A`",
    ),
    ("pod", "spec: {hostname: a.b}", "`spec.hostname` is `a.b`"),
    (
        "pod",
        "spec: {terminationGracePeriodSeconds: -1}",
        "`spec.terminationGracePeriodSeconds` is -1",
    ),
    (
        "pod",
        "spec: {tolerations: [{effect: NoRun, operator: Exists}]}",
        "`spec.tolerations[0].effect` is `NoRun`",
    ),
    (
        "pod",
        "spec: {tolerations: [{value: a}]}",
        "`spec.tolerations[0]` needs a `key`",
    ),
    (
        "pod",
        "spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: a}]}",
        "`spec.topologySpreadConstraints[0].whenUnsatisfiable` is missing",
    ),
    (
        "pod",
        "spec: {affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, podAffinityTerm: {topologyKey: a}}]}}}",
        "`spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight` is 0",
    ),
    (
        "pod",
        "spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {}}]}}}",
        "`spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey` is missing",
    ),
    (
        "pod",
        "spec: {hostAliases: [{ip: a}]}",
        "`spec.hostAliases[0].ip` is `a`",
    ),
    (
        "pod",
        "spec: {securityContext: {seccompProfile: {type: Default}}}",
        "`spec.securityContext.seccompProfile.type` is `Default`",
    ),
    ("deployment", "spec: null", "`spec` is missing"),
    (
        "deployment",
        "spec: {selector: {matchLabels: {app: other}}}",
        "`spec.selector.matchLabels.app` does not match",
    ),
    (
        "deployment",
        "spec: {selector: {matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}}",
        "`spec.selector.matchExpressions[0]` does not match",
    ),
    (
        "deployment",
        "spec: {selector: {matchExpressions: [{key: tier, operator: in, values: [front]}]}}",
        "`spec.selector.matchExpressions[0].operator` is `in`",
    ),
    (
        "deployment",
        "spec: {selector: null}",
        "`spec.selector` is missing",
    ),
    (
        "deployment",
        "spec: {selector: {matchLabels: {app: null}, matchExpressions: []}}",
        "`spec.selector` selects no pods",
    ),
    (
        "deployment",
        "spec: {template: {metadata: {labels: {app: null}}}}",
        "`spec.selector.matchLabels.app` does not match",
    ),
    (
        "deployment",
        "spec: {replicas: -1}",
        "`spec.replicas` is -1, and has to be at least 0",
    ),
    (
        "deployment",
        "spec: {strategy: {type: Rolling}}",
        "`spec.strategy.type` is `Rolling`",
    ),
    (
        "deployment",
        "spec: {strategy: {type: Recreate}}",
        "`spec.strategy.rollingUpdate` cannot be set",
    ),
    (
        "deployment",
        "spec: {strategy: {rollingUpdate: {maxUnavailable: 0}}}",
        "`spec.strategy.rollingUpdate` cannot have 0",
    ),
    (
        "deployment",
        "spec: {strategy: {rollingUpdate: {maxSurge: half}}}",
        "`spec.strategy.rollingUpdate.maxSurge` is `half`",
    ),
    (
        "deployment",
        "spec: {template: {spec: {restartPolicy: Never}}}",
        "`spec.template.spec.restartPolicy` has to be `Always`",
    ),
    (
        "replicaset",
        "spec: {selector: {matchLabels: {app: other}}}",
        "`spec.selector.matchLabels.app` does not match",
    ),
    (
        "daemonset",
        "spec: {updateStrategy: {type: Recreate}}",
        "`spec.updateStrategy.type` is `Recreate`",
    ),
    (
        "statefulset",
        "spec: {podManagementPolicy: Ordered}",
        "`spec.podManagementPolicy` is `Ordered`",
    ),
    (
        "statefulset",
        "spec: {template: {spec: {containers: [{name: a, image: a, volumeMounts: [{name: dta, mountPath: /a}]}]}}}",
        "`spec.template.spec.containers[0].volumeMounts[0].name` is the name of no volume",
    ),
    (
        "statefulset",
        "spec: {volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 1Gi}}}}]}",
        "`spec.volumeClaimTemplates[0].spec.accessModes` is missing",
    ),
    (
        "job",
        "spec: {template: {spec: {restartPolicy: Always}}}",
        "`spec.template.spec.restartPolicy` has to be `OnFailure` or `Never`",
    ),
    (
        "job",
        "spec: {template: {spec: {restartPolicy: null}}}",
        "`spec.template.spec.restartPolicy` has to be",
    ),
    (
        "job",
        "spec: {backoffLimit: -1}",
        "`spec.backoffLimit` is -1",
    ),
    (
        "job",
        "spec: {completionMode: Index}",
        "`spec.completionMode` is `Index`",
    ),
    (
        "cronjob",
        "spec: {schedule: '61 * * * *'}",
        "`spec.schedule` is not a valid schedule: the minute `61`",
    ),
    (
        "cronjob",
        "spec: {schedule: null}",
        "`spec.schedule` is missing",
    ),
    (
        "cronjob",
        "spec: {timeZone: Europe/Berln}",
        "`spec.timeZone` is `Europe/Berln`",
    ),
    (
        "cronjob",
        "spec: {concurrencyPolicy: forbid}",
        "`spec.concurrencyPolicy` is `forbid`",
    ),
    (
        "cronjob",
        "metadata: {name: a123456789-123456789-123456789-123456789-123456789-1234}",
        "`metadata.name` is",
    ),
    (
        "cronjob",
        "spec: {jobTemplate: {spec: {template: {spec: {restartPolicy: null}}}}}",
        "`spec.jobTemplate.spec.template.spec.restartPolicy` has to be",
    ),
    (
        "service",
        "metadata: {name: 1web}",
        "`metadata.name` is `1web`",
    ),
    ("service", "spec: {ports: null}", "`spec.ports` is missing"),
    (
        "service",
        "spec: {ports: [{name: a}]}",
        "`spec.ports[0].port` is missing",
    ),
    (
        "service",
        "spec: {ports: [{port: 70000}]}",
        "`spec.ports[0].port` is 70000, and has to be from 1 to 65535",
    ),
    (
        "service",
        "spec: {ports: [{port: 1}, {name: b, port: 2}]}",
        "`spec.ports[0].name` is missing",
    ),
    (
        "service",
        "spec: {ports: [{name: a, port: 1}, {name: a, port: 2}]}",
        "`spec.ports[1].name` is the same",
    ),
    (
        "service",
        "spec: {ports: [{name: a, port: 1}, {name: b, port: 1}]}",
        "`spec.ports[1]` has the port and protocol",
    ),
    (
        "service",
        "spec: {ports: [{port: 1, protocol: HTTP}]}",
        "`spec.ports[0].protocol` is `HTTP`, not one of `TCP`, `UDP`",
    ),
    (
        "service",
        "spec: {ports: [{port: 1, targetPort: Http}]}",
        "`spec.ports[0].targetPort` is `Http`",
    ),
    (
        "service",
        "spec: {ports: [{port: 1, nodePort: 30000}]}",
        "`spec.ports[0].nodePort` cannot be set",
    ),
    (
        "service",
        "spec: {type: Nodeport}",
        "`spec.type` is `Nodeport`",
    ),
    (
        "service",
        "spec: {clusterIP: none}",
        "`spec.clusterIP` is `none`",
    ),
    (
        "service",
        "spec: {type: NodePort, clusterIP: None}",
        "`spec.clusterIP` cannot be `None`",
    ),
    (
        "service",
        "spec: {type: ExternalName}",
        "`spec.externalName` is missing",
    ),
    (
        "service",
        "spec: {selector: {app: a b}}",
        "`spec.selector.app` is `a b`",
    ),
    (
        "service",
        "spec: {sessionAffinity: Cookie}",
        "`spec.sessionAffinity` is `Cookie`",
    ),
    (
        "service",
        "spec: {externalTrafficPolicy: Local}",
        "`spec.externalTrafficPolicy` cannot be set",
    ),
    (
        "service",
        "spec: {type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0]}",
        "`spec.loadBalancerSourceRanges[0]` is `10.0.0.0`",
    ),
    (
        "ingress",
        "spec: {rules: null}",
        "`spec` needs `rules` or `defaultBackend`",
    ),
    (
        "ingress",
        "spec: {rules: [{host: 10.0.0.1}]}",
        "`spec.rules[0].host` is `10.0.0.1`",
    ),
    (
        "ingress",
        "spec: {rules: [{host: A.example.com}]}",
        "`spec.rules[0].host` is `A.example.com`",
    ),
    (
        "ingress",
        "spec: {rules: [{http: {paths: []}}]}",
        "`spec.rules[0].http.paths` is missing",
    ),
    (
        "ingress",
        "spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: a, port: {number: 1}}}}]}}]}",
        "`spec.rules[0].http.paths[0].pathType` is missing",
    ),
    (
        "ingress",
        "spec: {rules: [{http: {paths: [{path: a, pathType: Prefix, backend: {service: {name: a, port: {number: 1}}}}]}}]}",
        "`spec.rules[0].http.paths[0].path` has to begin with `/`",
    ),
    (
        "ingress",
        "spec: {rules: [{http: {paths: [{path: /a//b, pathType: Exact, backend: {service: {name: a, port: {number: 1}}}}]}}]}",
        "`spec.rules[0].http.paths[0].path` is `/a//b`",
    ),
    (
        "ingress",
        "spec: {rules: [{http: {paths: [{pathType: ImplementationSpecific, backend: {service: {name: a, port: {}}}}]}}]}",
        "`spec.rules[0].http.paths[0].backend.service.port` is missing",
    ),
    (
        "ingress",
        "spec: {rules: [{http: {paths: [{pathType: ImplementationSpecific, backend: {}}]}}]}",
        "`spec.rules[0].http.paths[0].backend` is missing",
    ),
    (
        "ingress",
        "spec: {tls: [{hosts: ['*']}]}",
        "`spec.tls[0].hosts[0]` is `*`",
    ),
    (
        "route",
        "spec: {hostnames: ['https://a']}",
        "`spec.hostnames[0]` is `https://a`",
    ),
    (
        "route",
        "spec: {parentRefs: [{namespace: a}]}",
        "`spec.parentRefs[0].name` is missing",
    ),
    (
        "route",
        "spec: {rules: [{matches: [{path: {value: a}}]}]}",
        "`spec.rules[0].matches[0].path.value` is `a`",
    ),
    (
        "route",
        "spec: {rules: [{matches: [{path: {type: Prefix, value: /}}]}]}",
        "`spec.rules[0].matches[0].path.type` is `Prefix`",
    ),
    (
        "route",
        "spec: {rules: [{backendRefs: [{name: a}]}]}",
        "`spec.rules[0].backendRefs[0].port` is missing",
    ),
    (
        "policy",
        "spec: {policyTypes: [ingress]}",
        "`spec.policyTypes[0]` is `ingress`",
    ),
    (
        "policy",
        "spec: {ingress: [{from: [{}]}]}",
        "`spec.ingress[0].from[0]` needs",
    ),
    (
        "policy",
        "spec: {ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]}",
        "`spec.ingress[0].from[0].ipBlock.cidr` is",
    ),
    (
        "policy",
        "spec: {ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}",
        "`spec.ingress[0].from[0]` cannot have both",
    ),
    (
        "policy",
        "spec: {ingress: [{ports: [{port: 0}]}]}",
        "`spec.ingress[0].ports[0].port` is 0",
    ),
    (
        "hpa",
        "spec: {maxReplicas: 0}",
        "`spec.maxReplicas` is 0, and has to be at least 1",
    ),
    (
        "hpa",
        "spec: {maxReplicas: null}",
        "`spec.maxReplicas` is missing",
    ),
    (
        "hpa",
        "spec: {minReplicas: 5}",
        "`spec.maxReplicas` is below `minReplicas`",
    ),
    (
        "hpa",
        "spec: {scaleTargetRef: {name: null}}",
        "`spec.scaleTargetRef.name` is missing",
    ),
    (
        "hpa",
        "spec: {metrics: [{type: cpu}]}",
        "`spec.metrics[0].type` is `cpu`",
    ),
    (
        "hpa",
        "spec: {metrics: [{type: Resource}]}",
        "`spec.metrics[0].resource` is missing",
    ),
    (
        "hpa",
        "spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]}",
        "`spec.metrics[0].resource.target` needs one of",
    ),
    (
        "pdb",
        "spec: {maxUnavailable: 1}",
        "`spec` cannot have both `minAvailable` and `maxUnavailable`",
    ),
    (
        "pdb",
        "spec: {minAvailable: half}",
        "`spec.minAvailable` is `half`",
    ),
    ("configmap", "data: {a/b: c}", "`data` has the key `a/b`"),
    (
        "configmap",
        "data: {c: d}",
        "`data` has the key `c`, as has `binaryData`",
    ),
    (
        "configmap",
        "binaryData: {c: '%'}",
        "`binaryData.c` is not base64",
    ),
    (
        "configmap",
        "data: {a: 1}",
        "invalid type: integer `1`, expected a string",
    ),
    ("secret", "data: {a: not base64}", "`data.a` is not base64"),
    (
        "secret",
        "stringData: {a b: c}",
        "`stringData` has the key `a b`",
    ),
    (
        "secret",
        "type: kubernetes.io/dockerconfigjson",
        "`type` needs the key `.dockerconfigjson`",
    ),
    (
        "claim",
        "spec: {accessModes: null}",
        "`spec.accessModes` is missing",
    ),
    (
        "claim",
        "spec: {accessModes: [RWO]}",
        "`spec.accessModes[0]` is `RWO`",
    ),
    (
        "claim",
        "spec: {accessModes: [ReadWriteOnce, ReadWriteOncePod]}",
        "`spec.accessModes` cannot have another mode",
    ),
    (
        "claim",
        "spec: {resources: {requests: {storage: 0}}}",
        "`spec.resources.requests.storage` has to be above 0",
    ),
    (
        "claim",
        "spec: {resources: {requests: {storage: 1GB}}}",
        "`spec.resources.requests.storage` is `1GB`",
    ),
    (
        "claim",
        "spec: {resources: {requests: {storage: null, cpu: 1}}}",
        "`spec.resources.requests.storage` is missing",
    ),
    (
        "claim",
        "spec: {storageClassName: Fast}",
        "`spec.storageClassName` is `Fast`",
    ),
    (
        "claim",
        "spec: {volumeMode: File}",
        "`spec.volumeMode` is `File`",
    ),
    ("class", "provisioner: null", "`provisioner` is missing"),
    ("class", "reclaimPolicy: Keep", "`reclaimPolicy` is `Keep`"),
    (
        "namespace",
        "metadata: {name: a.b}",
        "`metadata.name` is `a.b`",
    ),
    ("account", "metadata: {name: A}", "`metadata.name` is `A`"),
    ("role", "metadata: {name: a/b}", "`metadata.name` is `a/b`"),
    (
        "role",
        "rules: [{apiGroups: [''], resources: [pods]}]",
        "`rules[0].verbs` is missing",
    ),
    (
        "role",
        "rules: [{resources: [pods], verbs: [get]}]",
        "`rules[0].apiGroups` is missing",
    ),
    (
        "role",
        "rules: [{nonResourceURLs: [/], verbs: [get]}]",
        "`rules[0].nonResourceURLs` cannot be set in a Role",
    ),
    (
        "clusterrole",
        "rules: [{apiGroups: [''], verbs: [get]}]",
        "`rules[0].resources` is missing",
    ),
    (
        "binding",
        "roleRef: {kind: role}",
        "`roleRef.kind` is `role`",
    ),
    ("binding", "roleRef: null", "`roleRef` is missing"),
    (
        "binding",
        "subjects: [{kind: Serviceaccount, name: a}]",
        "`subjects[0].kind` is `Serviceaccount`",
    ),
    (
        "clusterbinding",
        "roleRef: {kind: Role}",
        "`roleRef.kind` is `Role`",
    ),
    (
        "clusterbinding",
        "subjects: [{kind: ServiceAccount, name: b}]",
        "`subjects[0].namespace` is missing",
    ),
];

fn faults(object: &Node) -> Vec<String> {
    let text = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
    let faults = api_kinds::check(text("apiVersion"), text("kind"), object);
    faults.into_iter().map(|fault| fault.message).collect()
}

#[test]
fn what_the_api_server_refuses_has_a_path() {
    for (name, change, expected) in CASES {
        let mut object = right(name);
        assert_eq!(faults(&object), Vec::<String>::new(), "{name}");
        object.merge(&parse(&format!("{{{change}}}")));
        let faults = faults(&object);
        let [fault] = faults.as_slice() else {
            panic!("{name} {change}: {faults:?}");
        };
        assert!(fault.starts_with(expected), "{name} {change}: {fault}");
    }
}

#[test]
fn what_the_api_server_fills_in_may_be_missing() {
    for (name, change) in [
        (
            "pod",
            "spec: {volumes: [{name: data, emptyDir: null}], restartPolicy: ''}",
        ),
        (
            "pod",
            "metadata: {annotations: {Example.com/Team: a}, labels: {a: ''}}",
        ),
        ("deployment", "spec: {replicas: 0, strategy: null}"),
        ("service", "spec: {clusterIP: None, ports: null}"),
        (
            "service",
            "spec: {type: ExternalName, externalName: a.example.com., ports: null}",
        ),
        (
            "service",
            "spec: {type: '', clusterIP: '', ports: [{port: 1, targetPort: 0, nodePort: 0}]}",
        ),
        ("claim", "spec: {storageClassName: ''}"),
        ("configmap", "data: null, binaryData: null"),
        (
            "secret",
            "type: kubernetes.io/tls, stringData: {tls.crt: a, tls.key: b}",
        ),
        ("secret", r#"data: {a: "AAAA\nAAAA\n"}"#),
        ("policy", "spec: null"),
        ("role", "rules: null"),
    ] {
        let mut object = right(name);
        object.merge(&parse(&format!("{{{change}}}")));
        assert_eq!(faults(&object), Vec::<String>::new(), "{name} {change}");
    }
}
