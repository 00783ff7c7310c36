"""A disk that is slow, or that cannot be written for a while: the run waits or tries again, and goes on."""

import errno
import os
import subprocess
import time

import workload
from world import HERE, Lost

SHORT = ["digits", "--epochs", 1, "--stages", 2, "--micro-batches", 4]
# so that checkpoints are under way all the time
OFTEN = ["-D", "checkpoint.interval=500ms"]


def fsync_4s_one_process(place):
    """each fsync takes 4 s, a run in one process"""
    yield from _slow_in_one_process(place, 4000)


def fsync_12s_one_process(place):
    """each fsync takes 12 s, a run in one process"""
    yield from _slow_in_one_process(place, 12000)


def fsync_4s_cluster(place):
    """each fsync takes 4 s, on two nodes"""
    yield from _slow_on_a_cluster(place, 4000)


def fsync_12s_cluster(place):
    """each fsync takes 12 s, on two nodes"""
    yield from _slow_on_a_cluster(place, 12000)


def refused_3s_one_process(place):
    """nothing can be written into the run folder for 3 s (EACCES, EROFS, ENOSPC), a run in one process"""
    expected = workload.reference(place)
    while True:
        refuse = os.path.join(place.folder, "refuse")
        run = place.train(
            "train", *workload.WORDS, *workload.SLOW, *OFTEN, "--log-every", 1, environment=disk(place, refuse=refuse)
        )
        _refuse(place, run, refuse)
        _ended_well(run.expect(0, "was not saved", "was saved, after"), expected)
        yield {}


def refused_3s_cluster(place):
    """the same on two nodes: on one of them or on both"""
    expected = workload.reference(place)
    refusals = [os.path.join(place.folder, f"refuse{i}") for i in range(2)]
    ports = _nodes(place, [disk(place, refuse=refuse) for refuse in refusals])
    while True:
        client = place.train(
            "client", *workload.WORDS, *workload.SLOW, *OFTEN, "--log-every", 1, "--cluster", f"127.0.0.1:{ports[0]}"
        )
        _refuse(place, client, *place.random.choice([refusals, refusals[:1], refusals[1:]]))
        _ended_well(client.expect(0, "was not saved", "was saved, after"), expected)
        yield {}


def _slow_in_one_process(place, ms):
    expected = workload.reference(place, SHORT)
    while True:
        run = place.train("train", *SHORT, environment=disk(place, ms=ms))
        _ended_well(run.expect(0, seconds=1200), expected)
        yield {"run": run.ended - run.started}


def _slow_on_a_cluster(place, ms):
    expected = workload.reference(place, SHORT)
    ports = _nodes(place, [disk(place, ms=ms)] * 2)
    while True:
        client = place.train("client", *SHORT, "--cluster", f"127.0.0.1:{ports[0]}")
        _ended_well(client.expect(0, seconds=1200), expected)
        yield {"run": client.ended - client.started}


def _nodes(place, environments):
    ports = [place.port() for _ in environments]
    for i, environment in enumerate(environments):
        join = ["--join", f"127.0.0.1:{ports[0]}"] if i else []
        place.node(f"node{i}", ports[i], *join, environment=environment)
    return ports


def _refuse(place, run, *files):
    """Once it trains, for three seconds."""
    run.wait_for_step(place.random.randint(1, workload.STEPS // 3))
    number = place.random.choice([errno.EACCES, errno.EROFS, errno.ENOSPC])
    for file in files:
        with open(file + ".new", "w") as out:
            out.write(str(number))
        os.replace(file + ".new", file)
    time.sleep(3)
    for file in files:
        os.remove(file)


def _ended_well(run, expected):
    workload.equal(run, expected)
    if run.says("stalled") or len(run.events("recovering")) > 0:
        raise Lost(f"{run.name} took a slow disk for a stall")


_library = []


def disk(place, ms=0, refuse=""):
    """What a process is started with so that its disk is like this."""
    if not _library:
        library = os.path.join(os.path.dirname(place.folder), "slow_disk.so")
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-o", library, os.path.join(HERE, "slow_disk.c"), "-ldl"], check=True
        )
        _library.append(library)
    return {
        "LD_PRELOAD": _library[0],
        "FAULT_FOLDER": place.runs,
        "FAULT_SYNC_MS": str(ms),
        **({"FAULT_REFUSE": refuse} if refuse else {}),
    }
