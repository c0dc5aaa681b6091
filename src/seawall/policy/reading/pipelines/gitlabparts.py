"""Parts of GitLab's pipelines under any name, told by what they say."""

import re
from collections.abc import Iterator

from seawall.policy.facts.text import Fact
from seawall.policy.options import matches
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.pipelines import gitlabjobs
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping

_KEY = rb"(?:^[ \t]+|[{,]\s*)[\"']?(?:%s)[\"']?[ \t]*:"
"""A key below another one: on a line of its own, or in a mapping in braces."""
_SCRIPT = re.compile(_KEY % rb"(?:before_|after_)?script", re.MULTILINE)
_JOB = re.compile(_KEY % rb"stage|extends|rules|needs|image", re.MULTILINE)
_OTHERS = re.compile(
    rb"^[\"']?(?:on|jobs|kind|apiVersion|version|steps|runs|language|hosts|pipelines"
    rb"|pool|trigger)[\"']?[ \t]*:|^- ",
    re.MULTILINE,
)
_VARIABLES = re.compile(rb"^variables[ \t]*:", re.MULTILINE)
_WORDS = ("stage", "extends", "rules", "only", "artifacts", "before_script", "needs")


def sniff(data: bytes) -> bool:
    """Whether it may have jobs or variables of GitLab's, and is nobody else's."""
    has_jobs = b"script" in data and _SCRIPT.search(data) and _JOB.search(data)
    has_variables = b"variables" in data and _VARIABLES.search(data)
    return bool(has_jobs or has_variables) and _OTHERS.search(data) is None


def read(source: Source) -> Iterator[Fact]:
    """Read what a pipeline may include, if it has a job beyond doubt.

    Of others only variables count, and only for pipelines that include them.
    """
    path = source.path.lower()
    name = path.rpartition("/")[2]
    for pattern in gitlabjobs.READER.names:
        if matches(pattern, path if "/" in pattern else name):
            return  # its name says what it is
    if any(
        isinstance(job, Mapping)
        and job.get("script") is not None
        and any(job.get(word) is not None for word in _WORDS)
        for root in source.documents
        if isinstance(root, Mapping)
        for _, job in root.pairs()
    ):
        yield from gitlabjobs.read(source)
    else:
        yield from gitlabjobs.read_variables(source)


READER = Reader(
    name="part of GitLab CI", names=("*.yml", "*.yaml"), read=read, sniff=sniff
)
