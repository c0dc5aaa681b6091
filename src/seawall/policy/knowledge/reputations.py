"""Registries that are known for something: built on demand, short-lived, twins."""

from fnmatch import fnmatchcase

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
