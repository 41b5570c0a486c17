"""Epochs of a folder of JPEG files, its frozen prefix evaluated every time, with a DataLoader as its users have it."""
import os
import time

import torch
import torchvision
from torchvision import transforms

from pytorch_tails import tails

TRAINED = ("head", "conv5")
SHARDS = 4


def measure(setting):
    head = torch.nn.Linear(2048, 4).to(setting.device)
    cuts = tails(setting.network())
    images = torchvision.datasets.ImageFolder(setting.jpegs, transforms.Compose([
        transforms.Resize((setting.side, setting.side)), transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]))
    loader = torch.utils.data.DataLoader(
        images, SHARDS * setting.shard, shuffle=True, drop_last=True, pin_memory=setting.on_cuda, persistent_workers=True,
        num_workers=len(os.sched_getaffinity(0)) if setting.on_cuda else 1)  # on the processor a replica of ours decodes on one thread
    for work in TRAINED:
        prefix, tail, _, stride = cuts[work]
        prefix.requires_grad_(False)
        tail.requires_grad_(True)
        optimizer = torch.optim.Adam([*tail.parameters(), *head.parameters()], lr=1e-5)

        def epoch():
            began, seen = time.perf_counter(), 0
            for pixels, labels in loader:
                pixels = setting.layout(pixels.to(setting.device, non_blocking=True))
                labels = labels.to(setting.device, non_blocking=True)
                optimizer.zero_grad(set_to_none=True)
                with setting.cast():
                    with torch.no_grad():
                        features = prefix(pixels)
                    out = tail(features)
                    logits = head(out if stride is None else out.mean((2, 3)))
                torch.nn.functional.cross_entropy(logits.float(), labels).backward()
                optimizer.step()
                seen += len(labels)
            setting.wait()
            return (time.perf_counter() - began) / seen

        epoch()  # workers start, and cuDNN searches
        setting.tell(f"{work}: epoch", 0, 1, [epoch() for _ in range(min(setting.rounds, 2))])
