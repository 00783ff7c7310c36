"""Nodes that end and are started again with the words that they were first started with: they find their cluster."""

import os
import time

from world import Lost, until


def first_restarted(place):
    """kill -9 of the first of three nodes with the same --join list, which comes back"""
    yield from _restarted(place, [0], True)


def first_restarted_without_list(place):
    """the same where the first node has no list and the others have joined it"""
    yield from _restarted(place, [0], False)


def second_restarted(place):
    """kill -9 of the second of three nodes, which comes back"""
    yield from _restarted(place, [1], True)


def two_restarted(place):
    """kill -9 of the first and the second of three nodes at once, and both started again at once"""
    yield from _restarted(place, [0, 1], True)


def all_restarted(place):
    """kill -9 of all three nodes, and all started again at once"""
    yield from _restarted(place, [0, 1, 2], True)


def all_restarted_without_list(place):
    """the same without --join: each looks for those that it was with"""
    yield from _restarted(place, [0, 1, 2], False, again_without=True)


def _restarted(place, victims, with_list, again_without=False):
    ports = sorted(place.port() for _ in range(3))
    addresses = [f"127.0.0.1:{port}" for port in ports]

    def words(i):
        if with_list:
            return ["--join", ",".join(addresses)]
        return ["--join", addresses[0]] if i else []

    nodes = [place.node(f"node{i}", port, *words(i), wait=False) for i, port in enumerate(ports)]
    for node in nodes:
        node.wait_for('"event":"node"')
    _one_cluster(place, addresses)
    place.status(ports[0], addresses)
    while True:
        killed = time.monotonic()
        for i in victims:
            killed = nodes[i].kill()
        for i in victims:
            nodes[i].status()
        # at once, while the others have not noticed, about when they do, or long after
        time.sleep(place.random.choice([0, 0.5, 3, 6, 9, 12]))
        started = time.monotonic()
        for i in victims:
            nodes[i] = place.node(f"node{i}", ports[i], *([] if again_without else words(i)), wait=False)
        for i in victims:
            nodes[i].wait_for('"event":"node"')
        back = time.monotonic() - started
        _one_cluster(place, addresses)
        yield {"started to member": back}


def _one_cluster(place, addresses):
    """Each has all the others with it, by the file that it keeps of that; who is alone has none."""

    def all_together():
        return all(_with(place, address) == set(addresses) - {address} for address in addresses)

    # a node writes its file within half a second
    time.sleep(1.5)
    until("all nodes are in one cluster", all_together)


def _with(place, address):
    try:
        with open(os.path.join(place.state, "nodes", address.replace(":", "_") + ".members")) as file:
            return set(file.read().split())
    except FileNotFoundError:
        return set()
