{{- /* No pod of this environment may gain privileges. A cluster that enforces the `restricted` standard also wants
       `runAsNonRoot: true`, which images have to be made for. */ -}}
{{- range $index, $manifest := .Manifests }}
{{- if has $manifest.kind (list "Deployment" "StatefulSet" "DaemonSet") }}
- op: set
  path: {{ $index }}.spec.template.spec.securityContext.seccompProfile
  value: {type: RuntimeDefault}
  description: The system calls that container runtimes allow.
{{- range $number, $container := $manifest.spec.template.spec.containers }}
- op: set
  path: {{ $index }}.spec.template.spec.containers.{{ $number }}.securityContext.allowPrivilegeEscalation
  value: false
  description: No program gets more rights than it was started with.
- op: set
  path: {{ $index }}.spec.template.spec.containers.{{ $number }}.securityContext.capabilities
  value: {drop: [ALL]}
  description: Ports below 1024 are closed to the program then.
{{- end }}
{{- end }}
{{- end }}
