"""Nodes that are killed or stopped while a run goes on: it is over with the same weights, and how long that takes."""

import os
import signal
import time

import disks
import folders
import workload
import world
from world import Lost, until


def process_killed(place):
    """kill -9 of one of the processes of train --processes 3"""
    expected = workload.reference(place)
    while True:
        train = place.train("train", *workload.WORDS, *workload.SLOW, "--processes", 3, "--log-every", 1)
        train.wait_for_step(place.random.randint(10, workload.STEPS // 2))
        killed = time.monotonic()
        os.kill(place.random.choice(_hosts(train)), signal.SIGKILL)
        yield _recovered(train, killed, expected)


def node_killed(place):
    """kill -9 of one of three nodes that hosts a rank and not the trainer"""
    yield from _node_killed(place, lambda nodes, used: [place.random.choice([n for n in used if n is not nodes[0]])])


def trainer_killed(place):
    """kill -9 of the node with the coordinator and the trainer, of three"""
    yield from _node_killed(place, lambda nodes, used: [nodes[0]])


def two_nodes_killed(place):
    """kill -9 of two of three nodes at once, of one host"""
    yield from _node_killed(place, lambda nodes, used: place.random.sample(nodes, 2))


def node_stopped_3s(place):
    """SIGSTOP of a node for 3 s: nothing happens"""
    expected = workload.reference(place)
    ports, nodes = three(place)
    while True:
        client = _train(place, ports)
        client.wait_for_step(place.random.randint(10, workload.STEPS // 2))
        node = place.random.choice(nodes)
        node.kill(signal.SIGSTOP)
        time.sleep(3)
        node.kill(signal.SIGCONT)
        workload.equal(client.expect(0), expected)
        if len(client.events("placed")) > 1:
            raise Lost("a node that was silent for 3 s was taken for lost")
        yield {}


def node_stopped_25s(place):
    """SIGSTOP of a node for 25 s: the others go on, it joins again"""
    expected = workload.reference(place)
    ports, nodes = three(place)
    while True:
        client = _train(place, ports)
        client.wait_for_step(place.random.randint(10, workload.STEPS // 2))
        used = _used(client, nodes)
        node = place.random.choice(used)
        stopped = node.kill(signal.SIGSTOP)
        resumed = None
        try:
            until("training goes on", lambda: again(client, stopped))
            time.sleep(max(0, stopped + 25 - time.monotonic()))
        finally:
            resumed = node.kill(signal.SIGCONT)
        workload.equal(client.expect(0), expected)
        node.wait_for('"event":"node"', after=resumed)
        back = node.says('"event":"node"', after=resumed) - resumed
        yield {"stopped to training again": again(client, stopped) - stopped, "continued to member again": back}


def all_nodes_killed(place):
    """kill -9 of both nodes: the command ends and says so; started again they go on by themselves, attach"""
    expected = workload.reference(place)
    while True:
        ports = [place.port() for _ in range(2)]
        nodes = _nodes(place, ports)
        client = _train(place, ports)
        client.wait_for_step(place.random.randint(50, workload.STEPS // 2))
        until("a checkpoint", lambda: world.checkpoints(place.run_of(client)))
        killed = [node.kill() for node in nodes][0]
        status = client.status()
        if status == 0:
            raise Lost("the command ended with 0")
        client.no_stack_trace()
        nodes = _nodes(place, ports)
        run = os.path.basename(place.run_of(client))
        attached = place.command("attached", "attach", run, "--cluster", f"127.0.0.1:{ports[0]}", "--json").expect(0)
        workload.equal(attached, expected)
        for node in nodes:
            node.kill()
        yield {"killed to the command's end": client.ended - killed}


def killed_while_writing_on_nodes(place):
    """kill -9 of a node while its part of a checkpoint is being written; the one before is used"""
    expected = workload.reference(place)
    slow = disks.disk(place, ms=150)
    while True:
        ports = [place.port() for _ in range(3)]
        nodes = _nodes(place, ports, slow)
        client = _train(place, ports)
        run = place.run_of(client)
        many = place.random.randint(1, 2)
        until("a checkpoint being written", lambda: len(world.checkpoints(run)) >= many and folders.hidden(run))
        killed = place.random.choice(_used(client, nodes)).kill()
        times = _recovered(client, killed, expected)
        if folders.hidden(run):
            raise Lost(f"left over: {', '.join(folders.hidden(run))}")
        for node in nodes:
            if node.process.poll() is None:
                node.kill()
        yield times


def damaged_before_recovery(place):
    """a byte of the newest checkpoint changes, then a node is killed: the one before is used, and that is said"""
    expected = workload.reference(place)
    while True:
        ports = [place.port() for _ in range(3)]
        nodes = _nodes(place, ports)
        client = _train(place, ports, "-D", "checkpoint.interval=1s")
        run = place.run_of(client)
        until("two checkpoints", lambda: len(world.checkpoints(run)) >= 2)
        victim = place.random.choice(_used(client, nodes))
        killed = victim.kill()
        newest = os.path.join(run, "checkpoints", f"step-{world.checkpoints(run)[-1]:08}")
        folders.change_byte(os.path.join(newest, place.random.choice(os.listdir(newest))), place.random)
        times = _recovered(client, killed, expected)
        if client.says(os.path.basename(newest)) is None:
            raise Lost(f"nothing is said of {newest}")
        for node in nodes:
            if node is not victim:
                node.kill()
        yield times


def _node_killed(place, choose):
    expected = workload.reference(place)
    while True:
        ports = [place.port() for _ in range(3)]
        nodes = _nodes(place, ports)
        client = _train(place, ports)
        client.wait_for_step(place.random.randint(10, workload.STEPS // 2))
        victims = choose(nodes, _used(client, nodes))
        hit = any(victim in _used(client, nodes) for victim in victims)
        for victim in victims:
            killed = victim.kill()
        times = _recovered(client, killed, expected) if hit or nodes[0] in victims else _undisturbed(client, expected)
        for node in nodes:
            if node not in victims:
                if node.says("cut off"):
                    raise Lost(f"{node.name} was cut off")
                node.kill()
        yield times


def _nodes(place, ports, environment=None):
    """Nodes that join the first, in order of age: the trainer is at the first."""
    nodes = []
    for i, port in enumerate(ports):
        join = ["--join", f"127.0.0.1:{ports[0]}"] if i else ["--found"]
        nodes.append(place.node(f"node{i}", port, *join, environment=environment))
    return nodes


def three(place):
    ports = [place.port() for _ in range(3)]
    return ports, _nodes(place, ports)


def _train(place, ports, *more):
    return place.train(
        "client", *workload.WORDS, *workload.SLOW, "--cluster", f"127.0.0.1:{ports[1]},127.0.0.1:{ports[0]}",
        "--log-every", 1, *more
    )


def _used(client, nodes):
    """The nodes that host ranks now."""
    placed = client.events("placed")[-1][1]
    hosts = {worker["address"].rsplit(":", 1)[1] for worker in placed["workers"] if worker["ranks"]}
    return [node for node in nodes if str(node.port) in hosts]


def _hosts(train):
    """The processes of a train --processes that host ranks."""
    placed = train.events("placed")[-1][1]
    hosts = {worker["address"] for worker in placed["workers"] if worker["ranks"]}
    return [event["pid"] for _, event in train.events("node") if event["address"] in hosts]


def again(command, since):
    """When the first step after a fault was made."""
    placed = [at for at, _ in command.events("placed") if at > since]
    return next((at for at, _ in command.events("step") if placed and at > placed[0]), None)


def _recovered(command, killed, expected):
    workload.equal(command.expect(0), expected)
    moment = again(command, killed)
    if moment is None:
        raise Lost(f"{command.name} went on without what was killed")
    return {"killed to training again": moment - killed}


def _undisturbed(command, expected):
    workload.equal(command.expect(0), expected)
    return {}
