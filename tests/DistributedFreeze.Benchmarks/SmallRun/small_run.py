"""PyTorch's side of small_run.sh: small_run.py FOLDER WEIGHTS

A ResNet50 of torchvision is read from a state dict, every image of FOLDER/train, /val and /test is decoded and goes through it once, and a head is
trained on the features for 30 epochs, validated each epoch, tested and written.
"""
import os
import sys

import torch
import torchvision
from torch.nn.functional import cross_entropy

folder, weights = sys.argv[1:3]
torch.manual_seed(0)
network = torchvision.models.resnet50(weights=None)
network.load_state_dict(torch.load(weights))
network.fc = torch.nn.Identity()
network.eval()
pixels = torchvision.transforms.Compose([
    torchvision.transforms.Resize((64, 64)),
    torchvision.transforms.ToTensor(),
    torchvision.transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])


def features(split):
    images = torch.utils.data.DataLoader(torchvision.datasets.ImageFolder(os.path.join(folder, split), pixels), batch_size=32)
    with torch.inference_mode():
        batches = [(network(batch), labels) for batch, labels in images]
    return torch.cat([batch for batch, _ in batches]).clone(), torch.cat([labels for _, labels in batches]).clone()


def accuracy(split):
    with torch.no_grad():
        return (head(split[0]).argmax(1) == split[1]).float().mean().item()


train, validation, test = features("train"), features("val"), features("test")
head = torch.nn.Linear(2048, int(train[1].max()) + 1)
optimizer = torch.optim.Adam(head.parameters(), 1e-3)
for epoch in range(30):
    order = torch.randperm(len(train[0]))
    for start in range(0, len(order), 32):
        batch = order[start:start + 32]
        optimizer.zero_grad()
        cross_entropy(head(train[0][batch]), train[1][batch]).backward()
        optimizer.step()
    accuracy(validation)

print(accuracy(test))
torch.save(head.state_dict(), os.path.join(folder, "head.pth"))
