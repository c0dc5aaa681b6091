"""Every client pulls by tag and by digest in each of its forms, and containers run."""

import pytest
from tests.e2e.clients import Buildah, Client, Form, Podman, Skopeo
from tests.e2e.conftest import REPOSITORY, Samples
from tests.e2e.engines import Containerd, Docker, Kubelet
from tests.e2e.service import Seawall

DRIVERS: tuple[type[Client], ...] = (
    *(Skopeo, Podman, Buildah),
    *(Containerd, Kubelet, Docker),
)
PULLS = [
    pytest.param(driver.name, form, id=f"{driver.name}-{form}")
    for driver in DRIVERS
    for form in driver.forms
]


@pytest.mark.parametrize(("name", "form"), PULLS)
def test_a_client_pulls_by_tag_and_by_digest(
    seawall: Seawall,
    clients: dict[str, Client],
    samples: Samples,
    name: str,
    form: Form,
) -> None:
    """A client gets the image of a tag, and the same one by its digest."""
    client, digest = clients[name], samples.digests["multi"]
    client.point_at(seawall.host)

    assert digest in client.pull(form, REPOSITORY, ":multi")
    assert digest in client.pull(form, REPOSITORY, f"@{digest}")


@pytest.mark.parametrize("name", ["podman", "containerd", "docker"])
def test_a_container_of_a_pulled_image_runs(
    seawall: Seawall, clients: dict[str, Client], name: str
) -> None:
    """What came through Seawall is an image that runs."""
    client = clients[name]
    assert isinstance(client, Podman | Containerd | Docker)
    client.point_at(seawall.host)
    form = client.forms[0]
    client.pull(form, REPOSITORY, ":single")

    assert client.start_container(form, REPOSITORY, ":single") == "seawall"


def test_a_build_starts_from_a_pulled_image(
    seawall: Seawall, clients: dict[str, Client]
) -> None:
    """A command of a build runs on a base image that came through Seawall."""
    buildah = clients["buildah"]
    assert isinstance(buildah, Buildah)
    buildah.point_at(seawall.host)
    buildah.pull(Form.PATH, REPOSITORY, ":single")

    assert buildah.build(Form.PATH, REPOSITORY, ":single") == "hi"
