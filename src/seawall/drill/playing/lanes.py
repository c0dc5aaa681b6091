"""Networks of their own for sources: packets that are late, lost, or too large."""

import asyncio
import ctypes
import fcntl
import os
import random
import shutil
import socket
import struct
import subprocess
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from seawall.drill.playing.actor import Site
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.scenario import Network
from seawall.errors import StoreError

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_TUN = "/dev/net/tun"
_PACKET_BYTES = 65536
_PACKETS_A_TURN = 64
_MTU = 1500
_TESTING_NET = 0xC6120000  # 198.18.0.0/15, set aside for tests of networks
_LANES = 1 << 15


def find_obstacle() -> str:
    """Say why this machine cannot have such networks; nothing if it can."""
    if os.geteuid() != 0:
        return "needs root, for a network namespace"
    if shutil.which("ip") is None:
        return "needs the program ip"
    if not os.access(_TUN, os.R_OK | os.W_OK):
        return f"needs {_TUN}"
    return ""


def name_devices() -> str:
    """Give what the names of this process's network devices begin with.

    Several drills may run on one machine; names of devices have 15 characters.
    """
    return f"swd{os.getpid()}-"


def has_netem() -> bool:
    """Whether the kernel can treat packets itself. Blocking; root only."""
    return not find_obstacle() and shutil.which("tc") is not None and _try_netem()


def _try_netem() -> bool:
    def ask() -> bool:
        _leave_for_new_namespace()
        return not _call(
            ["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]
        )

    with ThreadPoolExecutor(1) as inside:
        return inside.submit(ask).result()


@asynccontextmanager
async def open_lane(network: Network, pace: Pace) -> AsyncIterator[Site]:
    """Make a network namespace for one source, behind a line that treats packets so.

    What the line does is done by the kernel's netem where it has that, else packet by
    packet here. Everything is gone at the end.

    Raises:
        StoreError: The machine does not allow it.
    """
    lane = _Lane(network, pace)
    try:
        await asyncio.to_thread(lane.build)
        lane.relay.start()
        yield Site(lane.far, 0, lane.listen, lane.spoil)
    finally:
        lane.relay.stop()
        lane.close()


class _Lane:
    """A namespace with one device, and another device out here."""

    def __init__(self, network: Network, pace: Pace) -> None:
        lane = random.randrange(_LANES)  # noqa: S311  any will do
        base = _TESTING_NET + 4 * lane
        self.near, self.far = _spell(base + 1), _spell(base + 2)
        self.relay = _Relay(network, pace)
        self._network = network
        self._pace = pace
        self._name = f"{name_devices()}{lane:x}"
        # Its one thread lives in the namespace, and the namespace lives with it.
        self._inside = ThreadPoolExecutor(1)

    def build(self) -> None:
        """Make both devices and tie them together. Blocking.

        Raises:
            StoreError: It is not allowed.
        """
        self._inside.submit(_leave_for_new_namespace).result()
        self.relay.outer = _open_device(self._name)
        _set_up(self._name, self.near, self.far)
        self.relay.inner = self._inside.submit(_open_device, self._name).result()
        self._inside.submit(_set_up, self._name, self.far, self.near).result()

    def spoil(self) -> None:
        """Treat packets badly from now on. Blocking."""
        netem = self._network.hole_bytes == 0
        done = netem and self._inside.submit(self._ask_netem).result()
        self.relay.plain = done

    def listen(self, port: int) -> socket.socket:
        """Make a listening socket within the namespace."""
        return self._inside.submit(socket.create_server, (self.far, port)).result()

    def close(self) -> None:
        """Give everything back."""
        self._inside.shutdown(wait=False)

    def _ask_netem(self) -> bool:
        """Have the kernel treat the packets, if it can."""
        network, pace = self._network, self._pace
        words = ["tc", "qdisc", "add", "dev", self._name, "root", "netem"]
        words += ["limit", "100000"]
        words += ["delay", f"{pace.wait_s(network.delay_s) * 1000:.3f}ms"]
        words += [f"{pace.wait_s(network.jitter_s) * 1000:.3f}ms"]
        words += ["loss", f"{network.loss:.3%}"]
        return shutil.which("tc") is not None and not _call(words)


@dataclass
class _Relay:
    """Carries packets between both devices, and loses or delays those from inside."""

    network: Network
    pace: Pace
    outer: int = -1
    inner: int = -1
    plain: bool = True

    def start(self) -> None:
        """Carry packets from now on."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.inner, self._carry_out)
        loop.add_reader(self.outer, self._carry_in)

    def stop(self) -> None:
        """Carry no more; the devices vanish."""
        loop = asyncio.get_running_loop()
        for device in (self.inner, self.outer):
            if device >= 0:
                loop.remove_reader(device)
                os.close(device)
        self.inner = self.outer = -1

    def _carry_in(self) -> None:
        for packet in _read_packets(self.outer):
            self._write(self.inner, packet)

    def _carry_out(self) -> None:
        loop = asyncio.get_running_loop()
        for packet in _read_packets(self.inner):
            if self.plain:
                self._write(self.outer, packet)
            elif not self._is_lost(packet):
                loop.call_later(self._choose_delay_s(), self._deliver, packet)

    def _deliver(self, packet: bytes) -> None:
        self._write(self.outer, packet)

    def _is_lost(self, packet: bytes) -> bool:
        hole = self.network.hole_bytes
        lost = random.random() < self.network.loss  # noqa: S311  no secret
        return lost or bool(hole and len(packet) > hole)

    def _choose_delay_s(self) -> float:
        jitter_s = self.network.jitter_s
        either_way_s = random.uniform(-jitter_s, jitter_s)  # noqa: S311  no secret
        return max(0.0, self.pace.wait_s(self.network.delay_s + either_way_s))

    def _write(self, device: int, packet: bytes) -> None:
        if device >= 0:
            try:
                os.write(device, packet)
            except OSError:
                return  # a full queue loses packets, as queues do


def _read_packets(device: int) -> list[bytes]:
    packets: list[bytes] = []
    try:
        while len(packets) < _PACKETS_A_TURN:
            packets.append(os.read(device, _PACKET_BYTES))
    except BlockingIOError:
        pass
    return packets


def _leave_for_new_namespace() -> None:
    """Move this thread to a network namespace of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        raise StoreError(f"no network namespace: {os.strerror(ctypes.get_errno())}")


def _open_device(name: str) -> int:
    try:
        device = os.open(_TUN, os.O_RDWR | os.O_NONBLOCK)
        request = struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI)
        fcntl.ioctl(device, _TUNSETIFF, request)
    except OSError as exc:
        raise StoreError(f"no network device: {exc.strerror}") from exc
    return device


def _set_up(name: str, own: str, other: str) -> None:
    for words in (
        ["ip", "address", "add", own, "peer", other, "dev", name],
        ["ip", "link", "set", name, "mtu", str(_MTU), "up"],
    ):
        if error := _call(words):
            raise StoreError(f"{' '.join(words)}: {error}")


def _call(words: list[str]) -> str:
    """Run a program in this thread's namespace; give what it said if it failed."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  nothing from outside
    return (done.stderr.strip() or "it failed") if done.returncode else ""


def _spell(address: int) -> str:
    return socket.inet_ntoa(struct.pack("!I", address))
