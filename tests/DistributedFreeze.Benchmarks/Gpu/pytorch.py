"""PyTorch's side of `-- gpu`, one precision in one process.

Usage: python3 pytorch.py DEVICE PRECISION PARTS ROUNDS SIDE SHARD STEPS BLOCK BLOCKS JPEGS, such as: cuda fp32 prefix,steps,epochs 3 224 64 6 256 8 train
Prints one line of JSON for each work. Needs torch and torchvision; weights are drawn.
fp32 is deterministic, as dfreeze always is; tf32 and bf16 are what a user gets who asks for speed: cuDNN's search, channels last, autocast.
"""
import sys

import pytorch_epochs
import pytorch_prefix
import pytorch_steps
from pytorch_setting import Setting

PARTS = {"prefix": pytorch_prefix.measure, "steps": pytorch_steps.measure, "epochs": pytorch_epochs.measure}

if __name__ == "__main__":
    setting = Setting(*sys.argv[1:])
    for part in setting.parts:
        if part in PARTS:
            PARTS[part](setting)
