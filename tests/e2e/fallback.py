"""Foreign clients with Seawall in the way, and a registry to fall back to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.clients import Client, Form, Podman, Skopeo
from tests.e2e.engines import Containerd, Kubelet
from tests.e2e.hub import HubDocker


@dataclass(frozen=True, slots=True)
class Address:
    """Where Seawall is asked.

    Attributes:
        host: For any registry, by path or by `?ns=`.
        mirror: Its `mirror_listen`, for the default registry alone.
    """

    host: str
    mirror: str


def hosts_toml(registry: str, seawall: str) -> str:
    """Write what containerd is told: Seawall, and then the registry."""
    first = f"http://{seawall}" if seawall else registry
    return f"""server = "{registry}"

[host."{first}"]
capabilities = ["pull", "resolve"]
dial_timeout = "1s"
"""


def registries_conf(host: str, mirror: str) -> str:
    """Write what podman and skopeo are told: a mirror, and then the registry."""
    page = f"""[[registry]]
prefix = "docker.io"
location = "{host}"
"""
    if mirror:
        page += f"""
[[registry.mirror]]
location = "{mirror}"
insecure = true
"""
    return page


class FallBack:
    """A client that may ask Seawall first, and a registry if that is of no use.

    Args:
        client: Which.
        as_mirror: Whether it asks the address of `mirror_listen`.
    """

    def __init__(self, client: Client, *, as_mirror: bool = False) -> None:
        self.client = client
        self._as_mirror = as_mirror

    def point_at(self, registry: str, seawall: Address | None) -> None:
        """Have it ask this registry from now on, by its URL, and Seawall before."""
        if isinstance(self.client, HubDocker):
            self.client.fall_back_to(registry, seawall.mirror if seawall else "")
            return
        host = ""
        if isinstance(self.client, Containerd):
            page = self.client.hosts / "docker.io" / "hosts.toml"
            text = hosts_toml(registry, seawall.host if seawall else "")
        else:
            page = self.client.root / "registries.conf"
            if seawall:
                host = (
                    seawall.mirror if self._as_mirror else f"{seawall.host}/docker.io"
                )
            text = registries_conf(registry.rpartition("/")[2], host)
            # the registry of a test speaks plain HTTP
            text = text.replace("\n\n[[", "\ninsecure = true\n\n[[")
            text += "" if host else "insecure = true\n"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)

    def pull(self, repository: str, tail: str) -> set[str]:
        """Pull an image anew, and return the digests by which the client knows it."""
        form = Form.NS if isinstance(self.client, Containerd) else Form.MIRROR
        return self.client.pull(form, repository, tail)


def make_fall_backs(place: Path) -> Mapping[str, FallBack]:
    """Make all clients that can have a registry besides Seawall, by their names."""
    podman, skopeo = Podman(place), Skopeo(place)
    return {
        "containerd (ctr)": FallBack(Containerd(place)),
        "containerd (CRI)": FallBack(Kubelet(place)),
        "podman": FallBack(podman),
        "podman, `mirror_listen`": FallBack(podman, as_mirror=True),
        "skopeo": FallBack(skopeo),
        "docker": FallBack(HubDocker(place)),
    }
