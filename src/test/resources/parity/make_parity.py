#!/usr/bin/env python3
"""The loss of a preset's network after each step in PyTorch, from weights that a formula gives.

  make_parity.py mlp-mnist nn/src/main/resources/millrace/nn/data > mlp-mnist-100-steps.txt  (PyTorch 2.13, one thread)
  make_parity.py cnn       nn/src/main/resources/millrace/nn/data > cnn-50-steps.txt         (also lstm-char, gpt-tiny)

Parameter values: element i of parameter p (in the order of the layers, both counted from 0) is
((i + 1 + 1000003 * p) * 2654435761 mod 2^32) / 2^32 * 2 - 1, times the scale: 1/sqrt(elements of a row) for matrices and
kernels, 0.05 for vectors, plus 1 for a vector named weight; rounded to float32. Batches: consecutive samples in file order.
"""
import sys
import torch
from networks import data, losses, network

torch.set_num_threads(1)
name, folder = sys.argv[1:]
model, optimizer, batch = network(name)
order = sorted(model.named_parameters(), key=lambda named: int(named[0].split(".")[0]))
with torch.no_grad():
    for p, (key, parameter) in enumerate(order):
        i = torch.arange(1, parameter.numel() + 1, dtype=torch.int64) + 1000003 * p
        unit = (i * 2654435761 % 2**32).double() / 2**32 * 2 - 1
        scale = (parameter.numel() / parameter.size(0)) ** -0.5 if parameter.dim() > 1 else 0.05
        one = parameter.dim() == 1 and key.endswith(".weight")
        parameter.copy_((unit * scale + one).float().view_as(parameter))
x, y = data(name, folder)
for step, loss in enumerate(losses(model, optimizer, x, y, batch, 100 if name == "mlp-mnist" else 50)):
    print(f"{step + 1} {loss:.9g}")
