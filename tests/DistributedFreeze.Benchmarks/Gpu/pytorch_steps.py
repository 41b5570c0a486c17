"""PyTorch's side of `-- gpu`: prefixes, and steps from features that are given, on one device.

Usage: python3 pytorch_steps.py DEVICE SIDE SHARD ROUNDS PRECISION, such as: cuda 224 64 12 fp32
Prints one line of JSON for each work: {"work": ..., "shards": ..., "images_per_second": ...}. Needs torch and torchvision; weights are drawn.
fp32 is deterministic, as dfreeze always is; tf32 and bf16 are what a user gets who asks for speed: cuDNN's search, channels last, autocast.
"""
import contextlib
import json
import statistics
import sys
import time

import torch
import torchvision

device, side, shard, rounds, precision = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
on_cuda = device.startswith("cuda")
if not on_cuda:
    torch.set_num_threads(1)  # as a replica of ours has
torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision != "fp32"
torch.backends.cudnn.deterministic = precision == "fp32"
torch.backends.cudnn.benchmark = precision != "fp32"
layout = (lambda t: t.to(memory_format=torch.channels_last)) if precision != "fp32" else (lambda t: t)
cast = (lambda: torch.autocast("cuda" if on_cuda else "cpu", torch.bfloat16)) if precision == "bf16" else contextlib.nullcontext


def seconds(run):
    times = []
    for _ in range(3 + rounds):
        began = time.perf_counter()
        run()
        if on_cuda:
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return statistics.median(times[3:])


def tell(work, shards, images, run):
    print(json.dumps({"work": work, "shards": shards, "images_per_second": images / seconds(run)}), flush=True)


net = layout(torchvision.models.resnet50().to(device))
for layer in net.modules():
    if isinstance(layer, torch.nn.BatchNorm2d):
        layer.eval()  # at their running statistics, as dfreeze's default is
head = torch.nn.Linear(2048, 4).to(device)
stem = torch.nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
stages = {
    "head": (torch.nn.Identity(), 2048, None),
    "conv5_block3": (net.layer4[2], 2048, 32),
    "conv5": (net.layer4, 1024, 16),
    "conv4+5": (torch.nn.Sequential(net.layer3, net.layer4), 512, 8),
    "everything": (torch.nn.Sequential(stem, net.layer1, net.layer2, net.layer3, net.layer4), 3, 1),
}

whole = stages["everything"][0]
pixels = layout(torch.rand(shard, 3, side, side, device=device))


def prefix():
    with torch.no_grad(), cast():
        whole(pixels)


tell("prefix", 1, shard, prefix)
for work, (tail, channels, stride) in stages.items():
    shape = (shard, channels) if stride is None else (shard, channels, -(-side // stride), -(-side // stride))
    optimizer = torch.optim.Adam([*tail.parameters(), *head.parameters()], lr=1e-5)
    for shards in (1, 4):
        batch = [(torch.rand(shape, device=device), torch.randint(0, 4, (shard,), device=device)) for _ in range(shards)]
        if stride is not None:
            batch = [(layout(features), labels) for features, labels in batch]

        def step():
            optimizer.zero_grad(set_to_none=True)
            for features, labels in batch:
                with cast():
                    out = tail(features)
                    logits = head(out if stride is None else out.mean((2, 3)))
                torch.nn.functional.cross_entropy(logits.float(), labels, reduction="sum").backward()
            optimizer.step()

        tell(work, shards, shard * shards, step)
