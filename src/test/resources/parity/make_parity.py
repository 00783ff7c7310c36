#!/usr/bin/env python3
"""The loss of mlp-mnist after each of 100 steps in PyTorch, from weights that a formula gives.

  make_parity.py MNIST_FOLDER > mlp-mnist-100-steps.txt      (PyTorch 2.13, one thread)

Parameter values: element i of parameter p (0.weight, 0.bias, 2.weight, 2.bias counted from 0) is
((i + 1 + 1000003 * p) * 2654435761 mod 2^32) / 2^32 * 2 - 1, times 1/sqrt(fan in), rounded to float32.
Batches: samples 0-63, 64-127, ... of the training set in file order, pixels / 255. Adam, lr 1e-3.
"""
import gzip
import sys
import torch
import torch.nn as nn


def idx(path):
    raw = gzip.open(path, "rb").read()
    dims = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return torch.frombuffer(bytearray(raw[4 + 4 * len(dims):]), dtype=torch.uint8).view(dims)


torch.set_num_threads(1)
x = idx(sys.argv[1] + "/train-images-idx3-ubyte.gz")[:6400].float().div(255).view(-1, 784)
y = idx(sys.argv[1] + "/train-labels-idx1-ubyte.gz")[:6400].long()
net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
with torch.no_grad():
    for p, (parameter, fan) in enumerate(zip(net.parameters(), (784, 784, 256, 256))):
        n = parameter.numel()
        values = [(((i + 1 + 1000003 * p) * 2654435761 % 2**32) / 2**32 * 2 - 1) * fan ** -0.5 for i in range(n)]
        parameter.copy_(torch.tensor(values, dtype=torch.float64).float().view_as(parameter))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(100):
    batch = slice(64 * step, 64 * step + 64)
    loss = nn.functional.cross_entropy(net(x[batch]), y[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"{step + 1} {loss.item():.9g}")
