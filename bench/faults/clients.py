"""A client that is killed: only nodes have a vote, so the run goes on without it."""

import time

import disks
import workload
from world import Lost

# until its silence is noticed and the cluster has decided what to do about it
NOTICED = 12


def client_killed_one_node(place):
    """kill -9 of the client of a run on one node"""
    # a run on one node has no links that slow it down; a disk does too
    yield from _client_killed(place, 1, disks.disk(place, ms=350), [])


def client_killed_two_nodes(place):
    """kill -9 of the client of a run on two nodes"""
    yield from _client_killed(place, 2, None, workload.SLOW)


def _client_killed(place, count, environment, words):
    expected = workload.reference(place)
    ports = [place.port() for _ in range(count)]
    nodes = []
    for i, port in enumerate(ports):
        join = ["--join", f"127.0.0.1:{ports[0]}"] if i else []
        nodes.append(place.node(f"node{i}", port, *join, environment=environment))
    while True:
        at = place.random.choice(ports)
        client = place.train("client", *workload.WORDS, *words, "--cluster", f"127.0.0.1:{at}", "--log-every", 1)
        client.wait_for_step(place.random.randint(1, workload.STEPS // 4))
        run = place.run_of(client)
        killed = client.kill()
        client.status()
        workload.ended(run, expected)
        lasted = time.monotonic() - killed
        if lasted < NOTICED:
            raise Lost(f"the run was over after {lasted:.1f} s, before anybody could notice (expected: {NOTICED} s)")
        for node in nodes:
            if node.process.poll() is not None:
                raise Lost(f"{node.name} ended with {node.process.returncode}")
            if node.says("cut off"):
                raise Lost(f"{node.name} was cut off")
        yield {"the run went on for": lasted}
