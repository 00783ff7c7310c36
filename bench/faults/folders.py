"""What a run goes on from when its folder is not as it was left, and nodes that do not see the same folder."""

import os
import shutil
import uuid

import disks
import workload
import world
from world import Lost

BEFORE = ["digits", "--epochs", 4, "--stages", 2, "--micro-batches", 4]
AFTER = ["digits", "--epochs", 5, "--stages", 2, "--micro-batches", 4]
KEPT = ["-D", "checkpoint.keep=3"]


def last_leads_nowhere(place):
    """`last` leads to a folder that is not there; --resume"""

    def damage(checkpoints, newest):
        _link(checkpoints, "last", "step-00009999")

    yield from _resumed(place, damage, "last: leads to step-00009999, where there is no folder")


def last_leads_out(place):
    """`last` leads to a folder elsewhere; --resume"""

    def damage(checkpoints, newest):
        elsewhere = os.path.join(place.folder, f"elsewhere-{place.random.random()}")
        shutil.copytree(newest, elsewhere)
        _link(checkpoints, "last", elsewhere)

    yield from _resumed(place, damage, "last: leads to .*elsewhere.*, which is no checkpoint of this run")


def best_leads_nowhere(place):
    """`best` leads to a folder that is not there; evaluate"""
    run = _run(place)
    while True:
        copy = _copy(place, run)
        where = place.random.choice(["step-00009999", os.path.join(place.folder, "nothing"), place.folder])
        _link(os.path.join(copy, "checkpoints"), "best", where)
        evaluation = place.command("evaluate", "evaluate", copy, "--json")
        evaluation.expect(0, "best: leads to ")
        yield {}


def newest_half_written(place):
    """a file of the newest checkpoint is cut off, missing, or has another byte; --resume"""

    def damage(checkpoints, newest):
        path = os.path.join(newest, place.random.choice(sorted(os.listdir(newest))))
        kind = place.random.choice(["cut", "missing", "byte"])
        size = os.path.getsize(path)
        if kind == "missing":
            os.remove(path)
        elif kind == "cut":
            os.truncate(path, place.random.randrange(size))
        else:
            change_byte(path, place.random)

    yield from _resumed(place, damage, "step-00000180")


def killed_while_writing(place):
    """kill -9 while a checkpoint is being written; --resume uses the one before, and nothing is left over"""
    expected = workload.reference(place, AFTER)
    while True:
        train = place.train("train", *AFTER, *KEPT, environment=disks.disk(place, ms=place.random.randint(100, 400)))
        run = place.run_of(train)
        steps = place.random.randint(1, 3)
        before = world.until(
            "a checkpoint being written", lambda: len(world.checkpoints(run)) >= steps and hidden(run)
        )
        train.kill()
        train.status()
        resumed = place.command("resumed", "train", "--resume", run, "--json").expect(0)
        workload.equal(resumed, expected)
        if hidden(run):
            raise Lost(f"left over: {', '.join(hidden(run))} ({', '.join(before)} before)")
        yield {}


def other_mount(place):
    """one of two nodes has another file system at the run folder; the client is refused with its name"""
    ports = [place.port() for _ in range(2)]
    other = place.random.randrange(2)
    hide = ["sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', place.runs]
    apart = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), *hide]
    for i in range(2):
        join = ["--join", f"127.0.0.1:{ports[0]}"] if i else []
        place.node(f"node{i}", ports[i], *join, prefix=apart if i == other else ())
    while True:
        client = place.train("client", *BEFORE, "--cluster", f"127.0.0.1:{ports[place.random.randrange(2)]}")
        client.expect(2, f"127.0.0.1:{ports[other]}")
        if client.events("step") or client.events("epoch"):
            raise Lost("it was trained before it was refused")
        yield {"refused": client.ended - client.started}


def other_working_folders(place):
    """nodes and client with working folders of their own and a relative run folder: that of the client counts"""
    expected = workload.reference(place, BEFORE)
    homes = [os.path.join(place.folder, f"home{i}") for i in range(3)]
    for home in homes:
        os.makedirs(home)
    ports = [place.port() for _ in range(2)]
    for i in range(2):
        place.node(f"node{i}", ports[i], *(["--join", f"127.0.0.1:{ports[0]}"] if i else []), cwd=homes[i])
    while True:
        client = place.command(
            "client", "train", *BEFORE, "--json", "--cluster", f"127.0.0.1:{ports[0]}", cwd=homes[2]
        ).expect(0)
        workload.equal(client, expected)
        if os.listdir(homes[0]) or os.listdir(homes[1]) or os.listdir(homes[2]) != ["runs"]:
            raise Lost("the run is not where the client was started")
        yield {}


def _resumed(place, damage, said):
    expected = workload.reference(place, AFTER)
    run = _run(place)
    while True:
        copy = _copy(place, run)
        checkpoints = os.path.join(copy, "checkpoints")
        newest = os.path.join(checkpoints, f"step-{world.checkpoints(copy)[-1]:08}")
        leftover = os.path.join(checkpoints, f".step-00000999.{uuid.uuid4()}.tmp")
        shutil.copytree(newest, leftover)
        os.remove(os.path.join(leftover, "manifest.textproto"))
        damage(checkpoints, newest)
        resumed = place.command("resumed", "train", "--resume", copy, "--epochs", AFTER[2], "--json")
        resumed.expect(0, said)
        workload.equal(resumed, expected)
        if hidden(copy):
            raise Lost(f"left over: {', '.join(hidden(copy))}")
        yield {}


def _run(place):
    """A run that is over, with three checkpoints."""
    return place.run_of(place.train("train", *BEFORE, *KEPT).expect(0))


def _copy(place, run):
    copy = os.path.join(place.runs, f"copy-{place.random.getrandbits(40):x}")
    shutil.copytree(run, copy, symlinks=True)
    return copy


def change_byte(path, source):
    """Another bit in a file."""
    with open(path, "r+b") as file:
        at = source.randrange(os.path.getsize(path))
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << source.randrange(8)]))


def hidden(run):
    """What a writer has not finished, or has left."""
    try:
        names = os.listdir(os.path.join(run, "checkpoints"))
    except FileNotFoundError:
        return []
    return [name for name in names if name.startswith(".")]


def _link(checkpoints, name, target):
    path = os.path.join(checkpoints, name)
    os.remove(path)
    os.symlink(target, path)
