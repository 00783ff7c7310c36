#!/usr/bin/env python3
"""Trains one of the networks of src/test/resources/parity with PyTorch and evaluates it every so many steps; a JSON line each.

  quality.py --model cnn --lr 1e-3 --seed 1 --every 100 --steps 2000 [--threads 2]

Quality is the accuracy on the test set of MNIST, or the loss on the last tenth of the text. Seconds are counted from the first
step, and include evaluations.
"""
import argparse
import json
import os
import sys
import time
import torch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "src", "test", "resources", "parity"))
from networks import data, loss_of, network  # noqa: E402

DATA = os.path.join(ROOT, "nn", "src", "main", "resources", "millrace", "nn", "data")
# Of an evaluation at once: with 500 rows of cnn PyTorch needs ten times as long, as its allocator gives such large blocks back to the
# operating system each time, which must clear them again.
ROWS = 100


def quality(model, x, y, text):
    with torch.no_grad():
        if text:
            return sum(loss_of(model, a, b).item() * len(a) for a, b in zip(x.split(ROWS), y.split(ROWS))) / len(x)
        right = sum((model(a).argmax(1) == b).sum().item() for a, b in zip(x.split(ROWS), y.split(ROWS)))
        return right / len(x)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--lr", type=float, required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--every", type=int, required=True)
    p.add_argument("--steps", type=int, required=True)
    p.add_argument("--threads", type=int, default=2)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    model, optimizer, batch = network(a.model)
    for group in optimizer.param_groups:
        group["lr"] = a.lr
    text = a.model in ("gpt-tiny", "lstm-char")
    x, y = data(a.model, DATA)
    held = data(a.model, DATA, "rest" if text else "test")
    step, began = 0, time.perf_counter()
    while step < a.steps:
        for rows in torch.randperm(len(x)).split(batch):
            loss = loss_of(model, x[rows], y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step % a.every == 0 or step == a.steps:
                found = quality(model, *held, text)
                print(json.dumps({"step": step, "seconds": round(time.perf_counter() - began, 3), "quality": found}), flush=True)
            if step == a.steps:
                break


if __name__ == "__main__":
    main()
