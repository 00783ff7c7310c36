"""Makes the files that ModuleInterchangeTest reads: networks of all kinds of layers that have weights.

Usage:  python make_module_interchange.py        (needs PyTorch and safetensors; written with 2.13.0 and 0.8.0)

images-pytorch.safetensors   a network with residuals and batch normalization after 3 steps of training, as
                             safetensors.torch.save_file writes its state_dict(): with num_batches_tracked, in int64
images-ours.safetensors      written by Millrace: the test writes it to target/ and compares; copy it here when the
                             writer or the initialisation changes, then run this again
images-outputs.safetensors   the same inputs, what PyTorch computes of them with either file, and with the first after
                             2 more steps
text-...                     the same for embeddings, attention and LSTM
directions-...               the same for recurrent layers that read a sequence from both ends
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).parent


class Fork(nn.Module):
    """x goes on and is kept."""


class Shortcut(nn.Module):
    """From here on the layers are those of the kept tensor."""


class Join(nn.Module):
    """The kept tensor is added."""


class Line(nn.Sequential):
    """An nn.Sequential whose residuals are layers in the same list: names are those of Millrace's checkpoints."""

    def forward(self, x):
        kept = []
        for layer in self:
            if isinstance(layer, Fork):
                kept.append(x)
            elif isinstance(layer, Shortcut):
                x, kept[-1] = kept[-1], x
            elif isinstance(layer, Join):
                x = x + kept.pop()
            elif isinstance(layer, nn.RNNBase):
                x = layer(x)[0]
            else:
                x = layer(x)
        return x


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, self.heads, d // self.heads).transpose(1, 2) for z in self.qkv(x).split(d, 2))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.proj(a.transpose(1, 2).reshape(b, t, d))


class PositionalEmbedding(nn.Module):
    def __init__(self, context, width):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(context, width))

    def forward(self, x):
        return x + self.weight[: x.size(1)]


def conv(inputs, outputs, size, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)


def images():
    return Line(
        conv(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(),
        Fork(), conv(4, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), conv(4, 4, 3), nn.BatchNorm2d(4), Join(), nn.ReLU(),
        Fork(), conv(4, 6, 3, 2), nn.BatchNorm2d(6), Shortcut(), conv(4, 6, 1, 2), nn.BatchNorm2d(6), Join(), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24, 5),
    )  # fmt: skip


def text():
    return Line(
        nn.Embedding(11, 8), PositionalEmbedding(7, 8),
        Fork(), nn.LayerNorm(8), Attention(8, 2), Join(),
        Fork(), nn.LayerNorm(8), nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 8), Join(),
        nn.LSTM(8, 6, batch_first=True), nn.GRU(6, 5, batch_first=True), nn.RNN(5, 8, batch_first=True),
        nn.LayerNorm(8), nn.Linear(8, 11, bias=False),
    )  # fmt: skip


def directions():
    both = {"batch_first": True, "bidirectional": True}
    return Line(
        nn.Embedding(11, 8), nn.LSTM(8, 3, **both), nn.GRU(6, 4, bias=False, **both), nn.RNN(8, 3, **both),
        nn.Linear(6, 5),
    )  # fmt: skip


def train(network, inputs, labels, steps):
    network.train()
    sgd = torch.optim.SGD(network.parameters(), lr=0.05)
    for _ in range(steps):
        sgd.zero_grad()
        F.cross_entropy(network(inputs).flatten(0, -2), labels.flatten()).backward()
        sgd.step()
    network.eval()


def make(name, network, inputs, labels):
    torch.manual_seed(2)
    theirs = network()
    train(theirs, inputs, labels, 3)
    save_file(theirs.state_dict(), HERE / f"{name}-pytorch.safetensors")
    ours = network().eval()
    ours.load_state_dict(load_file(HERE / f"{name}-ours.safetensors"), strict=True)
    with torch.no_grad():
        outputs = {"pytorch": theirs(inputs), "ours": ours(inputs)}
    train(theirs, inputs, labels, 2)
    with torch.no_grad():
        outputs["trained"] = theirs(inputs)
    numbers = {"inputs": inputs, "labels": labels.int()}
    if inputs.dtype == torch.int64:
        numbers["inputs"] = inputs.int()
    save_file(numbers | outputs, HERE / f"{name}-outputs.safetensors")


torch.manual_seed(1)
make("images", images, torch.randn(6, 2, 8, 8), torch.randint(5, (6,)))
make("text", text, torch.randint(11, (4, 7)), torch.randint(11, (4, 7)))
make("directions", directions, torch.randint(11, (4, 7)), torch.randint(5, (4, 7)))
