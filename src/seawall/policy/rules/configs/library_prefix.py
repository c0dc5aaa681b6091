"""CFG009: a prefix of registries.conf that an official image never has."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Text
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.mirrorhosts import OFFICIAL
from seawall.policy.lookups.mirroring import source_of
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG009",
    title="Prefix without library",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    fixes=(FixKind.SAFE,),
    what="A `prefix` (or, without one, a `location`) of registries.conf such as"
    " `docker.io/alpine`: one of the official images, whose full name is"
    " `docker.io/library/alpine`.",
    why="Names are filled in before they are compared: this entry is never used,"
    " neither its mirrors nor that it is blocked.",
    remedy="Write `docker.io/library/…`.",
    bad='[[registry]]\nprefix = "docker.io/alpine"\n'
    'location = "mirror.example/alpine"\n',
    good='[[registry]]\nprefix = "docker.io/library/alpine"\n'
    'location = "mirror.example/alpine"\n',
    sample="registries.conf",
    links=("https://github.com/containers/image/tree/main/docs",),
)

_HUB = "docker.io/"


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find prefixes that match nothing."""
    del repository, options
    registries = config.tree.get("registry")
    if config.client is not Client.REGISTRIES or registries is None:
        return
    for registry in registries.items:
        text = source_of(registry)
        if text is not None and _name(text) in OFFICIAL:
            full = f"{_HUB}library/{_name(text)}"
            said = f"{text.value} matches no image: its name is {full}"
            fix = _mend(config.path, registry, text)
            yield RULE.finding(config, said, at=text, fix=fix, subject=text.value)


def _name(text: Text) -> str:
    return text.value.removeprefix(_HUB) if text.value.startswith(_HUB) else ""


def _mend(path: str, registry: Value, text: Text) -> Fix | None:
    """Name the image in full; as its place, too, if that is the same name."""
    place = registry.get("location")
    texts = {text}
    if place is not None and place.word is not None and place.said == text.value:
        texts.add(place.word)
    if not all(one.exact for one in texts):
        return None
    starts = sorted(one.cut(len(_HUB), len(_HUB)).start for one in texts)
    edits = tuple(Edit(path, at, at, b"library/") for at in starts)
    return Fix(FixKind.SAFE, edits, "the name that the image is looked up by")
