"""Images that a container is told of, for pods that its program starts later."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Text
from seawall.policy.reading.manifests.objects import text, word
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Sequence

_NAME = re.compile(r"RELATED_IMAGE_\w+|(?:\w+_)?IMAGE(?:_NAME|_URL)?")
_FLAG = re.compile(r"--?(?:[a-z][\w.]*-)*image(?:-name)?")
# As operators are told: with a version or a digest. Without one it may be anything.
_IMAGE = re.compile(
    r"(?:[\w.-]+(?::\d+)?/)*[\w.-]+(?::\w[\w.-]*)?(?:@sha256:[0-9a-f]{64})?"
)


def read_handed(source: Source, item: Mapping, owner: str) -> Iterator[ImageUse]:
    """Yield the images in a container's `env`, `command` and `args`.

    A fix leaves them alone: what the program makes of the name is its own business.
    """
    for found in (*_read_variables(item), *_read_flags(item)):
        value = found.value
        versioned = ":" in value.rpartition("/")[2] or "@" in value
        if versioned and _IMAGE.fullmatch(value):
            at = msgspec.structs.replace(found, exact=False)
            use = name_image(source.path, at, Role.HANDED, owner=owner)
            if use.reference is not None:
                yield use


def _read_variables(item: Mapping) -> Iterator[Text]:
    """Yield what `CSI_ATTACHER_IMAGE` and its like say."""
    env = item.get("env")
    for one in env.items if isinstance(env, Sequence) else ():
        if isinstance(one, Mapping) and _NAME.fullmatch(word(one.get("name"))):
            said = text(one.get("value"))
            if said is not None:
                yield said


def _read_flags(item: Mapping) -> Iterator[Text]:
    """Yield what `--engine-image NAME` and `--sidecar-image=NAME` say."""
    for key in ("command", "args"):
        found = item.get(key)
        words = (
            [text(one) for one in found.items] if isinstance(found, Sequence) else []
        )
        for at, one in enumerate(words):
            name, equals, _ = one.value.partition("=") if one else ("", "", "")
            if one is None or not _FLAG.fullmatch(name):
                continue
            if equals:
                yield one.cut(len(name) + 1, len(one.value))
            elif at + 1 < len(words):
                following = words[at + 1]
                if following is not None:
                    yield following
