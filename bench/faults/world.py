"""Processes of Millrace as a user would start them, and what they say."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MILLRACE = os.environ.get("MILLRACE", os.path.join(ROOT, "millrace")).split()
HERE = os.path.dirname(os.path.abspath(__file__))

# a loaded machine takes long to start a JVM; nothing is lost by waiting
PATIENCE = float(os.environ.get("PATIENCE", "120"))


class Lost(Exception):
    """A run, a node or a message that is not as it should be."""


def until(what, condition, seconds=None):
    """Waits for a condition and returns what it gave."""
    end = time.monotonic() + (seconds or PATIENCE)
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Lost(f"not within {seconds or PATIENCE:.0f} s: {what}")
        time.sleep(0.05)


class Command:
    """A process, and its lines with the time at which each came."""

    def __init__(self, folder, name, words, environment, prefix, cwd):
        self.name = name
        self.lines = []
        self.port = None
        self.started = time.monotonic()
        self.ended = None
        self.log = open(os.path.join(folder, name + ".txt"), "a")
        self.log.write(f"$ {' '.join(map(str, words))}\n")
        self.process = subprocess.Popen(
            [*prefix, *MILLRACE, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
            text=True,
            cwd=cwd,
            start_new_session=True,
        )
        self.readers = [
            threading.Thread(target=self._read, args=(stream,), daemon=True)
            for stream in (self.process.stdout, self.process.stderr)
        ]
        for reader in self.readers:
            reader.start()

    def _read(self, stream):
        for line in stream:
            now = time.monotonic()
            if "incubator modules" in line:
                continue
            self.lines.append((now, line.rstrip("\n")))
            self.log.write(f"{now - self.started:7.2f} {line}")
            self.log.flush()

    @property
    def pid(self):
        return self.process.pid

    def texts(self):
        return [line for _, line in list(self.lines)]

    def events(self, kind=None):
        """The JSON lines of one kind, each with its time."""
        found = []
        for at, line in list(self.lines):
            if line.startswith("{"):
                event = json.loads(line)
                if kind is None or event["event"] == kind:
                    found.append((at, event))
        return found

    def says(self, text, after=0.0):
        return next((at for at, line in list(self.lines) if at >= after and re.search(text, line)), None)

    def wait_for(self, text, seconds=None, after=0.0):
        def look():
            at = self.says(text, after)
            if at is None and self.process.poll() is not None:
                raise Lost(f"{self.name} ended with {self.process.returncode} before it said '{text}'")
            return at

        return until(f"{self.name} says '{text}'", look, seconds)

    def wait_for_step(self, step, seconds=None, after=0.0):
        """The moment of the first told step from this one on."""

        def look():
            for at, event in self.events("step"):
                if at >= after and event["step"] >= step:
                    return at
            if self.process.poll() is not None:
                raise Lost(f"{self.name} ended with {self.process.returncode} before step {step}")
            return None

        return until(f"step {step} of {self.name}", look, seconds)

    def kill(self, number=signal.SIGKILL):
        os.kill(self.pid, number)
        return time.monotonic()

    def status(self, seconds=None):
        """Waits for the end."""
        try:
            status = self.process.wait(seconds or PATIENCE * 2)
        except subprocess.TimeoutExpired:
            raise Lost(f"{self.name} does not end") from None
        self.ended = self.ended or time.monotonic()
        for reader in self.readers:
            reader.join(5)
        return status

    def expect(self, status, *texts, seconds=None):
        """Waits for the end, with this status and, in this order or another, lines with these texts."""
        got = self.status(seconds)
        if got != status:
            raise Lost(f"{self.name} ended with {got} (expected: {status}); {' | '.join(self.texts()[-3:])[:400]}")
        for text in texts:
            if self.says(text) is None:
                raise Lost(f"{self.name} did not say '{text}'")
        self.no_stack_trace()
        return self

    def no_stack_trace(self):
        for line in self.texts():
            if re.match(r"\s+at \w+[.\w$]*\(", line) or "Exception in thread" in line:
                raise Lost(f"{self.name} shows a stack trace: {line.strip()}")

    def done(self):
        events = self.events("done")
        if not events:
            raise Lost(f"{self.name} did not say how the run ended")
        return events[-1][1]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


class World:
    """A folder with a run folder and the states of nodes, and all processes that were started."""

    def __init__(self, folder, source):
        self.folder = folder
        self.runs = os.path.join(folder, "runs")
        # what ~/.millrace is for a user: nodes that are started again remember there whom they were with
        self.state = os.path.join(folder, "state")
        self.random = source
        self.commands = []
        self.closers = []
        os.makedirs(self.runs, exist_ok=True)

    def command(self, name, *words, environment=None, prefix=(), cwd=None):
        command = Command(self.folder, name, words, {"MILLRACE_STATE": self.state, **(environment or {})}, prefix, cwd)
        self.commands.append(command)
        return command

    def node(self, name, port, *words, wait=True, **more):
        node = self.command(name, "node", "--json", "--port", port, *words, **more)
        node.port = port
        if wait:
            node.wait_for('"event":"node"')
        return node

    def train(self, name, *words, **more):
        return self.command(
            name, "train", *words, "--json", "-D", f"checkpoint.folder={self.runs}", **more
        )

    def port(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return free.getsockname()[1]

    def run_of(self, command):
        """The folder of the run that a command has begun."""

        def begun():
            events = command.events("start")
            if not events and command.process.poll() is not None:
                raise Lost(f"{command.name} ended with {command.process.returncode} and began no run")
            return events

        return os.path.join(self.runs, until(f"{command.name} begins a run", begun)[0][1]["run"])

    def status(self, port, addresses):
        """These nodes, and no others, are up as the one at the port sees it."""
        asked = self.command("status", "status", "--json", "--cluster", f"127.0.0.1:{port}").expect(0)
        members = asked.events("status")[-1][1]["members"]
        up = {member["address"] for member in members if member["status"] == "up"}
        if up != set(addresses):
            raise Lost(f"127.0.0.1:{port} has {', '.join(sorted(up))} up (expected: {', '.join(addresses)})")

    def close(self):
        for command in self.commands:
            command.close()
        for closer in self.closers:
            closer()


def checkpoints(run):
    """The steps that have a whole checkpoint, ascending."""
    folder = os.path.join(run, "checkpoints")
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(int(name[5:]) for name in names if re.fullmatch(r"step-\d+", name))


def last(run):
    """The step that the link last leads to."""
    try:
        return int(os.readlink(os.path.join(run, "checkpoints", "last")).rsplit("-", 1)[1])
    except (OSError, ValueError, IndexError):
        return None
