"""The whole network without its head: from pixels to pooled features, both in host memory, as dfreeze's side counts it."""
import torch


def measure(setting):
    net = setting.network()
    net.fc = torch.nn.Identity()
    pixels = torch.rand(setting.block, 3, setting.side, setting.side)
    if setting.on_cuda:
        pixels = pixels.pin_memory()

    def evaluate():
        with torch.no_grad(), setting.cast():
            net(setting.layout(pixels.to(setting.device, non_blocking=True))).float().cpu()

    setting.tell("prefix", 0, setting.block * setting.blocks, setting.seconds(evaluate, setting.blocks))
