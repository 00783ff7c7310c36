#!/usr/bin/env python3
"""Breaks runs at random, with real processes, and looks whether each ends by itself with the undisturbed run's weights.

    bench/soak.py [--runs 20] [--faults kill] [--seed 1] [--] mlp-deep --processes 3 --steps 120
    bench/soak.py --runs 50 -- mlp-mnist --processes 4 --ranks 2 --replicas 2 --micro-batches 4 --steps 400
    bench/soak.py --nodes 3 --faults kill,kill,two,recovery,pause=5,partition=20 --every 10 -- mlp-deep --steps 3000

What stands after the options is what `millrace train` gets. First the reference runs with --sequential. Then each run has a fault at
a random step, and with --every more of them until it ends; each is one of --faults, drawn at random (name one twice and it comes twice
as often):

    kill          kill -9 of a random process
    two           kill -9 of two at once
    recovery      kill -9 of one, and of another one within two seconds after the first loss was noticed
    pause=S       SIGSTOP of one for S seconds
    partition=S   the cable of one is pulled for S seconds; only with --nodes

With --processes, among the words for `train`, a process that was killed stays away. With --nodes N there are
N machines (network namespaces, so root is needed), each with a node, and a working folder of its own: no disk is shared. Another
machine has the command. A node that was killed is started again when the run is over, with --every at once.

Prints a line a fault and a line a run, and at the end how long it took from the fault until the loss was noticed, from then until all ranks
were ready to train again, and from the fault until there was a step that had not been made before. A run is as it should be if it ends
with the weights of the reference, or by itself with a reason, without a stack trace; and if no two trainers wrote: run epochs ascend, and
on no disk a checkpoint of a later step is of an earlier epoch. Exit status 1 if one was not.
"""
import argparse
import os
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults"))
from machines import Cables  # noqa: E402
from world import Lost, World, checkpoints, until  # noqa: E402

KINDS = re.compile(r"kill|two|recovery|(?:pause|partition)=\d+")


class Fault:
    """What was done to a run, and what it said then."""

    def __init__(self, kind, victims, at, step):
        self.kind, self.victims, self.at, self.step = kind, victims, at, step
        self.noticed = self.placed = self.new_step = None

    def hear(self, command, before):
        """Looks through what came before the next fault."""

        def first(kind, after, suits=lambda event: True):
            return next((at for at, event in command.events(kind) if after <= at < before and suits(event)), None)

        losses = [at for at, _ in command.events("recovering") if self.at <= at < before]
        if losses:
            self.noticed = losses[0]
            # of two losses the second one may begin the recovery anew; nodes that come place ranks anew too, later
            self.placed = first("placed", losses[-1] if self.kind in ("two", "recovery") else self.noticed)
        if self.placed:
            told = max((event["step"] for at, event in command.events("step") if at < self.placed), default=0)
            self.new_step = first("step", self.placed, lambda event: event["step"] > told)

    def text(self):
        words = f"{self.kind} of {', '.join(self.victims)} at step {self.step}"
        if self.placed is None:
            return f"{words}: nothing to recover from was told"
        return (
            f"{words}: noticed after {self.noticed - self.at:.2f} s, ready {self.placed - self.noticed:.2f} s later,"
            f" a new step {'not' if self.new_step is None else f'{self.new_step - self.at:.2f} s'} after the fault"
        )


class Processes:
    """Those of train --processes."""

    def __init__(self, place):
        self.place = place

    def train(self, name, words):
        self.command = self.place.train(name, *words, "--log-every", 1)
        return self.command

    def folders(self, run):
        """Where there are checkpoints of a run."""
        return [run]

    def alive(self):
        """(name, pid) of each."""
        return [(f"process {pid}", pid) for pid in children(self.command.pid)]

    def mend(self):
        pass


class Machines:
    """Nodes that are started again where they were, without a disk in common."""

    def __init__(self, place, count):
        self.place, self.count = place, count
        self.cables = Cables(count + 1)
        place.closers.append(self.cables.close)
        self.nodes = [None] * count
        self.starts = 0

    def mend(self):
        """Starts nodes where none is."""
        for i, node in enumerate(self.nodes):
            if node is None or node.process.poll() is not None:
                self.nodes[i] = self._start(i)

    def _start(self, i):
        folder = os.path.join(self.place.folder, f"machine{i}")
        os.makedirs(folder, exist_ok=True)
        self.starts += 1
        return self.place.node(
            f"node{i}-{self.starts}", 25520, "--host", self.cables.address(i), "--join", self._addresses(), wait=False,
            prefix=self.cables.on(i), cwd=folder, environment={"MILLRACE_STATE": os.path.join(folder, "state")},
        )

    def _addresses(self):
        return ",".join(f"{self.cables.address(i)}:25520" for i in range(self.count))

    def _are_up(self):
        asked = self.place.command(
            "status", "status", "--json", "--host", self.cables.address(self.count), "--cluster", self._addresses(),
            prefix=self.cables.on(self.count),
        )
        if asked.status():
            return False
        members = asked.events("status")[-1][1]["members"]
        return sum(member["status"] == "up" and "worker" in member["roles"] for member in members) == self.count

    def train(self, name, words):
        # a run begins on the nodes that there are then, and needs more than half of those to the end
        self.mend()
        until(f"{self.count} nodes of one cluster", self._are_up)
        return self.place.train(
            name, *words, "--log-every", 1, "--host", self.cables.address(self.count), "--cluster", self._addresses(),
            "-D", "checkpoint.shared=no", prefix=self.cables.on(self.count),
        )

    def folders(self, run):
        """That of the command, and those of the machines that have any."""
        name = os.path.basename(run)
        own = [os.path.join(self.place.folder, f"machine{i}", "runs", name) for i in range(self.count)]
        return [run, *filter(os.path.isdir, own)]

    def alive(self):
        return [(f"machine {i}", node.pid) for i, node in enumerate(self.nodes) if node.process.poll() is None]


def children(parent):
    """Processes that another one has started and that have not ended, in the order of their numbers."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                state, started_by = file.read().rsplit(")", 1)[1].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(started_by) == parent and state != "Z":
            found.append(int(entry))
    return sorted(found)


class Soak:
    """Runs with faults, on processes or machines."""

    def __init__(self, options, words, place, source):
        self.options, self.words, self.place, self.random = options, words, place, source
        self.hosts = Machines(place, options.nodes) if options.nodes else Processes(place)
        self.undo = []
        self.command = None

    def run(self, number, expected, last):
        """(faults, what became of it, whether that is as it should be)."""
        command = self.command = self.hosts.train(f"run{number}", self.words)
        faults = []
        next_at = 0
        limit = time.monotonic() + self.options.timeout
        command.wait_for_step(self.random.randint(1, last), self.options.timeout)
        try:
            while command.process.poll() is None:
                now = time.monotonic()
                if now > limit:
                    raise Lost(f"{command.name} does not end")
                self._undo(now)
                if self.options.every:
                    # as an init system does it
                    self.hosts.mend()
                if now >= next_at and self.hosts.alive() and (self.options.every or not faults):
                    faults.append(self._fault(self.random.choice(self.options.faults)))
                    next_at = time.monotonic() + self.options.every * self.random.uniform(0.5, 1.5)
                time.sleep(0.02)
        except BaseException:
            for _, pid in self.hosts.alive():
                signal_to(pid, signal.SIGKILL)
            raise
        finally:
            self._undo(float("inf"))
        status = command.status()
        for fault, following in zip(faults, [*faults[1:], None]):
            fault.hear(command, following.at if following else float("inf"))
        return faults, *self._judge(command, status, expected)

    def _fault(self, kind):
        alive = self.hosts.alive()
        step = max((event["step"] for _, event in self.command.events("step")), default=0)
        name, _, seconds = kind.partition("=")
        victims = self.random.sample(alive, min(2 if name == "two" else 1, len(alive)))
        fault = Fault(kind, [victim for victim, _ in victims], time.monotonic(), step)
        if name == "partition":
            machine = int(victims[0][0].split()[1])
            self.hosts.cables.cut(machine)
            self._later(seconds, lambda: self.hosts.cables.heal(machine))
        elif name == "pause":
            signal_to(victims[0][1], signal.SIGSTOP)
            self._later(seconds, lambda: signal_to(victims[0][1], signal.SIGCONT))
        else:
            for _, pid in victims:
                signal_to(pid, signal.SIGKILL)
        if name == "recovery":
            self._second(fault)
        return fault

    def _second(self, fault):
        end = time.monotonic() + 30
        at = None
        while time.monotonic() < (at or end) and self.command.process.poll() is None:
            self._undo(time.monotonic())
            if at is None and self.command.says('"event":"recovering"', fault.at):
                at = time.monotonic() + self.random.uniform(0, 2)
            time.sleep(0.01)
        others = self.hosts.alive()
        if others and self.command.process.poll() is None:
            name, pid = self.random.choice(others)
            signal_to(pid, signal.SIGKILL)
            fault.victims.append(f"{name} {time.monotonic() - fault.at:.1f} s later")

    def _later(self, seconds, action):
        self.undo.append((time.monotonic() + float(seconds), action))

    def _undo(self, now):
        due = [entry for entry in self.undo if entry[0] <= now]
        self.undo = [entry for entry in self.undo if entry[0] > now]
        for _, action in due:
            action()

    def _judge(self, command, status, expected):
        command.no_stack_trace()
        written = self._one_writer(command)
        if status != 0:
            reasons = [line for line in command.texts() if line.startswith("error: ")]
            return f"ended with {status}: {reasons[-1] if reasons else 'without a reason'}", status == 1 and bool(reasons)
        if command.done()["weights_sha256"] != expected:
            return "OTHER WEIGHTS", False
        return f"weights equal, {written}", True

    def _one_writer(self, command):
        told = [event["run_epoch"] for _, event in command.events("placed")]
        if any(later <= earlier for earlier, later in zip(told, told[1:])):
            raise Lost(f"run epochs {told} were told (expected: each later than the one before)")
        run = self.place.run_of(command)
        written = "; ".join(ascending(folder) or "none" for folder in self.hosts.folders(run))
        return f"{len(told)} run epochs, checkpoints of {written}"


def ascending(run):
    """The run epochs of a run folder's checkpoints."""
    steps = checkpoints(run)
    epochs = [epoch_of(run, step) for step in steps]
    if any(later < earlier for earlier, later in zip(epochs, epochs[1:])):
        raise Lost(f"{run}: checkpoints of steps {steps} are of run epochs {epochs} (expected: ascending)")
    return ", ".join(map(str, epochs))


def epoch_of(run, step):
    with open(os.path.join(run, "checkpoints", f"step-{step:08}", "manifest.textproto")) as file:
        found = re.search(r"^run_epoch: (\d+)", file.read(), re.MULTILINE)
        if not found:
            raise Lost(f"{file.name}: no run_epoch")
        return int(found.group(1))


def signal_to(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def percentile(values, share):
    """The smallest value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def table(faults):
    """Times by kind of fault."""
    rows = []
    for kind in sorted({fault.kind for fault in faults}):
        of_kind = [fault for fault in faults if fault.kind == kind]
        rows.append(f"{kind}: {len(of_kind)}, of which {sum(fault.placed is not None for fault in of_kind)} were recovered from")
        for what, begin, end in (
            ("fault to noticed", "at", "noticed"), ("noticed to ready", "noticed", "placed"), ("fault to ready", "at", "placed"),
            ("fault to a new step", "at", "new_step"),
        ):
            times = [getattr(f, end) - getattr(f, begin) for f in of_kind if getattr(f, end) is not None]
            if times:
                rows.append(
                    f"  {what}: median {statistics.median(times):.2f} s, 95th percentile {percentile(times, 0.95):.2f} s,"
                    f" longest {max(times):.2f} s"
                )
    return rows


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default="kill", help="with commas between")
    parser.add_argument("--every", type=float, default=0, help="seconds from one fault to the next, on average (default: one a run)")
    parser.add_argument("--nodes", type=int, default=0, help="machines, instead of --processes")
    parser.add_argument("--timeout", type=float, default=600, help="seconds that a run may take")
    parser.add_argument("--last-step", type=int, default=0, help="the first fault comes at or before this step (default: half of --steps)")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="for train")
    options = parser.parse_args()
    options.words = [word for word in options.words if word != "--"]
    options.faults = options.faults.split(",")
    if options.nodes and "--processes" in options.words:
        parser.error("--nodes, --processes: both (expected: one of them)")
    for kind in options.faults:
        if not KINDS.fullmatch(kind):
            parser.error(f"--faults: {kind} (expected: kill, two, recovery, pause=SECONDS or partition=SECONDS, with commas between)")
        if kind.startswith("partition") and not options.nodes:
            parser.error(f"--faults: {kind} (expected: with --nodes; processes of one machine have no cables)")
    return options


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    words = options.words
    steps = int(words[words.index("--steps") + 1]) if "--steps" in words else 100
    last = options.last_step or max(1, steps // 2)
    source = random.Random(options.seed)
    folder = tempfile.mkdtemp(prefix="millrace-soak-")
    place = World(folder, source)
    all_faults, begun, good, wrong = [], 0, 0, 0
    try:
        reference = place.train("reference", *words, "--sequential").expect(0, seconds=options.timeout)
        expected = reference.done()["weights_sha256"]
        print(f"reference {expected[:16]}, seed {options.seed}", flush=True)
        soak = Soak(options, words, place, source)
        for number in range(1, options.runs + 1):
            started = time.monotonic()
            begun += 1
            try:
                faults, end, right = soak.run(number, expected, last)
            except Lost as lost:
                print(f"run {number}: LOST, {lost} ({folder})", flush=True)
                wrong += 1
                break
            all_faults += faults
            for fault in faults:
                print(f"  {fault.text()}", flush=True)
            print(f"run {number}: {end} ({time.monotonic() - started:.0f} s)", flush=True)
            good += "weights equal" in end
            wrong += not right
    except Lost as lost:
        print(f"{lost} ({folder})", file=sys.stderr)
        return 1
    finally:
        place.close()
    print(f"{good} of {begun} ended with the weights of the reference, {wrong} not as they should", *table(all_faults), sep="\n")
    if not wrong:
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
