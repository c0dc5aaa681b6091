"""Registries and parts of them that were given up: since when, and what instead."""

from datetime import date
from functools import lru_cache

import msgspec

from seawall.oci.reference import RepositoryName


class Retired(msgspec.Struct, frozen=True):
    """A registry, or a part of one, that is not what it was.

    Attributes:
        name: Its repositories begin with it; up to a `*`, by letters.
        since: From when on; `None` where no day is known.
        said: What happened.
        gone: Whether nothing is served there any more, or will not be.
        instead: What takes its place at the beginning of a name; empty: no rule does.
        same: Whether all of it is there under the same names, so that it may be
            replaced without another look.
        copies: Whether it only holds copies for the time of a move: worth a note.
        kept: Repositories below it that all this is not true of.
        link: Who says so.
    """

    name: str
    since: date | None
    said: str
    gone: bool
    instead: str = ""
    same: bool = False
    copies: bool = False
    kept: tuple[str, ...] = ()
    link: str = ""

    def holds_for(self, name: str) -> bool:
        """Whether a repository, by its full name, is a part of it."""
        if name in self.kept:
            return False
        if self.name.endswith("*"):
            return name.startswith(self.name[:-1])
        return name == self.name or name.startswith(f"{self.name}/")


_K8S = "https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/"
_STAGING = "https://github.com/kubernetes/k8s.io/issues/8009"
_GCR = "https://cloud.google.com/artifact-registry/docs/transition/prepare-gcr-shutdown"
_TEKTON = "https://github.com/tektoncd/pipeline/issues/8870"
_BITNAMI = "https://github.com/bitnami/containers/issues/83267"
_MINIO = "https://github.com/makeplane/plane/pull/9829"
RETIRED = (
    Retired(
        "k8s.gcr.io",
        date(2023, 4, 3),
        "it was frozen, sends callers on to registry.k8s.io, and will be switched off",
        gone=True,
        instead="registry.k8s.io",
        same=True,
        link=_K8S,
    ),
    # Nothing of it was deleted: https://github.com/kubernetes/minikube/issues/20303.
    *(
        Retired(
            name,
            date(2020, 8, 14),
            "it was one of the places behind k8s.gcr.io, and is not filled any more",
            gone=True,
            instead="registry.k8s.io",
            same=True,
            link="https://github.com/kubernetes/kubernetes/issues/94013",
        )
        for name in (
            "gcr.io/google_containers",
            "gcr.io/google-containers",
            "us.gcr.io/k8s-artifacts-prod",
            "eu.gcr.io/k8s-artifacts-prod",
            "asia.gcr.io/k8s-artifacts-prod",
        )
    ),
    Retired(
        "quay.io/kubernetes-ingress-controller",
        date(2020, 7, 10),
        "it is read-only; later versions are at registry.k8s.io/ingress-nginx",
        gone=False,
        link="https://github.com/helm/charts/issues/23152",
    ),
    Retired(
        "gcr.io/k8s-staging-sig-storage",
        date(2025, 4, 17),
        "releases are staged there for their makers alone, and deleted after 90 days",
        gone=False,
        instead="registry.k8s.io/sig-storage",
        link=_STAGING,
    ),
    Retired(
        "gcr.io/k8s-staging-*",
        date(2025, 4, 17),
        "releases are staged there for their makers alone, and deleted after 90 days;"
        " what is released is at registry.k8s.io",
        gone=False,
        link=_STAGING,
    ),
    Retired(
        "gcr.io/kubebuilder",
        date(2025, 3, 18),
        "it went away with Google Container Registry",
        gone=True,
        link="https://github.com/kubernetes-sigs/kubebuilder/discussions/3907",
    ),
    Retired(
        "gcr.io/kuar-demo",
        date(2025, 3, 18),
        "it went away with Google Container Registry",
        gone=True,
        link=_GCR,
    ),
    Retired(
        "gcr.io/tekton-releases/github.com",
        date(2025, 7, 10),
        "nobody may read it any more; all of it is at ghcr.io",
        gone=True,
        instead="ghcr.io/tektoncd/github.com",
        same=True,
        link=_TEKTON,
    ),
    *(
        Retired(
            name,
            date(2025, 7, 10),
            "nobody may read it any more; it moved to ghcr.io",
            gone=True,
            instead="ghcr.io/tektoncd",
            link=_TEKTON,
        )
        for name in ("gcr.io/tekton-releases", "gcr.io/tekton-nightly")
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
        None,
        "it is an old name of Docker Hub, which clients do not take for docker.io:"
        " neither its mirrors nor its credentials are used",
        gone=False,
        instead="docker.io",
        same=True,
        link="https://docs.docker.com/docker-hub/",
    ),
    Retired(
        "docker.pkg.github.com",
        date(2025, 2, 24),
        "it was closed; its images are at ghcr.io",
        gone=True,
        instead="ghcr.io",
        link="https://github.blog/changelog/2025-01-23-legacy-docker-registry-closing-down/",
    ),
    Retired(
        "docker.io/bitnami",
        date(2025, 9, 29),
        "its versions were deleted, and a few latest ones are left for development;"
        " bitnamilegacy has copies, gets no updates and is itself temporary",
        gone=True,
        instead="docker.io/bitnamilegacy",
        kept=(
            "docker.io/bitnami/minideb",
            "docker.io/bitnami/sealed-secrets-controller",
            "docker.io/bitnami/sealed-secrets-kubeseal",
        ),
        link=_BITNAMI,
    ),
    Retired(
        "docker.io/bitnamilegacy",
        date(2025, 8, 28),
        "it holds old copies for the time of a move, and gets no updates",
        gone=False,
        copies=True,
        link=_BITNAMI,
    ),
    *(
        Retired(
            f"docker.io/minio/{name}",
            date(2026, 9, 11),
            "it was deleted from Docker Hub; quay.io still has its last versions",
            gone=True,
            instead=f"quay.io/minio/{name}",
            same=True,
            link=_MINIO,
        )
        for name in ("minio", "mc")
    ),
    Retired(
        "docker.io/minio",
        date(2026, 9, 11),
        "it was deleted from Docker Hub",
        gone=True,
        instead="quay.io/minio",
        link=_MINIO,
    ),
    *(
        Retired(
            name,
            on,
            "it was a mirror of Docker Hub, and was shut down",
            gone=True,
            instead="docker.io",
            same=True,
            link=link,
        )
        for name, on, link in (
            (
                "registry.docker-cn.com",
                date(2019, 4, 17),
                "https://github.com/silenceshell/docker_mirror/pull/6",
            ),
            (
                "docker.mirrors.ustc.edu.cn",
                date(2022, 8, 24),
                "https://mirrors.ustc.edu.cn/help/dockerhub.html",
            ),
            (
                "docker.mirrors.sjtug.sjtu.edu.cn",
                date(2024, 7, 9),
                "https://github.com/sjtug/mirror-requests/issues/369",
            ),
        )
    ),
    *(
        Retired(
            name,
            date(2020, 4, 2),
            "it was a mirror of many registries, and answers within Azure China alone",
            gone=False,
            instead=instead,
            link="https://github.com/Azure/container-service-for-azure-china/issues/58",
        )
        for name, instead in (
            ("dockerhub.azk8s.cn", "docker.io"),
            ("gcr.azk8s.cn", "gcr.io"),
            ("quay.azk8s.cn", "quay.io"),
            ("mcr.azk8s.cn", "mcr.microsoft.com"),
        )
    ),
    Retired(
        "projects.registry.vmware.com",
        date(2024, 6, 28),
        "it was shut down; part of it moved to projects.packages.broadcom.com",
        gone=True,
        link="https://github.com/antrea-io/antrea/issues/6003",
    ),
    Retired(
        "registry.opensource.zalan.do",
        date(2026, 5, 7),
        "it is to be switched off; what is looked after is at ghcr.io/zalando",
        gone=False,
        link="https://github.com/zalando/postgres-operator/pull/3092",
    ),
    Retired(
        "docker.bintray.io",
        date(2021, 5, 1),
        "Bintray was shut down",
        gone=True,
        link="https://jfrog.com/blog/into-the-sunset-bintray-jcenter-gocenter-and-chartcenter/",
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


@lru_cache(maxsize=4096)
def find_retired(repository: RepositoryName) -> Retired | None:
    """Find what is known to have happened to a repository; the longest name wins.

    >>> find_retired(RepositoryName("gcr.io", "k8s-staging-x/y")).name
    'gcr.io/k8s-staging-*'
    """
    name = str(repository)
    found = [one for one in RETIRED if one.holds_for(name)]
    return max(found, key=lambda one: len(one.name), default=None)


def find_closed(host: str) -> Retired | None:
    """Find what is known of a whole registry, or mirror, that is no more.

    >>> find_closed("registry.docker-cn.com").since.year, find_closed("quay.io")
    (2019, None)
    """
    return next((one for one in RETIRED if one.gone and one.name == host), None)
