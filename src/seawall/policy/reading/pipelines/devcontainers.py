"""devcontainer.json: the image that people work in, and the features put into it."""

import re
from collections.abc import Iterator

from seawall.policy.facts.images import Role, name_image
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.reading import yamlevents
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import text
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping

_OWNER = "dev container"
# A string, or a comment: JSON with comments has `//` to the end of a line and `/* */`.
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?|\t')


def blank_comments(content: str) -> str:
    r"""Put spaces where comments and tabs are, so that all else stays at its place.

    >>> blank_comments('{"a": "//b", // c\n\t"d": 1 /* e */}')
    '{"a": "//b",     \n "d": 1        }'
    """

    def blank(match: re.Match[str]) -> str:
        if match[0].startswith('"'):
            return match[0]
        return re.sub(r"[^\n]", " ", match[0])

    return _COMMENT.sub(blank, content)


def read(source: Source) -> Iterator[Fact]:
    """Read the image, and features, which come from registries as well."""
    found = yamlevents.read_documents(
        blank_comments(source.text),
        source.offsets,
        source.limits,
        editable=source.is_exact,
    )
    for error in found.errors:
        yield Trouble(
            path=source.path,
            start=error.at,
            stop=error.at,
            obstacle=Obstacle.BOUNDED if error.is_bound else Obstacle.BROKEN,
            message=error.message,
        )
    for root in found.roots:
        if not isinstance(root, Mapping):
            continue
        image = text(root.get("image"))
        if image is not None:
            said = source.make_text(image.value, image.start, image.stop)
            yield name_image(source.path, said, Role.CONTAINER, owner=_OWNER)
        features = root.get("features")
        for name, _ in features.pairs() if isinstance(features, Mapping) else ():
            if "/" in name.value and not name.value.startswith((".", "/", "http")):
                # Where a comment stood within a text, its bytes are not its value.
                said = source.make_text(name.value, name.start, name.stop)
                yield name_image(
                    source.path, said, Role.IMPLICIT, owner=_OWNER, origin="a feature"
                )


READER = Reader(
    name="devcontainer.json",
    names=("devcontainer.json", ".devcontainer.json"),
    read=read,
)
