"""Where a network is cut: what comes before and what trains, channels there, and by how much its maps are smaller than the image."""
import torch


def tails(net):
    stem = torch.nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
    third = torch.nn.Sequential(stem, net.layer1, net.layer2)
    fourth = torch.nn.Sequential(third, net.layer3)
    pooled = torch.nn.Sequential(fourth, net.layer4, net.avgpool, torch.nn.Flatten())
    return {
        "head": (pooled, torch.nn.Identity(), 2048, None),
        "conv5_block3": (torch.nn.Sequential(fourth, net.layer4[:2]), net.layer4[2], 2048, 32),
        "conv5": (fourth, net.layer4, 1024, 16),
        "conv4+5": (third, torch.nn.Sequential(net.layer3, net.layer4), 512, 8),
        "everything": (torch.nn.Identity(), torch.nn.Sequential(fourth, net.layer4), 3, 1),
    }
