"""A mirror that clients were told of, in every state, and Docker Hub behind it."""

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from subprocess import TimeoutExpired
from threading import Event, Thread
from typing import Any

from tests.e2e.machine import make_certificate, serve_by
from tests.e2e.pointed import Pointed
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall

from seawall.drill import faults
from seawall.drill.gatekeeper import BasicAuth
from seawall.drill.loopback import Recorded
from seawall.drill.ports import reserve_port
from seawall.oci.digest import Digest
from seawall.testing.samples import Sample, random_image

HUB_NAMES = ("registry-1.docker.io", "docker.io", "index.docker.io", "auth.docker.io")
MIRROR_NAME = "seawall.test"
TOO_LONG = "too long"
_HTTPS = 443
_numbers = count()


@dataclass(frozen=True, slots=True)
class Pulled:
    """How one pull went, and who was asked.

    Attributes:
        worked: Whether the client has the image.
        seconds: How long it took until it ended.
        mirror: Requests that came to where Seawall should be.
        hub: Requests that came to Docker Hub.
        said: What the client said when it failed.
    """

    worked: bool
    seconds: float
    mirror: int
    hub: int
    said: str = ""

    @property
    def word(self) -> str:
        """What the client did, in words of the page."""
        if self.worked:
            return "goes on" if self.hub else "has it"
        return "waits" if self.said == TOO_LONG else "fails"


class Scene:
    """A place where clients' names lead to a mirror and a Docker Hub of one's own.

    Attributes:
        mirror: The mirror's host and port, as settings name it.
        port: Its port.
    """

    def __init__(self, place: Path) -> None:
        place.mkdir(parents=True)
        self.place = place
        self.port = reserve_port()
        self.mirror = f"{MIRROR_NAME}:{self.port}"
        # Nobody else listens there: port 443 of it is ours.
        number = os.getpid() * 64 + next(_numbers)
        self._address = (
            f"127.{64 + number % 128}.{number >> 8 & 255}.{number % 251 + 1}"
        )
        self._certificate = make_certificate(place / "hub", *HUB_NAMES)
        self.own_certificate = make_certificate(place / "mirror", MIRROR_NAME)

    def prepare(self, client: Pointed) -> None:
        """Let names on a client's machine lead here."""
        client.machine.name(self._address, HUB_NAMES)
        client.machine.name("127.0.0.1", [MIRROR_NAME])
        client.machine.trust(self._certificate[0])

    def tell(
        self, client: Pointed, *words: str, profile: str = "", **mirror: Any
    ) -> str:
        """Tell a client of the mirror, and return the warnings."""
        said = {"target": f"{self.mirror}{client.path}", "plain": True} | mirror
        pairs = [f'"{key}" = {_toml(value)}' for key, value in said.items()]
        settings = client.machine.root / "settings.toml"
        settings.write_text(
            "version = 1\n"
            + (f'[policy]\nprofile = "{profile}"\n' if profile else "")
            + f'[policy.mirrors]\n"docker.io" = {{ {", ".join(pairs)} }}\n'
        )
        return client.tell(settings, *words)

    def tell_certificate(self, client: Pointed) -> None:
        """Tell it of a mirror with TLS, by its certificate, and follow the advice."""
        known = client.machine.etc / "ssl" / "mirror.crt"
        shutil.copy(self.own_certificate[0], known)
        advice = self.tell(client, plain=False, ca="/etc/ssl/mirror.crt")
        for wanted in re.findall(r"/(etc/\S+/ca\.crt)", advice):
            place = client.machine.root / wanted
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(known, place)

    def pull(self, client: Pointed, state: str, *, by_digest: bool = False) -> Pulled:
        """Pull a new image while the mirror is in some state."""
        number = next(_numbers)
        image = random_image(f"{os.getpid()}-{number}", layers=2).tagged("1")
        repository = f"library/app-{number}"
        hub = Scripted(
            {repository: image},
            tls=serve_by(*self._certificate),
            host=self._address,
            port=_HTTPS,
        )
        tail = f"@{image.digest}" if by_digest else ":1"
        try:
            with STATES[state](self, repository, image) as asked:
                began = time.monotonic()
                said = _try(client, f"docker.io/{repository}{tail}", image)
                seconds = time.monotonic() - began
                mirror = len(asked())
            return Pulled(not said, seconds, mirror, len(hub.requests()), said)
        finally:
            hub.close()


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def _try(client: Pointed, name: str, image: Sample) -> str:
    """Pull, and return what went wrong; nothing if nothing did."""
    try:
        found = client.pull(name)
    except AssertionError as exc:
        return str(exc)
    except TimeoutExpired:
        return TOO_LONG
    return "" if any(mark in found for mark in _marks(image)) else f"not it: {found}"


def _marks(image: Sample) -> set[str]:
    """List what only this image has: a build of it has its layers, and another name."""
    config = json.loads(image.body)["config"]["digest"]
    layers = json.loads(image.contents[Digest.parse(config)])["rootfs"]["diff_ids"]
    return {str(digest) for digest in image.contents} | set(layers)


Asked = Callable[[], Sequence[Recorded]]
State = Callable[[Scene, str, Sample], AbstractContextManager[Asked]]


@contextmanager
def _well(scene: Scene, repository: str, image: Sample) -> Iterator[Asked]:
    """Seawall itself; its source is none that clients know."""
    source = Scripted({repository: image})
    room = Path(tempfile.mkdtemp(dir=scene.place))
    seawall = Seawall(
        room,
        {"docker.io": {"sources": [source.url], "default": True}},
        known_registries=False,
        machine_archives=False,
        listen=f"127.0.0.1:{scene.port}",
    )
    seawall.port = scene.port
    try:
        seawall.start()
        yield source.requests
    finally:
        seawall.finish()
        source.close()
        shutil.rmtree(room, ignore_errors=True)


@contextmanager
def _stopped(scene: Scene, repository: str, image: Sample) -> Iterator[Asked]:
    del scene, repository, image
    yield list


def _stand_in(
    *troubles: tuple[str, faults.Fault],
    password: bool = False,
    tls: bool = False,
    deaf: bool = False,
    ended: bool = False,
) -> State:
    """Make a state in which another registry stands where Seawall should be."""

    @contextmanager
    def state(scene: Scene, repository: str, image: Sample) -> Iterator[Asked]:
        other = Scripted(
            {repository: image, f"docker.io/{repository}": image},
            auth=BasicAuth() if password else None,
            tls=serve_by(*scene.own_certificate) if tls else None,
            port=scene.port,
        )
        try:
            for pattern, fault in troubles:
                other.fail(pattern, fault)
            if deaf:
                other.deafen()
            with _ending(other) if ended else nullcontext():
                yield other.requests
        finally:
            other.close()

    return state


@contextmanager
def _ending(other: Scripted) -> Iterator[None]:
    """End a mirror that hangs as soon as somebody hangs on it."""
    over = Event()

    def end() -> None:
        while not over.wait(0.05):
            if other.requests():
                other.stop()
                return

    thread = Thread(target=end)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


LAYERS = "*/blobs/*"
TLS = "has TLS, and a certificate of its own"
PASSWORD = "says 401, and asks for a password"
STATES: Mapping[str, State] = {
    "is well": _well,
    "is stopped: nobody listens": _stopped,
    "says 503": _stand_in(("*", faults.status(503))),
    PASSWORD: _stand_in(password=True),
    "says 429, for a second": _stand_in(("*", faults.status(429, retry_after=1))),
    "says 429, for 30 s": _stand_in(("*", faults.status(429, retry_after=30))),
    "says 404": _stand_in(("*", faults.status(404))),
    TLS: _stand_in(tls=True),
    "hangs, and is ended": _stand_in(("*", faults.hang()), ended=True),
    "hangs": _stand_in(("*", faults.hang())),
    "is gone: no packet is answered": _stand_in(deaf=True),
    "gives the manifest, and says 503 for layers": _stand_in(
        (LAYERS, faults.status(503))
    ),
    "gives the manifest, and hangs at layers": _stand_in((LAYERS, faults.hang())),
}
"""All of them, the well one first."""
SLOW = (
    "says 429, for 30 s",
    "hangs",
    "is gone: no packet is answered",
    "gives the manifest, and hangs at layers",
)
"""Those in which some client waits for very long."""
