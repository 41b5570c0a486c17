{{/* The settings of a silo, as variables; the argument is {root, name, pool}. */}}
{{- define "distributed-freeze.env" -}}
{{- $v := .root.Values -}}
- name: ASPNETCORE_URLS
  value: http://+:8080
- name: DistributedFreeze__AdvertisedAddress
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: DistributedFreeze__SiloPort
  value: "11111"
- name: DistributedFreeze__ExchangePort
  value: "11112"
- name: DistributedFreeze__GatewayPort
  value: "30000"
- name: DistributedFreeze__ClusterId
  value: {{ $v.cluster.id | quote }}
- name: DistributedFreeze__ServiceId
  value: {{ $v.cluster.serviceId | quote }}
- name: DistributedFreeze__ProbeSeconds
  value: {{ $v.cluster.probeSeconds | quote }}
- name: DistributedFreeze__MissedProbes
  value: {{ $v.cluster.missedProbes | quote }}
- name: DistributedFreeze__Votes
  value: {{ $v.cluster.votes | quote }}
- name: DistributedFreeze__CheckpointSeconds
  value: {{ $v.cluster.checkpointSeconds | quote }}
- name: DistributedFreeze__ShutdownSeconds
  value: {{ $v.shutdown.seconds | quote }}
- name: DistributedFreeze__DataRoots__0
  value: /data
- name: DistributedFreeze__OutputRoots__0
  value: /outputs
- name: DFREEZE_CACHE
  value: /cache
{{- if $v.storage.libtorch.existingClaim }}
- name: DFREEZE_LIBTORCH
  value: {{ clean (printf "/libtorch/%s" $v.storage.libtorch.path) }}
{{- end }}
{{- if eq .name "cpu" }}
- name: DistributedFreeze__CpuSlots
  value: {{ .pool.slots | quote }}
{{- end }}
{{- with .pool.runMemory }}
- name: DistributedFreeze__RunMemory
  value: {{ . | quote }}
{{- end }}
{{- with .pool.featureMemory }}
- name: DistributedFreeze__FeatureMemory
  value: {{ . | quote }}
{{- end }}
- name: DistributedFreeze__Clustering
  value: {{ $v.cluster.clustering }}
{{- if include "distributed-freeze.bundledRedis" .root }}
{{ include "distributed-freeze.redisPassword" .root }}
- name: DistributedFreeze__Redis
  value: {{ include "distributed-freeze.fullname" .root }}-redis:6379,password=$(REDIS_PASSWORD)
{{- else if eq $v.cluster.clustering "redis" }}
- name: DistributedFreeze__Redis
  valueFrom:
    secretKeyRef:
      name: {{ $v.redis.existingSecret }}
      key: {{ $v.redis.secretKey }}
{{- else if eq $v.cluster.clustering "adonet" }}
- name: DistributedFreeze__PostgreSql
  valueFrom:
    secretKeyRef:
      name: {{ $v.postgresql.existingSecret }}
      key: {{ $v.postgresql.secretKey }}
{{- end }}
{{- if $v.tls.enabled }}
- name: DistributedFreeze__Tls__CertificatePath
  value: /tls/tls.crt
- name: DistributedFreeze__Tls__KeyPath
  value: /tls/tls.key
- name: DistributedFreeze__Tls__CaPath
  value: /tls/ca.crt
{{- if include "distributed-freeze.makesCertificates" .root }}
- name: DistributedFreeze__Tls__ClientCaPath
  value: /tls/clients-ca.crt
{{- end }}
{{- end }}
{{- if include "distributed-freeze.hasKeys" .root }}
{{- $keys := list "key-0" }}
{{- if $v.api.existingSecret.name }}
{{- $keys = $v.api.existingSecret.keys }}
{{- else if $v.api.keys }}
{{- $keys = list }}
{{- range $i, $_ := $v.api.keys }}
{{- $keys = append $keys (printf "key-%d" $i) }}
{{- end }}
{{- end }}
{{- range $i, $key := $keys }}
- name: DistributedFreeze__Api__Keys__{{ $i }}
  valueFrom:
    secretKeyRef:
      name: {{ include "distributed-freeze.apiSecret" $.root }}
      key: {{ $key }}
{{- end }}
{{- end }}
{{- range $name, $caller := $v.api.callers }}
- name: DistributedFreeze__Api__Callers__{{ $name }}__Key
  valueFrom:
    secretKeyRef:
      name: {{ include "distributed-freeze.apiSecret" $.root }}
      key: {{ $caller.secretKey | default $name }}
{{- with $caller.role }}
- name: DistributedFreeze__Api__Callers__{{ $name }}__Role
  value: {{ . | quote }}
{{- end }}
{{- range $i, $folder := $caller.dataFolders }}
- name: DistributedFreeze__Api__Callers__{{ $name }}__DataFolders__{{ $i }}
  value: {{ $folder | quote }}
{{- end }}
{{- range $i, $folder := $caller.outputFolders }}
- name: DistributedFreeze__Api__Callers__{{ $name }}__OutputFolders__{{ $i }}
  value: {{ $folder | quote }}
{{- end }}
{{- end }}
{{- with $v.monitoring.port }}
- name: DistributedFreeze__MetricsPort
  value: {{ . | quote }}
{{- end }}
{{- range $i, $quota := $v.api.quotas }}
{{- range $name, $value := $quota }}
- name: DistributedFreeze__Api__Quotas__{{ $i }}__{{ title $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- if ne $v.api.defaultRole "submitter" }}
- name: DistributedFreeze__Api__DefaultRole
  value: {{ $v.api.defaultRole | quote }}
{{- end }}
{{- if $v.api.authority }}
- name: DistributedFreeze__Api__RoleClaim
  value: {{ $v.api.roleClaim | quote }}
{{- with $v.api.folderClaim }}
- name: DistributedFreeze__Api__FolderClaim
  value: {{ . | quote }}
{{- end }}
- name: DistributedFreeze__Api__Authority
  value: {{ $v.api.authority | quote }}
- name: DistributedFreeze__Api__Audience
  value: {{ $v.api.audience | quote }}
{{- end }}
{{- with $v.monitoring.otlp }}
- name: DistributedFreeze__Otlp
  value: {{ . | quote }}
{{- end }}
{{- if $v.dashboard }}
- name: DistributedFreeze__Dashboard
  value: "true"
{{- end }}
{{- with $v.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The image of a pool; the argument is {root, name, pool}. */}}
{{- define "distributed-freeze.image" -}}
{{- $tag := .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- if eq .name "gpu" -}}{{- $tag = printf "%s-cuda" $tag -}}{{- end -}}
{{- $repository := .pool.image.repository | default .root.Values.image.repository -}}
{{- /* The digest of the common image says nothing of one that a pool names itself, nor of the one for GPUs. */}}
{{- $common := ternary .root.Values.image.digest "" (and (eq .name "cpu") (not .pool.image.repository) (not .pool.image.tag)) -}}
{{- if or .pool.image.digest $common -}}
{{- printf "%s@%s" $repository (.pool.image.digest | default $common) -}}
{{- else -}}
{{- printf "%s:%s" $repository (.pool.image.tag | default $tag) -}}
{{- end -}}
{{- end -}}

{{/* The image of a pool that there is, for pods that are no silos: nodes may have it already. */}}
{{- define "distributed-freeze.anyImage" -}}
{{- $name := ternary "cpu" "gpu" .Values.pools.cpu.enabled -}}
{{- include "distributed-freeze.image" (dict "root" . "name" $name "pool" (index .Values.pools $name)) -}}
{{- end -}}
