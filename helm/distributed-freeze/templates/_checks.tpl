{{/* What no single value's schema can say. Every message names the value and what would be right. */}}
{{- define "distributed-freeze.checks" -}}
{{- $full := include "distributed-freeze.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $full) -}}
{{- fail (printf "the services would be called %s, but their names are lower-case letters, digits and dashes, with a letter first; give a fullnameOverride of these" $full) -}}
{{- end -}}
{{- range $label, $_ := .Values.podLabels -}}
{{- if has $label (list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "distributed-freeze/pool") -}}
{{- fail (printf "podLabels has %s, by which the services find the silos; leave that one to the chart" $label) -}}
{{- end -}}
{{- end -}}
{{- $silos := 0 -}}
{{- range $name, $pool := .Values.pools -}}
{{- if $pool.enabled -}}
{{- $silos = add $silos (ternary $pool.replicas $pool.autoscaling.max (eq $pool.autoscaling.by "none")) -}}
{{- if gt (int $pool.autoscaling.min) (int $pool.autoscaling.max) -}}
{{- fail (printf "pools.%s.autoscaling.min is %d and must not be more than max, %d" $name (int $pool.autoscaling.min) (int $pool.autoscaling.max)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (or .Values.pools.cpu.enabled .Values.pools.gpu.enabled) -}}
{{- fail "pools.cpu.enabled and pools.gpu.enabled are both false; enable one" -}}
{{- end -}}
{{- if and (eq .Values.cluster.clustering "localhost") (gt (int $silos) 1) -}}
{{- fail (printf "cluster.clustering is localhost, which is one silo, but the pools have up to %d; say redis or adonet, or one replica in one pool" (int $silos)) -}}
{{- end -}}
{{- if and (eq .Values.cluster.clustering "redis") (not .Values.redis.bundled) (not .Values.redis.existingSecret) -}}
{{- fail "redis.existingSecret must name the secret with the connection string, since redis.bundled is false" -}}
{{- end -}}
{{- if and (eq .Values.cluster.clustering "redis") .Values.redis.bundled .Values.redis.existingSecret -}}
{{- fail "redis.existingSecret names a Redis of your own; say redis.bundled: false as well" -}}
{{- end -}}
{{- if and .Values.redis.passwordSecret (not (include "distributed-freeze.bundledRedis" .)) -}}
{{- fail "redis.passwordSecret is for the bundled Redis, and there is none; the connection string of your own has its password" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host must be the name under which the ingress answers, since ingress.enabled is true" -}}
{{- end -}}
{{- range $mount := .Values.extraVolumeMounts -}}
{{- if has $mount.mountPath (list "/data" "/outputs" "/cache" "/libtorch" "/tmp" "/tls") -}}
{{- fail (printf "extraVolumeMounts has %s, where the chart mounts a volume of its own" $mount.mountPath) -}}
{{- end -}}
{{- end -}}
{{- range $volume := .Values.extraVolumes -}}
{{- if has $volume.name (list "data" "outputs" "cache" "libtorch" "tmp" "tls") -}}
{{- fail (printf "extraVolumes has %s, which is the name of a volume of the chart's; call it otherwise" $volume.name) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.cluster.clustering "adonet") (not .Values.postgresql.existingSecret) -}}
{{- fail "postgresql.existingSecret must name the secret with the connection string, since cluster.clustering is adonet" -}}
{{- end -}}
{{- if and .Values.redis.existingSecret (ne .Values.cluster.clustering "redis") -}}
{{- fail (printf "redis.existingSecret names a store that nothing would use, since cluster.clustering is %s; say redis there, or take the name away" .Values.cluster.clustering) -}}
{{- end -}}
{{- if and .Values.postgresql.existingSecret (ne .Values.cluster.clustering "adonet") -}}
{{- fail (printf "postgresql.existingSecret names a store that nothing would use, since cluster.clustering is %s; say adonet there, or take the name away" .Values.cluster.clustering) -}}
{{- end -}}
{{- if and .Values.storage.libtorch.path (not .Values.storage.libtorch.existingClaim) -}}
{{- fail "storage.libtorch.existingClaim must name the claim that storage.libtorch.path is a folder of" -}}
{{- end -}}
{{- range $name := list "data" "outputs" -}}
{{- $claim := index $.Values.storage $name -}}
{{- if and (not $claim.existingClaim) (eq $claim.accessMode "ReadOnlyMany") -}}
{{- fail (printf "storage.%s.accessMode is ReadOnlyMany, but the claim that the chart makes is empty and would stay so; say ReadWriteMany, or name a claim that is filled by storage.%s.existingClaim" $name $name) -}}
{{- end -}}
{{- if and (not $claim.existingClaim) (eq $claim.accessMode "ReadWriteOncePod") (gt (int $silos) 1) -}}
{{- fail (printf "storage.%s.accessMode is ReadWriteOncePod, which is for one silo, but the pools have up to %d; say ReadWriteMany, or ReadWriteOnce where they are on one node" $name (int $silos)) -}}
{{- end -}}
{{- end -}}
{{- /* Silos of an installation without TLS would not hear those that have it, and the release would be split while it rolls. */ -}}
{{- range $name, $pool := .Values.pools -}}
{{- $there := lookup "apps/v1" "StatefulSet" $.Release.Namespace (printf "%s-%s" $full $name) -}}
{{- if and $.Values.tls.enabled $there $there.spec (gt (int $there.spec.replicas) 0) -}}
{{- $volumes := list -}}
{{- range $there.spec.template.spec.volumes -}}{{- $volumes = append $volumes .name -}}{{- end -}}
{{- if not (has "tls" $volumes) -}}
{{- fail (printf "tls.enabled is true, but the silos of %s-%s run without TLS and would not hear those with it; say tls.enabled: false, or stop them first: kubectl scale statefulset %s-%s -n %s --replicas 0" $full $name $full $name $.Release.Namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.tls.existingSecret (not .Values.tls.enabled) -}}
{{- fail "tls.existingSecret names certificates that nothing uses, since tls.enabled is false; say true there, or take the name away" -}}
{{- end -}}
{{- if and .Values.tls.enabled .Values.tls.existingSecret .Values.tls.certManager.enabled -}}
{{- fail "tls.existingSecret and tls.certManager.enabled are both given; one of them makes the certificate" -}}
{{- end -}}
{{- if and .Values.tls.certManager.enabled (not .Values.tls.enabled) -}}
{{- fail "tls.certManager.enabled makes a certificate that nothing uses; say tls.enabled: true as well" -}}
{{- end -}}
{{- if and .Values.tls.certManager.enabled (not .Values.tls.certManager.issuer.name) -}}
{{- fail "tls.certManager.issuer.name must name an issuer" -}}
{{- end -}}
{{- if and .Values.api.keys .Values.api.existingSecret.name -}}
{{- fail "api.keys and api.existingSecret.name are both given; keep the keys in one place" -}}
{{- end -}}
{{- if and .Values.api.callers (not .Values.api.existingSecret.name) -}}
{{- fail "api.callers needs api.existingSecret.name, the secret that holds their keys" -}}
{{- end -}}
{{- if and .Values.api.existingSecret.name (not .Values.api.existingSecret.keys) (not .Values.api.callers) -}}
{{- fail "api.existingSecret.keys or api.callers must name a key of the secret" -}}
{{- end -}}
{{- if and .Values.api.audience (not .Values.api.authority) -}}
{{- fail "api.audience needs api.authority, the provider whose tokens are for it" -}}
{{- end -}}
{{- if and .Values.api.authority (not .Values.api.audience) -}}
{{- fail "api.authority needs api.audience: without one, tokens that the provider made for others would do" -}}
{{- end -}}
{{- end -}}
