"""Which client asks, by what it calls itself."""

import math

import pytest

from seawall.doors.registry.clients import ClientOptions, Clients
from seawall.transfer.readers.rhythm import beat_bytes, beat_steps

AGENTS = {
    "cri-o/1.30.4 go/go1.22.6 os/linux arch/amd64": "cri-o",
    "cri-o/1.32.3 go/go1.23.3 os/linux arch/arm64": "cri-o",
    "cri-o/1.34.0 go/go1.24.4 os/linux arch/amd64": "cri-o",
    "cri-o/1.29.13 go/go1.22.6 os/linux arch/amd64": "none",
    "containerd/v2.1.4": "containerd",
    "containerd/2.3.0": "containerd",
    "containerd/v2.0.5": "containerd-before-2.1",
    "containerd/1.7.0": "containerd-before-2.1",
    "containerd/1.6.20~ds1": "containerd-before-2.1",
    "docker/24.0.7 go/go1.20 UpstreamClient(Go-http-client/1.1)": "cri-dockerd",
    "docker/20.10.24+dfsg1 go/go1.19.8 os/linux arch/amd64"
    " UpstreamClient(Docker-Client/20.10.24+dfsg1 \\(linux\\))": "none",
    "containers/5.24.2 (github.com/containers/image)": "none",
    "skopeo/1.9.3": "none",
    "libpod/4.3.1": "none",
    "Buildah/1.28.2": "none",
    "buildkit/v0.12": "none",
    "go-containerregistry/v0.20.2": "none",
    "curl/7.88.1": "unknown",
    "Go-http-client/1.1": "unknown",
    "": "unknown",
    "evil containerd/v2.1.4": "unknown",
}


@pytest.mark.parametrize(("agent", "kind"), AGENTS.items(), ids=str)
def test_kinds_are_told_apart(agent: str, kind: str) -> None:
    """Each client is what it says that it is; who says nothing is unknown."""
    clients = Clients(ClientOptions())

    assert kind == clients.find(agent).kind
    assert clients.find(agent) is clients.find(agent)


def test_each_kind_has_its_own_rule() -> None:
    """CRI-O minds bytes within 10 s, containerd mebibytes within 5 minutes."""
    clients = Clients(ClientOptions())
    cri_o = clients.find("cri-o/1.31.0")
    containerd = clients.find("containerd/2.1.0")

    assert ((beat_bytes(10.0),), 10.0) == (cri_o.beats, cri_o.watchdog_s)
    assert ((beat_steps(300.0),), math.inf) == (
        containerd.beats,
        containerd.watchdog_s,
    )
    assert 3.0 == cri_o.beats[0].period_s
    assert 140.0 == pytest.approx(containerd.beats[0].period_s)


def test_operators_know_better() -> None:
    """A time in the settings counts instead, and 0 is no watchdog at all."""
    clients = Clients(ClientOptions(cri_o_s=30.0, containerd_s=0, unknown_s=0))

    assert 9.0 == clients.find("cri-o/1.31.0").beats[0].period_s
    assert () == clients.find("containerd/2.1.0").beats
    assert () == clients.find("curl/8").beats
