"""Registries that let nobody in without a credential; hosts in Docker's own file."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from seawall.oci.reference import RepositoryName

PRIVATE: Mapping[str, str] = {
    "nvcr.io/nim/*": "NVIDIA's NIM images need an API key of NGC",
    "registry.redhat.io/*": "Red Hat's registry needs an account",
    "registry.connect.redhat.com/*": "Red Hat's partner registry needs an account",
    "cp.icr.io/*": "IBM's entitled registry needs a key",
    "container-registry.oracle.com/database/enterprise*": "Oracle needs a licence",
    "registry.suse.com/private/*": "SUSE's private images need a subscription",
    "dp.apps.rancher.io/*": "the Application Collection needs an account",
    "dhi.io/*": "Docker Hardened Images need an account",
}
"""By patterns of repositories."""

OPEN: Mapping[str, str] = {
    "nvcr.io/nvidia/*": "NVIDIA's own images are open to all, unlike NIM's",
    "registry.k8s.io/*": "Kubernetes' registry knows no accounts",
    "mcr.microsoft.com/*": "Microsoft's registry knows no accounts",
}
"""Repositories that let everybody in: a secret changes nothing there."""

CLOUD: Mapping[str, str] = {
    "*.dkr.ecr.*.amazonaws.com/*": "a private registry of AWS (ECR)",
    "*.dkr.ecr.*.amazonaws.com.cn/*": "a private registry of AWS (ECR)",
    "*.azurecr.io/*": "a registry of Azure, private by default",
}
"""Registries of accounts; nodes of the same cloud often have a credential."""

HUB_KEY = "https://index.docker.io/v1/"
"""What all clients look Docker Hub's credential up by."""

LOST_HUB_KEYS = ("registry-1.docker.io", "registry.docker.io", "hub.docker.com")
"""Under these nobody looks for it: kubelet takes docker.io and index.docker.io."""


def look_up(table: Mapping[str, str], image: RepositoryName) -> str:
    """Say what is known of a repository; empty if nothing is.

    >>> from seawall.oci.reference import parse_reference
    >>> look_up(CLOUD, parse_reference("shop.azurecr.io/web:1").repository)
    'a registry of Azure, private by default'
    """
    name = str(image)
    found = (said for pattern, said in table.items() if fnmatchcase(name, pattern))
    return next(found, "")
