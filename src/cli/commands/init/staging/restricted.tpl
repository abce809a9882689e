{{- /* No pod of this environment may gain privileges. A cluster that enforces the `restricted` standard also requires
       `runAsNonRoot: true`, which images must support. */ -}}
{{- range $index, $manifest := .Manifests }}
{{- if has $manifest.kind (list "Deployment" "StatefulSet" "DaemonSet") }}
- op: set
  path: {{ $index }}.spec.template.spec.securityContext.seccompProfile
  value: {type: RuntimeDefault}
  description: Only the system calls that the container runtime allows.
{{- range $number, $container := $manifest.spec.template.spec.containers }}
- op: set
  path: {{ $index }}.spec.template.spec.containers.{{ $number }}.securityContext.allowPrivilegeEscalation
  value: false
  description: Programs cannot gain privileges.
- op: set
  path: {{ $index }}.spec.template.spec.containers.{{ $number }}.securityContext.capabilities
  value: {drop: [ALL]}
  description: No capabilities, so programs cannot listen on ports below 1024.
{{- end }}
{{- end }}
{{- end }}
