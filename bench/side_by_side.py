#!/usr/bin/env python3
"""Millrace beside PyTorch on the same cores, in one run: ours, theirs, ours, theirs, ... and the median of the ratios.

  bench/peers/setup.sh DIR            once: a virtual environment with PyTorch
  bench/side_by_side.py --torch DIR/bin/python [--rounds 5] [--only mlp-deep]

Prints a line a comparison: samples/s of both (medians) and the median ratio of neighbouring runs (> 1: Millrace is
faster). Absolute figures move by tens of percent on shared machines; the ratios are what counts. Run it on an idle one.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# (name, Millrace's arguments, peer's arguments)
DEEP = ["--steps", "25", "--warmup", "25"]
COMPARISONS = [
    ("mlp-mnist, 1 stage : 1 thread", ["mlp-mnist", "--stages", "1", "--micro-batches", "1", "--steps", "2000", "--warmup", "3000"],
     ["--model", "mlp-mnist", "--mode", "single1", "--steps", "400"]),
    ("mlp-deep, 1 stage : 1 thread", ["mlp-deep", "--stages", "1", "--micro-batches", "1", *DEEP],
     ["--model", "mlp-deep", "--mode", "single1", "--steps", "16"]),
    ("mlp-deep, 1 stage, 8 micro-batches : accum1", ["mlp-deep", "--stages", "1", "--micro-batches", "8", *DEEP],
     ["--model", "mlp-deep", "--mode", "accum1", "--steps", "12"]),
    ("mlp-deep, 2 stages, 8 micro-batches : pipe2-1f1b", ["mlp-deep", "--stages", "2", "--micro-batches", "8", *DEEP],
     ["--model", "mlp-deep", "--mode", "pipe2-1f1b", "--steps", "16"]),
    # epochs of 104 steps: several JVMs on two cores take about a minute to be warm; the last epoch counts
    *((f"mlp-deep, 2 processes, 8 micro-batches, {schedule} : {mode}",
       ["train", "mlp-deep", "--processes", "2", "--schedule", schedule, "-D", "data.set=random", "-D",
        "data.random.samples=26624", "--epochs", "6"],
       ["--model", "mlp-deep", "--mode", mode, "--steps", "24"])
      for schedule, mode in (("1f1b", "pipe2-1f1b"), ("zb-2p", "pipe2-1f1b"), ("zb-2p", "pipe2-zb"))),
    ("the same : pipe2-1f1b, tuned allocator", ["mlp-deep", "--stages", "2", "--micro-batches", "8", *DEEP],
     ["--model", "mlp-deep", "--mode", "pipe2-1f1b", "--steps", "16", "--malloc", "keep"]),
    ("mlp-deep, 2 stages, 8 micro-batches : 2 threads", ["mlp-deep", "--stages", "2", "--micro-batches", "8", *DEEP],
     ["--model", "mlp-deep", "--mode", "single2", "--steps", "16"]),
    ("mlp-deep, 2 stages, 16 micro-batches : 2 threads", ["mlp-deep", "--stages", "2", "--micro-batches", "16", *DEEP],
     ["--model", "mlp-deep", "--mode", "single2", "--steps", "16"]),
    ("mlp-deep, 2 stages, 4 micro-batches : 2 threads", ["mlp-deep", "--stages", "2", "--micro-batches", "4", *DEEP],
     ["--model", "mlp-deep", "--mode", "single2", "--steps", "16"]),
    ("mlp-mnist, 2 stages, 4 micro-batches : pipe2-1f1b", ["mlp-mnist", "--stages", "2", "--micro-batches", "4", "--steps", "2000", "--warmup", "3000"],
     ["--model", "mlp-mnist", "--mode", "pipe2-1f1b", "--steps", "200"]),
    *((f"{model}, {words.replace('--', '')} : {mode}", [model, *words.split(), "--steps", steps, "--warmup", steps],
       ["--model", model, "--mode", mode, "--steps", peer_steps])
      for model, steps, peer_steps, best, micro_batches in (
          ("cnn", "100", "40", "chimera", 4), ("lstm-char", "100", "40", "chimera", 2), ("gpt-tiny", "40", "16", "zb-2p", 4))
      for words, mode in (
          ("--stages 1 --micro-batches 1", "single1"), ("--ranks 2 --schedule 1f1b --micro-batches 4", "pipe2-1f1b"),
          (f"--ranks 2 --schedule {best} --micro-batches 4", "pipe2-1f1b"),
          (f"--ranks 2 --schedule {best} --micro-batches {micro_batches}", "single2"))),
    ("mlp-wide, 1 stage : 1 thread", ["mlp-wide", "--stages", "1", "--micro-batches", "1", "--steps", "4", "--warmup", "3"],
     ["--model", "mlp-wide", "--mode", "single1", "--steps", "3"]),
    ("mlp-wide, 2 stages, 8 micro-batches : pipe2-1f1b", ["mlp-wide", "--stages", "2", "--micro-batches", "8", "--steps", "4", "--warmup", "3"],
     ["--model", "mlp-wide", "--mode", "pipe2-1f1b", "--steps", "3"]),
]


def lines_of_json(command):
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return [json.loads(line) for line in lines]


def last_json(command):
    return lines_of_json(command)[-1]


def rate(millrace, words):
    """samples/s of a bench line; of a training run, that of its last epoch, when everything is warm."""
    if words[0] != "train":
        return last_json([millrace, "bench", *words])["samples_per_s"]
    epochs = [line for line in lines_of_json([millrace, *words, "--json"]) if line["event"] == "epoch"]
    return epochs[-1]["samples_per_s"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--torch", required=True, help="python of an environment with PyTorch")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--only", default="", help="comparisons whose name contains this")
    a = p.parse_args()
    millrace, peer = os.path.join(ROOT, "millrace"), os.path.join(ROOT, "bench", "peers", "peer.py")
    for name, ours, theirs in COMPARISONS:
        if a.only not in name:
            continue
        rates, peers = [], []
        for _ in range(a.rounds):
            rates.append(rate(millrace, ours))
            peers.append(last_json([a.torch, peer, *theirs])["samples_per_s"])
        ratio = statistics.median(x / y for x, y in zip(rates, peers))
        print(f"{name:52s} {statistics.median(rates):9.0f} {statistics.median(peers):9.0f}   {ratio:5.2f}x", flush=True)


if __name__ == "__main__":
    main()
