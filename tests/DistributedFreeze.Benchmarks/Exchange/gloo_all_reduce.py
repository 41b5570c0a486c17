"""One process of gloo's all-reduce: gloo_all_reduce.py RANK PROCESSES STORE

For every line "run LENGTH COUNT" on standard input it all-reduces a float32 vector of that length once untimed, so that all processes
start together, and COUNT times timed, and prints the seconds that one took.
"""
import os
import sys
import time

os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")

import torch
import torch.distributed as dist

rank, processes, store = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method="file://" + store, rank=rank, world_size=processes)
vectors = {}
print("ready", flush=True)
for line in sys.stdin:
    _, length, count = line.split()
    vector = vectors.setdefault(length, torch.zeros(int(length)))
    dist.all_reduce(vector)
    started = time.perf_counter()
    for _ in range(int(count)):
        dist.all_reduce(vector)
    print((time.perf_counter() - started) / int(count), flush=True)
