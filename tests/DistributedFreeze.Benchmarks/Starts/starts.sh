#!/bin/bash
# How soon a run begins to train on a folder that an earlier run has read: starts.sh DFREEZE [IMAGES]
#
# Draws small JPEG files in ten classes, trains a head on them once, which fills the cache, and then twice more: with what is known of the files, and
# with that forgotten. Seconds are from the start of the process to the line that tells of the first phase; the peak is the resident memory of the process
# that trains. Needs python3-pil and python3-numpy (Debian).
set -euo pipefail
dfreeze=$1 images=${2:-100000}
lab=$(mktemp -d)
trap 'rm -rf "$lab"' EXIT

/usr/bin/python3 - "$lab/images" "$images" <<'END'
import io, os, sys
import numpy
from PIL import Image
root, count = sys.argv[1], int(sys.argv[2])
random = numpy.random.default_rng(1)
for label in range(10):
    os.makedirs(f"{root}/{label}")
for i in range(count):
    coarse = random.integers(0, 256, (8, 8, 3), dtype=numpy.uint8)
    coarse[0, 0] = [i % 256, i // 256 % 256, i // 65536]  # no two alike
    Image.fromarray(coarse).resize((64, 64), Image.NEAREST).save(f"{root}/{i % 10}/{i:07}.jpg", quality=90)
END
sleep 3 # files have to rest before they are remembered

train() { # what
  rm -rf "$lab/out"
  /usr/bin/python3 - "$1" "$lab" "$dfreeze" <<'END'
import json, os, resource, subprocess, sys, time
what, lab, dfreeze = sys.argv[1:]
begun = time.monotonic()
run = subprocess.Popen(
    [dfreeze, "train", "--data", f"{lab}/images", "--random-weights", "--preprocess", "torch", "--image-size", "32", "--epochs", "1", "--replicas", "1",
     "--cache", "on", "--cache-dir", f"{lab}/cache", "--output", f"{lab}/out"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
lines, first = [], None
for line in run.stderr:
    lines.append(line)
    if first is None and "phase 1" in line.lower():
        first = time.monotonic() - begun
if run.wait() != 0 or first is None:
    sys.exit("".join(lines))
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
model = json.load(open(f"{lab}/out/receipt.json"))["modelSha256"]
print(f"| {what} | {first:.1f} s | {peak:,.0f} MiB | {model[:12]} |", flush=True)
END
}

echo "| $images images | until the first phase | peak | model |"
echo '| --- | ---: | ---: | --- |'
train 'nothing is known'
train 'images and features are known'
rm -rf "$lab/cache/images"
train 'features are known'
