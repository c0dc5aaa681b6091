"""CFG003: a mirror's address with a path that the client puts together otherwise."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.knowledge.mirrorhosts import path_of
from seawall.policy.lookups.mirroring import MirrorUse, list_mirrors
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG003",
    title="Path of a mirror that leads nowhere",
    severity=Severity.ERROR,
    what="A mirror whose path does not fit what its client makes of it. containerd puts"
    " `/v2` behind the path of a host, unless `override_path` is true: then the path"
    " must have it. BuildKit puts `/v2/` before the path, and registries.conf names"
    " places as images do: neither takes a scheme or `/v2`.",
    why="Each request to the mirror is answered 404, and the pull goes on to upstream"
    " as if there were no mirror: nobody sees it until upstream is gone.",
    remedy="containerd: `https://host/v2/project` with `override_path = true`. BuildKit"
    " and registries.conf: `host/project`. A path of one part without `override_path`"
    " is a warning: most registries have nothing at `/project/v2/`.",
    bad='[host."https://mirror.example/v2/hub"]\n'
    '  capabilities = ["pull", "resolve"]\n',
    good='[host."https://mirror.example/v2/hub"]\n'
    '  capabilities = ["pull", "resolve"]\n  override_path = true\n',
    sample="docker.io/hosts.toml",
    links=(
        "https://github.com/containerd/containerd/blob/main/docs/hosts.md",
        "https://docs.docker.com/build/buildkit/toml-configuration/",
        "https://github.com/containers/image/tree/main/docs",
    ),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find mirrors whose path is not what it has to be."""
    del repository, options
    for mirror in list_mirrors(config):
        said = ""
        severity, confidence = Severity.ERROR, Confidence.HIGH
        if config.client is Client.HOSTS_TOML:
            said = _judge_host(mirror)
            if said and _is_doubtful(mirror):
                severity, confidence = Severity.WARNING, Confidence.MEDIUM
        elif config.client in (Client.BUILDKIT, Client.REGISTRIES):
            said = _judge_place(mirror.text.value)
        if said:
            yield RULE.finding(
                config,
                f"{mirror.text.value}: {said}",
                at=mirror.text,
                severity=severity,
                confidence=confidence,
                subject=mirror.source,
            )


def _judge_host(mirror: MirrorUse) -> str:
    path = path_of(mirror.text.value)
    parts = path.split("/") if path else []
    override = mirror.table.get("override_path") if mirror.table else None
    if override is not None and override.is_true:
        if "v2" in parts:
            return ""
        return f"override_path is true, and the path has no /v2: asked is /{path}/…"
    if not parts or parts[-1] == "v2":
        return ""
    if "v2" in parts or _is_doubtful(mirror):
        return f"without override_path, what is asked is /{path}/v2/…"
    return ""


def _is_doubtful(mirror: MirrorUse) -> bool:
    """Whether there may be a registry at its path: some have one in each folder."""
    path = path_of(mirror.text.value)
    return bool(path) and path != "v2" and "/" not in path


def _judge_place(place: str) -> str:
    if "://" in place:
        return "a scheme is no part of it; its name is taken for a host"
    if path_of(place).split("/")[0] == "v2":
        return "/v2 is put in by the client itself"
    return ""
