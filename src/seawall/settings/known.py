"""The public registries that Seawall knows without a settings file."""

from typing import Any


def _registry(origin: str = "", *realms: str, default: bool = False) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if origin:
        table["sources"] = [{"url": f"https://{origin}"}]
    if realms:
        table["realms"] = list(realms)
    if default:
        table["default"] = True
    return table


KNOWN: dict[str, dict[str, Any]] = {
    "docker.io": _registry("registry-1.docker.io", "auth.docker.io", default=True),
    "quay.io": _registry(),
    "ghcr.io": _registry(),
    "registry.k8s.io": _registry(),
    "gcr.io": _registry(),
    "k8s.gcr.io": _registry(),
    "mirror.gcr.io": _registry(),
    "us-docker.pkg.dev": _registry(),
    "europe-docker.pkg.dev": _registry(),
    "asia-docker.pkg.dev": _registry(),
    "public.ecr.aws": _registry(),
    "mcr.microsoft.com": _registry(),
    "nvcr.io": _registry("", "nvcr.io", "authn.nvidia.com"),
    "nixery.dev": _registry(),
    "registry.gitlab.com": _registry("", "gitlab.com"),
    "registry.access.redhat.com": _registry(),
    "registry.redhat.io": _registry("", "registry.redhat.io", "sso.redhat.com"),
    "registry.fedoraproject.org": _registry(),
    "registry.opensuse.org": _registry(),
    "registry.suse.com": _registry("", "registry.suse.com", "scc.suse.com"),
    "docker.elastic.co": _registry("", "docker-auth.elastic.co"),
    "container-registry.oracle.com": _registry(),
    "cgr.dev": _registry(),
    "lscr.io": _registry("", "ghcr.io"),
    "icr.io": _registry(),
    "dhi.io": _registry(),
    "xpkg.upbound.io": _registry(),
    "codeberg.org": _registry(),
}
"""Their sources and token realms; how each limits is read from its answers."""
