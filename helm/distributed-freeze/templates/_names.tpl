{{- define "distributed-freeze.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for the suffixes of services, pods and the label of a StatefulSet's revision. */}}
{{- define "distributed-freeze.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "distributed-freeze.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "distributed-freeze.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "distributed-freeze.selector" -}}
app.kubernetes.io/name: {{ include "distributed-freeze.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "distributed-freeze.silos" -}}
{{ include "distributed-freeze.selector" . }}
app.kubernetes.io/component: silo
{{- end -}}

{{- define "distributed-freeze.redis" -}}
{{ include "distributed-freeze.selector" . }}
app.kubernetes.io/component: redis
{{- end -}}

{{- define "distributed-freeze.labels" -}}
{{ include "distributed-freeze.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "distributed-freeze.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "distributed-freeze.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "distributed-freeze.apiSecret" -}}
{{- .Values.api.existingSecret.name | default (printf "%s-api" (include "distributed-freeze.fullname" .)) -}}
{{- end -}}

{{/* "yes" where the silos accept keys: always, unless tokens of a provider are all that they accept. */}}
{{- define "distributed-freeze.hasKeys" -}}
{{- if or .Values.api.keys .Values.api.existingSecret.name (not .Values.api.authority) -}}yes{{- end -}}
{{- end -}}

{{- define "distributed-freeze.tlsSecret" -}}
{{- .Values.tls.existingSecret | default (printf "%s-tls" (include "distributed-freeze.fullname" .)) -}}
{{- end -}}

{{/* Of a client, where the chart makes certificates. */}}
{{- define "distributed-freeze.clientTlsSecret" -}}
{{- printf "%s-client-tls" (include "distributed-freeze.fullname" .) -}}
{{- end -}}

{{/* "yes" where neither a secret nor cert-manager brings the certificates. */}}
{{- define "distributed-freeze.makesCertificates" -}}
{{- if and .Values.tls.enabled (not .Values.tls.existingSecret) (not .Values.tls.certManager.enabled) -}}yes{{- end -}}
{{- end -}}

{{/* "yes" where the chart brings the Redis. */}}
{{- define "distributed-freeze.bundledRedis" -}}
{{- if and (eq .Values.cluster.clustering "redis") .Values.redis.bundled -}}yes{{- end -}}
{{- end -}}

{{/* What the restricted Pod Security level asks of a container. */}}
{{- define "distributed-freeze.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "distributed-freeze.redisSecret" -}}
{{- .Values.redis.passwordSecret | default (printf "%s-redis" (include "distributed-freeze.fullname" .)) -}}
{{- end -}}

{{/* The variable that silos and the bundled Redis read its password from. */}}
{{- define "distributed-freeze.redisPassword" -}}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "distributed-freeze.redisSecret" . }}
      key: password
{{- end -}}
