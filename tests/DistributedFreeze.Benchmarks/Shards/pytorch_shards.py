"""PyTorch's side of `-- shards`: the same steps of 64 images by autograd on one thread, whose features are given, in shards of 4 to 32 images.

Usage: python3 pytorch_shards.py [SIDE], 224 by default. Needs torch and torchvision; weights are drawn.
"""
import statistics
import sys
import time

import torch
import torchvision

BATCH, ROUNDS = 64, 5
side = int(sys.argv[1]) if len(sys.argv) > 1 else 224
torch.set_num_threads(1)
print(f"PyTorch {torch.__version__}, {side} x {side}")
conv5 = torchvision.models.resnet50().layer4
head = torch.nn.Linear(2048, 4)
for layer in conv5.modules():
    if isinstance(layer, torch.nn.BatchNorm2d):
        layer.eval()  # at their running statistics, as dfreeze's default is

for name, tail, channels, pixels in (("conv5_block3", conv5[2], 2048, -(-side // 32)), ("conv5", conv5, 1024, -(-side // 16))):
    optimizer = torch.optim.SGD([*tail.parameters(), *head.parameters()], lr=1e-4)
    for images in (4, 8, 16, 32):
        shards = [(torch.rand(images, channels, pixels, pixels), torch.randint(0, 4, (images,))) for _ in range(BATCH // images)]
        seconds = []
        for _ in range(1 + ROUNDS):
            began = time.perf_counter()
            optimizer.zero_grad(set_to_none=True)
            for features, labels in shards:
                logits = head(tail(features).mean((2, 3)))
                torch.nn.functional.cross_entropy(logits, labels, reduction="sum").backward()
            optimizer.step()
            seconds.append(time.perf_counter() - began)
        print(f"{name}, shards of {images}: {BATCH / statistics.median(seconds[1:]):.1f} images/s")
