#!/usr/bin/env python3
"""Millrace beside PyTorch on the same cores, in one run: ours, theirs, ours, theirs, ... and the median of the ratios.

  bench/peers/setup.sh DIR            once: a virtual environment with PyTorch
  bench/side_by_side.py --torch DIR/bin/python [--rounds 5] [--only async-1f1b] [--best]
  bench/side_by_side.py --sweep [--rounds 5] [--only async-1f1b]

Prints the processor, and a line a comparison: samples/s of both (medians), the median ratio of neighbouring runs (> 1:
Millrace is faster), and of Millrace the GFLOP/s and what share of the cores' measured peak that is (medians). Absolute
figures move by tens of percent on shared machines; the ratios are what counts. Run it on an idle one.

With --best each side has its own best number of micro-batches m of 1, 2, 4 and 8, found by a run of each before the rounds.
PyTorch's modes without a pipeline have no micro-batches.

With --sweep PyTorch stays out: Millrace's lines with 1, 2, 4, 8 and 16 micro-batches in turn, the medians of each and their
share of the best one's.

Lines with --autocast train with bfloat16 factors on both sides. They are left out, with a sentence, on a processor that has no
instructions for them: there Millrace rounds in software.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MILLRACE, PEER = os.path.join(ROOT, "millrace"), os.path.join(ROOT, "bench", "peers", "peer.py")
MICRO_BATCHES = (1, 2, 4, 8)
SWEPT = (1, 2, 4, 8, 16)

STEPS = {  # workload: Millrace's measured steps and those before them, PyTorch's measured steps
    "mlp-mnist": (2000, 3000, 400),
    "mlp-deep": (25, 25, 16),
    "mlp-wide": (4, 3, 3),
    "gpt-tiny": (40, 40, 16),
    # until the JVM has compiled what cells are made of
    "lstm-char": (100, 300, 40),
    "cnn": (100, 100, 40),
}


class Failed(Exception):
    """A program that did not do what it was asked for."""


@dataclass(frozen=True)
class Comparison:
    """A line of Millrace beside a mode of peer.py, both with m micro-batches."""
    workload: str
    line: str
    mode: str
    m: int = 1
    peer_options: tuple = ()

    def name(self, best=False):
        """What is compared; without m where each side has its own."""
        m = "" if best else f", m = {self.m}"
        return f"{self.workload}, {self.line.replace('--', '')}{m} : {' '.join((self.mode, *self.peer_options))}"

    def needs_bf16(self):
        return "--autocast" in self.peer_options

    def ours(self, m):
        steps, warmup, _ = STEPS[self.workload]
        return last_json([MILLRACE, "bench", self.workload, *self.line.split(), "--micro-batches", str(m),
                          "--steps", str(steps), "--warmup", str(warmup), "--json"])

    def theirs(self, m, torch):
        return last_json([torch, PEER, "--model", self.workload, "--mode", self.mode, "--micro", str(m),
                          "--steps", str(STEPS[self.workload][2]), *self.peer_options])

    def our_choices(self):
        return MICRO_BATCHES

    def their_choices(self):
        return MICRO_BATCHES if self.mode.startswith("pipe") else (self.m,)


class Processes(Comparison):
    """Two JVMs: epochs of 104 steps, as it takes about a minute on two cores until they are warm; the last epoch counts."""

    def ours(self, m):
        lines = lines_of_json([MILLRACE, "train", self.workload, *self.line.split(), "--micro-batches", str(m),
                               "-D", "data.set=random", "-D", "data.random.samples=26624", "--epochs", "6", "--json"])
        return [line for line in lines if line["event"] == "epoch"][-1]


ONE = "--stages 1"
TWO = "--ranks 2 --schedule 1f1b"
# with one optimizer step a batch, as the others make
ASYNC = "--ranks 2 --schedule async-1f1b"
# of networks in which one layer is most of the work, so that two stages cannot be even: a whole line on each rank
REPLICAS = "--ranks 1 --replicas 2 --schedule async-1f1b"
ASYNC_LINES = {"cnn": (REPLICAS, 2), "lstm-char": (REPLICAS, 2)}
BF16_WORKLOADS = ("mlp-deep", "mlp-wide", "gpt-tiny")
BEST_FLUSHING = {"cnn": ("chimera", 4), "lstm-char": ("chimera", 2), "gpt-tiny": ("zb-2p", 4)}

COMPARISONS = [
    *(Comparison(workload, ONE, "single1") for workload in STEPS),
    *(Comparison(workload, line, "single2", m) for workload in STEPS
      for line, m in dict.fromkeys([(ASYNC, 1), ASYNC_LINES.get(workload, (ASYNC, 1))])),
    *(Comparison(workload, f"{line} --precision bf16", mode, peer_options=("--autocast",))
      for workload in BF16_WORKLOADS for line, mode in ((ONE, "single1"), (ASYNC, "single2"))),
    *(Comparison(workload, TWO, "pipe2-1f1b", m) for workload, m in (
        ("mlp-mnist", 4), ("mlp-deep", 8), ("mlp-wide", 8), ("gpt-tiny", 4), ("lstm-char", 4), ("cnn", 4))),
    Comparison("mlp-deep", TWO, "pipe2-1f1b", 8, ("--malloc", "keep")),
    *(Comparison(workload, f"--ranks 2 --schedule {schedule}", "pipe2-1f1b", 4)
      for workload, (schedule, _) in BEST_FLUSHING.items()),
    *(Comparison(workload, f"--ranks 2 --schedule {schedule}", "single2", m)
      for workload, (schedule, m) in BEST_FLUSHING.items()),
    *(Comparison("mlp-deep", TWO, "single2", m) for m in (4, 8, 16)),
    Comparison("mlp-deep", ONE, "accum1", 8),
    *(Processes("mlp-deep", f"--processes 2 --schedule {schedule}", mode, 8)
      for schedule, mode in (("1f1b", "pipe2-1f1b"), ("zb-2p", "pipe2-1f1b"), ("zb-2p", "pipe2-zb"))),
]


def lines_of_json(command):
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines or "error" in lines[-1]:
        raise Failed(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return lines


def last_json(command):
    return lines_of_json(command)[-1]


def fastest(side, choices):
    """The number of micro-batches with the most samples/s; those that the side refuses are left out."""
    rates, refused = {}, []
    for m in choices:
        try:
            rates[m] = side(m)["samples_per_s"]
        except Failed as e:
            refused.append(e)
    if not rates:
        raise refused[0]
    return max(rates, key=rates.get)


def processor_info():
    """What /proc/cpuinfo says: the model, and the names of what the processor can do."""
    info = open("/proc/cpuinfo").read()
    flags = re.search(r"flags\s*: (.*)", info)
    return re.search(r"model name\s*: (.*)", info), set(flags.group(1).split()) if flags else set()


def has_bf16():
    return "avx512_bf16" in processor_info()[1]


def processor():
    model, flags = processor_info()
    units = [words for flag, words in (("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_bf16", "AVX512-BF16"),
                                       ("amx_bf16", "AMX")) if flag in flags]
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores of {model.group(1) if model else 'an unknown processor'} ({', '.join(units)}), load {load:.1f}"


def median(lines, key):
    values = [line[key] for line in lines if key in line]
    return statistics.median(values) if values else None


def compare(comparison, torch, rounds, best):
    """The line to print: medians of both, and of the ratios of neighbouring runs."""
    our_m = their_m = comparison.m
    if best:
        choices = comparison.our_choices()
        our_m = fastest(comparison.ours, choices) if len(choices) > 1 else our_m
        choices = comparison.their_choices()
        their_m = fastest(lambda m: comparison.theirs(m, torch), choices) if len(choices) > 1 else their_m
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(comparison.ours(our_m))
        theirs.append(comparison.theirs(their_m, torch))
    ratio = statistics.median(x["samples_per_s"] / y["samples_per_s"] for x, y in zip(ours, theirs))
    gflops, share = median(ours, "gflops"), median(ours, "peak_share")
    speed = f"{gflops:7.1f} GFLOP/s {share:4.0%} of the peak" if gflops is not None else ""
    chosen = f"  m = {our_m} : {their_m}" if best else ""
    return (f"{comparison.name(best):66s} {median(ours, 'samples_per_s'):9.0f} {median(theirs, 'samples_per_s'):9.0f}"
            f"   {ratio:5.2f}x {speed}{chosen}")


def sweep(line, rounds):
    """The line to print: what each number of micro-batches comes to; those that are refused are left out."""
    rates, refused = {m: [] for m in SWEPT}, set()
    for i in range(rounds):
        for m in SWEPT if i % 2 == 0 else reversed(SWEPT):
            try:
                if m not in refused:
                    rates[m].append(line.ours(m)["samples_per_s"])
            except Failed:
                refused.add(m)
    medians = {m: statistics.median(found) for m, found in rates.items() if found and m not in refused}
    best = max(medians.values(), default=0)
    return (f"{line.workload + ', ' + line.line.replace('--', ''):48s} "
            + "  ".join(f"m = {m}: {rate:.0f} ({rate / best:.0%})" for m, rate in medians.items()))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--torch", help="python of an environment with PyTorch")
    p.add_argument("--rounds", type=int, default=3, help="neighbouring pairs of runs")
    p.add_argument("--only", default="", help="comparisons whose name contains this")
    p.add_argument("--best", action="store_true", help="each side with its own best number of micro-batches")
    p.add_argument("--sweep", action="store_true", help="Millrace alone, with each number of micro-batches")
    a = p.parse_args()
    if not a.sweep and not a.torch:
        p.error("--torch: not given (expected: the python of an environment with PyTorch, or --sweep)")
    # by name: with --best several differ in nothing
    chosen = {c.name(a.best): c for c in COMPARISONS if a.only in c.name(a.best)}
    if not chosen:
        p.error(f"--only: {a.only} (expected: a part of one of {'; '.join(c.name(a.best) for c in COMPARISONS)})")
    print(processor(), flush=True)
    if a.sweep:
        # one stage has no pipeline, and several comparisons have the same line
        for line in {(c.workload, c.line): c for c in chosen.values() if c.line != ONE}.values():
            if not line.needs_bf16() or has_bf16():
                print(sweep(line, a.rounds), flush=True)
        return
    for comparison in chosen.values():
        if comparison.needs_bf16() and not has_bf16():
            print(f"{comparison.name(a.best):66s} left out: this processor has no instructions for bfloat16", flush=True)
            continue
        try:
            print(compare(comparison, a.torch, a.rounds, a.best), flush=True)
        except Failed as e:
            sys.exit(str(e))


if __name__ == "__main__":
    main()
