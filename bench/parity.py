#!/usr/bin/env python3
"""Preset networks in PyTorch and in Millrace from PyTorch's own initial weights, with the same batches.

  DIR/bin/python bench/parity.py [cnn lstm-char gpt-tiny]   (DIR: see peers/setup.sh; needs the package safetensors too)
  DIR/bin/python bench/parity.py --epochs 1 gpt-tiny        then the loss on the part that was not trained with

Prints the largest relative difference between the two losses of a step; with --epochs the losses after so many epochs.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import torch
from safetensors.torch import save_file

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "src", "test", "resources", "parity"))
from networks import data, loss_of, losses, network  # noqa: E402

DATA = os.path.join(ROOT, "nn", "src", "main", "resources", "millrace", "nn", "data")


def events(name, weights, folder, *more):
    done = subprocess.run(
        [os.path.join(ROOT, "millrace"), "train", name, "--init", weights, "--json", "-D", "training.shuffle=false",
         "-D", f"checkpoint.folder={folder}", *more], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def held_back(model, name):
    x, y = data(name, DATA, "rest")
    with torch.no_grad():
        parts = [loss_of(model, a, b).item() * len(a) for a, b in zip(x.split(64), y.split(64))]
    return sum(parts) / len(x)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("networks", nargs="*", default=["cnn", "lstm-char", "gpt-tiny"])
    p.add_argument("--steps", type=int, default=50)
    p.add_argument("--epochs", type=int, default=0)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    for name in a.networks:
        torch.manual_seed(a.seed)
        model, optimizer, batch = network(name)
        x, y = data(name, DATA)
        with tempfile.TemporaryDirectory() as folder:
            weights = os.path.join(folder, "initial.safetensors")
            save_file(model.state_dict(), weights)
            if a.epochs:
                for _ in range(a.epochs):
                    losses(model, optimizer, x, y, batch, -(-len(x) // batch))
                theirs = held_back(model, name)
                ours = events(name, weights, folder, "--epochs", str(a.epochs))[-1]["validation_loss"]
                print(f"{name}: validation loss after {a.epochs} epochs: {ours:.4f}, PyTorch {theirs:.4f},"
                      f" {ours / theirs - 1:+.2%}", flush=True)
                continue
            theirs = losses(model, optimizer, x, y, batch, a.steps)
            told = events(name, weights, folder, "--steps", str(a.steps), "--log-every", "1")
        ours = [event["loss"] for event in told if event["event"] == "step"]
        assert len(ours) == a.steps, f"{len(ours)} losses told (expected: {a.steps})"
        worst = max(abs(o / t - 1) for o, t in zip(ours, theirs))
        print(f"{name}: {a.steps} steps, loss {theirs[0]:.4f} to {theirs[-1]:.4f}, largest difference {worst:.1e}", flush=True)


if __name__ == "__main__":
    main()
