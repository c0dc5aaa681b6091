"""Configurations of the kubelet: how it pulls, and who gives it credentials."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.facts.text import Fact
from seawall.policy.reading.configs.treevalues import freeze, grow
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Scalar

_KINDS = {
    "CredentialProviderConfig": Client.CREDENTIALS,
    "KubeletConfiguration": Client.KUBELET,
}


def read_kubelet(source: Source) -> Iterator[Fact]:
    """Read the documents of a file that configure a kubelet."""
    for node in source.documents:
        kind = node.get("kind") if isinstance(node, Mapping) else None
        client = _KINDS.get(kind.text.value) if isinstance(kind, Scalar) else None
        if client is not None:
            yield ClientConfig(
                path=source.path,
                start=node.start,
                stop=node.stop,
                client=client,
                tree=freeze(grow(node, source.limits), source.limits),
            )


READER = Reader(
    "configuration of a kubelet",
    ("*.yaml", "*.yml"),
    read_kubelet,
    lambda data: any(kind.encode() in data for kind in _KINDS),
)
