#!/bin/bash
# The memory that dfreeze plan predicts beside the peak of the real run: memory.sh [DFREEZE]
#
# The peak is the resident memory of the process that trains, as GNU time has it, less the 300 MiB that a plan leaves to the program itself
# (MemoryLimit.ProgramBytes). It has cached features in it, so the prediction has their bound, too. Needs python3 and time (Debian).
set -euo pipefail
dfreeze=${1:-dfreeze}
lab=$(mktemp -d)
trap 'rm -rf "$lab"' EXIT
"$dfreeze" demo --output "$lab" > /dev/null 2>&1

compare() { # what, options
  # No image of the demo has more than 64 x 64 pixels; runs that allow more are predicted to meet one.
  local spec=(--data "$lab/images" --random-weights --preprocess torch --max-pixels 4096 --cache-disk 0 "${@:2}")
  "$dfreeze" plan "${spec[@]}" --json > "$lab/plan.json"
  rm -rf "$lab/out"
  /usr/bin/time -f %M -o "$lab/peak" "$dfreeze" train "${spec[@]}" --epochs 1 --replicas 1 --output "$lab/out" > /dev/null 2> "$lab/errors" || { cat "$lab/errors"; exit 1; }
  /usr/bin/python3 - "$1" "$lab" <<'END'
import json, os, sys
what, lab = sys.argv[1:]
memory = json.load(open(os.path.join(lab, "plan.json")))["memory"]
predicted = (memory["bytes"] + memory["featureBytes"]) / 2**20
measured = int(open(os.path.join(lab, "peak")).read()) / 2**10 - 300
print(f"| {what} | {predicted:.0f} | {measured:.0f} | {predicted / measured:.2f} |", flush=True)
END
}

echo '| run | predicted, MiB | measured, MiB | ratio |'
echo '| --- | ---: | ---: | ---: |'
compare 'head, 64 x 64' --image-size 64
compare 'head, 224 x 224' --image-size 224
compare 'head of 4096 and 4096, 64 x 64' --image-size 64 --head 4096,4096
compare 'conv5, 64 x 64' --image-size 64 --unfreeze-layers 32
compare 'conv5, 224 x 224' --image-size 224 --unfreeze-layers 32
compare 'conv5, 224 x 224, 160 images in 2 shards' --image-size 224 --unfreeze-layers 32 --batch 160 --shards 2
compare 'everything, 64 x 64' --image-size 64 --unfreeze-all
