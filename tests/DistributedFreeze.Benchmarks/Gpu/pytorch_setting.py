"""What is computed, how it is timed, and how a figure is told."""
import contextlib
import json
import resource
import statistics
import time

import torch
import torchvision

WARM_UP = 3


class Setting:
    def __init__(self, device, precision, parts, rounds, side, shard, steps, block, blocks, jpegs):
        self.device, self.precision, self.parts, self.jpegs = device, precision, parts.split(","), jpegs
        self.rounds, self.side, self.shard, self.steps, self.block, self.blocks = (int(n) for n in (rounds, side, shard, steps, block, blocks))
        self.on_cuda = device == "cuda"
        if not self.on_cuda:
            torch.set_num_threads(1)  # as a replica of ours has
        torch.manual_seed(0)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision != "fp32"
        torch.backends.cudnn.deterministic = precision == "fp32"
        torch.backends.cudnn.benchmark = precision != "fp32"
        self.free = torch.cuda.mem_get_info()[0] if self.on_cuda else 0

    def layout(self, values):
        return values.to(memory_format=torch.channels_last) if self.precision != "fp32" else values

    def cast(self):
        return torch.autocast(self.device, torch.bfloat16) if self.precision == "bf16" else contextlib.nullcontext()

    def network(self):
        net = self.layout(torchvision.models.resnet50().to(self.device))
        for layer in net.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.eval()  # at their running statistics, as dfreeze's default is
        return net

    def wait(self):
        if self.on_cuda:
            torch.cuda.synchronize()

    def seconds(self, run, times):
        """Seconds of doing something so often, round by round."""
        for _ in range(WARM_UP if self.on_cuda else 1):
            run()
        self.wait()
        rounds = []
        for _ in range(self.rounds):
            began = time.perf_counter()
            for _ in range(times):
                run()
            self.wait()
            rounds.append(time.perf_counter() - began)
        return rounds

    def tell(self, work, shards, images, seconds):
        speeds = sorted(images / second for second in seconds)
        print(json.dumps({
            "work": work, "shards": shards, "images_per_second": statistics.median(speeds), "min": speeds[0], "max": speeds[-1], "memory_bytes": self.memory(),
        }), flush=True)

    def memory(self):
        """The most that this process has had so far, as dfreeze's side counts it."""
        if self.on_cuda:
            return self.free - torch.cuda.mem_get_info()[0]
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
