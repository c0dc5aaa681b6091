"""Images that commands pull: `docker run …`, `crictl pull …`, `skopeo copy …`."""

import re
from collections.abc import Iterator

from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Text
from seawall.policy.knowledge.pulling import HOLDS_OPTIONS, VARIABLE, find_pulled

_ENGINES = {"docker", "podman", "nerdctl"}
_RUNS = {"run", "create", "pull"}
# Options of `docker run` and its like that take no word of their own; all others do,
# unless their value follows a `=`.
_FLAGS = frozenset(
    (
        "--detach",
        "--disable-content-trust",
        "--help",
        "--init",
        "--interactive",
        "--no-healthcheck",
        "--oom-kill-disable",
        "--privileged",
        "--publish-all",
        "--quiet",
        "--read-only",
        "--replace",
        "--rm",
        "--sig-proxy",
        "--tls-verify",
        "--tty",
        "--all-tags",
    )
)
_SHORT_FLAGS = re.compile(r"-[dithPqa]+")
_STARTS = {
    "kubectl": (
        *(("run",), ("debug",), ("create", "deployment"), ("create", "deploy")),
        *(("create", "job"), ("create", "cronjob")),
    ),
    "kind": (("create", "cluster"),),
    "k3d": (("cluster", "create"), ("node", "create")),
}
_STARTS["oc"] = _STARTS["kubectl"]
"""Programs with their verbs that start what `--image` says."""
_OPTION = "--image"
_NO_IMAGES = {"list-tags", "delete", "login", "logout"}
"""What skopeo does with repositories and registries, and not with an image."""
_TRANSPORT = "docker://"
_NAME = re.compile(
    r"(?:[A-Za-z0-9$]|\$\{\{[^{}]*\}\})(?:[\w$./:@{}+-]|\$\{\{[^{}]*\}\})*"
)


def read_pulls(command: Command) -> Iterator[ImageUse]:
    """Yield what a command pulls, as far as its words say it."""
    found = _find_image(command)
    if found is None:
        return
    if not _NAME.fullmatch(found.value) and not VARIABLE.fullmatch(found.value):
        return
    yield name_image(
        command.path, found, Role.COMMAND, owner=command.owner or command.program
    )


def _find_image(command: Command) -> Text | None:
    words = command.argv[1:]
    program = command.program
    if program in _ENGINES:
        return _of_engine(list(words))
    if program == "crictl" and command.operands[:1] == ("pull",):
        return find_pulled(command)
    if program == "ctr":
        return find_pulled(command)
    if program == "skopeo" and not _NO_IMAGES & set(command.operands[:1]):
        return next((_cut_transport(word) for word in words if _is_remote(word)), None)
    if any(_has_verbs(command, verbs) for verbs in _STARTS.get(program, ())):
        return _of_option(words)
    return None


def _has_verbs(command: Command, verbs: tuple[str, ...]) -> bool:
    """Whether verbs are among its first operands: an option may have taken one."""
    operands = command.operands
    return any(operands[at : at + len(verbs)] == verbs for at in range(3))


def _of_option(words: tuple[Text, ...]) -> Text | None:
    """Find what `--image NAME` or `--image=NAME` says."""
    for at, word in enumerate(words):
        if word.value.startswith(_OPTION + "="):
            return word.cut(len(_OPTION) + 1, len(word.value))
        if word.value == _OPTION and at + 1 < len(words):
            return words[at + 1]
    return None


def _of_engine(words: list[Text]) -> Text | None:
    """Find the image of `docker [image|container] run|create|pull [options] IMAGE`."""
    while words and words[0].value in ("image", "container"):
        words.pop(0)
    if not words or words[0].value not in _RUNS:
        return None
    words.pop(0)
    while words:
        word = words.pop(0)
        value = word.value
        if words and HOLDS_OPTIONS.fullmatch(value):
            continue
        if not value.startswith("-"):
            return word
        takes_word = (
            "=" not in value
            and value not in _FLAGS
            and not _SHORT_FLAGS.fullmatch(value)
            and not (len(value) > 2 and value[1] != "-")  # noqa: PLR2004  -v/a:/b
        )
        if takes_word and words:
            words.pop(0)
    return None


def _is_remote(word: Text) -> bool:
    return word.value.startswith(_TRANSPORT)


def _cut_transport(word: Text) -> Text:
    return word.cut(len(_TRANSPORT), len(word.value))
