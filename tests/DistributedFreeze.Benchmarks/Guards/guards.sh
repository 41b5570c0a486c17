#!/bin/bash
# What it costs an undisturbed run that kept features, states and frozen layers are hashed: guards.sh PHOTOGRAPHS [ROUNDS]
#
# PHOTOGRAPHS has train, val and test with a folder per class; 40, 5 and 5 images of each class are taken.
# Builds this source as it is, and a copy whose hashes are constants, and trains with both in turn: two replicas, conv5 and the head alone, from features
# that a run before has kept. Needs time (Debian). The checks of the exchange's frames are in `-- exchange`.
set -euo pipefail
photographs=$(realpath "$1") rounds=${2:-5}
root=$(realpath "$(dirname "$0")/../../..")
lab=$(mktemp -d)
trap 'rm -rf "$lab"' EXIT

"$(dirname "$0")/../few_images.sh" "$photographs" "$lab/images" 40 5 5

mkdir "$lab/without"
git -C "$root" archive HEAD | tar -x -C "$lab/without"
body() { # file, line that a body follows or stands in, what is there instead
  path=$(cd "$lab/without" && grep -rl --include="$1" "$2" src) || { echo "error: nothing like '$2' in $1; the script is out of date" >&2; exit 1; }
  /usr/bin/python3 - "$lab/without/$path" "$2" "$3" <<'END'
import sys
path, line, instead = sys.argv[1:]
text = open(path).read()
assert text.count(line) == 1, f"{line} does not stand once in {path}"
open(path, "w").write(text.replace(line, instead))
END
}
body RecordChecksum.cs 'XxHash3.HashToUInt64(payload, seed)' '1 + 0 * (ulong)payload.Length * (ulong)seed'
body MemorySum.cs 'MemoryMarshal.Cast<byte, Vector<ulong>>(bytes)' 'MemoryMarshal.Cast<byte, Vector<ulong>>(bytes = bytes[..0])'
body StateHash.cs 'HostMemory.Read(tensor, values => hash.Add(name, tensor.shape, values));' 'hash.Add(name, [0], []);'

publish() { dotnet publish -c Release --nologo -v q -p:EnforceCodeStyleInBuild=false "$1/src/DistributedFreeze.Cli" -o "$2" > "$lab/build.log" 2>&1 || { cat "$lab/build.log"; exit 1; }; }
publish "$root" "$lab/with.bin"
publish "$lab/without" "$lab/without.bin"

train() { # which, unfrozen layers, epochs; it adds a line to times
  rm -rf "$lab/out"
  /usr/bin/time -a -o "$lab/times" -f "$2 $1 %U %S %e" "$lab/$1.bin/dfreeze" train --data "$lab/images" --random-weights --unfreeze-layers "$2" --epochs "$3" \
    --image-size 128 --replicas 2 --cache-dir "$lab/cache-$1" --output "$lab/out" > "$lab/out.log" 2>&1 || { cat "$lab/out.log"; exit 1; }
}
for run in 0:300 32:6; do
  for ((round = 0; round <= rounds; round++)); do # the first one fills the cache and is left out
    for which in with without; do
      train "$which" "${run%:*}" "${run#*:}"
    done
  done
done

/usr/bin/python3 - "$lab/times" <<'END'
import statistics, sys
rows = [line.split() for line in open(sys.argv[1])]
for run, tail in (("0", "head"), ("32", "conv5")):
    taken = {which: [(float(u) + float(s), float(e)) for r, w, u, s, e in rows if (r, w) == (run, which)][1:] for which in ("with", "without")}
    for column, name in ((0, "processor time"), (1, "time")):
        ratios = [ours[column] / bare[column] for ours, bare in zip(taken["with"], taken["without"])]
        print(f"{tail}: {name} {statistics.median(x[column] for x in taken['with']):.2f} s, of a run without {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
END
