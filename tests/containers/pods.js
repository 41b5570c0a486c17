// Makes of the manifests on its input what podman play kube takes (podman 4.3): a file for every pod, claims.yaml, and a file for every
// secret. What a lone machine lacks is put in its place; each such change says here why. All else stays as it is.
// Usage: node pods.js FOLDER NAMESPACE ADDRESS, with IMAGE and REDIS_IMAGE for the pods and ADDRESS for the first of them. On its output, a
// line for every pod: its name, its role, its container, what --network takes, the address to ask whether it is ready (- for one that
// ends by itself), the seconds until it must be ready or have ended, those before SIGTERM, and those until it is killed.
"use strict";
const fs = require("fs");
const yaml = require("../tools/node_modules/js-yaml");

const [folder, namespace, first] = process.argv.slice(2);
const objects = yaml.loadAll(fs.readFileSync(0, "utf8")).filter(Boolean);
const ofKind = kind => objects.filter(object => object.kind === kind);

// Podman has no namespaces: what belongs to one carries its name, here and wherever a pod refers to it.
const own = name => `${namespace}-${name}`;
const write = (file, ...documents) => fs.writeFileSync(`${folder}/${file}`, documents.map(document => yaml.dump(document)).join("---\n"));
const podOf = (name, template) => ({ apiVersion: "v1", kind: "Pod", metadata: { ...template.metadata, name }, spec: template.spec });

// Podman knows no StatefulSet and no Job: here are the pods that their controllers would make. A Deployment's gets a name without chance.
const claims = ofKind("PersistentVolumeClaim");
const pods = ofKind("Pod");
for (const { kind, metadata, spec } of objects) {
    if (kind === "Job") {
        pods.push(podOf(metadata.name, { ...spec.template, spec: { activeDeadlineSeconds: spec.activeDeadlineSeconds, ...spec.template.spec } }));
    }
    if (kind !== "StatefulSet" && kind !== "Deployment") continue;
    for (let ordinal = 0; ordinal < spec.replicas; ordinal++) {
        const pod = structuredClone(podOf(`${metadata.name}-${ordinal}`, spec.template));
        for (const template of spec.volumeClaimTemplates ?? []) {
            const name = `${template.metadata.name}-${pod.metadata.name}`;
            claims.push({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name }, spec: template.spec });
            pod.spec.volumes.push({ name: template.metadata.name, persistentVolumeClaim: { claimName: name } });
        }
        pods.push(pod);
    }
}

write("claims.yaml", ...claims.map(claim => ({ ...claim, metadata: { ...claim.metadata, name: own(claim.metadata.name) } })));

// Podman 4.3 reads a secret's keys only from a secret that holds them as JSON, with no encoding but base64.
for (const { metadata, data, stringData } of ofKind("Secret")) {
    const encoded = Object.entries(stringData ?? {}).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
    fs.writeFileSync(`${folder}/${own(metadata.name)}.secret`, JSON.stringify({ ...data, ...Object.fromEntries(encoded) }));
}

// Podman 4.3 knows secrets as volumes of JSON, too, but none that are files: they are mounted from a folder of this machine.
const secretFolder = name => `${folder}/files-${own(name)}`;
for (const { metadata, data, stringData } of ofKind("Secret")) {
    fs.mkdirSync(secretFolder(metadata.name), { recursive: true });
    for (const [key, value] of Object.entries(data ?? {})) fs.writeFileSync(`${secretFolder(metadata.name)}/${key}`, Buffer.from(value, "base64"));
    for (const [key, value] of Object.entries(stringData ?? {})) fs.writeFileSync(`${secretFolder(metadata.name)}/${key}`, value);
}

const maps = ofKind("ConfigMap").map(map => ({ ...map, metadata: { ...map.metadata, name: own(map.metadata.name) } }));
const [subnet, start] = [first.replace(/\d+$/, ""), Number(first.match(/\d+$/)[0])];
pods.forEach((pod, index) => {
    const { metadata, spec } = pod;
    const { name, labels } = metadata;
    const container = spec.containers[0];
    const address = subnet + (start + index);
    const role = labels["app.kubernetes.io/component"] ?? "client";
    const port = probe => container.ports.find(open => open.name === probe.port)?.containerPort ?? probe.port;
    const ready = container.readinessProbe;
    const at = ready?.httpGet ? `http://${address}:${port(ready.httpGet)}${ready.httpGet.path}` : ready ? `tcp://${address}:${port(ready.tcpSocket)}` : "-";
    const startup = container.startupProbe;
    const seconds = startup ? startup.periodSeconds * startup.failureThreshold : spec.activeDeadlineSeconds ?? 0;

    // No DNS of a cluster: the names of the services that select a pod become its own on the network, and the address is known beforehand.
    const services = ofKind("Service").filter(({ spec }) => Object.entries(spec.selector).every(([key, value]) => labels[key] === value));
    const network = [`ip=${address}`, ...services.map(service => `alias=${service.metadata.name}`)].join(",");

    metadata.name = own(name);
    spec.hostname = name;
    // No registry: an image that is here.
    container.image = role === "redis" ? process.env.REDIS_IMAGE : process.env.IMAGE;
    for (const variable of container.env ?? []) {
        // Podman's downward API has no address of the pod.
        if (variable.valueFrom?.fieldRef?.fieldPath === "status.podIP") {
            delete variable.valueFrom;
            variable.value = address;
        }
        if (variable.valueFrom?.secretKeyRef) variable.valueFrom.secretKeyRef.name = own(variable.valueFrom.secretKeyRef.name);
    }
    for (const volume of spec.volumes ?? []) {
        if (volume.persistentVolumeClaim) volume.persistentVolumeClaim.claimName = own(volume.persistentVolumeClaim.claimName);
        if (volume.configMap) volume.configMap.name = own(volume.configMap.name);
        if (volume.secret) {
            volume.hostPath = { path: secretFolder(volume.secret.secretName), type: "Directory" };
            delete volume.secret;
        }
        // Podman makes a volume by this name for the whole machine.
        if (volume.emptyDir) {
            const mount = container.volumeMounts.find(mount => mount.name === volume.name);
            volume.name = mount.name = `${metadata.name}-${volume.name}`;
        }
    }
    // Podman would publish every port on the host, and would ask for health by a curl in the container and a timer of systemd.
    delete container.ports;
    delete container.livenessProbe;
    write(`${name}.yaml`, ...maps, pod);
    console.log([name, role, `${metadata.name}-${container.name}`, network, at, seconds,
        container.lifecycle?.preStop?.sleep?.seconds ?? 0, spec.terminationGracePeriodSeconds ?? 30].join("\t"));
});
