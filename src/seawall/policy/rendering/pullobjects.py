"""Kubernetes: a pull secret for the mirrors, and service accounts that have it."""

import json
from collections.abc import Iterator
from typing import Any

from seawall.policy.rendering.rendered import MADE, Ask, File, Rendered

_ACCOUNT = """\
# {made}
# Pods that name secrets of their own do not get these: see rule PUL002.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: default
  namespace: {space}
imagePullSecrets:
{entries}"""
_CREDENTIALS = """\
# {made}
apiVersion: v1
kind: Secret
metadata:
  name: {name}
  namespace: {space}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: {said}
"""


def render_kubernetes(ask: Ask) -> Rendered:
    """Render the objects that give pods the credentials of mirrors."""
    hosts: dict[str, set[str]] = {}
    for route in ask.routes:
        for target in route.targets:
            if target.mirror.secret:
                hosts.setdefault(target.mirror.secret, set()).add(target.host)
    space = ask.namespace or "default"
    files = []
    for name, wanted in hosts.items():
        auths = {host: ask.auths[host] for host in sorted(wanted & ask.auths.keys())}
        if auths:
            files.append(_write_secret(name, space, auths))
    if hosts:
        entries = "".join(f"  - name: {json.dumps(name)}\n" for name in hosts)
        made = MADE.format("kubernetes")
        text = _ACCOUNT.format(made=made, space=json.dumps(space), entries=entries)
        files.append(File("serviceaccount.yaml", text))
    return Rendered(tuple(files), tuple(_warn(ask, hosts)))


def _write_secret(name: str, space: str, auths: dict[str, Any]) -> File:
    said = json.dumps(json.dumps({"auths": auths}))  # JSON's texts are YAML's, too
    text = _CREDENTIALS.format(
        made=MADE.format("kubernetes"),
        name=json.dumps(name),
        space=json.dumps(space),
        said=said,
    )
    return File(f"secret-{name}.yaml", text, mode=0o600)


def _warn(ask: Ask, hosts: dict[str, set[str]]) -> Iterator[str]:
    if not hosts:
        yield "no mirror of the settings names a pull secret: there is nothing to write"
        return
    for name, wanted in hosts.items():
        missing = sorted(wanted - ask.auths.keys())
        if missing:
            yield (
                f"the secret {name} is not written for {', '.join(missing)}: say with"
                " --auths FILE where the credential is, or make it with `kubectl create"
                " secret docker-registry`"
            )
    yield (
        "the kubelet chooses credentials by the name in the pod: they reach a mirror"
        " only where images are named by it"
    )
