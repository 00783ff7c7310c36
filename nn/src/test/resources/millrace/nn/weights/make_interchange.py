"""Makes the files that InterchangeTest reads: weights that go from PyTorch to Millrace and from Millrace to PyTorch.

Usage:  python make_interchange.py        (needs PyTorch and safetensors; written with 2.13.0 and 0.8.0)

pytorch.safetensors   an nn.Sequential's state_dict(), as safetensors.torch.save_file writes it
ours.safetensors      written by Millrace: InterchangeTest writes it to target/ours.safetensors and compares; copy it here
                      when the writer or the initialisation changes, then run this again
outputs.safetensors   the same inputs, and what PyTorch computes of them with either file
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

HERE = Path(__file__).parent


def network():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(256, 8),
        nn.ReLU(),
        nn.Linear(8, 7),
        nn.Tanh(),
        nn.Dropout(0.5),
        nn.Linear(7, 6),
        nn.GELU(),
        nn.Linear(6, 5),
        nn.LeakyReLU(0.1),
        nn.Linear(5, 4),
        nn.Sigmoid(),
        nn.Linear(4, 3),
        nn.Softmax(dim=-1),
    ).eval()


torch.manual_seed(1)
inputs = torch.randn(9, 4, 64)
theirs = network()
save_file(theirs.state_dict(), HERE / "pytorch.safetensors")
ours = network()
ours.load_state_dict(load_file(HERE / "ours.safetensors"), strict=True)
with torch.no_grad():
    save_file(
        {"inputs": inputs, "pytorch": theirs(inputs), "ours": ours(inputs)},
        HERE / "outputs.safetensors",
    )
