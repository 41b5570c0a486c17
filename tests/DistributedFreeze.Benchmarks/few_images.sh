#!/bin/bash
# Copies a few images of each class: few_images.sh PHOTOGRAPHS TO TRAIN VAL TEST; the last three are how many.
set -euo pipefail
for part in "train:$3" "val:$4" "test:$5"; do
  for class in "$1/${part%:*}"/*/; do
    to=$2/${part%:*}/$(basename "$class")
    mkdir -p "$to"
    find "$class" -maxdepth 1 -type f | sort | sed -n "1,${part#*:}p" | xargs -d '\n' cp -t "$to"
  done
done
