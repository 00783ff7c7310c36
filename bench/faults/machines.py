"""The way to a node that can be broken, and machines with cables that can be pulled."""

import os
import select
import shutil
import socket
import subprocess
import threading

from world import Lost


class Relay:
    """The way to a node, which advertises `port` and listens at `target`."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.target = free.getsockname()[1]
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                here, _ = self.listening.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self.target), 2)
            except OSError:
                here.close()
                continue
            pair = (here, there)
            self.open.add(pair)
            threading.Thread(target=self._carry, args=(pair,), daemon=True).start()

    def _carry(self, pair):
        here, there = pair
        try:
            while True:
                for ready in select.select(pair, [], [])[0]:
                    data = ready.recv(1 << 16)
                    if not data:
                        return
                    (there if ready is here else here).sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            self._close(pair)

    def _close(self, pair):
        self.open.discard(pair)
        for end in pair:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def break_all(self):
        """Returns how many there were."""
        pairs = list(self.open)
        for pair in pairs:
            self._close(pair)
        return len(pairs)

    def close(self):
        self.listening.close()
        self.break_all()


class Cables:
    """Machines as far as the network goes: namespaces with an interface each, and a bridge between them in one more."""

    def __init__(self, count):
        self.name = f"mf{os.getpid() % 100000}"
        self.count = count
        if shutil.which("ip") is None or os.geteuid() != 0:
            raise Lost("network namespaces need the program ip and the rights of root")
        self._ip("netns", "add", self._hub())
        self._in(self._hub(), "link", "add", "bridge", "type", "bridge")
        self._in(self._hub(), "link", "set", "bridge", "up")
        for i in range(count):
            space = self._space(i)
            self._ip("netns", "add", space)
            self._in(self._hub(), "link", "add", f"port{i}", "type", "veth", "peer", "name", "eth0", "netns", space)
            self._in(self._hub(), "link", "set", f"port{i}", "master", "bridge", "up")
            self._in(space, "addr", "add", self.address(i) + "/24", "dev", "eth0")
            self._in(space, "link", "set", "eth0", "up")
            self._in(space, "link", "set", "lo", "up")

    def _hub(self):
        return self.name + "hub"

    def _space(self, i):
        return f"{self.name}n{i}"

    @staticmethod
    def _ip(*words):
        subprocess.run(["ip", *words], check=True, stderr=subprocess.DEVNULL)

    def _in(self, space, *words):
        self._ip("-n", space, *words)

    def address(self, i):
        return f"10.78.0.{i + 1}"

    def on(self, i):
        """What starts a command on a machine; nobody else is on its network."""
        return ["ip", "netns", "exec", self._space(i), "env", "MILLRACE_TRUSTED_NETWORK=true"]

    def cut(self, i):
        self._in(self._hub(), "link", "set", f"port{i}", "down")

    def heal(self, i):
        self._in(self._hub(), "link", "set", f"port{i}", "up")

    def close(self):
        for space in [self._hub(), *map(self._space, range(self.count))]:
            subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL)
