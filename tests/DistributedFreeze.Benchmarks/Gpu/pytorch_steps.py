"""Steps from features that are given, and of everything, on pixels that are on the device."""
import torch

from pytorch_tails import tails


def measure(setting):
    layout = setting.layout
    head = torch.nn.Linear(2048, 4).to(setting.device)
    for work, (_, tail, channels, stride) in tails(setting.network()).items():
        size = None if stride is None else -(-setting.side // stride)
        shape = (setting.shard, channels) if size is None else (setting.shard, channels, size, size)
        optimizer = torch.optim.Adam([*tail.parameters(), *head.parameters()], lr=1e-5)
        for shards in (1, 4):
            batch = [(torch.rand(shape, device=setting.device), torch.randint(0, 4, (setting.shard,), device=setting.device)) for _ in range(shards)]
            if size is not None:
                batch = [(layout(features), labels) for features, labels in batch]

            def step():
                optimizer.zero_grad(set_to_none=True)
                for features, labels in batch:
                    with setting.cast():
                        out = tail(features)
                        logits = head(out if size is None else out.mean((2, 3)))
                    torch.nn.functional.cross_entropy(logits.float(), labels, reduction="sum").backward()
                optimizer.step()

            setting.tell(work, shards, setting.shard * shards * setting.steps, setting.seconds(step, setting.steps))
