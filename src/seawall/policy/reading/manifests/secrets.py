"""Lists of pull secrets, service accounts, and objects that become secrets."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from seawall.policy.facts.text import Insertion, Text
from seawall.policy.facts.workloads import (
    SecretEntry,
    SecretKind,
    SecretList,
    SecretObject,
    ServiceAccount,
)
from seawall.policy.reading.manifests.objects import Head, tail, text, word
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

LIST = "imagePullSecrets"
KINDS = {
    "Secret": SecretKind.PLAIN,
    "SealedSecret": SecretKind.SEALED,
    "ExternalSecret": SecretKind.EXTERNAL,
    "ClusterExternalSecret": SecretKind.EXTERNAL,
    "VaultStaticSecret": SecretKind.EXTERNAL,
    "VaultDynamicSecret": SecretKind.EXTERNAL,
    "InfisicalSecret": SecretKind.EXTERNAL,
    "DopplerSecret": SecretKind.EXTERNAL,
    "AzureKeyVaultSecret": SecretKind.EXTERNAL,
    "OnePasswordItem": SecretKind.EXTERNAL,
    "BitwardenSecret": SecretKind.EXTERNAL,
    "SopsSecret": SecretKind.SEALED,
    "SecretProviderClass": SecretKind.EXTERNAL,
    "SecretImport": SecretKind.EXTERNAL,
}
_TARGETS = {
    "SealedSecret": ("spec.template.metadata.name",),
    "ExternalSecret": ("spec.target.name",),
    "ClusterExternalSecret": (
        "spec.externalSecretSpec.target.name",
        "spec.externalSecretName",
    ),
    "VaultStaticSecret": ("spec.destination.name",),
    "VaultDynamicSecret": ("spec.destination.name",),
    "InfisicalSecret": ("spec.managedSecretReference.secretName",),
    "DopplerSecret": ("spec.managedSecret.name",),
    "AzureKeyVaultSecret": ("spec.output.secret.name",),
    "BitwardenSecret": ("spec.secretName",),
    "SopsSecret": ("spec.secretTemplates.name",),
    "SecretProviderClass": ("spec.secretObjects.secretName",),
}
"""Where objects say what becomes of them is called; else as they are themselves."""
_SPACES = {
    "InfisicalSecret": "spec.managedSecretReference.secretNamespace",
    "DopplerSecret": "spec.managedSecret.namespace",
}
_NEW_KEY = ".dockerconfigjson"
_DOCKER_KEYS = {_NEW_KEY, ".dockercfg"}
_FILLED_IN = ("$", "<", "{{", "@", "%")
_LATER = re.compile(r"\$\{.*\}|\{\{.*\}\}|@[\w.-]+@|%[\w.-]+%|<[\w. -]+>|__\w+__")
_MARK = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
"""A key such as `SUBST_PULL_SECRETS`, that no secret can have as its name."""
_SHORTEST = 8
"""A shorter text is a stand-in."""


def read_list(source: Source, spec: Mapping) -> SecretList | None:
    """Read the pull secrets of a pod or of a service account, if it has a list."""
    found = spec.entry(LIST)
    if found is None:
        return None
    key, value = found
    if not isinstance(value, Sequence):
        if isinstance(value, Scalar) and value.is_null:
            return SecretList(key.text, value.start, value.stop, (), None)
        whole = SecretEntry(
            value.start, value.stop, None, "are no list: the object is refused"
        )
        return SecretList(key.text, value.start, value.stop, (whole,), None)
    entries = tuple(_read_entry(item) for item in value.items)
    end = None if value.flow else _find_end(source, value)
    return SecretList(key.text, value.start, tail(value), entries, end, flow=value.flow)


def _read_entry(item: Node) -> SecretEntry:
    stop = tail(item)
    if not isinstance(item, Mapping):
        what = "a list" if isinstance(item, Sequence) else "a text"
        fault = f"is {what}, not a mapping with a name: the object is refused"
        if isinstance(item, Scalar) and item.is_null:
            fault = "is empty: it means no secret"
        return SecretEntry(item.start, stop, None, fault)
    name = text(item.get("name"))
    others = sorted(key.value for key, _ in item.pairs() if key.value != "name")
    if name is None or not name.value:
        fault = "is without a name: it means no secret"
        if others:
            fault = (
                f"is without a name, and has {', '.join(others)} instead: it may be"
                " refused, and means no secret"
            )
        return SecretEntry(item.start, stop, name, "" if _is_mark(item) else fault)
    fault = ""
    if others:
        fault = (
            f"comes with {', '.join(others)}, which is not allowed: it may be refused"
        )
    return SecretEntry(item.start, stop, name, fault)


def _is_mark(item: Mapping) -> bool:
    """Whether an entry only holds the place of what a substitution of text puts there.

    That may be any number of entries, of which nothing is known here.
    """
    if len(item.entries) != 1:
        return False
    key, value = item.entries[0]
    if not isinstance(key, Scalar):
        return item.flow  # `{{ … }}`, to YAML a mapping whose key is a mapping
    said = text(value)
    is_empty = isinstance(value, Scalar) and not (said and said.value)
    return bool(
        _LATER.fullmatch(key.text.value)
        or (is_empty and _MARK.fullmatch(key.text.value))
    )


def _find_end(source: Source, value: Sequence) -> Insertion | None:
    """Find the line behind the last entry, and how far its dash is indented."""
    last = value.items[-1]
    line = source.line_start(last.start)
    lead = source.data[line : last.start]
    dash = lead.find(b"-")
    if lead.replace(b"-", b"", 1).strip(b" ") or dash < 0:
        return None
    return source.after_line(max(tail(last) - 1, last.start), dash)


def read_account(source: Source, node: Mapping, head: Head) -> ServiceAccount:
    """Read a service account."""
    listed = read_list(source, node)
    first = next(iter(node.pairs()), None)
    room = None
    if first is not None and not node.flow:
        start = source.line_start(first[0].start)
        indent = first[0].start - start
        if not source.data[start : first[0].start].strip(b" "):
            room = source.after_line(max(tail(node) - 1, node.start), indent)
    return ServiceAccount(**head.fields(), secrets=listed, room=room)


def read_secrets(source: Source, node: Mapping, head: Head) -> Iterator[SecretObject]:
    """Read what becomes a secret, and what that is for; what it hides is forgotten."""
    del source
    body = node
    for step in ("spec", "template"):
        inner = body.get(step)
        if head.kind != "Secret" and isinstance(inner, Mapping):
            body = inner
    keys: list[Text] = []
    hosts: list[Text] = []
    fault, reveals = "", False
    for name in ("data", "stringData"):
        table = node.get(name)
        for key, value in table.pairs() if isinstance(table, Mapping) else ():
            keys.append(key)
            found = text(value)
            if key.value in _DOCKER_KEYS and found is not None:
                names, fault, shown = _read_hosts(
                    found.value, encoded=name == "data", nested=key.value == _NEW_KEY
                )
                reveals = reveals or shown
                hosts += [Text(one, key.start, key.stop, exact=False) for one in names]
    for fields in _rename(head, node):
        yield SecretObject(
            **fields,
            made_by=KINDS[head.kind],
            type=text(body.get("type")),
            keys=tuple(keys),
            hosts=tuple(hosts),
            fault=fault,
            reveals=reveals,
        )


def _rename(head: Head, node: Mapping) -> Iterator[dict[str, Any]]:
    """Give what becomes of an object its name and namespace: once for each of these."""
    space = next(iter(_follow(node, _SPACES.get(head.kind, ""))), head.namespace)
    names: list[str] = []
    for path in _TARGETS.get(head.kind, ()):
        names = names or _follow(node, path)
    for name in names or [head.name]:
        yield {**head.fields(), "name": name, "namespace": space}


def _follow(node: Mapping, path: str) -> list[str]:
    """List the words at a path; each item of a list is looked at."""
    found: list[Node] = [node]
    for step in path.split("."):
        inner = [one.get(step) for one in found if isinstance(one, Mapping)]
        lists = [one.items if isinstance(one, Sequence) else [one] for one in inner]
        found = [one for items in lists for one in items if one is not None]
    return [word(one) for one in found if word(one)]


def _read_hosts(
    value: str, *, encoded: bool, nested: bool
) -> tuple[list[str], str, bool]:
    """Read the hosts, what is wrong, and whether a password is written out."""
    bare = value.strip()
    if not bare.startswith("{") and (not bare or any(c in bare for c in _FILLED_IN)):
        return [], "", False  # somebody else writes it
    try:
        raw = base64.b64decode(value, validate=False) if encoded else value.encode()
        tree = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        fault = "not JSON" if not encoded else "not JSON in base64"
        return [], "" if any(c in bare for c in _FILLED_IN) else fault, False
    auths = tree.get("auths", tree) if isinstance(tree, dict) else None
    if not isinstance(auths, dict):
        return [], "no table of hosts", False
    shown = any(_is_password(said) for one in auths.values() for said in _words(one))
    if nested and tree and "auths" not in tree:
        return [], "without auths, the table that a kubelet reads", shown
    return [str(host) for host in auths], "", shown


def _words(entry: object) -> list[str]:
    """What an entry of Docker's own file says of the password."""
    said = entry if isinstance(entry, dict) else {}
    return [str(said.get(name) or "") for name in ("auth", "password", "identitytoken")]


def _is_password(said: str) -> bool:
    """Whether a text is one itself: not short, and nothing that is filled in."""
    filled = any(c in said for c in _FILLED_IN) or "..." in said
    return len(said) >= _SHORTEST and len(set(said)) > 3 and not filled  # noqa: PLR2004
