"""Networks that fail: connections that break, frames that are lost, and cables that are pulled."""

import os
import time

import nodes
import workload
from machines import Cables, Relay
from world import Lost


def frames_lost(place):
    """two of a hundred messages between nodes are lost and two come twice (--link)"""
    expected = workload.reference(place)
    ports, _ = nodes.three(place)
    while True:
        client = place.train(
            "client", *workload.WORDS, "--link", "latency=5ms,drop=0.02,duplicate=0.02",
            "--cluster", f"127.0.0.1:{ports[0]}",
        )
        workload.equal(client.expect(0), expected)
        yield {"run": client.ended - client.started}


def connections_break(place):
    """all connections of a node break, again and again while a run goes on"""
    expected = workload.reference(place)
    relays = [Relay() for _ in range(3)]
    place.closers.extend(relay.close for relay in relays)
    for i, relay in enumerate(relays):
        bind = {"MILLRACE_JAVA_OPTS": f"-Dakka.remote.artery.bind.port={relay.target}"}
        join = ["--join", f"127.0.0.1:{relays[0].port}"] if i else ["--found"]
        place.node(f"node{i}", relay.port, *join, environment=bind)
    while True:
        client = place.train(
            "client", *workload.WORDS, *workload.SLOW, "--cluster", f"127.0.0.1:{relays[0].port}", "--log-every", 1
        )
        client.wait_for_step(1)
        broken = 0
        while client.process.poll() is None:
            time.sleep(place.random.uniform(0.2, 5))
            broken += place.random.choice(relays).break_all()
        workload.equal(client.expect(0), expected)
        if not broken:
            raise Lost("no connection was broken")
        yield {"run": client.ended - client.started}


def cable_pulled_20s(place):
    """the cable of a machine with a rank is pulled for 20 s, of three (network namespaces, as root)"""
    yield from _cable(place, 20)


def cable_pulled_3s(place):
    """the same for 3 s: nothing happens"""
    yield from _cable(place, 3)


def _cable(place, seconds):
    expected = workload.reference(place)
    cables = Cables(4)
    place.closers.append(cables.close)
    machines = []
    for i in range(3):
        join = ["--join", f"{cables.address(0)}:25520"] if i else ["--found"]
        machines.append(place.node(f"node{i}", 25520, "--host", cables.address(i), *join, prefix=cables.on(i)))
    while True:
        client = place.train(
            "client", *workload.WORDS, *workload.SLOW, "--log-every", 1, "--host", cables.address(3),
            "--cluster", ",".join(f"{cables.address(i)}:25520" for i in range(3)), prefix=cables.on(3),
        )
        client.wait_for_step(place.random.randint(10, workload.STEPS // 4))
        placed = client.events("placed")[-1][1]["workers"]
        machine = place.random.choice([i for i in range(3) for worker in placed if f"{cables.address(i)}:" in worker["address"]])
        cables.cut(machine)
        cut = time.monotonic()
        time.sleep(seconds)
        cables.heal(machine)
        healed = time.monotonic()
        workload.equal(client.expect(0), expected)
        again = nodes.again(client, cut)
        if seconds < 5:
            if again is not None:
                raise Lost(f"a machine that was cut off for {seconds} s was taken for lost")
            yield {}
            continue
        if again is None:
            raise Lost("the run went on without what was cut off")
        machines[machine].wait_for("cut off from the cluster; joining again", after=cut)
        back = machines[machine].wait_for('"event":"node"', after=cut)
        epochs = len(os.listdir(os.path.join(place.run_of(client), "epochs")))
        if epochs != len(client.events("placed")):
            raise Lost(f"{epochs} run epochs were claimed (expected: {len(client.events('placed'))}); both sides trained")
        yield {"cut to training again": again - cut, "healed to member again": back - healed}
