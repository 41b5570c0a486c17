#!/bin/bash
# What a small run costs that finds nothing kept, beside PyTorch with kept features, in turn: small_run.sh PHOTOGRAPHS WEIGHTS [DFREEZE] [ROUNDS]
#
# PHOTOGRAPHS has train, val and test with a folder per class; 10, 3 and 3 images of each class are taken. WEIGHTS is Keras's ResNet50.
# Needs python3-torch, python3-torchvision and time (Debian).
set -euo pipefail
photographs=$(realpath "$1") weights=$(realpath "$2") dfreeze=${3:-dfreeze} rounds=${4:-5}
here=$(dirname "$(realpath "$0")")
lab=$(mktemp -d)
trap 'rm -rf "$lab"' EXIT

"$here/../few_images.sh" "$photographs" "$lab/images" 10 3 3
/usr/bin/python3 -c 'import sys, torch, torchvision; torch.save(torchvision.models.resnet50(weights=None).state_dict(), sys.argv[1])' "$lab/base.pth"

took() { # name, command: its processor time and its time
  /usr/bin/time -a -o "$lab/times" -f "$1 %U %S %e" "${@:2}" > /dev/null 2>> "$lab/errors" || { cat "$lab/errors"; exit 1; }
}
for ((round = 0; round < rounds; round++)); do
  rm -rf "$lab/out" "$lab/cache"
  took dfreeze "$dfreeze" train --data "$lab/images" --weights "$weights" --image-size 64 --output "$lab/out" --cache-dir "$lab/cache"
  took pytorch /usr/bin/python3 "$here/small_run.py" "$lab/images" "$lab/base.pth"
done

/usr/bin/python3 - "$lab/times" <<'END'
import statistics, sys
rows = [line.split() for line in open(sys.argv[1])]
seconds = {name: [float(user) + float(system) for who, user, system, _ in rows if who == name] for name in ("dfreeze", "pytorch")}
for name, values in seconds.items():
    print(f"{name}: {statistics.median(values):.2f} s of processor time ({min(values):.2f} to {max(values):.2f})")
ratios = [ours / theirs for ours, theirs in zip(seconds["dfreeze"], seconds["pytorch"])]
print(f"ratio: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
END
