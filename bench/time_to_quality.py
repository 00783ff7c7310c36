#!/usr/bin/env python3
"""Seconds of training until a network is as good as asked for: Millrace's async-1f1b beside PyTorch on all cores.

  bench/peers/setup.sh DIR            once: a virtual environment with PyTorch
  bench/time_to_quality.py --torch DIR/bin/python --out FOLDER [--only cnn] [--seeds 3]

Both sides have the same network, batch size and optimizer, a constant learning rate that is the best one of the same small
grid (by seconds, with a seed of its own), and are evaluated after the same numbers of steps, on the same samples. The seconds are
those of a clock on the wall from the first step on, evaluations included: Millrace's begin when its process has read the data and
starts its actors, PyTorch's when its process has. In brackets stand those of the whole command, from its start. Then each seed is
measured in turn: ours, theirs, ours, theirs, ...

Prints a line a run, and for each workload the medians and their ratios (> 1: Millrace is there sooner). FOLDER gets curves.csv,
of which `bench/run QualityCharts FOLDER` draws charts. Run it on an idle machine.
"""
import argparse
import csv
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MILLRACE, PEER = os.path.join(ROOT, "millrace"), os.path.join(ROOT, "bench", "peers", "quality.py")
GRID = (1e-3, 2e-3, 5e-4)
GRID_SEED = 100


@dataclass(frozen=True)
class Workload:
    """What is trained, until what."""
    name: str
    figure: str  # as Millrace's --json calls it
    target: float
    rises: bool  # whether more is better
    every: int  # steps from one evaluation to the next
    steps: int  # at most
    line: str

    def reached(self, quality):
        return quality >= self.target if self.rises else quality <= self.target


# where one layer is most of the work two stages cannot be even: each rank has a whole line
REPLICAS = "--ranks 1 --replicas 2"
# the whole batch in one piece is faster, and makes all gradients of the first stage late by a step: some networks do not mind
ONE = "--ranks 2 --micro-batches 1"
# four micro-batches a step: gradients are late by a part of a step, not by a whole one, and fewer steps are needed
FOUR = "--ranks 2 --micro-batches 4"
WORKLOADS = (
    Workload("mlp-mnist", "test_accuracy", 0.975, True, 200, 10_000, ONE),
    Workload("cnn", "test_accuracy", 0.985, True, 100, 3_000, REPLICAS),
    Workload("lstm-char", "validation_loss", 1.75, False, 100, 3_000, REPLICAS),
    Workload("gpt-tiny", "validation_loss", 2.6, False, 50, 1_500, FOUR),
)


def lines(command):
    """The program's JSON lines as they come; it is ended when nobody wants more."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if line.startswith("{"):
                yield json.loads(line)
        if process.wait():
            sys.exit(f"{' '.join(command)} failed:\n{process.stderr.read()}")
    finally:
        process.kill()
        process.wait()


def ours(workload, rate, seed, _):
    """(step, seconds, quality) after each evaluation."""
    with tempfile.TemporaryDirectory() as folder:
        begun = None
        command = [MILLRACE, "train", workload.name, "--schedule", "async-1f1b", *workload.line.split(), "--lr", str(rate), "--seed",
                   str(seed), "--steps", str(workload.steps), "--epochs", str(workload.steps), "--evaluate-every", str(workload.every),
                   "--json", "-D", "training.lr-schedule.name=constant", "-D", f"checkpoint.folder={folder}", "-D", "checkpoint.interval=1h"]
        for line in lines(command):
            if line["event"] == "start":
                begun = time.perf_counter()
            elif workload.figure in line and line["event"] in ("evaluation", "epoch"):
                yield line.get("step", 0), time.perf_counter() - begun, line[workload.figure]


def theirs(workload, rate, seed, torch):
    command = [torch, PEER, "--model", workload.name, "--lr", str(rate), "--seed", str(seed), "--every", str(workload.every),
               "--steps", str(workload.steps)]
    for line in lines(command):
        yield line["step"], line["seconds"], line["quality"]


def until_good(side, workload, rate, seed, torch, file, most=math.inf):
    """Seconds until the target, from the first step and from the command's start; None if it was not reached in so many. The curve goes
    to the file."""
    rows = csv.writer(file)
    begun = time.perf_counter()
    for step, seconds, quality in side(workload, rate, seed, torch):
        rows.writerow([workload.name, side.__name__, rate, "grid" if seed == GRID_SEED else seed, step, f"{seconds:.3f}", f"{quality:.6f}"])
        file.flush()
        if workload.reached(quality):
            return seconds, time.perf_counter() - begun
        if seconds > most:
            break
    return None


def best_rate(side, workload, torch, file):
    found = {}
    for rate in GRID:
        # a rate that is not there by then is not the best
        most = min((seconds for seconds, _ in found.values()), default=math.inf)
        times = until_good(side, workload, rate, GRID_SEED, torch, file, most)
        print(f"{workload.name}, {side.__name__}, lr {rate:g}: {told(times)}", flush=True)
        if times is not None:
            found[rate] = times
    if not found:
        sys.exit(f"{workload.name}, {side.__name__}: no learning rate of {GRID} reaches {workload.target:g}")
    return min(found, key=found.get)


def told(times):
    return "not reached, or later" if times is None else "{:.1f} s ({:.1f} s)".format(*times)


def median(times):
    """Of both kinds of seconds."""
    return tuple(statistics.median(kind) for kind in zip(*times))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--torch", required=True, help="python of an environment with PyTorch")
    p.add_argument("--out", required=True, help="folder for curves.csv")
    p.add_argument("--only", default="", help="workloads whose name contains this")
    p.add_argument("--seeds", type=int, default=3)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    with open(os.path.join(a.out, "curves.csv"), "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(["workload", "side", "lr", "seed", "step", "seconds", "quality"])
        for workload in (w for w in WORKLOADS if a.only in w.name):
            rates = {side: best_rate(side, workload, a.torch, file) for side in (ours, theirs)}
            times = {ours: [], theirs: []}
            for seed in range(1, a.seeds + 1):
                for side in (ours, theirs):
                    seconds = until_good(side, workload, rates[side], seed, a.torch, file)
                    times[side].append(seconds)
                    print(f"{workload.name}, {side.__name__}, lr {rates[side]:g}, seed {seed}: {told(seconds)}", flush=True)
            if None in times[ours] + times[theirs]:
                print(f"{workload.name}: not reached by every run", flush=True)
                continue
            ratios = median([tuple(y / x for x, y in zip(*pair)) for pair in zip(times[ours], times[theirs])])
            print(f"{workload.name} to {workload.target:g}: {told(median(times[ours]))} with lr {rates[ours]:g},"
                  f" PyTorch {told(median(times[theirs]))} with lr {rates[theirs]:g}, {ratios[0]:.2f}x ({ratios[1]:.2f}x)", flush=True)


if __name__ == "__main__":
    main()
