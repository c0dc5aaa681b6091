"""Templates outside of charts, read as what they become: `.in`, `.tmpl`, `.j2`."""

import re
from collections.abc import Iterator

from seawall.policy.facts.images import Role, name_image, resolve
from seawall.policy.facts.text import Fact
from seawall.policy.facts.workloads import Workload
from seawall.policy.reading import formats
from seawall.policy.reading.blanked import FILLED, Blanked
from seawall.policy.reading.charts import templatefiles
from seawall.policy.reading.formats import SNIFF_BYTES, Reader
from seawall.policy.reading.source import Source

_SUFFIXES = (
    *("in", "tpl", "tmpl", "j2", "jinja", "jinja2", "gotmpl", "tftpl", "template"),
    *("erb", "mustache", "envsubst", "dist", "sample", "example"),
)
_SUFFIX = re.compile(rf"\.(?:{'|'.join(_SUFFIXES)})$", re.IGNORECASE)
_ENDING = re.compile(r"\.[A-Za-z]+$")
_CHART = re.compile(r"(?:^|/)templates/.*\.(?:ya?ml|tpl)$")
_WORTH = re.compile(rb"image|^FROM\s|docker\s|curl\s|apt-get\s", re.MULTILINE)
_OBJECT = re.compile(rb"^kind:", re.MULTILINE)
_COMPUTED = (b"{{", b"{%", b"<%")
_IMAGE = re.compile(
    r"^[ \t]*(?:-[ \t]+)?image:[ \t]*(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"'#][^\n#]*?))"
    r"[ \t]*\r?$",
    re.MULTILINE,
)


def sniff(data: bytes) -> bool:
    """Whether it is text that may pull anything: a `.yaml.tar` is none."""
    return b"\0" not in data[:SNIFF_BYTES] and _WORTH.search(data) is not None


def _is_computed(data: bytes) -> bool:
    return any(word in data for word in _COMPUTED) or FILLED.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read a template with the readers of what it becomes.

    Where a template computes whole lines, what a pod lacks may be among them: of such
    a file only the images are told. Lines `image: …` are read where nothing else is.
    """
    plain = _SUFFIX.search(source.path) is None
    if _CHART.search(source.path) or (plain and not _is_computed(source.data)):
        return
    blanked = Blanked(source.path, source.data, source.limits)
    for reader in _readers_of(blanked):
        for fact in reader.read(blanked):
            if isinstance(fact, Workload) and blanked.is_computed:
                yield from fact.images
            else:
                yield fact
    if blanked.errors:
        yield from read_lines(blanked, 0, len(blanked.data))


def _readers_of(source: Blanked) -> Iterator[Reader]:
    """Yield those who read what it becomes, and do not read it as it is."""
    own = formats.readers_of(source.path)
    becomes = _SUFFIX.sub("", source.path)
    if not _ENDING.search(becomes) and _OBJECT.search(source.data):
        becomes += ".yaml"
    marked = source.marked.encode()
    for reader in formats.readers_of(becomes):
        reads_it_already = reader in own and reader.sniff(source.data)
        if reader in (READER, templatefiles.READER) or reads_it_already:
            continue  # a folder `templates` without Helm's endings is no chart's
        if reader.sniff(marked):
            yield reader


def read_lines(source: Blanked, start: int, stop: int) -> Iterator[Fact]:
    """Read the images of a template that is no YAML even with its blanks marked.

    Args:
        source: The template.
        start: The first byte of what is read.
        stop: The byte behind the last one.
    """
    for match in _IMAGE.finditer(source.text):
        group = next(n for n in (1, 2, 3) if match[n] is not None)
        begin, end = match.span(group)
        found = resolve(match[group])
        if found.fault or not match[group].strip():
            continue
        text = source.make_text(
            match[group], source.byte_at(begin), source.byte_at(end)
        )
        if not start <= text.start < stop:
            continue
        yield name_image(source.path, text, Role.CONTAINER, owner="template")


READER = Reader(
    name="template",
    names=(
        *("*.tpl", "*.tmpl", "*.j2", "*.jinja", "*.jinja2", "*.gotmpl", "*.tftpl"),
        *("*.yaml", "*.yml"),
        *(f"*.{kind}.{end}" for kind in ("yaml", "yml", "sh") for end in _SUFFIXES),
    ),
    read=read,
    sniff=sniff,
)
