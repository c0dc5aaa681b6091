"""Names that whoever builds gives to contexts, and arguments that builds are given.

`docker buildx build --build-context base=… --build-arg BASE=…`, `build-contexts` and
`build-args` of docker/build-push-action, `additional_contexts` of Compose. `FROM base`
means such a context then, and pulls nothing.
"""

import re
from collections.abc import Iterator

from seawall.policy.facts.builds import BuildArgument, BuildContext
from seawall.policy.facts.images import Role, name_image
from seawall.policy.facts.text import Fact
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source

_OPTION = re.compile(r"--build-context(?:=|[\s\"',]+)[\"']?([\w./:-]+)=")
_LIST = re.compile(
    r"^[ \t]*(?:build-contexts|additional_contexts)[ \t]*:[ \t]*[|>]?[-+]?[ \t]*\n"
    r"((?:[ \t]+(?:-[ \t]+)?[\"']?[\w./-]+[\"']?[ \t]*[=:].*(?:\n|\Z))+)",
    re.MULTILINE,
)
_IMAGE = re.compile(
    r"^[ \t]*(?:#|//).*|[=:][ \t]*[\"']?docker-image://([^\s\"',;|&\\]+)", re.MULTILINE
)
"""A context that is an image: whoever builds pulls that in the place of the name."""
_LINE = re.compile(r"^[ \t]+(?:-[ \t]+)?[\"']?([\w./-]+)[\"']?[ \t]*[=:]", re.MULTILINE)
_ARGUMENT = re.compile(r"--build-arg(?:=|[\s\"',]+)[\"']?(\w+)=")
_ARGUMENTS = re.compile(
    r"^[ \t]*build-args[ \t]*:[ \t]*(?:[|>][-+]?[ \t]*\n)?"
    r"((?:[ \t]*[\"']?\w+=.*(?:\n|\Z))+)",
    re.MULTILINE,
)
_GIVEN = re.compile(r"^[ \t]*[\"']?(\w+)=", re.MULTILINE)


def sniff(data: bytes) -> bool:
    """Whether it speaks of such contexts, or of arguments."""
    words = (b"build-context", b"additional_contexts", b"build-arg")
    return any(word in data for word in words)


def read(source: Source) -> Iterator[Fact]:
    """Read the names, as text: options stand in variables, too.

    And the images that some contexts are.
    """
    lists = (match[1] for match in _LIST.finditer(source.text))
    names = {match[1] for match in _OPTION.finditer(source.text)}
    names.update(match[1] for one in lists for match in _LINE.finditer(one))
    for name in sorted(names):
        yield BuildContext(path=source.path, start=0, stop=0, name=name)
    for match in _IMAGE.finditer(source.text) if names else ():
        if match[1] is None:
            continue  # a comment
        start, stop = (source.byte_at(at) for at in match.span(1))
        text = source.make_text(match[1], start, stop)
        yield name_image(source.path, text, Role.COMMAND, owner="build context")
    lists = (match[1] for match in _ARGUMENTS.finditer(source.text))
    names = {match[1] for match in _ARGUMENT.finditer(source.text)}
    names.update(match[1] for one in lists for match in _GIVEN.finditer(one))
    for name in sorted(names):
        yield BuildArgument(path=source.path, start=0, stop=0, name=name)


READER = Reader(
    name="contexts of builds",
    names=(
        *("*.sh", "*.bash", "*.yml", "*.yaml", "*.mk", "*.py", "*.groovy"),
        *("makefile", "makefile.*", "gnumakefile", "jenkinsfile", "justfile"),
    ),
    read=read,
    sniff=sniff,
)
