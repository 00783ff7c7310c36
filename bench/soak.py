#!/usr/bin/env python3
"""Kills processes of runs on purpose, and looks whether each run ends by itself with the undisturbed run's weights.

    bench/soak.py [--runs 20] [--seed 1] [--victims nodes|client] [--] mlp-deep --processes 3 --steps 120

What stands after the options is what `millrace train` gets. First the reference runs with --sequential; then each run
loses one random process by kill -9 at a random moment after its ranks were placed. Prints a line a run, then how long it
took from the kill until all ranks train again, and until the first step that the run had not made before: median, 95th percentile and
longest. Exit status 1 if a run did not end as it should.
"""
import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MILLRACE = os.environ.get("MILLRACE", os.path.join(ROOT, "millrace")).split()


def reference(words):
    """weights_sha256 and seconds of the sequential run."""
    started = time.monotonic()
    out = subprocess.run(
        [*MILLRACE, "train", *words, "--sequential", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    ).stdout.decode()
    done = [json.loads(line) for line in out.splitlines() if '"done"' in line][-1]
    return done["weights_sha256"], time.monotonic() - started


def percentile(values, share):
    """The smallest value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


class Run:
    """One run with one kill."""

    def __init__(self, words, kill_after_steps, random_source):
        self.words = words
        self.kill_after = kill_after_steps
        self.random = random_source
        self.nodes = []
        self.role = None
        self.killed_at = None
        self.killed_step = None
        self.placed_at = None
        self.again_at = None
        self.recovering_at = None
        self.end = None

    def execute(self, timeout):
        process = subprocess.Popen(
            [*MILLRACE, "train", *self.words, "--json", "--log-every", "1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        errors = []
        drain = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
        drain.start()
        for line in process.stdout:
            self.heard(json.loads(line), time.monotonic())
        status = process.wait()
        timer.cancel()
        drain.join()
        return status, errors

    def heard(self, event, now):
        kind = event["event"]
        if kind == "node":
            self.nodes.append(event)
        elif kind == "recovering" and self.killed_at:
            self.recovering_at = self.recovering_at or now
        elif kind == "step":
            if self.killed_at is None and event["step"] >= self.kill_after:
                self.kill(event["step"])
            elif self.killed_at and self.again_at is None and self.recovering_at:
                self.again_at = now
        elif kind == "placed":
            if self.killed_at:
                self.recovering_at = self.recovering_at or now
                self.placed_at = self.placed_at or now
            # the first of the nodes is where the trainer is: the oldest
        elif kind == "done":
            self.end = event

    def kill(self, step):
        victim = self.random.randrange(len(self.nodes))
        self.role = f"node {victim}"
        self.killed_step = step
        self.killed_at = time.monotonic()
        os.kill(self.nodes[victim]["pid"], signal.SIGKILL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--last-step", type=int, default=0, help="kill at or before this step (default: half of --steps)")
    parser.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    words = [word for word in options.words if word != "--"]
    source = random.Random(options.seed)
    expected, seconds = reference(words)
    print(f"reference {expected[:16]} in {seconds:.1f} s", flush=True)
    steps = int(words[words.index("--steps") + 1]) if "--steps" in words else 100
    last = options.last_step or steps // 2
    placed, times, good = [], [], 0
    for number in range(1, options.runs + 1):
        run = Run(words, source.randint(1, last), source)
        status, errors = run.execute(options.timeout)
        right = status == 0 and run.end is not None and run.end["weights_sha256"] == expected
        good += right
        after = run.again_at - run.killed_at if run.again_at else float("nan")
        until_placed = run.placed_at - run.killed_at if run.placed_at else float("nan")
        if run.again_at:
            times.append(after)
            placed.append(until_placed)
        print(
            f"run {number}: kill -9 of {run.role} at step {run.killed_step}, training again after {until_placed:.1f} s, "
            f"a new step after {after:.1f} s, status {status}, weights {'equal' if right else 'NOT EQUAL'}",
            flush=True,
        )
        if not right:
            print("".join(errors[-20:]), flush=True)
    print(f"{good} of {options.runs} ended with the weights of the reference", flush=True)
    if times:
        for what, found in (("training again", placed), ("a new step", times)):
            print(
                f"kill to {what}: median {statistics.median(found):.1f} s, 95th percentile {percentile(found, 0.95):.1f} s, "
                f"longest {max(found):.1f} s",
                flush=True,
            )
    return 0 if good == options.runs else 1


if __name__ == "__main__":
    sys.exit(main())
