"""Breaks runs on purpose, with real processes, and looks whether each comes to its end with the undisturbed run's weights.

    python3 bench/faults [--runs 10] [--seed 1] [--keep] [NAME...]       --list names the faults

Prints a line a run and then a table: how many runs, how many of them lost, and the times that were measured (median and
longest). What each process said is in the folder of a lost run, or of all with --keep. Exit status 1 if one was lost.
MILLRACE names another program than this folder's ./millrace, PATIENCE how many seconds a process may take to do what it
should (120).
"""

import argparse
import inspect
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time

import clients
import disks
import folders
import network
import nodes
import seeds
from world import Lost, World

MODULES = [clients, seeds, disks, folders, nodes, network]


def faults():
    """All faults by name, in the order in which they are written."""
    return {
        name.replace("_", "-"): function
        for module in MODULES
        for name, function in list(vars(module).items())
        if inspect.isgeneratorfunction(function) and not name.startswith("_") and function.__module__ == module.__name__
    }


class Tally:
    """What became of the runs with one fault."""

    def __init__(self, name):
        self.name = name
        self.runs = 0
        self.lost = 0
        self.times = {}

    def add(self, times):
        for what, seconds in times.items():
            self.times.setdefault(what, []).append(seconds)

    def row(self):
        times = "; ".join(
            f"{what}: {statistics.median(all_of):.1f} s, longest {max(all_of):.1f} s" for what, all_of in self.times.items()
        )
        return f"| {self.name} | {self.runs} | {self.lost} | {times} |"


def run(name, fault, options, parent):
    tally = Tally(name)
    going = place = None
    try:
        for number in range(1, options.runs + 1):
            if going is None:
                folder = os.path.join(parent, f"{name}-{number}")
                os.makedirs(folder)
                place = World(folder, random.Random(f"{options.seed} {name} {number}"))
                going = fault(place)
            started = time.monotonic()
            tally.runs += 1
            try:
                times = next(going)
                tally.add(times)
                told = "".join(f", {what} {seconds:.1f} s" for what, seconds in times.items())
                print(f"{name} {number}: good{told} ({time.monotonic() - started:.0f} s)", flush=True)
            except Lost as lost:
                tally.lost += 1
                print(f"{name} {number}: LOST, {lost} ({place.folder})", flush=True)
                place.close()
                going = None
    finally:
        if going is not None:
            going.close()
            place.close()
    if going is not None and not options.keep:
        shutil.rmtree(place.folder)
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="the folders of all runs")
    parser.add_argument("--list", action="store_true", help="the faults, and nothing else")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = faults()
    if options.list:
        for name, fault in known.items():
            print(f"{name:28} {inspect.getdoc(fault)}")
        return 0
    for name in options.names:
        if name not in known:
            parser.error(f"fault: {name} (expected: {', '.join(known)})")
    parent = tempfile.mkdtemp(prefix="millrace-faults-")
    tallies = [run(name, fault, options, parent) for name, fault in known.items() if name in options.names or not options.names]
    print("\n| fault | runs | lost | times (median, longest) |\n|---|---|---|---|")
    for tally in tallies:
        print(tally.row())
    if not os.listdir(parent):
        os.rmdir(parent)
    return 1 if any(tally.lost for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
