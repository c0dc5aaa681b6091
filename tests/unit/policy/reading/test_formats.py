"""Which readers a file gets is what the patterns of its name say."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.policy.facts.images import ImageUse
from seawall.policy.options import LimitOptions, matches
from seawall.policy.reading import formats

PATTERNS = [name for reader in formats.list_readers() for name in reader.names]
FILLING = st.text("a.-_/", max_size=4)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """Make a path that a pattern means, or nearly."""
    pattern = draw(st.sampled_from(PATTERNS))
    pieces = re.split(r"(\*\*/|\*|\?)", pattern)
    text = "".join(draw(FILLING) if one[:1] in ("*", "?") else one for one in pieces)
    return draw(st.sampled_from(["", "a/", "templates/"])) + text.strip("/")


@given(paths())
def test_a_quick_look_says_what_the_patterns_say(path: str) -> None:
    """No reader is lost or won by the order of the comparisons."""
    name = path.rpartition("/")[2]

    assert [
        reader.name
        for reader in formats.list_readers()
        if any(matches(one, path if "/" in one else name) for one in reader.names)
    ] == [reader.name for reader in formats.readers_of(path)]


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("a/Dockerfile", "Dockerfile"),
        ("Dockerfile.dev", "Dockerfile"),
        ("x/.github/workflows/ci.yml", "GitHub Actions"),
        ("charts/x/templates/a/b.yaml", "Helm templates"),
        ("charts/x-1.tgz", "packed chart"),
        ("a/b/values.yaml", "Helm values"),
    ],
)
def test_names_that_everybody_uses(path: str, reader: str) -> None:
    """Each has its reader, in whatever case it is written."""
    assert reader in [one.name for one in formats.readers_of(path)]


@pytest.mark.parametrize(
    ("path", "begins", "is_read"),
    [
        ("hack/build", "#!/bin/sh\n", True),
        ("bin/setup", "#!/usr/bin/env bash\n", True),
        ("bin/setup", "#!/usr/bin/env -S bash -e\n", True),
        ("scripts/gha/run", "#! /usr/local/bin/ksh -x\n", True),
        ("bin/setup", "#!/bin/sh", True),
        ("bin/setup", "#!/usr/bin/env python3\n", False),
        ("bin/setup", "#!/bin/csh\n", False),
        ("bin/setup", "#!/usr/bin/perl\n# not /bin/sh\n", False),
        ("bin/setup", "# text\n#!/bin/sh\n", False),
        ("bin/setup.old", "#!/bin/sh\n", False),
    ],
)
def test_a_script_without_an_ending_says_itself_what_runs_it(
    path: str, begins: str, *, is_read: bool
) -> None:
    """A file with another ending is what that says."""
    text = f"{begins}\ndocker pull quay.io/a/b:1\n".encode()
    facts = list(formats.read_file(path, text, LimitOptions()))
    assert is_read == any(isinstance(fact, ImageUse) for fact in facts)
