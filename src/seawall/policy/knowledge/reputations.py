"""Registries that are known for something: built on demand, short-lived, retired."""

from datetime import date
from fnmatch import fnmatchcase

import msgspec

from seawall.oci.reference import RepositoryName

ON_DEMAND = {
    "nixery.dev": "an image is built by Nix at the moment it is pulled",
    "kontain.me": "an image is built, or copied, at the moment it is pulled",
    "*.kontain.me": "an image is built, or copied, at the moment it is pulled",
}
"""Who builds what is asked for. rook#15425: nixery.dev was down, and so were tests."""

SHORT_LIVED = {
    "ttl.sh": "images are deleted after at most 24 hours",
    "*.ngrok.io": "a tunnel to somebody's machine, under a name that changes",
    "*.ngrok.app": "a tunnel to somebody's machine, under a name that changes",
    "*.ngrok-free.app": "a tunnel to somebody's machine, under a name that changes",
    "*.ngrok-free.dev": "a tunnel to somebody's machine, under a name that changes",
    "*.trycloudflare.com": "a tunnel to somebody's machine, under a name that changes",
    "*.loca.lt": "a tunnel to somebody's machine, under a name that changes",
    "*.serveo.net": "a tunnel to somebody's machine, under a name that changes",
}

BEST_EFFORT = {
    "mirror.gcr.io": "it holds what is asked for often, and may drop the rest",
    "registry.docker-cn.com": "it was shut down",
    "dockerhub.azk8s.cn": "it was closed to the public",
    "gcr.azk8s.cn": "it was closed to the public",
    "quay.azk8s.cn": "it was closed to the public",
    "docker.mirrors.ustc.edu.cn": "it was closed to the public",
    "hub-mirror.c.163.com": "it is run without any promise",
    "docker.m.daocloud.io": "it is run without any promise, and with an allow-list",
    "dockerproxy.com": "it is run without any promise",
    "docker.1ms.run": "it is run without any promise",
}
"""Public mirrors that promise nothing."""


def look_up(table: dict[str, str], registry: str) -> str:
    """Say what is known of a registry's host; empty if nothing is.

    >>> look_up(SHORT_LIVED, "a1b2.ngrok.io")
    "a tunnel to somebody's machine, under a name that changes"
    """
    host = registry.partition(":")[0]
    found = (said for name, said in table.items() if fnmatchcase(host, name))
    return next(found, "")


class Retired(msgspec.Struct, frozen=True):
    """A registry, or a part of one, that is not what it was.

    Attributes:
        name: Its repositories begin with it.
        since: From when on.
        said: What happened.
        gone: Whether nothing is served there any more, or will not be.
        instead: What takes its place at the beginning of a name; empty: no rule does.
        same: Whether all of it is there under the same names, so that it may be
            replaced without another look.
        link: Who says so.
    """

    name: str
    since: date
    said: str
    gone: bool
    instead: str = ""
    same: bool = False
    link: str = ""


_K8S = "https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/"
_GCR = "https://cloud.google.com/artifact-registry/docs/transition/transition-from-gcr"
RETIRED = (
    Retired(
        "k8s.gcr.io",
        date(2023, 4, 3),
        "it was frozen; new versions are at registry.k8s.io only",
        gone=True,
        instead="registry.k8s.io",
        same=True,
        link=_K8S,
    ),
    *(
        Retired(
            name,
            date(2023, 4, 3),
            "it was one of the hosts behind k8s.gcr.io, which was frozen",
            gone=True,
            instead="registry.k8s.io",
            link=_K8S,
        )
        for name in (
            "gcr.io/google_containers",
            "gcr.io/google-containers",
            "us.gcr.io/k8s-artifacts-prod",
            "eu.gcr.io/k8s-artifacts-prod",
            "asia.gcr.io/k8s-artifacts-prod",
            "quay.io/kubernetes-ingress-controller",
        )
    ),
    Retired(
        "gcr.io/k8s-staging-sig-storage",
        date(2025, 3, 18),
        "releases are staged there, for their makers alone: nothing is promised",
        gone=False,
        instead="registry.k8s.io/sig-storage",
        link="https://github.com/kubernetes/k8s.io/issues/3961",
    ),
    Retired(
        "gcr.io/kubebuilder",
        date(2025, 3, 18),
        "it went away with Google Container Registry",
        gone=True,
        link="https://github.com/kubernetes-sigs/kubebuilder/discussions/3907",
    ),
    Retired(
        "gcr.io/kaniko-project",
        date(2025, 6, 3),
        "kaniko was archived; nothing new comes",
        gone=False,
        link="https://github.com/GoogleContainerTools/kaniko",
    ),
    Retired(
        "registry.hub.docker.com",
        date(2019, 1, 1),
        "it is an old name of Docker Hub, which clients do not take for docker.io:"
        " neither its mirrors nor its credentials are used",
        gone=False,
        instead="docker.io",
        same=True,
        link="https://docs.docker.com/docker-hub/",
    ),
    Retired(
        "docker.pkg.github.com",
        date(2021, 6, 21),
        "it was replaced by ghcr.io",
        gone=True,
        instead="ghcr.io",
        link="https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-docker-registry",
    ),
    Retired(
        "docker.io/bitnami",
        date(2025, 8, 28),
        "its versioned images moved to bitnamilegacy, which gets no updates and is"
        " itself temporary",
        gone=True,
        instead="docker.io/bitnamilegacy",
        link="https://github.com/bitnami/containers/issues/83267",
    ),
    Retired(
        "docker.io/library/openjdk",
        date(2022, 7, 1),
        "the official image is deprecated and gets no updates",
        gone=False,
        instead="docker.io/library/eclipse-temurin",
        link="https://hub.docker.com/_/openjdk",
    ),
    Retired(
        "docker.io/library/java",
        date(2016, 12, 31),
        "the official image is deprecated and gets no updates",
        gone=False,
        instead="docker.io/library/eclipse-temurin",
        link="https://hub.docker.com/_/java",
    ),
    Retired(
        "docker.io/library/jenkins",
        date(2018, 4, 1),
        "the official image is deprecated and gets no updates",
        gone=False,
        instead="docker.io/jenkins/jenkins",
        link="https://hub.docker.com/_/jenkins",
    ),
    Retired(
        "docker.io/jettech/kube-webhook-certgen",
        date(2021, 6, 1),
        "it moved to registry.k8s.io/ingress-nginx",
        gone=False,
        instead="registry.k8s.io/ingress-nginx/kube-webhook-certgen",
        link="https://github.com/jet/kube-webhook-certgen",
    ),
)


def find_retired(repository: RepositoryName) -> Retired | None:
    """Find what is known to have happened to a repository; the longest name wins."""
    name = str(repository)
    found = [
        one for one in RETIRED if name == one.name or name.startswith(f"{one.name}/")
    ]
    return max(found, key=lambda one: len(one.name), default=None)


# Which repositories are the same software, apart from equal paths at two registries.
TWINS = {
    "docker.io/prom": "quay.io/prometheus",
    "docker.io/calico": "quay.io/calico",
    "docker.io/jboss": "quay.io/jboss",
    "docker.io/minio": "quay.io/minio",
    "docker.io/fluxcd": "ghcr.io/fluxcd",
    "docker.io/bitnami": "docker.io/bitnamilegacy",
    "docker.io/coredns": "registry.k8s.io/coredns",
    "docker.io/grafana": "ghcr.io/grafana",
}


def software_of(repository: RepositoryName) -> str:
    """Name the software of a repository, whichever registry it is pulled from.

    >>> software_of(RepositoryName("docker.io", "prom/node-exporter"))
    'prometheus/node-exporter'
    """
    name = str(repository)
    for one, other in TWINS.items():
        if name.startswith(f"{one}/"):
            name = other + name[len(one) :]
            break
    return name.partition("/")[2]
