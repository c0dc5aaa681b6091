"""What well-known actions and tools pull although nobody names it."""

from collections.abc import Mapping

import msgspec

BUILDKIT = "docker.io/moby/buildkit:buildx-stable-1"
"""https://docs.docker.com/build/builders/drivers/docker-container/ (option `image`)."""

_KIND_NODE = "docker.io/kindest/node"
_K3S = "docker.io/rancher/k3s"
_KICBASE = "gcr.io/k8s-minikube/kicbase"


class Hidden(msgspec.Struct, frozen=True):
    """An image that something pulls by itself.

    Attributes:
        image: The image; without a tag, where that depends on the tool's version.
        source: Where that is said.
        input: The input or option that names another one; empty if there is none.
        lead: What stands in that input before the image.
        unless: Inputs or options with the words in them that mean that it is not
            pulled, or that another image is; no words: as soon as they are given.
    """

    image: str
    source: str
    input: str = ""
    lead: str = ""
    unless: Mapping[str, tuple[str, ...]] = {}


ACTIONS: dict[str, Hidden] = {
    "docker/setup-buildx-action": Hidden(
        BUILDKIT,
        "https://github.com/docker/setup-buildx-action#inputs",
        input="driver-opts",
        lead="image=",
        unless={"driver": ("docker", "remote", "cloud", "kubernetes"), "endpoint": ()},
    ),
    "docker/setup-qemu-action": Hidden(
        "docker.io/tonistiigi/binfmt:latest",
        "https://github.com/docker/setup-qemu-action#inputs",
        input="image",
    ),
    "addnab/docker-run-action": Hidden(
        "docker.io/library/docker:20.10",
        "https://github.com/addnab/docker-run-action (its Dockerfile and inputs)",
        input="image",
    ),
    "helm/kind-action": Hidden(
        _KIND_NODE,
        "https://github.com/helm/kind-action#inputs",
        input="node_image",
        unless={"config": (), "install_only": ("true",)},
    ),
    "container-tools/kind-action": Hidden(
        _KIND_NODE,
        "https://github.com/container-tools/kind-action",
        input="node_image",
        unless={"config": ()},
    ),
    "engineerd/setup-kind": Hidden(
        _KIND_NODE,
        "https://github.com/engineerd/setup-kind",
        input="image",
        unless={"config": (), "skipClusterCreation": ("true",)},
    ),
    "absaoss/k3d-action": Hidden(
        _K3S,
        "https://github.com/AbsaOSS/k3d-action",
        unless={"args": ("--image", "-i", "--config", "-c")},
    ),
    "nolar/setup-k3d-k3s": Hidden(
        _K3S,
        "https://github.com/nolar/setup-k3d-k3s",
        unless={"k3d-args": ("--image", "-i", "--config", "-c")},
    ),
    "medyagh/setup-minikube": Hidden(
        _KICBASE,
        "https://minikube.sigs.k8s.io/docs/drivers/docker/",
        unless={
            "driver": ("none", "virtualbox", "vmware", "ssh"),
            "start": ("false",),
            "start-args": ("--base-image",),
        },
    ),
    "codespell-project/actions-codespell": Hidden(
        "docker.io/library/python",
        "https://github.com/codespell-project/actions-codespell (its Dockerfile)",
    ),
}
"""Actions, in lower case, with what they pull before they do anything."""


COMMANDS: dict[tuple[str, ...], Hidden] = {
    ("docker", "buildx", "create"): Hidden(
        BUILDKIT,
        "https://docs.docker.com/reference/cli/docker/buildx/create/",
        input="--driver-opt",
        lead="image=",
        unless={"--driver": ("docker", "remote", "cloud", "kubernetes")},
    ),
    ("kind", "create", "cluster"): Hidden(
        _KIND_NODE,
        "https://kind.sigs.k8s.io/docs/user/quick-start/",
        input="--image",
        unless={"--config": ()},
    ),
    ("k3d", "cluster", "create"): Hidden(
        _K3S,
        "https://k3d.io/stable/usage/commands/k3d_cluster_create/",
        input="--image",
        unless={"--config": (), "-c": (), "-i": ()},
    ),
    ("minikube", "start"): Hidden(
        _KICBASE,
        "https://minikube.sigs.k8s.io/docs/commands/start/",
        input="--base-image",
        unless={
            "--driver": (
                *("none", "ssh", "kvm2", "qemu", "qemu2", "virtualbox"),
                *("vfkit", "hyperkit", "hyperv", "parallels", "vmware"),
            ),
            "--vm-driver": ("none", "kvm2", "virtualbox"),
        },
    ),
}
"""Programs with their verbs, and what they pull."""


def is_given(said: str, words: tuple[str, ...]) -> bool:
    """Whether an input that is given says one of some words; or any, if there are none.

    >>> is_given("--agents 1 --image x", ("--image",)), is_given("docker", ("none",))
    (True, False)
    """
    return not words or any(
        part == word or part.startswith(f"{word}=")
        for part in said.replace(",", " ").split()
        for word in words
    )
