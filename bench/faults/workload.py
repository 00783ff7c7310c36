"""The run that faults happen to: small, and slow by its links instead of by work, so that it lasts on any machine."""

import glob
import json
import os
from dataclasses import dataclass

import world

EPOCHS = 8
STEPS = EPOCHS * 45
WORDS = ["digits", "--epochs", EPOCHS, "--stages", 2, "--micro-batches", 4]
SLOW = ["--link", "latency=12ms"]


@dataclass
class Reference:
    """What the same run comes to without actors and without faults."""

    digest: str
    tensors: dict


_references = {}


def reference(place, words=None):
    """Trains it once; it is kept for all runs with the same words."""
    words = WORDS if words is None else words
    key = " ".join(map(str, words))
    if key not in _references:
        run = place.train("reference", *words, "--sequential").expect(0)
        _references[key] = Reference(run.done()["weights_sha256"], weights(place.run_of(run)))
    return _references[key]


def weights(run):
    """The weights of a run's last checkpoint by name, whatever its number of stages."""
    tensors = {}
    for path in glob.glob(os.path.join(run, "checkpoints", "last", "*.safetensors")):
        if "optimizer" in os.path.basename(path):
            continue
        with open(path, "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            data = file.read()
        header.pop("__metadata__", None)
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            tensors[name] = (entry["dtype"], tuple(entry["shape"]), data[begin:end])
    return tensors


def equal(command, expected):
    """The run ended with these weights."""
    if command.done()["weights_sha256"] != expected.digest:
        raise world.Lost(f"{command.name} ended with other weights than the undisturbed run")


def ended(run, expected):
    """Waits until the run has made its last checkpoint, and compares its weights."""
    world.until(f"the last checkpoint of {run}", lambda: world.last(run) == STEPS)
    if not expected.tensors or weights(run) != expected.tensors:
        raise world.Lost(f"{run} ended with other weights than the undisturbed run")
